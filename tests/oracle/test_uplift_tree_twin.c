/* Effect trees against a slow twin: at every node the split taken is the best of all that brute
 * force can think of, judged by formulas of its own (libm, no histogram, no running sums), and
 * every leaf value is the difference of two means of the rows that arrive there. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/binning.h"
#include "gbdt/tree.h"
#include "tests/support/rows.h"
#include "uplift/forest.h"

enum { MAX_ROWS = 600, MAX_ARMS = 4 };

/* Rates of 20 rows and more, whose values are rounded to 1/4096 of the largest, are off by less
 * than 1e-4, and gains are twice a square of them. Gains here are 0.01 to 5. */
static const double rounded_gain = 5e-4;

typedef struct twin {
    td_test_rows rows;
    td_binned *binned;
    uint32_t arm[MAX_ROWS];
    double weight[MAX_ROWS];
    td_forest_rows data;
    td_forest_params params;
    double tolerance;
    double rounding; /* of gains, where weights or outcomes are rounded for the search */
} twin;

typedef struct side {
    double weight[MAX_ARMS], outcome[MAX_ARMS];
    uint64_t rows[MAX_ARMS], all;
} side;

static side side_of(const twin *t, const uint8_t *at, int wanted) {
    side s = {0};
    for (uint64_t i = 0; i < t->rows.view.n_rows; i++) {
        if (at[i] != wanted) continue;
        double w = t->data.weight != NULL ? t->weight[i] : 1;
        s.weight[t->arm[i]] += w;
        s.outcome[t->arm[i]] += w * t->rows.label[i];
        s.rows[t->arm[i]]++;
        s.all++;
    }
    return s;
}

static void rates(double *rate, const twin *t, const side *s, const double *parent) {
    for (uint32_t a = 0; a < t->data.n_arms; a++) {
        double m = t->params.shrinkage;
        rate[a] = (s->outcome[a] + m * parent[a]) / (s->weight[a] + m);
    }
}

/* Two-class divergences, written over both classes. */
static double diverge(td_uplift_criterion criterion, double p, double q) {
    double ps[2] = {p, 1 - p}, qs[2] = {q, 1 - q}, sum = 0;
    for (int k = 0; k < 2; k++) {
        if (criterion == TD_UPLIFT_EUCLIDEAN) {
            sum += (ps[k] - qs[k]) * (ps[k] - qs[k]);
            continue;
        }
        double a = fmin(fmax(ps[k], 1e-6), 1 - 1e-6), b = fmin(fmax(qs[k], 1e-6), 1 - 1e-6);
        sum += criterion == TD_UPLIFT_KL ? a * log(a / b) : (a - b) * (a - b) / b;
    }
    return sum;
}

static double spread_of(td_uplift_criterion criterion, double p) {
    if (criterion != TD_UPLIFT_KL) return 2 * p * (1 - p);
    return p <= 0 || p >= 1 ? 0 : -p * log(p) - (1 - p) * log(1 - p);
}

static double value_of(const twin *t, const double *rate) {
    double sum = 0, best = rate[0];
    for (uint32_t a = 1; a < t->data.n_arms; a++) {
        sum += diverge(t->params.criterion, rate[a], rate[0]);
        best = fmax(best, rate[a]);
    }
    return t->params.criterion == TD_UPLIFT_CTS ? best : sum;
}

/* Formula (5.1) of Rzepakowski and Jaroszewicz with several treatments. */
static double chance(const twin *t, const side *l, const side *r) {
    td_uplift_criterion c = t->params.criterion;
    double n[MAX_ARMS] = {0}, left[MAX_ARMS] = {0}, nt = 0, lt = 0, sum = 0.5;
    for (uint32_t a = 0; a < t->data.n_arms; a++) {
        n[a] = l->weight[a] + r->weight[a];
        left[a] = l->weight[a] / n[a];
        if (a > 0) nt += n[a], lt += l->weight[a];
    }
    double all = nt + n[0];
    sum += 0.9 * spread_of(c, nt / all) * diverge(c, lt / nt, left[0]);
    for (uint32_t a = 0; a < t->data.n_arms; a++) {
        sum += n[a] / all * spread_of(c, left[a]);
        if (a > 0) sum += 0.1 * spread_of(c, n[a] / (n[a] + n[0])) * diverge(c, left[a], left[0]);
    }
    return sum;
}

