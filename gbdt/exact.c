/* gbdt/exact.c: what a tree grower should find, computed the long way. See exact.h.
 *
 *     while there are fewer than num_leaves leaves:
 *         for every leaf that may be split:
 *             for every feature, every threshold t between two neighbouring distinct values of the
 *             whole column, missing values right and then left:
 *                 add up the rows with x <= t and the others; compute the gain
 *             keep the highest gain; the first one found wins a tie
 *         split the leaf with the highest gain (depth-wise: among the least deep ones)
 *
 * Definitions. G, H, N: sums of integer gradients, integer hessians and rows of a side, g = G *
 * grad_scale, h = H * hess_scale; T(g) = max(|g| - l1, 0);
 *
 *     score = (T(gl)^2 (hr + l2) + T(gr)^2 (hl + l2)) / ((hl + l2) (hr + l2))
 *     gain  = score - T(g)^2 / (h + l2)                must exceed min_gain_to_split
 *
 * Both sides need N >= max(1, min_data_in_leaf) and h >= min_sum_hessian_in_leaf. A leaf without
 * missing rows sends later missing values to the side with more rows, left on a tie. A threshold is
 * the middle of its neighbours a < b, or a itself where the middle would round to b. Beyond the
 * last value it is +inf and parts present from missing rows.
 *
 * Cost: leaves * features * thresholds * rows; meant for a few hundred rows. */
#include "gbdt/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

typedef struct side {
    double grad, hess, rows; /* integer sums as doubles */
} side;

typedef struct candidate {
    double gain; /* 0 = none */
    uint32_t feature;
    double threshold;
    int missing_left;
} candidate;

typedef struct search {
    const td_exact_data *data;
    const td_train_params *params;
    const uint32_t *leaf_of; /* [n_rows] */
    uint32_t leaf;
    double *values; /* [n_rows] scratch: distinct values of a column */
    side total;
    candidate best;
} search;

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Distinct values of a column over all rows, ascending. */
static uint64_t distinct_values(double *values, const double *x, uint64_t n_rows) {
    uint64_t n = 0, kept = 0;
    for (uint64_t i = 0; i < n_rows; i++) {
        if (!isnan(x[i])) values[n++] = x[i] == 0 ? 0 : x[i];
    }
    qsort(values, n, sizeof *values, ascending);
    for (uint64_t i = 0; i < n; i++) {
        if (kept == 0 || values[i] != values[kept - 1]) values[kept++] = values[i];
    }
    return kept;
}

static double threshold_after(const double *values, uint64_t i, uint64_t n) {
    if (i + 1 == n) return INFINITY;
    double a = values[i], b = values[i + 1], middle = a + (b - a) / 2;
    return middle >= a && middle < b ? middle : a;
}

/* Sums of the leaf's rows on the left of a question; what = 2: all rows, 3: the missing ones. */
enum { MISSING_RIGHT = 0, MISSING_LEFT = 1, EVERY_ROW = 2, ONLY_MISSING = 3 };

static side add_up(const search *job, const double *x, double threshold, int what) {
    int64_t grad = 0, hess = 0, rows = 0;
    for (uint64_t i = 0; i < job->data->n_rows; i++) {
        if (job->leaf_of[i] != job->leaf) continue;
        int is_in = what == EVERY_ROW || (isnan(x[i]) ? what != MISSING_RIGHT
                                                      : what != ONLY_MISSING && x[i] <= threshold);
        if (!is_in) continue;
        grad += job->data->grad[i];
        hess += job->data->hess[i];
        rows++;
    }
    return (side){(double)grad, (double)hess, (double)rows};
}

static double shrunk(const search *job, side s) {
    double t = fmax(fabs(s.grad * job->data->grad_scale) - job->params->lambda_l1, 0);
    return t * t;
}

static int is_allowed(const search *job, side s) {
    double h = s.hess * job->data->hess_scale;
    if (s.rows < 1 || s.rows < job->params->min_data_in_leaf) return 0;
    return h >= job->params->min_sum_hessian_in_leaf && h + job->params->lambda_l2 > 0;
}

static void consider(search *job, uint32_t feature, double threshold, int missing_left) {
    const double *x = job->data->x[feature];
    side left = add_up(job, x, threshold, missing_left);
    side all = job->total,
         right = {all.grad - left.grad, all.hess - left.hess, all.rows - left.rows};
    if (!is_allowed(job, left) || !is_allowed(job, right)) return;
    double l2 = job->params->lambda_l2;
    double hl = left.hess * job->data->hess_scale + l2,
           hr = right.hess * job->data->hess_scale + l2;
    double score = (shrunk(job, left) * hr + shrunk(job, right) * hl) / (hl * hr);
    double h = all.hess * job->data->hess_scale + l2;
    double gain = score - (h > 0 ? shrunk(job, all) / h : 0);
    if (!(gain > job->params->min_gain_to_split && gain > job->best.gain)) return;
    int has_missing = add_up(job, x, 0, ONLY_MISSING).rows > 0;
    int direction = has_missing ? missing_left : left.rows >= right.rows;
    job->best = (candidate){gain, feature, threshold, direction};
}

