/* core/matrix.h: rows picked from a table, as a trainer takes them.
 *
 *     table (all rows) + label + row numbers --td_matrix_take--> own columns + view
 */
#ifndef TD_CORE_MATRIX_H
#define TD_CORE_MATRIX_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"

typedef struct td_matrix {
    td_column *column;         /* [n_features] copies of the picked rows */
    const td_column **feature; /* [n_features] the same, as a view wants them */
    double *label;             /* [n_rows], NULL without */
    td_matrix_view view;       /* of the above; borrowed until td_matrix_free */
} td_matrix;

void td_matrix_free(td_matrix *matrix);

/* Row numbers to pick, borrowed. */
typedef struct td_row_choice {
    uint64_t n;
    const uint32_t *row; /* [n] below the table's n_rows */
} td_row_choice;

/* Columns of the table at the chosen rows, in that order; label (of all rows) may be NULL.
 * Dictionaries are copied. *out owned*. O(n * columns). */
td_status td_matrix_take(td_matrix *out, const td_table *table, const double *label,
                         td_row_choice rows, const td_exec *exec, td_error *err) TD_MUST_USE;

/* All columns of a table as a view without copying. `feature` is scratch of [n_columns] pointers
 * that must live as long as the view. */
td_matrix_view td_table_view(const td_table *table, const td_column **feature, const double *label);

#endif
