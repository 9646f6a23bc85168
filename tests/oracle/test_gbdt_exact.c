/* tests/oracle/test_gbdt_exact.c: with one bin per distinct value the fast grower and the slow twin
 * find the same tree, bit for bit, on random tables: numbers and categories, missing values,
 * weights over many decades, L1, minimal hessian, leaf-wise and depth-wise, samples of rows and
 * features, monotone features. Mutants that it caught: prefixes of ordered levels from one end only
 * (split_category.c), the last of equal lanes (split_avx512.c), unparted bounds (split.h). */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/exact.h"
#include "gbdt/grow.h"
#include "tests/support/rows.h"

enum { MOST_ROWS = 160, MOST_FEATURES = 20, CASES = 400 };

typedef struct gradients {
    double grad[MOST_ROWS], hess[MOST_ROWS];
    int64_t q_grad[MOST_ROWS], q_hess[MOST_ROWS];
    td_quantised q;
} gradients;

/* Gradients with ties and, when heavy, over many decades (which makes the wide form). */
static void make_gradients(gradients *out, uint64_t n, int is_heavy, td_rng *rng) {
    td_gradient_range range = {0};
    for (uint64_t i = 0; i < n; i++) {
        double size = is_heavy ? exp(6 * td_rng_normal(rng)) : 1;
        out->grad[i] = size * (floor(6 * td_rng_uniform(rng)) - 2.5) / 3;
        out->hess[i] = size * (td_rng_below(rng, 3) == 0 ? 0.25 : td_rng_uniform(rng));
        range.max_grad = fmax(range.max_grad, fabs(out->grad[i]));
        range.max_hess = fmax(range.max_hess, out->hess[i]);
        range.sum_grad += fabs(out->grad[i]);
        range.sum_hess += out->hess[i];
    }
    td_quantise_how how = {
        .range = range, .may_be_wide = is_heavy, .salt = (uint32_t)td_rng_next(rng)};
    td_error err = {0};
    cr_assert_eq(td_quantise(&out->q, out->grad, out->hess, n, &how, &err), TD_OK);
    for (uint64_t i = 0; i < n; i++) {
        out->q_grad[i] = td_quantised_grad(&out->q, i);
        out->q_hess[i] = td_quantised_hess(&out->q, i);
    }
}

static td_train_params random_params(td_rng *rng) {
    char text[500], more[200];
    static const double l1[] = {0, 0, 0.3}, l2[] = {0, 1, 0.01}, hess[] = {0, 1e-3, 0.7};
    static const double smooth[] = {0, 1, 3}, cat_l2[] = {0, 10, 0.5};
    snprintf(text, sizeof text,
             "max_bin=255 min_data_in_bin=1 num_leaves=%u max_depth=%d min_data_in_leaf=%u "
             "lambda_l1=%g lambda_l2=%g min_sum_hessian_in_leaf=%g min_gain_to_split=%g "
             "grow_policy=%s objective=regression",
             2 + (unsigned)td_rng_below(rng, 20), (int)td_rng_below(rng, 6) - 1,
             (unsigned)td_rng_below(rng, 12), l1[td_rng_below(rng, 3)], l2[td_rng_below(rng, 3)],
             hess[td_rng_below(rng, 3)], td_rng_below(rng, 4) == 0 ? 0.05 : 0,
             td_rng_below(rng, 2) == 0 ? "leafwise" : "depthwise");
    snprintf(more, sizeof more,
             " cat_smooth=%g cat_l2=%g max_cat_to_onehot=%u max_cat_threshold=%u "
             "min_data_per_group=%u",
             smooth[td_rng_below(rng, 3)], cat_l2[td_rng_below(rng, 3)],
             1 + (unsigned)td_rng_below(rng, 9), 1 + (unsigned)td_rng_below(rng, 8),
             1 + (unsigned)td_rng_below(rng, 6));
    strcat(text, more);
    return td_test_params(text);
}

/* What a case is made of besides its numbers: levels of categories, the sample, directions. */
typedef struct extras {
    double *x[MOST_FEATURES]; /* as the twin sees the columns */
    uint32_t n_levels[MOST_FEATURES];
    uint8_t use[MOST_FEATURES], use_slot[MOST_FEATURES], in_bag[MOST_ROWS];
    uint32_t row[MOST_ROWS];
    uint64_t n_bag;
    int8_t monotone[MOST_FEATURES];
} extras;

/* Columns for the twin; some few-valued ones become categories, whose levels are ranks of their
 * texts. Returns the number of categories. */
static uint32_t make_columns(extras *out, td_test_rows *rows, td_rng *rng) {
    uint32_t n_categories = 0;
    uint64_t n = rows->view.n_rows;
    for (uint32_t f = 0; f < rows->view.n_features; f++) {
        out->x[f] = td_mem_array(n, sizeof(double), NULL);
        memcpy(out->x[f], rows->table.column[f].number, n * sizeof(double));
        if (f % 4 != 1 || td_rng_below(rng, 3) == 0) continue;
        td_test_rows_make_category(rows, f);
        const td_column *column = &rows->table.column[f];
        out->n_levels[f] = column->dict.n;
        n_categories += column->dict.n > 0;
        for (uint64_t i = 0; i < n; i++) {
            out->x[f][i] = column->code[i] == TD_CODE_NONE ? NAN : (double)column->code[i];
        }
    }
    return n_categories;
}

static void make_sample(extras *out, uint64_t n, uint32_t n_features, td_rng *rng) {
    for (uint64_t i = 0; i < n; i++) {
        out->in_bag[i] = i == 0 || td_rng_below(rng, 4) > 0;
        out->row[out->n_bag] = (uint32_t)i;
        out->n_bag += out->in_bag[i];
    }
    for (uint32_t f = 0; f < n_features; f++) out->use[f] = td_rng_below(rng, 3) > 0;
}

