/* Effect trees on the trainer's histograms against trees on plain sums of doubles
 * (tests/support/slow_effect_tree.c): equal to the bit where integers hold the values, and where
 * the slow tree is given the values that the integers stand for; close to it elsewhere. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "tests/support/rows.h"
#include "tests/support/slow_effect_tree.h"

typedef struct trial {
    td_test_rows rows;
    td_binned *binned;
    uint32_t *arm, *grow;
    double *weight, *slow_weight, *slow_outcome;
    td_forest_rows data;
    td_forest_params params;
    td_effect_table table;
    td_tree_rows drawn;
} trial;

/* How a trial is made. */
typedef struct plan {
    uint64_t n, seed;
    uint32_t n_arms;
    int is_binary, has_weights, has_tails;
    double decades; /* of weights, evenly on the log scale; 0: of another law */
} plan;

/* Outcomes and arms of random rows with categories; a row is drawn not at all, once or twice. */
static trial trial_new(plan p) {
    trial t = {.rows = td_test_rows_random(p.n, 9, p.is_binary, p.seed)};
    td_rng rng = td_rng_stream(p.seed, "test trial", 0, 0);
    td_error err = {0};
    for (uint64_t i = 0; p.has_tails && i < p.n; i++) {
        int buys = t.rows.label[i] > 0 && td_rng_below(&rng, 60) == 0;
        t.rows.label[i] = buys ? td_exp(3 + 1.5 * td_rng_normal(&rng)) : 0;
    }
    td_test_rows_make_category(&t.rows, 1);
    td_test_rows_make_category(&t.rows, 6);
    td_train_params trees = td_test_params("objective=regression min_data_in_bin=1");
    cr_assert_eq(td_binned_build(&t.binned, &t.rows.view, &trees, NULL, &err), TD_OK, "%s",
                 err.text);
    t.arm = calloc(p.n, sizeof *t.arm);
    t.grow = calloc(2 * p.n, sizeof *t.grow);
    t.weight = calloc(p.n, sizeof *t.weight);
    t.slow_weight = calloc(p.n, sizeof *t.slow_weight);
    t.slow_outcome = calloc(p.n, sizeof *t.slow_outcome);
    for (uint32_t i = 0; i < p.n; i++) {
        t.arm[i] = (uint32_t)td_rng_below(&rng, p.n_arms);
        t.weight[i] = p.has_weights ? 0.2 + 5 * td_rng_uniform(&rng) : 1;
        if (p.decades > 0) t.weight[i] = td_exp(-p.decades * log(10) * td_rng_uniform(&rng));
        uint64_t times = td_rng_below(&rng, 3);
        for (uint64_t k = 0; k < (times == 0 ? i % 3 : 1); k++) t.grow[t.drawn.n_grow++] = i;
    }
    t.drawn = (td_tree_rows){t.grow, t.grow, t.drawn.n_grow, t.drawn.n_grow};
    t.data = (td_forest_rows){.binned = t.binned, .arm = t.arm, .n_arms = p.n_arms};
    if (p.has_weights || p.decades > 0) t.data.weight = t.weight;
    t.params = td_forest_params_default();
    cr_assert_eq(td_effect_table_build(&t.table, &t.data, NULL, &err), TD_OK, "%s", err.text);
    return t;
}

