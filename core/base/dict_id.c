/* core/base/dict_id.c: distinct ids in ascending order, and the code (rank) of every row.
 *
 * Problem: n signed 64-bit ids with repeats -> the sorted distinct ids, and for each row the rank
 * of its id. Codes must not depend on the order of the rows or on the number of threads.
 *
 * Steps: let offset = id - least, range = greatest - least (both fit unsigned 64 bits).
 *   1. range < 64 n (ids of a shop are mostly dense): one bit an id.
 *
 *          ids      7 3 4 3 9          least = 3
 *          bits     1 1 0 0 1 0 1      offset 0 .. 6
 *          code     rank of the bit = bits set in words before + bits set below it in its word
 *
 *      Marking is an atomic OR, whose outcome does not depend on its order. The bitmap takes at
 *      most 8 bytes a row and for dense ids stays in the cache.
 *   2. otherwise: radix sort of (offset, row); a new code starts where the offset changes.
 *      Every chunk counts its changes, a running sum gives each chunk its first code, then codes
 *      and ids are written.
 *
 * Cost: two passes over the rows (1), or two a byte in which ids differ (2). Not done here: texts
 * (dict_text.c). */
#include <stdatomic.h>
#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"
#include "core/base/radix.h"

enum { GRAIN = 1 << 16, WORD_BITS = 64 };

typedef struct id_range {
    int64_t least;
    int64_t greatest;
} id_range;

typedef struct build_ctx {
    const int64_t *ids; /* [n] */
    uint32_t *codes;    /* [n] or NULL */
    int64_t least;
    int64_t *distinct; /* [n_distinct] result */

    _Atomic uint64_t *word; /* step 1: bitmap over offsets */
    uint32_t *rank;         /* [n_words] bits set in earlier words */

    td_keyed *row;        /* [n] step 2: key = offset, value = row */
    uint64_t *first_code; /* [n_chunks] */

    id_range *range; /* [n_chunks] */
} build_ctx;

/* Exact for any two int64: the difference is taken modulo 2^64. */
static uint64_t offset_of(int64_t id, int64_t least) { return (uint64_t)id - (uint64_t)least; }

static td_status range_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    id_range range = {b->ids[chunk.begin], b->ids[chunk.begin]};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        if (b->ids[i] < range.least) range.least = b->ids[i];
        if (b->ids[i] > range.greatest) range.greatest = b->ids[i];
    }
    b->range[chunk.index] = range;
    return TD_OK;
}

/* Least and greatest id of all chunks. n >= 1. */
static td_status find_range(id_range *out, build_ctx *b, uint64_t n, const td_exec *exec,
                            td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(n, GRAIN);
    TD_NEW(b->range, n_chunks, err);
    td_status status = td_par_for(exec, n, GRAIN, range_chunk, b, err);
    *out = b->range[0];
    for (uint64_t c = 1; c < n_chunks && status == TD_OK; c++) {
        if (b->range[c].least < out->least) out->least = b->range[c].least;
        if (b->range[c].greatest > out->greatest) out->greatest = b->range[c].greatest;
    }
    td_mem_free(b->range);
    return status;
}

/* Bits set in x, without asking for an instruction that an old CPU lacks. */
static uint32_t count_bits(uint64_t x) {
    x -= x >> 1 & 0x5555555555555555U;
    x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
    return (uint32_t)(x * 0x0101010101010101U >> 56);
}

/* Step 1. ------------------------------------------------------------------------------------- */

/* A bit that is set already needs no second write, and most ids repeat. */
static td_status mark_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    build_ctx *b = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint64_t offset = offset_of(b->ids[i], b->least);
        uint64_t bit = UINT64_C(1) << (offset % WORD_BITS);
        _Atomic uint64_t *word = &b->word[offset / WORD_BITS];
        if (atomic_load_explicit(word, memory_order_relaxed) & bit) continue;
        atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    }
    return TD_OK;
}

/* code = rank of the word + bits below the id's own. */
static td_status rank_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint64_t offset = offset_of(b->ids[i], b->least);
        uint64_t word = atomic_load_explicit(&b->word[offset / WORD_BITS], memory_order_relaxed);
        uint64_t below = word & ((UINT64_C(1) << (offset % WORD_BITS)) - 1);
        b->codes[i] = b->rank[offset / WORD_BITS] + count_bits(below);
    }
    return TD_OK;
}

/* Ids of the set bits, in order; a chunk is a run of words of the bitmap here. */
static td_status list_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    for (uint64_t w = chunk.begin; w < chunk.end; w++) {
        uint64_t word = atomic_load_explicit(&b->word[w], memory_order_relaxed);
        uint32_t code = b->rank[w];
        for (; word != 0; word &= word - 1) {
            uint64_t offset = w * WORD_BITS + (uint64_t)__builtin_ctzll(word);
            b->distinct[code++] = (int64_t)((uint64_t)b->least + offset);
        }
    }
    return TD_OK;
}

/* Codes are 32 bits wide and the greatest one means "none". */
static td_status check_distinct(uint64_t n_distinct, td_error *err) {
    TD_CHECK(n_distinct < TD_CODE_NONE, err, TD_ERR_RANGE,
             "%llu distinct ids, the limit is 2^32 - 2", (unsigned long long)n_distinct);
    return TD_OK;
}

