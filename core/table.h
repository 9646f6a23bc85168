/* core/table.h: a table of named columns in memory, the form in which plain CSV, TSV and (later)
 * Parquet arrive.
 *
 * Numbers are doubles with NaN = missing; texts are categories: dense codes into a dictionary in
 * byte order, with TD_CODE_NONE = missing. Columns are separate blocks, so that one can be given
 * back as soon as it is used up. */
#ifndef TD_CORE_TABLE_H
#define TD_CORE_TABLE_H

#include <stdint.h>

#include "core/base/dict.h"
#include "core/base/err.h"

typedef enum td_column_kind { TD_COLUMN_NUMBER, TD_COLUMN_CATEGORY } td_column_kind;

typedef struct td_column {
    char *name; /* 0-terminated, owned */
    td_column_kind kind;
    double *number;      /* [n_rows], NaN = missing; NULL for a category */
    uint32_t *packed;    /* [n_rows] in place of `number`, if the reader was asked to (packed.h) */
    uint32_t *code;      /* [n_rows], TD_CODE_NONE = missing; NULL for a number */
    td_textdict dict;    /* texts of the codes; empty for a number */
    const double *other; /* what packed cells point to: the table's */
} td_column;

typedef struct td_table {
    uint64_t n_rows;
    uint32_t n_columns;
    td_column *column; /* [n_columns] */
    double *other;     /* numbers that packed cells have no room for, NULL = none */
} td_table;

void td_column_free(td_column *column);
void td_table_free(td_table *table);

/* Table of n_rows rows with n_columns empty, unnamed columns. *out owned*. */
td_status td_table_init(td_table *out, uint64_t n_rows, uint32_t n_columns,
                        td_error *err) TD_MUST_USE;

/* Give column i a name (copied) and a zeroed number block. */
td_status td_table_set_number(td_table *table, uint32_t i, const char *name,
                              td_error *err) TD_MUST_USE;

/* Free a column's cells; name, kind and dictionary stay. */
void td_column_drop(td_column *column);

/* Make `number` of a packed column's cells; nothing to do for any other. O(rows). */
td_status td_column_unpack(td_column *column, uint64_t n_rows, td_error *err) TD_MUST_USE;

/* Index of the column with this name; TD_ERR_ARG names the nearest existing one when there is none.
 */
td_status td_table_find(const td_table *table, const char *name, uint32_t *index,
                        td_error *err) TD_MUST_USE;

/* A borrowed choice of columns with a label: what a trainer takes. */
typedef struct td_matrix_view {
    uint64_t n_rows;
    uint32_t n_features;
    const td_column *const *feature; /* [n_features] */
    const double *label;             /* [n_rows], NULL when predicting */
    const double *weight;            /* [n_rows] > 0, NULL = all ones */
    /* Called by td_binned_build when it has seen the last of a feature's
     * cells, from any thread: the owner may free them. NULL = the columns stay. */
    void (*give_back)(void *ctx, uint32_t feature);
    void *give_back_ctx;
} td_matrix_view;

#endif
