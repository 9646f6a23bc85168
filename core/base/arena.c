/* core/base/arena.c: a chain of blocks, newest first. See arena.h for the picture.
 *
 * 1. A request is rounded up to 64 bytes, so each piece starts on a cache line of its own and two
 *    workers' scratch never shares one.
 * 2. It is taken from the newest block. If that is too full, a new block of twice the size (or of
 *    the request, if larger) is opened; the rest of the old one is not used any more.
 * 3. A mark is (newest block, bytes used). Rewinding gives newer blocks back to the heap and
 *    restores the fill.
 *
 * A request costs a few additions. Rewinding inside the newest block touches no heap; a loop that
 * rewinds each round should take its largest piece, or a mark, in a block that outlives the loop.
 * Blocks are counted by mem.c like all others. */
#include "core/base/arena.h"

#include "core/base/mem.h"

enum { FIRST_BLOCK_BYTES = 64 * 1024 };

struct td_arena_block {
    td_arena_block *below;
    uint64_t n_bytes; /* payload bytes */
    _Alignas(64) char payload[];
};

void td_arena_free(td_arena *arena) { td_arena_rewind(arena, (td_arena_mark){NULL, 0}); }

td_arena_mark td_arena_save(const td_arena *arena) {
    return (td_arena_mark){.top = arena->top, .used = arena->used};
}

void td_arena_rewind(td_arena *arena, td_arena_mark mark) {
    while (arena->top != mark.top) {
        td_arena_block *below = arena->top->below;
        td_mem_free(arena->top);
        arena->top = below;
    }
    arena->used = mark.used;
}

/* Open a block that holds at least `at_least` bytes; on failure the arena is as before. */
static td_status push_block(td_arena *arena, uint64_t at_least, td_error *err) {
    uint64_t n_bytes = arena->top != NULL ? 2 * arena->top->n_bytes : FIRST_BLOCK_BYTES;
    if (n_bytes < at_least) n_bytes = at_least;
    td_arena_block *block = td_mem_array(1, sizeof *block + n_bytes, err);
    if (block == NULL) return TD_ERR_NOMEM;
    block->below = arena->top;
    block->n_bytes = n_bytes;
    arena->top = block;
    arena->used = 0;
    return TD_OK;
}

void *td_arena_array(td_arena *arena, uint64_t n, size_t size, td_error *err) {
    if (size != 0 && n > ((uint64_t)1 << 48) / size) {
        td_fail(err, TD_ERR_NOMEM, "out of memory: %llu elements of %llu bytes",
                (unsigned long long)n, (unsigned long long)size);
        return NULL;
    }
    uint64_t bytes = (n * size + 63) & ~(uint64_t)63;
    if (arena->top == NULL || arena->top->n_bytes - arena->used < bytes) {
        if (push_block(arena, bytes, err) != TD_OK) return NULL;
    }
    void *start = arena->top->payload + arena->used;
    arena->used += bytes;
    return start;
}
