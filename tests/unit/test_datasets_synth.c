/* tests/unit/test_datasets_synth.c: the synthetic shop: same bytes, documented sizes, errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "datasets/synth.h"
#include "io/csv_events.h"
#include "io/file.h"
#include "tests/support/synth.h"

static const char *const FILES[] = {"events.csv", "item_properties_part1.csv",
                                    "item_properties_part2.csv", "category_tree.csv",
                                    "truth/sessions.csv"};
enum { N_FILES = 5 };

/* SHA-256 of all files of a folder one after the other. */
static void hash_folder(char hex[65], const char *folder) {
    td_sha256 *hash = NULL;
    cr_assert_eq(td_sha256_open(&hash, NULL), TD_OK);
    for (int i = 0; i < N_FILES; i++) {
        char path[512];
        td_file *file = NULL;
        cr_assert_eq(td_path_join(path, sizeof path, folder, FILES[i], NULL), TD_OK);
        cr_assert_eq(td_file_open(&file, path, NULL), TD_OK, "%s", path);
        td_bytes bytes = td_file_bytes(file);
        cr_assert_gt(bytes.n, 0, "%s is empty", FILES[i]);
        td_sha256_add(hash, bytes.data, bytes.n);
        td_file_close(file);
    }
    td_sha256_close(hash, hex);
}

static void hash_of_shop(char hex[65], const td_synth_params *params, int n_threads) {
    td_test_folder folder = td_test_folder_make();
    const td_exec exec = {.n_threads = n_threads};
    td_error err = {0};
    cr_assert_eq(td_synth_generate(NULL, params, folder.path, &exec, &err), TD_OK, "%s", err.text);
    hash_folder(hex, folder.path);
    td_test_folder_remove(&folder);
}

Test(datasets_synth, bytes_depend_on_the_seed_and_not_on_the_threads) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.properties = TD_SYNTH_PROPERTIES_FULL;
    char one[65];
    char other[65];
    hash_of_shop(one, &params, 1);
    hash_of_shop(other, &params, 2);
    cr_assert_str_eq(one, other);
    hash_of_shop(other, &params, 3);
    cr_assert_str_eq(one, other);
    params.seed = 2;
    hash_of_shop(other, &params, 2);
    cr_assert_str_neq(one, other);
}

static td_synth_summary summarize(const td_synth_params *params) {
    td_synth_shop *shop = td_test_synth_build(params, 2);
    td_synth_summary summary;
    const td_exec exec = {.n_threads = 2};
    cr_assert_eq(td_synth_summarize(&summary, shop, &exec, NULL), TD_OK);
    td_synth_free(shop);
    return summary;
}

static void assert_near(const char *name, double documented, double own, double tolerance) {
    cr_expect(fabs(own / documented - 1) <= tolerance, "%s: documented %g, own %g", name,
              documented, own);
}

/* datasets/README.md, table of the presets. Rare counts vary more: 4 / sqrt(count). */
Test(datasets_synth, demo_has_its_documented_numbers) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    for (params.seed = 1; params.seed <= 3; params.seed++) {
        td_synth_summary s = summarize(&params);
        cr_expect_eq(s.n_visitors, 30600);
        cr_expect_eq(s.n_categories, 1669);
        assert_near("rows", 60500, (double)s.n_rows, 0.05);
        assert_near("sessions", 38300, (double)s.n_sessions, 0.05);
        assert_near("items", 5070, (double)s.n_items, 0.05);
        assert_near("purchases after the decision", 555, (double)s.n_positives, 0.17);
        assert_near("mean p0", 0.0145, s.mean_p0, 0.06);
        /* a small catalogue: its few favourites move the effect */
        cr_expect(s.mean_p1 / s.mean_p0 > 1.10 && s.mean_p1 / s.mean_p0 < 1.20);
        cr_expect(s.share_negative_effect > 0.10 && s.share_negative_effect < 0.22);
        cr_expect(s.truth_auc > 0.85 && s.truth_auc < 0.92, "auc %g", s.truth_auc);
        cr_expect(s.truth_average_precision > 0.10);
    }
}