/* Mark, rank, list, code. The ranks are the one sequential step: a word for 64 possible ids. */
static td_status code_by_bitmap(td_iddict *out, build_ctx *b, uint64_t n, uint64_t n_words,
                                const td_exec *exec, td_error *err) {
    TD_TRY(td_par_for(exec, n, GRAIN, mark_chunk, b, err));
    uint64_t n_distinct = 0;
    for (uint64_t w = 0; w < n_words; w++) {
        b->rank[w] = (uint32_t)n_distinct;
        n_distinct += count_bits(atomic_load_explicit(&b->word[w], memory_order_relaxed));
    }
    TD_TRY(check_distinct(n_distinct, err));
    TD_NEW(b->distinct, n_distinct, err);
    out->id = b->distinct;
    out->n = (uint32_t)n_distinct;
    TD_TRY(td_par_for(exec, n_words, GRAIN, list_chunk, b, err));
    return b->codes == NULL ? TD_OK : td_par_for(exec, n, GRAIN, rank_chunk, b, err);
}

/* Scratch of step 1: 12 bytes a word. */
static td_status build_dense(td_iddict *out, build_ctx *b, uint64_t n, uint64_t n_words,
                             const td_exec *exec, td_error *err) {
    TD_NEW_ZEROED(b->word, n_words, err);
    b->rank = td_mem_array(n_words, sizeof *b->rank, err);
    td_status status =
        b->rank != NULL ? code_by_bitmap(out, b, n, n_words, exec, err) : TD_ERR_NOMEM;
    td_mem_free(b->rank);
    td_mem_free((void *)b->word);
    return status;
}

/* Step 2. ------------------------------------------------------------------------------------- */

/* Offsets are unsigned and ordered as the ids are. */
static td_status key_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        b->row[i] = (td_keyed){offset_of(b->ids[i], b->least), i};
    }
    return TD_OK;
}

/* Rows are sorted: equal ids stand together. */
static int is_first_of_id(const build_ctx *b, uint64_t i) {
    return i == 0 || b->row[i].key != b->row[i - 1].key;
}

static td_status count_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    uint64_t count = 0;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) count += (uint64_t)is_first_of_id(b, i);
    b->first_code[chunk.index] = count;
    return TD_OK;
}

/* A chunk that starts inside a run of equal ids goes on with the code before its first one. */
static td_status code_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    uint64_t next = b->first_code[chunk.index];
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        if (is_first_of_id(b, i)) {
            b->distinct[next++] = (int64_t)((uint64_t)b->least + b->row[i].key);
        }
        if (b->codes != NULL) b->codes[b->row[i].value] = (uint32_t)(next - 1);
    }
    return TD_OK;
}

/* Count changes, sum up, write. */
static td_status code_sorted(td_iddict *out, build_ctx *b, uint64_t n, const td_exec *exec,
                             td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(n, GRAIN);
    TD_TRY(td_par_for(exec, n, GRAIN, count_chunk, b, err));
    uint64_t n_distinct = 0;
    for (uint64_t c = 0; c < n_chunks; c++) {
        uint64_t count = b->first_code[c];
        b->first_code[c] = n_distinct;
        n_distinct += count;
    }
    TD_TRY(check_distinct(n_distinct, err));
    TD_NEW(b->distinct, n_distinct, err);
    out->id = b->distinct;
    out->n = (uint32_t)n_distinct;
    return td_par_for(exec, n, GRAIN, code_chunk, b, err);
}

/* Scratch of step 2: 32 bytes a row. */
static td_status build_sparse(td_iddict *out, build_ctx *b, uint64_t n, const td_exec *exec,
                              td_error *err) {
    b->row = td_mem_array(n, sizeof *b->row, err);
    b->first_code = td_mem_array(td_par_n_chunks(n, GRAIN), sizeof *b->first_code, err);
    td_keyed *scratch = td_mem_array(n, sizeof *scratch, err);
    td_status status = TD_ERR_NOMEM;
    if (b->row != NULL && b->first_code != NULL && scratch != NULL) {
        status = td_par_for(exec, n, GRAIN, key_chunk, b, err);
        if (status == TD_OK) status = td_radix_sort(b->row, scratch, n, exec, err);
        if (status == TD_OK) status = code_sorted(out, b, n, exec, err);
    }
    td_mem_free(scratch);
    td_mem_free(b->first_code);
    td_mem_free(b->row);
    return status;
}

/* Public. ------------------------------------------------------------------------------------- */

void td_iddict_free(td_iddict *dict) {
    td_mem_free(dict->id);
    memset(dict, 0, sizeof *dict);
}

td_status td_iddict_build(td_iddict *out, uint32_t *codes_out, const int64_t *ids, uint64_t n,
                          const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    if (n == 0) return TD_OK;
    build_ctx b = {.ids = ids, .codes = codes_out};
    id_range range;
    TD_TRY(find_range(&range, &b, n, exec, err));
    b.least = range.least;
    uint64_t last_word = offset_of(range.greatest, range.least) / WORD_BITS;
    td_status status = last_word < n ? build_dense(out, &b, n, last_word + 1, exec, err)
                                     : build_sparse(out, &b, n, exec, err);
    if (status != TD_OK) td_iddict_free(out);
    return status;
}

/* Binary search for the first id that is not less. */
uint32_t td_iddict_find(const td_iddict *dict, int64_t id) {
    uint32_t low = 0;
    uint32_t high = dict->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dict->id[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < dict->n && dict->id[low] == id ? low : TD_CODE_NONE;
}