static void make_directions(td_train_params *params, extras *out, uint32_t n_features,
                            td_rng *rng) {
    for (uint32_t f = 0; f < n_features; f++) {
        out->monotone[f] = out->n_levels[f] > 0 ? 0 : (int8_t)((int)td_rng_below(rng, 3) - 1);
    }
    params->monotone = out->monotone;
    params->n_monotone = n_features;
}

static void assert_same_tree(const td_tree *fast, const td_tree *slow, const td_grower *grower,
                             int seed) {
    cr_assert_eq(fast->n_leaves, slow->n_leaves, "case %d: %u leaves, exact has %u", seed,
                 fast->n_leaves, slow->n_leaves);
    for (uint32_t i = 0; i + 1 < fast->n_leaves; i++) {
        const td_node *a = &fast->node[i], *b = &slow->node[i];
        cr_assert(a->feature == b->feature && a->threshold == b->threshold && a->gain == b->gain,
                  "case %d node %u: f%u <= %.17g gain %.17g, exact f%u <= %.17g gain %.17g", seed,
                  i, a->feature, a->threshold, a->gain, b->feature, b->threshold, b->gain);
        cr_assert(a->missing_left == b->missing_left && a->left == b->left && a->right == b->right,
                  "case %d node %u: another direction or child", seed, i);
        cr_assert_eq(a->is_category, b->is_category);
        if (!a->is_category) continue;
        cr_assert_eq(memcmp(&fast->sets[a->set], &slow->sets[b->set], sizeof *fast->sets), 0,
                     "case %d node %u: another set of levels", seed, i);
    }
    for (uint32_t j = 0; j < fast->n_leaves; j++) {
        cr_assert_eq(td_leaf_branch(grower, j)->n, slow->leaf_rows[j], "case %d leaf %u", seed, j);
    }
}

/* What the cases met, to know that they were worth it. */
typedef struct tally {
    uint32_t leaves, categories, sets, bounded;
} tally;

static void compare_once(int seed, tally *seen) {
    td_rng rng = td_rng_stream((uint64_t)seed, "exact", 0, 0);
    uint64_t n = 2 + td_rng_below(&rng, MOST_ROWS - 1);
    uint32_t n_features = 1 + (uint32_t)td_rng_below(&rng, MOST_FEATURES);
    td_test_rows rows = td_test_rows_random(n, n_features, 0, (uint64_t)seed);
    static gradients made;
    static extras extra;
    made = (gradients){0};
    extra = (extras){0};
    make_gradients(&made, n, seed % 4 == 0, &rng);
    td_train_params params = random_params(&rng);
    int is_sampled = seed % 3 == 1, is_monotone = seed % 5 == 2;
    seen->categories += make_columns(&extra, &rows, &rng);
    if (is_sampled) make_sample(&extra, n, n_features, &rng);
    if (is_monotone) make_directions(&params, &extra, n_features, &rng);
    td_exec exec = {.n_threads = 1 + (seed % 8 == 1)};
    td_error err = {0};
    td_binned *binned;
    td_grower grower = {0};
    td_tree fast, slow;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, &exec, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_grower_init(&grower, binned, &params, &exec, &err), TD_OK);
    cr_assert_eq(td_tree_init(&fast, (uint32_t)params.num_leaves, &err), TD_OK);
    td_growth growth = {&made.q, NULL, n, NULL};
    for (uint32_t s = 0; s < grower.blocks.n_slots; s++) {
        extra.use_slot[s] = extra.use[grower.blocks.slot[s].feature];
    }
    if (is_sampled) growth = (td_growth){&made.q, extra.row, extra.n_bag, extra.use_slot};
    cr_assert_eq(td_grow_tree(&fast, &grower, &growth, &err), TD_OK, "%s", err.text);
    td_exact_data data = {.n_rows = n,
                          .n_features = n_features,
                          .x = (const double *const *)extra.x,
                          .n_levels = extra.n_levels,
                          .use = is_sampled ? extra.use : NULL,
                          .in_bag = is_sampled ? extra.in_bag : NULL,
                          .grad = made.q_grad,
                          .hess = made.q_hess,
                          .grad_scale = made.q.grad_scale,
                          .hess_scale = made.q.hess_scale};
    cr_assert_eq(td_exact_grow(&slow, &data, &params, &err), TD_OK);
    assert_same_tree(&fast, &slow, &grower, seed);
    seen->leaves += fast.n_leaves;
    seen->sets += fast.n_sets;
    seen->bounded += is_monotone ? fast.n_leaves - 1 : 0;
    for (uint32_t f = 0; f < n_features; f++) td_mem_free(extra.x[f]);
    td_tree_free(&fast);
    td_tree_free(&slow);
    td_grower_free(&grower);
    td_quantised_free(&made.q);
    td_binned_free(binned);
    td_test_rows_free(&rows);
}

Test(gbdt_exact, trees_equal_the_slow_twins_bit_for_bit) {
    uint64_t live = td_mem_live_bytes();
    tally seen = {0};
    for (int seed = 0; seed < CASES; seed++) compare_once(seed, &seen);
    cr_assert_gt(seen.leaves, 4 * CASES, "only %u leaves: the cases are too easy", seen.leaves);
    cr_assert(seen.sets > 100 && seen.bounded > 100, "%u categories, %u splits by them, %u bounded",
              seen.categories, seen.sets, seen.bounded);
    cr_assert_eq(td_mem_live_bytes(), live);
}
