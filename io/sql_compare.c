/* io/sql_compare.c: what the engine counted against what SQL left in its tables.
 *
 *   1. Fates: rows read, and rows excluded for each reason.
 *   2. Sessions: both sides stand in the order of (visitor, start) and are merged like two sorted
 *      lists. A session of one side alone is a difference; of those of both sides every column is
 *      compared: end, marks, counts, first times, twelve flags.
 *   3. Figures: a view kpi_NAME each, merged with the engine's groups by (grouping, label). A group
 *      without sessions has no row in SQL, and zeros in the engine.
 *
 *          engine   (day 1) (day 2) (day 4)          SQL has no day 2: a difference, named;
 *          SQL      (day 1) (day 4)                  then both go on with day 4
 *
 * NULL in SQL stands for "no such time" and is TD_NO_TIME on the engine's side. Cost: one pass over
 * the sessions, and the rows of 21 views. Nothing is counted here. */
#include <stdio.h>
#include <string.h>

#include "io/sql_audit_parts.h"

/* Both sides, and where differences are noted. */
typedef struct comparison {
    td_sql_audit *audit;
    sqlite3 *db;
    const td_sql_engine *engine;
} comparison;

static int64_t value_or_none(sqlite3_stmt *row, int column) {
    if (sqlite3_column_type(row, column) == SQLITE_NULL) return TD_NO_TIME;
    return sqlite3_column_int64(row, column);
}

static td_status prepare(const comparison *c, sqlite3_stmt **statement, const char *sql,
                         td_error *err) {
    if (sqlite3_prepare_v2(c->db, sql, -1, statement, NULL) == SQLITE_OK) return TD_OK;
    return td_sql_fail(c->db, sql, err);
}

/* 1 = a row is there, 0 = no more. */
static td_status next_row(const comparison *c, sqlite3_stmt *statement, int *is_row,
                          td_error *err) {
    int code = sqlite3_step(statement);
    *is_row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE) return TD_OK;
    return td_sql_fail(c->db, sqlite3_sql(statement), err);
}

/* Step 1. -------------------------------------------------------------------------------------- */

static void compare_count(const comparison *c, const char *what, uint64_t engine, uint64_t sql) {
    if (engine == sql) return;
    td_sql_note(c->audit, "%s: engine %llu, SQL %llu", what, (unsigned long long)engine,
                (unsigned long long)sql);
}

/* Rows of the table `excluded`, by the engine's reasons; field_count is the loader's. */
static td_status read_excluded(const comparison *c, uint64_t n_by_reason[TD_N_REASONS],
                               sqlite3_stmt *statement, td_error *err) {
    for (;;) {
        int is_row = 0;
        TD_TRY(next_row(c, statement, &is_row, err));
        if (!is_row) return TD_OK;
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        for (int r = TD_KEPT + 1; name != NULL && r < TD_N_REASONS; r++) {
            if (strcmp(name, td_exclusion_reason_name((td_exclusion_reason)r)) == 0)
                n_by_reason[r] += (uint64_t)sqlite3_column_int64(statement, 1);
        }
    }
}

/* SQL finds its reasons by itself, except field_count: a row that cannot be cut into fields never
 * reaches a table. */
static td_status compare_fates(const comparison *c, const td_sql_loaded *loaded, td_error *err) {
    const td_event_log *log = c->engine->log;
    uint64_t n_by_reason[TD_N_REASONS] = {0};
    n_by_reason[TD_FIELD_COUNT] = loaded->n_field_count;
    sqlite3_stmt *statement = NULL;
    TD_TRY(prepare(c, &statement, "SELECT reason, n FROM excluded", err));
    td_status status = read_excluded(c, n_by_reason, statement, err);
    sqlite3_finalize(statement);
    if (status != TD_OK) return status;
    compare_count(c, "rows read", log->n_rows_read, loaded->n_read);
    for (int r = TD_KEPT + 1; r < TD_N_REASONS; r++) {
        char what[64];
        snprintf(what, sizeof what, "rows excluded as %s",
                 td_exclusion_reason_name((td_exclusion_reason)r));
        compare_count(c, what, log->exclusions.n_by_reason[r], n_by_reason[r]);
    }
    return TD_OK;
}

/* Step 2. -------------------------------------------------------------------------------------- */

/* Columns of the view `session` in front of the flags, whose names are td_funnel_flag_name's. */
enum {
    VISITOR,
    START,
    FINISH,
    CENSORED,
    LEFT_TRUNCATED,
    STAGE,
    COUNTS,
    TIMES = COUNTS + TD_N_KINDS,
    FLAGS = TIMES + TD_N_KINDS,
    N_COLUMNS = FLAGS + TD_N_FUNNEL_FLAGS
};
static const char *const columns[FLAGS] = {
    "visitor",           "start",      "finish",          "is_censored",
    "is_left_truncated", "stage",      "n_view",          "n_addtocart",
    "n_transaction",     "first_view", "first_addtocart", "first_transaction"};

