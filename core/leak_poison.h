/* core/leak_poison.h: random rows that lie after a cut, close to the sessions that are compared.
 * Leak audit only. */
#ifndef TD_CORE_LEAK_POISON_H
#define TD_CORE_LEAK_POISON_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/rng.h"
#include "core/leak_shop.h"

/* Population rows the poison is aimed at, borrowed; the first ones matter most. */
typedef struct td_leak_targets {
    const uint32_t *row; /* [n] */
    uint64_t n;
    int64_t cut; /* ms; every made-up row is later */
} td_leak_targets;

/* *out owned*, inputs borrowed. O(rows made * log), at most about 8,000 rows. */
td_status td_leak_poison_make(td_leak_poison *out, const td_feature_inputs *inputs,
                              const td_leak_targets *targets, td_rng *rng,
                              td_error *err) TD_MUST_USE;

#endif
