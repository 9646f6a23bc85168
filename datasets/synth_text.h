/* datasets/synth_text.h: growing text buffers, and files written from pieces made in parallel.
 *
 *     piece      0    1    2    3  |  4    5    6    7  | ...      one batch = 32 pieces
 *     made by   any worker, any order, each into a buffer of its own
 *     written    0 -> 1 -> 2 -> 3  -> 4 -> ...                     always in piece order
 *
 * So the file's bytes cannot depend on the number of threads, and memory stays at one batch. */
#ifndef TD_DATASETS_SYNTH_TEXT_H
#define TD_DATASETS_SYNTH_TEXT_H

#include <stdint.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/par.h"

typedef struct td_synth_text {
    char *bytes; /* [capacity], the first n are filled */
    uint64_t n;
    uint64_t capacity;
} td_synth_text;

/* Make room for `more` further bytes. */
td_status td_synth_text_reserve(td_synth_text *text, uint64_t more, td_error *err) TD_MUST_USE;

/* Append; the caller has reserved the room. */
static inline void td_synth_put(td_synth_text *text, const char *bytes, uint64_t n) {
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
}

static inline void td_synth_put_char(td_synth_text *text, char c) { text->bytes[text->n++] = c; }

/* Decimal digits of value, at most 20 bytes. */
void td_synth_put_u64(td_synth_text *text, uint64_t value);

/* whole.fraction of value / 10^n_digits, with all n_digits (1 .. 9) digits of the fraction. */
void td_synth_put_fixed(td_synth_text *text, uint64_t value, int n_digits);

/* Append piece `index` to text. `worker` numbers the calling thread as in td_chunk. */
typedef td_status (*td_synth_piece_fn)(void *ctx, uint64_t index, td_synth_text *text,
                                       td_error *err);

/* How a file is put together. */
typedef struct td_synth_pieces {
    const char *header; /* first line, without its end */
    const char *stage;  /* name for the progress callback */
    uint64_t begin;     /* pieces begin .. end - 1 */
    uint64_t end;
    td_synth_piece_fn fn; /* called from several threads */
    void *ctx;            /* borrowed */
} td_synth_pieces;

/* Write the whole file folder/name, or nothing. */
td_status td_synth_write_pieces(const char *folder, const char *name, const td_synth_pieces *pieces,
                                const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
