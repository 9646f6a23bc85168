/* gbdt/params_table.h: the rows behind td_param_table, with where and how each is stored. */
#ifndef TD_GBDT_PARAMS_TABLE_H
#define TD_GBDT_PARAMS_TABLE_H

#include <stddef.h>

#include "gbdt/params.h"

typedef enum td_field_type {
    TD_FIELD_INT,
    TD_FIELD_REAL,
    TD_FIELD_BOOL,
    TD_FIELD_WORD,
    TD_FIELD_SEED
} td_field_type;

/* Where and how a parameter is stored. low and high are inclusive unless low_open. */
typedef struct td_param_field {
    td_field_type type;
    size_t offset;
    int low_open;
    double low, high;
} td_param_field;

/* Row i of both tables is one parameter. */
extern const td_param_spec td_param_specs[];
extern const td_param_field td_param_fields[];
extern const uint32_t td_n_params;

/* Other spellings of words that are common elsewhere; one counts where its meaning is a word of the
 * parameter's list. Ends with NULLs. */
extern const char *const td_param_words[][2];

#endif
