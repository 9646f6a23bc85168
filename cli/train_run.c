/* cli/train_run.c: from table files to a model file.
 *
 *     load      both files -> tables, labels, weights
 *     bin       columns -> bins and codes; the tables are given back
 *     train     the trees (validation rows are scored on the way), or the Newton steps
 *     predict   scores of both tables -> calibration -> probabilities -> metrics
 *     other     what is left: starting the program, arguments, writing the model
 *
 * Each phase is timed on the monotonic clock; the command takes `wall` from the start of the
 * process to the end of all this, so the five parts add up to what a user waits for. Memory at its
 * highest holds one table:
 *
 *     load   |##### table #####|
 *     bin    |..... table #####|## codes ..|      a column goes as soon as it is coded
 *     train                     |## codes ##|## scores, histograms ##|
 *
 * Numbers of a text file are packed in four bytes each where they are short decimals, and the pages
 * of a file that were read are given back at once.
 * The validation table is read with the categories of the training table, so that a column of
 * texts that happens to start with a number is the same kind in both. Bins and dictionaries are
 * learned from training rows only. */
#include "cli/train_run.h"

#include <stdio.h>
#include <string.h>

#include "cli/model_file.h"
#include "cli/progress.h"
#include "cli/train_interim.h"
#include "cli/train_monotone.h"
#include "cli/train_resume.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/labels.h"
#include "gbdt/objective.h"

/* Everything that lives while training. Index 0 = train, 1 = valid. */
typedef struct work {
    const td_train_args *args;
    const td_cli *cli;
    td_arena arena;
    td_data data[TD_N_TABLES];
    const td_column **feature[TD_N_TABLES];
    td_matrix_view view[TD_N_TABLES];
    const char *label_name; /* borrowed from the training table */
    double *label[TD_N_TABLES];
    double *weight;
    double *score[TD_N_TABLES]; /* raw, then responses */
    td_binned *binned[TD_N_TABLES];
    td_train_result result;
    const int8_t *monotone; /* directions of the features, NULL = all free */
    td_resume resume;       /* of --init-model */
    td_any_model model;
} work;

/* Called as soon as codes exist: the tables are the largest thing in memory. */
static void free_tables(work *w) {
    for (int t = 0; t < TD_N_TABLES; t++) {
        td_data_free(&w->data[t]);
        td_mem_free(w->feature[t]);
        w->feature[t] = NULL;
    }
    td_mem_free(w->weight);
    w->weight = NULL;
}

/* The validation codes refer to the bins of the training codes: they go first. */
static void free_work(work *w) {
    free_tables(w);
    td_binned_free(w->binned[TD_TABLE_VALID]);
    td_binned_free(w->binned[TD_TABLE_TRAIN]);
    td_any_model_free(&w->model);
    td_resume_free(&w->resume);
    td_train_result_free(&w->result);
    for (int t = 0; t < TD_N_TABLES; t++) {
        td_mem_free(w->label[t]);
        td_mem_free(w->score[t]);
    }
    td_arena_free(&w->arena);
}

/* --- load ------------------------------------------------------------------------------------- */

/* Packed numbers are for bins; logistic regression and the trees of a given model want doubles. */
static int is_binned_only(const td_train_args *args) {
    return strcmp(args->learner, "gbdt") == 0 && args->init_model == NULL;
}

/* What to read of the validation table: the training table's columns but for weights, which have no
 * use there, as the kinds that they are. */
static td_status list_columns(td_csv_options *lists, work *w, td_error *err) {
    const td_table *table = &w->data[TD_TABLE_TRAIN].table;
    const char *weight = w->args->weight;
    const char **name = td_arena_array(&w->arena, table->n_columns, sizeof *name, err);
    if (name == NULL) return TD_ERR_NOMEM;
    *lists = td_csv_options_default();
    lists->is_packed = is_binned_only(w->args);
    for (int kind = 0; kind < 2; kind++) {
        for (uint32_t c = 0; c < table->n_columns; c++) {
            const td_column *column = &table->column[c];
            if (weight != NULL && strcmp(column->name, weight) == 0) continue;
            if ((column->kind == TD_COLUMN_NUMBER) == kind) name[lists->n_only++] = column->name;
        }
        if (kind == 0) lists->n_categorical = lists->n_only;
    }
    lists->only = lists->categorical = name;
    lists->numeric = name + lists->n_categorical;
    lists->n_numeric = lists->n_only - lists->n_categorical;
    return TD_OK;
}

