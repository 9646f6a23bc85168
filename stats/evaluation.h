/* stats/evaluation.h: everything that is said about one score on one set of rows, from one sort.
 *
 *     score, label --> ranking --> AUC, AP, KS, top K, gains table, curves
 *                  \-> probability metrics: log-loss, Brier, reliability
 */
#ifndef TD_STATS_EVALUATION_H
#define TD_STATS_EVALUATION_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/curves.h"
#include "stats/pr_area.h"
#include "stats/probability.h"
#include "stats/ranking.h"
#include "stats/reliability.h"

enum { TD_MAX_CUTS = 32, TD_GAIN_GROUPS = 10 };

/* A cut of the ranking: the k best rows, or the best share of them. */
typedef struct td_cut {
    uint64_t k;   /* rows; used when share is 0 */
    double share; /* of the rows, in (0, 1]; 0 = use k */
} td_cut;

typedef struct td_evaluation {
    uint64_t n;
    uint64_t n_positives;
    td_metric roc_auc;
    td_metric average_precision;
    td_ks ks;
    td_metric pr_area; /* interpolated; stats/pr_area.h */
    td_probability_metrics probability;
    td_reliability reliability; /* its intervals at 95 % unless `level` says otherwise */
    uint32_t n_cuts;
    td_cut cut[TD_MAX_CUTS];
    td_top_k at[TD_MAX_CUTS]; /* result of each cut, in the order asked for */
    td_gain_row gain[TD_GAIN_GROUPS];
    td_curve roc; /* all points; n = 0 where undefined */
    td_curve pr;
} td_evaluation;

/* Cuts used when the user names none: 100, 500, 1000 rows and 1, 5, 10, 20 % of them; cuts of more
 * than n rows are left out. Returns how many were written to cut[TD_MAX_CUTS]. */
uint32_t td_default_cuts(td_cut *cut, uint64_t n);

/* What to evaluate; all borrowed. */
typedef struct td_scored_rows {
    uint64_t n;
    const double *score;
    const double *label; /* 0 or 1 */
    const td_cut *cut;   /* [n_cuts], at most TD_MAX_CUTS */
    uint32_t n_cuts;
    double level; /* of the intervals of a reliability curve; 0 = 0.95 */
} td_scored_rows;

/* Fills a zeroed *out; free it with td_evaluation_free. Errors as td_ranking_build (NaN score,
 * label not 0 or 1), TD_ERR_ARG for too many cuts. Undefined metrics are no error. O(n). */
td_status td_evaluation_build(td_evaluation *out, const td_scored_rows *rows, const td_exec *exec,
                              td_error *err) TD_MUST_USE;

/* The same from a ranking of these rows that stands already; errors as above but for the sort's. */
td_status td_evaluation_measure(td_evaluation *out, const td_ranking *ranking,
                                const td_scored_rows *rows, const td_exec *exec,
                                td_error *err) TD_MUST_USE;
void td_evaluation_free(td_evaluation *evaluation);

#endif
