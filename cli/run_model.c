/* cli/run_model.c: models of a run.
 *
 *   1. train rows -> bins -> trees of two kinds, each stopped early on the valid rows
 *   2. train rows -> logistic regression (the baseline that trees have to beat)
 *   3. all are calibrated on the valid rows (run_calibrate.c)
 *   4. all score every row of the population; each part is evaluated by itself
 *
 * Nothing here sees a test row before step 4. With fewer than TD_RUN_FEW_POSITIVES purchases in
 * valid a stopping rule would follow noise: the number of rounds is then fixed and the report says
 * so. */
#include <stdio.h>
#include <string.h>

#include "cli/run_money.h"
#include "cli/run_stage.h"
#include "core/base/mem.h"
#include "io/byte_buffer.h"
#include "io/num_parse.h"

const char *td_run_model_name(td_run_model model) {
    static const char *const name[TD_N_RUN_MODELS] = {"primary", "alternative", "baseline"};
    return name[model];
}

const char *td_run_model_title(td_run_model model) {
    static const char *const title[TD_N_RUN_MODELS] = {"gradient-boosted trees",
                                                       "alternative trees", "logistic regression"};
    return title[model];
}

void td_run_params_prepare(td_run_options *options) {
    if (options->is_prepared) return;
    options->is_prepared = 1;
    options->params = td_train_params_default();
    options->params.num_iterations = 500;
    options->params.learning_rate = 0.05;
    options->params.num_leaves = 8;
    options->params.min_data_in_leaf = 100;
    options->params.lambda_l2 = 10;
    options->params.feature_fraction = 0.5;
    options->params.early_stopping_round = 50;
}

/* Level by level to a fixed depth, the shape that XGBoost grows by default, beside the primary
 * model's leaf by leaf. Twice the rate: it has to be trained in less time than the primary one. */
td_train_params td_run_params_of(const td_train_params *primary, td_run_model model) {
    td_train_params params = *primary;
    if (model != TD_RUN_ALTERNATIVE) return params;
    params.grow_policy = TD_GROW_DEPTHWISE;
    params.max_depth = 6;
    params.num_leaves = 64;
    params.learning_rate = 0.1;
    return params;
}

/* Row numbers of one part, ascending. */
typedef struct part_rows {
    uint64_t n;
    uint32_t *row;
} part_rows;

/* O(rows). *out owned. */
static td_status pick_part(part_rows *out, const td_run *run, td_part part, td_error *err) {
    *out = (part_rows){0};
    TD_NEW(out->row, run->scored.split.n_of_part[part], err);
    for (uint64_t i = 0; i < run->scored.split.n; i++) {
        if (run->scored.split.part[i] == part) out->row[out->n++] = (uint32_t)i;
    }
    return TD_OK;
}

td_status td_run_take_part(td_matrix *out, const td_run *run, td_part part, td_error *err) {
    part_rows rows;
    TD_TRY(pick_part(&rows, run, part, err));
    td_row_choice choice = {.n = rows.n, .row = rows.row};
    td_status status = td_matrix_take(out, &run->scored.set.features, run->scored.set.label, choice,
                                      &run->cli->exec, err);
    td_mem_free(rows.row);
    return status;
}

/* Kept: the rounds that were trained, a newline, the model's text. */
static td_status recall_trees(td_run *run, td_run_model m, td_error *err) {
    td_file *file;
    td_bytes kept;
    TD_TRY(td_run_recall(&file, &kept, run, td_run_model_name(m), err));
    if (file == NULL) return TD_OK;
    const char *line = memchr(kept.data, '\n', kept.n);
    int64_t rounds = 0;
    td_status status = td_fail(err, TD_ERR_FORMAT, "kept model: no rounds");
    if (line != NULL &&
        td_parse_i64(kept.data, (uint64_t)(line - kept.data), &rounds) == TD_NUM_OK) {
        uint64_t head = (uint64_t)(line + 1 - kept.data);
        status = td_model_from_bytes(&run->trees[m], line + 1, kept.n - head, err);
    }
    run->training[m].n_iterations = (int32_t)rounds;
    td_file_close(file);
    return status;
}

/* recall_trees reads it. Without a key nothing is kept, so the text need not be made. */
static td_status keep_trees(const td_run *run, td_run_model m, td_error *err) {
    char *bytes = NULL;
    uint64_t n = 0;
    td_byte_buffer text = {0};
    if (run->key[0] == '\0') return TD_OK;
    TD_TRY(td_model_to_bytes(&bytes, &n, run->trees[m], err));
    char line[16];
    int length = snprintf(line, sizeof line, "%d\n", run->training[m].n_iterations);
    td_byte_buffer_add(&text, line, (uint64_t)length);
    td_byte_buffer_add(&text, bytes, n);
    td_mem_free(bytes);
    td_status status = td_byte_buffer_status(&text, err);
    if (status == TD_OK)
        status = td_run_keep(run, td_run_model_name(m), (td_bytes){(char *)text.data, text.n}, err);
    td_byte_buffer_free(&text);
    return status;
}

