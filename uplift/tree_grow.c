/* uplift/tree_grow.c: one effect tree from its rows.
 *
 *   1. Copy the growing rows together: codes feature by feature, and weight, outcome and arm row by
 *      row. Start with one open leaf that holds them all.
 *   2. Take the open leaf added last. Draw the candidate features of this node, ask each for its
 *      best question (tree_split.c); without a gain above 0, or at max_depth, or below two leaves'
 *      rows, the leaf is closed.
 *   3. Else the leaf becomes a node; its rows are parted in place, their order kept:
 *
 *          row:  | ... | rows of the node          | ... |         each with its place in the codes
 *                      | left side  | right side   |
 *
 *      The left side keeps the leaf's number, the right side gets the next one; both are opened.
 *   4. When no leaf is open: the filling rows walk down. Leaf value of arm a = mean outcome of arm
 *      a minus mean outcome of the control (weighted: Hajek's estimate), both of the filling rows
 *      in the leaf. Where one of the two is not there, the nearest node above that has both speaks.
 *
 * Growing and filling rows are the same, or, for an honest tree, apart: then a leaf's value is not
 * chosen for being extreme, and its error is that of a plain difference in means.
 *
 * Random numbers: stream ("forest features", tree), one step per feature and searched node, in the
 * order of step 2. Cost: O(depth * rows * candidates). Athey and Imbens (2016),
 * doi:10.1073/pnas.1510489113. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/walk.h"
#include "uplift/tree_parts.h"

typedef struct open_leaf {
    uint64_t begin, end; /* of row[] */
    uint32_t leaf, depth;
    int32_t parent; /* node, -1 for the root */
    int is_left;
} open_leaf;

typedef struct grower {
    const td_tree_job *job;
    td_effect_search search;
    td_rng rng;
    uint8_t *code;         /* [n_features * n_grow] */
    td_tree_case *row;     /* [n_grow] parted in place */
    td_tree_case *scratch; /* [n_grow] */
    double *rate;          /* [max_leaves * n_arms] shrunken rates of the open leaves */
    open_leaf *open;       /* [max_leaves] a stack */
    uint32_t n_open;
    td_tree tree; /* nodes; leaf values come last */
} grower;

static void grower_free(grower *g) {
    td_mem_free(g->search.hist);
    td_mem_free(g->code);
    td_mem_free(g->row);
    td_mem_free(g->scratch);
    td_mem_free(g->rate);
    td_mem_free(g->open);
    td_tree_free(&g->tree);
}

static uint32_t leaves_at_most(const td_forest_params *params, uint64_t n_rows) {
    uint64_t by_rows = n_rows / params->min_rows + 1;
    uint64_t by_depth = params->max_depth < 31 ? (uint64_t)1 << params->max_depth : by_rows;
    return (uint32_t)(by_rows < by_depth ? by_rows : by_depth);
}

/* Step 1. */
static void copy_rows(grower *g, const td_tree_rows *rows) {
    const td_forest_rows *data = g->job->rows;
    for (uint32_t f = 0; f < data->binned->n_features; f++) {
        const uint8_t *from = td_binned_codes(data->binned, f);
        uint8_t *to = g->code + f * rows->n_grow;
        for (uint64_t i = 0; i < rows->n_grow; i++) to[i] = from[rows->grow[i]];
    }
    for (uint32_t i = 0; i < rows->n_grow; i++) {
        uint32_t row = rows->grow[i];
        double weight = data->weight != NULL ? data->weight[row] : 1;
        g->row[i] = (td_tree_case){weight, weight * data->binned->label[row], i, data->arm[row]};
    }
    g->search.code = g->code;
    g->search.n_grow = rows->n_grow;
}

static td_status grower_init(grower *g, const td_tree_rows *rows, td_error *err) {
    const td_forest_rows *data = g->job->rows;
    uint32_t max_leaves = leaves_at_most(g->job->params, rows->n_grow);
    g->search.rows = data;
    g->search.rule = (td_effect_rule){g->job->params, data->n_arms};
    g->rng = td_rng_stream(g->job->params->seed, "forest features", g->job->index, 0);
    TD_TRY(td_tree_init(&g->tree, max_leaves, err));
    TD_NEW(g->search.hist, (uint64_t)256 * data->n_arms, err);
    TD_NEW(g->code, rows->n_grow * data->binned->n_features, err);
    TD_NEW(g->row, rows->n_grow, err);
    TD_NEW(g->scratch, rows->n_grow, err);
    TD_NEW(g->rate, (uint64_t)max_leaves * data->n_arms, err);
    TD_NEW(g->open, max_leaves, err);
    copy_rows(g, rows);
    return TD_OK;
}

/* ---- one leaf -------------------------------------------------------------------------------- */

static uint32_t candidates(const grower *g) {
    uint32_t n = g->job->rows->binned->n_features, wanted = g->job->params->n_candidates;
    if (wanted == 0) wanted = (uint32_t)ceil(sqrt((double)n)) + 20;
    return wanted < n ? wanted : n;
}

