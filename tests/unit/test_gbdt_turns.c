/* tests/unit/test_gbdt_turns.c: heaps give turns back in their order. */
#include <criterion/criterion.h>

#include "core/base/rng.h"
#include "gbdt/turns.h"

enum { N = 300 };

static int by_number(const void *ctx, const td_turn *a, const td_turn *b) {
    const uint32_t *place = ctx;
    return place[a->number] < place[b->number];
}

static td_turn random_turn(td_rng *rng, uint32_t number) {
    return (td_turn){(double)td_rng_below(rng, 40), (uint32_t)td_rng_below(rng, 3), number};
}

/* Push all with some pops between; what comes out is never behind what stays. */
static void check_heap(td_turns heap) {
    td_rng rng = td_rng_stream(5, "turns", 0, 0);
    td_turn room[N];
    heap.turn = room;
    for (uint32_t k = 0; k < N; k++) {
        td_turns_push(&heap, random_turn(&rng, k));
        if (td_rng_below(&rng, 4) > 0) continue;
        td_turn first = td_turns_pop(&heap);
        for (uint32_t i = 0; i < heap.n; i++) {
            const td_turn *a = heap.is_reversed ? &room[i] : &first;
            const td_turn *b = heap.is_reversed ? &first : &room[i];
            cr_assert(heap.order != NULL ? heap.order(heap.ctx, a, b) : td_turn_is_before(a, b));
        }
    }
    td_turn last = td_turns_pop(&heap);
    while (heap.n > 0) {
        td_turn next = td_turns_pop(&heap);
        const td_turn *a = heap.is_reversed ? &next : &last, *b = heap.is_reversed ? &last : &next;
        cr_assert(heap.order != NULL ? heap.order(heap.ctx, a, b) : td_turn_is_before(a, b));
        last = next;
    }
}

Test(gbdt_turns, come_out_in_order_and_in_reverse) {
    check_heap((td_turns){0});
    check_heap((td_turns){.is_reversed = 1});
}

Test(gbdt_turns, an_order_of_ones_own_counts) {
    uint32_t place[N];
    for (uint32_t k = 0; k < N; k++) place[k] = k * 7 % N; /* 7 and 300 have no common factor */
    check_heap((td_turns){.order = by_number, .ctx = place});
    check_heap((td_turns){.order = by_number, .ctx = place, .is_reversed = 1});
}

Test(gbdt_turns, lower_levels_then_higher_gains_then_lower_numbers_come_first) {
    td_turn a = {1, 0, 9}, b = {5, 1, 0}, c = {4, 1, 1}, d = {4, 1, 2};
    cr_assert(td_turn_is_before(&a, &b) && td_turn_is_before(&b, &c) && td_turn_is_before(&c, &d));
    cr_assert(!td_turn_is_before(&b, &a) && !td_turn_is_before(&d, &c));
    cr_assert(!td_turn_is_before(&c, &c));
}
