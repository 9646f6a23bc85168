/* gbdt/leaves.c: the value of a leaf comes from real gradients, not from the quantised ones.
 *
 * With G, H the sums over a leaf's rows, the value that minimises the second-order loss is
 *
 *     value = -T(G) / (H + l2),   T(G) = sign(G) max(|G| - l1, 0),   times the learning rate
 *
 * A leaf's rows ascend in the grower's order. They are cut into pieces of PIECE rows; a piece is
 * summed in row order, the pieces of a leaf are added in order, so the bits depend on the leaf's rows
 * alone. Two passes: sums, then scores. Cost: two scattered reads and one scattered write a row. */
#include "gbdt/leaves.h"

#include <math.h>

#include "core/base/mem.h"

enum { PIECE = 4096, PIECES_GRAIN = 4 };

typedef struct piece {
    uint32_t leaf;
    const uint32_t *row;
    uint64_t n;
    double grad, hess; /* sums */
} piece;

typedef struct work {
    const td_leaf_job *job;
    const td_tree *tree;
    piece *piece;
} work;

static uint64_t count_pieces(const td_tree *tree, const td_grower *grower) {
    uint64_t n = 0;
    for (uint32_t j = 0; j < tree->n_leaves; j++) n += td_par_n_chunks(grower->leaf[j].n, PIECE);
    return n;
}

static void cut_pieces(piece *pieces, const td_tree *tree, const td_grower *grower) {
    uint64_t k = 0;
    for (uint32_t j = 0; j < tree->n_leaves; j++) {
        const td_leaf *leaf = &grower->leaf[j];
        for (uint64_t at = 0; at < leaf->n; at += PIECE) {
            uint64_t n = leaf->n - at < PIECE ? leaf->n - at : PIECE;
            pieces[k++] = (piece){.leaf = j, .row = grower->order + leaf->begin + at, .n = n};
        }
    }
}

static td_status sum_pieces(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const work *all = ctx;
    for (uint64_t k = chunk.begin; k < chunk.end; k++) {
        piece *part = &all->piece[k];
        for (uint64_t i = 0; i < part->n; i++) {
            part->grad += all->job->grad[part->row[i]];
            part->hess += all->job->hess[part->row[i]];
        }
    }
    return TD_OK;
}

static td_status score_pieces(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const work *all = ctx;
    for (uint64_t k = chunk.begin; k < chunk.end; k++) {
        const piece *part = &all->piece[k];
        double value = all->tree->leaf_value[part->leaf];
        for (uint64_t i = 0; i < part->n; i++) all->job->score[part->row[i]] += value;
    }
    return TD_OK;
}

static double value_of(double grad, double hess, double l2, const td_train_params *params) {
    double size = fmax(fabs(grad) - params->lambda_l1, 0);
    if (!(hess + l2 > 0)) return 0;
    double value = params->learning_rate * (size / (hess + l2));
    return grad > 0 ? -value : value;
}

static void set_values(td_tree *tree, const td_grower *grower, const piece *pieces, uint64_t n) {
    uint64_t k = 0;
    for (uint32_t j = 0; j < tree->n_leaves; j++) {
        double grad = 0, hess = 0;
        for (; k < n && pieces[k].leaf == j; k++) {
            grad += pieces[k].grad;
            hess += pieces[k].hess;
        }
        const td_leaf *leaf = &grower->leaf[j];
        double l2 = grower->params->lambda_l2 + leaf->extra_l2;
        tree->leaf_value[j] = value_of(grad, hess, l2, grower->params);
        tree->leaf_weight[j] = hess;
        tree->leaf_rows[j] = leaf->n;
    }
}

td_status td_leaves_finish(td_tree *tree, const td_leaf_job *job, td_error *err) {
    const td_grower *grower = job->grower;
    uint64_t n = count_pieces(tree, grower);
    work all = {job, tree, NULL};
    TD_NEW(all.piece, n, err);
    cut_pieces(all.piece, tree, grower);
    td_status status = td_par_for(grower->exec, n, PIECES_GRAIN, sum_pieces, &all, err);
    if (status == TD_OK) {
        set_values(tree, grower, all.piece, n);
        status = td_par_for(grower->exec, n, PIECES_GRAIN, score_pieces, &all, err);
    }
    td_mem_free(all.piece);
    return status;
}
