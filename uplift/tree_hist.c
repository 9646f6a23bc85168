/* uplift/tree_hist.c: counting a node's rows, arm by arm, and making children's histograms from
 * their parent's. The sums themselves are made by gbdt/hist.c.
 *
 *     parent ----(minus)----> larger child          for each arm and track
 *     smaller child's rows --(count)--> smaller child
 *
 *   1. Packed form: an arm's rows are counted panel by panel in batches, block after block, so that
 *      a block's bins stay in the level 1 cache and a batch's codes in the level 2 cache.
 *   2. Planes: pieces of at most TD_PACKED_ROWS rows are counted so into a tile, which is added to
 *      the planes. Wide integers go straight into planes.
 *   3. Forms of the larger child: that of its parent, but planes are packed as soon as no arm has
 *      more than TD_PACKED_ROWS rows.
 *   4. A node of few rows has no histogram of its own: it is counted into one that holds zeros, and
 *      the bins that its rows meet are set back to 0 afterwards. Clearing and subtracting all bins
 *      of 12 features and 2 arms is 100 KB of memory; 30 rows of them are 1 KB.
 *
 * Whether a histogram was counted or subtracted cannot be seen: integers. Cost: ~0.5 ns per row of
 * the smaller child and track, and ~0.3 ns per bin and arm. What it does not do: choose a split
 * (tree_split.c). */
#include "uplift/tree_hist.h"

#include <string.h>

#include "core/base/mem.h"

enum { BATCH = 1024, ROWS_OF_AN_ARM = 128 };
static const uint64_t most_bytes = (uint64_t)64 << 20;

static uint64_t at_most(uint64_t n, uint64_t limit) { return n < limit ? n : limit; }

/* ---- buffers --------------------------------------------------------------------------------- */

static uint64_t pool_bytes(const td_pool *pool) {
    return (pool->n_made - pool->n_free) * pool->words * sizeof(uint64_t);
}

static uint64_t arm_words(const td_effect_hists *hists) {
    return (uint64_t)hists->table->blocks.n_tracks * TD_HIST_STRIDE;
}

static uint64_t arm_sums(const td_effect_hists *hists) {
    return (uint64_t)hists->table->blocks.n_tracks * TD_SUMS_STRIDE;
}

void td_effect_hists_free(td_effect_hists *hists) {
    td_blocks_free_rows(&hists->blocks);
    td_quantised_free(&hists->wide);
    td_pool_free(&hists->packed);
    td_pool_free(&hists->sums);
    td_mem_free(hists->tile);
    td_mem_free(hists->few.packed);
    td_mem_free(hists->few.sums);
}

/* Wide integers of the tree's rows, in their order. */
static td_status copy_wide(td_effect_hists *hists, const uint32_t *row, uint64_t n, td_error *err) {
    const td_quantised *all = &hists->table->q;
    td_quantised *own = &hists->wide;
    own->is_wide = 1;
    own->n_rows = n;
    TD_NEW(own->grad, n, err);
    TD_NEW(own->hess, n, err);
    for (uint64_t i = 0; i < n; i++) {
        own->grad[i] = all->grad[row[i]];
        own->hess[i] = all->hess[row[i]];
    }
    return TD_OK;
}

td_status td_effect_hists_init(td_effect_hists *out, const td_effect_table *table,
                               const uint32_t *row, uint64_t n, td_error *err) {
    out->table = table;
    out->most_bytes = most_bytes;
    uint64_t n_words = table->n_arms * arm_words(out), n_sums = table->n_arms * arm_sums(out);
    TD_TRY(td_pool_init(&out->packed, n_words, TD_EFFECT_POOL, err));
    TD_TRY(td_pool_init(&out->sums, n_sums, TD_EFFECT_POOL, err));
    TD_NEW(out->tile, arm_words(out), err);
    if (table->q.is_wide) {
        TD_TRY(copy_wide(out, row, n, err));
        TD_NEW_ZEROED(out->few.sums, n_sums, err);
    } else {
        TD_NEW_ZEROED(out->few.packed, n_words, err);
    }
    return td_blocks_copy_rows(&out->blocks, &table->blocks, row, n, err);
}

int td_effect_hist_pays(const td_effect_hists *hists, uint64_t n_rows) {
    return n_rows >= at_most((uint64_t)ROWS_OF_AN_ARM * hists->table->n_arms, TD_PACKED_ROWS);
}

/* ---- counting -------------------------------------------------------------------------------- */

