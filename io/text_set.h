/* io/text_set.h: distinct texts in order of first appearance, while a file is being read. The codes
 * are of passing use: td_textdict ranks the texts when all are known. */
#ifndef TD_IO_TEXT_SET_H
#define TD_IO_TEXT_SET_H

#include <stdint.h>

#include "core/base/dict.h"
#include "core/base/err.h"

/* Open addressing, at most half full.
 *
 *     slot   [ . | 2 | . | 0 | 1 | . | . | . ]   code of the text, or TD_CODE_NONE
 *     begin  [ 0 | 5 | 8 | 14 ]                  text of code c = bytes[begin[c] .. begin[c+1]) */
typedef struct td_text_set {
    uint32_t n;
    uint32_t n_slots; /* power of two, 0 while empty */
    uint32_t *slot;   /* [n_slots] */
    uint32_t *hash;   /* [n_slots / 2] of each code */
    uint64_t *begin;  /* [n_slots / 2 + 1] */
    char *bytes;      /* [bytes_room] */
    uint64_t bytes_room;
} td_text_set;

/* An empty set is {0}. */
void td_text_set_free(td_text_set *set);

/* Code of a text, added if it is new. O(length) expected. TD_ERR_RANGE at 2^30 texts. */
td_status td_text_set_add(td_text_set *set, const char *text, uint64_t n, uint32_t *code,
                          td_error *err) TD_MUST_USE;

/* The texts that rows have as a dictionary in byte order, and code[0 .. n_rows), codes of the set
 * or TD_CODE_NONE, turned into its codes. *dict owned*. O(n log n + n_rows). */
td_status td_text_set_rank(td_textdict *dict, uint32_t *code, uint64_t n_rows,
                           const td_text_set *set, td_error *err) TD_MUST_USE;

#endif
