/* uplift/forest_spread.c: how far a forest's effect would move with other rows.
 *
 * Trees stand in G bags of l; the trees of a bag share one half of the rows. At a row x, with t_gb
 * the effect of tree b in bag g (leaf value times the number of trees), m_g the mean of a bag, m
 * that of all:
 *
 *   between = sum_g (m_g - m)^2 / (G - 1)          the draw of the half, and which trees it got
 *   within  = sum_g sum_b (t_gb - m_g)^2 / (G (l - 1))          one tree beside another
 *   S       = between - within / l                 the draw of the half alone
 *
 * The spread over halves estimates the variance of the whole forest (half-sampling). S may fall
 * below 0 by chance when trees are few; with s = max(between, within / l) sqrt(2 / G) as its error,
 * the mean of a normal (S, s) cut off at 0 is taken: S + s f(S / s) / F(S / s), with density f and
 * distribution F of N(0, 1). Far above 0 that is S itself.
 *
 *   1. Each tree predicts alone, as a model of one tree.
 *   2. Sums over the bags in order, row by row; then the formulas.
 *
 * Cost: O(rows * trees * depth); l + 3 arrays of n doubles. Athey, Tibshirani and Wager (2019),
 * doi:10.1214/18-AOS1709, section 4; Sexton and Laake (2009), doi:10.1016/j.csda.2008.08.007. */
#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/tree.h"
#include "uplift/forest.h"

static const double root_two_pi = 0x1.40d931ff62706p+1;

/* Running figures of every row, bag by bag (Welford's recurrences). */
typedef struct spread {
    double *tree; /* [bag_size * n] effects of one bag's trees */
    double *mean; /* [n] of the bags so far */
    double *far;  /* [n] sum of (m_g - m)^2 so far */
    double *near; /* [n] sum of (t_gb - m_g)^2 so far */
    uint64_t n;
    uint32_t bag_size;
} spread;

static td_status spread_init(spread *s, td_error *err) {
    TD_NEW(s->tree, s->bag_size * s->n, err);
    TD_NEW_ZEROED(s->mean, s->n, err);
    TD_NEW_ZEROED(s->far, s->n, err);
    TD_NEW_ZEROED(s->near, s->n, err);
    return TD_OK;
}

static void spread_free(spread *s) {
    td_mem_free(s->tree);
    td_mem_free(s->mean);
    td_mem_free(s->far);
    td_mem_free(s->near);
}

/* Effects of tree t alone. Its model borrows features and trees. */
static td_status predict_tree(double *out, const td_model *forest, uint32_t t,
                              const td_matrix_view *rows, const td_exec *exec, td_error *err) {
    td_model alone = *forest;
    alone.tree = forest->tree + t;
    alone.n_trees = alone.best_iteration = 1;
    TD_TRY(td_predict(out, &alone, rows, TD_SCORE_RAW, exec, err));
    for (uint64_t i = 0; i < rows->n_rows; i++) out[i] *= (double)forest->n_trees;
    return TD_OK;
}

/* Take in bag g, whose trees' effects stand in s->tree. */
static void add_bag(spread *s, uint32_t g) {
    for (uint64_t i = 0; i < s->n; i++) {
        double sum = 0, near = 0;
        for (uint32_t b = 0; b < s->bag_size; b++) sum += s->tree[b * s->n + i];
        double own = sum / s->bag_size, gap = own - s->mean[i];
        for (uint32_t b = 0; b < s->bag_size; b++) {
            double off = s->tree[b * s->n + i] - own;
            near += off * off;
        }
        s->mean[i] += gap / (g + 1.0);
        s->far[i] += gap * (own - s->mean[i]);
        s->near[i] += near;
    }
}

/* Mean of a normal (value, error) cut off at 0. The ratio is held above -30, where F is not 0. */
static double cut_at_zero(double value, double error) {
    if (!(error > 0)) return fmax(value, 0);
    double r = fmax(value / error, -30);
    return fmax(value + error * td_exp(-0.5 * r * r) / root_two_pi / td_normal_cdf(r), 0);
}

static void write_spread(td_forest_effects out, const spread *s, uint32_t n_bags) {
    double groups = n_bags, trees = s->bag_size;
    for (uint64_t i = 0; i < s->n; i++) {
        double between = s->far[i] / (groups - 1);
        double noise = s->near[i] / (groups * (trees - 1)) / trees;
        out.effect[i] = s->mean[i];
        out.se[i] = sqrt(cut_at_zero(between - noise, fmax(between, noise) * sqrt(2 / groups)));
    }
}

static td_status collect(spread *s, const td_model *forest, const td_matrix_view *rows,
                         const td_exec *exec, td_error *err) {
    for (uint32_t t = 0; t < forest->n_trees; t++) {
        TD_TRY(td_exec_progress(exec, "forest spread", t, forest->n_trees, err));
        uint32_t b = t % s->bag_size;
        TD_TRY(predict_tree(s->tree + b * s->n, forest, t, rows, exec, err));
        if (b + 1 == s->bag_size) add_bag(s, t / s->bag_size);
    }
    return TD_OK;
}

td_status td_forest_spread(td_forest_effects out, const td_model *forest, uint32_t bag_size,
                           const td_matrix_view *rows, const td_exec *exec, td_error *err) {
    TD_CHECK(bag_size >= 2 && forest->n_trees % bag_size == 0 && forest->n_trees >= 2 * bag_size,
             err, TD_ERR_ARG,
             "%u trees in bags of %u: a standard error needs two bags of two trees or more",
             forest->n_trees, bag_size);
    spread s = {.n = rows->n_rows, .bag_size = bag_size};
    td_status status = spread_init(&s, err);
    if (status == TD_OK) status = collect(&s, forest, rows, exec, err);
    if (status == TD_OK) write_spread(out, &s, forest->n_trees / bag_size);
    spread_free(&s);
    return status;
}
