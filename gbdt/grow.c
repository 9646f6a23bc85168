/* gbdt/grow.c: one tree, split after split.
 *
 * The answer is defined by a serial loop:
 *
 *     while there are fewer than num_leaves leaves:
 *         choose a leaf   leaf-wise: the highest gain; depth-wise: the lowest depth, then the
 *                         highest gain; the lower leaf number on a tie
 *         split it        left child keeps the leaf's number, the right child is the next leaf
 *
 * Splitting a leaf needs its rows divided (partition.c) and its children's histograms and best
 * splits (children.c). Here that is called expanding a branch (branch.c), and it may have been done
 * before the leaf's turn (ahead.c):
 *
 *     root            expanded ahead: a, b, d          the loop splits a, b, c: c is expanded late,
 *      a   b                                           d stays a leaf although it was expanded
 *     c d
 *
 * What is expanded ahead changes when work is done, never what the loop chooses. Leaf values are
 * set by leaves.c.
 * Cost per tree: about log2(leaves) / 2 passes over rows * features for the histograms, and bins *
 * features per leaf for the searches. Memory: one histogram per branch that is known and not
 * expanded. */
#include "gbdt/grow.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/ahead.h"
#include "gbdt/bitmap.h"
#include "gbdt/branch.h"
#include "gbdt/stock.h"

/* A branch of at most ALONE_ROWS rows, or 1 / ALONE_SHARE of a thread's share, is one thread's. */
enum { ALONE_SHARE = 4, ALONE_ROWS = 32768 };

int td_leaf_may_split(const td_train_params *params, uint64_t n, uint32_t depth) {
    if (params->max_depth > 0 && depth >= (uint32_t)params->max_depth) return 0;
    return n >= 2 && n >= 2 * (uint64_t)params->min_data_in_leaf;
}

/* ---- life ------------------------------------------------------------------------------------ */

void td_grower_free(td_grower *grower) {
    td_blocks_free(&grower->blocks);
    td_mem_free(grower->order[0]);
    td_mem_free(grower->order[1]);
    td_mem_free(grower->mark);
    td_mem_free(grower->branch);
    td_mem_free(grower->leaf);
    td_mem_free(grower->turn);
    td_pool_free(&grower->packed);
    td_pool_free(&grower->sums);
    td_pool_free(&grower->bitmaps);
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
                           .monotone = params->monotone,
                           .cat_smooth = params->cat_smooth,
                           .cat_l2 = params->cat_l2,
                           .max_cat_threshold = (uint32_t)params->max_cat_threshold,
                           .max_cat_to_onehot = (uint32_t)params->max_cat_to_onehot,
                           .min_data_per_group = (uint32_t)params->min_data_per_group};
}

static td_status allocate(td_grower *grower, td_error *err) {
    uint64_t n = grower->binned->n_rows, threads = (uint64_t)td_exec_threads(grower->exec);
    uint64_t n_tracks = grower->blocks.n_tracks;
    uint64_t n_leaves = (uint64_t)grower->params->num_leaves;
    if (n_leaves > n) n_leaves = n;
    grower->max_branches = (uint32_t)(1 + 6 * n_leaves + 3 * threads);
    grower->alone_rows = n / (ALONE_SHARE * threads);
    if (grower->alone_rows < ALONE_ROWS) grower->alone_rows = ALONE_ROWS;
    TD_NEW(grower->order[0], n, err);
    TD_NEW(grower->order[1], n, err);
    TD_NEW(grower->mark, n / 16 + 1, err);
    TD_NEW(grower->branch, grower->max_branches, err);
    TD_NEW(grower->leaf, n_leaves, err);
    TD_NEW(grower->turn, 2 * (uint64_t)grower->max_branches, err);
    TD_NEW(grower->tile, threads * TD_TILE_WORDS, err);
    TD_NEW(grower->found, 2 * threads, err);
    TD_NEW(grower->lock, grower->blocks.n_panels, err);
    for (uint32_t k = 0; k < grower->blocks.n_panels; k++) atomic_flag_clear(&grower->lock[k]);
    atomic_flag_clear(&grower->stock_lock);
    /* dense branches do not overlap; a worker has one bitmap more while it divides */
    uint32_t most_bitmaps = TD_DENSE_SHARE + 1 + (uint32_t)threads;
    TD_TRY(td_pool_init(&grower->bitmaps, td_bitmap_words(n), most_bitmaps, err));
    TD_TRY(td_pool_init(&grower->packed, n_tracks * TD_HIST_STRIDE, grower->max_branches, err));
    return td_pool_init(&grower->sums, n_tracks * TD_SUMS_STRIDE, grower->max_branches, err);
}

td_status td_grower_init(td_grower *out, const td_binned *binned, const td_train_params *params,
                         const td_exec *exec, td_error *err) {
    *out = (td_grower){.binned = binned, .params = params, .exec = exec, .rule = rule_of(params)};
    td_status status = td_blocks_build(&out->blocks, binned, exec, err);
    if (status == TD_OK) status = allocate(out, err);
    if (status != TD_OK) td_grower_free(out);
    return status;
}

