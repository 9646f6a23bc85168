/* What parts of a split share, on a hand-made case. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/leak_split.h"
#include "tests/support/shop.h"

enum { N = 6 };
static const int64_t GAP = INT64_C(1800000);

/* Six visitors, one session each of two events: start 0, 1, ... hours, 10 minutes long. */
typedef struct scene {
    td_events events;
    td_sessions sessions;
    td_funnel funnel;
    td_population population;
    td_feature_set set;
    td_split split;
    td_feature_inputs inputs;
} scene;

static void scene_open(scene *s) {
    td_test_row row[2 * N];
    for (int i = 0; i < N; i++) {
        for (int e = 0; e < 2; e++) {
            row[2 * i + e] = (td_test_row){.timestamp = i * 3600000 + e * 600000,
                                           .visitor = i + 1,
                                           .kind = TD_VIEW,
                                           .item = 7 + i,
                                           .transaction = TD_NO_TRANSACTION};
        }
    }
    *s = (scene){.events = td_test_events(row, 2 * N, 1)};
    cr_assert_eq(td_sessions_build(&s->sessions, &s->events, GAP, NULL, NULL), TD_OK);
    cr_assert_eq(td_funnel_build(&s->funnel, &s->events, &s->sessions, NULL, NULL), TD_OK);
    td_population_rule rule = td_population_rule_default();
    rule.keep_censored = 1;
    cr_assert_eq(td_population_build(&s->population, &s->sessions, &s->funnel, &rule, NULL), TD_OK);
    s->inputs = (td_feature_inputs){&s->events, &s->sessions, NULL, &s->population, NULL, NULL};
    cr_assert_eq(td_features_build(&s->set, &s->inputs, NULL, NULL), TD_OK);
    td_split_rule split_rule = td_split_rule_default();
    split_rule.purge_ms = 0;
    cr_assert_eq(td_split_build(&s->split, &s->population, &s->sessions, &split_rule, NULL), TD_OK);
}

static void scene_close(scene *s) {
    td_split_free(&s->split);
    td_feature_set_free(&s->set);
    td_population_free(&s->population);
    td_funnel_free(&s->funnel);
    td_sessions_free(&s->sessions);
    td_events_free(&s->events);
}

/* Rows 0 .. 2 are train, 3 is valid, 4 and 5 are test: floor(.6 6) = 3, floor(.8 6) = 4. */
Test(core_leak_split, margins_of_a_hand_case) {
    scene s;
    scene_open(&s);
    td_leak_split found;
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.least_margin_ms, 3600000 - 600000, "an hour less ten minutes");
    cr_assert_eq(found.n_late_labels, 0);
    cr_assert_eq(found.n_unsettled, 0);
    cr_assert_eq(found.n_duplicates[TD_VALID] + found.n_duplicates[TD_TEST], 0);
    s.split.boundary[0] = 2 * 3600000 + 600000; /* where row 2 ends */
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.n_late_labels, 1);
    cr_assert_eq(found.n_unsettled, 1);
    cr_assert_eq(found.least_margin_ms, 0);
    s.split.boundary[0] += GAP;
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.n_late_labels, 0);
    cr_assert_eq(found.n_unsettled, 1, "the gap ends at the boundary itself");
    s.split.boundary[0] += 1;
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.n_unsettled, 0);
    scene_close(&s);
}

/* Row `to` gets the features of row `from`. */
static void copy_row(td_feature_set *set, uint64_t to, uint64_t from) {
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        set->features.column[c].number[to] = set->features.column[c].number[from];
    }
}

Test(core_leak_split, rows_of_train_are_found_again_in_valid_and_test) {
    scene s;
    scene_open(&s);
    td_leak_split found;
    copy_row(&s.set, 3, 0);
    copy_row(&s.set, 4, 1);
    copy_row(&s.set, 5, 1);
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.n_duplicates[TD_VALID], 1);
    cr_assert_eq(found.n_duplicates[TD_TEST], 2);
    s.split.part[1] = TD_PURGED; /* a purged row is in no part */
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.n_duplicates[TD_TEST], 0);
    s.set.features.column[3].number[3] += 1;
    cr_assert_eq(td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL), TD_OK);
    cr_assert_eq(found.n_duplicates[TD_VALID], 0, "one value makes another row");
    scene_close(&s);
}

Test(core_leak_split, memory_that_runs_out_leaves_nothing_behind) {
    scene s;
    scene_open(&s);
    uint64_t live = td_mem_live_bytes();
    td_leak_split found;
    int n_failures = 0;
    for (uint64_t n = 1;; n++) {
        td_mem_fail_after(n);
        td_status status = td_leak_split_build(&found, &s.inputs, &s.set, &s.split, NULL, NULL);
        td_mem_fail_after(0);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
        cr_assert_eq(td_mem_live_bytes(), live);
        n_failures++;
    }
    cr_assert_geq(n_failures, 3);
    cr_assert_eq(td_mem_live_bytes(), live);
    scene_close(&s);
}
