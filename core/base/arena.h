/* core/base/arena.h: scratch memory that is given back all at once.
 *
 *     block 0            block 1 (twice the size)
 *     |aaaa|bb|ccccc....|ddddddddddd|................|
 *               ^ mark                ^ used
 *
 * A function that needs scratch takes an arena, marks it at entry and rewinds it at exit; what it
 * handed out in between is gone then, and so are the blocks opened in between. Blocks grow by
 * doubling. One arena belongs to one thread at a time. */
#ifndef TD_CORE_BASE_ARENA_H
#define TD_CORE_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

typedef struct td_arena_block td_arena_block;

typedef struct td_arena {
    td_arena_block *top; /* newest block, NULL while empty */
    uint64_t used;       /* bytes taken from the newest block */
} td_arena;

typedef struct td_arena_mark {
    td_arena_block *top;
    uint64_t used;
} td_arena_mark;

/* An empty arena is `td_arena a = {0};`. Free gives all blocks back and leaves it empty. */
void td_arena_free(td_arena *arena);

/* n elements of `size` bytes, aligned to 64, contents undefined. NULL and a filled err when memory
 * is out. *Borrowed* from the arena until it is rewound below this point. */
void *td_arena_array(td_arena *arena, uint64_t n, size_t size, td_error *err) TD_MUST_USE;

/* The present end of the arena, and going back to it. Marks are nested like brackets. */
td_arena_mark td_arena_save(const td_arena *arena);
void td_arena_rewind(td_arena *arena, td_arena_mark mark);

#endif
