/* io/csv_read_parts.h: what the three files behind io/csv_read.h share. Not for other modules.
 *
 *     csv_read.c   header, names of the options, memory of the columns
 *     csv_sniff.c  kinds of the columns
 *     csv_cells.c  cells into columns, category codes into ranks
 *     csv_packed.c numbers in four bytes */
#ifndef TD_IO_CSV_READ_PARTS_H
#define TD_IO_CSV_READ_PARTS_H

#include <string.h>

#include "core/table.h"
#include "io/csv_scan.h"

typedef enum td_cell_kind {
    TD_CELL_UNKNOWN = 0, /* no cell with a value seen yet */
    TD_CELL_NUMBER,
    TD_CELL_CATEGORY,
    TD_CELL_IGNORED
} td_cell_kind;

/* A file about to be read. Columns are those of the file. */
typedef struct td_csv_plan {
    const char *path;
    td_file *file;      /* borrowed */
    td_bytes text;      /* borrowed, without byte order mark */
    td_csv_split split; /* owned; pieces of data rows, the header cut off */
    char delimiter;
    uint32_t n_columns;
    uint8_t *kind;         /* [n_columns] td_cell_kind, owned */
    uint8_t *is_packed;    /* [n_columns] 1 = numbers as packed cells, owned; NULL = none is */
    uint64_t first_record; /* record number of row 0 */
    uint64_t n_rows;
    td_column **target; /* [n_columns] owned list; entries borrowed, NULL = ignored */
} td_csv_plan;

static inline td_csv_cursor td_csv_plan_open(const td_csv_plan *plan, uint64_t piece) {
    return td_csv_open(&plan->split.piece[piece], &plan->split, plan->delimiter, plan->path);
}

/* 1 for the texts that stand for a missing value (list in csv_read.h). */
static inline int td_csv_is_missing(const char *text, uint64_t n) {
    switch (n) {
    case 0:
        return 1;
    case 1:
        return *text == '?';
    case 2:
        return memcmp(text, "NA", 2) == 0;
    case 3:
        return !memcmp(text, "N/A", 3) || !memcmp(text, "NaN", 3) || !memcmp(text, "nan", 3);
    case 4:
        return !memcmp(text, "null", 4) || !memcmp(text, "NULL", 4);
    default:
        return 0;
    }
}

/* The field without blanks at its ends: numbers may be padded. */
static inline td_csv_field td_csv_trim(td_csv_field field) {
    while (field.n > 0 && (*field.text == ' ' || *field.text == '\t')) field.text++, field.n--;
    while (field.n > 0 && (field.text[field.n - 1] == ' ' || field.text[field.n - 1] == '\t')) {
        field.n--;
    }
    return field;
}

/* Turn every TD_CELL_UNKNOWN of plan->kind into a number or a category by its first cell with a
 * value; a column without any becomes a number. */
td_status td_csv_sniff(td_csv_plan *plan, const td_exec *exec, td_error *err) TD_MUST_USE;

/* Decide which number columns are read as packed cells, by the first rows: plan->is_packed. */
td_status td_csv_choose_packed(td_csv_plan *plan, td_error *err) TD_MUST_USE;

/* Numbers of a piece that have no room in a packed cell. */
typedef struct td_csv_others {
    double *value; /* [n], owned */
    uint32_t n, room;
} td_csv_others;

/* Note a value; *cell becomes its place among those of the piece. */
td_status td_csv_add_other(td_csv_others *others, double value, uint32_t *cell,
                           td_error *err) TD_MUST_USE;

/* Others [n_pieces] of all pieces -> the table's, and places in cells accordingly; where there are
 * too many of them the columns become doubles. Columns are those of plan->target. */
td_status td_csv_join_others(td_table *table, const td_csv_plan *plan, const td_csv_others *others,
                             const td_exec *exec, td_error *err) TD_MUST_USE;

/* Fill plan->target from all rows. The error of the lowest line wins. */
td_status td_csv_parse(td_table *table, const td_csv_plan *plan, const td_exec *exec,
                       td_error *err) TD_MUST_USE;

#endif
