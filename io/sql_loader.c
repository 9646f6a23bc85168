/* io/sql_loader.c: delimited text -> rows of a SQLite table, field by field.
 *
 * Problem: the audit needs a second opinion on where fields and records end, so it cannot use the
 * program's own splitter. This one is written to be seen to be right, not to be fast.
 *
 *   1. A byte order mark at the start is skipped. The first record names the columns.
 *   2. read_field takes the characters of one field into a buffer:
 *
 *          "a ""b"" c",      in quotes: a doubled quote is one, commas and line ends are text
 *          a "b" c,          not in quotes: everything up to comma or line end
 *
 *      A line ends with LF or CR LF; at the end of the file a CR alone counts too. The last line
 *      may end with the file.
 *   3. A record with as many fields as the header is inserted, others are counted (a blank line has
 *      one field, and is one of them).
 *
 * Cost: a few ns a byte and one INSERT a record. Fields grow a buffer as long as the record.
 * Reference: RFC 4180 (2005). */
#include "io/sql_loader.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

typedef struct field {
    uint64_t begin; /* in the buffer */
    uint64_t n;
} field;

typedef struct reader {
    const char *at;
    const char *end;
    uint64_t record; /* number of the record, the header is 0 */
    char *buffer;    /* characters of the record's fields, one behind the other */
    uint64_t used;
    uint64_t capacity;
    uint32_t n_fields; /* of the record */
    field kept[TD_SQL_MAX_COLUMNS];
    int is_last; /* the field just read ends its record */
    const td_sql_target *target;
    uint32_t n_columns;                    /* of the header */
    uint32_t position[TD_SQL_MAX_COLUMNS]; /* of each wanted column in the file */
} reader;

/* Step 2. -------------------------------------------------------------------------------------- */

