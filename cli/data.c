/* cli/data.c: plain tables as the commands see them.
 *
 *     file --first line--> header?  --io/csv_read--> td_table --> label, weight, features (a view)
 *          --PAR1----------------- io/parquet_read ->
 *          --.svm----------------- io/svm_read ------>
 *
 *   1. The first line tells whether there is a header: a line of numbers only is data. The user is
 *      told, because a header of numbers is possible, if unlikely; --no-header settles it.
 *   2. io/csv_read reads the table; every bad row is an error there.
 *   3. Label and weight are taken out as numbers and checked here, because only here are file, line
 *      and value of a bad cell known (io/csv_place finds them again, on the error path only).
 *
 * What a label may be:
 *
 *     objective     column      --positive     label
 *     binary        0 and 1     -              as it is; any other number is an error
 *     binary        numbers     2              value == 2
 *     binary        texts       '>50K'         text == '>50K'; without --positive an error
 *     multiclass    0 .. K - 1  -              as it is; any other number, and texts, are an error
 *     regression    numbers     -              as it is
 *
 * Which of two texts is 1 must never depend on spelling or order, hence the error. Cost: O(rows)
 * beside reading. Columns are not copied: a view points into the table. */
#include "cli/data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_place.h"
#include "io/csv_split.h"
#include "io/csv_write.h"
#include "io/num_parse.h"
#include "io/parquet_read.h"
#include "io/svm_read.h"

const td_option td_data_options[TD_N_DATA_OPTIONS] = {
    {"data", "FILE", NULL, "table to read: CSV, TSV, LibSVM (.svm), also .gz or .zst; Parquet",
     offsetof(td_data_format, data), TD_OPT_TEXT, 1, 0, 0},
    {"delimiter", "CHAR", NULL,
     "what separates fields: one character, or `tab` (default: found out)",
     offsetof(td_data_format, delimiter), TD_OPT_TEXT, 0, 0, 0},
    {"no-header", NULL, NULL, "the first line is data; columns are called c0, c1, ...",
     offsetof(td_data_format, is_headerless), TD_OPT_FLAG, 0, 0, 0},
};

void td_data_free(td_data *data) {
    td_table_free(&data->table);
    memset(data, 0, sizeof *data);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* `tab` and `\t` because a shell makes a real tab hard to type. */
static td_status read_delimiter(char *out, const char *text, td_error *err) {
    *out = 0;
    if (text == NULL) return TD_OK;
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0) text = "\t";
    TD_CHECK(strlen(text) == 1 && strchr("\"\r\n", *text) == NULL, err, TD_ERR_ARG,
             "--delimiter: '%s' is not one character", text);
    *out = *text;
    return TD_OK;
}

/* 1 when every field of the first line is a number: a header would have names. */
static int is_line_of_numbers(td_bytes text, char delimiter) {
    text = td_csv_skip_bom(text);
    if (delimiter == 0) delimiter = td_csv_guess_delimiter(text);
    const char *at = text.data, *end = at + text.n;
    for (;;) {
        const char *stop = at;
        while (stop < end && *stop != delimiter && *stop != '\n' && *stop != '\r') stop++;
        double value;
        if (td_parse_f64(at, (uint64_t)(stop - at), &value) != TD_NUM_OK) return 0;
        if (stop == end || *stop != delimiter) return 1;
        at = stop + 1;
    }
}

/* Parquet by its first bytes, whatever the file is called; otherwise whether there is a header. The
 * file is opened twice then; the second time its pages are in memory. --no-header avoids it. */
static td_status look_inside(td_data *data, int *is_parquet, const td_cli *cli, td_error *err) {
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, data->path, err));
    *is_parquet = td_parquet_is(td_file_bytes(file));
    int is_data = !*is_parquet && is_line_of_numbers(td_file_bytes(file), data->csv.delimiter);
    td_file_close(file);
    data->csv.has_header = !is_data;
    if (is_data)
        td_cli_note(cli,
                    "%s: the first line holds numbers only and is read as data; columns are "
                    "called c0, c1, ...",
                    data->path);
    return TD_OK;
}

/* A list of columns (ignored, categories) is the caller's; delimiter and header come from the
 * format. */
