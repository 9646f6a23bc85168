/* datasets/causal_laws.h: the laws behind causal_generators.h, one row of a table each. */
#ifndef TD_DATASETS_CAUSAL_LAWS_H
#define TD_DATASETS_CAUSAL_LAWS_H

#include "core/table.h"

/* Where a law reads: one row of the features, and what of it no learner sees. */
typedef struct td_causal_row {
    const td_table *x;
    uint64_t row;
    double hidden;      /* causalml5: 0 or 1 */
    const double *beta; /* grf_kunzel: [n_features] slopes of the sample */
} td_causal_row;

static inline double td_causal_x(const td_causal_row *at, uint32_t feature) {
    return at->x->column[feature].number[at->row];
}

/* What a law says of a row: E[y | w] = level + (w - anchor) effect. */
typedef struct td_causal_point {
    double level;
    double effect;
    double propensity;
    double anchor; /* causalml: 1/2; grf: the propensity; causalml5: 0 */
} td_causal_point;

typedef enum td_causal_features {
    TD_CAUSAL_UNIFORM, /* independent, uniform in [0, 1) */
    TD_CAUSAL_NORMAL,  /* independent, N(0, 1) */
    TD_CAUSAL_CHAIN,   /* N(0, 1), correlation 1/2^|j - k| */
    TD_CAUSAL_PROXY    /* N(z, (5 z + 3 (1 - z))^2), z = the hidden confounder */
} td_causal_features;

typedef struct td_causal_law {
    const char *name;
    const char *about;
    td_causal_point (*point)(const td_causal_row *at);
    td_causal_features features;
    uint32_t n_features;   /* of the source */
    uint32_t min_features; /* that the law reads */
    int is_scaled;         /* grf: level and effect are scaled to their sample's deviation */
    int is_binary;
} td_causal_law;

/* Law i in order, NULL from the end on. Static. */
const td_causal_law *td_causal_law_at(uint32_t i);

#endif
