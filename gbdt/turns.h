/* gbdt/turns.h: the order in which branches are split, and heaps of branches in that order. */
#ifndef TD_GBDT_TURNS_H
#define TD_GBDT_TURNS_H

#include <stdint.h>

/* A place in the order: lower depth first (depth-wise; else all 0), then higher gain, then the
 * lower number (of a leaf or of a branch, as the user of a heap likes). */
typedef struct td_turn {
    double gain;
    uint32_t depth, number;
} td_turn;

static inline int td_turn_is_before(const td_turn *a, const td_turn *b) {
    if (a->depth != b->depth) return a->depth < b->depth;
    return a->gain != b->gain ? a->gain > b->gain : a->number < b->number;
}

/* Is a before b? `ctx` is the heap's. */
typedef int (*td_turns_order)(const void *ctx, const td_turn *a, const td_turn *b);

/* turn[0] is the first of all, or the last of all when the heap is reversed. */
typedef struct td_turns {
    td_turn *turn; /* borrowed, room for as many as are ever in it */
    uint32_t n;
    int is_reversed;
    td_turns_order order; /* NULL: td_turn_is_before */
    const void *ctx;
} td_turns;

void td_turns_push(td_turns *heap, td_turn turn);

/* Remove and return turn[0] of a heap that is not empty. */
td_turn td_turns_pop(td_turns *heap);

#endif
