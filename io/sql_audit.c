/* io/sql_audit.c: run the SQL of io/sql/ over the raw files.
 *
 *   1. Open a database in memory. Its temporary files are kept in memory as well (SQLite's file
 *      system "memdb"), up to the size where that would not be wise: then they are where SQLite
 *      puts them.
 *   2. Run 00, load events.csv as text (io/sql_loader), run 01 to 05.
 *   3. With a folder for the catalog: load its three files before that, and run 06 and 07.
 *   4. Compare (io/sql_compare.c).
 *
 * Speed. Sorting is what costs, and SQLite sorts a run in memory as a linked list: beyond the size
 * of the processor's cache each comparison is a miss. A page cache of 1 MB makes its runs that
 * short; they are then merged in order: 3 times faster on 2.8 million events than one run.
 *
 * SQLite allocates for itself; its memory is not in td_mem's counts. It is built with its own
 * locking, which one connection in one thread can do without. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/sql_audit_parts.h"
#include "io/sql_text.h"

enum { STEPS_A_REPORT = 1 << 20 /* of SQLite's machine */, MAX_IN_MEMORY = 400 << 20 };

typedef struct audit_ctx {
    sqlite3 *db;
    const td_sql_source *source;
    const td_exec *exec;
    td_sql_loaded events;
    uint64_t step; /* files run so far */
} audit_ctx;

void td_sql_note(td_sql_audit *audit, const char *fmt, ...) {
    audit->n_differences++;
    if (audit->n_noted == TD_SQL_MAX_NOTED) return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(audit->difference[audit->n_noted++], sizeof audit->difference[0], fmt, args);
    va_end(args);
}

td_status td_sql_fail(sqlite3 *db, const char *what, td_error *err) {
    switch (sqlite3_errcode(db)) {
    case SQLITE_INTERRUPT:
        TD_FAIL(err, TD_ERR_INTERRUPTED, "interrupted");
    case SQLITE_NOMEM:
    case SQLITE_FULL:
        TD_FAIL(err, TD_ERR_NOMEM, "SQL audit, %s: %s", what, sqlite3_errmsg(db));
    default:
        TD_FAIL(err, TD_ERR_INTERNAL, "SQL audit, %s: %s", what, sqlite3_errmsg(db));
    }
}

/* Called by SQLite now and then; not 0 stops the statement. */
static int report_progress(void *ctx) {
    const audit_ctx *a = ctx;
    return td_exec_progress(a->exec, "audit by SQL", a->step, TD_SQL_N_FILES, NULL) != TD_OK;
}

