/* cli/uplift_inspect.c: the steps of `uplift inspect`.
 *
 *   1. Cross-fitted nuisance and doubly robust scores (uplift/nuisance.h, uplift/inference.h).
 *   2. Effects of each model: out of fold for a learner; for a column of the table as they stand,
 *      which is right only when its model did not learn from these rows.
 *   3. For each: best linear predictor, groups, calibration, losses; its Qini with a bootstrap
 *      error (stats/uplift_assessment.h) and from these the rows at which it would be told from 0.
 *      A Qini counts rows as they are: it means something only when P(treated) is one number and
 *      no row has a weight.
 *   4. Refutations of learners, where asked for; a policy tree, where asked for. */
#include "cli/uplift_inspect.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/uplift_assessment.h"

void td_inspection_free(td_inspection *inspection) {
    for (uint32_t k = 0; k < TD_INSPECT_MODELS; k++) {
        td_mem_free(inspection->model[k].effect);
        td_mem_free(inspection->model[k].packed);
    }
    td_mem_free(inspection->score);
    td_nuisance_free(&inspection->nuisance);
}

/* ---- effects --------------------------------------------------------------------------------- */

/* A column as effects; every row must have one. */
static td_status copy_column(double *effect, const td_inspect_plan *plan, const char *name,
                             td_error *err) {
    const td_data *data = &plan->table->data;
    uint32_t index;
    TD_TRY(td_data_find(&index, data, name, err));
    const td_column *column = &data->table.column[index];
    TD_CHECK(column->kind == TD_COLUMN_NUMBER, err, TD_ERR_FORMAT, "%s: column '%s' holds texts",
             data->path, name);
    for (uint64_t i = 0; i < data->table.n_rows; i++) {
        TD_CHECK(fabs(column->number[i]) <= 1e150, err, TD_ERR_FORMAT,
                 "%s: column '%s', data row %llu: %g is no effect", data->path, name,
                 (unsigned long long)i + 1, column->number[i]);
        effect[i] = column->number[i];
    }
    return TD_OK;
}

static td_status find_params(td_uplift_params *out, const td_inspect_plan *plan, const char *name,
                             td_error *err) {
    *out = *plan->params;
    return td_uplift_learner_find(&out->learner, name, err);
}

static td_status predict(td_inspected *model, const td_inspection *all, const td_exec *exec,
                         td_error *err) {
    const td_inspect_plan *plan = all->plan;
    const td_uplift_data *data = &plan->table->learn;
    td_uplift_params params;
    TD_NEW(model->effect, data->rows.n_rows, err);
    TD_NEW(model->packed, all->nuisance.n, err);
    if (plan->are_columns) {
        TD_TRY(copy_column(model->effect, plan, model->name, err));
    } else {
        TD_TRY(find_params(&params, plan, model->name, err));
        TD_TRY(td_uplift_crosspredict(model->effect, data, &params, plan->n_folds, exec, err));
    }
    td_nuisance_gather(model->packed, &all->nuisance, model->effect);
    return TD_OK;
}

/* ---- inference ------------------------------------------------------------------------------- */

static td_status judge(td_inspected *model, const td_inspection *all, td_error *err) {
    const td_inspect_plan *plan = all->plan;
    td_effect_rows rows = td_nuisance_rows(&all->nuisance);
    td_effect_scored scored = {rows.n, model->packed, all->score, plan->level, rows.units};
    td_error inner = {0};
    TD_TRY(td_effect_groups_build(&model->groups, &scored, plan->n_groups, err));
    model->calibration = td_effect_calibrate(&scored, &model->groups);
    model->loss = td_effect_losses(&scored, &rows);
    model->has_blp =
        td_effect_blp_fit(&model->blp, model->packed, &rows, plan->level, &inner) == TD_OK;
    return TD_OK;
}

/* Qini of all models on one set of draws. */
static td_status measure_qini(td_inspection *out, const td_exec *exec, td_error *err) {
    const td_inspect_plan *plan = out->plan;
    const double *score[TD_INSPECT_MODELS];
    for (uint32_t k = 0; k < plan->n_models; k++) score[k] = out->model[k].packed;
    td_uplift_request request = {.rows = {.n = out->nuisance.n,
                                          .treatment = out->nuisance.treated,
                                          .outcome = out->nuisance.outcome,
                                          .n_scores = plan->n_models,
                                          .score = score},
                                 .clusters = {out->nuisance.cluster, out->nuisance.n_clusters},
                                 .cuts = td_uplift_cuts_default(),
                                 .n_replicates = plan->n_replicates,
                                 .seed = plan->params->trees.seed,
                                 .level = plan->level};
    td_uplift_assessment assessment = {0};
    TD_TRY(td_uplift_assessment_build(&assessment, &request, exec, err));
    for (uint32_t k = 0; k < plan->n_models; k++) {
        td_metric value = td_uplift_value(&assessment, k, TD_QINI_AREA);
        td_metric se = assessment.verdict[k].spread[TD_QINI_AREA].se;
        td_inspected *model = &out->model[k];
        model->qini = td_metric_is_defined(value) ? value.value : (double)NAN;
        model->qini_se = td_metric_is_defined(se) ? se.value : (double)NAN;
        model->rows_needed = td_effect_rows_needed(
            model->qini, model->qini_se, (double)out->nuisance.n, 1 - plan->level, plan->power);
    }
    td_uplift_assessment_free(&assessment);
    return TD_OK;
}

