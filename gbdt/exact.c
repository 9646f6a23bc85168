/* gbdt/exact.c: what a tree grower should find, computed the long way. See exact.h.
 *
 *     while there are fewer than num_leaves leaves:
 *         for every leaf that may be split:
 *             for every feature, every question that can be asked of it (below), in this order:
 *                 add up the rows that answer yes and the others; compute the gain
 *             keep the highest gain; the first one found wins a tie
 *         split the leaf with the highest gain (depth-wise: among the least deep ones)
 *
 * Questions. Number: x <= t for every t between two neighbouring distinct values of the whole
 * column, missing values to the right; then the same with missing values to the left. A threshold
 * is the middle of its neighbours a < b, or a itself where the middle would round to b; beyond the
 * last value it is +inf and parts present from missing rows. A leaf without missing rows sends
 * later missing values to the side with more rows, left on a tie.
 *
 * Category with at most max_cat_to_onehot kinds of values (missing is one, if there is any in the
 * table): one level against the rest. With more: levels with at least max(1, cat_smooth) rows in
 * the leaf, ordered by G / (H + cat_smooth); the first 1, 2, ... of them from either end, at most
 * max_cat_threshold and half of them, rounded up; an end stops when the rest has fewer than
 * min_data_per_group rows, and a set counts when min_data_per_group rows came in since the last one
 * that counted. Missing values go right.
 *
 * Gain. G, H, N: sums of gradients, hessians and rows of a side in real units, t(G) = sign(G)
 * max(|G| - l1, 0), l2 with cat_l2 added for ordered sets:
 *
 *     score = (t(Gl)^2 (Hr + l2) + t(Gr)^2 (Hl + l2)) / ((Hl + l2) (Hr + l2))
 *     gain  = score - t(G)^2 / (H + lambda_l2)         must exceed min_gain_to_split
 *
 * Both sides need N >= max(1, min_data_in_leaf) and H >= min_sum_hessian_in_leaf. With monotone
 * features a side's value is v = -t / (H + l2) moved into the leaf's bounds, values in the wrong
 * order are no question, score = sum of -(2 t v + (H + l2) v^2), and the children's bounds meet at
 * the mean of both values (split_monotone.c).
 *
 * Cost: leaves * features * questions * rows; meant for a few hundred rows. */
#include "gbdt/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

typedef struct side {
    double grad, hess, rows; /* integer sums as doubles */
} side;

/* A question to the rows of a leaf. */
typedef struct question {
    uint32_t feature;
    int is_category;
    double threshold; /* numbers: x <= threshold goes left */
    int missing_left;
    td_bin_set levels; /* categories: these go left */
} question;

typedef struct candidate {
    question ask;
    double gain; /* 0 = none */
    double middle;
} candidate;

typedef struct bounds {
    double low, high;
} bounds;