static void trial_free(trial *t) {
    td_effect_table_free(&t->table);
    td_binned_free(t->binned);
    td_test_rows_free(&t->rows);
    free(t->arm);
    free(t->grow);
    free(t->weight);
    free(t->slow_weight);
    free(t->slow_outcome);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* What the slow tree sums: the real values, or those that the table's integers stand for. */
static td_slow_values values_of(trial *t, int are_real) {
    for (uint64_t i = 0; i < t->rows.view.n_rows; i++) {
        uint32_t a = t->arm[i];
        double hess = (double)td_quantised_hess(&t->table.q, i) * t->table.weight_scale[a];
        double grad = (double)td_quantised_grad(&t->table.q, i) * t->table.outcome_scale[a];
        t->slow_weight[i] = are_real ? t->weight[i] : hess;
        t->slow_outcome[i] = are_real ? t->weight[i] * t->rows.label[i] : grad;
    }
    return (td_slow_values){t->slow_weight, t->slow_outcome};
}

/* The same questions; gains within `near` times their size. */
static void check_equal(const td_tree *tree, const td_tree *slow, double near) {
    cr_assert_eq(tree->n_leaves, slow->n_leaves);
    cr_assert_gt(tree->n_leaves, 3); /* else little was tested */
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *a = &tree->node[i], *b = &slow->node[i];
        cr_assert_eq(a->feature, b->feature, "node %u", i);
        cr_assert_eq(a->is_category, b->is_category);
        cr_assert_eq(a->missing_left, b->missing_left, "node %u", i);
        cr_assert_eq(a->threshold, b->threshold, "node %u", i);
        cr_assert(a->left == b->left && a->right == b->right, "node %u", i);
        cr_assert(fabs(a->gain - b->gain) <= near * b->gain, "node %u: %a, %a", i, a->gain,
                  b->gain);
        if (!a->is_category) continue;
        cr_assert_eq(memcmp(&tree->sets[a->set], &slow->sets[b->set], sizeof(td_bin_set)), 0,
                     "node %u", i);
    }
}

static void compare(trial *t, td_slow_values values, uint32_t index, double near) {
    double mean[TD_UPLIFT_MAX_ARMS] = {0};
    td_tree_job job = {&t->data, &t->table, &t->params, mean, index};
    td_tree tree[TD_UPLIFT_MAX_ARMS], slow;
    td_error err = {0};
    cr_assert_eq(td_effect_tree_grow(tree, 1, &job, &t->drawn, &err), TD_OK, "%s", err.text);
    td_slow_effect_tree(&slow, &job, &t->drawn, values);
    check_equal(&tree[0], &slow, near);
    for (uint32_t a = 1; a < t->data.n_arms; a++) td_tree_free(&tree[a - 1]);
    td_tree_free(&slow);
}

static void compare_binary(void) {
    for (uint32_t n_arms = 2; n_arms <= 4; n_arms++) {
        trial t = trial_new((plan){2500, n_arms, n_arms, .is_binary = 1});
        td_slow_values values = values_of(&t, 1);
        cr_assert_eq(t.table.q.is_wide, 0);
        for (uint32_t c = 0; c < TD_UPLIFT_N_CRITERIA; c++) {
            t.params.criterion = (td_uplift_criterion)c;
            t.params.is_normalised = n_arms == 3;
            t.params.shrinkage = n_arms == 2 ? 0 : 20;
            t.params.n_candidates = c % 2 == 0 ? 0 : 4;
            compare(&t, values, c, 0);
        }
        trial_free(&t);
    }
}

Test(uplift_tree_hist, trees_of_a_binary_outcome_are_those_of_plain_sums_to_the_bit) {
    compare_binary();
}

Test(uplift_tree_hist, without_vector_instructions_too) {
    setenv("TD_SIMD", "scalar", 1);
    compare_binary();
    cr_assert_eq(td_cpu_simd(), TD_SIMD_SCALAR);
}

/* More rows of an arm than a packed histogram holds, at the root and below it. */
Test(uplift_tree_hist, trees_of_many_rows_are_those_of_plain_sums) {
    trial t = trial_new((plan){45000, 7, 2, .is_binary = 1});
    t.params.min_rows = 40;
    t.params.max_depth = 7;
    compare(&t, values_of(&t, 1), 0, 0);
    trial_free(&t);
    t = trial_new((plan){45000, 8, 2, .has_weights = 1});
    t.params.min_rows = 40;
    t.params.max_depth = 7;
    cr_assert_eq(t.table.q.is_wide, 0);
    compare(&t, values_of(&t, 0), 0, 0);
    trial_free(&t);
}

