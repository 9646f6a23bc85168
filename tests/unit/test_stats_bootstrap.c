/* stats/bootstrap: what has no value says why, what is impossible is refused, nothing is left. */
#include <criterion/criterion.h>

#include "core/base/mem.h"
#include "stats/bootstrap.h"

typedef struct small {
    double label[30], score[30];
    uint32_t cluster[30];
    td_ranking ranking;
} small;

static void fill(small *s, int has_both, double scale) {
    *s = (small){0};
    for (int i = 0; i < 30; i++) {
        s->label[i] = !has_both || i % 3 == 0;
        s->score[i] = scale * ((i * 7) % 30) / 30.0;
        s->cluster[i] = (uint32_t)(i / 3);
    }
    cr_assert_eq(td_ranking_build(&s->ranking, s->score, s->label, 30, NULL, NULL), TD_OK);
}

static td_bootstrap_rows twice(const small *s) {
    return (td_bootstrap_rows){.n = 30,
                               .label = s->label,
                               .n_scores = 2,
                               .score = {s->score, s->score},
                               .ranking = {&s->ranking, &s->ranking}};
}

static const td_bootstrap_params usual = {.n_replicates = 40, .seed = 1, .level = 0.9};

Test(stats_bootstrap, a_score_does_not_differ_from_itself) {
    small s;
    fill(&s, 1, 1.0);
    td_bootstrap_rows rows = twice(&s);
    td_bootstrap out;
    cr_assert_eq(td_bootstrap_run(&out, &rows, &usual, NULL, NULL), TD_OK);
    cr_assert_eq(out.n_replicates, 40u);
    td_spread gap = out.difference[0][TD_BOOT_AUC];
    cr_assert_eq(gap.se.value, 0.0);
    cr_assert_eq(gap.p_value.value, 1.0);
    cr_assert(td_interval_is_defined(gap.interval));
    cr_assert(!td_metric_is_defined(out.of[0][TD_BOOT_AUC].p_value));
    cr_assert_gt(out.of[0][TD_BOOT_AUC].se.value, 0.0);
    const int chosen[] = {TD_BOOT_KS, TD_BOOT_ECE, TD_BOOT_CUT_COST};
    for (int m = 0; m < 3; m++) {
        cr_assert(!td_metric_is_defined(out.difference[0][chosen[m]].p_value));
        cr_assert_str_eq(out.difference[0][chosen[m]].interval.undefined_reason,
                         "draws of a best choice are biased");
    }
    td_ranking_free(&s.ranking);
}

Test(stats_bootstrap, no_value_in_the_replicates_says_so) {
    small s;
    fill(&s, 0, 5.0); /* one class, and a score beyond 1 */
    td_bootstrap_rows rows = twice(&s);
    td_bootstrap out;
    cr_assert_eq(td_bootstrap_run(&out, &rows, &usual, NULL, NULL), TD_OK);
    cr_assert_str_eq(out.of[0][TD_BOOT_KS].interval.undefined_reason,
                     "draws of a best choice are biased");
    const int without[] = {TD_BOOT_AUC, TD_BOOT_LOG_LOSS, TD_BOOT_BRIER};
    for (int m = 0; m < 3; m++) {
        cr_assert(!td_interval_is_defined(out.of[0][without[m]].interval));
        cr_assert_str_eq(out.of[0][without[m]].interval.undefined_reason,
                         "no value in too many replicates");
    }
    cr_assert_str_eq(out.of[0][TD_BOOT_AP].interval.undefined_reason,
                     "every draw gave the same value");
    rows.n = 0;
    cr_assert_eq(td_bootstrap_run(&out, &rows, &usual, NULL, NULL), TD_OK);
    cr_assert_eq(out.n_replicates, 0u);
    cr_assert_str_eq(out.of[0][TD_BOOT_AUC].interval.undefined_reason, "no bootstrap was made");
    td_ranking_free(&s.ranking);
}

static td_status try_params(const small *s, td_bootstrap_params params) {
    td_bootstrap_rows rows = twice(s);
    td_bootstrap out;
    return td_bootstrap_run(&out, &rows, &params, NULL, NULL);
}

static int stop_at_once(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    (void)ctx;
    (void)stage;
    return done < total;
}

Test(stats_bootstrap, refusals_leave_nothing) {
    uint64_t before = td_mem_live_bytes();
    small s;
    fill(&s, 1, 1.0);
    td_bootstrap_params bad = usual;
    bad.n_replicates = TD_MIN_REPLICATES - 1;
    cr_assert_eq(try_params(&s, bad), TD_ERR_ARG);
    bad = usual;
    bad.level = 1.0;
    cr_assert_eq(try_params(&s, bad), TD_ERR_ARG);
    bad = usual;
    bad.resample = TD_RESAMPLE_CLUSTERS;
    bad.cluster = s.cluster;
    bad.n_clusters = 9; /* the last three rows have code 9 */
    cr_assert_eq(try_params(&s, bad), TD_ERR_RANGE);
    td_bootstrap_rows rows = twice(&s);
    td_bootstrap out;
    rows.n = 29;
    cr_assert_eq(td_bootstrap_run(&out, &rows, &usual, NULL, NULL), TD_ERR_SHAPE);
    rows.n = 30;
    td_exec exec = {.n_threads = 1, .progress = stop_at_once};
    cr_assert_eq(td_bootstrap_run(&out, &rows, &usual, &exec, NULL), TD_ERR_INTERRUPTED);
    td_status status = TD_ERR_NOMEM;
    for (uint64_t n = 1; status == TD_ERR_NOMEM; n++) {
        td_mem_fail_after(n);
        status = try_params(&s, usual);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
    }
    td_mem_fail_after(0);
    td_ranking_free(&s.ranking);
    cr_assert_eq(td_mem_live_bytes(), before);
}

Test(stats_bootstrap, default_replicates_fall_with_rows) {
    cr_assert_eq(td_default_replicates(200000), 1000u);
    cr_assert_eq(td_default_replicates(1000000), 200u);
    cr_assert_eq(td_default_replicates(5000001), 0u);
}