/* Features are met in order; each is taken with probability (still wanted) / (still to come), which
 * draws every set of that size with the same probability (Knuth, volume 2, 3.4.2, algorithm S). */
static void search_node(td_effect_split *best, grower *g, const open_leaf *leaf) {
    uint32_t n_features = g->job->rows->binned->n_features, wanted = candidates(g);
    td_node_rows node = {g->row + leaf->begin, leaf->end - leaf->begin};
    const double *rate = g->rate + (uint64_t)leaf->leaf * g->job->rows->n_arms;
    best->gain = 0;
    for (uint32_t f = 0; f < n_features && wanted > 0; f++) {
        if (td_rng_below(&g->rng, n_features - f) >= wanted) continue;
        wanted--;
        td_effect_split_feature(best, &g->search, f, node, rate);
    }
}

/* Stable; returns the first row of the right side. */
static uint64_t part_rows(grower *g, const open_leaf *leaf, const td_effect_split *split) {
    const uint8_t *code = g->code + split->feature * g->search.n_grow;
    uint64_t left = leaf->begin, right = 0;
    for (uint64_t i = leaf->begin; i < leaf->end; i++) {
        td_tree_case row = g->row[i];
        if (td_bin_set_has(&split->left, code[row.place])) {
            g->row[left++] = row;
        } else {
            g->scratch[right++] = row;
        }
    }
    memcpy(g->row + left, g->scratch, right * sizeof *g->row);
    return left;
}

/* Missing rows that the node has not met go with the larger side, left when equal, as in gbdt. */
static void write_node(grower *g, const open_leaf *leaf, const td_effect_split *split,
                       uint64_t middle) {
    const td_bins *bins = &g->job->rows->binned->bin[split->feature];
    td_node *node = &g->tree.node[g->tree.n_leaves - 1];
    int is_category = bins->kind == TD_COLUMN_CATEGORY, met_missing = 0;
    const uint8_t *code = g->code + split->feature * g->search.n_grow;
    for (uint64_t i = leaf->begin; i < leaf->end; i++) {
        met_missing |= code[g->row[i].place] == bins->n_values;
    }
    int larger_left = middle - leaf->begin >= leaf->end - middle;
    *node = (td_node){.feature = split->feature,
                      .is_category = (uint8_t)is_category,
                      .gain = split->gain,
                      .threshold = is_category ? 0 : bins->upper[split->bin]};
    if (is_category) {
        node->set = g->tree.n_sets++;
        g->tree.sets[node->set] = split->left;
    } else {
        node->missing_left = met_missing ? split->missing_left : (uint8_t)larger_left;
    }
}

/* Hang a node or leaf below its parent. */
static void hang(td_tree *tree, const open_leaf *leaf, int32_t child) {
    if (leaf->parent < 0) return;
    td_node *parent = &tree->node[leaf->parent];
    if (leaf->is_left) {
        parent->left = child;
    } else {
        parent->right = child;
    }
}

static void split_leaf(grower *g, const open_leaf *leaf, const td_effect_split *split) {
    uint32_t n_arms = g->job->rows->n_arms, node = g->tree.n_leaves - 1;
    uint32_t right_leaf = g->tree.n_leaves;
    uint64_t middle = part_rows(g, leaf, split);
    write_node(g, leaf, split, middle);
    hang(&g->tree, leaf, (int32_t)node);
    g->tree.n_leaves++;
    double *node_rate = g->rate + (uint64_t)leaf->leaf * n_arms, parent[TD_UPLIFT_MAX_ARMS];
    memcpy(parent, node_rate, n_arms * sizeof *parent);
    td_arm_rates(node_rate, split->left_sum, parent, &g->search.rule);
    td_arm_rates(g->rate + (uint64_t)right_leaf * n_arms, split->right_sum, parent,
                 &g->search.rule);
    open_leaf left = {leaf->begin, middle, leaf->leaf, leaf->depth + 1, (int32_t)node, 1};
    open_leaf right = {middle, leaf->end, right_leaf, leaf->depth + 1, (int32_t)node, 0};
    g->open[g->n_open++] = right;
    g->open[g->n_open++] = left;
}

static void grow(grower *g, uint64_t n_grow) {
    const td_forest_params *params = g->job->params;
    td_effect_split split = {.gain = 0};
    g->open[g->n_open++] = (open_leaf){0, n_grow, 0, 0, -1, 0};
    td_arm_sum sums[TD_UPLIFT_MAX_ARMS] = {{0}};
    for (uint64_t i = 0; i < n_grow; i++) {
        const td_tree_case *row = &g->row[i];
        td_arm_sum_add(&sums[row->arm], &(td_arm_sum){row->weight, row->outcome, 1});
    }
    td_arm_rates(g->rate, sums, NULL, &g->search.rule);
    while (g->n_open > 0) {
        open_leaf leaf = g->open[--g->n_open];
        split.gain = 0;
        if (leaf.depth < params->max_depth && leaf.end - leaf.begin >= 2 * params->min_rows) {
            search_node(&split, g, &leaf);
        }
        if (split.gain > 0) {
            split_leaf(g, &leaf, &split);
        } else {
            hang(&g->tree, &leaf, ~(int32_t)leaf.leaf);
        }
    }
}

