/* gbdt/blocks.c: the codes of the training rows, row by row (drawing in hist.h).
 *
 * Panels and their blocks have nearly equal widths. A narrow table still has two blocks, so that two
 * threads can share a small leaf. Rows of a panel start at multiples of a power of two: a place
 * becomes an address by one shift, and a row of up to 64 codes lies in one cache line.
 * Cost: one pass over the codes, in pieces of rows that fit the cache. */
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/hist.h"

enum { LAYOUT_GRAIN = 16384, NARROW = 8 };

void td_blocks_free(td_blocks *blocks) {
    for (uint32_t k = 0; blocks->code != NULL && k < blocks->n_panels; k++) {
        td_mem_free(blocks->code[k]);
    }
    td_mem_free(blocks->code);
    td_mem_free(blocks->panel);
    td_mem_free(blocks->block);
    td_mem_free(blocks->block_of);
    td_mem_free(blocks->feature);
    td_mem_free(blocks->bin);
    memset(blocks, 0, sizeof *blocks);
}

/* Slots of all features that have at least two bins. */
static td_status assign_slots(td_blocks *blocks, const td_binned *binned, td_error *err) {
    TD_NEW(blocks->feature, binned->n_features, err);
    TD_NEW(blocks->bin, binned->n_features, err);
    for (uint32_t f = 0; f < binned->n_features; f++) {
        if (binned->bin[f].n_bins < 2) continue;
        blocks->feature[blocks->n_slots] = f;
        blocks->bin[blocks->n_slots++] = &binned->bin[f];
    }
    return TD_OK;
}

static uint32_t round_up_div(uint32_t n, uint32_t by) { return (n + by - 1) / by; }

/* First of part k when n things are cut into n_parts parts. */
static uint32_t part_begin(uint32_t n, uint32_t n_parts, uint32_t k) {
    return (uint32_t)((uint64_t)k * n / n_parts);
}

static uint32_t blocks_of_panel(uint32_t width) {
    uint32_t n = round_up_div(width, TD_BLOCK_FEATURES);
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
        for (uint32_t s = block->first; s < block->first + block->width; s++) {
            blocks->block_of[s] = blocks->n_blocks;
        }
        blocks->n_blocks++;
    }
}

static td_status cut_slots(td_blocks *blocks, td_error *err) {
    uint32_t n = blocks->n_slots, n_panels = round_up_div(n, TD_PANEL_FEATURES);
    TD_NEW_ZEROED(blocks->code, n_panels, err);
    TD_NEW(blocks->panel, n_panels, err);
    TD_NEW(blocks->block, (uint64_t)n_panels * TD_PANEL_BLOCKS, err);
    TD_NEW(blocks->block_of, n, err);
    blocks->n_panels = n_panels;
    for (uint32_t k = 0; k < n_panels; k++) {
        td_panel *panel = &blocks->panel[k];
        panel->first = part_begin(n, n_panels, k);
        panel->width = part_begin(n, n_panels, k + 1) - panel->first;
        panel->shift = 2;
        while ((1u << panel->shift) < panel->width) panel->shift++;
        TD_NEW(blocks->code[k], (blocks->n_rows << panel->shift) + 64, err);
        cut_panel(blocks, k);
    }
    return TD_OK;
}

typedef struct layout {
    td_blocks *blocks;
    const td_binned *binned;
} layout;

/* Transpose the codes of some rows. */
static td_status lay_out_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const layout *job = ctx;
    for (uint32_t k = 0; k < job->blocks->n_panels; k++) {
        const td_panel *panel = &job->blocks->panel[k];
        uint8_t *to = job->blocks->code[k];
        memset(to + (chunk.begin << panel->shift), 0, (chunk.end - chunk.begin) << panel->shift);
        for (uint32_t j = 0; j < panel->width; j++) {
            const uint8_t *code =
                td_binned_codes(job->binned, job->blocks->feature[panel->first + j]);
            for (uint64_t i = chunk.begin; i < chunk.end; i++) {
                to[(i << panel->shift) + j] = code[i];
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
    if (status == TD_OK) status = cut_slots(out, err);
    layout job = {out, binned};
    if (status == TD_OK) {
        status = td_par_for(exec, binned->n_rows, LAYOUT_GRAIN, lay_out_rows, &job, err);
    }
    if (status != TD_OK) td_blocks_free(out);
    return status;
}