static const char *column_name(int column) {
    return column < FLAGS ? columns[column] : td_funnel_flag_name(column - FLAGS);
}

/* Session s as the engine has it. */
static void engine_session(int64_t value[N_COLUMNS], const td_sql_engine *engine, uint64_t s) {
    const td_sessions *sessions = engine->sessions;
    const td_funnel_row *row = &engine->funnel->row[s];
    value[VISITOR] = engine->log->events.visitors.id[sessions->visitor[s]];
    value[START] = sessions->start[s];
    value[FINISH] = sessions->end[s];
    value[CENSORED] = sessions->is_censored[s];
    value[LEFT_TRUNCATED] = sessions->is_left_truncated[s];
    value[STAGE] = row->stage;
    for (int k = 0; k < TD_N_KINDS; k++) {
        value[COUNTS + k] = row->n_of_kind[k];
        value[TIMES + k] = row->first_of_kind[k];
    }
    for (int f = 0; f < TD_N_FUNNEL_FLAGS; f++) value[FLAGS + f] = row->flags >> f & 1;
}

/* < 0 when the engine's session comes first, 0 when both are the same one. */
static int session_order(const int64_t engine[N_COLUMNS], const int64_t sql[N_COLUMNS]) {
    for (int column = VISITOR; column <= START; column++) {
        if (engine[column] != sql[column]) return engine[column] < sql[column] ? -1 : 1;
    }
    return 0;
}

/* VISITOR and START are what the two were matched by; all that follows is compared. */
static void compare_session(const comparison *c, const int64_t engine[N_COLUMNS],
                            const int64_t sql[N_COLUMNS]) {
    c->audit->n_sessions++;
    for (int column = FINISH; column < N_COLUMNS; column++) {
        if (engine[column] == sql[column]) continue;
        td_sql_note(c->audit, "session of visitor %lld from %lld on, %s: engine %lld, SQL %lld",
                    (long long)engine[VISITOR], (long long)engine[START], column_name(column),
                    (long long)engine[column], (long long)sql[column]);
    }
}

static void note_lonely(const comparison *c, const int64_t session[N_COLUMNS], const char *whose) {
    td_sql_note(c->audit, "session of visitor %lld from %lld on: only %s has it",
                (long long)session[VISITOR], (long long)session[START], whose);
}

/* Two sorted lists: the smaller head moves on, equal heads together. `order` < 0: engine. */
static td_status merge_sessions(const comparison *c, sqlite3_stmt *statement, td_error *err) {
    int64_t engine[N_COLUMNS];
    int64_t sql[N_COLUMNS];
    uint64_t s = 0;
    int is_row = 0;
    TD_TRY(next_row(c, statement, &is_row, err));
    while (is_row || s < c->engine->sessions->n) {
        if (s < c->engine->sessions->n) engine_session(engine, c->engine, s);
        for (int column = 0; is_row && column < N_COLUMNS; column++)
            sql[column] = value_or_none(statement, column);
        int order = !is_row ? -1 : s == c->engine->sessions->n ? 1 : session_order(engine, sql);
        if (order == 0) compare_session(c, engine, sql);
        if (order < 0) note_lonely(c, engine, "the engine");
        if (order > 0) note_lonely(c, sql, "SQL");
        s += order <= 0;
        if (order >= 0) TD_TRY(next_row(c, statement, &is_row, err));
    }
    return TD_OK;
}

/* The column list is made from the same names that the notes use. */
static td_status compare_sessions(const comparison *c, td_error *err) {
    char sql[1024] = "SELECT ";
    for (int column = 0; column < N_COLUMNS; column++) {
        size_t used = strlen(sql);
        snprintf(sql + used, sizeof sql - used, "%s%s", column > 0 ? ", " : "",
                 column_name(column));
    }
    size_t used = strlen(sql);
    snprintf(sql + used, sizeof sql - used, " FROM session ORDER BY session_id");
    sqlite3_stmt *statement = NULL;
    TD_TRY(prepare(c, &statement, sql, err));
    td_status status = merge_sessions(c, statement, err);
    sqlite3_finalize(statement);
    return status;
}

/* Step 3. -------------------------------------------------------------------------------------- */

enum { MAX_VALUES = 1 + TD_N_QUANTILES };

/* A key figure or a waiting time: its view's columns and where the engine's values are. */
typedef struct figure {
    const char *name;
    const char *columns; /* of the view, behind grouping and label */
    const char *const *words;
    int n_values;
    int is_duration;
    int id;
} figure;

