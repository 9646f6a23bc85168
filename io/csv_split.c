/* io/csv_split.c: where a block of delimited text can be cut, in parallel.
 *
 * A record ends at a newline outside quotes, and whether a newline is inside depends on everything
 * before it. So the text is first cut at newlines of any kind, every piece_bytes or so:
 *
 *     ...,"a\nb",1\n c,d\n "e\n f",2\n ...
 *            ^ a cut behind this newline starts inside quotes, behind the others at a record
 *
 * Behind a newline there are only two possibilities: a record starts, or we are inside quotes. Each
 * block is read under both, and a walk over the blocks picks the one that is true:
 *
 * 1. Per block (parallel): count newlines and quotes, 16 bytes at a time.
 * 2. No quote anywhere: newlines are record ends and the blocks are the pieces. Otherwise, per
 *    block (parallel) and per possibility: count the newlines inside quotes, note the first record
 *    start and whether the block ends inside quotes. Quotes are found by memchr; an opening one
 *    stands at the start of a field.
 * 3. Walk (sequential, one step a block): line and record numbers; a block without a record start
 *    joins the piece before it.
 *
 * Cost: one pass at memory speed, three where quotes occur. Bad quoting is not judged here; readers
 * of the pieces report it with its place. */
#include "io/csv_split.h"

#include <string.h>

#include "core/base/mem.h"

/* What a block does when it starts at a record (index 0) or inside quotes (index 1). */
typedef struct block_case {
    uint64_t n_quoted_lines; /* newlines inside quotes */
    const char *first;       /* first record start, NULL = none */
    uint64_t lines_before;   /* newlines before `first` */
    int ends_in_quotes;
} block_case;

typedef struct block {
    const char *begin;
    const char *end;
    uint64_t n_lines; /* newlines */
    uint64_t n_quotes;
    block_case when[2];
} block;

typedef struct splitting {
    td_bytes text;
    char delimiter;
    uint64_t piece_bytes;
    const td_file *file; /* gives back the pages of blocks that were read; NULL = keep them */
    block *blocks;       /* [n_blocks] */
    uint64_t n_blocks;
} splitting;

typedef uint8_t bytes16 __attribute__((vector_size(16)));

/* How often two byte values occur. Lanes count up to 255 matches, then they are added up. */
static void count_two(const char *at, const char *end, char a, char b, uint64_t n[2]) {
    const bytes16 want_a = (bytes16){0} + (uint8_t)a;
    const bytes16 want_b = (bytes16){0} + (uint8_t)b;
    n[0] = n[1] = 0;
    while (end - at >= 16) {
        bytes16 found_a = {0};
        bytes16 found_b = {0};
        for (int round = 0; round < 255 && end - at >= 16; round++, at += 16) {
            bytes16 bytes;
            memcpy(&bytes, at, 16);
            found_a -= (bytes16)(bytes == want_a); /* a match is 0xFF, that is -1 */
            found_b -= (bytes16)(bytes == want_b);
        }
        for (int lane = 0; lane < 16; lane++) {
            n[0] += found_a[lane];
            n[1] += found_b[lane];
        }
    }
    for (; at < end; at++) {
        n[0] += *at == a;
        n[1] += *at == b;
    }
}

static uint64_t count_lines(const char *at, const char *end) {
    uint64_t n[2];
    count_two(at, end, '\n', '\n', n);
    return n[0];
}

/* Address behind the first newline at or behind `at`; the end of the text when there is none. */
static const char *behind_newline(td_bytes text, const char *at) {
    const char *end = text.data + text.n;
    const char *newline = at < end ? memchr(at, '\n', (uint64_t)(end - at)) : NULL;
    return newline != NULL ? newline + 1 : end;
}

/* Block i starts behind the first newline at or behind byte i * piece_bytes - 1. */
static const char *block_start(const splitting *s, uint64_t i) {
    if (i == 0) return s->text.data;
    return behind_newline(s->text, s->text.data + i * s->piece_bytes - 1);
}

/* Step 1. */
static td_status count_block(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    splitting *s = ctx;
    block *b = &s->blocks[chunk.index];
    uint64_t n[2];
    b->begin = block_start(s, chunk.index);
    b->end =
        chunk.index + 1 < s->n_blocks ? block_start(s, chunk.index + 1) : s->text.data + s->text.n;
    count_two(b->begin, b->end, '\n', '"', n);
    b->n_lines = n[0];
    b->n_quotes = n[1];
    td_file_release(s->file, b->begin, b->end);
    return TD_OK;
}

/* Address behind the closing quote of a field whose content starts at `at`, `end` when it does not
 * close before. */
static const char *behind_quotes(const char *at, const char *end, int *is_closed) {
    while ((at = memchr(at, '"', (uint64_t)(end - at))) != NULL) {
        at++;
        if (at == end || *at != '"') {
            *is_closed = 1;
            return at;
        }
        at++; /* "" is a quote, the field goes on */
    }
    *is_closed = 0;
    return end;
}