/* A twentieth of the retailrocket preset: shares, which do not depend on the size. The exact
 * marginals at full size are checked by bench/check_synth. */
Test(datasets_synth, retailrocket_law_holds_at_a_twentieth) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_RETAILROCKET);
    params.scale = 0.05;
    td_synth_summary s = summarize(&params);
    double n = (double)(s.n_rows - s.n_duplicates);
    assert_near("events per session", 1.564, n / (double)s.n_sessions, 0.05);
    assert_near("sessions per visitor", 1.2516, (double)s.n_sessions / (double)s.n_visitors, 0.05);
    assert_near("share of views", 0.9668, (double)s.n_events[TD_VIEW] / n, 0.05);
    assert_near("category known", 0.7616, (double)s.n_category_known / n, 0.05);
    assert_near("availability known", 0.8070, (double)s.n_availability_known / n, 0.05);
    assert_near("mean p0", 0.0079, s.mean_p0, 0.05);
    cr_expect(s.n_duplicates >= 21 && s.n_duplicates <= 25);
    assert_near("effect", 1.15, s.mean_p1 / s.mean_p0, 0.03);
    cr_expect(s.share_negative_effect > 0.12 && s.share_negative_effect < 0.18);
    cr_expect(s.truth_auc > 0.85 && s.truth_auc < 0.92, "auc %g", s.truth_auc);
    cr_expect(s.truth_average_precision > 0.10);
}

/* Shares of session starts against the profile in datasets/README.md, in percentage points: about
 * 88,000 sessions, so one standard error is at most 0.13. */
Test(datasets_synth, people_come_by_hour_and_weekday) {
    static const double HOUR[24] = {5.2, 5.5, 5.8, 5.7, 5.3, 4.1, 2.4, 1.5, 0.8, 0.5, 0.7, 0.9,
                                    1.0, 2.0, 3.5, 4.9, 5.9, 6.6, 6.4, 6.0, 6.4, 6.6, 6.2, 5.4};
    static const double WEEKDAY[7] = {17.0, 16.6, 15.4, 15.8, 13.0, 11.0, 11.2};
    td_synth_params params = td_synth_params_default(TD_SYNTH_RETAILROCKET);
    params.scale = 0.05;
    td_synth_shop *shop = td_test_synth_build(&params, 2);
    uint64_t n;
    const td_synth_session *session = td_synth_sessions(shop, &n);
    double hour[24] = {0};
    double weekday[7] = {0};
    for (uint64_t i = 0; i < n; i++) {
        hour[session[i].start / 3600000 % 24] += 100.0 / (double)n;
        weekday[(session[i].start / 86400000 + 3) % 7] += 100.0 / (double)n;
    }
    for (int h = 0; h < 24; h++) {
        cr_expect(fabs(hour[h] - HOUR[h]) < 0.5, "hour %d: %.2f", h, hour[h]);
    }
    for (int d = 0; d < 7; d++) {
        /* 03:00 to 03:00 is a day of the profile, and returning visits flatten it */
        cr_expect(fabs(weekday[d] - WEEKDAY[d]) < 1.5, "weekday %d: %.2f", d, weekday[d]);
    }
    td_synth_free(shop);
}

Test(datasets_synth, scale_multiplies_the_shop) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.scale = 0.5;
    td_synth_summary half = summarize(&params);
    params.scale = 2;
    td_synth_summary twice = summarize(&params);
    assert_near("visitors", 4.0, (double)twice.n_visitors / (double)half.n_visitors, 0.001);
    assert_near("rows", 4.0, (double)twice.n_rows / (double)half.n_rows, 0.05);
    assert_near("items", 4.0, (double)twice.n_items / (double)half.n_items, 0.05);
}

