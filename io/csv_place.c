/* io/csv_place.c: finding a cell again, on the error path only.
 *
 *   1. Open and cut the file as csv_read does, with the same options.
 *   2. The record of table row r is r, or r + 1 below a header; its piece is known from the record
 *      numbers of the pieces.
 *   3. Skip to that record, step to the field of the column, and fail there.
 *
 * A table keeps no places, so that reading stays fast and small; the price is this second pass,
 * O(bytes), when there is something to complain about. */
#include "io/csv_place.h"

#include <string.h>

#include "io/csv_header.h"
#include "io/csv_scan.h"
#include "io/csv_split.h"
#include "io/parquet_read.h"
#include "io/svm_read.h"

typedef struct finder {
    const td_csv_place *place;
    const char *problem;
    td_csv_split split;
    td_csv_header header; /* empty without one */
    char delimiter;
} finder;

/* Number of the field: by the header, or N of "cN". */
static uint32_t field_number(const finder *f) {
    const char *column = f->place->column;
    uint32_t k = 0;
    while (k < f->header.n && strcmp(f->header.name[k], column) != 0) k++;
    if (f->header.n > 0) return k;
    for (const char *c = column + 1; *c >= '0' && *c <= '9'; c++) k = k * 10 + (uint32_t)(*c - '0');
    return k;
}

/* Step 3. Returns without an error text when the cell is not there. */
static td_status fail_at_cell(finder *f, td_error *err) {
    uint64_t record = f->place->row + (f->place->options->has_header != 0), p = 0;
    while (p < f->split.n_pieces &&
           f->split.piece[p].record + f->split.piece[p].n_records <= record)
        p++;
    if (p == f->split.n_pieces) return TD_OK;
    td_csv_cursor cursor = td_csv_open(&f->split.piece[p], &f->split, f->delimiter, f->place->path);
    for (uint64_t i = f->split.piece[p].record; i < record; i++)
        TD_TRY(td_csv_skip_record(&cursor, err));
    td_csv_cursor start = cursor;
    td_csv_field field = {0};
    uint32_t wanted = field_number(f);
    for (uint32_t k = 0; k <= wanted; k++) {
        if (field.is_last) return TD_OK;
        TD_TRY(td_csv_next(&cursor, &field, err));
    }
    char shown[64];
    return td_csv_fail(err, TD_ERR_FORMAT, &start, field.text, "%s (column %s: %s)", f->problem,
                       f->place->column, td_csv_show(shown, field.text, field.n));
}

static td_status find(finder *f, const td_file *file, td_error *err) {
    td_bytes text = td_csv_skip_bom(td_file_bytes(file));
    if (td_parquet_is(text) || td_svm_is_path(f->place->path)) return TD_OK; /* no cells to find */
    f->delimiter = f->place->options->delimiter;
    if (f->delimiter == 0) f->delimiter = td_csv_guess_delimiter(text);
    TD_TRY(td_csv_split_text(&f->split, text, f->delimiter, TD_CSV_PIECE_BYTES, NULL, err));
    if (f->split.n_pieces == 0) return TD_OK;
    if (f->place->options->has_header) {
        td_csv_cursor cursor =
            td_csv_open(&f->split.piece[0], &f->split, f->delimiter, f->place->path);
        TD_TRY(td_csv_header_read(&f->header, &cursor, err));
    }
    return fail_at_cell(f, err);
}

td_status td_csv_fail_place(const td_csv_place *place, const char *problem, td_error *err) {
    td_file *file = NULL;
    finder f = {.place = place, .problem = problem};
    td_status status = td_file_open(&file, place->path, err);
    if (status == TD_OK) status = find(&f, file, err);
    td_csv_header_free(&f.header);
    td_csv_split_free(&f.split);
    td_file_close(file);
    if (status == TD_ERR_FORMAT) return status;
    return td_fail_at(err, TD_ERR_FORMAT, place->path, 0, 0, "%s (column %s, row %llu)", problem,
                      place->column, (unsigned long long)place->row + 1);
}