/* Learned on train rows; valid rows are only coded by them. Both kinds of trees see the same. */
typedef struct bins {
    td_binned *train, *valid; /* valid: NULL without early stopping; both NULL when all is kept */
} bins;

static void free_bins(bins *b) {
    td_binned_free(b->valid);
    td_binned_free(b->train);
}

/* Coding valid rows costs as much as coding train rows, so it is done only where they are read. */
static td_status make_bins(bins *b, const td_run *run, const td_matrix *train,
                           const td_matrix *valid, td_error *err) {
    const td_exec *exec = &run->cli->exec;
    TD_TRY(td_binned_build(&b->train, &train->view, &run->params, exec, err));
    if (run->params.early_stopping_round <= 0) return TD_OK;
    return td_binned_code(&b->valid, b->train, &valid->view, exec, err);
}

/* The bins are the same for both kinds, their parameters are not. */
static td_status train_kind(td_run *run, td_run_model m, const bins *b, td_error *err) {
    td_train_params params = td_run_params_of(&run->params, m);
    TD_TRY(td_train(&run->trees[m], &run->training[m], (td_train_rows){b->train, b->valid}, &params,
                    &run->cli->exec, err));
    return keep_trees(run, m, err);
}

/* Those of an interrupted run are taken from it; bins are made for the first that is not there. */
static td_status train_trees(td_run *run, const td_matrix *train, const td_matrix *valid,
                             td_error *err) {
    static const char *const stage[TD_N_RUN_TREES] = {"train_primary", "train_alternative"};
    bins b = {0};
    td_status status = TD_OK;
    for (int m = 0; m < TD_N_RUN_TREES && status == TD_OK; m++) {
        status = recall_trees(run, (td_run_model)m, err);
        if (status == TD_OK && run->trees[m] == NULL && b.train == NULL)
            status = make_bins(&b, run, train, valid, err);
        if (status == TD_OK && run->trees[m] == NULL)
            status = train_kind(run, (td_run_model)m, &b, err);
        if (status == TD_OK) td_run_stage_done(run, stage[m]);
    }
    free_bins(&b);
    return status;
}

/* The leak audit trains twice in one run: everything is empty again afterwards. */
void td_run_models_free(td_run *run) {
    for (int m = 0; m < TD_N_RUN_TREES; m++) {
        td_model_free(run->trees[m]);
        td_train_result_free(&run->training[m]);
        run->trees[m] = NULL;
    }
    td_linear_model_free(run->baseline);
    run->baseline = NULL;
    td_run_calibration_free(run);
}

static td_status recall_baseline(td_run *run, td_error *err) {
    td_file *file;
    td_bytes kept;
    TD_TRY(td_run_recall(&file, &kept, run, "baseline", err));
    if (file == NULL) return TD_OK;
    td_status status = td_linear_from_bytes(&run->baseline, kept.data, kept.n, err);
    td_file_close(file);
    return status;
}

/* On the same rows; it has no rounds to stop and needs no valid rows. */
static td_status train_baseline(td_run *run, const td_matrix *train, td_error *err) {
    td_logistic_params params = td_logistic_params_default();
    char *bytes = NULL;
    uint64_t n = 0;
    TD_TRY(recall_baseline(run, err));
    if (run->baseline != NULL) return TD_OK;
    TD_TRY(td_linear_train(&run->baseline, &train->view, &params, &run->cli->exec, err));
    TD_TRY(td_linear_to_bytes(&bytes, &n, run->baseline, err));
    td_status status = td_run_keep(run, "baseline", (td_bytes){bytes, n}, err);
    td_mem_free(bytes);
    return status;
}

/* Step 1 to 3; the leak audit calls it again with replaced test rows and compares the bytes. */
td_status td_run_fit(td_run *run, td_error *err) {
    td_matrix train = {0};
    td_matrix valid = {0};
    td_status status = td_run_take_part(&train, run, TD_TRAIN, err);
    if (status == TD_OK) status = td_run_take_part(&valid, run, TD_VALID, err);
    if (status == TD_OK) status = train_trees(run, &train, &valid, err);
    if (status == TD_OK) status = train_baseline(run, &train, err);
    if (status == TD_OK) td_run_stage_done(run, "train_baseline");
    if (status == TD_OK) status = td_run_calibrate(run, &valid, err);
    if (status == TD_OK) td_run_stage_done(run, "calibrate");
    td_matrix_free(&train);
    td_matrix_free(&valid);
    return status;
}

