/* stats/bootstrap against slow twins: weighted walks against rows written out as often as they were
 * drawn, standard errors against DeLong's, clusters of copies against single rows. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/assessment.h"
#include "stats/bootstrap_walk.h"
#include "stats/delong.h"

enum { MOST = 6000 };

/* Rows under two scores. The second is coarser or finer than the first. */
typedef struct sample {
    uint64_t n;
    double *label, *score[2];
    int64_t *amount;
    uint32_t *cluster;
    td_ranking ranking[2];
    td_cut cut[4];
} sample;

static sample make_sample(uint64_t n, double levels, double rate, uint64_t seed) {
    sample s = {.n = n, .cut = {{1, 0}, {n / 3 + 1, 0}, {0, 0.1}, {0, 1.0}}};
    td_rng rng = td_rng_stream(seed, "test", 0, 0);
    s.label = td_mem_array(n, sizeof *s.label, NULL);
    s.cluster = td_mem_array(n, sizeof *s.cluster, NULL);
    s.amount = td_mem_array(n, sizeof *s.amount, NULL);
    for (int k = 0; k < 2; k++) s.score[k] = td_mem_array(n, sizeof *s.score[k], NULL);
    for (uint64_t i = 0; i < n; i++) {
        s.label[i] = td_rng_uniform(&rng) < rate;
        double shared = 0.6 * td_rng_uniform(&rng) + 0.1 * s.label[i];
        s.score[0][i] = floor(levels * (shared + 0.3 * td_rng_uniform(&rng))) / levels;
        s.score[1][i] = floor(3 * levels * (shared + 0.3 * td_rng_uniform(&rng))) / (3 * levels);
        s.cluster[i] = (uint32_t)td_rng_below(&rng, n / 4 + 1);
        int earns = s.label[i] > 0 || td_rng_below(&rng, 50) == 0; /* refunds, gifts: no purchase */
        s.amount[i] = earns ? (int64_t)td_rng_below(&rng, 9000) : 0;
    }
    for (int k = 0; k < 2; k++)
        cr_assert_eq(td_ranking_build(&s.ranking[k], s.score[k], s.label, n, NULL, NULL), TD_OK);
    return s;
}

static void free_sample(sample *s) {
    for (int k = 0; k < 2; k++) {
        td_ranking_free(&s->ranking[k]);
        td_mem_free(s->score[k]);
    }
    td_mem_free(s->label);
    td_mem_free(s->cluster);
    td_mem_free(s->amount);
}

/* Everything is asked for. */
static td_bootstrap_rows rows_of(const sample *s) {
    return (td_bootstrap_rows){.n = s->n,
                               .label = s->label,
                               .n_scores = 2,
                               .score = {s->score[0], s->score[1]},
                               .ranking = {&s->ranking[0], &s->ranking[1]},
                               .cut = s->cut,
                               .n_cuts = 4,
                               .amount = s->amount,
                               .max_fpr = 0.3,
                               .cost_fp = 1.0,
                               .cost_fn = 2.5};
}

static td_bootstrap_params params_of(const sample *s, td_resample resample, uint32_t replicates) {
    return (td_bootstrap_params){.n_replicates = replicates,
                                 .seed = 7,
                                 .level = 0.95,
                                 .resample = resample,
                                 .cluster = s->cluster,
                                 .n_clusters = (uint32_t)(s->n / 4 + 1)};
}

static void same(double got, td_metric want, uint32_t place) {
    double scale = fmax(1.0, fabs(want.value));
    if (!td_metric_is_defined(want)) {
        cr_assert(got != got, "statistic %u is %g, must have no value", place, got);
    } else {
        cr_assert_float_eq(got, want.value, 2e-12 * scale, "statistic %u: %.17g, %.17g", place, got,
                           want.value);
    }
}

/* Every row as often as lane `lane` drew it, measured by the plain functions. Ranks of the plan
 * have the positives of a block first. */