static td_status run_sql(audit_ctx *a, const char *name, const char *sql, td_error *err) {
    TD_TRY(td_exec_progress(a->exec, "audit by SQL", a->step, TD_SQL_N_FILES, err));
    if (sqlite3_exec(a->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return td_sql_fail(a->db, name, err);
    return TD_OK;
}

static td_status run_files(audit_ctx *a, int first, int last, td_error *err) {
    for (int f = first; f <= last; f++, a->step++) {
        td_sql_file file = (td_sql_file)f;
        const char *text = a->source->text != NULL ? a->source->text[f] : td_sql_file_text(file);
        TD_TRY(run_sql(a, td_sql_file_name(file), text, err));
    }
    return TD_OK;
}

/* Step 1. -------------------------------------------------------------------------------------- */

static td_status open_database(audit_ctx *a, td_error *err) {
    int is_large = td_file_bytes(a->source->events).n > MAX_IN_MEMORY;
    int code = sqlite3_open_v2(":memory:", &a->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                               is_large ? NULL : "memdb");
    TD_CHECK(a->db != NULL, err, TD_ERR_NOMEM, "SQLite cannot start");
    if (code != SQLITE_OK) return td_sql_fail(a->db, "open", err);
    sqlite3_progress_handler(a->db, STEPS_A_REPORT, report_progress, a);
    return run_sql(a, "settings",
                   "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                   "PRAGMA temp_store = FILE; PRAGMA cache_size = -1000;",
                   err);
}

/* Text that a user chose goes in as a value, never as SQL. */
static td_status set_parameters(audit_ctx *a, td_error *err) {
    sqlite3_stmt *statement = NULL;
    const char *sql = "UPDATE parameter SET gap_ms = ?, price_property = ?";
    int code = sqlite3_prepare_v2(a->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, a->source->gap_ms);
        sqlite3_bind_text(statement, 2, a->source->price_property, -1, SQLITE_STATIC);
        code = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? TD_OK : td_sql_fail(a->db, sql, err);
}

/* Steps 2 and 3. ------------------------------------------------------------------------------- */

static td_status load_events(audit_ctx *a, td_error *err) {
    static const td_sql_target target = {
        .table = "raw_event",
        .n_columns = 5,
        .column = {"timestamp", "visitorid", "event", "itemid", "transactionid"},
        .filter = -1};
    return td_sql_load(&a->events, a->db, td_file_bytes(a->source->events), &target, err);
}

/* A file that is not there is no error: the engine's side knows nothing from it either. */
static td_status load_optional(audit_ctx *a, const char *name, const td_sql_target *target,
                               td_error *err) {
    char path[4096];
    if (td_path_find(path, sizeof path, a->source->folder, name, NULL) != TD_OK) return TD_OK;
    td_file *file = NULL;
    td_sql_loaded ignored = {0};
    TD_TRY(td_file_open(&file, path, err));
    td_status status = td_sql_load(&ignored, a->db, td_file_bytes(file), target, err);
    td_file_close(file);
    return status;
}

/* Of the properties only those that a figure needs: the others are nine tenths of the files. */
static td_status load_catalog(audit_ctx *a, td_error *err) {
    const td_sql_target properties = {.table = "raw_property",
                                      .n_columns = 4,
                                      .column = {"timestamp", "itemid", "property", "value"},
                                      .filter = 2,
                                      .accepted = {"categoryid", a->source->price_property}};
    static const td_sql_target tree = {.table = "raw_category",
                                       .n_columns = 2,
                                       .column = {"categoryid", "parentid"},
                                       .filter = -1};
    TD_TRY(load_optional(a, "item_properties_part1.csv", &properties, err));
    TD_TRY(load_optional(a, "item_properties_part2.csv", &properties, err));
    return load_optional(a, "category_tree.csv", &tree, err);
}

static td_status count_by_sql(audit_ctx *a, td_error *err) {
    TD_TRY(open_database(a, err));
    TD_TRY(run_files(a, TD_SQL_CREATE_TABLES, TD_SQL_CREATE_TABLES, err));
    TD_TRY(set_parameters(a, err));
    TD_TRY(load_events(a, err));
    TD_TRY(run_files(a, TD_SQL_CLEAN_EVENTS, TD_SQL_COMPUTE_KPIS, err));
    if (a->source->folder == NULL) return TD_OK;
    TD_TRY(load_catalog(a, err));
    return run_files(a, TD_SQL_CLEAN_CATEGORY_TREE, TD_SQL_JOIN_ITEM_PROPERTIES, err);
}

/* Groups of the engine. ------------------------------------------------------------------------ */

static void add_calendar(td_sql_group *group, uint32_t *n, const td_kpis *kpis,
                         td_kpi_calendar calendar) {
    const td_kpi_breakdown *by = &kpis->by[calendar];
    for (uint32_t g = 0; g < by->n; g++) {
        group[(*n)++] = (td_sql_group){td_kpi_calendar_name(calendar), by->label[g], &by->row[g]};
    }
}

/* In byte order of the groupings' names. -1 stands before all ids; the engine has it last. */
td_status td_sql_groups_list(td_sql_group **out, uint32_t *n, const td_kpis *kpis,
                             const td_kpi_row *by_category, const td_iddict *categories,
                             td_error *err) {
    uint64_t n_most = 1;
    for (int c = 0; c < TD_N_CALENDARS; c++) n_most += kpis->by[c].n;
    if (by_category != NULL) n_most += (uint64_t)categories->n + 1;
    td_sql_group *group;
    TD_NEW(group, n_most, err);
    *n = 0;
    if (by_category != NULL) {
        group[(*n)++] = (td_sql_group){"category", -1, &by_category[categories->n]};
        for (uint32_t c = 0; c < categories->n; c++)
            group[(*n)++] = (td_sql_group){"category", categories->id[c], &by_category[c]};
    }
    add_calendar(group, n, kpis, TD_BY_DAY);
    add_calendar(group, n, kpis, TD_BY_HOUR);
    group[(*n)++] = (td_sql_group){"total", 0, &kpis->total};
    add_calendar(group, n, kpis, TD_BY_WEEKDAY);
    *out = group;
    return TD_OK;
}

td_status td_sql_audit_run(td_sql_audit *out, const td_sql_source *source,
                           const td_sql_engine *engine, const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    audit_ctx a = {.source = source, .exec = exec};
    td_status status = count_by_sql(&a, err);
    out->n_rows_read = a.events.n_read;
    if (status == TD_OK) status = td_sql_compare(out, a.db, &a.events, engine, err);
    sqlite3_close(a.db);
    return status;
}

td_status td_sql_audit_verdict(const td_sql_audit *audit, td_error *err) {
    TD_CHECK(audit->n_differences == 0, err, TD_ERR_INTERNAL,
             "SQL disagrees in %llu places; the first: %s",
             (unsigned long long)audit->n_differences, audit->difference[0]);
    return TD_OK;
}
