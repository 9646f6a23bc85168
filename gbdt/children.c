/* gbdt/children.c: what a leaf needs before it can be split: its histogram and its best split.
 *
 *     parent's histogram ----(minus)----> larger child's histogram --> best split
 *     smaller child's rows --(count)--> smaller child's histogram --> best split
 *
 * 1. Smaller child, packed form (at most TD_PACKED_ROWS rows): counted block by block in step 2.
 *    More rows: each piece of TD_PACKED_ROWS rows is counted into a worker's tile and added to the
 *    leaf's 64-bit planes under the block's lock. Pieces arrive in any order; integers commute.
 * 2. Per block of features, in parallel: count (packed form), subtract, search both children.
 * 3. The best splits of the blocks are joined in block order, so ties go to the lower feature.
 *
 * Forms: a child of a packed parent is packed. A larger child that comes down to TD_PACKED_ROWS rows
 * is packed from planes. With wide gradients (quantise.h) every histogram has planes.
 * Cost: rows of the smaller child * features + bins; all of it parallel over blocks and pieces. */
#include "gbdt/children.h"

#include <string.h>

#include "core/base/mem.h"

/* A leaf with less than 1 / SCATTERED of its shelf's rows is copied; offsets in a copy need 32 bits. */
enum { SCATTERED = 2, MOST_COPIED = 1 << 26 };

/* ---- buffers --------------------------------------------------------------------------------- */

td_status td_pool_get(void **out, td_pool *pool, td_error *err) {
    if (pool->n_free == 0) {
        void *made = td_mem_array(pool->words, sizeof(uint64_t), err);
        if (made == NULL) return TD_ERR_NOMEM;
        pool->made[pool->n_made++] = made;
        pool->free[pool->n_free++] = made;
    }
    *out = pool->free[--pool->n_free];
    return TD_OK;
}

void td_hist_put(td_grower *grower, td_hist *hist) {
    if (hist->packed != NULL) grower->packed.free[grower->packed.n_free++] = hist->packed;
    if (hist->sums != NULL) grower->sums.free[grower->sums.n_free++] = hist->sums;
    *hist = (td_hist){0};
}

static td_status hist_get(td_hist *out, td_grower *grower, int is_packed, td_error *err) {
    void *buffer = NULL;
    TD_TRY(td_pool_get(&buffer, is_packed ? &grower->packed : &grower->sums, err));
    *out = is_packed ? (td_hist){.packed = buffer} : (td_hist){.sums = buffer};
    return TD_OK;
}

/* ---- one evaluation -------------------------------------------------------------------------- */

/* A leaf and, when it has a sibling, what the sibling's histogram is made from. */
typedef struct evaluation {
    td_grower *grower;
    const td_growth *growth;
    td_leaf *small;  /* its histogram is counted from its rows */
    td_leaf *large;  /* NULL, or: its histogram is parent - small */
    td_hist parent;  /* consumed when large is set */
    int needs_count; /* step 2 counts small's packed histogram */
    int search_small;
    uint32_t shelf;    /* 0, or: small's rows are copied there while they are counted */
    td_shelf *copy_to; /* that shelf, else NULL */
} evaluation;

/* What to count for the smaller child in one block: n of its rows from `begin` on. */
static td_count count_of(const evaluation *job, uint32_t block, uint64_t begin, uint64_t n) {
    const td_grower *grower = job->grower;
    const td_leaf *small = job->small;
    td_count count = {.blocks = &grower->blocks,
                      .block = block,
                      .shelf = &grower->shelves.shelf[small->shelf],
                      .n = n,
                      .copy_to = job->copy_to,
                      .copy_at = begin};
    if (small->parent < 0 && job->growth->row == NULL) {
        count.first = begin; /* all rows in their own order: codes are read in sequence */
    } else {
        count.place = grower->order + small->begin + begin;
    }
    return count;
}

