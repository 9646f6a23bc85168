/* io/csv_place.h: where in its file a cell of a table stood: for errors found after reading. */
#ifndef TD_IO_CSV_PLACE_H
#define TD_IO_CSV_PLACE_H

#include <stdint.h>

#include "core/base/err.h"
#include "io/csv_read.h"

/* A cell, named as the table knows it. All borrowed. */
typedef struct td_csv_place {
    const char *path;
    const td_csv_options *options; /* with which the table was read */
    const char *column;            /* name */
    uint64_t row;                  /* of the table, from 0 */
} td_csv_place;

/* Fail with TD_ERR_FORMAT at the cell: "file:line:column: PROBLEM (column NAME: 'value')". The file
 * is read again up to that row; when it cannot be, the error names the row instead. O(bytes). */
td_status td_csv_fail_place(const td_csv_place *place, const char *problem, td_error *err);

#endif
