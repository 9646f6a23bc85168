/* stats/assessment.h: one or two scores judged, with how sure the judgement is.
 *
 *     scores, labels --> rankings (one sort each) --> evaluation, DeLong, bootstrap,
 *                                                     comparison, cuts, scores by class */
#ifndef TD_STATS_ASSESSMENT_H
#define TD_STATS_ASSESSMENT_H

#include "stats/bootstrap.h"
#include "stats/delong.h"
#include "stats/evaluation.h"
#include "stats/fold_interval.h"
#include "stats/ks_interval.h"
#include "stats/operating.h"

/* What is asked; all borrowed. */
typedef struct td_assessment_request {
    td_scored_rows rows;           /* the first score */
    const double *second;          /* [rows.n] another score of the same rows, or NULL */
    td_bootstrap_params bootstrap; /* n_replicates = 0: none; level serves DeLong as well */
    double max_fpr;                /* of the partial AUC; 0 = not asked */
    double cost_fp, cost_fn;       /* both 0 = no threshold is asked */
    const int64_t *amount;         /* [rows.n] money of a row, 0 or more; NULL = none */
} td_assessment_request;

typedef struct td_assessment {
    td_assessment_request request;
    uint32_t n_scores;
    td_evaluation evaluation[2]; /* [n_scores] like all below */
    td_delong delong[2];
    td_interval auc_interval[2]; /* DeLong's, plain scale; with clusters the bootstrap's */
    td_interval auc_logit[2];    /* DeLong's, logit scale; undefined with clusters */
    td_ks_result ks[2];          /* its interval also stands in bootstrap.of[][TD_BOOT_KS] */
    td_fold_result folds[2][TD_N_FOLD_CHOICES]; /* likewise, see td_is_by_folds */
    td_partial_auc partial[2];
    td_cheapest_cut cheapest[2];
    td_score_spread spread[2][2];           /* [score][label] */
    td_metric amount[2][TD_MAX_CUTS];       /* of the rows in each cut; undefined without amounts */
    td_metric amount_share[2][TD_MAX_CUTS]; /* of all rows' amount */
    td_delong_pair pair;                    /* with two scores */
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