/* The label of one table. */
static td_status take_label(work *w, int t, uint32_t c, const td_label_rule *rule, td_error *err) {
    td_data *data = &w->data[t];
    TD_TRY(td_column_unpack(&data->table.column[c], data->table.n_rows, err));
    TD_TRY(td_data_take_label(&w->label[t], data, c, rule, err));
    td_column_drop(&data->table.column[c]);
    return TD_OK;
}

static td_status take_weight(work *w, uint32_t *c, td_error *err) {
    td_data *data = &w->data[TD_TABLE_TRAIN];
    TD_TRY(td_data_find(c, data, w->args->weight, err));
    TD_TRY(td_column_unpack(&data->table.column[*c], data->table.n_rows, err));
    TD_TRY(td_data_take_weight(&w->weight, data, *c, err));
    td_column_drop(&data->table.column[*c]);
    return TD_OK;
}

/* Label and weight leave the table; what remains are features. Weights of validation rows would
 * have no use. */
static td_status take_columns(work *w, int t, td_train_run *run, td_error *err) {
    const td_train_args *args = w->args;
    td_data *data = &w->data[t];
    td_label_rule rule = {args->label, args->label_index, args->positive, run->n_classes};
    uint32_t left_out[2], n_left_out = 1;
    if (t == TD_TABLE_TRAIN) {
        TD_TRY(td_data_find_label(&left_out[0], data, &rule, err));
        w->label_name = data->table.column[left_out[0]].name;
    } else {
        TD_TRY(td_data_find(&left_out[0], data, w->label_name, err));
    }
    TD_TRY(take_label(w, t, left_out[0], &rule, err));
    if (args->weight != NULL && t == TD_TABLE_TRAIN)
        TD_TRY(take_weight(w, &left_out[n_left_out++], err));
    TD_NEW(w->feature[t], data->table.n_columns, err);
    w->view[t] = td_data_view(data, w->feature[t], left_out, n_left_out);
    w->view[t].label = w->label[t];
    if (t == TD_TABLE_TRAIN && args->label == NULL && args->label_index < 0)
        td_cli_note(w->cli, "no --label: the first column, %s, is learned, as in LightGBM",
                    data->table.column[left_out[0]].name);
    if (t == TD_TABLE_TRAIN) {
        w->view[t].weight = w->weight;
        run->n_features = w->view[t].n_features;
        snprintf(run->label, sizeof run->label, "%s", data->table.column[left_out[0]].name);
    }
    run->metrics[t].n = data->table.n_rows;
    return TD_OK;
}

/* The training table decides which columns are categories. */
static td_status load(work *w, td_train_run *run, td_error *err) {
    const td_train_args *args = w->args;
    td_csv_options lists = td_csv_options_default();
    lists.is_packed = is_binned_only(args);
    TD_TRY(td_list_split(&lists.ignore, &lists.n_ignore, args->ignore, "ignore", &w->arena, err));
    TD_TRY(td_list_split(&lists.categorical, &lists.n_categorical, args->categorical, "categorical",
                         &w->arena, err));
    TD_TRY(td_data_read(&w->data[TD_TABLE_TRAIN], args->format.data, &args->format, &lists, w->cli,
                        err));
    TD_TRY(take_columns(w, TD_TABLE_TRAIN, run, err));
    TD_TRY(
        td_train_monotone(&w->monotone, args->monotone, &w->view[TD_TABLE_TRAIN], &w->arena, err));
    if (args->valid == NULL) return TD_OK;
    TD_TRY(list_columns(&lists, w, err));
    TD_TRY(td_data_read(&w->data[TD_TABLE_VALID], args->valid, &args->format, &lists, w->cli, err));
    return take_columns(w, TD_TABLE_VALID, run, err);
}

/* --- trees ------------------------------------------------------------------------------------ */

/* Cells of a training column that are coded: its name and its dictionary stay. */
static void drop_cells(void *ctx, uint32_t feature) {
    work *w = ctx;
    td_column *column = w->data[TD_TABLE_TRAIN].table.column;
    td_column_drop(&column[w->feature[TD_TABLE_TRAIN][feature] - column]);
}

/* After this only codes, labels and weights are left. */
static td_status bin(work *w, td_error *err) {
    const td_exec *exec = &w->cli->exec;
    if (w->args->init_model != NULL)
        TD_TRY(td_resume_open(&w->resume, w->args->init_model, w->view, w->cli, err));
    w->view[TD_TABLE_TRAIN].give_back = drop_cells;
    w->view[TD_TABLE_TRAIN].give_back_ctx = w;
    td_status status =
        td_binned_build(&w->binned[0], &w->view[TD_TABLE_TRAIN], &w->args->params, exec, err);
    TD_TRY(td_data_blame(&w->data[TD_TABLE_TRAIN], status, err));
    if (w->args->valid != NULL)
        status = td_binned_code(&w->binned[1], w->binned[0], &w->view[TD_TABLE_VALID], exec, err);
    TD_TRY(td_data_blame(&w->data[TD_TABLE_VALID], status, err));
    free_tables(w);
    return TD_OK;
}

