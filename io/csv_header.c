/* io/csv_header.c: the first record of a file as names of its columns.
 *
 * 1. Take the record's fields one by one into a growing list; check each on the spot: not empty
 *    (but for the first, which R and pandas leave nameless when they write row numbers), no 0 byte.
 * 2. Lay all names end to end and build a dictionary of them. It holds distinct texts, so it is
 *    smaller than the list exactly when a name stands twice; only then look for the first column
 *    whose name was there before, and walk to its place in the text.
 *
 * Names are compared byte by byte: "Age" and "age" are two columns.
 * Cost: O(n log n) for n columns. */
#include "io/csv_header.h"

#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"
#include "core/base/nearest.h"

void td_csv_header_free(td_csv_header *header) {
    for (uint32_t i = 0; i < header->n; i++) td_mem_free(header->name[i]);
    td_mem_free(header->name);
    *header = (td_csv_header){0};
}

/* Append one field as a name. */
static td_status add_name(td_csv_header *header, const td_csv_cursor *start,
                          const td_csv_field *field, td_error *err) {
    const char *at = field->text - field->is_quoted;
    if (field->n == 0 && header->n > 0) {
        return td_csv_fail(err, TD_ERR_FORMAT, start, at, "column %u has no name", header->n + 1);
    }
    if (field->n > 0 && memchr(field->text, 0, field->n) != NULL) {
        return td_csv_fail(err, TD_ERR_FORMAT, start, at, "0 byte in a column name");
    }
    if ((header->n & (header->n - 1)) == 0) { /* 0, 1, 2, 4, ...: the list is full */
        char **grown = td_mem_resize(header->name, header->n == 0 ? 1 : 2 * (uint64_t)header->n,
                                     sizeof *grown, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        header->name = grown;
    }
    char *name;
    TD_NEW(name, field->n + sizeof "c0", err);
    name[td_csv_unescape(name, field)] = '\0';
    if (field->n == 0) strcpy(name, "c0");
    header->name[header->n++] = name;
    return TD_OK;
}

/* Walk to field i of the header again, to name its place. */
static td_status fail_twice(const td_csv_header *header, uint32_t i, const td_csv_cursor *start,
                            td_error *err) {
    td_csv_cursor cursor = *start;
    td_csv_field field;
    for (uint32_t k = 0; k <= i; k++) TD_TRY(td_csv_next(&cursor, &field, err));
    char shown[64];
    return td_csv_fail(err, TD_ERR_FORMAT, start, field.text - field.is_quoted,
                       "column name %s stands twice",
                       td_csv_show(shown, header->name[i], strlen(header->name[i])));
}

/* Lowest column whose name stands in a column before it; fails with its place. */
static td_status check_dict(const td_csv_header *header, const td_textdict *dict,
                            const td_csv_cursor *start, td_error *err) {
    if (dict->n == header->n) return TD_OK;
    char *is_seen;
    TD_NEW_ZEROED(is_seen, dict->n, err);
    uint32_t i = 0;
    for (;; i++) {
        uint32_t code = td_textdict_find(dict, header->name[i], strlen(header->name[i]));
        if (is_seen[code]) break;
        is_seen[code] = 1;
    }
    td_mem_free(is_seen);
    return fail_twice(header, i, start, err);
}

/* Lay the names end to end for a dictionary of them: it is smaller than the list exactly when a
 * name stands twice. O(n log n), so a file with 100,000 columns is no trouble. */
static td_status check_distinct(const td_csv_header *header, const td_csv_cursor *start,
                                td_error *err) {
    uint64_t n_bytes = 0;
    for (uint32_t i = 0; i < header->n; i++) n_bytes += strlen(header->name[i]);
    uint64_t *begin = td_mem_array(header->n, sizeof *begin, err);
    uint32_t *length = td_mem_array(header->n, sizeof *length, err);
    char *bytes = td_mem_array(n_bytes, 1, err);
    td_textdict dict = {0};
    td_status status = begin && length && bytes ? TD_OK : TD_ERR_NOMEM;
    if (status == TD_OK) {
        for (uint64_t i = 0, at = 0; i < header->n; at += length[i++]) {
            begin[i] = at;
            length[i] = (uint32_t)strlen(header->name[i]);
            memcpy(bytes + at, header->name[i], length[i]);
        }
        status = td_textdict_build(&dict, header->n, bytes, begin, length, err);
    }
    if (status == TD_OK) status = check_dict(header, &dict, start, err);
    td_textdict_free(&dict);
    td_mem_free(begin);
    td_mem_free(length);
    td_mem_free(bytes);
    return status;
}

/* A single empty field is a blank line, not a nameless column: the file starts with an empty line.
 */
static td_status read_names(td_csv_header *header, td_csv_cursor *cursor, td_error *err) {
    td_csv_cursor start = *cursor;
    td_csv_field field;
    if (cursor->at == cursor->end) {
        return td_fail_at(err, TD_ERR_FORMAT, cursor->path, 0, 0, "is empty");
    }
    do {
        TD_TRY(td_csv_next(cursor, &field, err));
        TD_TRY(add_name(header, &start, &field, err));
    } while (!field.is_last);
    if (header->n == 1 && field.n == 0) {
        return td_csv_fail(err, TD_ERR_FORMAT, &start, start.at, "the header is blank");
    }
    return check_distinct(header, &start, err);
}

td_status td_csv_header_read(td_csv_header *out, td_csv_cursor *cursor, td_error *err) {
    *out = (td_csv_header){0};
    td_status status = read_names(out, cursor, err);
    if (status != TD_OK) td_csv_header_free(out);
    return status;
}

td_status td_csv_header_find(const td_csv_header *header, const char *path, const char *name,
                             uint32_t *index, td_error *err) {
    for (uint32_t i = 0; i < header->n; i++) {
        if (strcmp(header->name[i], name) == 0) {
            *index = i;
            return TD_OK;
        }
    }
    const char *near = td_nearest_name(name, (const char *const *)header->name, header->n);
    return td_fail_at(err, TD_ERR_FORMAT, path, 1, 0, "no column '%s'; the nearest is '%s'", name,
                      near != NULL ? near : "");
}