/* Add the rows of one arm to out[n_tracks * TD_HIST_STRIDE]. */
static void add_rows(uint64_t *out, const td_effect_hists *hists, const uint32_t *place,
                     uint64_t n) {
    const td_blocks *blocks = &hists->blocks;
    for (uint32_t k = 0; k < blocks->n_panels; k++) {
        const td_panel *panel = &blocks->panel[k];
        for (uint64_t at = 0; at < n; at += BATCH) {
            td_count count = {.blocks = blocks, .row = place + at, .n = at_most(n - at, BATCH)};
            for (uint32_t b = panel->first_block; b < panel->first_block + panel->n_blocks; b++) {
                count.block = b;
                td_hist_add(out + (uint64_t)blocks->block[b].first * TD_HIST_STRIDE, &count);
            }
        }
    }
}

static void clear(uint64_t *out, const td_blocks *blocks) {
    for (uint32_t b = 0; b < blocks->n_blocks; b++) {
        const td_block *block = &blocks->block[b];
        td_hist_clear(out + (uint64_t)block->first * TD_HIST_STRIDE, blocks, block);
    }
}

/* Narrow rows of one arm, any number, into out[n_tracks * TD_SUMS_STRIDE]. */
static void sum_pieces(int64_t *out, const td_effect_hists *hists, const uint32_t *place,
                       uint64_t n) {
    const td_blocks *blocks = &hists->blocks;
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): packed or sums, one is set
    memset(out, 0, arm_sums(hists) * sizeof *out);
    for (uint64_t at = 0; at < n; at += TD_PACKED_ROWS) {
        clear(hists->tile, blocks);
        add_rows(hists->tile, hists, place + at, at_most(n - at, TD_PACKED_ROWS));
        for (uint64_t t = 0; t < blocks->n_tracks; t++) {
            td_hist_unpack(out + t * TD_SUMS_STRIDE, hists->tile + t * TD_HIST_STRIDE,
                           blocks->track[t].n_codes, 1);
        }
    }
}

static void sum_wide(int64_t *out, const td_effect_hists *hists, const uint32_t *place,
                     uint64_t n) {
    const td_blocks *blocks = &hists->blocks;
    td_count count = {.blocks = blocks, .row = place, .n = n};
    for (uint32_t b = 0; b < blocks->n_blocks; b++) {
        count.block = b;
        td_hist_sums(out + (uint64_t)blocks->block[b].first * TD_SUMS_STRIDE, &count, &hists->wide);
    }
}

/* May a node with these rows be packed? */
static int fits_packed(const td_effect_hists *hists, td_node_rows node) {
    uint32_t most = 0;
    for (uint32_t a = 0; a < hists->table->n_arms; a++) most = node.n[a] > most ? node.n[a] : most;
    return !hists->wide.is_wide && most <= TD_PACKED_ROWS;
}

static td_status take_hist(td_hist *out, td_effect_hists *hists, int is_packed, td_error *err) {
    void *words = NULL;
    td_status status = td_pool_get(&words, is_packed ? &hists->packed : &hists->sums, err);
    *out = is_packed ? (td_hist){.packed = words} : (td_hist){.sums = words};
    return status;
}

td_status td_effect_hist_count(td_hist *out, td_effect_hists *hists, td_node_rows node,
                               td_error *err) {
    TD_TRY(take_hist(out, hists, fits_packed(hists, node), err));
    const uint32_t *place = node.place;
    for (uint32_t a = 0; a < hists->table->n_arms; place += node.n[a], a++) {
        if (out->packed != NULL) {
            uint64_t *words = out->packed + a * arm_words(hists);
            clear(words, &hists->table->blocks);
            add_rows(words, hists, place, node.n[a]);
        } else if (hists->wide.is_wide) {
            sum_wide(out->sums + a * arm_sums(hists), hists, place, node.n[a]);
        } else {
            sum_pieces(out->sums + a * arm_sums(hists), hists, place, node.n[a]);
        }
    }
    return TD_OK;
}

void td_effect_hist_put(td_effect_hists *hists, td_hist *hist) {
    td_pool_put(&hists->packed, hist->packed);
    td_pool_put(&hists->sums, hist->sums);
    *hist = (td_hist){NULL, NULL};
}

/* Every row stands in some bin of every track: the first one will do. */
void td_effect_hist_total(int64_t *total, const td_effect_hists *hists, const td_hist *hist) {
    uint32_t n_arms = hists->table->n_arms, n_codes = hists->table->blocks.track[0].n_codes;
    for (uint32_t a = 0; a < n_arms; a++) {
        int64_t *of[3] = {&total[a], &total[n_arms + a], &total[2 * n_arms + a]};
        if (hist->packed != NULL) {
            const uint64_t *words = hist->packed + a * arm_words(hists);
            uint64_t sum = 0;
            for (uint32_t b = 0; b < n_codes; b++) sum += words[b];
            *of[0] = td_packed_grad(sum);
            *of[1] = td_packed_hess(sum);
            *of[2] = td_packed_rows(sum);
            continue;
        }
        const int64_t *sums = hist->sums + a * arm_sums(hists);
        for (uint32_t plane = 0; plane < 3; plane++) {
            *of[plane] = 0;
            for (uint32_t b = 0; b < n_codes; b++) *of[plane] += sums[plane * TD_HIST_STRIDE + b];
        }
    }
}

