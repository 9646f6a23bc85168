/* tests/unit/test_base_arena.c: alignment, growth, mark and rewind. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/mem.h"

Test(base_arena, pieces_are_aligned_and_do_not_overlap) {
    enum { N_PIECES = 300 };
    td_arena arena = {0};
    unsigned char *piece[N_PIECES];
    for (uint64_t i = 0; i < N_PIECES; i++) {
        piece[i] = td_arena_array(&arena, i * 7, 3, NULL);
        cr_assert_not_null(piece[i]);
        cr_assert_eq((uintptr_t)piece[i] & 63, 0);
        memset(piece[i], (int)(i & 255), i * 21);
    }
    for (uint64_t i = 0; i < N_PIECES; i++) {
        for (uint64_t b = 0; b < i * 21; b++) cr_assert_eq(piece[i][b], i & 255);
    }
    td_arena_free(&arena);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_arena, rewind_hands_the_same_bytes_out_again) {
    td_arena arena = {0};
    double *kept = td_arena_array(&arena, 4, sizeof *kept, NULL);
    kept[3] = 2.5;
    td_arena_mark mark = td_arena_save(&arena);
    void *first = td_arena_array(&arena, 100, 8, NULL);
    td_arena_rewind(&arena, mark);
    void *second = td_arena_array(&arena, 50, 8, NULL);
    cr_assert_eq(first, second);
    cr_assert_eq(kept[3], 2.5);
    td_arena_free(&arena);
}

Test(base_arena, rewind_gives_blocks_opened_since_the_mark_back) {
    td_arena arena = {0};
    char *kept = td_arena_array(&arena, 10, 1, NULL);
    memcpy(kept, "ninebytes", 10);
    td_arena_mark mark = td_arena_save(&arena);
    uint64_t before = td_mem_live_bytes();
    for (int i = 0; i < 5; i++) cr_assert_not_null(td_arena_array(&arena, 60000, 8, NULL));
    cr_assert_gt(td_mem_live_bytes(), before + 2000000);
    td_arena_rewind(&arena, mark);
    cr_assert_eq(td_mem_live_bytes(), before);
    cr_assert_str_eq(kept, "ninebytes");
    cr_assert_eq((char *)td_arena_array(&arena, 1, 1, NULL), kept + 64);
    td_arena_free(&arena);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_arena, mark_of_an_empty_arena_rewinds_to_empty) {
    td_arena arena = {0};
    td_arena_mark mark = td_arena_save(&arena);
    cr_assert_not_null(td_arena_array(&arena, 1, 1, NULL));
    td_arena_rewind(&arena, mark);
    cr_assert_null(arena.top);
    cr_assert_eq(td_mem_live_bytes(), 0);
    td_arena_free(&arena);
}

Test(base_arena, failure_leaves_the_arena_usable) {
    td_arena arena = {0};
    td_error err = {0};
    td_mem_fail_after(1);
    cr_assert_null(td_arena_array(&arena, 1, 1, &err));
    cr_assert_eq(err.code, TD_ERR_NOMEM);
    td_mem_fail_after(0);
    cr_assert_null(td_arena_array(&arena, UINT64_MAX, 8, &err));
    cr_assert_not_null(td_arena_array(&arena, 1, 1, &err));
    td_arena_free(&arena);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
