/* io/sql_loader.h: the raw CSV -> text tables in SQLite, for the SQL audit.
 *
 * A reader of its own: plain, one character at a time, no code shared with io/csv_*, so that a
 * fault there cannot hide here. Private to the audit. */
#ifndef TD_IO_SQL_LOADER_H
#define TD_IO_SQL_LOADER_H

#include <sqlite3.h>
#include <stdint.h>

#include "core/base/err.h"
#include "io/file.h"

enum { TD_SQL_MAX_COLUMNS = 5 };

/* What goes where: the columns `column` [n_columns] of the file, by name, into the table. */
typedef struct td_sql_target {
    const char *table;
    int n_columns;
    const char *column[TD_SQL_MAX_COLUMNS];
    int filter;              /* column that must be one of the words, -1 = take every row */
    const char *accepted[2]; /* the words */
} td_sql_target;

typedef struct td_sql_loaded {
    uint64_t n_read;        /* records behind the header */
    uint64_t n_field_count; /* of these with another number of fields than the header: not loaded */
} td_sql_loaded;

/* Counts into *out are added. A 0 byte, which SQL text cannot hold, becomes '?'. TD_ERR_FORMAT for
 * an empty file, a missing column, text behind a closing quote, a quote never closed. One pass. */
td_status td_sql_load(td_sql_loaded *out, sqlite3 *db, td_bytes text, const td_sql_target *target,
                      td_error *err) TD_MUST_USE;

#endif
