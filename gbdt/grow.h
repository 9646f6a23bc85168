/* gbdt/grow.h: one tree from quantised gradients.
 *
 * A grower owns what all trees of a training share: codes by row, row order, histogram buffers. */
#ifndef TD_GBDT_GROW_H
#define TD_GBDT_GROW_H

#include <stdatomic.h>
#include <stdint.h>

#include "gbdt/gbdt.h"
#include "gbdt/hist.h"
#include "gbdt/quantise.h"
#include "gbdt/shelf.h"
#include "gbdt/split.h"
#include "gbdt/tree.h"

/* Buffers of one size that go back and forth between leaves. */
typedef struct td_pool {
    uint64_t words; /* 8-byte words of a buffer */
    uint32_t n_free, n_made;
    void **free; /* [capacity] buffers not in use */
    void **made; /* [capacity] every buffer */
} td_pool;

typedef struct td_leaf {
    uint64_t begin, n; /* rows: places order[begin .. begin + n) of its shelf */
    uint32_t shelf;
    uint32_t depth;
    int32_t parent;  /* node, -1 = root */
    double extra_l2; /* penalty of the split that made it (categories) */
    td_hist hist;    /* both NULL once it is no longer needed */
    td_split split;  /* gain 0 = stays a leaf */
} td_leaf;

typedef struct td_grower {
    const td_binned *binned;
    const td_train_params *params;
    const td_exec *exec;
    td_blocks blocks;
    td_split_rule rule;
    td_shelves shelves;
    uint32_t *order;   /* [rows] places of rows, each leaf's together and ascending */
    uint32_t *scratch; /* [2 * rows + 64] */
    td_leaf *leaf;     /* [num_leaves] */
    td_pool packed, sums;
    uint64_t *tile;    /* [threads * 16 * TD_HIST_STRIDE] */
    td_split *found;   /* [2 * n_blocks] best split by child and block */
    atomic_flag *lock; /* [n_blocks] guards a block's planes while tiles are added */
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
 * grower->leaf and order then tell the rows of each leaf. */
td_status td_grow_tree(td_tree *tree, td_grower *grower, const td_growth *growth,
                       td_error *err) TD_MUST_USE;

/* Are these rows worth a search? Enough of them for two leaves, and depth left. */
int td_leaf_may_split(const td_train_params *params, uint64_t n, uint32_t depth);

#endif