td_status td_data_read(td_data *out, const char *path, const td_data_format *format,
                       const td_csv_options *lists, const td_cli *cli, td_error *err) {
    *out = (td_data){.path = path, .csv = td_csv_options_default()};
    if (lists != NULL) out->csv = *lists;
    TD_TRY(read_delimiter(&out->csv.delimiter, format->delimiter, err));
    out->csv.has_header = 0;
    if (td_svm_is_path(path)) return td_svm_read(&out->table, path, &out->csv, &cli->exec, err);
    int is_parquet = td_parquet_is_path(path);
    if (!is_parquet && !format->is_headerless) TD_TRY(look_inside(out, &is_parquet, cli, err));
    if (!is_parquet) return td_csv_read(&out->table, path, &out->csv, &cli->exec, err);
    out->csv.has_header = 1; /* its columns have names */
    return td_parquet_read(&out->table, path, &out->csv, &cli->exec, err);
}

td_status td_data_blame(const td_data *data, td_status status, td_error *err) {
    if (status != TD_OK && status != TD_ERR_INTERRUPTED && err != NULL && err->file[0] == '\0')
        snprintf(err->file, sizeof err->file, "%s", data->path);
    return status;
}

td_status td_data_find(uint32_t *column, const td_data *data, const char *name, td_error *err) {
    return td_data_blame(data, td_table_find(&data->table, name, column, err), err);
}

/* --- label and weight ------------------------------------------------------------------------- */

/* A number counts the columns of the file. With some of them ignored their names tell which one is
 * meant, where the names are numbers themselves. */
static td_status find_numbered(uint32_t *column, const td_data *data, int64_t index,
                               td_error *err) {
    TD_CHECK(!data->csv.has_header, err, TD_ERR_ARG,
             "--label-index counts all columns of the file: with --ignore say --label NAME");
    char name[32];
    snprintf(name, sizeof name, "c%lld", (long long)index);
    return td_data_find(column, data, name, err);
}

/* Order: a name; a number in place of a name where columns have none; --label-index; column 0 of
 * a file without a header. */
td_status td_data_find_label(uint32_t *column, const td_data *data, const td_label_rule *rule,
                             td_error *err) {
    uint32_t n = data->table.n_columns;
    int64_t index = rule->index;
    const char *name = rule->name;
    if (name != NULL && strncmp(name, "name:", 5) == 0) name += 5; /* as LightGBM writes it */
    int is_number = name != NULL && !data->csv.has_header && td_text_is_whole(name, &index);
    if (name != NULL && !is_number) return td_data_find(column, data, name, err);
    TD_CHECK(index >= 0 || !data->csv.has_header, err, TD_ERR_ARG, "--label COL is missing");
    if (index < 0) index = 0;
    if (data->csv.n_ignore > 0) return find_numbered(column, data, index, err);
    TD_CHECK(index < (int64_t)n, err, TD_ERR_ARG, "--label-index: %lld, but %s has %u columns",
             (long long)index, data->path, n);
    *column = (uint32_t)index;
    return TD_OK;
}

/* Where a value stood; only looked up when there is something to complain about. */
static td_csv_place place_of(const td_data *data, uint32_t column, uint64_t row) {
    return (td_csv_place){data->path, &data->csv, data->table.column[column].name, row};
}

/* "a, b, c and 4 more": the values of a text column, for an error. */
static void list_values(char *out, size_t size, const td_textdict *dict) {
    size_t used = 0;
    uint32_t shown = 0;
    out[0] = '\0';
    for (; shown < dict->n && shown < 5; shown++) {
        uint64_t length = dict->begin[shown + 1] - dict->begin[shown];
        if (length > 30) length = 30;
        used += (size_t)snprintf(out + used, size - used, "%s'%.*s'", shown > 0 ? ", " : "",
                                 (int)length, dict->bytes + dict->begin[shown]);
    }
    if (shown < dict->n) snprintf(out + used, size - used, " and %u more", dict->n - shown);
}

/* One text against all others. A missing label is an error: a row without an outcome teaches
 * nothing. */
static td_status take_text_label(double *label, const td_data *data, uint32_t c,
                                 const td_label_rule *rule, td_error *err) {
    const td_column *column = &data->table.column[c];
    char values[256];
    list_values(values, sizeof values, &column->dict);
    if (rule->positive == NULL)
        return td_fail_at(err, TD_ERR_ARG, data->path, 0, 0,
                          rule->n_classes > 2
                              ? "label %s holds texts (%s): classes are numbers from 0"
                              : "label %s holds texts (%s): say with --positive VALUE which one "
                                "is 1",
                          column->name, values);
    uint32_t positive = td_textdict_find(&column->dict, rule->positive, strlen(rule->positive));
    if (positive == TD_CODE_NONE)
        return td_fail_at(err, TD_ERR_ARG, data->path, 0, 0,
                          "--positive: label %s has no value '%s'; it holds %s", column->name,
                          rule->positive, values);
    for (uint64_t i = 0; i < data->table.n_rows; i++) {
        if (column->code[i] == TD_CODE_NONE) {
            td_csv_place place = place_of(data, c, i);
            return td_csv_fail_place(&place, "the label is missing", err);
        }
        label[i] = column->code[i] == positive;
    }
    return TD_OK;
}

