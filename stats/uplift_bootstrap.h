/* stats/uplift_bootstrap.h: every metric of uplift measured again on rows or clusters drawn anew.
 * All scores see the same draws, so differences between them are paired. */
#ifndef TD_STATS_UPLIFT_BOOTSTRAP_H
#define TD_STATS_UPLIFT_BOOTSTRAP_H

#include "stats/spread.h"
#include "stats/uplift_metrics.h"

/* Values over the replicates, NaN where a metric had none; *owned*. */
typedef struct td_uplift_replicates {
    uint32_t n, n_scores, n_metrics;
    double *value; /* [n][n_scores][n_metrics] */
} td_uplift_replicates;

/* n replicates of plan->draw. Fills a zeroed *out, freed with td_uplift_replicates_free.
 * TD_ERR_NOMEM, TD_ERR_INTERRUPTED. Same bytes for any exec. About 3 to 5 ns per row, replicate and
 * score of one processor; (16 rows + 250 KB) of memory a worker. */
td_status td_uplift_bootstrap_run(td_uplift_replicates *out, const td_uplift_plan *plan,
                                  const td_uplift_cuts *cuts, uint32_t n, const td_exec *exec,
                                  td_error *err) TD_MUST_USE;
void td_uplift_replicates_free(td_uplift_replicates *replicates);

/* What is measured of one score on the rows as they are. */
typedef struct td_uplift_point {
    double value[TD_UPLIFT_MAX_METRICS]; /* [n_metrics] */
    td_uplift_sums sums;
    td_uplift_state tenth[TD_UPLIFT_DECILES]; /* at the end of each tenth */
} td_uplift_point;

/* point[n_scores]. TD_ERR_NOMEM. */
td_status td_uplift_measure_rows(td_uplift_point *point, const td_uplift_plan *plan,
                                 const td_uplift_cuts *cuts, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;

/* Spread of one metric of score a, or of a minus b (b = a: none is taken away). Its p-value is of
 * "as good as a random score" for areas, of "no effect" for an uplift, of "no difference" for a
 * difference. x [n] is scratch. */
td_spread td_uplift_spread_of(double *x, const td_uplift_replicates *replicates, uint32_t metric,
                              uint32_t a, uint32_t b, double level);

#endif
