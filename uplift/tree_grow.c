/* uplift/tree_grow.c: one effect tree from its rows.
 *
 *   1. Copy the growing rows together, arm after arm (tree_hist.h). Start with one open leaf that
 *      holds them all.
 *   2. Take the open leaf added last. Draw the candidate features of this node, ask each for its
 *      best question (tree_split.c); without a gain above 0, or at max_depth, or below two leaves'
 *      rows, the leaf is closed.
 *   3. Else the leaf becomes a node; its rows are parted in place, their order kept:
 *
 *          place:  | ... |         rows of the node          | ... |
 *                        | arm 0 | arm 1   ...               |
 *                        | left 0 | left 1 | right 0 | right 1 |
 *
 *      The left side keeps the leaf's number, the right side gets the next one; both are opened.
 *      Where a child is large enough its histogram is made here: the smaller one's from its rows,
 *      the larger one's from what that leaves of the node's.
 *   4. When no leaf is open: the filling rows walk down. Leaf value of arm a = mean outcome of arm
 *      a minus mean outcome of the control (weighted: Hajek's estimate), both of the filling rows
 *      in the leaf, from the real outcomes and weights. Where one of the two is not there, the
 *      nearest node above that has both speaks.
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
    uint64_t begin, n; /* of place[] */
    uint32_t leaf, depth;
    int32_t parent; /* node, -1 for the root */
    int is_left;
    td_hist hist; /* neither form: not made */
} open_leaf;

typedef struct grower {
    const td_tree_job *job;
    td_effect_search search;
    td_effect_hists hists;
    td_rng rng;
    uint32_t *place;   /* [n_grow] among the tree's rows, parted in place */
    uint32_t *scratch; /* [n_grow] */
    double *rate;      /* [max_leaves * n_arms] shrunken rates of the open leaves */
    uint32_t *n_rows;  /* [max_leaves * n_arms] rows of the open leaves */
    open_leaf *open;   /* [max_leaves] a stack */
    uint32_t n_open;
    td_tree tree; /* nodes; leaf values come last */
} grower;

static void grower_free(grower *g) {
    td_effect_hists_free(&g->hists);
    td_mem_free(g->search.sums);
    td_mem_free(g->search.own);
    td_mem_free(g->place);
    td_mem_free(g->scratch);
    td_mem_free(g->rate);
    td_mem_free(g->n_rows);
    td_mem_free(g->open);
    td_tree_free(&g->tree);
}

static uint32_t leaves_at_most(const td_forest_params *params, uint64_t n_rows) {
    uint64_t by_rows = n_rows / params->min_rows + 1;
    uint64_t by_depth = params->max_depth < 31 ? (uint64_t)1 << params->max_depth : by_rows;
    return (uint32_t)(by_rows < by_depth ? by_rows : by_depth);
}

/* Step 1: place[] receives the growing rows, arm after arm, n_rows[] how many there are of each,
 * rate[] the root's rates, from the integers that its histogram will hold. */
static void gather_arms(grower *g, const td_tree_rows *rows) {
    const td_effect_table *table = g->job->table;
    const uint32_t *arm = g->job->rows->arm;
    int64_t grad[TD_UPLIFT_MAX_ARMS] = {0}, hess[TD_UPLIFT_MAX_ARMS] = {0};
    uint32_t at[TD_UPLIFT_MAX_ARMS] = {0};
    td_arm_sum sums[TD_UPLIFT_MAX_ARMS];
    for (uint64_t i = 0; i < rows->n_grow; i++) {
        uint32_t row = rows->grow[i];
        grad[arm[row]] += td_quantised_grad(&table->q, row);
        hess[arm[row]] += td_quantised_hess(&table->q, row);
        at[arm[row]]++;
    }
    uint32_t begin = 0;
    for (uint32_t a = 0; a < table->n_arms; a++) {
        sums[a] = (td_arm_sum){(double)hess[a] * table->weight_scale[a],
                               (double)grad[a] * table->outcome_scale[a], at[a]};
        g->n_rows[a] = at[a];
        at[a] = begin;
        begin += g->n_rows[a];
    }
    td_arm_rates(g->rate, sums, NULL, &g->search.rule);
    for (uint64_t i = 0; i < rows->n_grow; i++) {
        uint32_t row = rows->grow[i];
        g->place[at[arm[row]]++] = row;
    }
}

