/* tests/oracle/test_gbdt_exact.c: with one bin per distinct value the fast grower and the slow twin
 * find the same tree, bit for bit, on random tables. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/exact.h"
#include "gbdt/grow.h"
#include "tests/support/rows.h"

enum { MOST_ROWS = 160, CASES = 300 };

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
    td_quantise_how how = {range, is_heavy, (uint32_t)td_rng_next(rng), NULL};
    td_error err = {0};
    cr_assert_eq(td_quantise(&out->q, out->grad, out->hess, n, &how, &err), TD_OK);
    for (uint64_t i = 0; i < n; i++) {
        out->q_grad[i] = td_quantised_grad(&out->q, i);
        out->q_hess[i] = td_quantised_hess(&out->q, i);
    }
}

static td_train_params random_params(td_rng *rng) {
    char text[400];
    static const double l1[] = {0, 0, 0.3}, l2[] = {0, 1, 0.01}, hess[] = {0, 1e-3, 0.7};
    snprintf(text, sizeof text,
             "max_bin=255 min_data_in_bin=1 num_leaves=%u max_depth=%d min_data_in_leaf=%u "
             "lambda_l1=%g lambda_l2=%g min_sum_hessian_in_leaf=%g min_gain_to_split=%g "
             "grow_policy=%s objective=regression",
             2 + (unsigned)td_rng_below(rng, 20), (int)td_rng_below(rng, 6) - 1,
             (unsigned)td_rng_below(rng, 12), l1[td_rng_below(rng, 3)], l2[td_rng_below(rng, 3)],
             hess[td_rng_below(rng, 3)], td_rng_below(rng, 4) == 0 ? 0.05 : 0,
             td_rng_below(rng, 2) == 0 ? "leafwise" : "depthwise");
    return td_test_params(text);
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
    }
    for (uint32_t j = 0; j < fast->n_leaves; j++) {
        cr_assert_eq(td_leaf_branch(grower, j)->n, slow->leaf_rows[j], "case %d leaf %u", seed, j);
    }
}

static uint32_t compare_once(int seed) {
    td_rng rng = td_rng_stream((uint64_t)seed, "exact", 0, 0);
    uint64_t n = 2 + td_rng_below(&rng, MOST_ROWS - 1);
    uint32_t n_features = 1 + (uint32_t)td_rng_below(&rng, 20);
    td_test_rows rows = td_test_rows_random(n, n_features, 0, (uint64_t)seed);
    static gradients made;
    made = (gradients){0};
    make_gradients(&made, n, seed % 4 == 0, &rng);
    td_train_params params = random_params(&rng);
    td_exec exec = {.n_threads = 1 + (seed % 8 == 1)};
    td_error err = {0};
    td_binned *binned;
    td_grower grower = {0};
    td_tree fast, slow;
    cr_assert_eq(td_binned_build(&binned, &rows.view, &params, &exec, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_grower_init(&grower, binned, &params, &exec, &err), TD_OK);
    cr_assert_eq(td_tree_init(&fast, (uint32_t)params.num_leaves, &err), TD_OK);
    td_growth growth = {&made.q, NULL, n, NULL};
    cr_assert_eq(td_grow_tree(&fast, &grower, &growth, &err), TD_OK, "%s", err.text);
    const double *x[20];
    for (uint32_t f = 0; f < n_features; f++) x[f] = rows.feature[f]->number;
    td_exact_data data = {
        n, n_features, x, made.q_grad, made.q_hess, made.q.grad_scale, made.q.hess_scale};
    cr_assert_eq(td_exact_grow(&slow, &data, &params, &err), TD_OK);
    assert_same_tree(&fast, &slow, &grower, seed);
    uint32_t n_leaves = fast.n_leaves;
    td_tree_free(&fast);
    td_tree_free(&slow);
    td_grower_free(&grower);
    td_quantised_free(&made.q);
    td_binned_free(binned);
    td_test_rows_free(&rows);
    return n_leaves;
}

Test(gbdt_exact, trees_equal_the_slow_twins_bit_for_bit) {
    uint64_t live = td_mem_live_bytes();
    uint32_t n_leaves = 0;
    for (int seed = 0; seed < CASES; seed++) n_leaves += compare_once(seed);
    cr_assert_gt(n_leaves, 4 * CASES, "only %u leaves: the cases are too easy", n_leaves);
    cr_assert_eq(td_mem_live_bytes(), live);
}
