/* cli/data.h: a plain table from a file, with its label and weight, for train, predict,
 * evaluate. */
#ifndef TD_CLI_DATA_H
#define TD_CLI_DATA_H

#include "cli/cmd.h"
#include "core/table.h"
#include "io/csv_read.h"
#include "io/file.h"

/* How the files of one command are written; shared option table. */
typedef struct td_data_format {
    const char *data;      /* --data */
    const char *delimiter; /* NULL = by content */
    int is_headerless;     /* --no-header; otherwise found out from the first line */
} td_data_format;

enum { TD_N_DATA_OPTIONS = 3 };
extern const td_option td_data_options[TD_N_DATA_OPTIONS];

typedef struct td_data {
    td_table table;
    const char *path;   /* borrowed */
    td_csv_options csv; /* as it was read; lists borrowed */
} td_data;

void td_data_free(td_data *data);

/* Read `path`. A first line of numbers only is taken as data and said so on stderr; columns are
 * then called c0, c1, ... `lists` may name columns to ignore and categories; its other fields
 * are not looked at. *out owned*. A path that ends in .svm is LibSVM text, one that ends in
 * .parquet or a file that begins with PAR1 is Parquet. Errors of the readers in io; TD_ERR_ARG for
 * a bad --delimiter. */
td_status td_data_read(td_data *out, const char *path, const td_data_format *format,
                       const td_csv_options *lists, const td_cli *cli, td_error *err) TD_MUST_USE;

/* Pass a status on; a failure that names no file gets the data's name. */
td_status td_data_blame(const td_data *data, td_status status, td_error *err) TD_MUST_USE;

/* Index of a column by name; TD_ERR_ARG names file and nearest column. */
td_status td_data_find(uint32_t *column, const td_data *data, const char *name,
                       td_error *err) TD_MUST_USE;

/* Which column is the label and what it means. */
typedef struct td_label_rule {
    const char *name;     /* NULL = none given */
    int64_t index;        /* column number from 0, -1 = none given */
    const char *positive; /* value that counts as 1, NULL = labels are numbers */
    uint32_t n_classes;   /* only 0 .. n_classes - 1 are allowed; 0 = any number */
} td_label_rule;

/* Column of the label: by name, by index, or column 0 of a file without a header (LightGBM's
 * habit). TD_ERR_ARG names the nearest column. */
td_status td_data_find_label(uint32_t *column, const td_data *data, const td_label_rule *rule,
                             td_error *err) TD_MUST_USE;

/* Values of the label as numbers. label [n_rows] *owned* (td_mem_free). An error names file,
 * line, column and value: a missing label; a value that is no class; a text
 * label without --positive (the values found are listed). */
td_status td_data_take_label(double **label, const td_data *data, uint32_t column,
                             const td_label_rule *rule, td_error *err) TD_MUST_USE;

/* Values of a weight column, all positive and finite; errors as above. weight *owned*. */
td_status td_data_take_weight(double **weight, const td_data *data, uint32_t column,
                              td_error *err) TD_MUST_USE;

/* The columns except `left_out` [n_left_out] as a view without label. feature [n_columns] is filled
 * and must live as long as the view. */
td_matrix_view td_data_view(const td_data *data, const td_column **feature,
                            const uint32_t *left_out, uint32_t n_left_out);

/* Row i of a column as a CSV field; a missing value is an empty one. */
void td_data_write_cell(td_writer *writer, const td_column *column, uint64_t i);

#endif
