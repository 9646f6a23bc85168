/* io/csv_read.c: a delimited text file -> td_table.
 *
 * 1. Open the file (mapped or inflated), skip a byte order mark, guess the delimiter.
 * 2. Cut the text into pieces at record ends (csv_split.c): the number of rows is known before a
 *    single cell is read, so columns are allocated once and threads write into them directly.
 * 3. Names from the header, or c0, c1, ... from the width of the first row.
 * 4. Kinds from the options, else from the first cell with a value (csv_sniff.c).
 * 5. Cells (csv_cells.c).
 *
 * Cost: time of one pass over the text; memory of the columns, 8 bytes a number (4 packed) and 4 a
 * category. A mapped file's pages are given back as soon as they were read: they are never all in
 * memory. An archive's text is, until the end. */
#include "io/csv_read.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "io/csv_header.h"
#include "io/csv_read_parts.h"

td_csv_options td_csv_options_default(void) { return (td_csv_options){.has_header = 1}; }

/* c0, c1, ... for as many fields as the record at the cursor has. */
static td_status count_names(td_csv_header *out, td_csv_cursor cursor, td_error *err) {
    td_csv_field field;
    uint32_t n = 0;
    td_csv_cursor start = cursor;
    do {
        TD_TRY(td_csv_next(&cursor, &field, err));
        n++;
    } while (!field.is_last);
    if (n == 1 && field.n == 0) {
        td_csv_fail(err, TD_ERR_FORMAT, &start, start.at, "the first line is blank");
        return TD_ERR_FORMAT;
    }
    TD_NEW_ZEROED(out->name, n, err);
    for (; out->n < n; out->n++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", out->n);
        out->name[out->n] = td_mem_text(name, err);
        if (out->name[out->n] == NULL) return TD_ERR_NOMEM;
    }
    return TD_OK;
}

/* Step 3; the header is cut off the first piece. */
static td_status take_header(td_csv_plan *plan, td_csv_header *header, int has_header,
                             td_error *err) {
    if (plan->split.n_pieces == 0) {
        td_fail_at(err, TD_ERR_FORMAT, plan->path, 0, 0, "is empty");
        return TD_ERR_FORMAT;
    }
    td_csv_piece *first = &plan->split.piece[0];
    td_csv_cursor cursor = td_csv_plan_open(plan, 0);
    if (has_header) {
        TD_TRY(td_csv_header_read(header, &cursor, err));
        first->begin = cursor.at;
        first->line = cursor.line;
        first->record++;
        first->n_records--;
        plan->first_record = 1;
    } else {
        TD_TRY(count_names(header, cursor, err));
    }
    plan->n_columns = header->n;
    plan->n_rows = plan->split.n_records - plan->first_record;
    if (plan->n_rows == 0) {
        return td_fail_at(err, TD_ERR_FORMAT, plan->path, 0, 0, "holds a header and no rows");
    }
    return TD_OK;
}

/* Give the columns named in an option their kind. */
static td_status mark_columns(td_csv_plan *plan, const td_csv_header *header,
                              const char *const *names, uint32_t n, td_cell_kind kind,
                              td_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        while (k < header->n && strcmp(header->name[k], names[i]) != 0) k++;
        if (k == header->n) {
            const char *const *known = (const char *const *)header->name;
            return td_fail_at(err, TD_ERR_ARG, plan->path, 0, 0,
                              "no column '%s'; the nearest is '%s'", names[i],
                              td_nearest_name(names[i], known, header->n));
        }
        plan->kind[k] = (uint8_t)kind;
    }
    return TD_OK;
}

/* Kinds that the options settle: columns not in `only` go, unless another list names them; of two
 * lists that name one column the later counts. */
