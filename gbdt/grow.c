/* gbdt/grow.c: one tree, split after split.
 *
 * 1. The root holds the tree's rows in ascending order; count its histogram, find its best split.
 * 2. Choose the next leaf. Leaf-wise: the highest gain. Depth-wise: the lowest depth, then the
 *    highest gain. Lower leaf number on a tie.
 * 3. Write the node, divide the leaf's rows (partition.c); left child keeps the leaf's number, the
 *    right child is the next leaf.
 * 4. Unless the tree is full, give both children histograms and best splits (children.c); go to 2.
 *
 *     order | leaf 0        | leaf 3   | leaf 1      | leaf 2 |
 *             rows of a leaf stand together and ascend, so any sum over them has a fixed order
 *
 * Leaf values are not decided here: train.c sums the real gradients of each leaf.
 * Cost per tree: about log2(leaves) / 2 passes over rows * features for the histograms, and bins *
 * features per leaf for the searches. Memory: one histogram per leaf that may still be split. */
#include "gbdt/grow.h"

#include <string.h>

#include "core/base/mem.h"
#include "gbdt/children.h"
#include "gbdt/partition.h"

int td_leaf_may_split(const td_train_params *params, uint64_t n, uint32_t depth) {
    if (params->max_depth > 0 && depth >= (uint32_t)params->max_depth) return 0;
    return n >= 2 && n >= 2 * (uint64_t)params->min_data_in_leaf;
}

static td_status pool_init(td_pool *pool, uint64_t words, uint32_t capacity, td_error *err) {
    pool->words = words;
    TD_NEW_ZEROED(pool->free, capacity, err);
    TD_NEW_ZEROED(pool->made, capacity, err);
    return TD_OK;
}

static void pool_free(td_pool *pool) {
    for (uint32_t i = 0; i < pool->n_made; i++) td_mem_free(pool->made[i]);
    td_mem_free(pool->free);
    td_mem_free(pool->made);
}

void td_grower_free(td_grower *grower) {
    td_blocks_free(&grower->blocks);
    td_shelves_free(&grower->shelves);
    td_mem_free(grower->order);
    td_mem_free(grower->scratch);
    td_mem_free(grower->leaf);
    pool_free(&grower->packed);
    pool_free(&grower->sums);
    td_mem_free(grower->tile);
    td_mem_free(grower->found);
    td_mem_free(grower->lock);
    memset(grower, 0, sizeof *grower);
}

static td_split_rule rule_of(const td_train_params *params) {
    return (td_split_rule){.l1 = params->lambda_l1,
                           .l2 = params->lambda_l2,
                           .min_hess = params->min_sum_hessian_in_leaf,
                           .min_gain = params->min_gain_to_split,
                           .min_rows = params->min_data_in_leaf,
                           .cat_smooth = params->cat_smooth,
                           .cat_l2 = params->cat_l2,
                           .max_cat_threshold = (uint32_t)params->max_cat_threshold,
                           .max_cat_to_onehot = (uint32_t)params->max_cat_to_onehot,
                           .min_data_per_group = (uint32_t)params->min_data_per_group};
}

static td_status allocate(td_grower *grower, td_error *err) {
    uint64_t n = grower->binned->n_rows, threads = (uint64_t)td_exec_threads(grower->exec);
    uint64_t n_slots = grower->blocks.n_slots, n_blocks = grower->blocks.n_blocks;
    uint32_t n_leaves = (uint32_t)grower->params->num_leaves;
    TD_TRY(td_shelves_init(&grower->shelves, &grower->blocks, n, n_leaves + 1, err));
    TD_NEW(grower->order, n, err);
    TD_NEW(grower->scratch, 2 * n + 64, err);
    TD_NEW_ZEROED(grower->leaf, n_leaves, err);
    TD_NEW(grower->tile, threads * TD_BLOCK_FEATURES * TD_HIST_STRIDE, err);
    TD_NEW_ZEROED(grower->found, 2 * n_blocks, err);
    TD_NEW(grower->lock, n_blocks, err);
    for (uint64_t b = 0; b < n_blocks; b++) atomic_flag_clear(&grower->lock[b]);
    TD_TRY(pool_init(&grower->packed, n_slots * TD_HIST_STRIDE, n_leaves + 2, err));
    return pool_init(&grower->sums, n_slots * TD_SUMS_STRIDE, n_leaves + 2, err);
}

td_status td_grower_init(td_grower *out, const td_binned *binned, const td_train_params *params,
                         const td_exec *exec, td_error *err) {
    *out = (td_grower){.binned = binned, .params = params, .exec = exec, .rule = rule_of(params)};
    td_status status = td_blocks_build(&out->blocks, binned, exec, err);
    if (status == TD_OK) status = allocate(out, err);
    if (status != TD_OK) td_grower_free(out);
    return status;
}

/* Leaf to split next, or -1. */
static int64_t choose_leaf(const td_grower *grower, uint32_t n_leaves) {
    int is_depthwise = grower->params->grow_policy == TD_GROW_DEPTHWISE;
    int64_t best = -1;
    for (uint32_t j = 0; j < n_leaves; j++) {
        const td_leaf *leaf = &grower->leaf[j];
        if (leaf->split.gain == 0) continue;
        const td_leaf *other = best >= 0 ? &grower->leaf[best] : NULL;
        int is_better = other == NULL || leaf->split.gain > other->split.gain;
        if (is_depthwise && other != NULL && leaf->depth != other->depth) {
            is_better = leaf->depth < other->depth;
        }
        if (is_better) best = j;
    }
    return best;
}