static void lock_block(atomic_flag *lock) {
    while (atomic_flag_test_and_set_explicit(lock, memory_order_acquire)) {}
}

/* Step 1: piece chunk.index / n_blocks of the rows, block chunk.index % n_blocks. */
static td_status add_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const evaluation *job = ctx;
    td_grower *grower = job->grower;
    const td_blocks *blocks = &grower->blocks;
    uint32_t b = (uint32_t)(chunk.index % blocks->n_blocks);
    const td_block *block = &blocks->block[b];
    uint64_t begin = chunk.index / blocks->n_blocks * TD_PACKED_ROWS;
    uint64_t left = job->small->n - begin;
    td_count count = count_of(job, b, begin, left < TD_PACKED_ROWS ? left : TD_PACKED_ROWS);
    uint64_t *tile = grower->tile + (uint64_t)chunk.worker * TD_BLOCK_FEATURES * TD_HIST_STRIDE;
    td_hist_packed(tile, &count);
    lock_block(&grower->lock[b]);
    for (uint32_t j = 0; j < block->width; j++) {
        uint64_t slot = block->first + j;
        td_hist_unpack(job->small->hist.sums + slot * TD_SUMS_STRIDE, tile + j * TD_HIST_STRIDE,
                       blocks->bin[slot]->n_bins, 1);
    }
    atomic_flag_clear_explicit(&grower->lock[b], memory_order_release);
    return TD_OK;
}

/* large = parent - small in one slot; bin words beyond n_bins are never read. */
static void subtract_slot(const evaluation *job, uint32_t slot) {
    uint32_t n_bins = job->grower->blocks.bin[slot]->n_bins;
    const td_hist *small = &job->small->hist, *large = &job->large->hist;
    uint64_t at = (uint64_t)slot * TD_HIST_STRIDE, sums_at = (uint64_t)slot * TD_SUMS_STRIDE;
    if (job->parent.packed != NULL) {
        uint64_t *word = job->parent.packed + at;
        for (uint32_t b = 0; b < n_bins; b++) word[b] -= small->packed[at + b];
        return;
    }
    int64_t *sums = job->parent.sums + sums_at;
    if (small->packed != NULL) {
        td_hist_unpack(sums, small->packed + at, n_bins, -1);
        if (large->packed != NULL) td_hist_pack(large->packed + at, sums, n_bins);
        return;
    }
    for (int plane = 0; plane < 3; plane++) {
        int64_t *to = sums + plane * TD_HIST_STRIDE;
        const int64_t *less = small->sums + sums_at + plane * TD_HIST_STRIDE;
        for (uint32_t b = 0; b < n_bins; b++) to[b] -= less[b];
    }
}

static void search_slot(const evaluation *job, td_split *best, const td_leaf *leaf, uint32_t slot) {
    const uint8_t *use = job->growth->use_slot;
    if (use != NULL && !use[slot]) return;
    td_split_search(best, &leaf->hist, &job->grower->blocks, slot, &job->grower->rule);
}

/* Step 2 for one block. */
static td_status evaluate_block(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const evaluation *job = ctx;
    const td_grower *grower = job->grower;
    const td_block *block = &grower->blocks.block[chunk.index];
    const td_quantised *q = job->growth->q;
    uint64_t first = block->first;
    td_count count = count_of(job, (uint32_t)chunk.index, 0, job->small->n);
    if (job->needs_count) {
        td_hist_packed(job->small->hist.packed + first * TD_HIST_STRIDE, &count);
    } else if (q->is_wide) {
        td_hist_sums(job->small->hist.sums + first * TD_SUMS_STRIDE, &count, q);
    }
    td_split *best = grower->found + 2 * chunk.index;
    best[0] = best[1] = (td_split){0};
    for (uint32_t j = 0; j < block->width; j++) {
        uint32_t slot = block->first + j;
        if (job->search_small) search_slot(job, &best[0], job->small, slot);
        if (job->large == NULL) continue;
        subtract_slot(job, slot);
        search_slot(job, &best[1], job->large, slot);
    }
    return TD_OK;
}

