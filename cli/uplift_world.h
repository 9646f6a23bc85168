/* cli/uplift_world.h: rows of a treatment whose true effect is known, parted in training and test
 * rows, for `uplift simulate`. Holds no algorithm: each call is a sequence of library calls. */
#ifndef TD_CLI_UPLIFT_WORLD_H
#define TD_CLI_UPLIFT_WORLD_H

#include "cli/scoring.h"
#include "core/matrix.h"
#include "datasets/causal_generators.h"

typedef struct td_uplift_world {
    const td_table *features; /* of the parts below; borrowed from them */
    double *treatment;        /* [n] 0 or 1, owned, as all arrays here */
    double *outcome;          /* [n] */
    double *propensity;       /* [n] true P(treated) */
    double *effect;           /* [n] true effect */
    uint32_t *cluster;        /* [n] visitor of a shop's session, dense; NULL of a generator */
    uint32_t n_clusters;
    uint64_t n;
    uint32_t *train, *test; /* rows, ascending */
    uint64_t n_train, n_test;
    td_causal_data drawn; /* of a generator */
    td_shop shop;         /* of a shop folder */
    td_scored scored;
} td_uplift_world;

void td_uplift_world_free(td_uplift_world *world);

/* 2 n_rows of params: the first half for training, the other half (test) rows for testing. *out
 * owned*. */
td_status td_uplift_world_draw(td_uplift_world *out, const td_causal_params *params,
                               uint64_t n_test, const td_exec *exec, td_error *err) TD_MUST_USE;

/* Sessions of a shop written by `generate`: features as in `run`, arm, both outcomes and effect
 * p1 - p0 from truth/sessions.csv; the treated ones have outcome y1, the others y0. Training rows
 * are those of the train and valid parts. *out owned*. TD_ERR_FORMAT when the truth does not fit
 * the log. */
td_status td_uplift_world_read(td_uplift_world *out, const char *folder, const td_scoring *scoring,
                               const td_exec *exec, td_error *err) TD_MUST_USE;

/* The same for sessions that are scored already and borrowed; world's shop and scored stay
 * empty. */
td_status td_uplift_world_join(td_uplift_world *out, const char *folder, const td_scored *scored,
                               const td_exec *exec, td_error *err) TD_MUST_USE;

/* The rows as a table that others can read: features, treatment, outcome, propensity, effect, part
 * (0 train, 1 test), into a file or "-". */
td_status td_uplift_world_write(const td_uplift_world *world, const char *path,
                                td_error *err) TD_MUST_USE;

#endif
