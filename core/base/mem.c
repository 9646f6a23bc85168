/* core/base/mem.c: counted, aligned heap blocks.
 *
 * A block is preceded by one cache line that holds its payload size:
 *
 *     | size (8 bytes) | unused (56) | payload, 64-byte aligned ...
 *     ^ what the C library gave us    ^ what the caller sees
 *
 * Blocks of 4 MiB or more start at a 2 MiB border and ask the kernel for huge pages: a table of
 * millions of rows is written once and read a few times, and 512 times fewer page faults make that
 * several times cheaper. A kernel that refuses gives ordinary pages; nothing else changes.
 *
 * 1. Sizes are checked before they are multiplied: nothing above 2^48 bytes is asked for.
 * 2. Counters are atomic and relaxed: they are statistics, nothing synchronises on them. The peak
 *    is raised by compare-and-swap.
 * 3. An injected fault looks like a refusal of the C library and takes the same path.
 * 4. Resizing always moves (aligned_alloc has no counterpart that grows in place); callers that
 *    grow arrays double them, so an element is moved once on average. */
#include "core/base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HEAD_BYTES = 64, HUGE_PAGE = 2 << 20, HUGE_FROM = 4 << 20 };

static _Atomic uint64_t live_bytes;
static _Atomic uint64_t peak_bytes;
static _Atomic uint64_t fail_countdown; /* 0 = off, 1 = fail now and ever, n = after n - 1 more */

static int is_fault_due(void) {
    uint64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (left > 1 && !atomic_compare_exchange_weak(&fail_countdown, &left, left - 1)) {}
    return left == 1;
}

/* Unsigned arithmetic: added - removed may wrap below zero and back. */
static void count(uint64_t added, uint64_t removed) {
    uint64_t now = atomic_fetch_add_explicit(&live_bytes, added - removed, memory_order_relaxed);
    now += added - removed;
    uint64_t peak = atomic_load_explicit(&peak_bytes, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now)) {}
}

static uint64_t block_bytes(const void *block) {
    uint64_t bytes;
    memcpy(&bytes, (const char *)block - HEAD_BYTES, sizeof bytes);
    return bytes;
}

static void *allocate(uint64_t bytes) {
    uint64_t alignment = bytes >= HUGE_FROM ? HUGE_PAGE : 64;
    uint64_t padded = (bytes + HEAD_BYTES + alignment - 1) & ~(alignment - 1);
    char *raw = is_fault_due() ? NULL : aligned_alloc(alignment, padded);
    if (raw == NULL) return NULL;
    if (alignment == HUGE_PAGE) (void)madvise(raw, padded, MADV_HUGEPAGE);
    memcpy(raw, &bytes, sizeof bytes);
    count(bytes, 0);
    return raw + HEAD_BYTES;
}

static void *fail_nomem(uint64_t n, size_t size, td_error *err) {
    td_fail(err, TD_ERR_NOMEM, "out of memory: %llu elements of %llu bytes", (unsigned long long)n,
            (unsigned long long)size);
    return NULL;
}

static int is_too_large(uint64_t n, size_t size) {
    return size != 0 && n > ((uint64_t)1 << 48) / size;
}

void *td_mem_array(uint64_t n, size_t size, td_error *err) {
    void *block = is_too_large(n, size) ? NULL : allocate(n * size);
    return block != NULL ? block : fail_nomem(n, size, err);
}

void *td_mem_zeroed(uint64_t n, size_t size, td_error *err) {
    void *block = td_mem_array(n, size, err);
    if (block != NULL) memset(block, 0, n * size);
    return block;
}

void *td_mem_resize(void *block, uint64_t n, size_t size, td_error *err) {
    if (block == NULL) return td_mem_array(n, size, err);
    void *grown = is_too_large(n, size) ? NULL : allocate(n * size);
    if (grown == NULL) return fail_nomem(n, size, err);
    uint64_t old_bytes = block_bytes(block);
    memcpy(grown, block, old_bytes < n * size ? old_bytes : n * size);
    td_mem_free(block);
    return grown;
}

char *td_mem_text(const char *text, td_error *err) {
    uint64_t bytes = strlen(text) + 1;
    char *copy = td_mem_array(bytes, 1, err);
    if (copy != NULL) memcpy(copy, text, bytes);
    return copy;
}

void td_mem_free(void *block) {
    if (block == NULL) return;
    count(0, block_bytes(block));
    free((char *)block - HEAD_BYTES);
}

uint64_t td_mem_live_bytes(void) { return atomic_load(&live_bytes); }

uint64_t td_mem_peak_bytes(void) { return atomic_load(&peak_bytes); }

void td_mem_fail_after(uint64_t n) { atomic_store(&fail_countdown, n); }
