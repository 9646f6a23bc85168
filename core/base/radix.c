/* core/base/radix.c: least-significant-digit radix sort, parallel and deterministic.
 *
 * Problem: order n pairs by a 64-bit key without a comparison per level, with the same result for
 * any number of threads.
 *
 * Steps:
 *   1. differ = OR over i of (key[i] xor key[0]): bytes of the key that are the same everywhere
 *      need no pass.
 *   2. For each remaining byte d, from the lowest: every chunk c of rows counts its bytes,
 *      count[c][v]; the first slot of value v for chunk c is
 *          slot[c][v] = sum over w < v, all chunks, of count[.][w] + sum over b < c of count[b][v]
 *      and every chunk moves its rows to their slots in row order. Chunks are cut by the data and
 *      their slots do not overlap, so the pass is stable and no thread can see another's rows.
 *   3. Rows travel between `rows` and `scratch`; an odd number of passes ends with a copy.
 *
 * Cost: 2 n moves of 16 bytes a differing byte; n / 2^16 * 1 KiB of counts.
 * Reference: Knuth, The Art of Computer Programming 3, 2nd ed., 5.2.5 (distribution sorting). */
#include "core/base/radix.h"

#include <string.h>

#include "core/base/mem.h"

enum {
    GRAIN = 1 << 16,
    N_VALUES = 256,    /* of one byte */
    INSERTION_MAX = 48 /* below this, counting 256 values costs more than moving the rows */
};

typedef struct pass_ctx {
    const td_keyed *from;
    td_keyed *to;
    uint64_t (*slot)[N_VALUES]; /* [n_chunks] */
    int shift;                  /* of the byte in the key */
} pass_ctx;

/* Bits in which a key of the chunk differs from the first key of all. */
static td_status differ_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    pass_ctx *pass = ctx;
    uint64_t differ = 0;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        differ |= pass->from[i].key ^ pass->from[0].key;
    }
    pass->slot[chunk.index][0] = differ;
    return TD_OK;
}

/* How often each byte value occurs in the chunk. */
static td_status count_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    pass_ctx *pass = ctx;
    uint64_t *count = pass->slot[chunk.index];
    memset(count, 0, N_VALUES * sizeof *count);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        count[pass->from[i].key >> pass->shift & (N_VALUES - 1)]++;
    }
    return TD_OK;
}

/* Turn counts into first slots: by value first, by chunk within a value. */
static void place_chunks(pass_ctx *pass, uint64_t n_chunks) {
    uint64_t next = 0;
    for (int value = 0; value < N_VALUES; value++) {
        for (uint64_t c = 0; c < n_chunks; c++) {
            uint64_t count = pass->slot[c][value];
            pass->slot[c][value] = next;
            next += count;
        }
    }
}

/* Rows in order to their slots: equal bytes keep their order. */
static td_status move_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const pass_ctx *pass = ctx;
    uint64_t *slot = pass->slot[chunk.index];
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint64_t value = pass->from[i].key >> pass->shift & (N_VALUES - 1);
        pass->to[slot[value]++] = pass->from[i];
    }
    return TD_OK;
}

/* Stable: a row passes greater keys only. */
static void sort_by_insertion(td_keyed *rows, uint64_t n) {
    for (uint64_t i = 1; i < n; i++) {
        td_keyed row = rows[i];
        uint64_t at = i;
        for (; at > 0 && rows[at - 1].key > row.key; at--) rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

/* Steps 1 to 3. */
static td_status sort_by_passes(pass_ctx *pass, td_keyed *rows, td_keyed *scratch, uint64_t n,
                                const td_exec *exec, td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(n, GRAIN);
    pass->from = rows;
    pass->to = scratch;
    TD_TRY(td_par_for(exec, n, GRAIN, differ_chunk, pass, err));
    uint64_t differ = 0;
    for (uint64_t c = 0; c < n_chunks; c++) differ |= pass->slot[c][0];
    for (pass->shift = 0; pass->shift < 64; pass->shift += 8) {
        if ((differ >> pass->shift & (N_VALUES - 1)) == 0) continue;
        TD_TRY(td_par_for(exec, n, GRAIN, count_chunk, pass, err));
        place_chunks(pass, n_chunks);
        TD_TRY(td_par_for(exec, n, GRAIN, move_chunk, pass, err));
        td_keyed *moved = pass->to;
        pass->to = moved == scratch ? rows : scratch;
        pass->from = moved;
    }
    if (pass->from == scratch) memcpy(rows, scratch, n * sizeof *rows);
    return TD_OK;
}

td_status td_radix_sort(td_keyed *rows, td_keyed *scratch, uint64_t n, const td_exec *exec,
                        td_error *err) {
    if (n <= INSERTION_MAX) {
        sort_by_insertion(rows, n);
        return TD_OK;
    }
    pass_ctx pass = {.from = rows};
    TD_NEW(pass.slot, td_par_n_chunks(n, GRAIN), err);
    td_status status = sort_by_passes(&pass, rows, scratch, n, exec, err);
    td_mem_free(pass.slot);
    return status;
}