static void check_lane(const double *value, const sample *s, const td_boot_plan *plan, uint32_t k,
                       const uint8_t *weight) {
    static double score[4 * MOST], label[4 * MOST];
    static int64_t amount[4 * MOST];
    const td_ranking *ranking = &s->ranking[k];
    uint64_t n = 0, rank = 0, block_begin = 0, positives = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        for (; rank < block.end; rank++) {
            uint64_t unit = plan->score[k].unit[rank];
            for (int w = weight[unit * TD_BOOT_LANES]; w > 0 && n < 4 * MOST; w--) {
                score[n] = block.score;
                label[n] = rank - block_begin < block.positives_end - positives;
                amount[n++] =
                    (int64_t)plan->score[k].column[rank * TD_BOOT_COLUMNS + TD_BOOT_MONEY];
            }
        }
        block_begin = block.end;
        positives = block.positives_end;
    }
    cr_assert_lt(n, 4 * MOST);
    td_assessment_request request = {.rows = {n, score, label, s->cut, 4, 0.95},
                                     .bootstrap = {.level = 0.95},
                                     .amount = amount,
                                     .max_fpr = 0.3,
                                     .cost_fp = 1.0,
                                     .cost_fn = 2.5};
    td_assessment want = {0};
    cr_assert_eq(td_assessment_build(&want, &request, NULL, NULL), TD_OK);
    for (uint32_t m = 0; m < plan->n_metrics; m++) same(value[m], td_statistic_of(&want, 0, m), m);
    td_assessment_free(&want);
}

static void check_batch(const sample *s, td_resample resample) {
    td_bootstrap_rows rows = rows_of(s);
    td_bootstrap_params params = params_of(s, resample, TD_BOOT_LANES);
    td_boot_plan plan = {0};
    td_boot_scratch scratch = {0};
    cr_assert_eq(td_boot_plan_build(&plan, &rows, &params, NULL), TD_OK);
    cr_assert_eq(td_boot_scratch_build(&scratch, &plan, NULL), TD_OK);
    double value[TD_BOOT_LANES * 2 * TD_BOOT_MAX_METRICS];
    td_boot_batch(value, &plan, &scratch, 16);
    double plain[TD_BOOT_LANES * 2 * TD_BOOT_MAX_METRICS];
    td_boot_batch_with(plain, &plan, &scratch, 16, td_boot_steps_scalar);
    cr_assert_eq(memcmp(plain, value, TD_BOOT_LANES * 2 * plan.n_metrics * sizeof *value), 0,
                 "another instruction set, other bits");
    for (int lane = 0; lane < TD_BOOT_LANES; lane++) {
        for (uint32_t k = 0; k < 2; k++)
            check_lane(value + ((uint64_t)lane * 2 + k) * plan.n_metrics, s, &plan, k,
                       scratch.weight + lane);
    }
    td_boot_scratch_free(&scratch);
    td_boot_plan_free(&plan);
}

/* Few rows, so that draws without positives occur; one block of all rows; long and short blocks. */
Test(stats_bootstrap_twin, a_weighted_walk_is_a_walk_over_written_out_rows) {
    const struct {
        uint64_t n;
        double levels, rate;
    } cases[] = {{1, 1, 0.5},      {2, 4, 0.5},       {9, 3, 0.2},       {40, 1, 0.5},
                 {300, 5, 0.3},    {3000, 2, 0.05},   {3000, 4e6, 0.01}, {6000, 4000, 0.4},
                 {5000, 1e9, 0.5}, {2000, 1e9, 0.999}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        sample s = make_sample(cases[c].n, cases[c].levels, cases[c].rate, c);
        check_batch(&s, TD_RESAMPLE_ROWS);
        check_batch(&s, TD_RESAMPLE_CLASSES);
        check_batch(&s, TD_RESAMPLE_CLUSTERS);
        free_sample(&s);
    }
}

