/* io/sql_text.h: the SQL of io/sql/, compiled into the library, which needs no files to audit. */
#ifndef TD_IO_SQL_TEXT_H
#define TD_IO_SQL_TEXT_H

#include "core/base/err.h"

/* The files, in the order in which they run; events need the first six, categories and revenue all
 * of them. */
typedef enum td_sql_file {
    TD_SQL_CREATE_TABLES = 0,
    TD_SQL_CLEAN_EVENTS,
    TD_SQL_CUT_SESSIONS,
    TD_SQL_BUILD_FUNNEL,
    TD_SQL_COUNT_GROUPS,
    TD_SQL_COMPUTE_KPIS,
    TD_SQL_CLEAN_CATEGORY_TREE,
    TD_SQL_JOIN_ITEM_PROPERTIES,
    TD_SQL_N_FILES
} td_sql_file;

enum { TD_SQL_N_EVENT_FILES = TD_SQL_COMPUTE_KPIS + 1 };

/* "00_create_tables.sql", ... and the text, 0-terminated. Static. */
const char *td_sql_file_name(td_sql_file file);
const char *td_sql_file_text(td_sql_file file);

/* SHA-256 of what defines the figure `name` (of td_kpi_name or td_kpi_duration_name): the SQL of
 * the steps 01 to 04 (revenue: 07 too), then its view in 05 with the views before it that are no
 * figure's own. Comments and line breaks do not count. TD_ERR_ARG when no view kpi_NAME exists.
 * O(length of the texts). */
td_status td_sql_definition_hash(char hex[65], const char *name, td_error *err) TD_MUST_USE;

#endif