static td_status refute(td_inspected *model, const td_inspect_plan *plan, const td_exec *exec,
                        td_error *err) {
    td_uplift_params params;
    if (plan->are_columns || plan->n_draws == 0) return TD_OK;
    TD_TRY(find_params(&params, plan, model->name, err));
    td_refute_job job = {&plan->table->learn, &params, plan->n_folds, model->effect, plan->level};
    for (int kind = 0; kind < 2; kind++) {
        for (uint32_t draw = 0; draw < plan->n_draws; draw++) {
            TD_TRY(td_uplift_refute(&model->refutation[kind][draw], (td_refute_kind)kind, &job,
                                    draw, exec, err));
        }
    }
    return TD_OK;
}

static td_status measure_or_leave_qini(td_inspection *out, const td_exec *exec, td_error *err) {
    const td_uplift_pair_report *report = &out->nuisance.report;
    int is_weighted = out->nuisance.weight != NULL;
    if (report->high == report->low && !is_weighted) return measure_qini(out, exec, err);
    for (uint32_t k = 0; k < out->plan->n_models; k++) {
        td_inspected *model = &out->model[k];
        model->qini = model->qini_se = model->rows_needed = (double)NAN;
    }
    return TD_OK;
}

/* A row's worth times its weight: means over rows are then weighted means. */
static void weigh_scores(double *score, const td_nuisance *nuisance) {
    if (nuisance->weight == NULL) return;
    double mean = td_effect_mean(nuisance->weight, nuisance->n, 0.5).value;
    for (uint64_t i = 0; i < nuisance->n; i++) {
        score[i] *= nuisance->weight[i] / mean;
        score[nuisance->n + i] *= nuisance->weight[i] / mean;
    }
}

/* Worth of treating a row: its score less the cost. */
static td_status grow_tree(td_inspection *out, const td_exec *exec, td_error *err) {
    const td_nuisance *nuisance = &out->nuisance;
    td_policy_params params = td_policy_params_default();
    double *score;
    TD_NEW(score, 2 * nuisance->n, err);
    td_nuisance_arm_scores(score, nuisance);
    for (uint64_t i = 0; i < nuisance->n; i++) score[nuisance->n + i] -= out->plan->cost;
    weigh_scores(score, nuisance);
    td_policy_cases cases = {.n = nuisance->n,
                             .row = nuisance->row,
                             .bins = nuisance->bins,
                             .n_actions = 2,
                             .score = score,
                             .cluster = out->plan->table->learn.cluster,
                             .n_clusters = out->plan->table->learn.n_clusters,
                             .seed = out->plan->params->trees.seed};
    td_status status =
        td_policy_report_build(&out->policy, &cases, &params, out->plan->level, exec, err);
    td_mem_free(score);
    return status;
}

static td_status inspect(td_inspection *out, const td_exec *exec, td_error *err) {
    const td_inspect_plan *plan = out->plan;
    const td_uplift_data *data = &plan->table->learn;
    TD_TRY(td_nuisance_fit(&out->nuisance, data, plan->params, exec, err));
    td_effect_rows rows = td_nuisance_rows(&out->nuisance);
    TD_NEW(out->score, rows.n, err);
    TD_TRY(td_effect_scores(out->score, &rows, err));
    out->mean = td_effect_mean_of(out->score, rows.units, plan->level);
    for (uint32_t k = 0; k < plan->n_models; k++) {
        td_inspected *model = &out->model[k];
        model->name = plan->name[k];
        TD_TRY(predict(model, out, exec, err));
        TD_TRY(judge(model, out, err));
        TD_TRY(refute(model, plan, exec, err));
        if (model->loss.dr_gain.value > out->model[out->best].loss.dr_gain.value) out->best = k;
    }
    TD_TRY(measure_or_leave_qini(out, exec, err));
    if (!plan->wants_tree) return TD_OK;
    return grow_tree(out, exec, err);
}

td_status td_inspect_run(td_inspection *out, const td_inspect_plan *plan, const td_cli *cli,
                         td_error *err) {
    out->plan = plan;
    return td_data_blame(&plan->table->data, inspect(out, &cli->exec, err), err);
}
