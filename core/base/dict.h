/* core/base/dict.h: original ids and texts <-> dense codes.
 *
 * Codes are ranks (the smallest id, or the first text in byte order, has code 0), never order of
 * first appearance, so the order of input rows cannot change them. */
#ifndef TD_CORE_BASE_DICT_H
#define TD_CORE_BASE_DICT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"

#define TD_CODE_NONE UINT32_MAX /* missing, or not in the dictionary */

/* Dictionary of texts: text of code c is bytes[begin[c] .. begin[c+1]), not 0-terminated. */
typedef struct td_textdict {
    uint32_t n;
    uint64_t *begin; /* [n + 1] */
    char *bytes;     /* [begin[n]] */
} td_textdict;

void td_textdict_free(td_textdict *dict);

/* Build from n texts (text i = bytes[begin[i] .. begin[i] + length[i])), in any order, with repeats
 * allowed. *out owned*. O(n log n). TD_ERR_RANGE when there are 2^32 - 1 distinct texts or more. */
td_status td_textdict_build(td_textdict *out, uint64_t n, const char *bytes, const uint64_t *begin,
                            const uint32_t *length, td_error *err) TD_MUST_USE;

/* Code of a text, TD_CODE_NONE when it is not there. O(log n). */
uint32_t td_textdict_find(const td_textdict *dict, const char *text, uint64_t length);

/* Dictionary of ids: id of code c is id[c], ascending. */
typedef struct td_iddict {
    uint32_t n;
    int64_t *id; /* [n] ascending, distinct */
} td_iddict;

void td_iddict_free(td_iddict *dict);

/* Distinct values of ids[0..n) in ascending order; codes_out[i] (may be NULL) receives the code of
 * ids[i]. Radix sort, O(n). *out owned*. TD_ERR_RANGE as above. */
td_status td_iddict_build(td_iddict *out, uint32_t *codes_out, const int64_t *ids, uint64_t n,
                          const td_exec *exec, td_error *err) TD_MUST_USE;

/* Code of an id, TD_CODE_NONE when it is not there. O(log n). */
uint32_t td_iddict_find(const td_iddict *dict, int64_t id);

#endif
