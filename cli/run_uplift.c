/* cli/run_uplift.c: whom a treatment would move, where the truth is known.
 *
 * A shop that `generate` wrote has truth/sessions.csv: the arm that each visitor's coin fell on and
 * both outcomes. No real log has that, so a run over one has no such stage.
 *
 *   1. Sessions + truth -> arm, outcome in that arm, true effect (uplift_world.c).
 *   2. Each learner of --uplift: fitted on the train and valid sessions (the trees are chosen out
 *      of fold, so that valid is of no other use), saved as results/models/uplift.NAME.tundish.
 *   3. Test sessions: the learners' effects beside two scores to compare with: the probability of a
 *      purchase, which is what is used in practice, and the true effect, which nobody has.
 *   4. Qini, uplift at K, tenths and profit curve from the outcomes, as in an experiment, with
 *      visitors drawn; and how much of the true order's gain the learned order reaches.
 *
 * Learners see the share of treated sessions as the propensity: the coin is known to be one.
 * Written: results/metrics/uplift.json, results/figures/qini.svg, uplift_by_tenth.svg and
 * uplift_profit.svg; the charts' numbers and the page: run_uplift_page.c. */
#include "cli/run_uplift.h"

#include <stdio.h>
#include <string.h>

#include "cli/report_evaluation.h"
#include "cli/uplift_figures.h"
#include "cli/uplift_world.h"
#include "core/base/hash.h"
#include "core/base/mem.h"

enum { REPLICATES = 200 };

/* ---- is there a truth? ----------------------------------------------------------------------- */

/* The truth speaks of the standard sessions and decisions only. */
static int is_standard(const td_run *run) {
    const td_scoring *scoring = &run->options->scoring;
    return strcmp(scoring->target, "purchase_after") == 0 && scoring->gap_s == 1800 &&
           scoring->decision_s == 300;
}

td_status td_run_uplift_check(const char *list, td_error *err) {
    if (strcmp(list, "none") == 0) return TD_OK;
    td_arena arena = {0};
    const char *const *name = NULL;
    uint32_t n = 0;
    td_uplift_learner learner;
    td_status status = td_list_split(&name, &n, list, "uplift", &arena, err);
    for (uint32_t k = 0; status == TD_OK && k < n; k++) {
        status = td_uplift_learner_find(&learner, name[k], err);
    }
    td_arena_free(&arena);
    return status;
}

td_status td_run_uplift_find(td_run *run, td_error *err) {
    char folder[4096], path[4096];
    snprintf(run->truth, sizeof run->truth, "none");
    const char *learners = run->options->uplift; /* NULL: replay of a run before there were any */
    if (learners == NULL || strcmp(learners, "none") == 0 || !is_standard(run)) return TD_OK;
    TD_TRY(td_path_join(folder, sizeof folder, run->source, "truth", err));
    TD_TRY(td_path_join(path, sizeof path, folder, "sessions.csv", err));
    if (!td_path_exists(path)) return TD_OK;
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_raw_bytes(file);
    td_status status = td_sha256_of(bytes.data, bytes.n, run->truth, err);
    td_file_close(file);
    return status;
}

static int has_truth(const td_run *run) { return strcmp(run->truth, "none") != 0; }

/* ---- learning -------------------------------------------------------------------------------- */

void td_run_uplift_free(td_run *run) {
    td_run_uplift *u = run->uplift;
    if (u == NULL) return;
    for (uint32_t s = 0; s < u->n_scores; s++) td_mem_free(u->score[s]);
    for (uint32_t k = 0; k < u->n_learners; k++) td_uplift_model_free(u->model[k]);
    td_mem_free(u->treatment);
    td_mem_free(u->outcome);
    td_mem_free(u->effect);
    td_mem_free(u->visitor);
    td_uplift_assessment_free(&u->assessment);
    td_arena_free(&u->arena);
    td_mem_free(u);
    run->uplift = NULL;
}

/* After the learners: "purchase" (the primary model) and "truth", to compare with. */
static td_status name_learners(td_run_uplift *u, const char *list, td_error *err) {
    const char *const *name = NULL;
    uint32_t n = 0;
    TD_TRY(td_list_split(&name, &n, list, "uplift", &u->arena, err));
    TD_CHECK(n <= TD_UPLIFT_N_LEARNERS, err, TD_ERR_ARG, "--uplift: %u learners, at most %d", n,
             TD_UPLIFT_N_LEARNERS);
    for (uint32_t k = 0; k < n; k++) {
        td_uplift_learner learner;
        TD_TRY(td_uplift_learner_find(&learner, name[k], err));
        u->name[k] = td_uplift_spec_of(learner)->name;
    }
    u->n_learners = n;
    u->name[n] = "purchase";
    u->name[n + 1] = "truth";
    u->n_scores = n + 2;
    return TD_OK;
}

