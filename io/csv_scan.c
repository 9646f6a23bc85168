/* io/csv_scan.c: the rare halves of the field iterator: quoted fields, and errors with their place.
 * The common half, fields without quotes, is inline in csv_scan.h.
 *
 *     "say ""hi""",2\n        a closing quote is followed by the delimiter, a line end or the end
 *     ^text      ^stop        of the text; a quote after a quote is part of the field
 *
 * 1. A field that starts with a quote runs to the next single quote. Newlines on the way belong to
 *    the field and are counted, so that the records below keep their true line numbers.
 * 2. Fields are never copied here: a field with doubled quotes is marked, and td_csv_unescape makes
 *    it single when someone wants the text.
 * 3. An error names file, line and column. They are worked out when it happens, from the start of
 *    the record, so the fast path keeps no columns.
 *
 * Cost: one step a byte. Not done: other escapes than doubling (backslash), other quotes than ".
 * Source: RFC 4180, "Common Format and MIME Type for CSV Files" (2005). */
#include "io/csv_scan.h"

#include <stdarg.h>
#include <stdio.h>

td_csv_cursor td_csv_open(const td_csv_piece *piece, const td_csv_split *split, char delimiter,
                          const char *path) {
    return (td_csv_cursor){.at = piece->begin,
                           .end = piece->end,
                           .record = piece->begin,
                           .line = piece->line,
                           .path = path,
                           .delimiter = delimiter,
                           .has_quotes = split->has_quotes != 0};
}

/* `stop` is the closing quote: what follows must end the field. A CR counts as part of a line end
 * only before LF or at the end of the text, as in td_csv_next. */
static td_status finish_quoted(td_csv_cursor *cursor, td_csv_field *field, const char *stop,
                               td_error *err) {
    field->n = (uint64_t)(stop - field->text);
    const char *behind = stop + 1;
    if (behind < cursor->end && *behind == cursor->delimiter) {
        field->is_last = 0;
        cursor->at = behind + 1;
        return TD_OK;
    }
    if (cursor->end - behind >= 2 && behind[0] == '\r' && behind[1] == '\n') behind++;
    if (behind < cursor->end && *behind == '\r' && behind + 1 == cursor->end) behind++;
    if (behind < cursor->end && *behind != '\n') {
        char shown[64];
        return td_csv_fail(
            err, TD_ERR_FORMAT, cursor, behind, "text after a closing quote: %s",
            td_csv_show(shown, field->text - 1, (uint64_t)(behind - field->text) + 2));
    }
    field->is_last = 1;
    td_csv_end_record(cursor, behind);
    return TD_OK;
}

/* Walks to the closing quote byte by byte: newlines have to be counted on the way, and quoted
 * fields are short and rare. */
td_status td_csv_next_quoted(td_csv_cursor *cursor, td_csv_field *field, td_error *err) {
    const char *begin = cursor->at + 1;
    uint64_t n_newlines = 0;
    field->text = begin;
    field->is_quoted = 1;
    field->has_escape = 0;
    for (const char *at = begin; at < cursor->end; at++) {
        n_newlines += *at == '\n';
        if (*at != '"') continue;
        if (at + 1 < cursor->end && at[1] == '"') {
            field->has_escape = 1;
            at++;
            continue;
        }
        cursor->lines_below += n_newlines;
        return finish_quoted(cursor, field, at, err);
    }
    return td_csv_fail(err, TD_ERR_FORMAT, cursor, cursor->at, "quote is never closed");
}

td_status td_csv_skip_record(td_csv_cursor *cursor, td_error *err) {
    td_csv_field field = {0};
    do {
        TD_TRY(td_csv_next(cursor, &field, err));
    } while (!field.is_last);
    return TD_OK;
}

/* In a quoted field every quote is the first of a pair: copy it, step over the second. */
uint64_t td_csv_unescape(char *out, const td_csv_field *field) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < field->n; i++) {
        out[n++] = field->text[i];
        i += field->has_escape && field->text[i] == '"';
    }
    return n;
}

/* The place is worked out here, once, so that the fast path need not keep track of columns:
 * newlines between the record's start and `at` can only stand in quotes and belong to the
 * record. */
td_status td_csv_fail(td_error *err, td_status code, const td_csv_cursor *start, const char *at,
                      const char *fmt, ...) {
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    uint64_t line = start->line;
    const char *line_begin = start->record;
    for (const char *p = start->record; p < at; p++) {
        if (*p != '\n') continue;
        line++;
        line_begin = p + 1;
    }
    return td_fail_at(err, code, start->path, line, (uint64_t)(at - line_begin) + 1, "%s", text);
}

/* Bytes from 0x80 on are left alone: names in UTF-8 should be readable in an error. */
const char *td_csv_show(char out[64], const char *text, uint64_t n) {
    enum { SHOWN = 40 };
    uint64_t length = n < SHOWN ? n : SHOWN;
    /* do not cut a UTF-8 sequence in two */
    while (n > length && length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    char *p = out;
    *p++ = '\'';
    for (uint64_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        *p++ = c < 0x20 || c == 0x7F ? '?' : (char)c;
    }
    if (n > length) {
        memcpy(p, "...", 3);
        p += 3;
    }
    p[0] = '\'';
    p[1] = '\0';
    return out;
}
