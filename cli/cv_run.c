/* cli/cv_run.c: a model for every split, measured where it has not looked.
 *
 *   each split: roles of the rows (core/cv) -> train rows -> bins, trees -> test rows -> metrics
 *
 * Bins are a fitted thing. The train rows of the first rolling split are train rows of all later
 * ones, so their bins may code those too: they are learned once. Purged splits have no rows in
 * common that none of them tests, and learn their own, unless the caller wants bins of all rows. */
#include <string.h>

#include "cli/cv.h"
#include "core/base/mem.h"
#include "core/matrix.h"

const char *const td_cv_metric_name[TD_CV_N_METRICS] = {
    "roc_auc", "average_precision", "ks", "log_loss", "brier", "lift_10_percent"};

/* Everything of one execution. */
typedef struct work {
    const td_cv_plan *plan;
    const td_cv_input *input;
    const td_train_params *params;
    const td_exec *exec;
    uint8_t *role;            /* [rows] */
    uint32_t *row;            /* [rows] of one role */
    const td_column **column; /* [columns] features of the picked rows */
    double *score;            /* [rows] */
    td_binned *shared;        /* bins of the first rolling split, or of all rows */
} work;

/* Rows of one role with the columns that are features. */
static td_status take(td_matrix *out, td_matrix_view *view, work *w, td_cv_role role,
                      td_error *err) {
    const td_cv_input *input = w->input;
    td_row_choice choice = {.row = w->row};
    for (uint64_t i = 0; i < input->rows.n; i++) {
        if (w->role[i] == role) w->row[choice.n++] = (uint32_t)i;
    }
    TD_TRY(td_matrix_take(out, input->table, input->label, choice, w->exec, err));
    *view = out->view;
    view->n_features = 0;
    for (uint32_t c = 0; c < input->table->n_columns; c++) {
        int is_feature = 1;
        for (uint32_t k = 0; k < input->n_left_out; k++) is_feature &= input->left_out[k] != c;
        if (is_feature) w->column[view->n_features++] = &out->column[c];
    }
    view->feature = w->column;
    return TD_OK;
}

/* Step bins, trees. The shared bins live until all splits are done; others go with their split. */
static td_status train(td_model **model, work *w, const td_matrix_view *rows, td_error *err) {
    td_binned *bins = NULL;
    int is_rolling = w->plan->rule.scheme == TD_CV_ROLLING;
    td_status status = w->shared != NULL ? td_binned_code(&bins, w->shared, rows, w->exec, err)
                                         : td_binned_build(&bins, rows, w->params, w->exec, err);
    if (status == TD_OK)
        status = td_train(model, NULL, (td_train_rows){bins, NULL}, w->params, w->exec, err);
    if (is_rolling && w->shared == NULL) {
        w->shared = bins;
    } else {
        td_binned_free(bins);
    }
    return status;
}

/* A split with one class ends the command: the mean over the rest would be of other splits. */
static td_status fit(td_model **model, work *w, td_cv_result *result, uint32_t split,
                     td_error *err) {
    td_matrix matrix = {0};
    td_matrix_view view;
    TD_TRY(take(&matrix, &view, w, TD_CV_TRAIN, err));
    for (uint64_t i = 0; i < view.n_rows; i++) result->train_positives += matrix.label[i] > 0.5;
    td_status status = TD_OK;
    if (result->train_positives == 0 || result->train_positives == view.n_rows)
        status = td_fail(err, TD_ERR_NUMERIC,
                         "split %u: %llu of %llu train rows are positive, nothing can be learned; "
                         "use fewer folds",
                         split + 1, (unsigned long long)result->train_positives,
                         (unsigned long long)view.n_rows);
    if (status == TD_OK) status = train(model, w, &view, err);
    td_matrix_free(&matrix);
    return status;
}

/* Metrics in the order of td_cv_metric_name. */
static td_status measure(td_cv_result *out, work *w, const double *label, uint64_t n,
                         td_error *err) {
    td_evaluation e = {0};
    td_scored_rows rows = {.n = n, .score = w->score, .label = label};
    TD_TRY(td_evaluation_build(&e, &rows, w->exec, err));
    out->test_positives = e.n_positives;
    const td_metric all[TD_CV_N_METRICS] = {e.roc_auc,           e.average_precision,
                                            e.ks.value,          e.probability.log_loss,
                                            e.probability.brier, e.gain[0].lift};
    memcpy(out->metric, all, sizeof all);
    td_evaluation_free(&e);
    return TD_OK;
}

/* Test rows, and from when to when they were decided. */
static td_status test(td_cv_result *out, work *w, const td_model *model, td_error *err) {
    td_matrix matrix = {0};
    td_matrix_view view;
    TD_TRY(take(&matrix, &view, w, TD_CV_TEST, err));
    out->test_from = INT64_MAX;
    out->test_to = INT64_MIN;
    for (uint64_t i = 0; i < view.n_rows; i++) {
        int64_t time = w->input->rows.time[w->row[i]];
        if (time < out->test_from) out->test_from = time;
        if (time > out->test_to) out->test_to = time;
    }
    td_status status = td_predict(w->score, model, &view, TD_SCORE_RESPONSE, w->exec, err);
    if (status == TD_OK) status = measure(out, w, matrix.label, view.n_rows, err);
    td_matrix_free(&matrix);
    return status;
}

/* Roles first: they say who trains, who is tested and who is neither. */
static td_status run_split(td_cv_result *out, work *w, uint32_t split, td_error *err) {
    td_model *model = NULL;
    *out = (td_cv_result){.train_positives = 0};
    TD_TRY(td_cv_split_make(w->role, out->count, w->plan, split, err));
    TD_TRY(fit(&model, w, out, split, err));
    td_status status = test(out, w, model, err);
    td_model_free(model);
    return status;
}

/* Bins of all rows for all splits. */
static td_status share_all(work *w, td_error *err) {
    td_matrix matrix = {0};
    td_matrix_view view;
    memset(w->role, TD_CV_TRAIN, w->input->rows.n);
    TD_TRY(take(&matrix, &view, w, TD_CV_TRAIN, err));
    td_status status = td_binned_build(&w->shared, &view, w->params, w->exec, err);
    td_matrix_free(&matrix);
    return status;
}

/* One after the other: training uses all threads by itself. */
static td_status run_all(td_cv_result *result, work *w, int bins_of_all, td_error *err) {
    uint64_t n = w->input->rows.n;
    TD_NEW(w->role, n, err);
    TD_NEW(w->row, n, err);
    TD_NEW(w->score, n, err);
    TD_NEW(w->column, w->input->table->n_columns, err);
    if (bins_of_all) TD_TRY(share_all(w, err));
    for (uint32_t s = 0; s < w->plan->n_splits; s++) TD_TRY(run_split(&result[s], w, s, err));
    return TD_OK;
}

td_status td_cv_execute(td_cv_result *result, const td_cv_plan *plan, const td_cv_input *input,
                        const td_cv_learning *learning, const td_exec *exec, td_error *err) {
    work w = {.plan = plan, .input = input, .params = learning->params, .exec = exec};
    td_status status = run_all(result, &w, learning->bins_of_all, err);
    td_binned_free(w.shared);
    td_mem_free(w.role);
    td_mem_free(w.row);
    td_mem_free(w.score);
    td_mem_free(w.column);
    return status;
}
