/* The leak audit on random shops: quiet about honest features, and naming each leak that is
 * planted. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "cli/leak_lessons.h"
#include "core/base/mem.h"
#include "tests/support/tiny_shop.h"

enum { N_SHOPS = 6 };

typedef struct scene {
    td_tiny_rows rows;
    td_tiny_shop shop;
    td_feature_set set; /* of the engine under audit */
    td_leak_source source;
} scene;

static void scene_open(scene *s, td_rng *rng, td_feature_engine_fn engine, int keep_censored) {
    td_population_rule rule = td_population_rule_default();
    rule.keep_censored = keep_censored;
    td_tiny_rows_random(&s->rows, rng, 60 + td_rng_below(rng, 250), 100);
    td_tiny_shop_build(&s->shop, &s->rows, &rule, 1);
    s->source = (td_leak_source){
        .inputs = {&s->shop.events, &s->shop.sessions, &s->shop.catalog, &s->shop.population},
        .set = &s->set,
        .engine = engine,
        .seed = 5};
    cr_assert_eq(engine(&s->set, &s->source.inputs, NULL, NULL), TD_OK);
}

static void scene_close(scene *s) {
    td_feature_set_free(&s->set);
    td_tiny_shop_free(&s->shop);
    td_tiny_rows_free(&s->rows);
}

static td_leak_audit audit_of(const scene *s, uint64_t n_wanted, int n_threads) {
    td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    int64_t *cut = NULL;
    uint64_t n_cuts = 0;
    cr_assert_eq(td_leak_cuts(&cut, &n_cuts, &s->source, n_wanted, &err), TD_OK, "%s", err.text);
    td_leak_audit audit;
    cr_assert_eq(td_leak_audit_build(&audit, &s->source, cut, n_cuts, &exec, &err), TD_OK, "%s",
                 err.text);
    cr_assert_eq(audit.n_cuts, n_cuts);
    td_mem_free(cut);
    return audit;
}

Test(prop_leak_audit, honest_features_raise_no_alarm) {
    td_rng rng = td_rng_stream(1, "leak audit", 0, 0);
    for (int i = 0; i < N_SHOPS; i++) {
        scene s;
        scene_open(&s, &rng, td_features_build, i % 2);
        uint64_t n_wanted = i % 3 == 0 ? TD_LEAK_ALL_CUTS : 16;
        td_leak_audit audit = audit_of(&s, n_wanted, 1);
        cr_assert_eq(audit.n_leaking, 0);
        cr_assert_eq(audit.lost[0].n + audit.lost[1].n, 0);
        cr_assert_geq(audit.n_exact, audit.n_cuts);
        if (n_wanted == TD_LEAK_ALL_CUTS) {
            cr_assert_eq(audit.n_exact, s.set.n, "each session is cut at its own decision");
            cr_assert_eq(audit.n_compared, s.set.n);
        }
        td_leak_audit_free(&audit);
        scene_close(&s);
    }
}

/* The planted column is named, and no other. */
static void expect_named(const td_leak_audit *audit, const char *name) {
    cr_assert_eq(audit->n_leaking, 1, "%s: %u columns named", name, audit->n_leaking);
    for (uint32_t c = 0; c < audit->n_columns; c++) {
        const td_leak_column *column = &audit->column[c];
        uint64_t n = column->found[TD_LEAK_TRUNCATION].n + column->found[TD_LEAK_POISON].n;
        int is_planted = strcmp(column->name, name) == 0;
        cr_assert_eq(n > 0, is_planted, "%s: %s has %llu findings", name, column->name,
                     (unsigned long long)n);
        if (is_planted) cr_assert_str_eq(column->scope, "extra");
    }
}

static void plant(int lesson) {
    td_rng rng = td_rng_stream(2, "leak audit", (uint64_t)lesson, 0);
    for (int i = 0; i < N_SHOPS; i++) {
        scene s;
        scene_open(&s, &rng, td_leak_lessons[lesson].engine, 0);
        td_leak_audit audit = audit_of(&s, 16, 1);
        expect_named(&audit, td_leak_lessons[lesson].name);
        td_leak_audit_free(&audit);
        scene_close(&s);
    }
}

Test(prop_leak_audit, a_leak_of_one_millisecond_is_named) { plant(0); }
Test(prop_leak_audit, a_leak_through_the_market_is_named) { plant(1); }
Test(prop_leak_audit, a_leak_through_the_catalog_is_named) { plant(2); }
Test(prop_leak_audit, a_leak_through_the_bins_is_named) { plant(3); }

/* In a log without an event 1 ms after any decision only made-up rows can show it. */
Test(prop_leak_audit, one_millisecond_is_found_by_poison_where_truncation_is_blind) {
    td_rng rng = td_rng_stream(3, "leak audit", 0, 0);
    scene s;
    td_population_rule rule = td_population_rule_default();
    td_tiny_rows_random(&s.rows, &rng, 200, 50);
    for (uint64_t i = 0; i < s.rows.n_events; i++) s.rows.event[i].time &= ~INT64_C(1023);
    td_tiny_rows_dedupe(&s.rows);
    td_tiny_shop_build(&s.shop, &s.rows, &rule, 1);
    s.source = (td_leak_source){
        .inputs = {&s.shop.events, &s.shop.sessions, &s.shop.catalog, &s.shop.population},
        .set = &s.set,
        .engine = td_leak_lessons[0].engine};
    cr_assert_eq(s.source.engine(&s.set, &s.source.inputs, NULL, NULL), TD_OK);
    td_leak_audit audit = audit_of(&s, 32, 1);
    const td_leak_column *last = &audit.column[audit.n_columns - 1];
    cr_assert_eq(last->found[TD_LEAK_TRUNCATION].n, 0);
    cr_assert_geq(last->found[TD_LEAK_POISON].n, audit.n_cuts);
    const td_leak_finding *first = &last->found[TD_LEAK_POISON];
    cr_assert_eq(first->decision, first->cut);
    cr_assert_geq(first->is, first->was + 1);
    td_leak_audit_free(&audit);
    scene_close(&s);
}

