/* io/csv_catalog_rows.h: the fate of one row of the catalog files. Only for io/csv_catalog.c. */
#ifndef TD_IO_CSV_CATALOG_ROWS_H
#define TD_IO_CSV_CATALOG_ROWS_H

#include <stdint.h>

#include "core/base/dict.h"
#include "core/base/err.h"
#include "io/csv_catalog.h"
#include "io/csv_scan.h"

/* Places of the wanted columns in the field arrays below. */
enum {
    TD_COLUMN_TIMESTAMP = 0,
    TD_COLUMN_ITEM,
    TD_COLUMN_PROPERTY,
    TD_COLUMN_VALUE,
    TD_N_PROPERTY_COLUMNS
};
enum { TD_COLUMN_CATEGORY = 0, TD_COLUMN_PARENT, TD_N_TREE_COLUMNS };

/* A fate is a td_catalog_reason or one of these. */
enum { TD_FATE_KEPT = TD_N_CATALOG_REASONS, TD_FATE_UNUSED, TD_FATE_NOT_IN_LOG };

typedef struct td_judge_context {
    const char *price_property; /* borrowed */
    const td_iddict *items;     /* of the log, borrowed */
    uint32_t *code;             /* [n] item code by id; NULL when ids are too sparse for a table */
    uint64_t n;
} td_judge_context;

/* *out owned*, ended by td_judge_close. O(greatest id) at most. */
td_status td_judge_open(td_judge_context *out, const td_iddict *items, const char *price_property,
                        td_error *err) TD_MUST_USE;
void td_judge_close(td_judge_context *context);

/* Fate of a row with the right number of fields; *row is filled when it is kept. */
typedef int (*td_judge_fn)(const td_judge_context *context, const td_csv_field *field, void *row);

int td_judge_property(const td_judge_context *context, const td_csv_field *field,
                      void *row); /* td_raw_property */
int td_judge_category(const td_judge_context *context, const td_csv_field *field,
                      void *row); /* td_raw_category */

#endif
