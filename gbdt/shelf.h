/* gbdt/shelf.h: room for copies of leaves' rows during one tree (td_shelf in hist.h). */
#ifndef TD_GBDT_SHELF_H
#define TD_GBDT_SHELF_H

#include "gbdt/hist.h"

/* All shelves of a tree. Shelf 0 is the whole table; the others lie one behind the other in `bytes`
 * and are forgotten together when the next tree starts. */
typedef struct td_shelves {
    const td_blocks *blocks; /* borrowed */
    td_shelf *shelf;         /* [capacity] */
    uint32_t n_shelves, capacity;
    uint8_t **code; /* [capacity * n_blocks] the shelves' pointer tables */
    uint8_t *bytes; /* [size] */
    uint64_t size, used;
} td_shelves;

/* Room for n_rows copied rows on at most `capacity` shelves. *out starts zeroed*, `blocks` is
 * borrowed. */
td_status td_shelves_init(td_shelves *out, const td_blocks *blocks, uint64_t n_rows,
                          uint32_t capacity, td_error *err) TD_MUST_USE;
void td_shelves_free(td_shelves *shelves);

/* Forget all copies; shelf 0 shows the whole table with these gradients. */
void td_shelves_start(td_shelves *shelves, uint64_t *packed);

/* A shelf for n rows, contents undefined: its number, or 0 when there is no room. */
uint32_t td_shelves_open(td_shelves *shelves, uint64_t n);

#endif
