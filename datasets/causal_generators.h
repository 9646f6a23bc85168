/* datasets/causal_generators.h: tables with a treatment whose true effect is known.
 *
 *     name, rows, seed --td_causal_draw--> features x0 x1 ... | treatment | outcome
 *                                          truth: propensity, expected0, expected1, effect
 *
 * The laws by which causalml and grf measure learners of treatment effects; formulas and sources
 * stand in causal_laws.c. Every number is a pure function of (seed, column, row), so the same rows
 * come for any number of threads. */
#ifndef TD_DATASETS_CAUSAL_GENERATORS_H
#define TD_DATASETS_CAUSAL_GENERATORS_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/table.h"

enum { TD_CAUSAL_MAX_FEATURES = 256 };

typedef struct td_causal_params {
    const char *generator; /* a name of td_causal_name; borrowed */
    uint64_t n_rows;       /* 1 .. 2^31 - 1 */
    uint32_t n_features;   /* 0 = as in the source; features beyond the law's are noise */
    uint64_t seed;
    double noise;     /* standard deviation of the outcome around its mean; ignored by causalml5 */
    double effect_sd; /* grf: the effects of the sample are scaled to this; 0 = leave as they are */
} td_causal_params;

/* This generator with 1,000 rows, seed 1, noise 1, and effect_sd 0.1 (the default of grf; ignored
 * by the causalml laws). */
td_causal_params td_causal_params_default(const char *generator);

/* Names in order: causalml1 .. causalml5, grf_simple, grf_aw1 .. grf_nw4; NULL from the end on. */
const char *td_causal_name(uint32_t i);

/* One line: what is hard about it and where it comes from. NULL for an unknown name. */
const char *td_causal_about(const char *generator);

/* Rows and their truth; owned. A zeroed struct is empty. */
typedef struct td_causal_data {
    td_table table;     /* numbers x0, x1, ...: what a learner may see */
    double *treatment;  /* [n_rows] 0 or 1 */
    double *outcome;    /* [n_rows] 0 or 1 for causalml5, else a number */
    double *propensity; /* [n_rows] true P(treatment = 1) of the row */
    double *expected0;  /* [n_rows] E[outcome | row, untreated] */
    double *expected1;  /* [n_rows] E[outcome | row, treated] */
    double *effect;     /* [n_rows] expected1 - expected0 */
    int is_binary;      /* outcome is 0 or 1 */
} td_causal_data;

void td_causal_data_free(td_causal_data *data);

/* Draw. *out owned*. TD_ERR_ARG names the nearest generator for an unknown name; TD_ERR_RANGE for
 * impossible rows, features (fewer than the law reads), noise or effect_sd. O(rows * features). */
td_status td_causal_draw(td_causal_data *out, const td_causal_params *params, const td_exec *exec,
                         td_error *err) TD_MUST_USE;

#endif
