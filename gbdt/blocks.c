/* gbdt/blocks.c: the codes of the training rows, row by row (drawing in hist.h).
 *
 * 1. Every feature with at least two bins gets a slot, in the order of the features.
 * 2. Features with few bins share a track, as long as the product of their bins is at most 256:
 *
 *        code of the track = code_a + bins_a * code_b + bins_a * bins_b * code_c
 *
 *    One addition then counts all of them; each one's histogram is a marginal sum of the joint one
 *    (split.c). Slots are placed first-fit by descending bins; it halves a table of small integers.
 * 3. Tracks are cut into panels and blocks of nearly equal widths. A narrow table still has two
 *    blocks, so that two threads can share a small leaf.
 * 4. Each tree's gradients are written behind the codes of every row: a row that is counted is one
 *    read, not two.
 *
 * Cost: one pass over the codes, in pieces of rows that fit the cache. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/hist.h"

enum { LAYOUT_GRAIN = 16384, NARROW = 8, MOST_CODES = 256, MOST_TRIED = 256 };

void td_blocks_free(td_blocks *blocks) {
    td_mem_free(blocks->panel);
    td_mem_free(blocks->block);
    td_mem_free(blocks->track);
    td_mem_free(blocks->slot);
    td_blocks_free_rows(blocks);
}

/* ---- slots and tracks ------------------------------------------------------------------------ */

static td_status assign_slots(td_blocks *blocks, const td_binned *binned, td_error *err) {
    TD_NEW_ZEROED(blocks->slot, binned->n_features, err);
    for (uint32_t f = 0; f < binned->n_features; f++) {
        if (binned->bin[f].n_bins < 2) continue;
        blocks->slot[blocks->n_slots++] = (td_slot){.feature = f, .bins = &binned->bin[f]};
    }
    return TD_OK;
}

typedef struct sized_slot {
    uint32_t n_bins, slot;
} sized_slot;

