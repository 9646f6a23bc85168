/* gbdt/pool.h: buffers of one size that are given out and come back. A pool knows no threads: its
 * owner has a lock where there are several. */
#ifndef TD_GBDT_POOL_H
#define TD_GBDT_POOL_H

#include <stdint.h>

#include "core/base/err.h"

typedef struct td_pool {
    uint64_t words; /* 8-byte words of a buffer */
    uint32_t n_free, n_made, capacity;
    void **free; /* [capacity] buffers not in use */
    void **made; /* [capacity] every buffer */
} td_pool;

/* *out owned, also on failure: td_pool_free*. No buffer is made yet. */
td_status td_pool_init(td_pool *out, uint64_t words, uint32_t capacity, td_error *err) TD_MUST_USE;

/* Frees the buffers that are out as well. */
void td_pool_free(td_pool *pool);

/* The buffer that came back last, which is the one most likely still in the cache; contents
 * undefined. Made when none is free; TD_ERR_INTERNAL beyond the capacity. */
td_status td_pool_get(void **out, td_pool *pool, td_error *err) TD_MUST_USE;

/* A buffer comes back; NULL does nothing. */
void td_pool_put(td_pool *pool, void *buffer);

#endif