/* Train and test rows side by side. */
typedef struct parts {
    td_matrix train, test;
    uint32_t *arm;     /* [train rows] */
    uint32_t *visitor; /* [train rows] dense codes: folds keep a visitor's sessions together */
    uint32_t n_visitors;
} parts;

static void free_parts(parts *p) {
    td_matrix_free(&p->train);
    td_matrix_free(&p->test);
    td_mem_free(p->arm);
    td_mem_free(p->visitor);
}

static td_status take_parts(parts *p, const td_uplift_world *world, const td_exec *exec,
                            td_error *err) {
    td_row_choice train = {world->n_train, world->train}, test = {world->n_test, world->test};
    TD_TRY(td_matrix_take(&p->train, world->features, world->outcome, train, exec, err));
    TD_TRY(td_matrix_take(&p->test, world->features, world->outcome, test, exec, err));
    TD_NEW(p->arm, world->n_train, err);
    TD_NEW(p->visitor, world->n_train, err);
    for (uint64_t i = 0; i < world->n_train; i++) {
        p->arm[i] = world->treatment[world->train[i]] > 0;
        p->visitor[i] = world->cluster[world->train[i]];
    }
    p->n_visitors = world->n_clusters;
    return TD_OK;
}

/* Step 2, and the test sessions' scores of learner k. */
static td_status learn(td_run *run, uint32_t k, const parts *p, td_error *err) {
    static const char *const arms[] = {"control", "treated"};
    td_run_uplift *u = run->uplift;
    td_uplift_data data = {.rows = p->train.view,
                           .arm = p->arm,
                           .n_arms = 2,
                           .arm_name = arms,
                           .cluster = p->visitor,
                           .n_clusters = p->n_visitors};
    td_uplift_params params = td_uplift_params_default();
    TD_TRY(td_uplift_learner_find(&params.learner, u->name[k], err));
    params.propensity = TD_PROPENSITY_SHARE;
    params.trees.seed = run->params.seed;
    const td_exec *exec = &run->cli->exec;
    TD_TRY(td_uplift_fit(&u->model[k], &u->pair[k], &data, &params, exec, err));
    return td_uplift_predict(u->score[k], u->model[k], &p->test.view, NULL, exec, err);
}

/* ---- judging --------------------------------------------------------------------------------- */

static td_status take_test(td_run *run, const td_uplift_world *world, td_error *err) {
    td_run_uplift *u = run->uplift;
    uint64_t n = u->n = world->n_test;
    u->n_train = world->n_train;
    for (uint32_t s = 0; s < u->n_scores; s++) TD_NEW(u->score[s], n, err);
    TD_NEW(u->treatment, n, err);
    TD_NEW(u->outcome, n, err);
    TD_NEW(u->effect, n, err);
    TD_NEW(u->visitor, n, err);
    int64_t *visitor;
    TD_NEW(visitor, n, err);
    for (uint64_t i = 0; i < n; i++) {
        uint32_t row = world->test[i];
        u->treatment[i] = world->treatment[row];
        u->outcome[i] = world->outcome[row];
        u->effect[i] = u->score[u->n_learners + 1][i] = world->effect[row];
        u->score[u->n_learners][i] = run->score[TD_RUN_PRIMARY][row];
        visitor[i] = run->scored.set.visitor[row];
    }
    td_iddict dict = {0};
    td_status status = td_iddict_build(&dict, u->visitor, visitor, n, &run->cli->exec, err);
    u->n_visitors = dict.n;
    td_iddict_free(&dict);
    td_mem_free(visitor);
    return status;
}

/* Step 4. */
static td_status judge(td_run *run, td_error *err) {
    td_run_uplift *u = run->uplift;
    for (uint32_t s = 0; s < u->n_scores; s++) {
        td_truth_rows rows = {.n = u->n, .effect = u->score[s], .truth = u->effect, .level = 0.95};
        TD_TRY(td_truth_measure(&u->truth[s], &rows, err));
    }
    td_uplift_request request = {.rows = {.n = u->n,
                                          .treatment = u->treatment,
                                          .outcome = u->outcome,
                                          .share = 0.5,
                                          .n_scores = u->n_scores,
                                          .score = (const double *const *)u->score},
                                 .clusters = {.code = u->visitor, .n = u->n_visitors},
                                 .cuts = td_uplift_cuts_default(),
                                 .n_replicates = REPLICATES,
                                 .seed = run->params.seed,
                                 .level = 0.95};
    const td_exec *exec = &run->cli->exec;
    TD_TRY(td_uplift_assessment_build(&u->assessment, &request, exec, err));
    u->report = (td_uplift_report){.assessment = &u->assessment,
                                   .name = u->name,
                                   .outcome = "purchase_after",
                                   .cluster = "visitor"};
    double overall = u->assessment.mean[1] - u->assessment.mean[0];
    return td_uplift_profit_build(&u->profit, &request, 1, overall > 0 ? overall / 2 : 0, exec,
                                  err);
}

/* ---- written --------------------------------------------------------------------------------- */