static td_status grower_init(grower *g, const td_tree_rows *rows, td_error *err) {
    const td_forest_rows *data = g->job->rows;
    uint32_t max_leaves = leaves_at_most(g->job->params, rows->n_grow);
    g->search.table = g->job->table;
    g->search.rule = (td_effect_rule){g->job->params, data->n_arms};
    g->rng = td_rng_stream(g->job->params->seed, "forest features", g->job->index, 0);
    TD_TRY(td_tree_init(&g->tree, max_leaves, err));
    TD_NEW(g->search.sums, (uint64_t)3 * data->n_arms * TD_EFFECT_BINS, err);
    TD_NEW(g->search.own, (uint64_t)data->n_arms * TD_SUMS_STRIDE, err);
    TD_NEW(g->place, rows->n_grow, err);
    TD_NEW(g->scratch, rows->n_grow, err);
    TD_NEW(g->rate, (uint64_t)max_leaves * data->n_arms, err);
    TD_NEW(g->n_rows, (uint64_t)max_leaves * data->n_arms, err);
    TD_NEW(g->open, max_leaves, err);
    gather_arms(g, rows);
    TD_TRY(td_effect_hists_init(&g->hists, g->job->table, g->place, rows->n_grow, err));
    for (uint64_t i = 0; i < rows->n_grow; i++) g->place[i] = (uint32_t)i;
    return TD_OK;
}

/* ---- one leaf -------------------------------------------------------------------------------- */

static uint32_t candidates(const grower *g) {
    uint32_t n = g->job->rows->binned->n_features, wanted = g->job->params->n_candidates;
    if (wanted == 0) wanted = (uint32_t)ceil(sqrt((double)n)) + 20;
    return wanted < n ? wanted : n;
}

static td_node_rows rows_of(const grower *g, const open_leaf *leaf) {
    return (td_node_rows){g->place + leaf->begin,
                          g->n_rows + (uint64_t)leaf->leaf * g->search.rule.n_arms};
}

/* Features are met in order; each is taken with probability (still wanted) / (still to come), which
 * draws every set of that size with the same probability (Knuth, volume 2, 3.4.2, algorithm S). */
static void ask_features(td_effect_split *best, grower *g, const open_leaf *leaf,
                         const td_hist *hist) {
    const td_effect_table *table = g->job->table;
    uint32_t n_features = g->job->rows->binned->n_features, wanted = candidates(g);
    int64_t total[3 * TD_UPLIFT_MAX_ARMS];
    td_effect_node node = {hist, total, g->rate + (uint64_t)leaf->leaf * table->n_arms};
    if (table->blocks.n_tracks > 0) td_effect_hist_total(total, &g->hists, hist);
    for (uint32_t f = 0; f < n_features && wanted > 0; f++) {
        if (td_rng_below(&g->rng, n_features - f) >= wanted) continue;
        wanted--;
        if (table->slot[f] == table->blocks.n_slots) continue; /* of one bin */
        td_effect_split_slot(best, &g->search, table->slot[f], node);
    }
}

static int may_split(const grower *g, const open_leaf *leaf) {
    const td_forest_params *params = g->job->params;
    return leaf->depth < params->max_depth && leaf->n >= 2 * (uint64_t)params->min_rows;
}

static int has_hist(const open_leaf *leaf) {
    return leaf->hist.packed != NULL || leaf->hist.sums != NULL;
}

/* The leaf keeps its histogram, if it has rows enough for one. */
static td_status search_leaf(td_effect_split *best, grower *g, open_leaf *leaf, td_error *err) {
    td_node_rows rows = rows_of(g, leaf);
    if (!has_hist(leaf) && !td_effect_hist_pays(&g->hists, leaf->n)) {
        ask_features(best, g, leaf, td_effect_hist_few(&g->hists, rows));
        td_effect_hist_forget(&g->hists, rows);
        return TD_OK;
    }
    if (!has_hist(leaf)) TD_TRY(td_effect_hist_count(&leaf->hist, &g->hists, rows, err));
    ask_features(best, g, leaf, &leaf->hist);
    return TD_OK;
}

/* Stable; returns how many rows go left. */
static uint64_t part_rows(grower *g, const open_leaf *leaf, const td_effect_split *split) {
    const td_blocks *blocks = &g->job->table->blocks;
    uint32_t slot = g->job->table->slot[split->feature], track = blocks->slot[slot].track;
    const td_panel *panel = &blocks->panel[blocks->block[blocks->track[track].block].panel];
    const uint8_t *code = g->hists.blocks.code[panel - blocks->panel] + (track - panel->first);
    td_bin_set left = td_blocks_joint_set(blocks, slot, &split->left);
    uint32_t *place = g->place + leaf->begin;
    uint64_t n_left = 0, n_right = 0;
    for (uint64_t i = 0; i < leaf->n; i++) {
        uint32_t own = place[i];
        int is_left = td_bin_set_has(&left, code[(uint64_t)own * panel->stride]);
        place[n_left] = own;
        g->scratch[n_right] = own;
        n_left += (uint64_t)is_left;
        n_right += (uint64_t)!is_left;
    }
    memcpy(place + n_left, g->scratch, n_right * sizeof *place);
    return n_left;
}

