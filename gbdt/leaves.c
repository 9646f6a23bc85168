/* gbdt/leaves.c: the value of a leaf comes from real gradients, not from the quantised ones.
 *
 * With G, H the sums over a leaf's rows, the value that minimises the second-order loss is
 *
 *     value = -T(G) / (H + l2),   T(G) = sign(G) max(|G| - l1, 0),   times the learning rate,
 *
 * moved into the leaf's bounds where features are monotone.
 *
 * 1. Note the leaf of every row: the only scattered access, four bytes a row.
 * 2. Cut the table into fixed chunks; in each, walk the rows in order and add every row's gradients
 *    to its leaf's sums. Row i adds to the sums of lane i % 4: neighbours often share a leaf, and
 *    would wait for each other. Chunks are as long as 256 rows a leaf at least, so their sums stay
 *    small beside the table.
 * 3. Add up the sums of chunks and lanes in this order: the bits depend on the leaves alone.
 *    Losses without a second derivative have their leaf values made again here (leaves_renew.c).
 * 4. Walk the rows in order again and add their leaf's value to the score.
 *
 * Cost: 40 bytes a row, in sequence but for step 1. */
#include "gbdt/leaves.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/bitmap.h"
#include "gbdt/leaves_renew.h"

enum { PIECE = 4096, PIECES_GRAIN = 4, CHUNK_ROWS = 16384, ROWS_A_LEAF = 256, LANES = 4 };

/* Some rows of one leaf: n listed ones, or those of words [first, first + n) of a bitmap, or first,
 * first + 1 ... */
typedef struct piece {
    uint32_t leaf;
    const uint32_t *row;
    const uint64_t *bits;
    uint64_t first, n;
} piece;

typedef struct leaf_sums {
    double grad, hess;
} leaf_sums;

typedef struct work {
    const td_leaf_job *job;
    const td_tree *tree;
    piece *piece;
    leaf_sums *sums; /* [chunks * LANES * n_leaves] */
    uint64_t chunk_rows;
} work;

/* Pieces of a branch's rows, from pieces[k] on (NULL = count only); returns the next k. A branch
 * that was expanded ahead of its turn and then not split holds its rows in its descendants. */
static uint64_t cut_branch(piece *pieces, uint64_t k, const td_grower *grower, uint32_t number,
                           uint32_t leaf) {
    const td_branch *branch = &grower->branch[number];
    if (branch->child != 0) {
        k = cut_branch(pieces, k, grower, branch->child, leaf);
        return cut_branch(pieces, k, grower, branch->child + 1, leaf);
    }
    int is_bits = branch->bits != NULL;
    const uint32_t *row = is_bits ? NULL : td_branch_rows(grower, branch);
    uint64_t n = is_bits ? td_bitmap_words(grower->blocks.n_rows) : branch->n;
    uint64_t most = is_bits ? PIECE / 16 : PIECE;
    for (uint64_t at = 0; at < n; at += most, k++) {
        if (pieces == NULL) continue;
        pieces[k] = (piece){leaf, row != NULL ? row + at : NULL, branch->bits, at,
                            n - at < most ? n - at : most};
    }
    return k;
}

static uint64_t cut_pieces(piece *pieces, const td_tree *tree, const td_grower *grower) {
    uint64_t k = 0;
    for (uint32_t j = 0; j < tree->n_leaves; j++) {
        k = cut_branch(pieces, k, grower, grower->leaf[j].branch, j);
    }
    return k;
}

/* Step 1. */
static td_status note_leaves(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const work *all = ctx;
    for (uint64_t k = chunk.begin; k < chunk.end; k++) {
        const piece *part = &all->piece[k];
        uint32_t *leaf_of = all->job->leaf_of;
        if (part->bits != NULL) {
            td_bitmap_fill(leaf_of, part->leaf, part->bits, part->first, part->first + part->n);
            continue;
        }
        for (uint64_t i = 0; i < part->n; i++) {
            uint64_t row = part->row != NULL ? part->row[i] : part->first + i;
            leaf_of[row] = part->leaf;
        }
    }
    return TD_OK;
}