static void search_feature(search *job, uint32_t feature) {
    const double *x = job->data->x[feature];
    uint64_t n = distinct_values(job->values, x, job->data->n_rows);
    int has_missing = add_up(job, x, 0, ONLY_MISSING).rows > 0;
    for (int missing_left = 0; missing_left <= has_missing; missing_left++) {
        for (uint64_t i = 0; i < n; i++) {
            if (i + 1 == n && (!has_missing || missing_left)) continue; /* a side would be empty */
            consider(job, feature, threshold_after(job->values, i, n), missing_left);
        }
    }
}

static candidate best_split(search *job, uint32_t leaf) {
    job->leaf = leaf;
    job->best = (candidate){0};
    job->total = add_up(job, NULL, 0, EVERY_ROW);
    for (uint32_t f = 0; f < job->data->n_features; f++) search_feature(job, f);
    return job->best;
}

/* A growing tree beside the answer: where each row is, and each leaf's place. */
typedef struct growth {
    td_tree *tree;
    uint32_t *leaf_of; /* [n_rows] */
    uint32_t *depth;   /* [num_leaves] */
    candidate *split;  /* [num_leaves] */
    int32_t *parent;   /* [num_leaves] node above */
} growth;

static int may_split(const td_train_params *params, uint32_t depth) {
    return params->max_depth <= 0 || depth < (uint32_t)params->max_depth;
}

static int64_t next_leaf(const growth *g, const td_train_params *params) {
    int64_t best = -1;
    for (uint32_t j = 0; j < g->tree->n_leaves; j++) {
        if (g->split[j].gain == 0 || !may_split(params, g->depth[j])) continue;
        int is_level = params->grow_policy == TD_GROW_DEPTHWISE;
        if (best < 0 || (is_level && g->depth[j] < g->depth[best])) {
            best = j;
        } else if (!is_level || g->depth[j] == g->depth[best]) {
            if (g->split[j].gain > g->split[best].gain) best = j;
        }
    }
    return best;
}

static void split_leaf(growth *g, const td_exact_data *data, uint32_t j) {
    candidate split = g->split[j];
    const double *x = data->x[split.feature];
    uint32_t right = g->tree->n_leaves++, at = right - 1;
    for (uint64_t i = 0; i < data->n_rows; i++) {
        int is_left = isnan(x[i]) ? split.missing_left : x[i] <= split.threshold;
        if (g->leaf_of[i] == j && !is_left) g->leaf_of[i] = right;
    }
    g->tree->node[at] = (td_node){.feature = split.feature,
                                  .missing_left = (uint8_t)split.missing_left,
                                  .threshold = split.threshold,
                                  .gain = split.gain,
                                  .left = ~(int32_t)j,
                                  .right = ~(int32_t)right};
    if (g->parent[j] >= 0) {
        td_node *above = &g->tree->node[g->parent[j]];
        *(above->left == ~(int32_t)j ? &above->left : &above->right) = (int32_t)at;
    }
    g->depth[right] = ++g->depth[j];
    g->parent[right] = g->parent[j] = (int32_t)at;
}

static void grow(growth *g, search *job) {
    g->parent[0] = -1;
    g->split[0] = best_split(job, 0);
    while (g->tree->n_leaves < (uint32_t)job->params->num_leaves) {
        int64_t j = next_leaf(g, job->params);
        if (j < 0) break;
        split_leaf(g, job->data, (uint32_t)j);
        g->split[j] = best_split(job, (uint32_t)j);
        g->split[g->tree->n_leaves - 1] = best_split(job, g->tree->n_leaves - 1);
    }
    for (uint64_t i = 0; i < job->data->n_rows; i++) g->tree->leaf_rows[g->leaf_of[i]]++;
}

td_status td_exact_grow(td_tree *out, const td_exact_data *data, const td_train_params *params,
                        td_error *err) {
    uint64_t n_leaves = (uint64_t)params->num_leaves;
    TD_TRY(td_tree_init(out, (uint32_t)n_leaves, err));
    growth g = {.tree = out};
    search job = {.data = data, .params = params};
    g.leaf_of = td_mem_zeroed(data->n_rows, sizeof *g.leaf_of, err);
    g.depth = td_mem_zeroed(n_leaves, sizeof *g.depth, err);
    g.split = td_mem_zeroed(n_leaves, sizeof *g.split, err);
    g.parent = td_mem_zeroed(n_leaves, sizeof *g.parent, err);
    job.values = td_mem_array(data->n_rows, sizeof *job.values, err);
    job.leaf_of = g.leaf_of;
    int is_ready = g.leaf_of && g.depth && g.split && g.parent && job.values;
    if (is_ready) {
        grow(&g, &job);
    } else {
        td_tree_free(out);
    }
    td_mem_free(g.leaf_of);
    td_mem_free(g.depth);
    td_mem_free(g.split);
    td_mem_free(g.parent);
    td_mem_free(job.values);
    return is_ready ? TD_OK : TD_ERR_NOMEM;
}
