/* io/sql_audit_parts.h: shared by io/sql_audit.c (runs the SQL) and io/sql_compare.c (compares what
 * came out); not part of the public API. */
#ifndef TD_IO_SQL_AUDIT_PARTS_H
#define TD_IO_SQL_AUDIT_PARTS_H

#include <sqlite3.h>

#include "io/sql_audit.h"
#include "io/sql_loader.h"

/* One difference more; the first TD_SQL_MAX_NOTED are kept in words. */
void td_sql_note(td_sql_audit *audit, const char *fmt, ...) TD_PRINTF(2, 3);

/* TD_ERR_INTERNAL, TD_ERR_NOMEM or TD_ERR_INTERRUPTED for what SQLite says of its last call. */
td_status td_sql_fail(sqlite3 *db, const char *what, td_error *err);

/* Compare what the SQL left in db: fates of rows, sessions, figures. */
td_status td_sql_compare(td_sql_audit *audit, sqlite3 *db, const td_sql_loaded *loaded,
                         const td_sql_engine *engine, td_error *err) TD_MUST_USE;

#endif
