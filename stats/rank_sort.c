/* stats/rank_sort.c: one sort of a million scores in a few passes over eight bytes a row.
 *
 * Problem: (score, row, label) take 16 bytes and eight passes of radix sort; most of that moves
 * bits that decide nothing.
 *   1. A score becomes an integer of the same order: a positive double's bits ascend with its
 *      value, those of a negative one descend. Flip the sign bit of the former and all bits of the
 *      latter; the complement descends.
 *   2. A word holds what is needed to sort: the upper 31 bits of (key - least key), row and label.
 *
 *          | 31: (key - least) >> shift | 32: row | 1: label |
 *
 *      Three stable passes of 11, 10 and 10 bits sort the words. Chunks count their digits, take
 *      their slots by digit first, chunk second, and move their words: any number of threads gives
 *      the same order.
 *   3. Rows whose 31 bits no neighbour has are in their place; those bits, back where they were,
 *      stand for their key. The others may be in the wrong order: fetch their whole keys; then
 *      insertion, in a handful of moves a thousand rows for scores that are spread out, and none
 *      for equal ones.
 *   4. Where it would take more than n moves (scores crowded into a sliver of their range) start
 *      again with radix.h, which looks at all 64 bits.
 * Cost: nine reads of n words, four writes; a gather where scores are tied or crowded.
 * Reference: Knuth, The Art of Computer Programming 3, 2nd ed., 5.2.5 (distribution sorting). */
#include "stats/rank_sort.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/radix.h"

enum { GRAIN = 1 << 16, N_VALUES = 1 << 11, KEY_BITS = 31, LOW_BITS = 64 - KEY_BITS };

#define SIGN_BIT ((uint64_t)1 << 63)

/* ---- keys ---- */

/* Ascending keys are descending scores; x is not NaN. */
static uint64_t key_of_score(double x) {
    double positive_zero = x + 0.0;
    uint64_t bits;
    memcpy(&bits, &positive_zero, sizeof bits);
    uint64_t ascending = bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
    return ~ascending;
}

/* Least and greatest key of a chunk, later of all. */
typedef struct span {
    uint64_t least, greatest;
} span;

typedef struct sorter {
    const double *score, *label;
    uint64_t n;
    td_rank_sorted *out;
    span *part; /* [n_chunks] */
    span all;
    int shift;                  /* of key - least */
    uint64_t *from, *to;        /* words of a pass */
    int digit;                  /* first bit of its digit */
    uint64_t digit_values;      /* of its digit */
    uint32_t (*slot)[N_VALUES]; /* [n_chunks] */
} sorter;

/* td_par_for reports the lowest failing chunk, and a chunk stops at its first bad row: the row
 * named is the first bad one for any number of threads. */
static td_status check_rows(void *ctx, td_chunk chunk, td_error *err) {
    sorter *s = ctx;
    span own = {UINT64_MAX, 0};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        double score = s->score[i], label = s->label[i];
        TD_CHECK(score == score, err, TD_ERR_RANGE, "score of row %llu is NaN",
                 (unsigned long long)i + 1);
        TD_CHECK(label == 0.0 || label == 1.0, err, TD_ERR_RANGE,
                 "label of row %llu is %g, must be 0 or 1", (unsigned long long)i + 1, label);
        uint64_t key = key_of_score(score);
        own.least = key < own.least ? key : own.least;
        own.greatest = key > own.greatest ? key : own.greatest;
    }
    s->part[chunk.index] = own;
    return TD_OK;
}

static void join_spans(sorter *s) {
    s->all = (span){UINT64_MAX, 0};
    for (uint64_t c = 0; c < td_par_n_chunks(s->n, GRAIN); c++) {
        if (s->part[c].least < s->all.least) s->all.least = s->part[c].least;
        if (s->part[c].greatest > s->all.greatest) s->all.greatest = s->part[c].greatest;
    }
    while ((s->all.greatest - s->all.least) >> s->shift >> KEY_BITS != 0) s->shift++;
}

static td_status pack_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sorter *s = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint64_t key = (key_of_score(s->score[i]) - s->all.least) >> s->shift;
        s->from[i] = key << LOW_BITS | i << 1 | (uint64_t)(s->label[i] == 1.0);
    }
    return TD_OK;
}

/* ---- passes ---- */

static uint64_t digit_of(const sorter *s, uint64_t word) {
    return word >> s->digit & (s->digit_values - 1);
}

static td_status count_digits(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sorter *s = ctx;
    uint32_t *count = s->slot[chunk.index];
    memset(count, 0, N_VALUES * sizeof *count);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) count[digit_of(s, s->from[i])]++;
    return TD_OK;
}

/* Counts become first slots: by digit, then by chunk. 1 when all words have one digit. */
static int place_chunks(sorter *s) {
    uint64_t n_chunks = td_par_n_chunks(s->n, GRAIN);
    uint32_t next = 0;
    for (uint64_t v = 0; v < s->digit_values; v++) {
        uint32_t before = next;
        for (uint64_t c = 0; c < n_chunks; c++) {
            uint32_t count = s->slot[c][v];
            s->slot[c][v] = next;
            next += count;
        }
        if (next - before == s->n) return 1;
    }
    return 0;
}