/* Missing rows that the node has not met go with the larger side, left when equal, as in gbdt. */
static void write_node(grower *g, const td_effect_split *split, int is_larger_left) {
    const td_bins *bins = &g->job->rows->binned->bin[split->feature];
    td_node *node = &g->tree.node[g->tree.n_leaves - 1];
    int is_category = bins->kind == TD_COLUMN_CATEGORY;
    *node = (td_node){.feature = split->feature,
                      .is_category = (uint8_t)is_category,
                      .gain = split->gain,
                      .threshold = is_category ? 0 : bins->upper[split->bin]};
    if (is_category) {
        node->set = g->tree.n_sets++;
        g->tree.sets[node->set] = split->left;
    } else {
        node->missing_left = split->met_missing ? split->missing_left : (uint8_t)is_larger_left;
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

/* Rates and rows of both sides; the left one takes the place of the node's. */
static void share_sums(grower *g, const td_effect_split *split, uint32_t left, uint32_t right) {
    uint32_t n_arms = g->search.rule.n_arms;
    double parent[TD_UPLIFT_MAX_ARMS], *rate = g->rate;
    memcpy(parent, rate + (uint64_t)left * n_arms, n_arms * sizeof *parent);
    td_arm_rates(rate + (uint64_t)left * n_arms, split->left_sum, parent, &g->search.rule);
    td_arm_rates(rate + (uint64_t)right * n_arms, split->right_sum, parent, &g->search.rule);
    for (uint32_t a = 0; a < n_arms; a++) {
        g->n_rows[(uint64_t)left * n_arms + a] = (uint32_t)split->left_sum[a].rows;
        g->n_rows[(uint64_t)right * n_arms + a] = (uint32_t)split->right_sum[a].rows;
    }
}

/* Histograms of the children from the node's, where the larger one is worth it. */
static td_status part_hist(grower *g, td_hist *hist, open_leaf *left, open_leaf *right,
                           td_error *err) {
    open_leaf *small = left->n > right->n ? right : left, *large = small == left ? right : left;
    if (!may_split(g, large) || !td_effect_hist_pays(&g->hists, large->n)) {
        td_effect_hist_put(&g->hists, hist);
        return TD_OK;
    }
    td_effect_children children = {.small = rows_of(g, small), .large = rows_of(g, large)};
    TD_TRY(td_effect_hist_part(&children, &g->hists, *hist, err));
    small->hist = children.small_hist;
    large->hist = children.large_hist;
    if (!may_split(g, small)) td_effect_hist_put(&g->hists, &small->hist);
    return TD_OK;
}

static td_status split_leaf(grower *g, open_leaf *leaf, const td_effect_split *split,
                            td_error *err) {
    uint32_t node = g->tree.n_leaves - 1, right_leaf = g->tree.n_leaves;
    uint64_t n_left = part_rows(g, leaf, split);
    open_leaf left = *leaf;
    left.n = n_left;
    left.depth++;
    left.parent = (int32_t)node;
    left.is_left = 1;
    left.hist = (td_hist){NULL, NULL};
    open_leaf right = left;
    right.begin += n_left;
    right.n = leaf->n - n_left;
    right.leaf = right_leaf;
    right.is_left = 0;
    write_node(g, split, left.n >= right.n);
    hang(&g->tree, leaf, (int32_t)node);
    g->tree.n_leaves++;
    share_sums(g, split, leaf->leaf, right_leaf);
    if (has_hist(leaf)) TD_TRY(part_hist(g, &leaf->hist, &left, &right, err));
    g->open[g->n_open++] = right;
    g->open[g->n_open++] = left;
    return TD_OK;
}

static td_status grow(grower *g, uint64_t n_grow, td_error *err) {
    td_effect_split split = {.gain = 0};
    g->open[g->n_open++] = (open_leaf){.n = n_grow, .parent = -1};
    while (g->n_open > 0) {
        open_leaf leaf = g->open[--g->n_open];
        split.gain = 0;
        if (may_split(g, &leaf)) TD_TRY(search_leaf(&split, g, &leaf, err));
        if (split.gain > 0) {
            TD_TRY(split_leaf(g, &leaf, &split, err));
        } else {
            td_effect_hist_put(&g->hists, &leaf.hist);
            hang(&g->tree, &leaf, ~(int32_t)leaf.leaf);
        }
    }
    return TD_OK;
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
    if (status == TD_OK) status = grow(&g, rows->n_grow, err);
    if (status == TD_OK) status = fill_leaves(tree, &g, rows, scale, err);
    grower_free(&g);
    for (uint32_t a = 0; status != TD_OK && a < n_trees; a++) td_tree_free(&tree[a]);
    return status;
}
