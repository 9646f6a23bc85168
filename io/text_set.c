/* io/text_set.c: a growing set of texts; see text_set.h for the layout.
 *
 * 1. Hash the text, eight bytes at a time: multiply by 2^64 / golden ratio, fold the high bits
 * back. 2. Probe slots from the hash on, one after another (linear probing), until the text or an
 *    empty slot turns up. The hash is kept for each code, so texts are compared only when it is
 * equal. 3. A new text takes the next code; its bytes go behind those of the code before.
 * 4. At half full the slots double and every code is put in again from its kept hash.
 *
 * Codes depend on the order of the calls and are of passing use; the hash only matters for speed (a
 * file made to collide costs time, never a wrong code).
 * Cost: O(length) expected; 8 + 4 + 2 * 4 bytes a text and its bytes, up to twice that in blocks.
 * Reference: Knuth, The Art of Computer Programming 3, section 6.4 (multiplicative hashing, linear
 * probing). */
#include "io/text_set.h"

#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"

enum { FIRST_SLOTS = 64, FIRST_BYTES = 512 };

static uint32_t hash_text(const char *text, uint64_t n) {
    const uint64_t multiplier = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = n * multiplier;
    uint64_t word = 0;
    for (; n >= 8; n -= 8, text += 8) {
        memcpy(&word, text, 8);
        h = (h ^ word ^ h >> 29) * multiplier;
    }
    word = 0;
    if (n > 0) memcpy(&word, text, n);
    h = (h ^ word ^ h >> 29) * multiplier;
    return (uint32_t)(h >> 32);
}

void td_text_set_free(td_text_set *set) {
    td_mem_free(set->slot);
    td_mem_free(set->hash);
    td_mem_free(set->begin);
    td_mem_free(set->bytes);
    *set = (td_text_set){0};
}

/* Twice the slots; every code is put in again by its kept hash. */
static td_status grow_slots(td_text_set *set, td_error *err) {
    uint32_t n_slots = set->n_slots == 0 ? FIRST_SLOTS : 2 * set->n_slots;
    TD_CHECK(n_slots <= UINT32_C(1) << 31, err, TD_ERR_RANGE,
             "more than 2^30 distinct texts in a column");
    uint64_t *begin = td_mem_resize(set->begin, n_slots / 2 + 1, sizeof *begin, err);
    if (begin == NULL) return TD_ERR_NOMEM;
    set->begin = begin;
    uint32_t *hash = td_mem_resize(set->hash, n_slots / 2, sizeof *hash, err);
    if (hash == NULL) return TD_ERR_NOMEM;
    set->hash = hash;
    uint32_t *slot;
    TD_NEW(slot, n_slots, err);
    td_mem_free(set->slot);
    set->slot = slot;
    memset(slot, 0xFF, n_slots * sizeof *slot);
    for (uint32_t code = 0; code < set->n; code++) {
        uint32_t i = hash[code] & (n_slots - 1);
        while (slot[i] != TD_CODE_NONE) i = (i + 1) & (n_slots - 1);
        slot[i] = code;
    }
    if (set->n == 0) begin[0] = 0;
    set->n_slots = n_slots;
    return TD_OK;
}

/* Room for the new code in hash and begin is there: grow_slots keeps them at half the slots. */
static td_status append(td_text_set *set, const char *text, uint64_t n, uint32_t hash,
                        td_error *err) {
    uint64_t at = set->begin[set->n];
    if (set->bytes_room - at < n) {
        uint64_t room = 2 * set->bytes_room + n + FIRST_BYTES;
        char *bytes = td_mem_resize(set->bytes, room, 1, err);
        if (bytes == NULL) return TD_ERR_NOMEM;
        set->bytes = bytes;
        set->bytes_room = room;
    }
    if (n > 0) memcpy(set->bytes + at, text, n);
    set->hash[set->n] = hash;
    set->begin[++set->n] = at + n;
    return TD_OK;
}

static int is_text(const td_text_set *set, uint32_t code, const char *text, uint64_t n) {
    uint64_t begin = set->begin[code];
    return set->begin[code + 1] - begin == n && (n == 0 || !memcmp(set->bytes + begin, text, n));
}

/* Linear probing; the kept hash spares most comparisons of texts that share a slot. A failure
 * leaves the set as it was, or with larger blocks. */
td_status td_text_set_add(td_text_set *set, const char *text, uint64_t n, uint32_t *code,
                          td_error *err) {
    if (2 * (uint64_t)set->n >= set->n_slots) TD_TRY(grow_slots(set, err));
    uint32_t hash = hash_text(text, n);
    uint32_t i = hash & (set->n_slots - 1);
    for (; set->slot[i] != TD_CODE_NONE; i = (i + 1) & (set->n_slots - 1)) {
        uint32_t found = set->slot[i];
        if (set->hash[found] != hash || !is_text(set, found, text, n)) continue;
        *code = found;
        return TD_OK;
    }
    TD_TRY(append(set, text, n, hash, err));
    *code = set->slot[i] = set->n - 1;
    return TD_OK;
}

/* Texts that a row has, side by side: begin and length [set->n], rank [set->n] 1 for these. */
static uint32_t list_used(uint64_t *begin, uint32_t *length, uint32_t *rank,
                          const td_text_set *set) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < set->n; c++) {
        if (rank[c] == 0) continue;
        begin[n] = set->begin[c];
        length[n++] = (uint32_t)(set->begin[c + 1] - set->begin[c]);
    }
    return n;
}

td_status td_text_set_rank(td_textdict *dict, uint32_t *code, uint64_t n_rows,
                           const td_text_set *set, td_error *err) {
    uint64_t *begin = td_mem_array(set->n, sizeof *begin, err);
    uint32_t *length = td_mem_array(set->n, sizeof *length, err);
    uint32_t *rank = td_mem_zeroed(set->n, sizeof *rank, err);
    td_status status = begin == NULL || length == NULL || rank == NULL ? TD_ERR_NOMEM : TD_OK;
    for (uint64_t row = 0; status == TD_OK && row < n_rows; row++)
        if (code[row] != TD_CODE_NONE) rank[code[row]] = 1;
    if (status == TD_OK) {
        uint32_t n = list_used(begin, length, rank, set);
        status = td_textdict_build(dict, n, set->bytes, begin, length, err);
    }
    for (uint32_t c = 0; status == TD_OK && c < set->n; c++) {
        uint64_t n = set->begin[c + 1] - set->begin[c];
        if (rank[c] != 0) rank[c] = td_textdict_find(dict, set->bytes + set->begin[c], n);
    }
    for (uint64_t row = 0; status == TD_OK && row < n_rows; row++)
        if (code[row] != TD_CODE_NONE) code[row] = rank[code[row]];
    td_mem_free(begin);
    td_mem_free(length);
    td_mem_free(rank);
    return status;
}