static double gain_of(const twin *t, const side *l, const side *r, const double *node_rate) {
    double left[MAX_ARMS], right[MAX_ARMS], gap = 0, wl = 0, wr = 0;
    rates(left, t, l, node_rate);
    rates(right, t, r, node_rate);
    for (uint32_t a = 0; a < t->data.n_arms; a++) {
        gap += a > 0 ? fabs(left[a] - left[0] - right[a] + right[0]) : 0;
        wl += l->weight[a];
        wr += r->weight[a];
    }
    if (t->params.criterion == TD_UPLIFT_DDP) return gap;
    double gain =
        (wl * value_of(t, left) + wr * value_of(t, right)) / (wl + wr) - value_of(t, node_rate);
    int divided = t->params.is_normalised && t->params.criterion != TD_UPLIFT_CTS;
    return divided ? gain / chance(t, l, r) : gain;
}

static int allowed(const twin *t, const side *s) {
    if (s->all < t->params.min_rows) return 0;
    for (uint32_t a = 0; a < t->data.n_arms; a++) {
        if (s->rows[a] < t->params.min_arm_rows) return 0;
    }
    return 1;
}

/* 1 = left, 2 = right, 0 = not in the node. */
static double gain_of_question(const twin *t, const uint8_t *in, const double *node_rate,
                               uint32_t feature, uint32_t last, int missing_left) {
    uint8_t at[MAX_ROWS] = {0};
    const td_bins *bins = &t->binned->bin[feature];
    for (uint64_t i = 0; i < t->rows.view.n_rows; i++) {
        uint32_t code = td_binned_codes(t->binned, feature)[i];
        int is_left = code == bins->n_values ? missing_left : code <= last;
        if (in[i]) at[i] = is_left ? 1 : 2;
    }
    side l = side_of(t, at, 1), r = side_of(t, at, 2);
    return allowed(t, &l) && allowed(t, &r) ? gain_of(t, &l, &r, node_rate) : 0;
}

static double best_gain(const twin *t, const uint8_t *in, const double *node_rate) {
    double best = 0;
    for (uint32_t f = 0; f < t->binned->n_features; f++) {
        for (uint32_t b = 0; b < t->binned->bin[f].n_values; b++) {
            best = fmax(best, gain_of_question(t, in, node_rate, f, b, 0));
            best = fmax(best, gain_of_question(t, in, node_rate, f, b, 1));
        }
    }
    return best;
}

static void check_leaf(const twin *t, const td_tree *tree, const uint8_t *in, uint32_t leaf) {
    side s = side_of(t, in, 1);
    double effect = s.outcome[1] / s.weight[1] - s.outcome[0] / s.weight[0];
    cr_assert_float_eq(tree->leaf_value[leaf], effect, t->tolerance);
    cr_assert_eq(tree->leaf_rows[leaf], s.rows[0] + s.rows[1]);
}

static void check_node(const twin *t, const td_tree *tree, int32_t at, const uint8_t *in,
                       const double *rate, uint32_t depth) {
    double best = depth < t->params.max_depth ? best_gain(t, in, rate) : 0;
    if (at < 0) {
        cr_assert_leq(best, t->tolerance, "a leaf could be split, gain %g", best);
        check_leaf(t, tree, in, (uint32_t)~at);
        return;
    }
    const td_node *node = &tree->node[at];
    uint8_t left[MAX_ROWS] = {0}, right[MAX_ROWS] = {0};
    for (uint64_t i = 0; i < t->rows.view.n_rows; i++) {
        double x = t->rows.table.column[node->feature].number[i];
        int is_left = isnan(x) ? node->missing_left : x <= node->threshold;
        left[i] = in[i] && is_left;
        right[i] = in[i] && !is_left;
    }
    side l = side_of(t, left, 1), r = side_of(t, right, 1);
    /* beside a rate of 0 chi2 divides by 1 - (1 - 1e-6), which has lost ten digits */
    double near = t->tolerance * (best > 1 ? 1e3 * best : 1) + t->rounding;
    cr_assert_float_eq(node->gain, gain_of(t, &l, &r, rate), near);
    cr_assert_float_eq(node->gain, best, near);
    double left_rate[MAX_ARMS], right_rate[MAX_ARMS];
    rates(left_rate, t, &l, rate);
    rates(right_rate, t, &r, rate);
    check_node(t, tree, node->left, left, left_rate, depth + 1);
    check_node(t, tree, node->right, right, right_rate, depth + 1);
}