/* ---- subtraction ----------------------------------------------------------------------------- */

static int has_room(const td_effect_hists *hists) {
    uint64_t bytes = pool_bytes(&hists->packed) + pool_bytes(&hists->sums);
    return bytes + 2 * sizeof(uint64_t) * hists->sums.words <= hists->most_bytes;
}

td_status td_effect_hist_part(td_effect_children *children, td_effect_hists *hists, td_hist parent,
                              td_error *err) {
    const td_blocks *blocks = &hists->blocks;
    td_hist *small = &children->small_hist, *large = &children->large_hist;
    *small = *large = (td_hist){NULL, NULL};
    if (!has_room(hists)) {
        td_effect_hist_put(hists, &parent);
        return TD_OK;
    }
    TD_TRY(td_effect_hist_count(small, hists, children->small, err));
    int packs = parent.sums != NULL && fits_packed(hists, children->large);
    if (packs) TD_TRY(take_hist(large, hists, 1, err));
    uint64_t n_tracks = (uint64_t)blocks->n_tracks * hists->table->n_arms;
    for (uint64_t t = 0; t < n_tracks; t++) {
        uint32_t n_codes = blocks->track[t % blocks->n_tracks].n_codes;
        td_hist_take(&parent, small, t, n_codes);
        if (!packs) continue;
        td_hist_pack(large->packed + t * TD_HIST_STRIDE, parent.sums + t * TD_SUMS_STRIDE, n_codes);
    }
    if (packs) {
        td_effect_hist_put(hists, &parent);
    } else {
        *large = parent;
    }
    return TD_OK;
}

/* ---- few rows -------------------------------------------------------------------------------- */

const td_hist *td_effect_hist_few(td_effect_hists *hists, td_node_rows node) {
    const td_blocks *blocks = &hists->blocks;
    const uint32_t *place = node.place;
    for (uint32_t a = 0; a < hists->table->n_arms; place += node.n[a], a++) {
        if (!hists->wide.is_wide) {
            add_rows(hists->few.packed + a * arm_words(hists), hists, place, node.n[a]);
            continue;
        }
        td_count count = {.blocks = blocks, .row = place, .n = node.n[a]};
        for (uint32_t b = 0; b < blocks->n_blocks; b++) {
            uint64_t first = blocks->block[b].first;
            count.block = b;
            td_hist_sums_add(hists->few.sums + a * arm_sums(hists) + first * TD_SUMS_STRIDE, &count,
                             &hists->wide);
        }
    }
    return &hists->few;
}

/* Set the bins of one block that some rows meet to 0, in each of n_planes planes of `out`. */
static void wipe_block(uint64_t *out, uint32_t n_planes, const td_effect_hists *hists,
                       const td_block *block, const uint32_t *place, uint64_t n) {
    const uint8_t *codes = hists->blocks.code[block->panel] + block->offset;
    uint64_t stride = hists->blocks.panel[block->panel].stride;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *code = codes + place[i] * stride;
        for (uint32_t j = 0; j < block->width; j++) {
            uint64_t *bin = out + (uint64_t)j * n_planes * TD_HIST_STRIDE + code[j];
            for (uint32_t k = 0; k < n_planes; k++) bin[k * TD_HIST_STRIDE] = 0;
        }
    }
}

void td_effect_hist_forget(td_effect_hists *hists, td_node_rows node) {
    const td_blocks *blocks = &hists->blocks;
    uint64_t *words = hists->few.packed;
    uint32_t n_planes = 1;
    if (hists->wide.is_wide) {
        words = (uint64_t *)(void *)hists->few.sums;
        n_planes = 3;
    }
    const uint32_t *place = node.place;
    for (uint32_t a = 0; a < hists->table->n_arms; place += node.n[a], a++) {
        for (uint32_t b = 0; b < blocks->n_blocks; b++) {
            uint64_t track = (uint64_t)a * blocks->n_tracks + blocks->block[b].first;
            wipe_block(words + track * n_planes * TD_HIST_STRIDE, n_planes, hists,
                       &blocks->block[b], place, node.n[a]);
        }
    }
}