/* Step 2. */
static td_status sum_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const work *all = ctx;
    const td_leaf_job *job = all->job;
    uint64_t n_leaves = all->tree->n_leaves;
    leaf_sums *sums = all->sums + chunk.index * LANES * n_leaves;
    memset(sums, 0, LANES * n_leaves * sizeof *sums);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t j = job->leaf_of[i];
        if (j == TD_NO_LEAF) continue;
        leaf_sums *sum = &sums[i % LANES * n_leaves + j];
        sum->grad += job->grad[i];
        sum->hess += job->hess[i];
    }
    return TD_OK;
}

/* Step 4. */
static td_status score_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const work *all = ctx;
    const td_leaf_job *job = all->job;
    const double *value = all->tree->leaf_value;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t j = job->leaf_of[i];
        if (j != TD_NO_LEAF) job->score[i] += value[j];
    }
    return TD_OK;
}

/* The bounds are those of monotone features, else infinite. */
static double value_of(leaf_sums sums, const td_branch *branch, const td_train_params *params) {
    double l2 = params->lambda_l2 + branch->extra_l2, value = 0;
    double size = fmax(fabs(sums.grad) - params->lambda_l1, 0);
    if (sums.hess + l2 > 0) value = size / (sums.hess + l2);
    if (sums.grad > 0) value = -value;
    return params->learning_rate * fmin(fmax(value, branch->bounds.low), branch->bounds.high);
}

/* Step 3. */
static void set_values(td_tree *tree, const work *all) {
    const td_grower *grower = all->job->grower;
    uint64_t n_chunks = td_par_n_chunks(all->job->n_rows, all->chunk_rows);
    for (uint32_t j = 0; j < tree->n_leaves; j++) {
        leaf_sums sums = {0};
        for (uint64_t k = 0; k < LANES * n_chunks; k++) {
            const leaf_sums *part = &all->sums[k * tree->n_leaves + j];
            sums.grad += part->grad;
            sums.hess += part->hess;
        }
        const td_branch *branch = td_leaf_branch(grower, j);
        tree->leaf_value[j] = value_of(sums, branch, grower->params);
        tree->leaf_weight[j] = sums.hess;
        tree->leaf_rows[j] = branch->n;
    }
}

static td_status run(td_tree *tree, work *all, td_error *err) {
    const td_leaf_job *job = all->job;
    const td_exec *exec = job->grower->exec;
    uint64_t n_pieces = cut_pieces(NULL, tree, job->grower);
    uint64_t n_chunks = td_par_n_chunks(job->n_rows, all->chunk_rows);
    TD_NEW(all->piece, n_pieces, err);
    TD_NEW(all->sums, LANES * n_chunks * tree->n_leaves, err);
    (void)cut_pieces(all->piece, tree, job->grower);
    TD_TRY(td_par_for(exec, n_pieces, PIECES_GRAIN, note_leaves, all, err));
    TD_TRY(td_par_for(exec, job->n_rows, all->chunk_rows, sum_chunk, all, err));
    set_values(tree, all);
    if (job->renew != NULL) TD_TRY(td_leaves_renew(tree, job, err));
    return td_par_for(exec, job->n_rows, CHUNK_ROWS, score_chunk, all, err);
}

td_status td_leaves_finish(td_tree *tree, const td_leaf_job *job, td_error *err) {
    work all = {.job = job, .tree = tree, .chunk_rows = (uint64_t)tree->n_leaves * ROWS_A_LEAF};
    if (all.chunk_rows < CHUNK_ROWS) all.chunk_rows = CHUNK_ROWS;
    td_status status = run(tree, &all, err);
    td_mem_free(all.piece);
    td_mem_free(all.sums);
    return status;
}
