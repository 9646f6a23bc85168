/* gbdt/blocks_rows.c: codes and gradients of some rows, laid out by themselves.
 *
 *     table   . . r . . . . r . r . . . . r .      rows that are far from each other
 *     copy    r r r r                              one after the other: read at the cache's speed
 *
 * Copying reads one cache line a row and panel and is limited by their arrival: they are asked for
 * PREFETCH rows ahead. */
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/hist.h"

enum { PREFETCH = 64 };

/* In units of 16 bytes: what is copied beyond a row is overwritten by the next. `units` is a
 * constant of each caller. */
static inline __attribute__((always_inline)) void copy_units(uint8_t *to, const uint8_t *from,
                                                             const uint32_t *row, uint64_t n,
                                                             uint64_t stride, uint64_t units) {
    for (uint64_t i = 0; i < n; i++, to += stride) {
        if (i + PREFETCH < n) __builtin_prefetch(from + row[i + PREFETCH] * stride);
        memcpy(to, from + row[i] * stride, 16 * units);
    }
}

static void copy_panel(uint8_t *to, const uint8_t *from, const uint32_t *row, uint64_t n,
                       uint64_t stride) {
    switch ((stride + 15) / 16) {
    case 1:
        copy_units(to, from, row, n, stride, 1);
        break;
    case 2:
        copy_units(to, from, row, n, stride, 2);
        break;
    case 3:
        copy_units(to, from, row, n, stride, 3);
        break;
    default:
        copy_units(to, from, row, n, stride, 4);
        break;
    }
}

void td_blocks_free_rows(td_blocks *rows) {
    for (uint32_t k = 0; rows->code != NULL && k < rows->n_panels; k++) {
        td_mem_free(rows->code[k]);
    }
    td_mem_free(rows->code);
    memset(rows, 0, sizeof *rows);
}

td_status td_blocks_copy_rows(td_blocks *out, const td_blocks *from, const uint32_t *row,
                              uint64_t n, td_error *err) {
    *out = *from;
    out->n_rows = n;
    out->code = NULL;
    TD_NEW_ZEROED(out->code, out->n_panels, err);
    for (uint32_t k = 0; k < out->n_panels; k++) {
        TD_NEW(out->code[k], n * out->panel[k].stride + 64, err);
        copy_panel(out->code[k], from->code[k], row, n, out->panel[k].stride);
    }
    return TD_OK;
}