Test(datasets_synth, events_file_holds_the_rows_in_memory) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.scale = 0.2;
    td_synth_shop *shop = td_test_synth_build(&params, 2);
    td_test_folder folder = td_test_folder_make();
    td_synth_summary summary;
    cr_assert_eq(td_synth_write(&summary, shop, folder.path, NULL, NULL), TD_OK);
    char path[512];
    cr_assert_eq(td_path_join(path, sizeof path, folder.path, "events.csv", NULL), TD_OK);
    td_file *file = NULL;
    td_event_log log;
    cr_assert_eq(td_file_open(&file, path, NULL), TD_OK);
    cr_assert_eq(td_event_log_read(&log, file, NULL, NULL), TD_OK);
    td_raw_events raw;
    td_events events;
    uint64_t *duplicate;
    uint64_t n_duplicates;
    cr_assert_eq(td_synth_raw_events(&raw, shop, NULL), TD_OK);
    cr_expect_eq(raw.n, summary.n_rows);
    cr_assert_eq(td_events_build(&events, &duplicate, &n_duplicates, &raw, NULL, NULL), TD_OK);
    cr_expect_eq(log.n_rows_read, summary.n_rows);
    cr_expect_eq(log.exclusions.n, n_duplicates);
    cr_expect_eq(log.exclusions.n_by_reason[TD_EXACT_DUPLICATE], summary.n_duplicates);
    cr_assert_eq(log.events.n, events.n);
    cr_expect_eq(memcmp(log.events.timestamp, events.timestamp, 8 * events.n), 0);
    cr_expect_eq(memcmp(log.events.visitor, events.visitor, 4 * events.n), 0);
    cr_expect_eq(memcmp(log.events.item, events.item, 4 * events.n), 0);
    cr_expect_eq(memcmp(log.events.transaction, events.transaction, 8 * events.n), 0);
    cr_expect_eq(memcmp(log.events.kind, events.kind, events.n), 0);
    cr_expect_eq(events.items.n, summary.n_items);
    td_mem_free(duplicate);
    td_events_free(&events);
    td_event_log_free(&log);
    td_file_close(file);
    td_test_folder_remove(&folder);
    td_synth_free(shop);
}

Test(datasets_synth, names_and_scales_that_cannot_be_are_errors) {
    td_error err = {0};
    td_synth_preset preset;
    td_synth_properties properties;
    cr_expect_eq(td_synth_preset_find(&preset, "demo", &err), TD_OK);
    cr_expect_eq(preset, TD_SYNTH_DEMO);
    cr_expect_eq(td_synth_preset_find(&preset, "retail", &err), TD_ERR_ARG);
    cr_expect_not_null(strstr(err.text, "retailrocket"));
    cr_expect_eq(td_synth_properties_find(&properties, "all", &err), TD_ERR_ARG);
    cr_expect_not_null(strstr(err.text, "'all'"));
    const double impossible[] = {0, -1, 1e9, (double)NAN};
    for (int i = 0; i < 4; i++) {
        td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
        params.scale = impossible[i];
        td_synth_shop *shop = NULL;
        cr_expect_eq(td_synth_build(&shop, &params, NULL, &err), TD_ERR_RANGE);
        cr_expect_null(shop);
    }
}

Test(datasets_synth, folder_that_cannot_be_made_is_an_error) {
    td_test_folder folder = td_test_folder_make();
    char path[512];
    snprintf(path, sizeof path, "%s/file", folder.path);
    td_writer *writer = NULL;
    cr_assert_eq(td_writer_open(&writer, path, NULL), TD_OK);
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.scale = 0.01;
    td_error err = {0};
    cr_expect_eq(td_synth_generate(NULL, &params, path, NULL, &err), TD_ERR_IO);
    cr_expect_not_null(strstr(err.text, "folder"), "%s", err.text);
    td_test_folder_remove(&folder);
}

/* Whichever allocation fails, the call says so and gives everything back. */
Test(datasets_synth, out_of_memory_leaves_nothing_behind) {
    td_test_folder folder = td_test_folder_make();
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.scale = 0.01;
    uint64_t live = td_mem_live_bytes();
    int n_failures = 0;
    for (uint64_t nth = 1;; nth++) {
        td_synth_summary summary;
        td_error err = {0};
        td_mem_fail_after(nth);
        td_status status = td_synth_generate(&summary, &params, folder.path, NULL, &err);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), live, "allocation %d leaks", (int)nth);
        if (status == TD_OK) break;
        cr_assert_eq(status, TD_ERR_NOMEM);
        n_failures++;
    }
    cr_expect_gt(n_failures, 20);
    td_test_folder_remove(&folder);
}
