/* gbdt/sample.h: which rows and features a tree may see. */
#ifndef TD_GBDT_SAMPLE_H
#define TD_GBDT_SAMPLE_H

#include <stdint.h>

#include "gbdt/params.h"

typedef struct td_sample {
    const td_train_params *params; /* borrowed */
    uint64_t n_rows;               /* of the table */
    uint32_t n_slots;              /* features that can split */
    uint32_t *row;                 /* [n] drawn rows, ascending; NULL = all rows are used */
    uint8_t *in_bag;               /* [n_rows] 1 = drawn; NULL likewise */
    uint64_t n;                    /* rows in use */
    uint8_t *use_slot;             /* [n_slots] 1 = drawn; NULL = all features are used */
} td_sample;

/* *out owned*; all rows and features until something is drawn. */
td_status td_sample_init(td_sample *out, const td_train_params *params, uint64_t n_rows,
                         uint32_t n_slots, td_error *err) TD_MUST_USE;
void td_sample_free(td_sample *sample);

/* Draw rows in every bagging_freq-th round; the rounds between keep them. O(rows). */
void td_sample_rows(td_sample *sample, uint32_t round);

/* Draw features for tree number `tree` of the model. O(n_slots). */
void td_sample_features(td_sample *sample, uint32_t tree);

#endif
