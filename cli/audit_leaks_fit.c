/* cli/audit_leaks_fit.c: what is fitted must not have met the test part.
 *
 * Problem: features may be honest and the fitting still leak: bins, dictionaries, stopping or
 * scaling that have seen test rows. Two checks on a sample of the table (every k-th row, at most
 * MAX_ROWS a part; a leak in a program does not need many rows to show):
 *
 *   1. replaced: the code of `tundish run` trains all of its models (ROUNDS rounds); then every
 *      value of every test and purged row becomes a wild random number, their labels coins, and
 *      all are trained again. The model bytes must be the same.
 *   2. permuted: trees are trained N_MODELS times on train labels in random order. They know
 *      nothing of the task, so their AUC on valid and test must be 1/2 within its uncertainty:
 *
 *          mean +- 3.29 sqrt(V + S)      V  mean DeLong variance: which rows happened to be scored
 *                                        S  variance between the models: what their noise happened
 *                                           to look like
 *
 *      99.9 %, so that an honest shop fails once in a thousand times at most. V alone would not do:
 *      one model of pure noise ranks along some feature, and features rank purchases.
 *      Fixed rounds and no stopping: a stopping rule would look at the true labels of valid.
 *
 * Cost: a few seconds at any size. DeLong et al. 1988, doi:10.2307/2531595 (stats/delong). */
#include <math.h>
#include <string.h>

#include "cli/audit_leaks.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/delong.h"

enum { MAX_ROWS = 50000, ROUNDS = 20, N_MODELS = 8 };

static const double Z_999 = 3.2905267314918945; /* 99.9 % of N(0, 1) lie within */

/* --- the sample ------------------------------------------------------------------------------- */

/* Row i is its part's j-th; every k-th of the part is taken. */
static td_status pick_rows(uint32_t *row, uint64_t *n, td_split *out, const td_split *from,
                           td_error *err) {
    uint64_t seen[TD_N_PARTS] = {0};
    *n = 0;
    TD_NEW(out->part, from->n, err);
    for (uint64_t i = 0; i < from->n; i++) {
        uint8_t part = from->part[i];
        uint64_t step = (from->n_of_part[part] + MAX_ROWS - 1) / MAX_ROWS;
        if (seen[part]++ % step != 0) continue;
        row[*n] = (uint32_t)i;
        out->part[(*n)++] = part;
        out->n_of_part[part]++;
    }
    out->n = *n;
    return TD_OK;
}

/* Columns, label and parts of the picked rows; the rest of a td_scored is not needed for fitting.
 * */
static td_status take_sample(td_scored *out, const td_scored *from, const td_exec *exec,
                             td_error *err) {
    uint32_t *row;
    TD_NEW(row, from->split.n, err);
    td_row_choice choice = {.row = row};
    td_matrix matrix = {0};
    td_status status = pick_rows(row, &choice.n, &out->split, &from->split, err);
    if (status == TD_OK) {
        status = td_matrix_take(&matrix, &from->set.features, from->set.label, choice, exec, err);
    }
    td_mem_free(row);
    TD_TRY(status);
    out->set.n = choice.n;
    out->set.label = matrix.label;
    out->set.features = (td_table){
        .n_rows = choice.n, .n_columns = from->set.features.n_columns, .column = matrix.column};
    matrix.label = NULL;
    matrix.column = NULL;
    td_matrix_free(&matrix);
    for (uint64_t i = 0; i < out->set.n; i++) {
        if (out->set.label[i] > 0) out->split.n_positives[out->split.part[i]]++;
    }
    return TD_OK;
}

/* --- 1. test rows replaced -------------------------------------------------------------------- */

static int is_unseen(uint8_t part) { return part == TD_TEST || part == TD_PURGED; }

