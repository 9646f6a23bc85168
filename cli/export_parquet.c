/* cli/export_parquet.c: sessions, features and predictions as Parquet.
 *
 * Each table is a list of columns, name and kind, and a function that hands out the cells of one
 * column; io/parquet_write asks for them, row group by row group, from several threads. Columns
 * stand in the order of the enums below, which is that of the CSV files of cli/export.c.
 *
 *     enum  SESSION_ID, VISITOR, START ...   ->  column[c]  ->  cells(c, rows)  ->  pages
 *
 * Texts (stage, split) are codes into a dictionary of their names. Cost: that of the writer. */
#include "cli/export_parquet.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/parquet_write.h"

/* --- names as a dictionary -------------------------------------------------------------------- */

enum { MAX_WORDS = 8 };

/* A dictionary of few names without an allocation; code i is the i-th name that was added. */
typedef struct words {
    td_textdict dict; /* points into the rest */
    uint64_t begin[MAX_WORDS + 1];
    char bytes[128];
} words;

static void words_add(words *w, const char *name) {
    uint64_t at = w->begin[w->dict.n], n = strlen(name);
    memcpy(w->bytes + at, name, n);
    w->dict.begin = w->begin;
    w->dict.bytes = w->bytes;
    w->begin[++w->dict.n] = at + n;
}

/* run_id goes into the footer: such a file tells which run it comes from. */
static td_status write_table(const td_extract *extract, const td_parquet_source *source,
                             td_error *err) {
    td_parquet_note note = {"run_id", extract->run_id};
    td_parquet_source noted = *source;
    noted.n_notes = extract->run_id != NULL;
    noted.note = &note;
    return td_parquet_write(extract->path, &noted, extract->exec, err);
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Blocks of columns: S_COUNT, S_FLAG and S_FIRST begin one column a kind or flag. */
enum session_column {
    S_ID,
    S_VISITOR,
    S_START,
    S_END,
    S_CENSORED,
    S_TRUNCATED,
    S_COUNT,
    S_STAGE = S_COUNT + TD_N_KINDS,
    S_FLAG,
    S_FIRST = S_FLAG + TD_N_FUNNEL_FLAGS,
    S_N = S_FIRST + TD_N_KINDS
};

typedef struct session_tables {
    const td_events *events;
    const td_sessions *sessions;
    const td_funnel *funnel;
} session_tables;

/* Every cell of this table is a whole number; TD_NO_TIME becomes null in fill_sessions. */
static int64_t session_cell(const session_tables *t, uint32_t c, uint64_t s) {
    const td_funnel_row *row = &t->funnel->row[s];
    switch (c) {
    case S_ID:
        return (int64_t)s;
    case S_VISITOR:
        return t->events->visitors.id[t->sessions->visitor[s]];
    case S_START:
        return t->sessions->start[s];
    case S_END:
        return t->sessions->end[s];
    case S_CENSORED:
        return t->sessions->is_censored[s] != 0;
    case S_TRUNCATED:
        return t->sessions->is_left_truncated[s] != 0;
    case S_STAGE:
        return row->stage;
    default:
        if (c < S_STAGE) return row->n_of_kind[c - S_COUNT];
        if (c < S_FIRST) return row->flags >> (c - S_FLAG) & 1;
        return row->first_of_kind[c - S_FIRST];
    }
}

/* Called by several threads at once: reads only. */
static void fill_sessions(td_parquet_cells *cells, const void *source, uint32_t c) {
    for (uint64_t i = 0; i < cells->n; i++) {
        cells->whole[i] = session_cell(source, c, cells->begin + i);
        if (c >= S_FIRST) cells->is_null[i] = cells->whole[i] == TD_NO_TIME;
    }
}

/* Names come from the engine: a new flag or kind is a new column and never a shifted one. */
static void name_sessions(td_parquet_column column[S_N], char text[TD_N_KINDS][2][24],
                          const td_textdict *stages) {
    static const char *const name[] = {"session_id", "visitorid",   "start",
                                       "end",        "is_censored", "is_left_truncated"};
    static const td_parquet_kind kind[] = {TD_PARQUET_I64,  TD_PARQUET_I64,  TD_PARQUET_TIME,
                                           TD_PARQUET_TIME, TD_PARQUET_BOOL, TD_PARQUET_BOOL};
    for (int c = 0; c < S_COUNT; c++) column[c] = (td_parquet_column){name[c], kind[c], 0, NULL};
    for (int k = 0; k < TD_N_KINDS; k++) {
        const char *event = td_event_kind_name((td_event_kind)k);
        snprintf(text[k][0], sizeof text[k][0], "n_%s", event);
        snprintf(text[k][1], sizeof text[k][1], "first_%s", event);
        column[S_COUNT + k] = (td_parquet_column){text[k][0], TD_PARQUET_I32, 0, NULL};
        column[S_FIRST + k] = (td_parquet_column){text[k][1], TD_PARQUET_TIME, 1, NULL};
    }
    column[S_STAGE] = (td_parquet_column){"stage", TD_PARQUET_TEXT, 0, stages};
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++) {
        column[S_FLAG + bit] =
            (td_parquet_column){td_funnel_flag_name(bit), TD_PARQUET_BOOL, 0, NULL};
    }
}

