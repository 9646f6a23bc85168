/* io/csv_scan.h: a piece of delimited text -> records -> fields. The layer under every CSV reader;
 * it knows nothing of types.
 *
 * Dialect: RFC 4180. A quote opens only at the start of a field, "" inside is one quote, a newline
 * inside belongs to the field; a quote within an unquoted field is an ordinary character; text
 * after a closing quote and an unterminated quote are errors. Records end at LF or CRLF, the last
 * one also at the end of the text. A UTF-8 byte order mark is skipped.
 *
 * The text must be followed by 64 readable bytes of any value, as td_file_bytes is. */
#ifndef TD_IO_CSV_SCAN_H
#define TD_IO_CSV_SCAN_H

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/base/err.h"
#include "io/csv_split.h"

/* Where a reader stands. Plain struct, one per piece and thread. */
typedef struct td_csv_cursor {
    const char *at;       /* next byte */
    const char *end;      /* end of the piece */
    const char *record;   /* first byte of the current record */
    uint64_t line;        /* its physical line, from 1 */
    uint64_t lines_below; /* newlines inside this record's quotes so far */
    const char *path;     /* for errors, borrowed */
    char delimiter;
    char has_quotes;
} td_csv_cursor;

/* One field, borrowed from the text. */
typedef struct td_csv_field {
    const char *text; /* [n] without the outer quotes; "" still doubled when has_escape */
    uint64_t n;
    uint8_t is_last;    /* the record ends behind this field */
    uint8_t is_quoted;  /* stood in quotes: "" is an empty text, not nothing */
    uint8_t has_escape; /* holds doubled quotes: see td_csv_unescape */
} td_csv_field;

/* At the first record of a piece. */
td_csv_cursor td_csv_open(const td_csv_piece *piece, const td_csv_split *split, char delimiter,
                          const char *path);

/* Rare half of td_csv_next: a field that starts with a quote. TD_ERR_FORMAT with the place. */
td_status td_csv_next_quoted(td_csv_cursor *cursor, td_csv_field *field, td_error *err);

/* Address of the first delimiter or LF in [at, ...): one stands there, or at `end`, or the search
 * stops at `end`. Reads up to 16 bytes at a time. */
static inline const char *td_csv_find_end(const char *at, const char *end, char delimiter) {
#if defined(__SSE2__)
    const __m128i want = _mm_set1_epi8(delimiter);
    const __m128i newline = _mm_set1_epi8('\n');
    for (; at < end; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(bytes, want), _mm_cmpeq_epi8(bytes, newline));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);
        if (mask != 0) {
            at += __builtin_ctz(mask);
            return at < end ? at : end;
        }
    }
    return end;
#else
    while (at < end && *at != delimiter && *at != '\n') at++;
    return at;
#endif
}

/* Step over the line end at `at` (which is the LF, or `end`). */
static inline void td_csv_end_record(td_csv_cursor *cursor, const char *at) {
    cursor->at = at < cursor->end ? at + 1 : at;
    cursor->line += cursor->lines_below + 1;
    cursor->lines_below = 0;
    cursor->record = cursor->at;
}

/* Next field. Call while the record has fields (until field->is_last), then the cursor stands at
 * the next record or at the end of the piece (cursor->at == cursor->end). A blank line is a record
 * of one empty field. */
static inline td_status td_csv_next(td_csv_cursor *cursor, td_csv_field *field, td_error *err) {
    const char *begin = cursor->at;
    if (cursor->has_quotes && begin < cursor->end && *begin == '"') {
        return td_csv_next_quoted(cursor, field, err);
    }
    const char *stop = td_csv_find_end(begin, cursor->end, cursor->delimiter);
    field->text = begin;
    field->is_quoted = 0;
    field->has_escape = 0;
    if (stop < cursor->end && *stop != '\n') {
        field->n = (uint64_t)(stop - begin);
        field->is_last = 0;
        cursor->at = stop + 1;
        return TD_OK;
    }
    field->n = (uint64_t)(stop - begin) - (stop > begin && stop[-1] == '\r');
    field->is_last = 1;
    td_csv_end_record(cursor, stop);
    return TD_OK;
}

/* Step to the next record without looking at the fields that are left of this one. */
td_status td_csv_skip_record(td_csv_cursor *cursor, td_error *err) TD_MUST_USE;

/* Copy the field with doubled quotes made single; out has room for field->n bytes. Length. */
uint64_t td_csv_unescape(char *out, const td_csv_field *field);

/* Fail at the byte `at` of the record that began at `start` (a copy of the cursor taken there, as
 * td_csv_next moves the cursor behind the record): file, line and column are worked out here. */
td_status td_csv_fail(td_error *err, td_status code, const td_csv_cursor *start, const char *at,
                      const char *fmt, ...) TD_PRINTF(5, 6);

/* A value for an error text: quoted, at most 40 bytes of it, control characters as '?'. Returns
 * out. */
const char *td_csv_show(char out[64], const char *text, uint64_t n);

#endif
