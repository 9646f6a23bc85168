/* gbdt/grow.h: one tree from quantised gradients.
 *
 * A grower owns what all trees of a training share: codes by row, row order, histogram buffers. */
#ifndef TD_GBDT_GROW_H
#define TD_GBDT_GROW_H

#include <stdatomic.h>
#include <stdint.h>

#include "gbdt/gbdt.h"
#include "gbdt/hist.h"
#include "gbdt/pool.h"
#include "gbdt/quantise.h"
#include "gbdt/split.h"
#include "gbdt/tree.h"
#include "gbdt/turns.h"

/* Side of a branch whose rows are not listed. */
enum { TD_SIDE_NONE = 2 };

/* A branch of at least 1 / TD_DENSE_SHARE of the table's rows has a bitmap. */
enum { TD_DENSE_SHARE = 24 };

/* A set of rows with its best split, and its two children once it has been expanded. Its rows are
 * listed, or in a bitmap, or both; neither = all rows of the table. */
typedef struct td_branch {
    uint64_t begin, n; /* listed rows: order[side][begin .. begin + n) */
    int side;
    uint64_t *bits; /* [n_rows / 64] until it is expanded (bitmap.h); NULL = none */
    uint32_t depth;
    uint32_t parent;  /* of all but the root */
    uint32_t child;   /* left child; the right one is the next branch; 0 = not expanded */
    double extra_l2;  /* penalty of the split that made it (categories) */
    td_bounds bounds; /* values its leaves may take (monotone features) */
    td_hist hist;     /* both NULL once it is no longer needed */
    td_split split;   /* gain 0 = stays a leaf */
} td_branch;

/* A leaf of the tree so far. */
typedef struct td_leaf {
    uint32_t branch;
    int32_t parent; /* node, -1 = root */
} td_leaf;

typedef struct td_grower {
    const td_binned *binned;
    const td_train_params *params;
    const td_exec *exec;
    td_blocks blocks;
    td_split_rule rule;
    uint64_t alone_rows; /* most rows of a branch that one thread expands */
    uint32_t *order[2];  /* [rows] each: places of rows, a branch's together and ascending */
    uint16_t *mark;      /* [rows / 16 + 1] scratch for dividing rows by all threads */
    td_branch *branch;   /* [max_branches]; 0 is the root */
    uint32_t max_branches;
    atomic_uint n_branches;
    td_leaf *leaf; /* [num_leaves] */
    td_turn *turn; /* [2 * max_branches] scratch */
    td_pool packed, sums, bitmaps;
    uint64_t *tile;         /* [threads * TD_TILE_WORDS] */
    td_split *found;        /* [2 * threads] best splits of two children, by worker */
    atomic_flag *lock;      /* [n_panels] guards a panel's planes while tiles are added */
    atomic_flag stock_lock; /* guards the pools */
} td_grower;

/* What differs from tree to tree. */
typedef struct td_growth {
    const td_quantised *q;
    const uint32_t *row; /* [n_rows] rows to grow on, ascending; NULL = all */
    uint64_t n_rows;
    const uint8_t *use_slot; /* [n_slots] 1 = feature may split; NULL = all */
} td_growth;

/* *out starts zeroed*; binned, params and exec are borrowed for the grower's life. */
td_status td_grower_init(td_grower *out, const td_binned *binned, const td_train_params *params,
                         const td_exec *exec, td_error *err) TD_MUST_USE;
void td_grower_free(td_grower *grower);

/* Grow into `tree` (td_tree_init with num_leaves): nodes, thresholds and gains; leaf values stay 0.
 * grower->leaf and branch then tell the rows of each leaf. */
td_status td_grow_tree(td_tree *tree, td_grower *grower, const td_growth *growth,
                       td_error *err) TD_MUST_USE;

static inline const td_branch *td_leaf_branch(const td_grower *grower, uint32_t leaf) {
    return &grower->branch[grower->leaf[leaf].branch];
}

static inline td_turn td_turn_of(const td_grower *grower, uint32_t number) {
    const td_branch *branch = &grower->branch[number];
    int is_depthwise = grower->params->grow_policy == TD_GROW_DEPTHWISE;
    return (td_turn){branch->split.gain, is_depthwise ? branch->depth : 0, number};
}

/* A branch's rows; NULL = they are not listed. */
static inline uint32_t *td_branch_rows(const td_grower *grower, const td_branch *branch) {
    return branch->side == TD_SIDE_NONE ? NULL : grower->order[branch->side] + branch->begin;
}

/* Are these rows worth a search? Enough of them for two leaves, and depth left. */
int td_leaf_may_split(const td_train_params *params, uint64_t n, uint32_t depth);

#endif
