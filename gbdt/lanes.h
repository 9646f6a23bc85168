/* gbdt/lanes.h: many rows go down a tree at once; the fast way of predict.c.
 *
 * A row walking alone waits for memory at every node. Here a block of rows visits every node of a
 * small tree in turn, one bit or byte a row:
 *
 *     reach of node i   1 1 0 1 0 ...    rows that come to node i
 *     code > c          0 1 1 1 0 ...    its question: one comparison of 64 bytes
 *     reach of right    0 1 0 1 0 ...    reach & question
 *     reach of left     1 0 0 0 0 ...    reach & ~question
 *     leaf              3 7 2 7 3 ...    where a row goes right: leftmost leaf of the right subtree
 *
 * A row starts with the leftmost leaf of the tree. After its last turn to the right it only goes
 * left, so that turn leaves the leaf it ends in. Questions are about codes of one byte, made once
 * per block:
 *
 *     number      rank of x = how many thresholds of the feature, over all trees, are below x;
 *                 x <= threshold c is rank <= c. Missing is 0 in the column read by nodes that send
 *                 it left and 255 in the column read by nodes that send it right.
 *     category    two columns for level l: l / 8, and the bit 1 << l % 8 or no bit when missing or
 *                 unseen; together they pick one bit of a set. */
#ifndef TD_GBDT_LANES_H
#define TD_GBDT_LANES_H

#include <stdint.h>

#include "core/base/cpu.h"
#include "gbdt/tree.h"

enum {
    TD_LANE_ROWS = 256,     /* rows of a block */
    TD_LANE_LEAVES = 256,   /* a tree with more is walked row by row */
    TD_LANE_CODES = 255,    /* most distinct thresholds of a feature */
    TD_LANE_NUMBER = 65535, /* in place of a node's set: it asks about a number */
    TD_LANE_NOWHERE = 255,  /* place in `reach` that nobody reads: the child is a leaf */
    TD_LANE_REACH = 256 * 64
};

/* A column of the table as the model sees it. */
typedef struct td_source {
    const td_column *column; /* borrowed */
    uint32_t *level_of; /* [dict.n] the model's level of a code, TD_CODE_NONE = unseen; NULL for
                                numbers */
} td_source;

/* Eight bytes, so that the 100 trees of a usual model stay in the second cache. */
typedef struct td_lane_node {
    uint16_t column;     /* of codes; a category's first */
    uint8_t code;        /* number: left = code of the row <= code */
    uint8_t right_leaf;  /* these four in a small tree only: leftmost leaf of the right subtree */
    uint8_t left, right; /* child's place; TD_LANE_NOWHERE: a leaf */
    uint16_t set;        /* category: index into the tree's sets; TD_LANE_NUMBER: a number */
} td_lane_node;

/* Nodes have the numbers of the tree they are made from: parents stand before their children. */
typedef struct td_lane_tree {
    const td_tree *source; /* borrowed: leaf values, sets, children in a large tree */
    uint32_t n_nodes;
    int is_small;             /* at most TD_LANE_LEAVES leaves */
    uint8_t first_leaf;       /* the leftmost, in a small tree */
    const td_lane_node *node; /* [n_nodes] */
} td_lane_tree;

/* How the values of one feature become codes. */
typedef struct td_lane_feature {
    const double *table;  /* numbers: [2^n_steps] level by level (lanes_rank.c), 64-byte aligned */
    uint32_t n_steps;     /* of the binary search, 3 .. 8 */
    int32_t missing_low;  /* column with missing = 0, or a category's first; -1 = unused */
    int32_t missing_high; /* column with missing = 255; -1 = unused */
} td_lane_feature;

/* Values of one number in a block of rows, and the columns of codes that become of them. */
typedef struct td_lane_cells {
    const double *x;    /* [n] */
    const double *next; /* what is read after these: to be fetched meanwhile, any address */
    uint64_t n;         /* <= TD_LANE_ROWS */
    uint8_t *low;       /* [TD_LANE_ROWS] rank, missing = 0; NULL = not wanted */
    uint8_t *high;      /* [TD_LANE_ROWS] rank, missing = 255; NULL = not wanted */
} td_lane_cells;

/* Fill the first n codes; those behind, up to TD_LANE_ROWS, are undefined afterwards. */
typedef void (*td_lane_rank_fn)(const td_lane_cells *cells, const td_lane_feature *feature);

/* leaf[TD_LANE_ROWS]: number of each row's leaf. codes: [columns][TD_LANE_ROWS], 64-byte aligned;
 * reach: TD_LANE_REACH bytes of scratch, likewise. */
typedef void (*td_lane_fn)(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                           void *reach);

/* A model prepared for blocks of rows. */
typedef struct td_lanes {
    const td_model *model; /* borrowed */
    int fits;              /* 0: more thresholds or columns than codes can tell apart */
    uint32_t n_columns;
    uint64_t n_nodes;         /* of all trees in use */
    td_lane_feature *feature; /* [n_features] */
    td_lane_tree *tree;       /* [trees in use] */
    double *table;            /* all thresholds */
    td_lane_node *node;       /* all nodes */
    td_lane_fn leaves;        /* kernels in use */
    td_lane_rank_fn rank;
} td_lanes;

/* Prepare the trees in use. *out owned*; the model is borrowed. O(nodes + features). */
td_status td_lanes_build(td_lanes *out, const td_model *model, td_error *err) TD_MUST_USE;
void td_lanes_free(td_lanes *lanes);

/* Bytes of scratch that a worker needs, a multiple of 64. */
uint64_t td_lanes_scratch_bytes(const td_lanes *lanes);

/* Raw scores of rows [begin, begin + n), n <= TD_LANE_ROWS: [n_outputs][TD_LANE_ROWS], the first n
 * of each output, inside `scratch`, which is aligned to 64. `source` [n_features]. */
const double *td_lanes_score(const td_lanes *lanes, const td_source *source, uint64_t begin,
                             uint64_t n, uint8_t *scratch);

/* A tree over columns of codes. node [n_leaves - 1] comes with column and code set and gets the
 * rest; the tree is borrowed. O(leaves). */
void td_lane_tree_make(td_lane_tree *out, td_lane_node *node, const td_tree *tree);

/* score[TD_LANE_ROWS] += leaf values of a block. scratch: TD_LANE_REACH + TD_LANE_ROWS bytes,
 * aligned to 64. */
void td_lane_tree_add(double *score, const td_lane_tree *tree, td_lane_fn leaves,
                      const uint8_t *codes, uint8_t *scratch);

/* The kernel of a level. Static, never NULL; may be called only where the CPU has the level. */
td_lane_fn td_lanes_kernel_at(td_simd level);
td_lane_rank_fn td_lane_rank_at(td_simd level);

void td_lane_leaves_scalar(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                           void *reach);
void td_lane_leaves_avx2(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                         void *reach);
void td_lane_leaves_avx512(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                           void *reach);
void td_lane_rank_scalar(const td_lane_cells *cells, const td_lane_feature *feature);
void td_lane_rank_avx512(const td_lane_cells *cells, const td_lane_feature *feature);

#endif