static td_status save_model(const td_run *run, const td_uplift_model *model, const char *learner,
                            td_error *err) {
    char name[64], *bytes = NULL;
    uint64_t n = 0;
    td_writer *writer = NULL;
    snprintf(name, sizeof name, "results/models/uplift.%s.tundish", learner);
    TD_TRY(td_uplift_to_bytes(&bytes, &n, model, err));
    td_status status = td_run_open(&writer, run, name, err);
    if (status == TD_OK) {
        td_writer_bytes(writer, bytes, n);
        status = td_writer_commit(writer, err);
    }
    td_mem_free(bytes);
    return status;
}

/* Errors of the effects themselves are told of learners only: a probability is no effect. */
static void fill_truth(td_json *json, const td_run_uplift *u) {
    td_json_array(json, "truth");
    for (uint32_t s = 0; s < u->n_scores; s++) {
        const td_truth_measures *m = &u->truth[s];
        td_json_object(json, NULL);
        td_json_text(json, "score", u->name[s]);
        td_json_metric(json, "oracle_share", m->oracle_share);
        td_json_metric(json, "correlation", m->correlation);
        if (s < u->n_learners) {
            td_json_f64(json, "pehe", m->pehe);
            td_json_f64(json, "bias", m->bias);
            td_json_f64(json, "mean_effect_train", u->pair[s].mean_effect);
        }
        td_json_end(json);
    }
    td_json_end(json);
}

static void fill_profit(td_json *json, const td_uplift_profit *profit) {
    td_json_object(json, "profit");
    td_json_f64(json, "value", profit->value);
    td_json_f64(json, "cost", profit->cost);
    td_json_metric(json, "best_share", profit->best_share);
    td_json_metric(json, "break_even_share", profit->break_even);
    td_json_array(json, "points");
    for (int p = 0; p < TD_PROFIT_POINTS; p++) {
        td_json_object(json, NULL);
        td_json_f64(json, "share", profit->point[p].share);
        td_json_metric(json, "profit", profit->point[p].profit);
        td_json_interval(json, "profit", profit->point[p].interval);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

static td_status write_json(const td_run *run, td_error *err) {
    const td_run_uplift *u = run->uplift;
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "results/metrics/uplift.json", err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    td_json_text(&json, "run_id", run->run_id);
    td_json_u64(&json, "train_rows", u->n_train);
    td_json_uplift_report(&json, &u->report);
    fill_truth(&json, u);
    fill_profit(&json, &u->profit);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}

static td_status write_figures(const td_run *run, td_error *err) {
    char path[4096];
    td_writer *writer = NULL;
    TD_TRY(td_run_path(path, run, "results/figures", err));
    TD_TRY(td_uplift_figures_write(path, &run->uplift->report, err));
    TD_TRY(td_run_open(&writer, run, "results/figures/uplift_profit.svg", err));
    td_uplift_figure_profit(writer, &run->uplift->profit);
    return td_writer_commit(writer, err);
}

static td_status fit_and_judge(td_run *run, const td_uplift_world *world, td_error *err) {
    parts p = {0};
    td_status status = take_parts(&p, world, &run->cli->exec, err);
    for (uint32_t k = 0; status == TD_OK && k < run->uplift->n_learners; k++) {
        status = learn(run, k, &p, err);
    }
    free_parts(&p);
    TD_TRY(status);
    return judge(run, err);
}

static td_status learn_and_judge(td_run *run, td_error *err) {
    TD_NEW_ZEROED(run->uplift, 1, err);
    TD_TRY(name_learners(run->uplift, run->options->uplift, err));
    td_uplift_world world;
    TD_TRY(td_uplift_world_join(&world, run->source, &run->scored, &run->cli->exec, err));
    td_status status = take_test(run, &world, err);
    if (status == TD_OK) status = fit_and_judge(run, &world, err);
    td_uplift_world_free(&world);
    return status;
}

static td_status write_all(const td_run *run, td_error *err) {
    const td_run_uplift *u = run->uplift;
    for (uint32_t k = 0; k < u->n_learners; k++) {
        TD_TRY(save_model(run, u->model[k], u->name[k], err));
    }
    TD_TRY(write_json(run, err));
    return write_figures(run, err);
}

/* A truth that does not fit the log any more, or a shop with too few purchases in an arm, ends the
 * stage and not the run. */
td_status td_run_uplift_stage(td_run *run, td_error *err) {
    if (!has_truth(run)) return TD_OK;
    td_error why = {0};
    td_status status = learn_and_judge(run, &why);
    if (status == TD_ERR_FORMAT || status == TD_ERR_NUMERIC || status == TD_ERR_SHAPE) {
        td_cli_note(run->cli, "no effects are learned: %s", why.text);
        td_run_uplift_free(run);
        td_run_stage_done(run, "uplift");
        return TD_OK;
    }
    if (status != TD_OK && err != NULL) *err = why;
    TD_TRY(status);
    TD_TRY(write_all(run, err));
    td_run_stage_done(run, "uplift");
    return TD_OK;
}