/* Step 2 for one possibility. A block ends behind a newline, so no "" pair is cut in two. */
static block_case walk_block(const block *b, char delimiter, int in_quotes) {
    block_case c = {.first = in_quotes ? NULL : b->begin, .ends_in_quotes = in_quotes};
    const char *at = b->begin;
    int seeks_first = in_quotes;
    for (;;) {
        if (c.ends_in_quotes) {
            int is_closed;
            const char *stop = behind_quotes(at, b->end, &is_closed);
            c.n_quoted_lines += count_lines(at, stop);
            c.ends_in_quotes = !is_closed;
            at = stop;
        }
        const char *quote = at < b->end ? memchr(at, '"', (uint64_t)(b->end - at)) : NULL;
        const char *stop = quote != NULL ? quote : b->end;
        if (seeks_first && at < stop) {
            const char *newline = memchr(at, '\n', (uint64_t)(stop - at));
            seeks_first = newline == NULL;
            if (newline != NULL && newline + 1 < b->end) c.first = newline + 1;
        }
        if (quote == NULL) break;
        at = quote + 1;
        c.ends_in_quotes = quote == b->begin || quote[-1] == delimiter || quote[-1] == '\n';
    }
    if (c.first != NULL) c.lines_before = count_lines(b->begin, c.first);
    return c;
}

static td_status walk_both(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    splitting *s = ctx;
    block *b = &s->blocks[chunk.index];
    if (b->n_quotes == 0) {
        b->when[0] = (block_case){.first = b->begin};
        b->when[1] = (block_case){.n_quoted_lines = b->n_lines, .ends_in_quotes = 1};
        return TD_OK;
    }
    b->when[0] = walk_block(b, s->delimiter, 0);
    b->when[1] = walk_block(b, s->delimiter, 1);
    td_file_release(s->file, b->begin, b->end);
    return TD_OK;
}

/* Step 3. Walk over the blocks with the state at their start: lines and records so far, and whether
 * a quote is open. A block gives a piece when a record starts in it; its end is the start of the
 * next one. */
static void number_pieces(const splitting *s, td_csv_split *out) {
    uint64_t line = 1;
    uint64_t record = 0;
    int in_quotes = 0;
    for (uint64_t i = 0; i < s->n_blocks; i++) {
        const block *b = &s->blocks[i];
        if (b->begin == b->end) continue;
        const block_case *c = &b->when[in_quotes];
        uint64_t n_ends = b->n_lines - c->n_quoted_lines; /* record ends in this block */
        if (c->first != NULL) {
            /* The record that came in from before ends at the first record end. */
            if (out->n_pieces > 0) out->piece[out->n_pieces - 1].end = c->first;
            out->piece[out->n_pieces++] = (td_csv_piece){.begin = c->first,
                                                         .line = line + c->lines_before,
                                                         .record = record + (uint64_t)in_quotes};
        }
        line += b->n_lines;
        record += n_ends;
        in_quotes = c->ends_in_quotes;
    }
    const char *end = s->text.data + s->text.n;
    if (s->text.n > 0 && (end[-1] != '\n' || in_quotes)) record++; /* no final newline */
    for (uint64_t i = 0; i < out->n_pieces; i++) {
        int is_last = i + 1 == out->n_pieces;
        td_csv_piece *p = &out->piece[i];
        if (is_last) p->end = end;
        p->n_records = (is_last ? record : out->piece[i + 1].record) - p->record;
    }
    out->n_records = record;
}

static td_status split_blocks(td_csv_split *out, splitting *s, const td_exec *exec, td_error *err) {
    TD_TRY(td_par_for(exec, s->text.n, s->piece_bytes, count_block, s, err));
    for (uint64_t i = 0; i < s->n_blocks; i++) {
        s->blocks[i].when[0].first = s->blocks[i].begin;
        out->has_quotes |= s->blocks[i].n_quotes > 0;
    }
    if (out->has_quotes) {
        TD_TRY(td_par_for(exec, s->text.n, s->piece_bytes, walk_both, s, err));
    }
    TD_NEW(out->piece, s->n_blocks, err);
    number_pieces(s, out);
    return TD_OK;
}

td_status td_csv_split_file(td_csv_split *out, const td_csv_text *text, const td_exec *exec,
                            td_error *err) {
    *out = (td_csv_split){0};
    TD_CHECK(text->piece_bytes > 0, err, TD_ERR_ARG, "pieces of 0 bytes");
    splitting s = {.text = text->text,
                   .delimiter = text->delimiter,
                   .piece_bytes = text->piece_bytes,
                   .file = text->file};
    s.n_blocks = td_par_n_chunks(s.text.n, s.piece_bytes);
    TD_NEW_ZEROED(s.blocks, s.n_blocks, err);
    td_status status = split_blocks(out, &s, exec, err);
    td_mem_free(s.blocks);
    return status;
}

td_status td_csv_split_text(td_csv_split *out, td_bytes text, char delimiter, uint64_t piece_bytes,
                            const td_exec *exec, td_error *err) {
    td_csv_text whole = {text, delimiter, piece_bytes, NULL};
    return td_csv_split_file(out, &whole, exec, err);
}

void td_csv_split_free(td_csv_split *split) {
    td_mem_free(split->piece);
    *split = (td_csv_split){0};
}

td_bytes td_csv_skip_bom(td_bytes text) {
    if (text.n < 3 || memcmp(text.data, "\xEF\xBB\xBF", 3) != 0) return text;
    return (td_bytes){text.data + 3, text.n - 3};
}

/* Quotes are toggled here, not parsed: good enough for a header line. */
char td_csv_guess_delimiter(td_bytes text) {
    static const char candidates[3] = {',', '\t', ';'};
    uint64_t n[3] = {0};
    int in_quotes = 0;
    for (uint64_t i = 0; i < text.n && (in_quotes || text.data[i] != '\n'); i++) {
        if (text.data[i] == '"') in_quotes = !in_quotes;
        for (int k = 0; k < 3; k++) n[k] += !in_quotes && text.data[i] == candidates[k];
    }
    int best = 0;
    for (int k = 1; k < 3; k++) best = n[k] > n[best] ? k : best;
    return candidates[best];
}