td_status td_extract_sessions(const td_extract *extract, const td_events *events,
                              const td_sessions *sessions, const td_funnel *funnel, td_error *err) {
    session_tables tables = {events, sessions, funnel};
    words stages = {.dict = {0}};
    for (int k = 0; k < TD_N_KINDS; k++) words_add(&stages, td_event_kind_name((td_event_kind)k));
    td_parquet_column column[S_N];
    char text[TD_N_KINDS][2][24];
    name_sessions(column, text, &stages.dict);
    td_parquet_source source = {.n_rows = sessions->n,
                                .n_columns = S_N,
                                .column = column,
                                .fill = fill_sessions,
                                .source = &tables};
    return write_table(extract, &source, err);
}

/* --- features and predictions ----------------------------------------------------------------- */

/* What names a scored session; tables take some of these, in this order, before their values. */
enum key_column { K_ID, K_VISITOR, K_START, K_DECISION, K_SPLIT, K_LABEL, K_N };

/* Scored sessions: all of them, or the rows listed. */
typedef struct scored_tables {
    const td_feature_set *set;
    const td_split *split;
    const uint32_t *row; /* NULL = all, in order */
    const uint8_t *key;  /* [n_keys] key_column of each leading column */
    uint32_t n_keys;
    const double *const *score; /* columns behind the keys, NULL = the features */
} scored_tables;

static int64_t key_cell(const scored_tables *t, uint32_t key, uint64_t row) {
    switch (key) {
    case K_ID:
        return t->set->session[row];
    case K_VISITOR:
        return t->set->visitor[row];
    case K_START:
        return t->set->start[row];
    case K_DECISION:
        return t->set->decision[row];
    case K_SPLIT:
        return t->split->part[row];
    default:
        return t->set->label[row] > 0;
    }
}

/* Keys are whole numbers, features and scores doubles; NaN is null there. */
static void fill_scored(td_parquet_cells *cells, const void *source, uint32_t c) {
    const scored_tables *t = source;
    uint32_t k = c - t->n_keys;
    const double *value = NULL;
    if (c >= t->n_keys) value = t->score != NULL ? t->score[k] : t->set->features.column[k].number;
    for (uint64_t i = 0; i < cells->n; i++) {
        uint64_t at = cells->begin + i, row = t->row != NULL ? t->row[at] : at;
        if (value != NULL)
            cells->real[i] = value[row];
        else
            cells->whole[i] = key_cell(t, t->key[c], row);
    }
}

static void name_keys(td_parquet_column *column, const scored_tables *t, const td_textdict *parts) {
    static const char *const name[K_N] = {"session_id", "visitorid", "start",
                                          "decision",   "split",     "label"};
    static const td_parquet_kind kind[K_N] = {TD_PARQUET_I64,  TD_PARQUET_I64,  TD_PARQUET_TIME,
                                              TD_PARQUET_TIME, TD_PARQUET_TEXT, TD_PARQUET_I32};
    for (uint32_t c = 0; c < t->n_keys; c++)
        column[c] = (td_parquet_column){name[t->key[c]], kind[t->key[c]], 0, parts};
}

static void name_parts(words *parts) {
    for (int p = 0; p < TD_N_PARTS; p++) words_add(parts, td_part_name((td_part)p));
}

/* The table that `features --out x.parquet` writes as well. */
td_status td_extract_features(const td_extract *extract, const td_feature_set *set,
                              const td_split *split, td_error *err) {
    static const uint8_t key[] = {K_ID, K_VISITOR, K_START, K_DECISION, K_SPLIT, K_LABEL};
    scored_tables tables = {.set = set, .split = split, .key = key, .n_keys = sizeof key};
    words parts = {.dict = {0}};
    name_parts(&parts);
    uint32_t n_columns = tables.n_keys + set->features.n_columns;
    td_parquet_column *column;
    TD_NEW(column, n_columns, err);
    name_keys(column, &tables, &parts.dict);
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        column[tables.n_keys + c] =
            (td_parquet_column){set->features.column[c].name, TD_PARQUET_F64, 1, NULL};
    }
    td_parquet_source source = {.n_rows = set->n,
                                .n_columns = n_columns,
                                .column = column,
                                .fill = fill_scored,
                                .source = &tables};
    td_status status = write_table(extract, &source, err);
    td_mem_free(column);
    return status;
}

/* Rows of one part, a column a model. O(rows) to list them. */
td_status td_extract_predictions(const td_extract *extract, const td_extract_scores *scores,
                                 td_error *err) {
    static const uint8_t key[] = {K_ID, K_VISITOR, K_DECISION, K_SPLIT, K_LABEL};
    enum { N_KEYS = sizeof key, MAX_MODELS = 8 };
    TD_CHECK(scores->n_models <= MAX_MODELS, err, TD_ERR_ARG, "%u models: at most %d go",
             scores->n_models, MAX_MODELS);
    uint32_t *row;
    TD_NEW(row, scores->split->n, err);
    uint64_t n_rows = 0;
    for (uint64_t i = 0; i < scores->split->n; i++) {
        if (scores->split->part[i] == scores->part) row[n_rows++] = (uint32_t)i;
    }
    scored_tables tables = {scores->set, scores->split, row, key, N_KEYS, scores->score};
    words parts = {.dict = {0}};
    name_parts(&parts);
    td_parquet_column column[N_KEYS + MAX_MODELS];
    name_keys(column, &tables, &parts.dict);
    for (uint32_t m = 0; m < scores->n_models; m++)
        column[N_KEYS + m] = (td_parquet_column){scores->name[m], TD_PARQUET_F64, 1, NULL};
    td_parquet_source source = {.n_rows = n_rows,
                                .n_columns = N_KEYS + scores->n_models,
                                .column = column,
                                .fill = fill_scored,
                                .source = &tables};
    td_status status = write_table(extract, &source, err);
    td_mem_free(row);
    return status;
}
