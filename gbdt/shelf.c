/* gbdt/shelf.c: pushing and popping copies of rows. See shelf.h.
 *
 *     bytes | copy of 60,000 rows: codes, gradients, places | copy of 5,000 of them | free |
 *
 * Copying reads two or three cache lines a row and is limited by their arrival: they are asked for
 * PREFETCH rows ahead. Codes and gradients are copied row by row together, so that the memory
 * system has all of them in flight at once. */
#include "gbdt/shelf.h"

#include <string.h>

#include "core/base/mem.h"

enum { PREFETCH = 64 };

/* Pieces start on cache lines and have room for vector loads behind them. */
static uint64_t piece_bytes(uint64_t bytes) { return ((bytes + 63) & ~(uint64_t)63) + 64; }

static uint64_t shelf_bytes(const td_blocks *blocks, uint64_t n) {
    uint64_t bytes = piece_bytes(n * sizeof(uint32_t));
    for (uint32_t k = 0; k < blocks->n_panels; k++) {
        bytes += piece_bytes(n * blocks->panel[k].stride);
    }
    return bytes;
}

uint64_t td_shelf_row_bytes(const td_blocks *blocks) {
    uint64_t bytes = sizeof(uint32_t);
    for (uint32_t k = 0; k < blocks->n_panels; k++) bytes += blocks->panel[k].stride;
    return bytes;
}

void td_shelves_free(td_shelves *shelves) {
    td_mem_free(shelves->code);
    td_mem_free(shelves->bytes);
    memset(shelves, 0, sizeof *shelves);
}

td_status td_shelves_init(td_shelves *out, const td_blocks *blocks, uint64_t n_rows,
                          td_error *err) {
    *out = (td_shelves){.blocks = blocks};
    out->size = shelf_bytes(blocks, n_rows) + shelf_bytes(blocks, n_rows / 4 + 1);
    TD_NEW_ZEROED(out->code, (uint64_t)TD_SHELVES * blocks->n_panels, err);
    TD_NEW(out->bytes, out->size, err);
    return TD_OK;
}

/* The next bytes of the stack. */
static void *take(td_shelves *shelves, uint64_t bytes) {
    void *piece = shelves->bytes + shelves->used;
    shelves->used += piece_bytes(bytes);
    return piece;
}

static td_shelf *open_shelf(td_shelves *shelves, uint64_t n) {
    const td_blocks *blocks = shelves->blocks;
    if (shelves->n == TD_SHELVES) return NULL;
    if (shelf_bytes(blocks, n) > shelves->size - shelves->used) return NULL;
    td_shelf *shelf = &shelves->shelf[shelves->n];
    shelf->n = n;
    shelf->code = shelves->code + (uint64_t)shelves->n * blocks->n_panels;
    for (uint32_t k = 0; k < blocks->n_panels; k++) {
        shelf->code[k] = take(shelves, n * blocks->panel[k].stride);
    }
    shelf->place = take(shelves, n * sizeof(uint32_t));
    shelves->n++;
    return shelf;
}

/* Rows of one panel, copied in units of 16 bytes: what is copied beyond a row is overwritten by the
 * next. `units` is a constant of each caller. */
static inline __attribute__((always_inline)) void copy_units(uint8_t *to, const uint8_t *from,
                                                             const uint32_t *place, uint64_t n,
                                                             uint64_t stride, uint64_t units) {
    for (uint64_t i = 0; i < n; i++, to += stride) {
        if (i + PREFETCH < n) __builtin_prefetch(from + place[i + PREFETCH] * stride);
        memcpy(to, from + place[i] * stride, 16 * units);
    }
}

static void copy_panel(uint8_t *to, const uint8_t *from, const uint32_t *place, uint64_t n,
                       uint64_t stride) {
    switch ((stride + 15) / 16) {
    case 1:
        copy_units(to, from, place, n, stride, 1);
        break;
    case 2:
        copy_units(to, from, place, n, stride, 2);
        break;
    case 3:
        copy_units(to, from, place, n, stride, 3);
        break;
    default:
        copy_units(to, from, place, n, stride, 4);
        break;
    }
}

const td_shelf *td_shelves_push(td_shelves *shelves, const td_shelf *from, uint32_t *place,
                                uint64_t n) {
    td_shelf *shelf = open_shelf(shelves, n);
    if (shelf == NULL) return NULL;
    shelf->below = from;
    for (uint32_t k = 0; k < shelves->blocks->n_panels; k++) {
        copy_panel(shelf->code[k], from->code[k], place, n, shelves->blocks->panel[k].stride);
    }
    for (uint64_t i = 0; i < n; i++) {
        shelf->place[i] = place[i];
        place[i] = (uint32_t)i;
    }
    return shelf;
}

void td_shelf_leave(const td_shelf *copy, uint32_t *place, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) place[i] = copy->place[place[i]];
}

void td_shelves_pop(td_shelves *shelves) {
    const td_shelf *shelf = &shelves->shelf[--shelves->n];
    shelves->used = (uint64_t)(shelf->code[0] - shelves->bytes);
}