static td_status move_words(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sorter *s = ctx;
    uint32_t *slot = s->slot[chunk.index];
    for (uint64_t i = chunk.begin; i < chunk.end; i++)
        s->to[slot[digit_of(s, s->from[i])]++] = s->from[i];
    return TD_OK;
}

static td_status run_passes(sorter *s, const td_exec *exec, td_error *err) {
    static const struct {
        int first_bit, n_bits;
    } digits[] = {{LOW_BITS, 11}, {LOW_BITS + 11, 10}, {LOW_BITS + 21, 64 - LOW_BITS - 21}};
    for (int pass = 0; pass < 3; pass++) {
        s->digit = digits[pass].first_bit;
        s->digit_values = 1ull << digits[pass].n_bits;
        TD_TRY(td_par_for(exec, s->n, GRAIN, count_digits, s, err));
        if (place_chunks(s)) continue;
        TD_TRY(td_par_for(exec, s->n, GRAIN, move_words, s, err));
        uint64_t *moved = s->to;
        s->to = s->from;
        s->from = moved;
    }
    return TD_OK;
}

/* ---- whole keys ---- */

/* The bits that word i was sorted by; words keep them, td_rank_row does not see them. */
static uint64_t sorted_bits(const sorter *s, uint64_t i) { return s->from[i] >> LOW_BITS; }

static td_status fetch_keys(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    sorter *s = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint64_t bits = sorted_bits(s, i);
        int has_equal = (i > 0 && sorted_bits(s, i - 1) == bits) ||
                        (i + 1 < s->n && sorted_bits(s, i + 1) == bits);
        s->to[i] = has_equal ? key_of_score(s->score[td_rank_row(s->from[i])])
                             : (bits << s->shift) + s->all.least;
    }
    return TD_OK;
}

/* 1 when all is in order; 0 when that takes more than n moves. Rows of one key stay as they are. */
static int insert_all(sorter *s) {
    uint64_t moves = 0, *key = s->to, *word = s->from;
    for (uint64_t i = 1; i < s->n; i++) {
        if (key[i - 1] <= key[i]) continue;
        uint64_t own_key = key[i], own_word = word[i], to = i;
        for (; to > 0 && key[to - 1] > own_key; to--) {
            key[to] = key[to - 1];
            word[to] = word[to - 1];
        }
        key[to] = own_key;
        word[to] = own_word;
        moves += i - to;
        if (moves > s->n) return 0;
    }
    return 1;
}

/* ---- all 64 bits ---- */

static td_status sort_whole(sorter *s, td_keyed *items, const td_exec *exec, td_error *err) {
    td_keyed *scratch = NULL;
    for (uint64_t i = 0; i < s->n; i++) {
        uint64_t label = s->label[i] == 1.0;
        items[i] = (td_keyed){.key = key_of_score(s->score[i]), .value = i << 1 | label};
    }
    TD_NEW(scratch, s->n, err);
    td_status status = td_radix_sort(items, scratch, s->n, exec, err);
    td_mem_free(scratch);
    for (uint64_t i = 0; i < s->n && status == TD_OK; i++) {
        s->to[i] = items[i].key;
        s->from[i] = items[i].value;
    }
    return status;
}

static td_status sort_crowded(sorter *s, const td_exec *exec, td_error *err) {
    td_keyed *items = NULL;
    TD_NEW(items, s->n, err);
    td_status status = sort_whole(s, items, exec, err);
    td_mem_free(items);
    return status;
}

/* ---- public ---- */

static td_status sort_all(sorter *s, const td_exec *exec, td_error *err) {
    TD_NEW(s->out->word, s->n, err);
    TD_NEW(s->out->key, s->n, err);
    TD_NEW(s->part, td_par_n_chunks(s->n, GRAIN), err);
    TD_NEW(s->slot, td_par_n_chunks(s->n, GRAIN), err);
    s->from = s->out->word;
    s->to = s->out->key;
    TD_TRY(td_par_for(exec, s->n, GRAIN, check_rows, s, err));
    join_spans(s);
    TD_TRY(td_par_for(exec, s->n, GRAIN, pack_rows, s, err));
    TD_TRY(run_passes(s, exec, err));
    TD_TRY(td_par_for(exec, s->n, GRAIN, fetch_keys, s, err));
    if (!insert_all(s)) TD_TRY(sort_crowded(s, exec, err));
    s->out->word = s->from;
    s->out->key = s->to;
    return TD_OK;
}

td_status td_rank_sort(td_rank_sorted *out, const double *score, const double *label, uint64_t n,
                       const td_exec *exec, td_error *err) {
    *out = (td_rank_sorted){0};
    sorter s = {.score = score, .label = label, .n = n, .out = out};
    td_status status = sort_all(&s, exec, err);
    td_mem_free(s.part);
    td_mem_free(s.slot);
    if (status != TD_OK) td_rank_sorted_free(out);
    return status;
}

void td_rank_sorted_free(td_rank_sorted *sorted) {
    td_mem_free(sorted->key);
    td_mem_free(sorted->word);
    *sorted = (td_rank_sorted){0};
}