static td_status put(reader *r, char c, td_error *err) {
    if (r->used == r->capacity) {
        uint64_t capacity = r->capacity == 0 ? 256 : 2 * r->capacity;
        char *grown = td_mem_resize(r->buffer, capacity, 1, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        r->buffer = grown;
        r->capacity = capacity;
    }
    r->buffer[r->used++] = c;
    return TD_OK;
}

/* 1 where a record ends: at LF, at CR LF, at the end of the text or a CR just before it. *n
 * receives how many characters the line end has. */
static int is_line_end(const reader *r, int *n) {
    const char *at = r->at;
    *n = 0;
    if (at < r->end && *at == '\r' && (at + 1 == r->end || at[1] == '\n')) {
        at++;
        *n = 1;
    }
    if (at == r->end) return 1;
    if (*at != '\n') return 0;
    *n += 1;
    return 1;
}

/* From behind the opening quote to behind the closing one. */
static td_status read_quoted(reader *r, td_error *err) {
    for (; r->at < r->end; r->at++) {
        if (*r->at == '"') {
            r->at++;
            if (r->at == r->end || *r->at != '"') return TD_OK;
        }
        TD_TRY(put(r, *r->at, err));
    }
    TD_FAIL(err, TD_ERR_FORMAT, "record %llu: quote is never closed",
            (unsigned long long)r->record);
}

/* One field into the buffer, and over the comma or line end behind it. */
static td_status read_field(reader *r, field *out, td_error *err) {
    int n_end = 0;
    out->begin = r->used;
    int is_quoted = r->at < r->end && *r->at == '"';
    if (is_quoted) {
        r->at++;
        TD_TRY(read_quoted(r, err));
    }
    while (!(r->is_last = is_line_end(r, &n_end)) && *r->at != ',') {
        TD_CHECK(!is_quoted, err, TD_ERR_FORMAT, "record %llu: text after a closing quote",
                 (unsigned long long)r->record);
        TD_TRY(put(r, *r->at++, err));
    }
    out->n = r->used - out->begin;
    r->at += r->is_last ? n_end : 1;
    return TD_OK;
}

/* Which of the wanted columns stands at this position of the file, -1 = none. */
static int wanted_at(const reader *r, uint32_t position) {
    for (int c = 0; c < r->target->n_columns; c++) {
        if (r->position[c] == position) return c;
    }
    return -1;
}

/* All fields of a record; those wanted are kept, the buffer forgets the others at once. */
static td_status read_record(reader *r, td_error *err) {
    r->used = 0;
    r->n_fields = 0;
    r->record++;
    do {
        field one;
        TD_TRY(read_field(r, &one, err));
        int c = wanted_at(r, r->n_fields++);
        if (c >= 0) {
            r->kept[c] = one;
        } else {
            r->used = one.begin;
        }
    } while (!r->is_last);
    return TD_OK;
}

/* Step 1. -------------------------------------------------------------------------------------- */

static int is_text(const reader *r, const field *f, const char *text) {
    return f->n == strlen(text) && memcmp(r->buffer + f->begin, text, f->n) == 0;
}

static td_status read_header(reader *r, td_error *err) {
    TD_CHECK(r->at < r->end, err, TD_ERR_FORMAT, "%s: the file is empty", r->target->table);
    for (int c = 0; c < TD_SQL_MAX_COLUMNS; c++) r->position[c] = UINT32_MAX;
    do {
        field name;
        r->used = 0;
        TD_TRY(read_field(r, &name, err));
        for (int c = 0; c < r->target->n_columns; c++) {
            if (is_text(r, &name, r->target->column[c])) r->position[c] = r->n_columns;
        }
        r->n_columns++;
    } while (!r->is_last);
    for (int c = 0; c < r->target->n_columns; c++) {
        TD_CHECK(r->position[c] != UINT32_MAX, err, TD_ERR_FORMAT, "%s: no column '%s'",
                 r->target->table, r->target->column[c]);
    }
    return TD_OK;
}

/* Step 3. -------------------------------------------------------------------------------------- */

static int is_accepted(const reader *r) {
    int filter = r->target->filter;
    if (filter < 0) return 1;
    return is_text(r, &r->kept[filter], r->target->accepted[0]) ||
           is_text(r, &r->kept[filter], r->target->accepted[1]);
}

static td_status insert(reader *r, sqlite3_stmt *statement, td_error *err) {
    for (uint64_t i = 0; i < r->used; i++) {
        if (r->buffer[i] == '\0') r->buffer[i] = '?';
    }
    for (int c = 0; c < r->target->n_columns; c++) {
        const field *f = &r->kept[c];
        const char *text = f->n > 0 ? r->buffer + f->begin : "";
        if (sqlite3_bind_text64(statement, c + 1, text, f->n, SQLITE_STATIC, SQLITE_UTF8) !=
            SQLITE_OK)
            TD_FAIL(err, TD_ERR_NOMEM, "SQLite: a field cannot be bound");
    }
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    TD_CHECK(code == SQLITE_DONE, err, code == SQLITE_NOMEM ? TD_ERR_NOMEM : TD_ERR_INTERNAL,
             "SQLite: %s", sqlite3_errstr(code));
    return TD_OK;
}

static td_status load_records(td_sql_loaded *out, reader *r, sqlite3_stmt *statement,
                              td_error *err) {
    while (r->at < r->end) {
        TD_TRY(read_record(r, err));
        out->n_read++;
        if (r->n_fields != r->n_columns) {
            out->n_field_count++;
        } else if (is_accepted(r)) {
            TD_TRY(insert(r, statement, err));
        }
    }
    return TD_OK;
}

static td_status prepare(sqlite3_stmt **statement, sqlite3 *db, const td_sql_target *target,
                         td_error *err) {
    char sql[128];
    /* one ? a column, ",?" for each behind the first */
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?%.*s)", target->table,
             2 * (target->n_columns - 1), ",?,?,?,?");
    int code = sqlite3_prepare_v2(db, sql, -1, statement, NULL);
    TD_CHECK(code == SQLITE_OK, err, TD_ERR_INTERNAL, "SQLite: %s", sqlite3_errmsg(db));
    return TD_OK;
}

td_status td_sql_load(td_sql_loaded *out, sqlite3 *db, td_bytes text, const td_sql_target *target,
                      td_error *err) {
    reader r = {.at = text.data, .end = text.data + text.n, .target = target};
    if (text.n >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) r.at += 3;
    sqlite3_stmt *statement = NULL;
    td_status status = read_header(&r, err);
    if (status == TD_OK) status = prepare(&statement, db, target, err);
    if (status == TD_OK) status = load_records(out, &r, statement, err);
    sqlite3_finalize(statement);
    td_mem_free(r.buffer);
    return status;
}
