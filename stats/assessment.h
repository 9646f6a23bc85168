/* stats/assessment.h: one to three scores judged, with how sure the judgement is.
 *
 *     scores, labels --> rankings (one sort each) --> evaluation, DeLong, bootstrap,
 *                                                     comparison, cuts, scores by class */
#ifndef TD_STATS_ASSESSMENT_H
#define TD_STATS_ASSESSMENT_H

#include "stats/bootstrap.h"
#include "stats/delong.h"
#include "stats/evaluation.h"
#include "stats/fold_difference.h"
#include "stats/fold_interval.h"
#include "stats/ks_interval.h"
#include "stats/operating.h"

/* What is asked; all borrowed. */
typedef struct td_assessment_request {
    td_scored_rows rows; /* the first score */
    const double
        *other[TD_MAX_SCORES - 1]; /* [rows.n] further scores of the same rows, then NULL */
    td_bootstrap_params bootstrap; /* n_replicates = 0: none; level serves DeLong as well */
    double max_fpr;                /* of the partial AUC; 0 = not asked */
    double cost_fp, cost_fn;       /* both 0 = no threshold is asked */
    const int64_t *amount;         /* [rows.n] money of a row, 0 or more; NULL = none */
} td_assessment_request;

typedef struct td_assessment {
    td_assessment_request request;
    uint32_t n_scores;
    td_evaluation evaluation[TD_MAX_SCORES]; /* [n_scores] like all below */
    td_delong delong[TD_MAX_SCORES];
    td_interval
        auc_interval[TD_MAX_SCORES];      /* DeLong's, plain scale; with clusters the bootstrap's */
    td_interval auc_logit[TD_MAX_SCORES]; /* DeLong's, logit scale; undefined with clusters */
    td_ks_result ks[TD_MAX_SCORES]; /* its interval also stands in bootstrap.of[][TD_BOOT_KS] */
    td_fold_result folds[TD_MAX_SCORES][TD_N_FOLD_CHOICES]; /* likewise, see td_is_by_folds */
    td_partial_auc partial[TD_MAX_SCORES];
    td_cheapest_cut cheapest[TD_MAX_SCORES];
    td_score_spread spread[TD_MAX_SCORES][2]; /* [score][label] */
    td_metric amount[TD_MAX_SCORES]
                    [TD_MAX_CUTS]; /* of the rows in each cut; undefined without amounts */
    td_metric amount_share[TD_MAX_SCORES][TD_MAX_CUTS]; /* of all rows' amount */
    td_delong_pair pair[TD_MAX_PAIRS];                  /* [td_pair_at] */
    td_bootstrap bootstrap;
} td_assessment;

/* Fills a zeroed *out; free it with td_assessment_free. Errors as td_evaluation_build and
 * td_bootstrap_run; TD_ERR_RANGE for a max_fpr outside [0, 1] or a cost that is negative. */
td_status td_assessment_build(td_assessment *out, const td_assessment_request *request,
                              const td_exec *exec, td_error *err) TD_MUST_USE;

/* Statistic `place` (TD_BOOT_...) of score s as the rows themselves give it: the number whose
 * interval is bootstrap.of[s][place]. Undefined where it has no value or was not asked for. */
td_metric td_statistic_of(const td_assessment *assessment, uint32_t s, uint32_t place);
void td_assessment_free(td_assessment *assessment);

#endif