static uint64_t replace_rows(td_scored *sample, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "leak test rows", 0, 0);
    uint64_t n = 0;
    for (uint64_t i = 0; i < sample->set.n; i++) {
        if (!is_unseen(sample->split.part[i])) continue;
        for (uint32_t c = 0; c < sample->set.features.n_columns; c++) {
            double value = 1e6 * td_rng_normal(&rng);
            sample->set.features.column[c].number[i] = td_rng_below(&rng, 4) == 0 ? NAN : value;
        }
        sample->set.label[i] = (double)td_rng_below(&rng, 2);
        n++;
    }
    return n;
}

typedef struct bytes {
    char *data; /* owned */
    uint64_t n;
} bytes;

/* All models with their calibrations as the run's own code makes them, as bytes. The run is a
 * shell around the sample. */
static td_status fit_models(bytes model[TD_N_RUN_MODELS], td_run *shell, td_error *err) {
    TD_TRY(td_run_fit(shell, err));
    td_status status = TD_OK;
    for (int m = 0; m < TD_N_RUN_MODELS && status == TD_OK; m++)
        status = td_run_model_bytes(&model[m].data, &model[m].n, shell, (td_run_model)m, err);
    td_run_models_free(shell);
    return status;
}

static td_status compare_fits(td_leak_fit *out, td_run *shell, td_error *err) {
    bytes before[TD_N_RUN_MODELS] = {{0}};
    bytes after[TD_N_RUN_MODELS] = {{0}};
    td_status status = fit_models(before, shell, err);
    if (status == TD_OK) {
        out->n_replaced = replace_rows(&shell->scored, shell->options->params.seed);
        status = fit_models(after, shell, err);
    }
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        out->is_same[m] = status == TD_OK && before[m].n == after[m].n &&
                          memcmp(before[m].data, after[m].data, before[m].n) == 0;
        td_mem_free(before[m].data);
        td_mem_free(after[m].data);
    }
    return status;
}

/* --- 2. permuted labels ----------------------------------------------------------------------- */

static void permute(double *label, uint64_t n, td_rng *rng) {
    for (uint64_t i = 0; i + 1 < n; i++) {
        uint64_t j = i + td_rng_below(rng, n - i);
        double swap = label[i];
        label[i] = label[j];
        label[j] = swap;
    }
}

/* AUC of `score` [rows of the sample] on one part. */
static td_status measure_part(td_delong *out, const td_scored *sample, const double *score,
                              td_part part, const td_exec *exec, td_error *err) {
    uint64_t n_of_part = sample->split.n_of_part[part];
    double *scratch;
    TD_NEW(scratch, 2 * n_of_part, err);
    uint64_t n = 0;
    for (uint64_t i = 0; i < sample->set.n; i++) {
        if (sample->split.part[i] != part) continue;
        scratch[n] = score[i];
        scratch[n_of_part + n++] = sample->set.label[i];
    }
    td_ranking ranking = {0};
    td_status status = td_ranking_build(&ranking, scratch, scratch + n_of_part, n, exec, err);
    if (status == TD_OK) *out = td_delong_measure(&ranking);
    td_ranking_free(&ranking);
    td_mem_free(scratch);
    return status;
}

/* Train on the labels as they stand in `train`, score all rows of the sample. */
static td_status score_model(double *score, const td_matrix *train, const td_scored *sample,
                             const td_run *shell, td_error *err) {
    const td_exec *exec = &shell->cli->exec;
    const td_table *table = &sample->set.features;
    const td_column **feature;
    TD_NEW(feature, table->n_columns, err);
    td_matrix_view view = td_table_view(table, feature, NULL);
    td_train_params params = shell->params;
    params.early_stopping_round = 0;
    td_binned *bins = NULL;
    td_model *model = NULL;
    td_status status = td_binned_build(&bins, &train->view, &params, exec, err);
    if (status == TD_OK)
        status = td_train(&model, NULL, (td_train_rows){bins, NULL}, &params, exec, err);
    if (status == TD_OK) status = td_predict(score, model, &view, TD_SCORE_RAW, exec, err);
    td_model_free(model);
    td_binned_free(bins);
    td_mem_free(feature);
    return status;
}

