/* cli/score_table.h: a table whose rows get scores by a model: read by the model's columns, written
 * with the scores behind the columns that the user keeps. Commands: predict, uplift predict. */
#ifndef TD_CLI_SCORE_TABLE_H
#define TD_CLI_SCORE_TABLE_H

#include "cli/data.h"
#include "io/json_write.h"

/* A column that the model needs; the name is borrowed. */
typedef struct td_score_feature {
    const char *name;
    td_column_kind kind;
} td_score_feature;

/* What to read; all borrowed. */
typedef struct td_score_request {
    const td_data_format *format;
    const char *keep;                /* columns to keep, names by commas; NULL = none */
    const td_score_feature *feature; /* [n_features] */
    uint32_t n_features;
} td_score_request;

/* Zeroed struct = empty. */
typedef struct td_score_table {
    td_arena arena; /* names that the rest borrows */
    td_data data;
    const td_column **kept; /* [n_kept] */
    uint32_t n_kept;
} td_score_table;

/* Columns of the answer, one score a row each; names and values are borrowed. */
typedef struct td_score_column {
    const char *name;
    const double *value; /* [n_rows] */
} td_score_column;
typedef struct td_score_columns {
    const td_score_column *column; /* [n], n >= 1 */
    uint32_t n;
} td_score_columns;

/* Seconds of the three phases; when the process began; rows that were scored. */
typedef struct td_score_times {
    double load, predict, write;
    double start;
    uint64_t n_rows;
} td_score_times;

/* Read the columns to keep, letter by letter (007 stays 007, a long id keeps its last digits), and
 * the features as their kinds; a kept one that is a number of the model is a number. All other
 * columns may hold what they like. Free the table also after a failure. */
td_status td_score_table_read(td_score_table *out, const td_score_request *request,
                              const td_cli *cli, td_error *err) TD_MUST_USE;
void td_score_table_free(td_score_table *table);

/* Write the kept columns and the scores as CSV, whole or not at all; "-" is standard output. */
td_status td_score_table_write(const char *path, const td_score_table *table,
                               const td_score_columns *scores, const td_exec *exec,
                               td_error *err) TD_MUST_USE;

/* Key `timings`: the phases, `other` (starting the program, giving memory back) and `wall`, their
 * sum, which ends with this call. Then the closing line of text, unless the scores went to standard
 * output. */
void td_score_times_json(td_json *json, const td_score_times *times);
void td_score_times_print(const td_score_times *times, const td_cli *cli, const char *out);

#endif