/* Drawn by class, the number of positives stays; a whole output per draw above 2^20 units. */
Test(stats_bootstrap_twin, draws_fill_their_strata) {
    const uint64_t n = (1 << 20) + 3;
    sample s = make_sample(n, 1e9, 0.3, 1);
    td_bootstrap_rows rows = rows_of(&s);
    td_bootstrap_params params = params_of(&s, TD_RESAMPLE_CLASSES, TD_BOOT_LANES);
    td_boot_plan plan = {0};
    td_boot_scratch scratch = {0};
    cr_assert_eq(td_boot_plan_build(&plan, &rows, &params, NULL), TD_OK);
    cr_assert_eq(td_boot_scratch_build(&scratch, &plan, NULL), TD_OK);
    double value[TD_BOOT_LANES * 2 * TD_BOOT_MAX_METRICS];
    td_boot_batch(value, &plan, &scratch, 0);
    uint64_t drawn[2] = {0}, never = 0;
    for (uint64_t u = 0; u < n; u++) {
        drawn[u < s.ranking[0].n_positives] += scratch.weight[u * TD_BOOT_LANES + 3];
        never += scratch.weight[u * TD_BOOT_LANES + 3] == 0;
    }
    cr_assert_eq(drawn[1], s.ranking[0].n_positives);
    cr_assert_eq(drawn[0], n - s.ranking[0].n_positives);
    /* (1 - 1/n)^n rows are never drawn: 1/e, with a standard deviation below 0.0004 */
    cr_assert_float_eq((double)never / (double)n, 0.36788, 0.002);
    td_boot_scratch_free(&scratch);
    td_boot_plan_free(&plan);
    free_sample(&s);
}

static td_bootstrap run(const sample *s, td_bootstrap_params params, int n_threads) {
    td_bootstrap_rows rows = rows_of(s);
    td_exec exec = {.n_threads = n_threads};
    td_bootstrap out;
    memset(&out, 0, sizeof out);
    cr_assert_eq(td_bootstrap_run(&out, &rows, &params, &exec, NULL), TD_OK);
    return out;
}

static void same_spread(const td_spread *a, const td_spread *b) {
    cr_assert_eq(a->se.value, b->se.value);
    cr_assert_eq(a->interval.low, b->interval.low);
    cr_assert_eq(a->interval.high, b->interval.high);
    cr_assert_eq(a->p_value.value, b->p_value.value);
}

Test(stats_bootstrap_twin, threads_change_no_bit) {
    sample s = make_sample(4000, 1e6, 0.1, 3);
    td_bootstrap one = run(&s, params_of(&s, TD_RESAMPLE_CLUSTERS, 45), 1);
    for (int n_threads = 2; n_threads <= 5; n_threads++) {
        td_bootstrap many = run(&s, params_of(&s, TD_RESAMPLE_CLUSTERS, 45), n_threads);
        for (uint32_t m = 0; m < one.n_metrics; m++) {
            for (int k = 0; k < 2; k++) same_spread(&one.of[k][m], &many.of[k][m]);
            same_spread(&one.difference[0][m], &many.difference[0][m]);
        }
    }
    free_sample(&s);
}

/* Draws of clusters do not know which score comes first: three scores at once give what each two of
 * them give by themselves. */
