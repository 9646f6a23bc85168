/* io/sql_audit.h: sessions and key figures counted a second time, by SQL in SQLite, and compared
 * with the engine's to the last integer (docs/sql_audit.md).
 *
 *     events.csv --- csv_events, core -------------> sessions, funnel, KPIs --\
 *                \                                                            = ?
 *                 `- sql_loader -> raw text -> io/sql/0*.sql in SQLite -------/
 *
 * The two sides share the input's bytes and nothing else. */
#ifndef TD_IO_SQL_AUDIT_H
#define TD_IO_SQL_AUDIT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/funnel.h"
#include "core/kpi.h"
#include "core/sessions.h"
#include "io/csv_events.h"
#include "io/file.h"

/* What SQL counts from; all borrowed. */
typedef struct td_sql_source {
    const td_file *events; /* events.csv, open */
    const char *folder;    /* of the catalog's files; NULL = no categories, no revenue */
    const char *price_property;
    int64_t gap_ms;
    const char *const *text; /* [TD_SQL_N_FILES] other SQL than the library's, NULL = that */
} td_sql_source;

/* Figures of one group. */
typedef struct td_sql_group {
    const char *grouping;  /* "category", "day", "hour", "total", "weekday" */
    int64_t label;         /* of td_kpi_breakdown; a category's id, -1 = unknown; 0 for total */
    const td_kpi_row *row; /* borrowed */
} td_sql_group;

/* All groups of the calendars and the total, and with by_category [categories->n + 1] (the last
 * row = unknown; NULL = without) those of categories, in the order td_sql_engine wants. *out
 * owned*, td_mem_free; everything else borrowed. */
td_status td_sql_groups_list(td_sql_group **out, uint32_t *n, const td_kpis *kpis,
                             const td_kpi_row *by_category, const td_iddict *categories,
                             td_error *err) TD_MUST_USE;

/* What the engine counted from the same source; all borrowed. */
typedef struct td_sql_engine {
    const td_event_log *log;
    const td_sessions *sessions;
    const td_funnel *funnel;
    const td_sql_group *group; /* [n_groups] ascending by (grouping, label) */
    uint32_t n_groups;
    int has_revenue; /* rows carry it, and SQL is to count it */
} td_sql_engine;

enum { TD_SQL_MAX_NOTED = 8 };

/* How the comparison went. */
typedef struct td_sql_audit {
    uint64_t n_rows_read;   /* by the SQL side's loader */
    uint64_t n_sessions;    /* compared, 24 values each */
    uint64_t n_figures;     /* numbers of key figures compared */
    uint64_t n_differences; /* values, sessions or groups that are not the same */
    uint32_t n_noted;
    char difference[TD_SQL_MAX_NOTED][256]; /* the first ones, in words: what, engine's, SQL's */
} td_sql_audit;

/* Count by SQL and compare. TD_OK also when there are differences: see the verdict. Memory:
 * SQLite's own, about 10 times the file. TD_ERR_INTERNAL when SQL fails, TD_ERR_INTERRUPTED,
 * TD_ERR_NOMEM; the loader's errors. About 5 us an event. */
td_status td_sql_audit_run(td_sql_audit *out, const td_sql_source *source,
                           const td_sql_engine *engine, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* TD_OK without differences, else TD_ERR_INTERNAL that names the first. */
td_status td_sql_audit_verdict(const td_sql_audit *audit, td_error *err) TD_MUST_USE;

#endif
