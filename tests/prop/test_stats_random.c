/* stats on random rows: brute-force twins, shuffled rows, the same bits for any thread count. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/curves.h"
#include "stats/logistic.h"
#include "stats/probability.h"
#include "stats/ranking.h"

/* Uniform in [0, 1) from a 64-bit linear congruence (Knuth's MMIX constants). */
static double next_uniform(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

typedef struct rows {
    uint64_t n;
    double *score;
    double *label;
} rows;

/* n_levels distinct scores at most; a positive is likelier at a high score. */
static rows make_rows(uint64_t n, double n_levels, uint64_t seed) {
    rows r = {.n = n};
    r.score = td_mem_array(n, sizeof *r.score, NULL);
    r.label = td_mem_array(n, sizeof *r.label, NULL);
    for (uint64_t i = 0; i < n; i++) {
        r.score[i] = floor(next_uniform(&seed) * n_levels) / n_levels;
        r.label[i] = next_uniform(&seed) < 0.1 + 0.5 * r.score[i];
    }
    return r;
}

static void free_rows(rows *r) {
    td_mem_free(r->score);
    td_mem_free(r->label);
}

static void shuffle(rows *r, uint64_t seed) {
    for (uint64_t i = r->n; i > 1; i--) {
        uint64_t j = (uint64_t)(next_uniform(&seed) * (double)i);
        double score = r->score[i - 1], label = r->label[i - 1];
        r->score[i - 1] = r->score[j];
        r->label[i - 1] = r->label[j];
        r->score[j] = score;
        r->label[j] = label;
    }
}

static td_ranking rank(const rows *r, int n_threads) {
    td_exec exec = {.n_threads = n_threads};
    td_ranking ranking = {0};
    cr_assert_eq(td_ranking_build(&ranking, r->score, r->label, r->n, &exec, NULL), TD_OK);
    return ranking;
}

/* Every pair of a positive and a negative, ties one half; all counts are exact. */
static double slow_auc(const rows *r) {
    double won = 0.0, pairs = 0.0;
    for (uint64_t i = 0; i < r->n; i++) {
        for (uint64_t j = 0; j < r->n; j++) {
            if (r->label[i] != 1.0 || r->label[j] != 0.0) continue;
            pairs += 1.0;
            won += r->score[i] > r->score[j] ? 1.0 : r->score[i] == r->score[j] ? 0.5 : 0.0;
        }
    }
    return won / pairs;
}

/* Positives (or all rows) with a score of at least t. */
static double count_above(const rows *r, double t, int positives_only) {
    double count = 0.0;
    for (uint64_t i = 0; i < r->n; i++) {
        count += r->score[i] >= t && (!positives_only || r->label[i] == 1.0);
    }
    return count;
}

/* AP = mean over positives of the precision at their own score; the same sum as the step sum. */
static double slow_average_precision(const rows *r) {
    double sum = 0.0, positives = 0.0;
    for (uint64_t i = 0; i < r->n; i++) {
        if (r->label[i] != 1.0) continue;
        positives += 1.0;
        sum += count_above(r, r->score[i], 1) / count_above(r, r->score[i], 0);
    }
    return sum / positives;
}

static double slow_ks(const rows *r) {
    double positives = count_above(r, -1.0, 1), largest = 0.0;
    double negatives = (double)r->n - positives;
    for (uint64_t i = 0; i < r->n; i++) {
        double hits = count_above(r, r->score[i], 1);
        double misses = count_above(r, r->score[i], 0) - hits;
        largest = fmax(largest, fabs(hits / positives - misses / negatives));
    }
    return largest;
}

Test(stats_random, metrics_equal_brute_force_over_pairs) {
    const double levels[] = {2, 3, 10, 50, 1e9};
    for (uint64_t trial = 0; trial < 25; trial++) {
        rows r = make_rows(20 + 17 * trial, levels[trial % 5], trial + 1);
        td_ranking ranking = rank(&r, 1);
        cr_assert_eq(td_ranking_auc(&ranking).value, slow_auc(&r), "trial %d", (int)trial);
        cr_assert_float_eq(td_ranking_average_precision(&ranking).value, slow_average_precision(&r),
                           1e-14);
        cr_assert_float_eq(td_ranking_ks(&ranking).value.value, slow_ks(&r), 1e-15);
        td_ranking_free(&ranking);
        free_rows(&r);
    }
}

/* The mean number of hits over many random orders of the tied rows is what td_ranking_hits says.
 * With 4000 orders of at most 60 rows the standard error is below 0.04. */
Test(stats_random, hits_are_the_mean_over_random_orders_of_ties) {
    enum { N = 60, ORDERS = 4000, K = 23 };
    rows r = make_rows(N, 4, 99);
    td_ranking ranking = rank(&r, 1);
    double mean = 0.0;
    for (uint64_t trial = 0; trial < ORDERS; trial++) {
        shuffle(&r, trial + 7);
        td_ranking order = rank(&r, 1);
        for (int i = 0; i < K; i++) mean += r.label[order.order[i]] / ORDERS;
        td_ranking_free(&order);
    }
    cr_assert_float_eq(td_ranking_hits(&ranking, K), mean, 0.16);
    td_ranking_free(&ranking);
    free_rows(&r);
}

Test(stats_random, shuffled_rows_change_no_ranking_metric) {
    rows r = make_rows(5000, 40, 5);
    td_ranking first = rank(&r, 1);
    shuffle(&r, 6);
    td_ranking second = rank(&r, 1);
    cr_assert_eq(first.n_blocks, second.n_blocks);
    cr_assert_arr_eq(first.blocks, second.blocks, first.n_blocks * sizeof *first.blocks);
    td_ranking_free(&first);
    td_ranking_free(&second);
    free_rows(&r);
}

/* 200,000 rows make several chunks of every loop; scores span 40 decades and both signs. */
Test(stats_random, ranking_is_the_same_for_any_thread_count) {
    enum { N = 200000 };
    rows r = make_rows(N, 1e15, 8);
    for (int i = 0; i < N; i++) {
        if (i % 3 == 0) r.score[i] *= -1e20;
        if (i % 7 == 0) r.score[i] *= 1e-20;
        if (i % 11 == 0) r.score[i] = -0.0;
    }
    td_ranking one = rank(&r, 1);
    for (uint32_t i = 1; i < N; i++) {
        double before = r.score[one.order[i - 1]], here = r.score[one.order[i]];
        cr_assert(before > here || (before == here && one.order[i - 1] < one.order[i]));
    }
    for (int threads = 2; threads <= 4; threads++) {
        td_ranking many = rank(&r, threads);
        cr_assert_eq(many.n_blocks, one.n_blocks);
        cr_assert_arr_eq(many.order, one.order, N * sizeof *one.order);
        cr_assert_arr_eq(many.blocks, one.blocks, one.n_blocks * sizeof *one.blocks);
        td_ranking_free(&many);
    }
    td_ranking_free(&one);
    free_rows(&r);
}

Test(stats_random, area_under_the_roc_polyline_is_the_auc) {
    rows r = make_rows(3000, 70, 12);
    td_ranking ranking = rank(&r, 2);
    td_curve roc;
    cr_assert_eq(td_curve_roc(&roc, &ranking, NULL), TD_OK);
    double area = 0.0;
    for (uint64_t i = 1; i < roc.n; i++) {
        area += (roc.x[i] - roc.x[i - 1]) * (roc.y[i] + roc.y[i - 1]) / 2;
    }
    cr_assert_float_eq(area, td_ranking_auc(&ranking).value, 1e-13);
    td_curve_free(&roc);
    td_ranking_free(&ranking);
    free_rows(&r);
}

Test(stats_random, gains_table_adds_up) {
    for (uint64_t trial = 0; trial < 20; trial++) {
        rows r = make_rows(3 + 41 * trial, 6, trial + 30);
        td_ranking ranking = rank(&r, 1);
        td_gain_row table[10];
        td_gain_table(table, 10, &ranking);
        double hits = 0.0;
        for (int g = 0; g < 10; g++) {
            cr_assert_eq(table[g].begin, g > 0 ? table[g - 1].end : 0);
            hits += table[g].hits;
        }
        cr_assert_eq(table[9].end, r.n);
        cr_assert_float_eq(hits, ranking.n_positives, 1e-9);
        td_ranking_free(&ranking);
        free_rows(&r);
    }
}

Test(stats_random, probability_metrics_are_the_same_for_any_thread_count) {
    rows r = make_rows(50000, 1e12, 17);
    td_probability_metrics one, many;
    memset(&one, 0, sizeof one);
    cr_assert_eq(td_probability_measure(&one, r.score, r.label, r.n, NULL, NULL), TD_OK);
    for (int threads = 2; threads <= 4; threads++) {
        td_exec exec = {.n_threads = threads};
        cr_assert_eq(td_probability_measure(&many, r.score, r.label, r.n, &exec, NULL), TD_OK);
        cr_assert_eq(many.log_loss.value, one.log_loss.value);
        cr_assert_eq(many.brier.value, one.brier.value);
        cr_assert_eq(many.ece.value, one.ece.value);
        cr_assert_eq(many.mean_score.value, one.mean_score.value);
    }
    double brier = 0.0, loss = 0.0;
    for (uint64_t i = 0; i < r.n; i++) {
        double p = fmax(r.score[i], 0x1p-52);
        brier += (r.score[i] - r.label[i]) * (r.score[i] - r.label[i]) / (double)r.n;
        loss -= log(r.label[i] == 1.0 ? p : 1 - p) / (double)r.n;
    }
    cr_assert_float_eq(one.brier.value, brier, 1e-12);
    cr_assert_float_eq(one.log_loss.value, loss, 1e-12);
    free_rows(&r);
}

enum { N_FIT = 10000, P_FIT = 5 };

/* Columns of very different scales with holes, weights over 12 decades: sums do not commute. */
static void make_columns(double **x, double *label, double *weight, uint64_t seed) {
    const double scale[P_FIT] = {1, 1e-6, 1e9, 3, 100};
    for (uint64_t i = 0; i < N_FIT; i++) {
        double eta = -1.0;
        for (int j = 0; j < P_FIT; j++) {
            double u = next_uniform(&seed);
            eta += (u - 0.5) * (j + 1);
            x[j][i] = next_uniform(&seed) < 0.05 * j ? NAN : u * scale[j] + 7 * scale[j];
        }
        label[i] = next_uniform(&seed) < 1 / (1 + exp(-eta));
        weight[i] = exp(28 * next_uniform(&seed) - 14);
    }
}

/* A fitted model and its predictions, to be compared byte by byte. */
static void fit_bytes(td_logistic *model, double *p, const td_logistic_data *data, int threads) {
    td_exec exec = {.n_threads = threads};
    td_logistic_params params = td_logistic_params_default();
    cr_assert_eq(td_logistic_fit(model, data, &params, &exec, NULL), TD_OK);
    cr_assert_eq(td_logistic_predict(p, model, data->x, data->n, &exec, NULL), TD_OK);
}

Test(stats_random, logistic_is_the_same_for_any_thread_count) {
    double *x[P_FIT];
    double *block = td_mem_array(N_FIT * (P_FIT + 4), sizeof *block, NULL);
    for (int j = 0; j < P_FIT; j++) x[j] = block + j * N_FIT;
    double *label = block + P_FIT * N_FIT, *weight = label + N_FIT;
    double *p_one = weight + N_FIT, *p_many = p_one + N_FIT;
    make_columns(x, label, weight, 21);
    td_logistic_data data = {
        .n = N_FIT, .p = P_FIT, .x = (const double *const *)x, .label = label, .weight = weight};
    td_logistic one = {0}, many = {0};
    fit_bytes(&one, p_one, &data, 1);
    cr_assert(one.has_converged);
    for (int threads = 2; threads <= 4; threads++) {
        fit_bytes(&many, p_many, &data, threads);
        cr_assert_arr_eq(many.columns, one.columns, P_FIT * sizeof *one.columns);
        cr_assert_arr_eq(p_many, p_one, N_FIT * sizeof *p_one);
        cr_assert_eq(many.deviance, one.deviance);
        cr_assert_eq(many.intercept_se, one.intercept_se);
        td_logistic_free(&many);
    }
    td_logistic_free(&one);
    td_mem_free(block);
}

/* At the minimum the gradient of the penalised likelihood is zero; in raw units, per feature:
 * sum w (y - p) (x - mean) = l2 coef sd^2, a missing row counting 0. */
Test(stats_random, logistic_gradient_vanishes) {
    double *x[P_FIT];
    double *block = td_mem_array(N_FIT * (P_FIT + 3), sizeof *block, NULL);
    for (int j = 0; j < P_FIT; j++) x[j] = block + j * N_FIT;
    double *label = block + P_FIT * N_FIT, *weight = label + N_FIT, *p = weight + N_FIT;
    make_columns(x, label, weight, 22);
    td_logistic_data data = {.n = N_FIT, .p = P_FIT, .x = (const double *const *)x, .label = label};
    td_logistic model = {0};
    fit_bytes(&model, p, &data, 2);
    for (int j = 0; j < P_FIT; j++) {
        td_logistic_column column = model.columns[j];
        double gradient = 0.0;
        for (int i = 0; i < N_FIT; i++) {
            double gap = x[j][i] - column.mean;
            if (gap == gap) gradient += (label[i] - p[i]) * gap / column.sd;
        }
        cr_assert_float_eq(gradient, model.l2 * column.coef * column.sd, 1e-6);
    }
    td_logistic_free(&model);
    td_mem_free(block);
}

Test(stats_random, a_row_is_predicted_alike_alone_and_in_company) {
    double *x[P_FIT];
    double *block = td_mem_array(N_FIT * (P_FIT + 3), sizeof *block, NULL);
    for (int j = 0; j < P_FIT; j++) x[j] = block + j * N_FIT;
    double *label = block + P_FIT * N_FIT, *weight = label + N_FIT, *p = weight + N_FIT;
    make_columns(x, label, weight, 23);
    td_logistic_data data = {.n = N_FIT, .p = P_FIT, .x = (const double *const *)x, .label = label};
    td_logistic model = {0};
    fit_bytes(&model, p, &data, 1);
    for (int i = 0; i < N_FIT; i += 37) {
        const double *row[P_FIT];
        for (int j = 0; j < P_FIT; j++) row[j] = x[j] + i;
        double alone;
        cr_assert_eq(td_logistic_predict(&alone, &model, row, 1, NULL, NULL), TD_OK);
        cr_assert_eq(alone, p[i]);
    }
    td_logistic_free(&model);
    td_mem_free(block);
}
