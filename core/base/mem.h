/* core/base/mem.h: the one door to the heap.
 *
 * Every allocation of the library passes here, so that a test can make the n-th one fail, and so
 * that a test can check that nothing is left at its end. Blocks are aligned to 64 bytes (a cache
 * line, an AVX-512 register). The counters are the library's only statistics kept in process
 * memory; no behaviour depends on them. */
#ifndef TD_CORE_BASE_MEM_H
#define TD_CORE_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* `n` elements of `size` bytes, contents undefined; NULL and a filled err when the heap refuses or
 * n*size overflows. n = 0 gives a valid block of no elements. *Owned* by the caller, freed with
 * td_mem_free. */
void *td_mem_array(uint64_t n, size_t size, td_error *err) TD_MUST_USE;

/* The same, all bytes zero. */
void *td_mem_zeroed(uint64_t n, size_t size, td_error *err) TD_MUST_USE;

/* Grow or shrink to n elements, contents kept up to the smaller size; `block` may be NULL. On
 * failure NULL is returned and the old block stays valid and owned. */
void *td_mem_resize(void *block, uint64_t n, size_t size, td_error *err) TD_MUST_USE;

/* Copy of a 0-terminated text. *Owned*. */
char *td_mem_text(const char *text, td_error *err) TD_MUST_USE;

/* Give a block back; NULL is allowed. */
void td_mem_free(void *block);

/* Bytes handed out and not yet given back (payload), and the most there ever were. */
uint64_t td_mem_live_bytes(void);
uint64_t td_mem_peak_bytes(void);

/* Tests only: the n-th allocation from now (1 = the next) fails, and every later one too; 0 =
 * never. */
void td_mem_fail_after(uint64_t n);

/* Allocate n elements of the type that ptr points to, or return TD_ERR_NOMEM from the calling
 * function. */
#define TD_NEW(ptr, n, err)                                                                        \
    do {                                                                                           \
        (ptr) = td_mem_array((n), sizeof *(ptr), (err));                                           \
        if ((ptr) == NULL) return TD_ERR_NOMEM;                                                    \
    } while (0)
#define TD_NEW_ZEROED(ptr, n, err)                                                                 \
    do {                                                                                           \
        (ptr) = td_mem_zeroed((n), sizeof *(ptr), (err));                                          \
        if ((ptr) == NULL) return TD_ERR_NOMEM;                                                    \
    } while (0)

#endif
