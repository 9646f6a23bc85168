/* gbdt/walk.c: scoring coded rows, for validation rows and rows that a tree was not grown on.
 *
 * A number's question x <= t with t = upper[b] is "code <= b"; the missing code is added by the
 * node's direction. A category's question is its set of levels, whose codes are the same numbers.
 * So every question is one bit of a 256-bit set. Cost: depth random byte reads a row. */
#include "gbdt/walk.h"

#include "core/base/mem.h"

enum { GRAIN = 4096 };

void td_walk_free(td_walk *walk) {
    td_mem_free(walk->left);
    walk->left = NULL;
}

static td_bin_set codes_left_of(const td_tree *tree, const td_node *node, const td_bins *bins) {
    if (node->is_category) return tree->sets[node->set];
    td_bin_set set = {{0}};
    for (uint32_t b = 0; b < bins->n_values && bins->upper[b] <= node->threshold; b++) {
        td_bin_set_add(&set, b);
    }
    if (node->missing_left) td_bin_set_add(&set, bins->n_values);
    return set;
}

td_status td_walk_init(td_walk *out, const td_tree *tree, const td_binned *binned, td_error *err) {
    *out = (td_walk){tree, binned, NULL};
    TD_NEW(out->left, tree->n_leaves - 1, err);
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *node = &tree->node[i];
        out->left[i] = codes_left_of(tree, node, &binned->bin[node->feature]);
    }
    return TD_OK;
}

uint32_t td_walk_leaf(const td_walk *walk, uint64_t row) {
    int32_t at = walk->tree->n_leaves > 1 ? 0 : ~0;
    while (at >= 0) {
        const td_node *node = &walk->tree->node[at];
        uint32_t code = td_binned_codes(walk->binned, node->feature)[row];
        at = td_bin_set_has(&walk->left[at], code) ? node->left : node->right;
    }
    return (uint32_t)~at;
}

typedef struct job {
    double *score;
    const td_walk *walk;
    const uint8_t *skip;
} job;

static td_status walk_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        if (work->skip != NULL && work->skip[i]) continue;
        work->score[i] += work->walk->tree->leaf_value[td_walk_leaf(work->walk, i)];
    }
    return TD_OK;
}

td_status td_walk_add(double *score, const td_walk *walk, const uint8_t *skip, const td_exec *exec,
                      td_error *err) {
    job work = {score, walk, skip};
    return td_par_for(exec, walk->binned->n_rows, GRAIN, walk_chunk, &work, err);
}