/* The trainer hands over the scores of both tables: no second walk through the trees. */
static td_status train_trees(work *w, td_train_run *run, td_error *err) {
    td_train_params params = w->args->params;
    params.monotone = w->monotone;
    params.n_monotone = run->n_features;
    if (w->args->init_model != NULL) params.init = &w->resume.init;
    td_train_args args = *w->args; /* a callback's context is not const */
    td_interim interim = {args.snapshot_every, td_train_interim_save, &args};
    if (args.snapshot_every > 0) params.interim = &interim;
    TD_TRY(td_train(&w->model.trees, &w->result, (td_train_rows){w->binned[0], w->binned[1]},
                    &params, &w->cli->exec, err));
    run->n_iterations = w->result.n_iterations;
    run->n_trees = w->result.best_iteration * (int32_t)td_model_n_outputs(w->model.trees);
    w->score[TD_TABLE_TRAIN] = w->result.train_raw;
    w->score[TD_TABLE_VALID] = w->result.valid_raw;
    w->result.train_raw = w->result.valid_raw = NULL;
    return TD_OK;
}

/* Raw scores to probabilities or values, in place. */
static void respond(work *w, const td_train_run *run) {
    td_objective objective = td_model_objective(w->model.trees);
    for (int t = 0; t < TD_N_TABLES; t++) {
        uint64_t n = run->metrics[t].n;
        if (w->score[t] == NULL) continue;
        td_response(w->score[t], objective, td_model_n_outputs(w->model.trees), n, n);
    }
}

/* --- logistic regression ---------------------------------------------------------------------- */

/* lambda_l2 is the ridge penalty, where given; the default is that of stats/logistic.h. */
static td_status train_logistic(work *w, td_train_run *run, td_error *err) {
    const td_train_params *params = &w->args->params;
    td_logistic_params how = td_logistic_params_default();
    if (params->given >> td_params_find("lambda_l2") & 1) how.l2 = params->lambda_l2;
    td_status status =
        td_linear_train(&w->model.linear, &w->view[TD_TABLE_TRAIN], &how, &w->cli->exec, err);
    TD_TRY(td_data_blame(&w->data[TD_TABLE_TRAIN], status, err));
    run->n_iterations = (int32_t)w->model.linear->logistic.iterations;
    run->n_trees = run->n_iterations;
    run->has_converged = w->model.linear->logistic.has_converged;
    return TD_OK;
}

/* A table that was not given has no label. */
static td_status score_logistic(work *w, td_error *err) {
    for (int t = 0; t < TD_N_TABLES; t++) {
        if (w->label[t] == NULL) continue;
        TD_NEW(w->score[t], w->view[t].n_rows, err);
        td_status status =
            td_linear_predict(w->score[t], w->model.linear, &w->view[t], &w->cli->exec, err);
        TD_TRY(td_data_blame(&w->data[t], status, err));
    }
    return TD_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* One sort for AUC and average precision, one pass for log-loss and Brier. */
static td_status measure(td_train_run *run, const work *w, int t, td_error *err) {
    td_table_metrics *out = &run->metrics[t];
    const double *score = w->score[t], *label = w->label[t];
    if (run->n_outputs > 1) {
        td_class_rows rows = {out->n, run->n_classes, score, label};
        return td_multiclass_measure(&out->classes, NULL, &rows, err);
    }
    if (run->n_classes == 0) {
        out->regression = td_regression_measure(score, label, out->n);
        return TD_OK;
    }
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, score, label, out->n, &w->cli->exec, err));
    out->auc = td_ranking_auc(&ranking);
    out->average_precision = td_ranking_average_precision(&ranking);
    td_ranking_free(&ranking);
    return td_probability_measure(&out->probability, score, label, out->n, &w->cli->exec, err);
}

/* Seconds since *mark, which moves to now. */
static double lap(double *mark) {
    double now = td_clock_seconds(), spent = now - *mark;
    *mark = now;
    return spent;
}

/* --- calibration ------------------------------------------------------------------------------ */

/* scale_pos_weight is a matter of the trees alone. */
static double shift_of(const work *w) {
    int is_weighted = w->model.trees != NULL && w->args->params.scale_pos_weight != 1.0;
    return is_weighted ? td_weight_shift(w->args->params.scale_pos_weight) : 0.0;
}

