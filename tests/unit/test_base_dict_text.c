/* tests/unit/test_base_dict_text.c: texts to ranks in byte order. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"

/* Build from 0-terminated texts. */
static td_status build(td_textdict *dict, const char *const *texts, uint64_t n, td_error *err) {
    char bytes[1024] = {0};
    uint64_t begin[32] = {0};
    uint32_t length[32] = {0};
    uint64_t at = 0;
    for (uint64_t i = 0; i < n; i++) {
        begin[i] = at;
        length[i] = (uint32_t)strlen(texts[i]);
        memcpy(bytes + at, texts[i], length[i]);
        at += length[i];
    }
    return td_textdict_build(dict, n, bytes, begin, length, err);
}

Test(base_dict_text, codes_are_ranks_in_byte_order) {
    static const char *const texts[] = {"b",
                                        "",
                                        "a",
                                        "ab",
                                        "b",
                                        "\xC3\xA9",
                                        "B",
                                        "a ",
                                        "a\x7f",
                                        "common head2",
                                        "common head10",
                                        "",
                                        "common head"};
    static const char *const sorted[] = {"",
                                         "B",
                                         "a",
                                         "a ",
                                         "ab",
                                         "a\x7f",
                                         "b",
                                         "common head",
                                         "common head10",
                                         "common head2",
                                         "\xC3\xA9"};
    td_textdict dict;
    cr_assert_eq(build(&dict, texts, 13, NULL), TD_OK);
    cr_assert_eq(dict.n, 11);
    for (uint32_t code = 0; code < 11; code++) {
        uint64_t n = dict.begin[code + 1] - dict.begin[code];
        cr_assert_eq(n, strlen(sorted[code]), "code %u", code);
        cr_assert_eq(memcmp(dict.bytes + dict.begin[code], sorted[code], n), 0, "code %u", code);
        cr_assert_eq(td_textdict_find(&dict, sorted[code], n), code);
    }
    static const char *const absent[] = {"A", "aa", "common", "common head1", "zzz", "abc"};
    for (int i = 0; i < 6; i++) {
        cr_assert_eq(td_textdict_find(&dict, absent[i], strlen(absent[i])), TD_CODE_NONE);
    }
    td_textdict_free(&dict);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_dict_text, zero_bytes_and_lengths_tell_texts_apart) {
    static const char bytes[] = "a\0\0\0\0\0\0\0\0b";
    uint64_t begin[4] = {0, 0, 0, 0};
    uint32_t length[4] = {9, 1, 2, 8};
    td_textdict dict;
    cr_assert_eq(td_textdict_build(&dict, 4, bytes, begin, length, NULL), TD_OK);
    cr_assert_eq(dict.n, 4);
    cr_assert_eq(td_textdict_find(&dict, bytes, 1), 0);
    cr_assert_eq(td_textdict_find(&dict, bytes, 2), 1);
    cr_assert_eq(td_textdict_find(&dict, bytes, 8), 2);
    cr_assert_eq(td_textdict_find(&dict, bytes, 9), 3);
    cr_assert_eq(td_textdict_find(&dict, bytes, 3), TD_CODE_NONE);
    td_textdict_free(&dict);
}

Test(base_dict_text, no_texts_give_an_empty_dictionary) {
    td_textdict dict;
    cr_assert_eq(build(&dict, NULL, 0, NULL), TD_OK);
    cr_assert(dict.n == 0 && dict.begin[0] == 0);
    cr_assert_eq(td_textdict_find(&dict, "", 0), TD_CODE_NONE);
    td_textdict_free(&dict);
    td_textdict_free(&dict);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(base_dict_text, every_failing_allocation_leaves_nothing) {
    static const char *const texts[] = {"b", "a", "b"};
    for (uint64_t at = 1; at <= 3; at++) {
        td_textdict dict;
        td_error err = {0};
        td_mem_fail_after(at);
        cr_assert_eq(build(&dict, texts, 3, &err), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert(dict.n == 0 && dict.bytes == NULL);
        cr_assert_eq(td_mem_live_bytes(), 0);
    }
}

/* 20,000 random texts of a small alphabet: neighbours are strictly ordered, all are found. */
Test(base_dict_text, many_texts_are_strictly_ordered_and_found) {
    enum { N = 20000, LENGTH = 12 };
    static char bytes[N * LENGTH];
    static uint64_t begin[N];
    static uint32_t length[N];
    uint32_t random = 1;
    for (uint64_t i = 0; i < N; i++) {
        begin[i] = i * LENGTH;
        random = random * 1664525 + 1013904223;
        length[i] = (random >> 28) % (LENGTH + 1);
        for (uint64_t k = 0; k < LENGTH; k++) {
            random = random * 1664525 + 1013904223;
            bytes[begin[i] + k] = (char)("\0\x80"
                                         "ab"[random >> 30]);
        }
    }
    td_textdict dict;
    cr_assert_eq(td_textdict_build(&dict, N, bytes, begin, length, NULL), TD_OK);
    for (uint32_t code = 1; code < dict.n; code++) {
        const uint64_t *b = dict.begin + code;
        uint64_t n_a = b[0] - b[-1];
        uint64_t n_b = b[1] - b[0];
        int order = memcmp(dict.bytes + b[-1], dict.bytes + b[0], n_a < n_b ? n_a : n_b);
        cr_assert(order < 0 || (order == 0 && n_a < n_b), "code %u", code);
    }
    for (uint64_t i = 0; i < N; i++) {
        uint32_t code = td_textdict_find(&dict, bytes + begin[i], length[i]);
        cr_assert_neq(code, TD_CODE_NONE);
        cr_assert_eq(dict.begin[code + 1] - dict.begin[code], length[i]);
    }
    td_textdict_free(&dict);
}
