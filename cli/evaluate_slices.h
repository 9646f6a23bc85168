/* cli/evaluate_slices.h: the same evaluation for every group of rows. */
#ifndef TD_CLI_EVALUATE_SLICES_H
#define TD_CLI_EVALUATE_SLICES_H

#include "cli/data_groups.h"
#include "stats/assessment.h"

enum { TD_MAX_SLICES = 200, TD_FEW_ROWS_OF_A_CLASS = 30 };

/* One slice, judged as the whole is: every statistic with its interval. */
typedef struct td_slice {
    td_assessment assessment; /* of the first score; its rows are not kept */
    int is_small;             /* fewer than TD_FEW_ROWS_OF_A_CLASS positives or negatives */
} td_slice;

/* Fill zeroed slice[groups->n] from the rows of `request` (its first score), with its cuts and
 * costs; free each assessment, after a failure as well. TD_ERR_ARG with more than
 * TD_MAX_SLICES groups; else errors of td_assessment_build. O(n) per replicate in all. */
td_status td_slices_measure(td_slice *slice, const td_groups *groups,
                            const td_assessment_request *request, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

#endif