static int is_class(double label, uint32_t n_classes) {
    if (n_classes == 0) return 1;
    return label >= 0 && label < n_classes && label == floor(label);
}

/* Why a label is refused. */
static void describe_classes(char *out, size_t size, uint32_t n_classes) {
    if (n_classes == 2) {
        snprintf(out, size, "a label is not 0 or 1 (objective=regression takes any number)");
    } else {
        snprintf(out, size, "a label is no class 0 to %u (num_class=%u)", n_classes - 1, n_classes);
    }
}

/* Numbers as they are, or compared with --positive. */
static td_status take_number_label(double *label, const td_data *data, uint32_t c,
                                   const td_label_rule *rule, td_error *err) {
    double positive = 0;
    if (rule->positive != NULL && !td_text_is_real(rule->positive, &positive))
        TD_FAIL(err, TD_ERR_ARG, "--positive: label %s holds numbers, '%s' is none",
                data->table.column[c].name, rule->positive);
    const double *value = data->table.column[c].number;
    char not_a_class[96];
    describe_classes(not_a_class, sizeof not_a_class, rule->n_classes);
    for (uint64_t i = 0; i < data->table.n_rows; i++) {
        const char *problem = NULL;
        label[i] = value[i];
        if (value[i] != value[i]) {
            problem = "the label is missing";
        } else if (rule->positive != NULL) {
            label[i] = value[i] == positive;
        } else if (!is_class(value[i], rule->n_classes)) {
            problem = not_a_class;
        }
        td_csv_place place = place_of(data, c, i);
        if (problem != NULL) return td_csv_fail_place(&place, problem, err);
    }
    return TD_OK;
}

td_status td_data_take_label(double **label, const td_data *data, uint32_t column,
                             const td_label_rule *rule, td_error *err) {
    int is_text = data->table.column[column].kind == TD_COLUMN_CATEGORY;
    double *values = NULL;
    TD_NEW(values, data->table.n_rows, err);
    td_status status = is_text ? take_text_label(values, data, column, rule, err)
                               : take_number_label(values, data, column, rule, err);
    if (status != TD_OK) {
        td_mem_free(values);
        return status;
    }
    *label = values;
    return TD_OK;
}

td_status td_data_take_weight(double **weight, const td_data *data, uint32_t column,
                              td_error *err) {
    const td_column *source = &data->table.column[column];
    TD_CHECK(source->kind == TD_COLUMN_NUMBER, err, TD_ERR_ARG, "weight %s holds texts",
             source->name);
    for (uint64_t i = 0; i < data->table.n_rows; i++) {
        if (source->number[i] > 0 && source->number[i] - source->number[i] == 0) continue;
        td_csv_place place = place_of(data, column, i);
        return td_csv_fail_place(&place, "a weight is not a positive number", err);
    }
    double *values = NULL;
    TD_NEW(values, data->table.n_rows, err);
    memcpy(values, source->number, data->table.n_rows * sizeof *values);
    *weight = values;
    return TD_OK;
}

/* Column order of the file is kept: it is the order of the model's features. */
td_matrix_view td_data_view(const td_data *data, const td_column **feature,
                            const uint32_t *left_out, uint32_t n_left_out) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < data->table.n_columns; c++) {
        int is_feature = 1;
        for (uint32_t k = 0; k < n_left_out; k++) is_feature = is_feature && left_out[k] != c;
        if (is_feature) feature[n++] = &data->table.column[c];
    }
    return (td_matrix_view){.n_rows = data->table.n_rows, .n_features = n, .feature = feature};
}

/* A missing value is an empty field. */
void td_data_write_cell(td_writer *writer, const td_column *column, uint64_t i) {
    if (column->kind == TD_COLUMN_NUMBER) {
        if (column->number[i] == column->number[i]) td_writer_f64(writer, column->number[i]);
    } else if (column->code[i] != TD_CODE_NONE) {
        const td_textdict *dict = &column->dict;
        uint64_t begin = dict->begin[column->code[i]];
        td_csv_write_text(writer, ',', dict->bytes + begin,
                          dict->begin[column->code[i] + 1] - begin);
    }
}
