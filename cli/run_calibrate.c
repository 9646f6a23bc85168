/* cli/run_calibrate.c: probabilities of a run's models put right on the validation part.
 *
 *   1. Score the valid rows with every model, as log-odds.
 *   2. Fit the curve that --calibrate names (gbdt/model_calibration.h), each model its own; the
 *      weight of positives (scale_pos_weight), which only the trees know, is taken back first.
 *   3. Write models with their curve, and say what it changed.
 *
 * Early stopping has seen the valid rows as well: the trees fit them a little better than new rows,
 * which a curve of two parameters cannot exploit. Test rows are seen by neither. With fewer than 30
 * purchases in valid there is no curve, and the report says so. */
#include <math.h>
#include <stdio.h>

#include "cli/model_file.h"
#include "cli/report_evaluation.h"
#include "cli/run.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "io/report_html.h"

/* Without a curve: curves are fitted to these, and put on top of them. */
td_status td_run_log_odds(double *out, const td_run *run, td_run_model model,
                          const td_matrix_view *rows, td_error *err) {
    td_any_model bare = {.trees = model == TD_RUN_BASELINE ? NULL : run->trees[model],
                         .linear = model == TD_RUN_BASELINE ? run->baseline : NULL};
    return td_any_model_predict(out, &bare, rows, TD_SCORE_RAW, &run->cli->exec, err);
}

/* log(weight) is what a weight of positives adds to the log-odds (Elkan 2001, IJCAI 17). */
static double shift_of(const td_run *run, td_run_model model) {
    double weight = run->params.scale_pos_weight;
    return model != TD_RUN_BASELINE && weight != 1.0 ? td_weight_shift(weight) : 0.0;
}

/* A curve that cannot be fitted leaves the shift, and its reason behind. */
static td_status fit_one(td_run *run, td_run_model model, const td_matrix *valid, double *raw,
                         td_error *err) {
    td_run_calibration *out = &run->calibration[model];
    td_curve_choice choice =
        run->options->calibrate == NULL ? TD_CURVE_NONE : td_curve_find(run->options->calibrate);
    double shift = shift_of(run, model);
    td_error why = {0};
    TD_TRY(td_run_log_odds(raw, run, model, &valid->view, err));
    td_calibration_rows rows = {valid->view.n_rows, raw, valid->label};
    td_status status = td_model_calibration_fit(&out->fitted, choice, shift, &rows, &why);
    if (status == TD_ERR_NUMERIC) {
        snprintf(out->reason, sizeof out->reason, "%s", why.text);
        choice = shift != 0.0 ? TD_CURVE_PRIOR : TD_CURVE_NONE;
        status = td_model_calibration_fit(&out->fitted, choice, shift, &rows, err);
    } else if (status != TD_OK && err != NULL) {
        *err = why;
    }
    return status;
}

/* Step 1 and 2; raw [valid rows] serves the models in turn. */
td_status td_run_calibrate(td_run *run, const td_matrix *valid, td_error *err) {
    double *raw = NULL;
    TD_NEW(raw, valid->view.n_rows, err);
    td_status status = TD_OK;
    for (int m = 0; m < TD_N_RUN_MODELS && status == TD_OK; m++)
        status = fit_one(run, (td_run_model)m, valid, raw, err);
    td_mem_free(raw);
    return status;
}

void td_run_calibration_free(td_run *run) {
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        td_model_calibration_free(&run->calibration[m].fitted);
        run->calibration[m] = (td_run_calibration){0};
    }
}

/* As the file will be: model and curve in one, so that `predict` gives the run's probabilities. */
td_status td_run_model_bytes(char **bytes, uint64_t *n, const td_run *run, td_run_model model,
                             td_error *err) {
    td_any_model whole = {.trees = model == TD_RUN_BASELINE ? NULL : run->trees[model],
                          .linear = model == TD_RUN_BASELINE ? run->baseline : NULL,
                          .calibration = run->calibration[model].fitted};
    return td_any_model_bytes(bytes, n, &whole, err);
}

void td_run_json_calibration(td_json *json, const td_run *run, td_run_model model) {
    const td_run_calibration *c = &run->calibration[model];
    td_json_object(json, "calibration");
    td_json_text(json, "curve", td_curve_name[c->fitted.choice]);
    td_json_f64(json, "shift", c->fitted.shift);
    td_json_u64(json, "valid_rows", c->fitted.n);
    td_json_u64(json, "valid_positives", c->fitted.n_positives);
    if (c->reason[0] != '\0') td_json_text(json, "reason", c->reason);
    td_json_end(json);
}

/* What it came to on test, where the curve has seen nothing. */
void td_run_put_calibration(td_writer *writer, const td_run *run) {
    char line[512];
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        const td_run_calibration *c = &run->calibration[m];
        const td_reliability *test = &run->evaluation[m][TD_TEST].reliability;
        char gap[32];
        if (c->reason[0] != '\0') {
            snprintf(line, sizeof line, "Not calibrated (%s): %s.",
                     td_run_model_title((td_run_model)m), c->reason);
        } else {
            snprintf(line, sizeof line,
                     "Calibration of %s: %s%s; on test the mean distance of probability and rate "
                     "in ten groups of equal size is %s.",
                     td_run_model_title((td_run_model)m), td_curve_name[c->fitted.choice],
                     c->fitted.choice >= TD_CURVE_PLATT ? ", fitted on the valid part" : "",
                     td_text_metric(gap, test->ece_mass));
        }
        td_page_paragraph(writer, line);
    }
}