/* Put node `at` where its parent pointed to leaf j. */
static void hang_node(td_tree *tree, int32_t parent, uint32_t j, uint32_t at) {
    if (parent < 0) return;
    td_node *above = &tree->node[parent];
    if (above->left == ~(int32_t)j) {
        above->left = (int32_t)at;
    } else {
        above->right = (int32_t)at;
    }
}

static void write_node(td_tree *tree, const td_grower *grower, const td_leaf *leaf, uint32_t j) {
    uint32_t at = tree->n_leaves - 1;
    const td_split *split = &leaf->split;
    td_node *node = &tree->node[at];
    *node = (td_node){.feature = grower->blocks.feature[split->slot],
                      .is_category = (uint8_t)split->is_category,
                      .missing_left = (uint8_t)split->missing_left,
                      .gain = split->gain,
                      .left = ~(int32_t)j,
                      .right = ~(int32_t)(at + 1)};
    if (split->is_category) {
        node->set = tree->n_sets;
        tree->sets[tree->n_sets++] = split->left;
    } else {
        node->threshold = grower->blocks.bin[split->slot]->upper[split->bin];
    }
    hang_node(tree, leaf->parent, j, at);
    tree->n_leaves++;
}

static uint32_t log2_of(uint32_t stride) { return stride == 4 ? 2 : stride == 8 ? 3 : 4; }

/* Where the codes of the split feature stand: in their column while the leaf has no copy of its own
 * rows, else in the copy. */
static td_division division_of(const td_grower *grower, const td_leaf *leaf) {
    const td_blocks *blocks = &grower->blocks;
    uint32_t slot = leaf->split.slot, b = blocks->block_of[slot];
    td_division how = {.left = &leaf->split.left, .scratch = grower->scratch};
    if (leaf->shelf == 0) {
        how.code = td_binned_codes(grower->binned, blocks->feature[slot]);
        return how;
    }
    how.code = grower->shelves.shelf[leaf->shelf].code[b] + (slot - blocks->block[b].first);
    how.shift = log2_of(blocks->block[b].stride);
    return how;
}

/* Steps 3 and 4 for leaf j. */
static td_status split_leaf(td_tree *tree, td_grower *grower, const td_growth *growth, uint32_t j,
                            td_error *err) {
    td_leaf whole = grower->leaf[j];
    td_division how = division_of(grower, &whole);
    uint64_t n_left = 0;
    write_node(tree, grower, &whole, j);
    TD_TRY(td_rows_divide(grower->order + whole.begin, whole.n, &how, &n_left, grower->exec, err));
    TD_CHECK(n_left == whole.split.left_rows, err, TD_ERR_INTERNAL,
             "a split sends %llu rows left, its histogram says %llu", (unsigned long long)n_left,
             (unsigned long long)whole.split.left_rows);
    td_leaf *left = &grower->leaf[j], *right = &grower->leaf[tree->n_leaves - 1];
    *left = (td_leaf){.begin = whole.begin,
                      .n = n_left,
                      .shelf = whole.shelf,
                      .depth = whole.depth + 1,
                      .parent = (int32_t)tree->n_leaves - 2,
                      .extra_l2 = whole.split.extra_l2};
    *right = *left;
    right->begin += n_left;
    right->n = whole.n - n_left;
    if (tree->n_leaves == (uint32_t)grower->params->num_leaves) {
        td_hist_put(grower, &whole.hist);
        return TD_OK;
    }
    td_leaf *child[2] = {left, right};
    return td_children_evaluate(grower, growth, whole.hist, child, err);
}

static void start_order(td_grower *grower, const td_growth *growth) {
    if (growth->row != NULL) {
        memcpy(grower->order, growth->row, growth->n_rows * sizeof *growth->row);
        return;
    }
    for (uint64_t i = 0; i < growth->n_rows; i++) grower->order[i] = (uint32_t)i;
}

td_status td_grow_tree(td_tree *tree, td_grower *grower, const td_growth *growth, td_error *err) {
    tree->n_leaves = 1;
    tree->n_sets = 0;
    grower->rule.grad_scale = growth->q->grad_scale;
    grower->rule.hess_scale = growth->q->hess_scale;
    td_shelves_start(&grower->shelves, growth->q->packed);
    start_order(grower, growth);
    td_leaf *root = &grower->leaf[0];
    *root = (td_leaf){.n = growth->n_rows, .parent = -1};
    if (grower->blocks.n_slots == 0 || !td_leaf_may_split(grower->params, root->n, 0)) return TD_OK;
    TD_TRY(td_leaf_evaluate(grower, growth, root, err));
    for (;;) {
        int64_t j = choose_leaf(grower, tree->n_leaves);
        if (j < 0 || tree->n_leaves == (uint32_t)grower->params->num_leaves) break;
        TD_TRY(split_leaf(tree, grower, growth, (uint32_t)j, err));
    }
    for (uint32_t j = 0; j < tree->n_leaves; j++) td_hist_put(grower, &grower->leaf[j].hist);
    return TD_OK;
}
