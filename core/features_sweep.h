/* core/features_sweep.h: the market scope's counts, kept up to date along the time line. Engine
 * only.
 */
#ifndef TD_CORE_FEATURES_SWEEP_H
#define TD_CORE_FEATURES_SWEEP_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/features.h"
#include "core/item_log.h"

/* What a row asks of the market: one of its prefix items. */
typedef struct td_slot {
    double price;      /* as of the cut, currency units, NaN unknown */
    uint32_t item;     /* code */
    uint32_t category; /* code as of the cut, TD_CODE_NONE unknown */
    uint8_t is_carted;
} td_slot;

/* Items of row r: slot[begin[r]] and the n_slots[r] - 1 behind it. */
typedef struct td_slots {
    td_slot *slot;     /* a place for each event of a session with a row */
    uint32_t *begin;   /* [rows] */
    uint32_t *n_slots; /* [rows] */
} td_slots;

/* Values by rank: the row's place in the order of starts. */
typedef struct td_market_values {
    uint32_t *rank; /* [rows] */
    double *value;  /* [rows][TD_N_MARKET] by rank */
} td_market_values;

void td_market_values_free(td_market_values *values);

/* Market features of all rows. *out owned*, the rest borrowed; `log` is that of the inputs' events.
 * O(events + rows), in parallel over pieces of the time line. */
td_status td_market_sweep(td_market_values *out, const td_feature_inputs *inputs,
                          const td_item_log *log, const td_slots *slots, const td_exec *exec,
                          td_error *err) TD_MUST_USE;

#endif