/* Step 3. */
static td_split join_blocks(const td_grower *grower, int side) {
    td_split best = {0};
    for (uint32_t b = 0; b < grower->blocks.n_blocks; b++) {
        const td_split *found = &grower->found[2 * b + (uint32_t)side];
        if (found->gain > best.gain) best = *found;
    }
    return best;
}

/* Copy the smaller child's rows when they are scattered and will be read again. */
static void choose_shelf(evaluation *job) {
    td_grower *grower = job->grower;
    const td_leaf *small = job->small;
    uint64_t span = grower->shelves.shelf[small->shelf].n;
    if (job->growth->q->is_wide || !job->search_small || small->parent < 0) return;
    if (small->n * SCATTERED > span || small->n > MOST_COPIED) return;
    job->shelf = td_shelves_open(&grower->shelves, small->n);
    job->copy_to = job->shelf != 0 ? &grower->shelves.shelf[job->shelf] : NULL;
}

/* The copy's rows stand in order. */
static void use_shelf(evaluation *job) {
    td_leaf *small = job->small;
    if (job->shelf == 0) return;
    small->shelf = job->shelf;
    uint32_t *place = job->grower->order + small->begin;
    for (uint64_t i = 0; i < small->n; i++) place[i] = (uint32_t)i;
}

static td_status run(evaluation *job, td_error *err) {
    td_grower *grower = job->grower;
    choose_shelf(job);
    uint64_t n_blocks = grower->blocks.n_blocks;
    int is_packed = !job->growth->q->is_wide && job->small->n <= TD_PACKED_ROWS;
    TD_TRY(hist_get(&job->small->hist, grower, is_packed, err));
    job->needs_count = is_packed;
    if (!is_packed && !job->growth->q->is_wide) {
        memset(job->small->hist.sums, 0, grower->sums.words * sizeof(int64_t));
        uint64_t n_pieces = td_par_n_chunks(job->small->n, TD_PACKED_ROWS);
        TD_TRY(td_par_for(grower->exec, n_pieces * n_blocks, 1, add_piece, job, err));
    }
    TD_TRY(td_par_for(grower->exec, n_blocks, 1, evaluate_block, job, err));
    use_shelf(job);
    job->small->split = join_blocks(grower, 0);
    if (job->large != NULL) job->large->split = join_blocks(grower, 1);
    return TD_OK;
}

td_status td_leaf_evaluate(td_grower *grower, const td_growth *growth, td_leaf *leaf,
                           td_error *err) {
    evaluation job = {.grower = grower, .growth = growth, .small = leaf, .search_small = 1};
    return run(&job, err);
}

td_status td_children_evaluate(td_grower *grower, const td_growth *growth, td_hist parent,
                               td_leaf *child[2], td_error *err) {
    int swap = child[0]->n > child[1]->n;
    td_leaf *small = child[swap], *large = child[!swap];
    evaluation job = {.grower = grower, .growth = growth, .small = small, .parent = parent};
    job.search_small = td_leaf_may_split(grower->params, small->n, small->depth);
    if (!td_leaf_may_split(grower->params, large->n, large->depth)) {
        td_hist_put(grower, &job.parent); /* small has no more rows than large: nothing to do */
        return TD_OK;
    }
    job.large = large;
    large->hist = parent;
    int packs = parent.sums != NULL && !growth->q->is_wide && large->n <= TD_PACKED_ROWS;
    if (packs) {
        large->hist = (td_hist){0};
        TD_TRY(hist_get(&large->hist, grower, 1, err));
    }
    TD_TRY(run(&job, err));
    if (packs) td_hist_put(grower, &job.parent);
    if (small->split.gain == 0) td_hist_put(grower, &small->hist);
    if (large->split.gain == 0) td_hist_put(grower, &large->hist);
    return TD_OK;
}