/* Step 4: log-odds, then the calibration curve; every part, purged rows too, for the tables. */
static td_status score_all(td_run *run, td_error *err) {
    const td_table *table = &run->scored.set.features;
    for (int m = 0; m < TD_N_RUN_MODELS; m++) TD_NEW(run->score[m], table->n_rows, err);
    const td_column **feature = td_mem_array(table->n_columns, sizeof *feature, err);
    if (feature == NULL) return TD_ERR_NOMEM;
    td_matrix_view view = td_table_view(table, feature, NULL);
    td_status status = TD_OK;
    for (int m = 0; m < TD_N_RUN_MODELS && status == TD_OK; m++) {
        status = td_run_log_odds(run->score[m], run, (td_run_model)m, &view, err);
        if (status == TD_OK)
            td_model_calibration_apply(run->score[m], &run->calibration[m].fitted, run->score[m],
                                       table->n_rows);
    }
    td_mem_free(feature);
    return status;
}

/* Evaluate one model on one part; scratch holds score and label of the part's rows. */
static td_status evaluate_part(td_run *run, td_run_model model, const part_rows *rows,
                               td_evaluation *out, td_error *err) {
    double *scratch = td_mem_array(2 * rows->n, sizeof *scratch, err);
    if (scratch == NULL) return TD_ERR_NOMEM;
    for (uint64_t i = 0; i < rows->n; i++) {
        scratch[i] = run->score[model][rows->row[i]];
        scratch[rows->n + i] = run->scored.set.label[rows->row[i]];
    }
    td_cut cut[TD_MAX_CUTS];
    td_scored_rows scored = {
        .n = rows->n, .score = scratch, .label = scratch + rows->n, .cut = cut};
    scored.n_cuts = td_default_cuts(cut, rows->n);
    td_status status = td_evaluation_build(out, &scored, &run->cli->exec, err);
    td_mem_free(scratch);
    return status;
}

/* Train and valid; test is evaluated with its intervals in run_assess.c. */
static td_status evaluate_all(td_run *run, td_error *err) {
    for (int part = TD_TRAIN; part < TD_TEST; part++) {
        part_rows rows;
        TD_TRY(pick_part(&rows, run, (td_part)part, err));
        td_status status = TD_OK;
        for (int m = 0; m < TD_N_RUN_MODELS && status == TD_OK; m++) {
            status = evaluate_part(run, (td_run_model)m, &rows, &run->evaluation[m][part], err);
        }
        td_mem_free(rows.row);
        TD_TRY(status);
    }
    return TD_OK;
}

/* Before any training: a log of two days has no test part, and a shop without purchases no
 * label. */
static td_status check_parts(const td_run *run, td_error *err) {
    const td_split *split = &run->scored.split;
    for (int part = TD_TRAIN; part <= TD_TEST; part++) {
        TD_CHECK(split->n_of_part[part] > 0, err, TD_ERR_SHAPE,
                 "the %s part of the time split has no sessions (%llu are scored): the log is too "
                 "short to learn from",
                 td_part_name((td_part)part), (unsigned long long)split->n);
    }
    uint64_t positives = split->n_positives[TD_TRAIN];
    TD_CHECK(positives > 0 && positives < split->n_of_part[TD_TRAIN], err, TD_ERR_NUMERIC,
             "%llu of %llu sessions in the train part are positive (%s): nothing can be learned "
             "from one class",
             (unsigned long long)positives, (unsigned long long)split->n_of_part[TD_TRAIN],
             td_target_name(run->scored.population.rule.target));
    return TD_OK;
}

/* Fewer positives than TD_RUN_FEW_POSITIVES in valid: at most 100 fixed rounds. */
td_status td_run_models(td_run *run, td_error *err) {
    TD_TRY(check_parts(run, err));
    run->has_few_positives = run->scored.split.n_positives[TD_VALID] < TD_RUN_FEW_POSITIVES;
    if (run->has_few_positives) {
        run->params.early_stopping_round = 0;
        if (run->params.num_iterations > 100) run->params.num_iterations = 100;
    }
    TD_TRY(td_run_fit(run, err));
    TD_TRY(score_all(run, err));
    td_run_stage_done(run, "predict");
    TD_TRY(evaluate_all(run, err));
    TD_TRY(td_run_money_count(run, err));
    TD_TRY(td_run_assess(run, err));
    TD_TRY(td_run_summary(run, err));
    td_run_stage_done(run, "evaluate");
    return TD_OK;
}
