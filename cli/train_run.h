/* cli/train_run.h: the work of `tundish train`, timed phase by phase. */
#ifndef TD_CLI_TRAIN_RUN_H
#define TD_CLI_TRAIN_RUN_H

#include "cli/train_args.h"
#include "gbdt/model_calibration.h"
#include "stats/multiclass.h"
#include "stats/probability.h"
#include "stats/ranking.h"
#include "stats/regression.h"

enum { TD_TABLE_TRAIN = 0, TD_TABLE_VALID = 1, TD_N_TABLES = 2 };

/* What is known of one table after training. */
typedef struct td_table_metrics {
    uint64_t n; /* rows, 0 = there was no such table */
    td_metric auc;
    td_metric average_precision;
    td_probability_metrics probability;
    td_multiclass_metrics classes;    /* of several classes, which have none of the above */
    td_regression_metrics regression; /* of values, which have none of them */
} td_table_metrics;

typedef struct td_train_run {
    uint32_t n_classes; /* of the label, 0 = values */
    uint32_t n_outputs; /* scores of a row: n_classes for multiclass, else 1 */
    uint32_t n_features;
    int32_t n_iterations;     /* rounds trained, or Newton steps */
    int32_t n_trees;          /* in use; Newton steps of a logistic regression */
    int has_converged;        /* logistic regression */
    td_curve_choice curve;    /* in the model */
    double shift;             /* of its log-odds */
    td_metric loss_before;    /* log-loss of the valid rows without curve and shift */
    char not_calibrated[512]; /* why a curve that was asked for is not there; "" = it is */
    td_table_metrics metrics[TD_N_TABLES];
    double load_s, bin_s, train_s, predict_s, wall_s;
    char label[128]; /* name of the label column */
} td_train_run;

/* Read the tables, train, measure, write the model, give memory back. wall_s is the caller's. */
td_status td_train_execute(td_train_run *out, const td_train_args *args, const td_cli *cli,
                           td_error *err) TD_MUST_USE;

#endif