/* Mean and interval of the AUCs of all models on one part. */
static td_leak_null join_models(const td_delong *measured) {
    double sum = 0, variance = 0, square = 0;
    for (int m = 0; m < N_MODELS; m++) {
        if (!td_metric_is_defined(measured[m].variance))
            return (td_leak_null){.auc = td_metric_undefined("fewer than two rows of a class")};
        sum += measured[m].auc.value;
        variance += measured[m].variance.value / N_MODELS;
    }
    double mean = sum / N_MODELS;
    for (int m = 0; m < N_MODELS; m++) {
        double d = measured[m].auc.value - mean;
        square += d * d / (N_MODELS - 1);
    }
    double half = Z_999 * sqrt(variance + square);
    return (td_leak_null){.auc = td_metric_of(mean),
                          .low = mean - half,
                          .high = mean + half,
                          .is_half_in = fabs(mean - 0.5) <= half};
}

static td_status train_permuted(td_leak_fit *out, td_matrix *train, const td_run *shell,
                                double *score, td_error *err) {
    const td_scored *sample = &shell->scored;
    td_delong measured[TD_N_PARTS][N_MODELS];
    out->n_models = N_MODELS;
    for (int m = 0; m < N_MODELS; m++) {
        td_rng rng = td_rng_stream(shell->options->params.seed, "leak labels", (uint64_t)m, 0);
        permute(train->label, train->view.n_rows, &rng);
        TD_TRY(score_model(score, train, sample, shell, err));
        for (int part = TD_VALID; part <= TD_TEST; part++) {
            TD_TRY(measure_part(&measured[part][m], sample, score, (td_part)part, &shell->cli->exec,
                                err));
        }
    }
    for (int part = TD_VALID; part <= TD_TEST; part++) {
        out->null[part] = join_models(measured[part]);
    }
    return TD_OK;
}

static td_status test_permuted(td_leak_fit *out, const td_run *shell, td_error *err) {
    td_matrix train = {0};
    double *score;
    TD_NEW(score, shell->scored.set.n, err);
    td_status status = td_run_take_part(&train, shell, TD_TRAIN, err);
    if (status == TD_OK) status = train_permuted(out, &train, shell, score, err);
    td_matrix_free(&train);
    td_mem_free(score);
    return status;
}

/* --- both ------------------------------------------------------------------------------------- */

static const char *reason_to_skip(const td_split *split) {
    for (int part = TD_TRAIN; part <= TD_TEST; part++) {
        if (split->n_of_part[part] == 0) return "a part of the split is empty";
    }
    if (split->n_positives[TD_TRAIN] == 0) return "no purchase in the train part";
    if (split->n_positives[TD_TRAIN] == split->n_of_part[TD_TRAIN])
        return "nothing but purchases in the train part";
    return NULL;
}

static td_status run_checks(td_leak_fit *out, td_run *shell, const td_leaks_task *task,
                            td_error *err) {
    TD_TRY(take_sample(&shell->scored, task->scored, &task->cli->exec, err));
    out->n_rows = shell->scored.set.n;
    out->skipped = reason_to_skip(&shell->scored.split);
    if (out->skipped != NULL) return TD_OK;
    shell->params = task->options->params;
    if (shell->params.num_iterations > ROUNDS) shell->params.num_iterations = ROUNDS;
    TD_TRY(test_permuted(out, shell, err));
    if (shell->scored.split.n_positives[TD_VALID] < TD_RUN_FEW_POSITIVES)
        shell->params.early_stopping_round = 0; /* as a run does */
    return compare_fits(out, shell, err);
}

td_status td_leak_fit_build(td_leak_fit *out, const td_leaks_task *task, td_error *err) {
    memset(out, 0, sizeof *out);
    td_run *shell = td_mem_zeroed(1, sizeof *shell, err);
    if (shell == NULL) return TD_ERR_NOMEM;
    shell->cli = task->cli;
    shell->options = task->options;
    td_status status = run_checks(out, shell, task, err);
    td_run_free(shell);
    td_mem_free(shell);
    return status;
}
