/* gbdt/children.c: what a leaf needs before it can be split: its histogram and its best split.
 *
 *     parent's histogram ----(minus)----> larger child's histogram --> best split
 *     smaller child's rows --(count)--> smaller child's histogram --> best split
 *
 * 1. Smaller child, packed form (at most TD_PACKED_ROWS rows): counted block by block in step 2.
 *    More rows: each piece of at most TD_PACKED_ROWS is counted into a worker's tile and added to
 *    the leaf's 64-bit planes under the panel's lock. Pieces arrive in any order; integers commute.
 * 2. Per block of tracks, in parallel: count (packed form), subtract, search both children; where
 *    step 1 has counted, per track.
 * 3. The best splits of the workers are joined; ties go to the lower feature.
 *
 * A feature with no split that keeps the limits on rows and hessians is closed for all leaves
 * below: their sides are parts of these. A track is cleared, subtracted and searched only while a
 * member is open (of zero-inflated features a third of the searches fall away in small tables).
 *
 * Forms: a child of a packed parent is packed. A larger child that comes down to TD_PACKED_ROWS
 * rows is packed from planes. With wide gradients (quantise.h) every histogram has planes.
 * Cost: rows of the smaller child * features + bins; all of it parallel over blocks and pieces. */
#include "gbdt/children.h"

#include <string.h>

#include "gbdt/stock.h"

enum { BATCH = 1024 };

/* A branch and, when it has a sibling, what the sibling's histogram is made from. */
typedef struct evaluation {
    const td_crew *crew;
    td_grower *grower;
    const td_growth *growth;
    td_branch *small; /* its histogram is counted from its rows */
    td_branch *large; /* NULL, or: its histogram is parent - small */
    td_hist parent;   /* consumed when large is set */
    uint64_t piece;   /* rows of a piece */
    int needs_count;  /* step 2 counts small's packed histogram */
    int search_small;
    int first, last; /* workers who search */
} evaluation;

/* Call fn on chunks of one element: by all threads, or here. */
static td_status for_each(evaluation *job, uint64_t n, td_par_fn fn, td_error *err) {
    if (!job->crew->is_alone) return td_par_for(job->grower->exec, n, 1, fn, job, err);
    for (uint64_t i = 0; i < n; i++) {
        td_chunk chunk = {.index = i, .begin = i, .end = i + 1, .worker = job->crew->worker};
        TD_TRY(fn(job, chunk, err));
    }
    return TD_OK;
}

/* What to count for the smaller child in one block: n of its rows from `begin` on. */
static td_count count_of(const evaluation *job, uint32_t block, uint64_t begin, uint64_t n) {
    const td_grower *grower = job->grower;
    const td_branch *small = job->small;
    td_count count = {.blocks = &grower->blocks, .block = block, .n = n};
    const uint32_t *row = td_branch_rows(grower, small);
    if (row == NULL) {
        count.first = begin; /* all rows in their own order: codes are read in sequence */
    } else {
        count.row = row + begin;
    }
    return count;
}

static uint64_t at_most(uint64_t n, uint64_t limit) { return n < limit ? n : limit; }

/* The root's rows receive the tree's gradients right before they are counted. */
static void put_words(const evaluation *job, uint32_t panel, uint64_t begin, uint64_t n) {
    td_blocks *blocks = &job->grower->blocks;
    td_count rows = count_of(job, blocks->panel[panel].first_block, begin, n);
    td_blocks_put_words(blocks, panel, job->growth->q->word, rows.row, rows.first, n);
}

/* Add n rows from `begin` on to the tiles of a panel's blocks, block by block; `left` rows of the
 * piece come after them. */
static void count_batch(uint64_t *tile, const evaluation *job, uint32_t number, uint64_t begin,
                        uint64_t n, uint64_t left) {
    const td_blocks *blocks = &job->grower->blocks;
    const td_panel *panel = &blocks->panel[number];
    if (job->large == NULL) put_words(job, number, begin, n);
    for (uint32_t k = 0; k < panel->n_blocks; k++) {
        const td_block *block = &blocks->block[panel->first_block + k];
        td_count count = count_of(job, panel->first_block + k, begin, n);
        if (k > 0 && k + 1 == panel->n_blocks && count.row != NULL) {
            count.soon = count.row + n;
            count.n_soon = at_most(n, left);
        }
        td_hist_add(tile + (block->first - panel->first) * TD_HIST_STRIDE, &count);
    }
}

/* Count rows [begin, end) of the smaller child into the tiles of a panel's blocks. A block's tile
 * fills the level 1 cache, so each block takes a batch of rows before the next one begins; the
 * batch's codes and gradients wait in the level 2 cache. */