static int most_bins_first(const void *a, const void *b) {
    const sized_slot *x = a, *y = b;
    if (x->n_bins != y->n_bins) return x->n_bins > y->n_bins ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

static void join_track(td_blocks *blocks, uint32_t track, uint32_t slot) {
    td_track *to = &blocks->track[track];
    blocks->slot[slot].track = track;
    blocks->slot[slot].factor = to->n_codes;
    to->member[to->n_members++] = slot;
    to->n_codes *= blocks->slot[slot].bins->n_bins;
}

/* First of some tracks from `open` on with room for n_bins more values, or a new one. */
static uint32_t find_track(td_blocks *blocks, uint32_t open, uint32_t n_bins) {
    for (uint32_t t = open; t < blocks->n_tracks && t < open + MOST_TRIED; t++) {
        if (blocks->track[t].n_codes * n_bins <= MOST_CODES) return t;
    }
    blocks->track[blocks->n_tracks] = (td_track){.n_codes = 1};
    return blocks->n_tracks++;
}

static td_status assign_tracks(td_blocks *blocks, td_error *err) {
    sized_slot *sized;
    TD_NEW(blocks->track, blocks->n_slots, err);
    TD_NEW(sized, blocks->n_slots, err);
    for (uint32_t s = 0; s < blocks->n_slots; s++) {
        sized[s] = (sized_slot){blocks->slot[s].bins->n_bins, s};
    }
    qsort(sized, blocks->n_slots, sizeof *sized, most_bins_first);
    uint32_t open = 0; /* tracks below have no room even for two values */
    for (uint32_t k = 0; k < blocks->n_slots; k++) {
        join_track(blocks, find_track(blocks, open, sized[k].n_bins), sized[k].slot);
        while (open < blocks->n_tracks && blocks->track[open].n_codes * 2 > MOST_CODES) open++;
    }
    td_mem_free(sized);
    return TD_OK;
}

/* ---- panels and blocks ----------------------------------------------------------------------- */

static uint32_t round_up_div(uint32_t n, uint32_t by) { return (n + by - 1) / by; }

/* First of part k when n things are cut into n_parts parts. */
static uint32_t part_begin(uint32_t n, uint32_t n_parts, uint32_t k) {
    return (uint32_t)((uint64_t)k * n / n_parts);
}

static uint32_t blocks_of_panel(uint32_t width) {
    uint32_t n = round_up_div(width, TD_BLOCK_TRACKS);
    return n == 1 && width >= NARROW ? 2 : n;
}

static void cut_panel(td_blocks *blocks, uint32_t k) {
    td_panel *panel = &blocks->panel[k];
    uint32_t n = blocks_of_panel(panel->width);
    panel->first_block = blocks->n_blocks;
    panel->n_blocks = n;
    for (uint32_t b = 0; b < n; b++) {
        uint32_t begin = part_begin(panel->width, n, b), end = part_begin(panel->width, n, b + 1);
        td_block *block = &blocks->block[blocks->n_blocks];
        *block = (td_block){panel->first + begin, end - begin, k, begin};
        for (uint32_t t = block->first; t < block->first + block->width; t++) {
            blocks->track[t].block = blocks->n_blocks;
        }
        blocks->n_blocks++;
    }
}

static td_status cut_tracks(td_blocks *blocks, td_error *err) {
    uint32_t n = blocks->n_tracks, n_panels = round_up_div(n, TD_PANEL_TRACKS);
    TD_NEW_ZEROED(blocks->code, n_panels, err);
    TD_NEW(blocks->panel, n_panels, err);
    TD_NEW(blocks->block, (uint64_t)n_panels * TD_PANEL_BLOCKS, err);
    blocks->n_panels = n_panels;
    for (uint32_t k = 0; k < n_panels; k++) {
        td_panel *panel = &blocks->panel[k];
        panel->first = part_begin(n, n_panels, k);
        panel->width = part_begin(n, n_panels, k + 1) - panel->first;
        panel->word = (panel->width + 3) & ~3u;
        panel->stride = panel->word + (uint32_t)sizeof(uint32_t);
        TD_NEW(blocks->code[k], blocks->n_rows * panel->stride + 64, err);
        cut_panel(blocks, k);
    }
    return TD_OK;
}

/* ---- codes ----------------------------------------------------------------------------------- */

typedef struct layout {
    td_blocks *blocks;
    const td_binned *binned;
} layout;

/* Add factor * code of one feature to the track's byte of some rows. */
static void add_member(uint8_t *to, uint32_t stride, const uint8_t *code, uint64_t n,
                       uint32_t factor) {
    for (uint64_t i = 0; i < n; i++, to += stride) *to = (uint8_t)(*to + factor * code[i]);
}

static td_status lay_out_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const layout *job = ctx;
    const td_blocks *blocks = job->blocks;
    uint64_t n = chunk.end - chunk.begin;
    for (uint32_t k = 0; k < blocks->n_panels; k++) {
        const td_panel *panel = &blocks->panel[k];
        uint8_t *to = blocks->code[k] + chunk.begin * panel->stride;
        memset(to, 0, n * panel->stride);
        for (uint32_t j = 0; j < panel->width; j++) {
            const td_track *track = &blocks->track[panel->first + j];
            for (uint32_t m = 0; m < track->n_members; m++) {
                const td_slot *slot = &blocks->slot[track->member[m]];
                const uint8_t *code = td_binned_codes(job->binned, slot->feature) + chunk.begin;
                add_member(to + j, panel->stride, code, n, slot->factor);
            }
        }
    }
    return TD_OK;
}

td_status td_blocks_build(td_blocks *out, const td_binned *binned, const td_exec *exec,
                          td_error *err) {
    memset(out, 0, sizeof *out);
    out->n_rows = binned->n_rows;
    td_status status = assign_slots(out, binned, err);
    if (status == TD_OK) status = assign_tracks(out, err);
    if (status == TD_OK) status = cut_tracks(out, err);
    layout job = {out, binned};
    if (status == TD_OK) {
        status = td_par_for(exec, binned->n_rows, LAYOUT_GRAIN, lay_out_rows, &job, err);
    }
    if (status != TD_OK) td_blocks_free(out);
    return status;
}

void td_blocks_put_words(td_blocks *blocks, uint32_t panel, const uint32_t *word,
                         const uint32_t *row, uint64_t first, uint64_t n) {
    const td_panel *of = &blocks->panel[panel];
    uint8_t *to = blocks->code[panel] + of->word;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = row != NULL ? row[i] : first + i;
        memcpy(to + at * of->stride, &word[at], sizeof *word);
    }
}

td_bin_set td_blocks_joint_set(const td_blocks *blocks, uint32_t slot, const td_bin_set *left) {
    const td_slot *of = &blocks->slot[slot];
    const td_track *track = &blocks->track[of->track];
    if (track->n_members == 1) return *left;
    td_bin_set joint = {{0}};
    for (uint32_t code = 0; code < track->n_codes;) {
        for (uint32_t own = 0; own < of->bins->n_bins; own++) {
            int is_left = td_bin_set_has(left, own);
            for (uint32_t i = 0; i < of->factor; i++, code++) {
                if (is_left) td_bin_set_add(&joint, code);
            }
        }
    }
    return joint;
}