typedef struct search {
    const td_exact_data *data;
    const td_train_params *params;
    const uint32_t *leaf_of; /* [n_rows] */
    uint32_t leaf;
    bounds limit;
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

/* ---- sides ----------------------------------------------------------------------------------- */

static int goes_left(const question *ask, double x) {
    if (isnan(x)) return ask->missing_left;
    if (ask->is_category) return td_bin_set_has(&ask->levels, (uint32_t)x);
    return x <= ask->threshold;
}

static void add_row(int64_t sum[3], const td_exact_data *data, uint64_t i) {
    sum[0] += data->grad[i];
    sum[1] += data->hess[i];
    sum[2]++;
}

/* Sums of the leaf's rows that go left; NULL = all of its rows. */
static side add_up(const search *job, const question *ask) {
    int64_t sum[3] = {0};
    for (uint64_t i = 0; i < job->data->n_rows; i++) {
        if (job->leaf_of[i] != job->leaf) continue;
        if (ask == NULL || goes_left(ask, job->data->x[ask->feature][i])) {
            add_row(sum, job->data, i);
        }
    }
    return (side){(double)sum[0], (double)sum[1], (double)sum[2]};
}

static int has_missing(const search *job, uint32_t feature, int in_leaf) {
    for (uint64_t i = 0; i < job->data->n_rows; i++) {
        if (in_leaf && job->leaf_of[i] != job->leaf) continue;
        if (isnan(job->data->x[feature][i])) return 1;
    }
    return 0;
}

static double shrunk(const search *job, side s) {
    double g = s.grad * job->data->grad_scale;
    double t = fmax(fabs(g) - job->params->lambda_l1, 0);
    return g < 0 ? -t : t;
}

static double penalised(const search *job, side s, double l2) {
    return s.hess * job->data->hess_scale + l2;
}

static int is_allowed(const search *job, side s, double l2) {
    if (s.rows < 1 || s.rows < job->params->min_data_in_leaf) return 0;
    double h = s.hess * job->data->hess_scale;
    return h >= job->params->min_sum_hessian_in_leaf && h + l2 > 0;
}

/* ---- candidates ------------------------------------------------------------------------------ */

static double value_of(const search *job, side s, double l2) {
    double value = -shrunk(job, s) / penalised(job, s, l2);
    return fmin(fmax(value, job->limit.low), job->limit.high);
}

static double saved(const search *job, side s, double l2) {
    double value = value_of(job, s, l2);
    return -(2 * shrunk(job, s) * value + penalised(job, s, l2) * value * value);
}

static double score_of(const search *job, side left, side right, double l2) {
    if (job->params->monotone != NULL) return saved(job, left, l2) + saved(job, right, l2);
    double tl = shrunk(job, left), hl = penalised(job, left, l2);
    double tr = shrunk(job, right), hr = penalised(job, right, l2);
    return (tl * tl * hr + tr * tr * hl) / (hl * hr);
}

/* Keep the question if its gain is the highest so far; returns whether it could be asked at all. */
static int consider(search *job, const question *ask, double extra_l2) {
    side left = add_up(job, ask), all = job->total;
    side right = {all.grad - left.grad, all.hess - left.hess, all.rows - left.rows};
    double l2 = job->params->lambda_l2 + extra_l2;
    if (!is_allowed(job, left, l2) || !is_allowed(job, right, l2)) return 0;
    double step = value_of(job, right, l2) - value_of(job, left, l2);
    int direction = job->params->monotone != NULL ? job->params->monotone[ask->feature] : 0;
    if (direction * step < 0) return 0;
    double h = penalised(job, all, job->params->lambda_l2), t = shrunk(job, all);
    double gain = score_of(job, left, right, l2) - (h > 0 ? t * t / h : 0);
    if (!(gain > job->params->min_gain_to_split && gain > job->best.gain)) return 1;
    double middle = (value_of(job, left, l2) + value_of(job, right, l2)) / 2;
    job->best = (candidate){*ask, gain, middle};
    if (!ask->is_category && !has_missing(job, ask->feature, 1)) {
        job->best.ask.missing_left = left.rows >= right.rows;
    }
    return 1;
}

static void search_number(search *job, uint32_t feature) {
    uint64_t n = distinct_values(job->values, job->data->x[feature], job->data->n_rows);
    int any_missing = has_missing(job, feature, 1);
    for (int missing_left = 0; missing_left <= any_missing; missing_left++) {
        for (uint64_t i = 0; i < n; i++) {
            if (i + 1 == n && (!any_missing || missing_left)) continue; /* a side would be empty */
            question ask = {.feature = feature,
                            .threshold = threshold_after(job->values, i, n),
                            .missing_left = missing_left};
            consider(job, &ask, 0);
        }
    }
}

/* ---- categories ------------------------------------------------------------------------------ */

typedef struct level {
    uint32_t number;
    side sums;
    double key;
} level;

static side sums_of_level(const search *job, uint32_t feature, uint32_t number) {
    question ask = {.feature = feature, .is_category = 1};
    td_bin_set_add(&ask.levels, number);
    return add_up(job, &ask);
}

/* Levels that may go left, by key; equal keys by number (insertion keeps the order of coming). */
static uint32_t order_levels(level out[256], const search *job, uint32_t feature) {
    uint32_t n = 0;
    double smooth = job->params->cat_smooth;
    for (uint32_t l = 0; l < job->data->n_levels[feature]; l++) {
        level next = {l, sums_of_level(job, feature, l), 0};
        if (next.sums.rows < 1 || next.sums.rows < smooth) continue;
        double h = next.sums.hess * job->data->hess_scale + smooth;
        if (h > 0) next.key = next.sums.grad * job->data->grad_scale / h;
        uint32_t at = n++;
        for (; at > 0 && out[at - 1].key > next.key; at--) out[at] = out[at - 1];
        out[at] = next;
    }
    return n;
}

static void try_from_end(search *job, uint32_t feature, const level *order, uint32_t n,
                         int is_top) {
    question ask = {.feature = feature, .is_category = 1};
    double group = job->params->min_data_per_group, since = 0, left_rows = 0;
    uint32_t most = (n + 1) / 2;
    if (most > (uint32_t)job->params->max_cat_threshold) {
        most = (uint32_t)job->params->max_cat_threshold;
    }
    for (uint32_t i = 0; i < most; i++) {
        const level *next = &order[is_top ? n - 1 - i : i];
        td_bin_set_add(&ask.levels, next->number);
        since += next->sums.rows;
        left_rows += next->sums.rows;
        if (job->total.rows - left_rows < group) return;
        if (since >= group && consider(job, &ask, job->params->cat_l2)) since = 0;
    }
}

static void search_category(search *job, uint32_t feature) {
    uint32_t n_levels = job->data->n_levels[feature];
    uint32_t n_kinds = n_levels + (uint32_t)has_missing(job, feature, 0);
    if (n_kinds <= (uint32_t)job->params->max_cat_to_onehot) {
        for (uint32_t l = 0; l < n_levels; l++) {
            question ask = {.feature = feature, .is_category = 1};
            td_bin_set_add(&ask.levels, l);
            consider(job, &ask, 0);
        }
        return;
    }
    level order[256];
    uint32_t n = order_levels(order, job, feature);
    try_from_end(job, feature, order, n, 0);
    try_from_end(job, feature, order, n, 1);
}

/* ---- growing --------------------------------------------------------------------------------- */

/* A growing tree beside the answer: where each row is, and each leaf's place. */
typedef struct growth {
    td_tree *tree;
    uint32_t *leaf_of; /* [n_rows], UINT32_MAX = not in the bag */
    uint32_t *depth;   /* [num_leaves] */
    bounds *limit;     /* [num_leaves] */
    candidate *split;  /* [num_leaves] */
    int32_t *parent;   /* [num_leaves] node above */
} growth;

static candidate best_split(search *job, const growth *g, uint32_t leaf) {
    const td_exact_data *data = job->data;
    job->leaf = leaf;
    job->limit = g->limit[leaf];
    job->best = (candidate){0};
    job->total = add_up(job, NULL);
    for (uint32_t f = 0; f < data->n_features; f++) {
        if (data->use != NULL && !data->use[f]) continue;
        if (data->n_levels != NULL && data->n_levels[f] > 0) {
            search_category(job, f);
        } else {
            search_number(job, f);
        }
    }
    return job->best;
}

static int64_t next_leaf(const growth *g, const td_train_params *params) {
    int64_t best = -1;
    for (uint32_t j = 0; j < g->tree->n_leaves; j++) {
        int is_deep = params->max_depth > 0 && g->depth[j] >= (uint32_t)params->max_depth;
        if (g->split[j].gain == 0 || is_deep) continue;
        int is_level = params->grow_policy == TD_GROW_DEPTHWISE;
        if (best < 0 || (is_level && g->depth[j] < g->depth[best])) {
            best = j;
        } else if (!is_level || g->depth[j] == g->depth[best]) {
            if (g->split[j].gain > g->split[best].gain) best = j;
        }
    }
    return best;
}

static void write_node(growth *g, uint32_t j, uint32_t right) {
    const candidate *split = &g->split[j];
    uint32_t at = right - 1;
    g->tree->node[at] = (td_node){.feature = split->ask.feature,
                                  .is_category = (uint8_t)split->ask.is_category,
                                  .missing_left = (uint8_t)split->ask.missing_left,
                                  .threshold = split->ask.threshold,
                                  .gain = split->gain,
                                  .left = ~(int32_t)j,
                                  .right = ~(int32_t)right};
    if (split->ask.is_category) {
        g->tree->node[at].set = g->tree->n_sets;
        g->tree->sets[g->tree->n_sets++] = split->ask.levels;
    }
    if (g->parent[j] >= 0) {
        td_node *above = &g->tree->node[g->parent[j]];
        *(above->left == ~(int32_t)j ? &above->left : &above->right) = (int32_t)at;
    }
    g->parent[right] = g->parent[j] = (int32_t)at;
}

static void split_leaf(growth *g, const search *job, uint32_t j) {
    const td_exact_data *data = job->data;
    candidate split = g->split[j];
    uint32_t right = g->tree->n_leaves++;
    for (uint64_t i = 0; i < data->n_rows; i++) {
        if (g->leaf_of[i] != j) continue;
        if (!goes_left(&split.ask, data->x[split.ask.feature][i])) g->leaf_of[i] = right;
    }
    write_node(g, j, right);
    g->depth[right] = ++g->depth[j];
    g->limit[right] = g->limit[j];
    int direction = job->params->monotone != NULL ? job->params->monotone[split.ask.feature] : 0;
    if (direction == 0) return;
    bounds *lower = &g->limit[direction > 0 ? j : right];
    bounds *upper = &g->limit[direction > 0 ? right : j];
    lower->high = fmin(lower->high, split.middle);
    upper->low = fmax(upper->low, split.middle);
}

static void grow(growth *g, search *job) {
    const uint8_t *in_bag = job->data->in_bag;
    for (uint64_t i = 0; in_bag != NULL && i < job->data->n_rows; i++) {
        if (!in_bag[i]) g->leaf_of[i] = UINT32_MAX;
    }
    g->parent[0] = -1;
    g->limit[0] = (bounds){-INFINITY, INFINITY};
    g->split[0] = best_split(job, g, 0);
    while (g->tree->n_leaves < (uint32_t)job->params->num_leaves) {
        int64_t j = next_leaf(g, job->params);
        if (j < 0) break;
        split_leaf(g, job, (uint32_t)j);
        g->split[j] = best_split(job, g, (uint32_t)j);
        g->split[g->tree->n_leaves - 1] = best_split(job, g, g->tree->n_leaves - 1);
    }
    for (uint64_t i = 0; i < job->data->n_rows; i++) {
        if (g->leaf_of[i] != UINT32_MAX) g->tree->leaf_rows[g->leaf_of[i]]++;
    }
}

td_status td_exact_grow(td_tree *out, const td_exact_data *data, const td_train_params *params,
                        td_error *err) {
    uint64_t n_leaves = (uint64_t)params->num_leaves;
    TD_TRY(td_tree_init(out, (uint32_t)n_leaves, err));
    growth g = {.tree = out};
    search job = {.data = data, .params = params};
    g.leaf_of = td_mem_zeroed(data->n_rows, sizeof *g.leaf_of, err);
    g.depth = td_mem_zeroed(n_leaves, sizeof *g.depth, err);
    g.limit = td_mem_zeroed(n_leaves, sizeof *g.limit, err);
    g.split = td_mem_zeroed(n_leaves, sizeof *g.split, err);
    g.parent = td_mem_zeroed(n_leaves, sizeof *g.parent, err);
    job.values = td_mem_array(data->n_rows, sizeof *job.values, err);
    job.leaf_of = g.leaf_of;
    int is_ready = g.leaf_of && g.depth && g.limit && g.split && g.parent && job.values;
    if (is_ready) {
        grow(&g, &job);
    } else {
        td_tree_free(out);
    }
    td_mem_free(g.leaf_of);
    td_mem_free(g.depth);
    td_mem_free(g.limit);
    td_mem_free(g.split);
    td_mem_free(g.parent);
    td_mem_free(job.values);
    return is_ready ? TD_OK : TD_ERR_NOMEM;
}