static void count_panel(uint64_t *tile, const evaluation *job, uint32_t number, uint64_t begin,
                        uint64_t end) {
    const td_blocks *blocks = &job->grower->blocks;
    const td_panel *panel = &blocks->panel[number];
    for (uint32_t k = 0; k < panel->n_blocks; k++) {
        const td_block *block = &blocks->block[panel->first_block + k];
        td_hist_clear(tile + (block->first - panel->first) * TD_HIST_STRIDE, blocks, block);
    }
    for (uint64_t at = begin; at < end; at += BATCH) {
        uint64_t n = at_most(end - at, BATCH);
        count_batch(tile, job, number, at, n, end - at - n);
    }
}

/* Step 1: piece chunk.index / n_panels of the rows, panel chunk.index % n_panels. */
static td_status add_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const evaluation *job = ctx;
    td_grower *grower = job->grower;
    const td_blocks *blocks = &grower->blocks;
    uint32_t k = (uint32_t)(chunk.index % blocks->n_panels);
    const td_panel *panel = &blocks->panel[k];
    uint64_t begin = chunk.index / blocks->n_panels * job->piece;
    uint64_t *tile = grower->tile + (uint64_t)chunk.worker * TD_TILE_WORDS;
    count_panel(tile, job, k, begin, at_most(job->small->n, begin + job->piece));
    td_lock(&grower->lock[k]);
    for (uint64_t t = panel->first; t < panel->first + panel->width; t++) {
        td_hist_unpack(job->small->hist.sums + t * TD_SUMS_STRIDE,
                       tile + (t - panel->first) * TD_HIST_STRIDE, blocks->track[t].n_codes, 1);
    }
    td_unlock(&grower->lock[k]);
    return TD_OK;
}

/* large = parent - small in one track, bins only. */
static void subtract_track(const evaluation *job, uint32_t track) {
    uint32_t n_codes = job->grower->blocks.track[track].n_codes;
    const td_hist *large = &job->large->hist;
    td_hist_take(&job->parent, &job->small->hist, track, n_codes);
    if (job->parent.sums == NULL || large->packed == NULL) return;
    td_hist_pack(large->packed + (uint64_t)track * TD_HIST_STRIDE,
                 job->parent.sums + (uint64_t)track * TD_SUMS_STRIDE, n_codes);
}

/* Best splits of a track's open features in one branch; marks those that are closed from here. */
static void search_track(const evaluation *job, td_split *best, const td_branch *branch,
                         uint32_t track) {
    const uint8_t *use = job->growth->use_slot;
    const td_track *of = &job->grower->blocks.track[track];
    uint64_t closed = td_hist_closed(&branch->hist, track);
    for (uint32_t m = 0; m < of->n_members; m++) {
        uint32_t slot = of->member[m];
        if (closed >> m & 1) continue;
        int is_open = (use == NULL || use[slot]) &&
                      td_split_search(best, &branch->hist, &job->grower->blocks, slot,
                                      &job->grower->rule, &branch->bounds);
        closed |= (uint64_t)!is_open << m;
    }
    td_hist_set_closed(&branch->hist, track, closed);
}

/* Has the track members that may split the children? */
static int is_kept_up(const evaluation *job, uint32_t track) {
    if (job->large == NULL) return 1;
    uint64_t all = (1u << job->grower->blocks.track[track].n_members) - 1;
    return td_hist_closed(&job->parent, track) != all;
}

/* Best splits of both children that a worker has found. */
static td_split *found_by(const evaluation *job, int worker) {
    return job->grower->found + 2 * (uint64_t)worker;
}

/* The children start with their parent's closed features, the root with none. */
static void hand_down_closed(const evaluation *job, uint32_t track) {
    uint64_t closed = job->large != NULL ? td_hist_closed(&job->parent, track) : 0;
    td_hist_set_closed(&job->small->hist, track, closed);
    if (job->large != NULL) td_hist_set_closed(&job->large->hist, track, closed);
}

/* Count the smaller child's packed histogram in one block, if a track of it is kept up. */
static void count_packed(const evaluation *job, uint32_t number) {
    const td_blocks *blocks = &job->grower->blocks;
    const td_block *block = &blocks->block[number];
    uint64_t *out = job->small->hist.packed + (uint64_t)block->first * TD_HIST_STRIDE;
    uint32_t n_kept = 0;
    for (uint32_t j = 0; j < block->width; j++) {
        if (!is_kept_up(job, block->first + j)) continue;
        memset(out + j * TD_HIST_STRIDE, 0, blocks->track[block->first + j].n_codes * sizeof *out);
        n_kept++;
    }
    td_count count = count_of(job, number, 0, job->small->n);
    if (n_kept > 0) td_hist_add(out, &count);
}

/* Step 2 for a track that has been counted. */
static td_status evaluate_track(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const evaluation *job = ctx;
    uint32_t track = (uint32_t)chunk.index;
    td_split *best = found_by(job, chunk.worker);
    hand_down_closed(job, track);
    if (!is_kept_up(job, track)) return TD_OK;
    if (job->search_small) search_track(job, &best[0], job->small, track);
    if (job->large == NULL) return TD_OK;
    subtract_track(job, track);
    search_track(job, &best[1], job->large, track);
    return TD_OK;
}

