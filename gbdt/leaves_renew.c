/* gbdt/leaves_renew.c: the best constant of a leaf when the loss has no useful second derivative.
 *
 * For absolute error and quantiles the best constant for the rows of a leaf is a weighted quantile
 * of their residuals (Friedman 2001, doi:10.1214/aos/1013203451, algorithm 3; Koenker and Bassett
 * 1978, doi:10.2307/1913643). A Newton step with hessian 1 would only count signs.
 *
 *     row       0  1  2  3  4  5          residuals of leaf 0 | of leaf 1
 *     leaf of   0  1  1  0  -  1    -->   r0 r3               | r1 r2 r5       then each is sorted
 *
 * 1. Places: leaf j's residuals begin behind those of the leaves before it.
 * 2. One pass over the rows, in order, puts every residual at its leaf's next place.
 * 3. Leaf by leaf, in parallel: sort, add up weights in sorted order, take the value
 *    (loss_value.c). Nothing depends on which thread has which leaf.
 *
 * Cost: one pass over the rows and a radix sort of their residuals a tree. */
#include "gbdt/leaves_renew.h"

#include <math.h>

#include "core/base/mem.h"
#include "gbdt/loss_value.h"

typedef struct work {
    const td_leaf_job *job;
    td_tree *tree;
    td_keyed *rows, *scratch; /* [rows of the tree] */
    uint64_t *begin;          /* [n_leaves + 1] */
} work;

/* Steps 1 and 2. begin[j] runs to the end of leaf j while filling, then is put back. */
static void gather(work *all) {
    const td_leaf_job *job = all->job;
    uint32_t n_leaves = all->tree->n_leaves;
    all->begin[0] = 0;
    for (uint32_t j = 0; j < n_leaves; j++) {
        all->begin[j + 1] = all->begin[j] + all->tree->leaf_rows[j];
    }
    for (uint64_t i = 0; i < job->n_rows; i++) {
        uint32_t j = job->leaf_of[i];
        if (j == TD_NO_LEAF) continue;
        all->rows[all->begin[j]++] = td_value_keyed(job->renew->label[i] - job->score[i], i);
    }
    for (uint32_t j = n_leaves; j > 0; j--) all->begin[j] = all->begin[j - 1];
    all->begin[0] = 0;
}

/* Step 3 for one leaf. */
static td_status renew_leaf(void *ctx, td_chunk chunk, td_error *err) {
    const work *all = ctx;
    const td_leaf_job *job = all->job;
    uint32_t j = (uint32_t)chunk.begin;
    uint64_t begin = all->begin[j];
    td_weighted set = {all->rows + begin, all->scratch + begin, all->begin[j + 1] - begin,
                       job->renew->weight};
    const td_bounds *bounds = &td_leaf_branch(job->grower, j)->bounds;
    double value = 0;
    TD_TRY(td_value_quantile(&value, &set, job->renew->share, err));
    value = fmin(fmax(value, bounds->low), bounds->high);
    all->tree->leaf_value[j] = job->grower->params->learning_rate * value;
    return TD_OK;
}

td_status td_leaves_renew(td_tree *tree, const td_leaf_job *job, td_error *err) {
    work all = {.job = job, .tree = tree};
    uint64_t n = 0;
    for (uint32_t j = 0; j < tree->n_leaves; j++) n += tree->leaf_rows[j];
    all.rows = td_mem_array(n, sizeof *all.rows, err);
    all.scratch = td_mem_array(n, sizeof *all.scratch, err);
    all.begin = td_mem_array((uint64_t)tree->n_leaves + 1, sizeof *all.begin, err);
    int is_ready = all.rows != NULL && all.scratch != NULL && all.begin != NULL;
    td_status status = is_ready ? TD_OK : TD_ERR_NOMEM;
    if (status == TD_OK) {
        gather(&all);
        status = td_par_for(job->grower->exec, tree->n_leaves, 1, renew_leaf, &all, err);
    }
    td_mem_free(all.rows);
    td_mem_free(all.scratch);
    td_mem_free(all.begin);
    return status;
}
