/* core/split.h: train | valid | test by time, with a purged strip before each boundary.
 *
 *     starts  ......train......|purge|.....valid.....|purge|.....test.....   -> time
 *                                    b0                    b1
 *
 * b0, b1 = starts at ranks floor(0.6 n), floor(0.8 n) of (start, visitor); equal starts go right.
 * */
#ifndef TD_CORE_SPLIT_H
#define TD_CORE_SPLIT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/population.h"
#include "core/sessions.h"

typedef enum td_part {
    TD_TRAIN = 0,
    TD_VALID = 1,
    TD_TEST = 2,
    TD_PURGED = 3,
    TD_N_PARTS = 4
} td_part;

/* "train", "valid", "test", "purged". */
const char *td_part_name(td_part part);

typedef struct td_split_rule {
    uint32_t train_percent; /* 60 */
    uint32_t valid_percent; /* 20; the rest is test */
    int64_t purge_ms;       /* 24 h */
    int purge_visitors;     /* also purge rows whose visitor has a row in an earlier part */
} td_split_rule;

td_split_rule td_split_rule_default(void);

typedef struct td_split {
    uint64_t n;
    uint8_t *part;                  /* [n] td_part of each population row */
    int64_t boundary[2];            /* ms: first start of valid, of test */
    uint64_t n_of_part[TD_N_PARTS]; /* rows */
    uint64_t n_positives[TD_N_PARTS];
    uint64_t n_purged_near;     /* started within purge_ms before a boundary */
    uint64_t n_purged_crossing; /* started earlier and lasted to a boundary */
    uint64_t n_purged_visitors; /* purged for their visitor only */
    /* visitors with rows in both parts, purged rows not counted */
    uint64_t n_visitors_train_valid;
    uint64_t n_visitors_train_test;
    uint64_t n_visitors_valid_test;
} td_split;

void td_split_free(td_split *split);

/* *out owned*, the rest borrowed. O(n log n). TD_ERR_SHAPE for an empty population, TD_ERR_RANGE
 * for impossible shares or a negative purge. */
td_status td_split_build(td_split *out, const td_population *population,
                         const td_sessions *sessions, const td_split_rule *rule,
                         td_error *err) TD_MUST_USE;

#endif
