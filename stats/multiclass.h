/* stats/multiclass.h: how good probabilities over several classes are. */
#ifndef TD_STATS_MULTICLASS_H
#define TD_STATS_MULTICLASS_H

#include <stdint.h>

#include "core/base/par.h"
#include "stats/metric.h"

/* Rows with a label of 0 .. n_classes - 1 and a probability for each class; all borrowed. */
typedef struct td_class_rows {
    uint64_t n;
    uint32_t n_classes;
    const double *probability; /* [n_classes * n], class by class */
    const double *label;       /* [n] */
} td_class_rows;

typedef struct td_multiclass_metrics {
    td_metric log_loss; /* -(1/n) sum log(p of the row's class), p clipped to at least 2^-52 */
    td_metric error;    /* share of rows where another class is at least as probable as their own */
    td_metric mean_recall; /* mean over the classes that occur of the share of their rows found */
} td_multiclass_metrics;

/* Fill *out and, unless NULL, count[n_classes * n_classes]: rows of class i predicted as j stand at
 * [i * n_classes + j]. The predicted class is the most probable one; among equals one that is not
 * the row's own counts, the lowest of them. All is undefined for n = 0. TD_ERR_RANGE names the
 * first row (from 1) whose label is no class or whose probabilities lie outside [0, 1] or do not
 * add up to 1 within 1e-6. O(n * n_classes). */
td_status td_multiclass_measure(td_multiclass_metrics *out, uint64_t *count,
                                const td_class_rows *rows, td_error *err) TD_MUST_USE;

/* ROC AUC of one class against all others. Undefined when the class, or every other, is missing.
 * Errors of td_ranking_build. O(n). */
td_status td_multiclass_auc(td_metric *auc, const td_class_rows *rows, uint32_t of_class,
                            const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