static td_status apply_options(td_csv_plan *plan, const td_csv_header *header,
                               const td_csv_options *o, td_error *err) {
    if (o->n_only > 0) memset(plan->kind, TD_CELL_IGNORED, plan->n_columns);
    TD_TRY(mark_columns(plan, header, o->only, o->n_only, TD_CELL_UNKNOWN, err));
    TD_TRY(mark_columns(plan, header, o->categorical, o->n_categorical, TD_CELL_CATEGORY, err));
    TD_TRY(mark_columns(plan, header, o->numeric, o->n_numeric, TD_CELL_NUMBER, err));
    return mark_columns(plan, header, o->ignore, o->n_ignore, TD_CELL_IGNORED, err);
}

/* Memory of the columns; names move from the header into them. */
static td_status make_columns(td_table *table, td_csv_plan *plan, td_csv_header *header,
                              td_error *err) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->n_columns; i++) n += plan->kind[i] != TD_CELL_IGNORED;
    TD_TRY(td_table_init(table, plan->n_rows, n, err));
    plan->target = td_mem_zeroed(plan->n_columns, sizeof(td_column *), err);
    if (plan->target == NULL) return TD_ERR_NOMEM;
    td_column *column = table->column;
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        if (plan->kind[i] == TD_CELL_IGNORED) continue;
        plan->target[i] = column;
        column->name = header->name[i];
        header->name[i] = NULL;
        if (plan->kind[i] == TD_CELL_NUMBER) {
            column->kind = TD_COLUMN_NUMBER;
            if (plan->is_packed != NULL && plan->is_packed[i])
                TD_NEW(column->packed, plan->n_rows, err);
            else
                TD_NEW(column->number, plan->n_rows, err);
        } else {
            column->kind = TD_COLUMN_CATEGORY;
            TD_NEW(column->code, plan->n_rows, err);
        }
        column++;
    }
    return TD_OK;
}

/* Steps 2 to 5. The caller frees table, plan and header. */
static td_status read_text(td_table *table, td_csv_plan *plan, td_csv_header *header,
                           const td_csv_options *options, const td_exec *exec, td_error *err) {
    uint64_t piece_bytes = options->piece_bytes != 0 ? options->piece_bytes : TD_CSV_PIECE_BYTES;
    td_csv_text text = {plan->text, plan->delimiter, piece_bytes, plan->file};
    TD_TRY(td_csv_split_file(&plan->split, &text, exec, err));
    TD_TRY(take_header(plan, header, options->has_header, err));
    TD_NEW_ZEROED(plan->kind, plan->n_columns, err);
    TD_TRY(apply_options(plan, header, options, err));
    TD_TRY(td_csv_sniff(plan, exec, err));
    if (options->is_packed) TD_TRY(td_csv_choose_packed(plan, err));
    TD_TRY(make_columns(table, plan, header, err));
    return td_csv_parse(table, plan, exec, err);
}

/* What may stand in a number or has a meaning of its own cannot separate cells. */
static td_status check_delimiter(char c, td_error *err) {
    int is_in_number = (c >= '0' && c <= '9') || (c != 0 && strchr("+-.eE", c) != NULL);
    TD_CHECK(!is_in_number && (c == 0 || strchr("\"\r\n", c) == NULL), err, TD_ERR_ARG,
             "delimiter '%c' (code %d) cannot separate columns", c < ' ' ? '?' : c, c);
    return TD_OK;
}

td_status td_csv_read(td_table *out, const char *path, const td_csv_options *options,
                      const td_exec *exec, td_error *err) {
    *out = (td_table){0};
    TD_TRY(check_delimiter(options->delimiter, err));
    td_file *file;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes text = td_csv_skip_bom(td_file_bytes(file));
    td_csv_plan plan = {.path = path, .file = file, .text = text, .delimiter = options->delimiter};
    if (plan.delimiter == 0) plan.delimiter = td_csv_guess_delimiter(text);
    td_csv_header header = {0};
    td_status status = read_text(out, &plan, &header, options, exec, err);
    td_csv_split_free(&plan.split);
    td_csv_header_free(&header);
    td_mem_free(plan.kind);
    td_mem_free(plan.is_packed);
    td_mem_free(plan.target);
    td_file_close(file);
    if (status != TD_OK) td_table_free(out);
    return status;
}