/* ---- leaf values ----------------------------------------------------------------------------- */

/* Sums by node and leaf: [n_leaves - 1] nodes, then [n_leaves] leaves, n_arms each. */
static uint64_t place(const td_tree *tree, int32_t child) {
    return child >= 0 ? (uint64_t)child : (uint64_t)tree->n_leaves - 1 + (uint64_t)~child;
}

static td_status sum_rows(td_arm_sum *sums, const grower *g, const td_tree_rows *rows,
                          td_error *err) {
    const td_forest_rows *data = g->job->rows;
    const td_tree *tree = &g->tree;
    td_walk walk;
    TD_TRY(td_walk_init(&walk, tree, data->binned, err));
    for (uint64_t i = 0; i < rows->n_fill; i++) {
        uint32_t row = rows->fill[i], leaf = td_walk_leaf(&walk, row);
        double weight = data->weight != NULL ? data->weight[row] : 1;
        td_arm_sum_add(&sums[place(tree, ~(int32_t)leaf) * data->n_arms + data->arm[row]],
                       &(td_arm_sum){weight, weight * data->binned->label[row], 1});
    }
    td_walk_free(&walk);
    /* a child's number is above its parent's, so the last node is complete first */
    for (uint32_t i = tree->n_leaves - 1; i-- > 0;) {
        for (uint32_t a = 0; a < data->n_arms; a++) {
            td_arm_sum *own = &sums[(uint64_t)i * data->n_arms + a];
            td_arm_sum_add(own, &sums[place(tree, tree->node[i].left) * data->n_arms + a]);
            td_arm_sum_add(own, &sums[place(tree, tree->node[i].right) * data->n_arms + a]);
        }
    }
    return TD_OK;
}

/* Effect of arm a at a place, or what stands above it. */
static double effect_at(const td_arm_sum *sums, uint32_t a, double above) {
    if (sums[0].rows == 0 || sums[a].rows == 0) return above;
    return sums[a].outcome / sums[a].weight - sums[0].outcome / sums[0].weight;
}

/* Effects from the root down: effect[place] of one arm. */
static void fill_effects(double *effect, const grower *g, const td_arm_sum *sums, uint32_t a) {
    const td_tree *tree = &g->tree;
    uint32_t n_arms = g->job->rows->n_arms;
    effect[0] = effect_at(sums, a, g->job->mean[a] - g->job->mean[0]);
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        uint64_t left = place(tree, tree->node[i].left), right = place(tree, tree->node[i].right);
        effect[left] = effect_at(&sums[left * n_arms], a, effect[i]);
        effect[right] = effect_at(&sums[right * n_arms], a, effect[i]);
    }
}

static td_status write_leaves(td_tree *out, const grower *g, const td_arm_sum *sums, double scale,
                              td_error *err) {
    uint32_t n_leaves = g->tree.n_leaves, n_arms = g->job->rows->n_arms;
    double *effect;
    TD_NEW(effect, 2 * (uint64_t)n_leaves - 1, err);
    td_status status = TD_OK;
    for (uint32_t a = 1; status == TD_OK && a < n_arms; a++) {
        fill_effects(effect, g, sums, a);
        status = td_tree_copy(&out[a - 1], &g->tree, err);
        for (uint32_t j = 0; status == TD_OK && j < n_leaves; j++) {
            const td_arm_sum *leaf = &sums[((uint64_t)n_leaves - 1 + j) * n_arms];
            out[a - 1].leaf_value[j] = effect[n_leaves - 1 + j] * scale;
            out[a - 1].leaf_weight[j] = leaf[0].weight + leaf[a].weight;
            out[a - 1].leaf_rows[j] = leaf[0].rows + leaf[a].rows;
        }
    }
    td_mem_free(effect);
    return status;
}

static td_status fill_leaves(td_tree *out, const grower *g, const td_tree_rows *rows, double scale,
                             td_error *err) {
    td_arm_sum *sums;
    TD_NEW_ZEROED(sums, (2 * (uint64_t)g->tree.n_leaves - 1) * g->job->rows->n_arms, err);
    td_status status = sum_rows(sums, g, rows, err);
    if (status == TD_OK) status = write_leaves(out, g, sums, scale, err);
    td_mem_free(sums);
    return status;
}

td_status td_effect_tree_grow(td_tree *tree, double scale, const td_tree_job *job,
                              const td_tree_rows *rows, td_error *err) {
    grower g = {.job = job};
    uint32_t n_trees = job->rows->n_arms - 1;
    memset(tree, 0, n_trees * sizeof *tree);
    td_status status = grower_init(&g, rows, err);
    if (status == TD_OK) {
        grow(&g, rows->n_grow);
        status = fill_leaves(tree, &g, rows, scale, err);
    }
    grower_free(&g);
    for (uint32_t a = 0; status != TD_OK && a < n_trees; a++) td_tree_free(&tree[a]);
    return status;
}
