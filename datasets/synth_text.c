/* datasets/synth_text.c: text for files of millions of rows, made by all threads, written in order.
 *
 * Problem: 20 million rows through printf cost a minute; and a file must have the same bytes
 * whoever made its parts.
 *
 * 1. Digits come two at a time from a table of "00" .. "99" (one division by 100 for two digits).
 * 2. A file is a sequence of pieces. A batch of N_BATCH pieces is made in parallel, each piece in
 *    the buffer of its place in the batch; then the batch is appended to the file in piece order.
 * 3. Buffers keep their memory from batch to batch, so the heap is asked a few times per file.
 *
 * Cost: O(bytes). Not done: writing while the next batch is being made. */
#include "datasets/synth_text.h"

#include "core/base/mem.h"
#include "io/file.h"

enum { N_BATCH = 32 };

/* At least doubled, so that a buffer that grows byte by byte is copied O(1) times a byte. */
td_status td_synth_text_reserve(td_synth_text *text, uint64_t more, td_error *err) {
    if (text->capacity - text->n >= more) return TD_OK;
    uint64_t capacity = 2 * text->capacity > text->n + more ? 2 * text->capacity : text->n + more;
    char *bytes = td_mem_resize(text->bytes, capacity, 1, err);
    if (bytes == NULL) return TD_ERR_NOMEM;
    text->bytes = bytes;
    text->capacity = capacity;
    return TD_OK;
}

/* DIGIT_PAIRS[2 n], [2 n + 1]: the two digits of n, 0 .. 99. */
static const char DIGIT_PAIRS[201] = "00010203040506070809"
                                     "10111213141516171819"
                                     "20212223242526272829"
                                     "30313233343536373839"
                                     "40414243444546474849"
                                     "50515253545556575859"
                                     "60616263646566676869"
                                     "70717273747576777879"
                                     "80818283848586878889"
                                     "90919293949596979899";

/* Digits of value, right-aligned so that they end before `end`; returns the first one. */
static char *digits_before(char *end, uint64_t value) {
    char *first = end;
    while (value >= 100) {
        first -= 2;
        memcpy(first, DIGIT_PAIRS + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        first -= 2;
        memcpy(first, DIGIT_PAIRS + 2 * value, 2);
    } else {
        *--first = (char)('0' + value);
    }
    return first;
}

void td_synth_put_u64(td_synth_text *text, uint64_t value) {
    char digits[20];
    char *end = digits + sizeof digits;
    char *first = digits_before(end, value);
    td_synth_put(text, first, (uint64_t)(end - first));
}

/* Digits of the integer first, filled up with zeros to n_digits + 1, then the point between them.
 */
void td_synth_put_fixed(td_synth_text *text, uint64_t value, int n_digits) {
    char digits[20];
    char *end = digits + sizeof digits;
    char *first = digits_before(end, value);
    while (end - first <= n_digits) *--first = '0';
    td_synth_put(text, first, (uint64_t)(end - first - n_digits));
    td_synth_put_char(text, '.');
    td_synth_put(text, end - n_digits, (uint64_t)n_digits);
}

typedef struct batch {
    const td_synth_pieces *pieces;
    uint64_t first;              /* piece made into text[0] */
    td_synth_text text[N_BATCH]; /* one per place */
} batch;

/* One piece into the buffer of its place, on any thread. */
static td_status make_piece(void *ctx, td_chunk chunk, td_error *err) {
    batch *b = ctx;
    td_synth_text *text = &b->text[chunk.index];
    text->n = 0;
    return b->pieces->fn(b->pieces->ctx, b->first + chunk.index, text, err);
}

/* Steps 2 and 3. */
static td_status write_batches(td_writer *writer, batch *b, const td_exec *exec, td_error *err) {
    const td_synth_pieces *pieces = b->pieces;
    td_writer_text(writer, pieces->header);
    td_writer_bytes(writer, "\n", 1);
    for (b->first = pieces->begin; b->first < pieces->end; b->first += N_BATCH) {
        uint64_t n = pieces->end - b->first < N_BATCH ? pieces->end - b->first : N_BATCH;
        TD_TRY(td_exec_progress(exec, pieces->stage, b->first - pieces->begin,
                                pieces->end - pieces->begin, err));
        TD_TRY(td_par_for(exec, n, 1, make_piece, b, err));
        for (uint64_t i = 0; i < n; i++) td_writer_bytes(writer, b->text[i].bytes, b->text[i].n);
    }
    return TD_OK;
}

td_status td_synth_write_pieces(const char *folder, const char *name, const td_synth_pieces *pieces,
                                const td_exec *exec, td_error *err) {
    char path[4096];
    TD_TRY(td_path_join(path, sizeof path, folder, name, err));
    td_writer *writer;
    TD_TRY(td_writer_open(&writer, path, err));
    batch b = {.pieces = pieces};
    td_status status = write_batches(writer, &b, exec, err);
    for (int i = 0; i < N_BATCH; i++) td_mem_free(b.text[i].bytes);
    if (status != TD_OK) {
        td_writer_abort(writer);
        return status;
    }
    return td_writer_commit(writer, err);
}