static twin twin_new(uint64_t n, int is_binary, uint32_t n_arms, uint64_t seed) {
    twin t = {.rows = td_test_rows_random(n, 4, is_binary, seed), .tolerance = 1e-11};
    td_rng rng = td_rng_stream(seed, "test arms", 0, 0);
    td_train_params trees =
        td_test_params(is_binary ? "objective=binary max_bin=24 min_data_in_bin=1"
                                 : "objective=regression max_bin=24 min_data_in_bin=1");
    td_error err = {0};
    cr_assert_eq(td_binned_build(&t.binned, &t.rows.view, &trees, NULL, &err), TD_OK, "%s",
                 err.text);
    for (uint64_t i = 0; i < n; i++) {
        t.arm[i] = (uint32_t)td_rng_below(&rng, n_arms);
        t.weight[i] = 0.2 + td_rng_uniform(&rng);
    }
    t.params = td_forest_params_tree();
    t.params.min_rows = 20;
    t.params.min_arm_rows = 4;
    t.params.max_depth = 4;
    return t;
}

static void twin_check(twin *t, uint32_t n_arms) {
    td_model *model[MAX_ARMS];
    td_error err = {0};
    t->data.binned = t->binned;
    t->data.arm = t->arm;
    t->data.n_arms = n_arms;
    cr_assert_eq(td_forest_fit(model, &t->data, &t->params, NULL, &err), TD_OK, "%s", err.text);
    const td_tree *tree = &model[0]->tree[0];
    uint8_t in[MAX_ROWS];
    memset(in, 1, sizeof in);
    side all = side_of(t, in, 1);
    double rate[MAX_ARMS];
    for (uint32_t a = 0; a < n_arms; a++) rate[a] = all.outcome[a] / all.weight[a];
    check_node(t, tree, tree->n_leaves > 1 ? 0 : ~0, in, rate, 0);
    cr_assert_gt(tree->n_leaves, 1); /* else nothing was tested */
    for (uint32_t a = 1; a < n_arms; a++) td_model_free(model[a - 1]);
}

static void twin_free(twin *t) {
    td_binned_free(t->binned);
    td_test_rows_free(&t->rows);
}

Test(uplift_tree_twin, every_split_of_a_binary_outcome_is_the_best_there_is) {
    for (uint64_t seed = 1; seed <= 4; seed++) {
        for (int c = 0; c < TD_UPLIFT_N_CRITERIA; c++) {
            twin t = twin_new(500, 1, 2, seed);
            t.params.criterion = (td_uplift_criterion)c;
            t.params.is_normalised = seed % 2 == 0;
            t.params.shrinkage = seed > 2 ? 25 : 0;
            twin_check(&t, 2);
            twin_free(&t);
        }
    }
}

Test(uplift_tree_twin, several_arms_and_weights) {
    for (uint64_t seed = 11; seed <= 13; seed++) {
        for (int c = 0; c < TD_UPLIFT_N_CRITERIA; c++) {
            twin t = twin_new(600, 1, 4, seed);
            t.params.criterion = (td_uplift_criterion)c;
            t.params.shrinkage = 10;
            if (seed > 11) t.data.weight = t.weight, t.rounding = rounded_gain;
            if (seed == 13) t.params.max_depth = 2;
            twin_check(&t, 4);
            twin_free(&t);
        }
    }
}

Test(uplift_tree_twin, continuous_outcomes) {
    td_uplift_criterion criteria[] = {TD_UPLIFT_EUCLIDEAN, TD_UPLIFT_CTS, TD_UPLIFT_DDP};
    for (int c = 0; c < 3; c++) {
        twin t = twin_new(400, 0, 2, 21 + (uint64_t)c);
        t.params.criterion = criteria[c];
        t.data.weight = c > 0 ? t.weight : NULL;
        t.tolerance = 1e-9;
        t.rounding = rounded_gain;
        twin_check(&t, 2);
        twin_free(&t);
    }
}