/* A curve that cannot be fitted (too few positives) is no reason to lose the model: what is left is
 * the shift, and the reason is told. */
static td_status fit_curve(work *w, td_train_run *run, td_curve_choice choice, td_error *err) {
    td_model_calibration *calibration = &w->model.calibration;
    td_error why = {0};
    double shift = shift_of(w);
    td_calibration_rows rows = {run->metrics[TD_TABLE_VALID].n, w->score[TD_TABLE_VALID],
                                w->label[TD_TABLE_VALID]};
    td_status status = td_model_calibration_fit(calibration, choice, shift, &rows, &why);
    if (status == TD_ERR_NUMERIC) {
        snprintf(run->not_calibrated, sizeof run->not_calibrated, "%s", why.text);
        choice = shift != 0.0 ? TD_CURVE_PRIOR : TD_CURVE_NONE;
        status = td_model_calibration_fit(calibration, choice, shift, &rows, err);
    } else if (status != TD_OK && err != NULL) {
        *err = why;
    }
    run->curve = calibration->choice;
    run->shift = calibration->shift;
    return status;
}

/* Log-loss of the validation rows' raw scores as they are. */
static td_status measure_before(work *w, td_train_run *run, td_error *err) {
    uint64_t n = run->metrics[TD_TABLE_VALID].n;
    double *probability = NULL;
    td_probability_metrics metrics;
    run->loss_before = td_metric_undefined("no validation rows");
    if (n == 0) return TD_OK;
    TD_NEW(probability, n, err);
    td_sigmoid_array(probability, w->score[TD_TABLE_VALID], n);
    td_status status = td_probability_measure(&metrics, probability, w->label[TD_TABLE_VALID], n,
                                              &w->cli->exec, err);
    td_mem_free(probability);
    if (status == TD_OK) run->loss_before = metrics.log_loss;
    return status;
}

/* Scores are log-odds of trees, or probabilities of a logistic regression; both become calibrated
 * probabilities. */
static td_status calibrate(work *w, td_train_run *run, td_error *err) {
    td_curve_choice choice = td_curve_find(w->args->calibrate);
    if (choice == TD_CURVE_NONE) {
        if (w->model.trees != NULL) respond(w, run);
        return TD_OK;
    }
    for (int t = 0; t < TD_N_TABLES; t++) {
        for (uint64_t i = 0; w->model.linear != NULL && i < run->metrics[t].n; i++)
            w->score[t][i] = td_logit(w->score[t][i]);
    }
    TD_TRY(measure_before(w, run, err));
    TD_TRY(fit_curve(w, run, choice, err));
    for (int t = 0; t < TD_N_TABLES; t++)
        td_model_calibration_apply(w->score[t], &w->model.calibration, w->score[t],
                                   run->metrics[t].n);
    return TD_OK;
}

/* Logistic regression has no bins: its tables stay until the end. */
static td_status fit(work *w, td_train_run *run, double *mark, td_error *err) {
    if (strcmp(w->args->learner, "logistic") == 0) {
        TD_TRY(train_logistic(w, run, err));
        run->train_s = lap(mark);
        return score_logistic(w, err);
    }
    TD_TRY(bin(w, err));
    run->bin_s = lap(mark);
    TD_TRY(train_trees(w, run, err));
    run->train_s = lap(mark);
    return TD_OK;
}

/* The phases in order; `mark` moves from the end of one to the end of the next. */
static td_status execute(work *w, td_train_run *run, td_error *err) {
    const td_train_args *args = w->args;
    double mark = td_clock_seconds();
    TD_TRY(load(w, run, err));
    run->load_s = lap(&mark);
    TD_TRY(fit(w, run, &mark, err));
    TD_TRY(calibrate(w, run, err));
    for (int t = 0; t < TD_N_TABLES; t++) {
        if (run->metrics[t].n > 0) TD_TRY(measure(run, w, t, err));
    }
    run->predict_s = lap(&mark);
    return td_any_model_write(args->model, &w->model, err);
}

td_status td_train_execute(td_train_run *out, const td_train_args *args, const td_cli *cli,
                           td_error *err) {
    memset(out, 0, sizeof *out);
    int is_logistic = strcmp(args->learner, "logistic") == 0;
    out->n_classes = is_logistic ? 2 : td_labels_of(&args->params).n_classes;
    out->n_outputs = is_logistic ? 1 : td_params_n_outputs(&args->params);
    work w = {.args = args, .cli = cli};
    td_status status = execute(&w, out, err);
    free_work(&w);
    return status;
}
