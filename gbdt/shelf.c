/* gbdt/shelf.c: a bump allocator for copies of rows.
 *
 *     bytes | shelf 1: codes 0, codes 1, gradients, row numbers | shelf 2: ... | free |
 *
 * Which leaves are copied is decided in children.c; having no room is no failure, the leaf is then
 * read where it is. Copies change where rows are read, never what is read, so they cannot change a
 * model. */
#include "gbdt/shelf.h"

#include <string.h>

#include "core/base/mem.h"

/* Pieces start on cache lines and have room for vector loads behind them. */
static uint64_t piece_bytes(uint64_t bytes) { return ((bytes + 63) & ~(uint64_t)63) + 64; }

static uint64_t shelf_bytes(const td_blocks *blocks, uint64_t n) {
    uint64_t bytes = piece_bytes(n * sizeof(uint64_t)) + piece_bytes(n * sizeof(uint32_t));
    for (uint32_t b = 0; b < blocks->n_blocks; b++)
        bytes += piece_bytes(n * blocks->block[b].stride);
    return bytes;
}

void td_shelves_free(td_shelves *shelves) {
    td_mem_free(shelves->shelf);
    td_mem_free(shelves->code);
    td_mem_free(shelves->bytes);
    memset(shelves, 0, sizeof *shelves);
}

td_status td_shelves_init(td_shelves *out, const td_blocks *blocks, uint64_t n_rows,
                          uint32_t capacity, td_error *err) {
    *out = (td_shelves){.blocks = blocks, .capacity = capacity};
    out->size = shelf_bytes(blocks, n_rows);
    TD_NEW_ZEROED(out->shelf, capacity, err);
    TD_NEW_ZEROED(out->code, (uint64_t)capacity * blocks->n_blocks, err);
    TD_NEW(out->bytes, out->size, err);
    return TD_OK;
}

void td_shelves_start(td_shelves *shelves, uint64_t *packed) {
    const td_blocks *blocks = shelves->blocks;
    shelves->shelf[0] = (td_shelf){blocks->n_rows, blocks->code, packed, NULL};
    shelves->n_shelves = 1;
    shelves->used = 0;
}

/* The next n bytes. */
static void *take(td_shelves *shelves, uint64_t bytes) {
    void *piece = shelves->bytes + shelves->used;
    shelves->used += piece_bytes(bytes);
    return piece;
}

uint32_t td_shelves_open(td_shelves *shelves, uint64_t n) {
    const td_blocks *blocks = shelves->blocks;
    if (shelves->n_shelves == shelves->capacity) return 0;
    if (shelf_bytes(blocks, n) > shelves->size - shelves->used) return 0;
    uint32_t k = shelves->n_shelves++;
    td_shelf *shelf = &shelves->shelf[k];
    shelf->n = n;
    shelf->code = shelves->code + (uint64_t)k * blocks->n_blocks;
    for (uint32_t b = 0; b < blocks->n_blocks; b++) {
        shelf->code[b] = take(shelves, n * blocks->block[b].stride);
    }
    shelf->packed = take(shelves, n * sizeof(uint64_t));
    shelf->row = take(shelves, n * sizeof(uint32_t));
    return k;
}