/* Step 2 for one block. */
static td_status evaluate_block(void *ctx, td_chunk chunk, td_error *err) {
    const evaluation *job = ctx;
    const td_block *block = &job->grower->blocks.block[chunk.index];
    const td_quantised *q = job->growth->q;
    if (job->needs_count) {
        count_packed(job, (uint32_t)chunk.index);
    } else if (q->is_wide) {
        td_count count = count_of(job, (uint32_t)chunk.index, 0, job->small->n);
        td_hist_sums(job->small->hist.sums + (uint64_t)block->first * TD_SUMS_STRIDE, &count, q);
    }
    for (uint32_t j = 0; j < block->width; j++) {
        td_chunk track = {.index = block->first + j, .worker = chunk.worker};
        TD_TRY(evaluate_track(ctx, track, err));
    }
    return TD_OK;
}

/* Step 2, all of it. A worker that is not alone does not know which parts it will get. */
static td_status evaluate(evaluation *job, td_error *err) {
    const td_crew *crew = job->crew;
    job->first = crew->is_alone ? crew->worker : 0;
    job->last = crew->is_alone ? crew->worker : td_exec_threads(job->grower->exec) - 1;
    for (int w = job->first; w <= job->last; w++) {
        td_split *best = found_by(job, w);
        best[0] = best[1] = (td_split){0};
    }
    const td_blocks *blocks = &job->grower->blocks;
    int is_counted = !job->needs_count && !job->growth->q->is_wide;
    return is_counted ? for_each(job, blocks->n_tracks, evaluate_track, err)
                      : for_each(job, blocks->n_blocks, evaluate_block, err);
}

/* Step 3. */
static td_split join_workers(const evaluation *job, int side) {
    td_split best = {0};
    for (int w = job->first; w <= job->last; w++) {
        const td_split *found = &found_by(job, w)[side];
        if (td_split_beats(found, &best)) best = *found;
    }
    return best;
}

/* Pieces of nearly equal length, as many for each thread; their cut does not show in the sums. */
static uint64_t cut_pieces(evaluation *job) {
    uint64_t n = job->small->n, n_pieces = td_par_n_chunks(n, TD_PACKED_ROWS);
    uint64_t threads = job->crew->is_alone ? 1 : (uint64_t)td_exec_threads(job->grower->exec);
    uint64_t n_turns = td_par_n_chunks(n_pieces * job->grower->blocks.n_panels, threads);
    if (job->grower->blocks.n_panels == 1) n_pieces = n_turns * threads;
    job->piece = td_par_n_chunks(n, n_pieces);
    return td_par_n_chunks(n, job->piece);
}

static td_status run(evaluation *job, td_error *err) {
    td_grower *grower = job->grower;
    int is_packed = !job->growth->q->is_wide && job->small->n <= TD_PACKED_ROWS;
    TD_TRY(td_hist_get(&job->small->hist, grower, is_packed, err));
    job->needs_count = is_packed;
    for (uint32_t k = 0; is_packed && job->large == NULL && k < grower->blocks.n_panels; k++) {
        put_words(job, k, 0, job->small->n);
    }
    if (!is_packed && !job->growth->q->is_wide) {
        memset(job->small->hist.sums, 0, grower->sums.words * sizeof(int64_t));
        TD_TRY(for_each(job, cut_pieces(job) * grower->blocks.n_panels, add_piece, err));
    }
    TD_TRY(evaluate(job, err));
    job->small->split = join_workers(job, 0);
    if (job->large != NULL) job->large->split = join_workers(job, 1);
    return TD_OK;
}

td_status td_root_evaluate(const td_crew *crew, td_branch *root, td_error *err) {
    evaluation job = {.crew = crew,
                      .grower = crew->grower,
                      .growth = crew->growth,
                      .small = root,
                      .search_small = 1};
    return run(&job, err);
}

td_status td_children_evaluate(const td_crew *crew, td_hist parent, td_branch *left,
                               td_branch *right, td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *small = left->n > right->n ? right : left, *large = small == left ? right : left;
    evaluation job = {.crew = crew,
                      .grower = grower,
                      .growth = crew->growth,
                      .small = small,
                      .large = large,
                      .parent = parent};
    job.search_small = td_leaf_may_split(grower->params, small->n, small->depth);
    if (!td_leaf_may_split(grower->params, large->n, large->depth)) {
        td_hist_put(grower, &job.parent); /* small has no more rows than large: nothing to do */
        return TD_OK;
    }
    large->hist = parent;
    int packs = parent.sums != NULL && !crew->growth->q->is_wide && large->n <= TD_PACKED_ROWS;
    if (packs) {
        large->hist = (td_hist){0};
        TD_TRY(td_hist_get(&large->hist, grower, 1, err));
    }
    TD_TRY(run(&job, err));
    if (packs) td_hist_put(grower, &job.parent);
    if (small->split.gain == 0) td_hist_put(grower, &small->hist);
    if (large->split.gain == 0) td_hist_put(grower, &large->hist);
    return TD_OK;
}
