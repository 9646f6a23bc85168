/* gbdt/turns.c: binary heaps. The children of entry k are 2k + 1 and 2k + 2, and none of them comes
 * out before it:
 *
 *              0
 *          1       2          push: a new last entry rises to its place
 *        3   4   5   6        pop:  the last entry sinks from the top to its place
 *
 * Cost: log2(n) comparisons a call (Williams, "Algorithm 232: Heapsort", 1964,
 * doi:10.1145/512274.512284). */
#include "gbdt/turns.h"

#include <stddef.h>

static int is_before(const td_turns *heap, const td_turn *a, const td_turn *b) {
    return heap->order != NULL ? heap->order(heap->ctx, a, b) : td_turn_is_before(a, b);
}

static int comes_out_before(const td_turns *heap, const td_turn *a, const td_turn *b) {
    return heap->is_reversed ? is_before(heap, b, a) : is_before(heap, a, b);
}

void td_turns_push(td_turns *heap, td_turn turn) {
    uint32_t at = heap->n++;
    for (; at > 0; at = (at - 1) / 2) {
        const td_turn *above = &heap->turn[(at - 1) / 2];
        if (!comes_out_before(heap, &turn, above)) break;
        heap->turn[at] = *above;
    }
    heap->turn[at] = turn;
}

td_turn td_turns_pop(td_turns *heap) {
    td_turn first = heap->turn[0], last = heap->turn[--heap->n];
    uint32_t at = 0;
    for (uint32_t child = 1; child < heap->n; child = 2 * at + 1) {
        const td_turn *pair = &heap->turn[child];
        if (child + 1 < heap->n && comes_out_before(heap, &pair[1], &pair[0])) child++;
        if (!comes_out_before(heap, &heap->turn[child], &last)) break;
        heap->turn[at] = heap->turn[child];
        at = child;
    }
    heap->turn[at] = last;
    return first;
}
