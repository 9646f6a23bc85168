/* cli/evaluate_slices.h: the same evaluation for every group of rows. */
#ifndef TD_CLI_EVALUATE_SLICES_H
#define TD_CLI_EVALUATE_SLICES_H

#include "cli/data_groups.h"
#include "stats/assessment.h"

enum { TD_MAX_SLICES = 200, TD_FEW_ROWS_OF_A_CLASS = 30 };

/* What is said about one slice: too little to fill a page, enough to see where a score fails. */
typedef struct td_slice {
    uint64_t rows;
    uint64_t positives;
    int is_small; /* fewer than TD_FEW_ROWS_OF_A_CLASS positives or negatives */
    td_metric base_rate, mean_score, roc_auc, average_precision, log_loss;
    td_interval auc_interval, ap_interval;
} td_slice;

/* slice[groups->n] for the rows of `request` (its first score). TD_ERR_ARG with more than
 * TD_MAX_SLICES groups; else errors of td_assessment_build. O(n) per replicate in all. */
td_status td_slices_measure(td_slice *slice, const td_groups *groups,
                            const td_assessment_request *request, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

#endif