/* ---- in their turn --------------------------------------------------------------------------- */

/* Leaf j waits for its turn, unless it cannot be split. */
static void put_leaf(td_turns *waiting, const td_grower *grower, uint32_t j) {
    td_turn turn = td_turn_of(grower, grower->leaf[j].branch);
    turn.number = j;
    if (turn.gain != 0) td_turns_push(waiting, turn);
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

static void write_node(td_tree *tree, const td_grower *grower, uint32_t j) {
    uint32_t at = tree->n_leaves - 1;
    const td_split *split = &td_leaf_branch(grower, j)->split;
    td_node *node = &tree->node[at];
    *node = (td_node){.feature = grower->blocks.slot[split->slot].feature,
                      .is_category = (uint8_t)split->is_category,
                      .missing_left = (uint8_t)split->missing_left,
                      .gain = split->gain,
                      .left = ~(int32_t)j,
                      .right = ~(int32_t)(at + 1)};
    if (split->is_category) {
        node->set = tree->n_sets;
        tree->sets[tree->n_sets++] = split->left;
    } else {
        node->threshold = grower->blocks.slot[split->slot].bins->upper[split->bin];
    }
    hang_node(tree, grower->leaf[j].parent, j, at);
    tree->n_leaves++;
}

static td_status run_loop(td_tree *tree, td_grower *grower, const td_growth *growth,
                          td_error *err) {
    td_crew crew = {grower, growth, 0, 0};
    uint32_t most = (uint32_t)grower->params->num_leaves;
    td_turns waiting = {.turn = grower->turn};
    put_leaf(&waiting, grower, 0);
    while (tree->n_leaves < most && waiting.n > 0) {
        uint32_t j = td_turns_pop(&waiting).number, number = grower->leaf[j].branch;
        const td_branch *branch = &grower->branch[number];
        write_node(tree, grower, j);
        if (branch->child == 0) {
            crew.is_alone = branch->n <= TD_PACKED_ROWS; /* not worth waking the others */
            TD_TRY(td_branch_expand(&crew, number, tree->n_leaves == most, err));
        }
        int32_t node = (int32_t)tree->n_leaves - 2;
        grower->leaf[j] = (td_leaf){branch->child, node};
        grower->leaf[tree->n_leaves - 1] = (td_leaf){branch->child + 1, node};
        put_leaf(&waiting, grower, j);
        put_leaf(&waiting, grower, tree->n_leaves - 1);
    }
    return TD_OK;
}

/* ---- a tree ---------------------------------------------------------------------------------- */

/* Rows that were drawn are listed, because they are counted, and a bitmap, to be divided. */
static td_status open_root(td_grower *grower, const td_growth *growth, td_error *err) {
    td_branch *root = &grower->branch[0];
    *root = (td_branch){.n = growth->n_rows, .side = TD_SIDE_NONE, .bounds = {-HUGE_VAL, HUGE_VAL}};
    if (growth->row == NULL) return TD_OK;
    root->side = 0;
    memcpy(grower->order[0], growth->row, growth->n_rows * sizeof *growth->row);
    if (root->n * TD_DENSE_SHARE < grower->blocks.n_rows) return TD_OK;
    TD_TRY(td_bits_get(&root->bits, grower, err));
    td_bitmap_set(root->bits, grower->blocks.n_rows, growth->row, growth->n_rows);
    return TD_OK;
}

/* What the branches of the tree before still held, their leaves' rows among it. */
static void close_branches(td_grower *grower) {
    uint32_t n_branches = atomic_exchange(&grower->n_branches, 0);
    for (uint32_t k = 0; k < n_branches; k++) {
        td_hist_put(grower, &grower->branch[k].hist);
        td_bits_put(grower, &grower->branch[k].bits);
    }
}

td_status td_grow_tree(td_tree *tree, td_grower *grower, const td_growth *growth, td_error *err) {
    tree->n_leaves = 1;
    tree->n_sets = 0;
    td_split_rule_scale(&grower->rule, growth->q->grad_scale, growth->q->hess_scale);
    close_branches(grower);
    TD_TRY(open_root(grower, growth, err));
    atomic_store(&grower->n_branches, 1);
    td_branch *root = &grower->branch[0];
    grower->leaf[0] = (td_leaf){.branch = 0, .parent = -1};
    if (grower->blocks.n_slots == 0 || !td_leaf_may_split(grower->params, root->n, 0)) return TD_OK;
    td_crew all = {grower, growth, 0, 0};
    TD_TRY(td_root_evaluate(&all, root, err));
    TD_TRY(td_expand_ahead(grower, growth, err));
    TD_TRY(run_loop(tree, grower, growth, err));
    return TD_OK;
}