Test(stats_bootstrap_twin, three_scores_are_their_pairs) {
    sample s = make_sample(3000, 1e3, 0.2, 11);
    td_bootstrap_params params = params_of(&s, TD_RESAMPLE_CLUSTERS, 60);
    double *third = td_mem_array(s.n, sizeof *third, NULL);
    td_ranking ranking = {0};
    for (uint64_t i = 0; i < s.n; i++) third[i] = 0.5 * (s.score[0][i] + s.score[1][i]);
    cr_assert_eq(td_ranking_build(&ranking, third, s.label, s.n, NULL, NULL), TD_OK);
    td_bootstrap_rows all = rows_of(&s);
    all.n_scores = 3;
    all.score[2] = third;
    all.ranking[2] = &ranking;
    td_bootstrap whole, two;
    cr_assert_eq(td_bootstrap_run(&whole, &all, &params, NULL, NULL), TD_OK);
    for (uint32_t b = 1; b < 3; b++) {
        for (uint32_t a = 0; a < b; a++) {
            td_bootstrap_rows rows = rows_of(&s);
            const uint32_t of[2] = {a, b};
            for (int k = 0; k < 2; k++) {
                rows.score[k] = all.score[of[k]];
                rows.ranking[k] = all.ranking[of[k]];
            }
            cr_assert_eq(td_bootstrap_run(&two, &rows, &params, NULL, NULL), TD_OK);
            for (uint32_t m = 0; m < two.n_metrics; m++) {
                same_spread(&whole.difference[td_pair_at(a, b)][m], &two.difference[0][m]);
                for (int k = 0; k < 2; k++) same_spread(&whole.of[of[k]][m], &two.of[k][m]);
            }
        }
    }
    td_ranking_free(&ranking);
    td_mem_free(third);
    free_sample(&s);
}

/* 1000 replicates know a standard error to 2.2 %; DeLong's differs from it by terms of 1/n. */
Test(stats_bootstrap_twin, standard_errors_are_delongs) {
    sample s = make_sample(5000, 1e9, 0.2, 5);
    td_bootstrap boot = run(&s, params_of(&s, TD_RESAMPLE_ROWS, 1000), 2);
    td_delong_pair pair;
    cr_assert_eq(td_delong_compare(&pair, &s.ranking[0], &s.ranking[1], s.label, 0.95, NULL),
                 TD_OK);
    double first = sqrt(pair.first.variance.value);
    double difference = pair.difference.value / pair.z.value;
    cr_assert_float_eq(boot.of[0][TD_BOOT_AUC].se.value / first, 1.0, 0.08);
    cr_assert_float_eq(boot.difference[0][TD_BOOT_AUC].se.value / difference, 1.0, 0.08);
    td_interval interval = boot.of[0][TD_BOOT_AUC].interval;
    cr_assert_float_eq((interval.high - interval.low) / (2 * 1.96 * first), 1.0, 0.1);
    free_sample(&s);
}

/* Five copies of a row say nothing new: clusters know, rows by themselves are sqrt(5) too sure. */
Test(stats_bootstrap_twin, clusters_of_copies_count_once) {
    sample single = make_sample(600, 1e9, 0.3, 9), copies = make_sample(3000, 1e9, 0.3, 9);
    for (uint64_t i = 0; i < 3000; i++) {
        copies.label[i] = single.label[i / 5];
        copies.cluster[i] = (uint32_t)(i / 5);
        for (int k = 0; k < 2; k++) copies.score[k][i] = single.score[k][i / 5];
    }
    for (int k = 0; k < 2; k++) {
        td_ranking_free(&copies.ranking[k]);
        cr_assert_eq(
            td_ranking_build(&copies.ranking[k], copies.score[k], copies.label, 3000, NULL, NULL),
            TD_OK);
    }
    td_bootstrap_params params = params_of(&copies, TD_RESAMPLE_CLUSTERS, 1000);
    params.n_clusters = 600;
    double whole = run(&copies, params, 2).of[0][TD_BOOT_AUC].se.value;
    double rows =
        run(&copies, params_of(&copies, TD_RESAMPLE_ROWS, 1000), 2).of[0][TD_BOOT_AUC].se.value;
    double want =
        run(&single, params_of(&single, TD_RESAMPLE_ROWS, 1000), 2).of[0][TD_BOOT_AUC].se.value;
    cr_assert_float_eq(whole / want, 1.0, 0.12);
    cr_assert_float_eq(whole / rows, sqrt(5.0), 0.3);
    free_sample(&single);
    free_sample(&copies);
}