static void same_finding(const td_leak_finding *a, const td_leak_finding *b) {
    cr_assert_eq(a->n, b->n);
    if (a->n > 0) cr_assert_eq(memcmp(a, b, sizeof *a), 0);
}

Test(prop_leak_audit, the_thread_count_changes_nothing) {
    for (int lesson = 0; lesson < TD_N_LEAK_LESSONS; lesson++) {
        td_rng rng = td_rng_stream(4, "leak audit", (uint64_t)lesson, 0);
        scene s;
        scene_open(&s, &rng, td_leak_lessons[lesson].engine, 0);
        td_leak_audit one = audit_of(&s, 40, 1);
        for (int n_threads = 2; n_threads <= 3; n_threads++) {
            td_leak_audit other = audit_of(&s, 40, n_threads);
            cr_assert_eq(one.n_compared, other.n_compared);
            cr_assert_eq(one.n_exact, other.n_exact);
            cr_assert_eq(one.n_poison_rows, other.n_poison_rows);
            for (uint32_t c = 0; c < one.n_columns; c++) {
                for (int test = 0; test < TD_N_LEAK_TESTS; test++) {
                    same_finding(&one.column[c].found[test], &other.column[c].found[test]);
                }
            }
            td_leak_audit_free(&other);
        }
        td_leak_audit_free(&one);
        scene_close(&s);
    }
}

/* An engine that moves the first session whenever its log is not the full one. */
static uint64_t full_events;
static td_status moving_engine(td_feature_set *out, const td_feature_inputs *inputs,
                               const td_exec *exec, td_error *err) {
    TD_TRY(td_features_build(out, inputs, exec, err));
    if (inputs->events->n != full_events && out->n > 0) out->start[0] += 1;
    return TD_OK;
}

Test(prop_leak_audit, a_session_that_vanishes_is_counted) {
    td_rng rng = td_rng_stream(6, "leak audit", 0, 0);
    scene s;
    scene_open(&s, &rng, td_features_build, 0);
    full_events = s.shop.events.n;
    s.source.engine = moving_engine;
    td_leak_audit audit = audit_of(&s, 8, 1);
    cr_assert_geq(audit.lost[TD_LEAK_POISON].n, audit.n_cuts / 2);
    cr_assert_eq(audit.n_leaking, 0);
    td_leak_audit_free(&audit);
    scene_close(&s);
}

Test(prop_leak_audit, other_columns_are_an_error) {
    td_rng rng = td_rng_stream(7, "leak audit", 0, 0);
    scene s;
    scene_open(&s, &rng, td_features_build, 0);
    s.source.engine = td_leak_lessons[0].engine;
    td_error err = {0};
    td_leak_audit audit;
    int64_t cut = s.shop.population.decision[0];
    cr_assert_eq(td_leak_audit_build(&audit, &s.source, &cut, 1, NULL, &err), TD_ERR_SHAPE);
    cr_assert(strstr(err.text, "the table has") != NULL, "%s", err.text);
    scene_close(&s);
}

Test(prop_leak_audit, cuts_are_ascending_decision_times_one_a_stratum) {
    td_rng rng = td_rng_stream(8, "leak audit", 0, 0);
    scene s;
    scene_open(&s, &rng, td_features_build, 0);
    int64_t *cut;
    uint64_t n;
    cr_assert_eq(td_leak_cuts(&cut, &n, &s.source, 10, NULL), TD_OK);
    cr_assert_leq(n, 10);
    for (uint64_t i = 0; i < n; i++) {
        int is_decision = 0;
        for (uint64_t r = 0; r < s.set.n; r++) is_decision |= s.set.decision[r] == cut[i];
        cr_assert(is_decision);
        if (i > 0) cr_assert_gt(cut[i], cut[i - 1]);
    }
    td_mem_free(cut);
    td_events big = s.shop.events;
    big.n = TD_LEAK_MAX_EVENTS_ALL + 1;
    s.source.inputs.events = &big;
    td_error err = {0};
    cr_assert_eq(td_leak_cuts(&cut, &n, &s.source, TD_LEAK_ALL_CUTS, &err), TD_ERR_RANGE);
    cr_assert(strstr(err.text, "100001 events") != NULL, "%s", err.text);
    scene_close(&s);
}

/* (1 - q)^64 = 0.05 */
Test(prop_leak_audit, the_bound_solves_its_equation) {
    cr_assert_float_eq(td_leak_share_bound(64, 0.05), 1 - pow(0.05, 1.0 / 64), 1e-15);
    cr_assert_eq(td_leak_share_bound(0, 0.05), 1);
    cr_assert_float_eq(td_leak_share_bound(1, 0.05), 0.95, 1e-15);
}
