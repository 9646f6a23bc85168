/* gbdt/shelf.h: copies of a branch's rows, laid out together (td_shelf in hist.h).
 *
 * The rows of a small branch are scattered over the table: every read misses the cache. A worker
 * that is going to expand all that is likely below a branch copies its rows together first, works
 * on the copy, and gives the place back at the end: copies are stacked and the same few megabytes
 * serve all branches. Where rows are read changes nothing in what is read, so no model depends on
 * it. */
#ifndef TD_GBDT_SHELF_H
#define TD_GBDT_SHELF_H

#include "gbdt/hist.h"

enum { TD_SHELVES = 8 };

/* One worker's stack of copies. */
typedef struct td_shelves {
    const td_blocks *blocks; /* borrowed */
    td_shelf shelf[TD_SHELVES];
    uint32_t n;
    uint8_t **code; /* [TD_SHELVES * n_panels] the shelves' pointer tables */
    uint8_t *bytes; /* [size] */
    uint64_t size, used;
} td_shelves;

/* Room for one copy of n_rows rows and smaller copies of parts of it. *out starts zeroed*. */
td_status td_shelves_init(td_shelves *out, const td_blocks *blocks, uint64_t n_rows,
                          td_error *err) TD_MUST_USE;
void td_shelves_free(td_shelves *shelves);

/* Bytes of a row on a shelf. */
uint64_t td_shelf_row_bytes(const td_blocks *blocks);

/* Copy the rows at place[0..n) of shelf `from`; place becomes 0, 1, 2, ... NULL when there is no
 * room: nothing has changed then. The copy stays until td_shelves_pop. O(n). */
const td_shelf *td_shelves_push(td_shelves *shelves, const td_shelf *from, uint32_t *place,
                                uint64_t n);

/* Places on a copy, place[0..n), become places on the shelf below. */
void td_shelf_leave(const td_shelf *copy, uint32_t *place, uint64_t n);

/* Give the newest copy's room back. */
void td_shelves_pop(td_shelves *shelves);

#endif