/* In the order of the view's columns. */
static void engine_figure(int64_t value[MAX_VALUES], const figure *f, const td_kpi_row *row) {
    if (!f->is_duration) {
        value[0] = (int64_t)row->kpi[f->id].numerator;
        value[1] = (int64_t)row->kpi[f->id].denominator;
        return;
    }
    value[0] = (int64_t)row->duration[f->id].n;
    memcpy(value + 1, row->duration[f->id].quantile, TD_N_QUANTILES * sizeof *value);
}

/* SQL has a row: of any group with a session, of waiting times of any group that has some. */
static int is_expected(const figure *f, const td_kpi_row *row) {
    return f->is_duration ? row->duration[f->id].n > 0 : row->kpi[TD_KPI_SESSIONS].numerator > 0;
}

static void compare_figure(const comparison *c, const figure *f, const td_sql_group *group,
                           sqlite3_stmt *row) {
    int64_t engine[MAX_VALUES];
    engine_figure(engine, f, group->row);
    for (int i = 0; i < f->n_values; i++) {
        c->audit->n_figures++;
        int64_t sql = value_or_none(row, 2 + i);
        if (engine[i] == sql) continue;
        td_sql_note(c->audit, "kpi %s, %s %lld, %s: engine %lld, SQL %lld", f->name,
                    group->grouping, (long long)group->label, f->words[i], (long long)engine[i],
                    (long long)sql);
    }
}

/* < 0 when the engine's group comes first. */
static int group_order(const td_sql_group *engine, sqlite3_stmt *row) {
    const char *grouping = (const char *)sqlite3_column_text(row, 0);
    int order = strcmp(engine->grouping, grouping != NULL ? grouping : "");
    int64_t label = sqlite3_column_int64(row, 1);
    return order != 0 ? order : (engine->label > label) - (engine->label < label);
}

/* The same merge, past groups that SQL cannot have. */
static td_status merge_groups(const comparison *c, const figure *f, sqlite3_stmt *row,
                              td_error *err) {
    const td_sql_engine *engine = c->engine;
    uint32_t g = 0;
    int is_row = 0;
    TD_TRY(next_row(c, row, &is_row, err));
    for (;;) {
        while (g < engine->n_groups && !is_expected(f, engine->group[g].row)) g++;
        if (g == engine->n_groups && !is_row) return TD_OK;
        const td_sql_group *group = &engine->group[g];
        int order = !is_row ? -1 : g == engine->n_groups ? 1 : group_order(group, row);
        if (order == 0) compare_figure(c, f, group, row);
        if (order < 0)
            td_sql_note(c->audit, "kpi %s, %s %lld: only the engine has it", f->name,
                        group->grouping, (long long)group->label);
        if (order > 0)
            td_sql_note(c->audit, "kpi %s, %s %lld: only SQL has it", f->name,
                        (const char *)sqlite3_column_text(row, 0),
                        (long long)sqlite3_column_int64(row, 1));
        g += order <= 0;
        if (order >= 0) TD_TRY(next_row(c, row, &is_row, err));
    }
}

static td_status compare_groups(const comparison *c, const figure *f, td_error *err) {
    char sql[256];
    snprintf(sql, sizeof sql, "SELECT grouping, label, %s FROM kpi_%s ORDER BY grouping, label",
             f->columns, f->name);
    sqlite3_stmt *statement = NULL;
    TD_TRY(prepare(c, &statement, sql, err));
    td_status status = merge_groups(c, f, statement, err);
    sqlite3_finalize(statement);
    return status;
}

/* Every figure in every group; revenue only where item properties were read. */
static td_status compare_figures(const comparison *c, td_error *err) {
    static const char *const parts[] = {"numerator", "denominator"};
    static const char *const quantiles[] = {"sessions", "p10", "p25", "p50", "p75", "p90"};
    for (int id = 0; id < TD_N_KPIS; id++) {
        if (id == TD_KPI_REVENUE && !c->engine->has_revenue) continue;
        figure f = {td_kpi_name((td_kpi_id)id), "numerator, denominator", parts, 2, 0, id};
        TD_TRY(compare_groups(c, &f, err));
    }
    for (int id = 0; id < TD_N_DURATIONS; id++) {
        figure f = {td_kpi_duration_name((td_kpi_duration_id)id),
                    "n, p10, p25, p50, p75, p90",
                    quantiles,
                    MAX_VALUES,
                    1,
                    id};
        TD_TRY(compare_groups(c, &f, err));
    }
    return TD_OK;
}

td_status td_sql_compare(td_sql_audit *audit, sqlite3 *db, const td_sql_loaded *loaded,
                         const td_sql_engine *engine, td_error *err) {
    comparison c = {audit, db, engine};
    TD_TRY(compare_fates(&c, loaded, err));
    TD_TRY(compare_sessions(&c, err));
    return compare_figures(&c, err);
}