/* Integers of 12 bits times a power of two: doubles sum them exactly. */
Test(uplift_tree_hist, rounded_values_are_summed_exactly) {
    for (uint64_t seed = 11; seed <= 14; seed++) {
        trial t = trial_new((plan){2500, seed, 2 + seed % 2, .has_weights = seed > 11});
        t.params.criterion = seed == 13 ? TD_UPLIFT_DDP : TD_UPLIFT_EUCLIDEAN;
        compare(&t, values_of(&t, 0), 0, 0);
        trial_free(&t);
    }
}

/* One row in 120 buys, for 1 to 1,000: 40 bits. With them questions are those of the real values
 * and gains differ in the ninth digit. */
Test(uplift_tree_hist, heavy_tails_keep_their_small_values) {
    for (uint64_t seed = 21; seed <= 24; seed++) {
        trial t =
            trial_new((plan){3000, seed, 2 + seed % 2, .has_weights = seed > 22, .has_tails = 1});
        cr_assert_eq(t.table.q.is_wide, 1);
        compare(&t, values_of(&t, 0), 0, 0);
        compare(&t, values_of(&t, 1), 0, 1e-7);
        trial_free(&t);
    }
}

/* A trial with one chance for all: rows of an arm weigh the same, and a unit of the arm's own makes
 * this exact but for the last digits, in which the slow sums err. */
Test(uplift_tree_hist, equal_weights_of_an_arm_cost_no_precision) {
    trial t = trial_new((plan){2500, 31, 3, .is_binary = 1});
    double chance[3] = {0.37, 0.41, 0.22};
    for (uint64_t i = 0; i < 2500; i++) t.weight[i] = 1 / chance[t.arm[i]];
    t.data.weight = t.weight;
    td_effect_table_free(&t.table);
    cr_assert_eq(td_effect_table_build(&t.table, &t.data, NULL, NULL), TD_OK);
    for (uint64_t i = 0; i < 2500; i++) {
        cr_assert_eq(td_quantised_hess(&t.table.q, i), 2048);
        cr_assert_eq(td_quantised_grad(&t.table.q, i), t.rows.label[i] * 2048);
    }
    t.params.shrinkage = 5;
    t.params.max_depth = 4;
    compare(&t, values_of(&t, 1), 0, 1e-9);
    trial_free(&t);
}

/* No tail, but the lightest of these weights are 1/10,000 of the heaviest: 40 bits, and no row that
 * weighs nothing. "All levels or the missing rows" is asked in both orders: with other seeds the
 * last digit of a slow sum may take the second, whose set has levels that no row has. */
Test(uplift_tree_hist, light_rows_keep_their_weight) {
    for (uint64_t seed = 61; seed <= 63; seed++) {
        trial t = trial_new((plan){3000, seed, 2 + seed % 2, .decades = 4});
        cr_assert_eq(t.table.q.is_wide, 1);
        for (uint64_t i = 0; i < 3000; i++) cr_assert_gt(td_quantised_hess(&t.table.q, i), 0);
        compare(&t, values_of(&t, 0), 0, 0);
        compare(&t, values_of(&t, 1), 0, 1e-7);
        trial_free(&t);
    }
    trial t = trial_new((plan){3000, 65, 2, .is_binary = 1, .has_weights = 1}); /* 0.2 to 5.2 */
    cr_assert_eq(t.table.q.is_wide, 0);
    for (uint64_t i = 0; i < 3000; i++) cr_assert_gt(td_quantised_hess(&t.table.q, i), 0);
    trial_free(&t);
}

/* Of weights over 20 decades almost every second is below the last of 40 bits: sides without
 * weight, some of which have an outcome, as the heaviest rows have none. */
