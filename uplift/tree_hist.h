/* uplift/tree_hist.h: histograms of effect trees, made by the trainer's machinery.
 *
 * The trainer sums gradient, hessian and rows of a bin. An effect tree wants weighted outcome,
 * weight and rows of a bin and arm: the same three sums, arm by arm. So a forest's table is laid
 * out as the trainer's blocks (gbdt/hist.h), each row followed by its two integers
 * (gbdt/quantise.h):
 *
 *     grad = outcome * weight / unit of the row's arm        hess = weight / unit of the row's arm
 *
 *     | codes of a row | word |          table, shared by all trees
 *           |  drawn, arm after arm
 *           v
 *     | codes | word |                   a tree's rows by themselves
 *
 * and a node's histogram is that of the trainer, once for each arm: arm a's tracks begin at
 * a * n_tracks * TD_HIST_STRIDE words (packed) or a * n_tracks * TD_SUMS_STRIDE (sums). It is
 * packed when no arm has more than TD_PACKED_ROWS rows in the node.
 *
 * What is exact: row counts always; outcomes and weights where they are integers of 11 bits times a
 * power of two (0 and 1 are), or where all rows of an arm weigh the same. Others are rounded as
 * the trainer rounds gradients, without bias, to 1/2048 of the largest or finer, or, where few rows
 * hold nearly all of the sum or a row weighs less than such a step, to nearest with 40 bits.
 * Rounded sums only choose splits; leaf values are means of the real outcomes (tree_grow.c). Sums
 * of integers do not depend on their order. */
#ifndef TD_UPLIFT_TREE_HIST_H
#define TD_UPLIFT_TREE_HIST_H

#include "gbdt/hist.h"
#include "gbdt/pool.h"
#include "gbdt/quantise.h"
#include "uplift/forest.h"

/* Rows of a forest as its trees count them: made once, read by all trees. */
typedef struct td_effect_table {
    td_blocks blocks;
    td_quantised q;
    uint32_t n_arms;
    uint32_t *slot;                           /* [n_features] n_slots = it has a single bin */
    double outcome_scale[TD_UPLIFT_MAX_ARMS]; /* real = integer * scale, by arm */
    double weight_scale[TD_UPLIFT_MAX_ARMS];
} td_effect_table;

/* *out owned*; rows->binned must outlive it. O(rows * features). */
td_status td_effect_table_build(td_effect_table *out, const td_forest_rows *rows,
                                const td_exec *exec, td_error *err) TD_MUST_USE;
void td_effect_table_free(td_effect_table *table);

/* A node's rows: places among its tree's rows, arm after arm; drawn twice, a row is there twice. */
typedef struct td_node_rows {
    const uint32_t *place;
    const uint32_t *n; /* [n_arms] */
} td_node_rows;

static inline uint64_t td_node_rows_all(td_node_rows node, uint32_t n_arms) {
    uint64_t n = 0;
    for (uint32_t a = 0; a < n_arms; a++) n += node.n[a];
    return n;
}

enum { TD_EFFECT_POOL = 64 }; /* histograms of one form alive: one a level, at most 60 + 3 */

/* What a tree counts with; one thread's. */
typedef struct td_effect_hists {
    const td_effect_table *table;
    td_blocks blocks;  /* the tree's rows, arm after arm */
    td_quantised wide; /* wide integers of these rows; empty in the narrow form */
    td_pool packed, sums;
    uint64_t most_bytes; /* of histograms that wait for their node's turn */
    uint64_t *tile;      /* [n_tracks * TD_HIST_STRIDE] one piece of an arm's rows */
    td_hist few;         /* of a node of few rows; all 0 between two of them */
} td_effect_hists;

/* row[n]: rows of the table, arm after arm. *out starts zeroed, owned.* */
td_status td_effect_hists_init(td_effect_hists *out, const td_effect_table *table,
                               const uint32_t *row, uint64_t n, td_error *err) TD_MUST_USE;
void td_effect_hists_free(td_effect_hists *hists);

/* Are there rows enough for a histogram of the node's own, from which its children's can be made?
 * Below, clearing and subtracting bins costs more than counting rows again. */
int td_effect_hist_pays(const td_effect_hists *hists, uint64_t n_rows);

/* The node's histogram, from its rows. *out goes back by _put. O(rows * tracks + bins). */
td_status td_effect_hist_count(td_hist *out, td_effect_hists *hists, td_node_rows node,
                               td_error *err) TD_MUST_USE;

/* Histograms of two children: `small` is counted, `large` is what it leaves of `parent`, which is
 * consumed. Neither is made (both NULL) where those that wait would take more than most_bytes: then
 * each is counted when its turn comes. O(rows of small * tracks + bins). */
typedef struct td_effect_children {
    td_node_rows small, large;
    td_hist small_hist, large_hist;
} td_effect_children;
td_status td_effect_hist_part(td_effect_children *children, td_effect_hists *hists, td_hist parent,
                              td_error *err) TD_MUST_USE;

/* total[3 * n_arms] of a node: grad of each arm, then hess, then rows. O(bins of a track). */
void td_effect_hist_total(int64_t *total, const td_effect_hists *hists, const td_hist *hist);

void td_effect_hist_put(td_effect_hists *hists, td_hist *hist);

/* Counting a node of few rows without clearing bins that it does not meet: *borrowed* until
 * _forget, which sets these bins back to 0. O(rows * tracks). */
const td_hist *td_effect_hist_few(td_effect_hists *hists, td_node_rows node);
void td_effect_hist_forget(td_effect_hists *hists, td_node_rows node);

#endif
