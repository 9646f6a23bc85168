/* core/base/dict_text.c: dictionary of texts, codes in byte order.
 *
 * 1. Sort the texts' numbers by merge sort (stable, n log n comparisons in the worst case, no
 *    recursion on the data's shape). Each number travels with the first eight bytes of its text,
 *    most significant first, so that most comparisons are of two integers:
 *
 *        text "apple pie" -> key 0x6170706C65207069, then bytes 8.. on equal keys
 *
 *    A text shorter than eight bytes is filled with zeros; the length decides between "a" and
 *    "a\0" when keys and common bytes are equal.
 * 2. Walk the sorted numbers, keep one of each run of equal texts, and copy its bytes.
 *
 * Look-up is binary search. Cost of a build: O(n log n) time, 32 n bytes of scratch. */
#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"

typedef struct sort_item {
    uint64_t key;
    uint64_t index;
} sort_item;

typedef struct texts {
    const char *bytes;
    const uint64_t *begin;
    const uint32_t *length;
} texts;

void td_textdict_free(td_textdict *dict) {
    td_mem_free(dict->begin);
    td_mem_free(dict->bytes);
    *dict = (td_textdict){0};
}

static uint64_t first_eight(const char *text, uint64_t n) {
    unsigned char head[8] = {0};
    memcpy(head, text, n < 8 ? n : 8);
    uint64_t key = 0;
    for (int i = 0; i < 8; i++) key = key << 8 | head[i];
    return key;
}

static int compare_texts(const char *a, uint64_t n_a, const char *b, uint64_t n_b) {
    uint64_t n = n_a < n_b ? n_a : n_b;
    int order = n > 0 ? memcmp(a, b, n) : 0;
    return order != 0 ? order : (n_a > n_b) - (n_a < n_b);
}

static int compare_items(const texts *t, const sort_item *a, const sort_item *b) {
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return compare_texts(t->bytes + t->begin[a->index], t->length[a->index],
                         t->bytes + t->begin[b->index], t->length[b->index]);
}

/* Merge from[left..middle) and from[middle..right) into to[left..right); equal ones keep order. */
static void merge(const texts *t, const sort_item *from, sort_item *to, const uint64_t bounds[3]) {
    uint64_t i = bounds[0];
    uint64_t k = bounds[1];
    for (uint64_t out = bounds[0]; out < bounds[2]; out++) {
        int is_left =
            i < bounds[1] && (k == bounds[2] || compare_items(t, &from[i], &from[k]) <= 0);
        to[out] = is_left ? from[i++] : from[k++];
    }
}

/* Bottom-up: runs of 1, 2, 4, ... are merged from one half of `items` [2 n] into the other. The
 * half that holds the result is returned. */
static sort_item *merge_sort(const texts *t, sort_item *items, uint64_t n) {
    sort_item *from = items;
    sort_item *to = items + n;
    for (uint64_t run = 1; run < n; run *= 2) {
        for (uint64_t left = 0; left < n; left += 2 * run) {
            uint64_t middle = left + run < n ? left + run : n;
            uint64_t right = left + 2 * run < n ? left + 2 * run : n;
            merge(t, from, to, (const uint64_t[3]){left, middle, right});
        }
        sort_item *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Step 2: move one of each run of equal texts to the front. */
static uint64_t keep_distinct(const texts *t, sort_item *sorted, uint64_t n) {
    uint64_t n_kept = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (n_kept > 0 && compare_items(t, &sorted[n_kept - 1], &sorted[i]) == 0) continue;
        sorted[n_kept++] = sorted[i];
    }
    return n_kept;
}

static td_status copy_texts(td_textdict *out, const texts *t, const sort_item *sorted, uint64_t n,
                            td_error *err) {
    TD_CHECK(n < TD_CODE_NONE, err, TD_ERR_RANGE, "%llu distinct texts, the limit is %u",
             (unsigned long long)n, TD_CODE_NONE - 1);
    uint64_t n_bytes = 0;
    for (uint64_t i = 0; i < n; i++) n_bytes += t->length[sorted[i].index];
    TD_NEW(out->begin, n + 1, err);
    TD_NEW(out->bytes, n_bytes, err);
    out->n = (uint32_t)n;
    uint64_t at = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t index = sorted[i].index;
        out->begin[i] = at;
        memcpy(out->bytes + at, t->bytes + t->begin[index], t->length[index]);
        at += t->length[index];
    }
    out->begin[n] = at;
    return TD_OK;
}

td_status td_textdict_build(td_textdict *out, uint64_t n, const char *bytes, const uint64_t *begin,
                            const uint32_t *length, td_error *err) {
    *out = (td_textdict){0};
    texts t = {bytes, begin, length};
    sort_item *items;
    TD_NEW(items, 2 * n, err);
    for (uint64_t i = 0; i < n; i++) {
        items[i] = (sort_item){first_eight(bytes + begin[i], length[i]), i};
    }
    sort_item *sorted = merge_sort(&t, items, n);
    td_status status = copy_texts(out, &t, sorted, keep_distinct(&t, sorted, n), err);
    td_mem_free(items);
    if (status != TD_OK) td_textdict_free(out);
    return status;
}

uint32_t td_textdict_find(const td_textdict *dict, const char *text, uint64_t length) {
    uint32_t low = 0;
    uint32_t high = dict->n;
    while (low < high) { /* texts below `low` are smaller, from `high` on greater */
        uint32_t middle = low + (high - low) / 2;
        uint64_t begin = dict->begin[middle];
        int order =
            compare_texts(dict->bytes + begin, dict->begin[middle + 1] - begin, text, length);
        if (order == 0) return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return TD_CODE_NONE;
}