Test(uplift_tree_hist, rows_without_weight_part_nothing) {
    for (uint64_t seed = 71; seed <= 73; seed++) {
        trial t = trial_new((plan){3000, seed, 2, .is_binary = 1, .decades = 20});
        for (uint64_t i = 0; i < 3000; i++) t.binned->label[i] *= t.weight[i] < 1e-4;
        td_effect_table_free(&t.table);
        t.params.min_rows = 6;
        cr_assert_eq(td_effect_table_build(&t.table, &t.data, NULL, NULL), TD_OK);
        cr_assert_eq(t.table.q.is_wide, 1);
        compare(&t, values_of(&t, 0), 0, 0);
        trial_free(&t);
    }
}

/* The tree of two treated arms after all weights are multiplied. */
static void grow_scaled(td_tree tree[2], trial *t, double factor) {
    double mean[TD_UPLIFT_MAX_ARMS] = {0};
    td_tree_job job = {&t->data, &t->table, &t->params, mean, 0};
    for (uint64_t i = 0; i < t->rows.view.n_rows; i++) t->weight[i] *= factor;
    td_effect_table_free(&t->table);
    cr_assert_eq(td_effect_table_build(&t->table, &t->data, NULL, NULL), TD_OK);
    cr_assert_eq(td_effect_tree_grow(tree, 1, &job, &t->drawn, NULL), TD_OK);
    for (uint64_t i = 0; i < t->rows.view.n_rows; i++) t->weight[i] /= factor;
}

static void check_scaled(trial *t, double factor, double near) {
    td_tree plain[2], scaled[2];
    grow_scaled(plain, t, 1);
    grow_scaled(scaled, t, factor);
    for (int k = 0; k < 2; k++) {
        check_equal(&scaled[k], &plain[k], near);
        for (uint32_t i = 0; i < plain[k].n_leaves; i++) {
            double own = scaled[k].leaf_value[i], other = plain[k].leaf_value[i];
            cr_assert(fabs(own - other) <= near * 1e-6 * fabs(other), "%a, %a", own, other);
        }
        td_tree_free(&plain[k]);
        td_tree_free(&scaled[k]);
    }
}

/* Of three arms the control weighs one and the same, the others vary. */
Test(uplift_tree_hist, effects_do_not_depend_on_the_scale_of_the_weights) {
    trial t = trial_new((plan){2500, 81, 3, .is_binary = 1, .has_weights = 1});
    for (uint64_t i = 0; i < 2500; i++) t.weight[i] = t.arm[i] == 0 ? 3 : t.weight[i];
    check_scaled(&t, 1 << 20, 0);
    check_scaled(&t, 0x1p-30, 0);
    t.params.max_depth = 3; /* below, splits that differ by a thousandth change places */
    check_scaled(&t, 1e6, 1e-2);
    trial_free(&t);
    t = trial_new((plan){2500, 82, 3, .decades = 4}); /* the wide form: all questions stay */
    for (uint64_t i = 0; i < 2500; i++) t.weight[i] = t.arm[i] == 0 ? 0.01 : t.weight[i];
    check_scaled(&t, 1 << 20, 0);
    check_scaled(&t, 1e6, 1e-5);
    trial_free(&t);
}

/* ---- histograms ------------------------------------------------------------------------------ */

static void check_hist(const td_effect_hists *hists, td_hist a, td_hist b) {
    const td_blocks *blocks = &hists->table->blocks;
    cr_assert_eq(a.packed == NULL, b.packed == NULL);
    for (uint64_t t = 0; t < (uint64_t)blocks->n_tracks * hists->table->n_arms; t++) {
        uint64_t bytes = blocks->track[t % blocks->n_tracks].n_codes * sizeof(uint64_t);
        for (uint64_t k = 0; k < (a.packed != NULL ? 1 : 3); k++) {
            const void *x = a.sums + t * TD_SUMS_STRIDE + k * TD_HIST_STRIDE;
            const void *y = b.sums + t * TD_SUMS_STRIDE + k * TD_HIST_STRIDE;
            if (a.packed != NULL) x = a.packed + t * TD_HIST_STRIDE;
            if (a.packed != NULL) y = b.packed + t * TD_HIST_STRIDE;
            cr_assert_eq(memcmp(x, y, bytes), 0, "track %llu", (unsigned long long)t);
        }
    }
}

