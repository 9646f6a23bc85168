/* core/table.c: columns of a table; the layout stands in table.h.
 *
 * Each column owns its name, its block of cells and, for a category, its dictionary:
 *
 *     table -> column[0] { name, number[n_rows] }
 *              column[1] { name, code[n_rows], dict }
 *
 * A block that is not there is NULL, so a table that was filled half-way when something failed is
 * freed like a whole one, and freeing twice is harmless.
 *
 * Not done: growing, sorting, joining. Tables are filled by io and read by everybody else. */
#include "core/table.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/packed.h"

void td_column_drop(td_column *column) {
    td_mem_free(column->number);
    td_mem_free(column->packed);
    td_mem_free(column->code);
    column->number = NULL;
    column->packed = column->code = NULL;
}

void td_column_free(td_column *column) {
    td_column_drop(column);
    td_mem_free(column->name);
    td_textdict_free(&column->dict);
    *column = (td_column){0};
}

void td_table_free(td_table *table) {
    for (uint32_t i = 0; i < table->n_columns; i++) td_column_free(&table->column[i]);
    td_mem_free(table->column);
    td_mem_free(table->other);
    *table = (td_table){0};
}

td_status td_table_init(td_table *out, uint64_t n_rows, uint32_t n_columns, td_error *err) {
    *out = (td_table){0};
    TD_NEW_ZEROED(out->column, n_columns, err);
    out->n_rows = n_rows;
    out->n_columns = n_columns;
    return TD_OK;
}

/* Both blocks are made before the old column is given up, so a failure changes nothing. */
td_status td_table_set_number(td_table *table, uint32_t i, const char *name, td_error *err) {
    TD_CHECK(i < table->n_columns, err, TD_ERR_ARG, "column %u of a table of %u columns", i,
             table->n_columns);
    char *copy = td_mem_text(name, err);
    double *number = td_mem_zeroed(table->n_rows, sizeof *number, err);
    if (copy == NULL || number == NULL) {
        td_mem_free(copy);
        td_mem_free(number);
        return TD_ERR_NOMEM;
    }
    td_column_free(&table->column[i]);
    table->column[i] = (td_column){.name = copy, .kind = TD_COLUMN_NUMBER, .number = number};
    return TD_OK;
}

td_status td_column_unpack(td_column *column, uint64_t n_rows, td_error *err) {
    if (column->packed == NULL) return TD_OK;
    TD_NEW(column->number, n_rows, err);
    td_packed_decode(column->number, column->packed, n_rows, column->other);
    td_mem_free(column->packed);
    column->packed = NULL;
    return TD_OK;
}

/* Names are compared one by one: a table has few columns and is asked once per option. */
td_status td_table_find(const td_table *table, const char *name, uint32_t *index, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        const char *known = table->column[i].name;
        if (known == NULL) continue;
        if (strcmp(known, name) == 0) {
            *index = i;
            return TD_OK;
        }
        td_nearest_offer(&nearest, known);
    }
    if (nearest.name == NULL) TD_FAIL(err, TD_ERR_ARG, "no column '%s': no columns at all", name);
    TD_FAIL(err, TD_ERR_ARG, "no column '%s'; the nearest is '%s'", name, nearest.name);
}
