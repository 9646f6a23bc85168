/* cli/cv.h: cross-validation by time: rows from a shop or a table, and what each split gave. */
#ifndef TD_CLI_CV_H
#define TD_CLI_CV_H

#include "cli/data.h"
#include "cli/data_groups.h"
#include "cli/scoring.h"
#include "core/cv.h"
#include "gbdt/gbdt.h"
#include "stats/evaluation.h"

typedef struct td_cv_options {
    td_scoring scoring;    /* of a shop */
    td_data_format format; /* of a table */
    const char *label, *positive, *time, *end, *group, *ignore;
    const char *scheme, *bins;
    int64_t folds, test_folds, horizon, embargo; /* the last two in units of the time column */
    int purge_visitors;
    td_train_params params;
    int is_prepared;
} td_cv_options;

/* Rows to split: features, labels, times. The view's columns belong to table or shop below. */
typedef struct td_cv_input {
    td_arena arena;
    td_shop shop;
    td_scored scored;
    td_data data;
    const td_table *table;
    uint32_t left_out[4]; /* columns that are no features */
    uint32_t n_left_out;
    const double *label; /* [rows] */
    double *own_label;   /* of a table */
    int64_t *time, *end; /* [rows] */
    uint32_t *visitor;   /* [rows] of a shop */
    td_groups group;     /* of a table */
    td_cv_rows rows;
} td_cv_input;

td_status td_cv_input_shop(td_cv_input *out, const char *folder, const td_cv_options *options,
                           const td_cli *cli, td_error *err) TD_MUST_USE;
td_status td_cv_input_table(td_cv_input *out, const td_cv_options *options, const td_cli *cli,
                            td_error *err) TD_MUST_USE;
void td_cv_input_free(td_cv_input *input);

enum { TD_CV_N_METRICS = 6 };
extern const char *const td_cv_metric_name[TD_CV_N_METRICS]; /* "roc_auc", ... */

typedef struct td_cv_result {
    uint64_t count[TD_CV_N_ROLES];
    uint64_t train_positives, test_positives;
    int64_t test_from, test_to; /* times of the first and last test row */
    td_metric metric[TD_CV_N_METRICS];
} td_cv_result;

/* Train on the train rows of every split and measure on its test rows; result[plan->n_splits].
 * Rolling origins share the bins of the first split, whose train rows are in every later one; a
 * purged split learns bins of its own. No row of a test fold is seen by its bins or trees. With
 * learning.bins_of_all all splits share bins of all rows, which see no label. */
typedef struct td_cv_learning {
    const td_train_params *params;
    int bins_of_all;
} td_cv_learning;
td_status td_cv_execute(td_cv_result *result, const td_cv_plan *plan, const td_cv_input *input,
                        const td_cv_learning *learning, const td_exec *exec,
                        td_error *err) TD_MUST_USE;

/* The splits as JSON (td_cli_write_json) and as a table. */
typedef struct td_cv_report {
    const td_cv_options *options;
    const td_cv_plan *plan;
    const td_cv_result *result; /* [plan->n_splits] */
} td_cv_report;
void td_cv_json(td_json *json, const void *report);
void td_cv_print(const td_cv_report *report);

#endif