/* Rows of the table arm after arm, and how many of each. */
static uint32_t *by_arm(uint32_t *n, const trial *t) {
    uint32_t *out = calloc(t->rows.view.n_rows, sizeof *out), at = 0;
    for (uint32_t a = 0; a < t->data.n_arms; a++) {
        n[a] = 0;
        for (uint32_t i = 0; i < t->rows.view.n_rows; i++) {
            if (t->arm[i] != a) continue;
            out[at++] = i;
            n[a]++;
        }
    }
    return out;
}

/* Part off `wanted` of 100 rows of each arm; a child counted is the child subtracted. */
static void part_nodes(const plan p, uint64_t wanted) {
    trial t = trial_new(p);
    uint32_t n[TD_UPLIFT_MAX_ARMS], small_n[TD_UPLIFT_MAX_ARMS], large_n[TD_UPLIFT_MAX_ARMS];
    uint32_t *place = by_arm(n, &t), *small = calloc(p.n, 4), *large = calloc(p.n, 4);
    td_rng rng = td_rng_stream(p.seed, "test part", 0, 0);
    td_effect_hists h = {0};
    td_hist parent, counted;
    cr_assert_eq(td_effect_hists_init(&h, &t.table, place, p.n, NULL), TD_OK);
    for (uint32_t i = 0; i < p.n; i++) place[i] = i;
    uint32_t n_small = 0, n_large = 0, at = 0;
    for (uint32_t a = 0; a < p.n_arms; a++) {
        small_n[a] = n_small;
        large_n[a] = n_large;
        for (uint32_t i = 0; i < n[a]; i++, at++) {
            if (td_rng_below(&rng, 100) < wanted) {
                small[n_small++] = place[at];
            } else {
                large[n_large++] = place[at];
            }
        }
        small_n[a] = n_small - small_n[a];
        large_n[a] = n_large - large_n[a];
    }
    td_effect_children c = {.small = {small, small_n}, .large = {large, large_n}};
    cr_assert_eq(td_effect_hist_count(&parent, &h, (td_node_rows){place, n}, NULL), TD_OK);
    cr_assert_eq(td_effect_hist_part(&c, &h, parent, NULL), TD_OK);
    cr_assert_eq(td_effect_hist_count(&counted, &h, c.large, NULL), TD_OK);
    check_hist(&h, c.large_hist, counted);
    if (n_small < 4000) {
        for (int round = 0; round < 2; round++) { /* the second finds zeros again */
            check_hist(&h, *td_effect_hist_few(&h, c.small), c.small_hist);
            td_effect_hist_forget(&h, c.small);
        }
    }
    h.most_bytes = 0; /* no room: the parent goes back and nothing is made */
    uint32_t n_free = h.packed.n_free + h.sums.n_free;
    cr_assert_eq(td_effect_hist_part(&c, &h, counted, NULL), TD_OK);
    cr_assert(c.large_hist.packed == NULL && c.large_hist.sums == NULL);
    cr_assert(c.small_hist.packed == NULL && c.small_hist.sums == NULL);
    cr_assert_eq(h.packed.n_free + h.sums.n_free, n_free + 1);
    td_effect_hists_free(&h);
    free(place);
    free(small);
    free(large);
    trial_free(&t);
}

Test(uplift_tree_hist, a_child_counted_is_the_child_subtracted) {
    part_nodes((plan){3000, 41, 3, .is_binary = 1}, 30);                   /* packed */
    part_nodes((plan){40000, 42, 2, .has_weights = 1}, 40);                /* planes, packed */
    part_nodes((plan){40000, 43, 2, .has_weights = 1}, 8);                 /* planes */
    part_nodes((plan){45000, 46, 2, .is_binary = 1}, 47);                  /* planes, planes */
    part_nodes((plan){20000, 44, 2, .is_binary = 1}, 45);                  /* planes, then packed */
    part_nodes((plan){3000, 45, 2, .has_weights = 1, .has_tails = 1}, 30); /* wide */
}

/* ---- gains ----------------------------------------------------------------------------------- */

#if defined(__x86_64__)
/* How many candidates leave an arm without weight on a side: their gain is 0. */
static uint32_t check_refused(const double *gain, const td_effect_scan *scan) {
    uint32_t n = 0;
    for (uint32_t i = scan->begin; i < scan->end; i++) {
        int weighs = 1;
        for (uint32_t a = 0; a < scan->rule->n_arms; a++) {
            int64_t hess = scan->hess[a * TD_EFFECT_BINS + i];
            weighs &= hess > 0 && hess < scan->hess_total[a];
        }
        cr_assert(weighs ? gain[i] > -HUGE_VAL && gain[i] < HUGE_VAL : gain[i] == 0);
        n += !weighs;
    }
    return n;
}

Test(uplift_tree_hist, gains_of_many_candidates_are_those_of_one_to_the_bit) {
    if (td_cpu_simd() == TD_SIMD_SCALAR) return;
    td_rng rng = td_rng_stream(51, "test gains", 0, 0);
    static int64_t sums[3 * 4 * TD_EFFECT_BINS];
    td_forest_params params = td_forest_params_default();
    uint32_t n_refused = 0;
    for (int round = 0; round < 300; round++) {
        uint32_t n_arms = 2 + (uint32_t)td_rng_below(&rng, 3), n = n_arms * TD_EFFECT_BINS;
        double rate[4], outcome[4], weight[4], fast[TD_EFFECT_BINS], slow[TD_EFFECT_BINS];
        td_effect_rule rule = {&params, n_arms};
        params.shrinkage = round % 3 == 0 ? 12.5 : 0;
        td_effect_scan scan = {&rule, rate, outcome, weight, .grad = sums, .hess = sums + n};
        int64_t hess_total[4], grad_total[4];
        scan.rows = sums + 2 * n;
        scan.hess_total = hess_total;
        scan.grad_total = scan.rows_total = grad_total;
        scan.begin = (uint32_t)td_rng_below(&rng, 20);
        scan.end = scan.begin + (uint32_t)td_rng_below(&rng, 20);
        for (uint32_t k = 0; k < 3 * n; k++) sums[k] = 1 + (int64_t)td_rng_below(&rng, 1 << 20);
        for (uint32_t k = n; k < 2 * n; k++) { /* an arm without weight on the left, on the right */
            uint64_t kind = td_rng_below(&rng, 16);
            if (kind < 2) sums[k] = kind == 0 ? 0 : 2 << 20;
        }
        for (uint32_t a = 0; a < n_arms; a++) {
            rate[a] = td_rng_uniform(&rng);
            outcome[a] = td_rng_uniform(&rng);
            weight[a] = td_rng_uniform(&rng);
            hess_total[a] = 2 << 20;
            grad_total[a] = (int64_t)td_rng_below(&rng, 1 << 21) - (1 << 20);
        }
        memset(fast, 1, sizeof fast);
        memset(slow, 1, sizeof slow);
        td_effect_gains_avx2(fast, &scan);
        td_effect_gains_scalar(slow, &scan);
        n_refused += check_refused(slow, &scan);
        cr_assert_eq(memcmp(fast, slow, sizeof fast), 0, "round %d", round);
        if (td_cpu_simd() != TD_SIMD_AVX512) continue;
        memset(fast, 1, sizeof fast);
        td_effect_gains_avx512(fast, &scan);
        cr_assert_eq(memcmp(fast, slow, sizeof fast), 0, "round %d", round);
    }
    cr_assert_gt(n_refused, 300);
}
#endif
