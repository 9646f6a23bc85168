/* cli/uplift_simulate.c: fit, predict, compare with the truth, learner by learner.
 *
 *   1. Of the training rows, those with a uniform number below the share (stream "simulate rows"):
 *      the rows of a smaller share are among those of a larger one.
 *   2. Three lines that learn nothing and frame the others:
 *        constant   the arms' difference in means, weighted by 1 / P(own arm)
 *        random     the same plus noise of the true effects' spread: its order knows nothing
 *        oracle     the truth
 *   3. Learners through uplift/uplift.h; standard errors from the forest's bags, for others from
 *      half-samples where asked for. A learner that refuses the rows (class transformation of an
 *      amount) gets a line with its reason.
 *
 * Holds no algorithm: measures are those of uplift/truth.h. */
#include "cli/uplift_simulate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "uplift/half_samples.h"

/* Rows to learn from and rows to be judged by, and where answers go. */
typedef struct parts {
    const td_simulate_plan *plan;
    td_matrix train, test;
    uint32_t *row;               /* [n_train] of the world */
    uint32_t *arm;               /* [n_train] */
    uint32_t *cluster;           /* [n_train] of the world's, or NULL */
    double *propensity;          /* [2 * n_train] control, treated */
    double *test_propensity;     /* [2 * n_test] */
    double *effect, *se, *truth; /* [n_test] */
} parts;

static void parts_free(parts *p) {
    td_matrix_free(&p->train);
    td_matrix_free(&p->test);
    td_mem_free(p->row);
    td_mem_free(p->arm);
    td_mem_free(p->cluster);
    td_mem_free(p->propensity);
    td_mem_free(p->test_propensity);
    td_mem_free(p->effect);
    td_mem_free(p->se);
    td_mem_free(p->truth);
}

static uint64_t draw_train(uint32_t *row, const td_simulate_plan *plan, double share) {
    const td_uplift_world *world = plan->world;
    td_rng rng = td_rng_stream(plan->seed, "simulate rows", 0, 0);
    uint64_t n = 0;
    for (uint64_t k = 0; k < world->n_train; k++) {
        row[n] = world->train[k];
        n += td_rng_uniform(&rng) < share;
    }
    return n;
}

/* Of the control, then of the treatment. */
static td_status take_propensity(double **out, const td_uplift_world *world, td_row_choice rows,
                                 td_error *err) {
    TD_NEW(*out, 2 * rows.n, err);
    for (uint64_t k = 0; k < rows.n; k++) {
        double e = world->propensity[rows.row[k]];
        (*out)[k] = 1 - e;
        (*out)[rows.n + k] = e;
    }
    return TD_OK;
}

static td_status take_parts(parts *p, double share, const td_exec *exec, td_error *err) {
    const td_uplift_world *world = p->plan->world;
    TD_NEW(p->row, world->n_train + 1, err);
    uint64_t n = draw_train(p->row, p->plan, share), n_test = world->n_test;
    td_row_choice train = {n, p->row}, test = {n_test, world->test};
    TD_TRY(td_matrix_take(&p->train, world->features, world->outcome, train, exec, err));
    TD_TRY(td_matrix_take(&p->test, world->features, world->outcome, test, exec, err));
    TD_NEW(p->arm, n, err);
    TD_NEW(p->effect, n_test, err);
    TD_NEW(p->se, n_test, err);
    TD_NEW(p->truth, n_test, err);
    for (uint64_t k = 0; k < n; k++) p->arm[k] = world->treatment[p->row[k]] > 0;
    TD_TRY(take_propensity(&p->propensity, world, train, err));
    TD_TRY(take_propensity(&p->test_propensity, world, test, err));
    for (uint64_t k = 0; k < n_test; k++) p->truth[k] = world->effect[world->test[k]];
    if (world->cluster == NULL) return TD_OK;
    TD_NEW(p->cluster, n, err);
    for (uint64_t k = 0; k < n; k++) p->cluster[k] = world->cluster[p->row[k]];
    return TD_OK;
}

/* ---- lines that learn nothing ---------------------------------------------------------------- */

/* Hajek's difference in means of the training rows. */
static double mean_difference(const parts *p) {
    double sum[2] = {0, 0}, weight[2] = {0, 0};
    uint64_t n = p->train.view.n_rows;
    for (uint64_t k = 0; k < n; k++) {
        uint32_t a = p->arm[k];
        double inverse = 1 / p->propensity[a * n + k];
        sum[a] += inverse * p->train.view.label[k];
        weight[a] += inverse;
    }
    return sum[1] / weight[1] - sum[0] / weight[0];
}

static double spread_of(const double *x, uint64_t n) {
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < n; i++) sum += x[i];
    for (uint64_t i = 0; i < n; i++) squares += (x[i] - sum / (double)n) * (x[i] - sum / (double)n);
    return sqrt(squares / (double)n);
}

static void predict_frame(const parts *p, const char *name) {
    uint64_t n = p->plan->world->n_test;
    double constant = mean_difference(p), spread = spread_of(p->truth, n);
    td_rng rng = td_rng_stream(p->plan->seed, "simulate random", 0, 0);
    for (uint64_t i = 0; i < n; i++) {
        p->effect[i] = constant;
        if (strcmp(name, "random") == 0) p->effect[i] += spread * td_rng_normal(&rng);
        if (strcmp(name, "oracle") == 0) p->effect[i] = p->truth[i];
    }
}

static int is_frame(const char *name) {
    return strcmp(name, "constant") == 0 || strcmp(name, "random") == 0 ||
           strcmp(name, "oracle") == 0;
}

/* ---- learners -------------------------------------------------------------------------------- */

static td_status predict_learner(int *has_se, const parts *p, const td_uplift_data *data,
                                 const td_uplift_params *params, const td_exec *exec,
                                 td_error *err) {
    td_uplift_model *model;
    const td_matrix_view *rows = &p->test.view;
    const double *e = data->propensity != NULL ? p->test_propensity : NULL;
    td_half_samples halves = {data, params, rows, e, p->plan->n_replicates};
    *has_se = params->learner == TD_UPLIFT_FOREST || halves.n_replicates > 0;
    TD_TRY(td_uplift_fit(&model, NULL, data, params, exec, err));
    td_status status;
    if (params->learner == TD_UPLIFT_FOREST) {
        td_forest_effects out = {p->effect, p->se};
        status = td_uplift_spread(out, model, 1, rows, exec, err);
    } else {
        status = td_uplift_predict(p->effect, model, rows, e, exec, err);
        if (status == TD_OK && *has_se) status = td_uplift_half_samples(p->se, &halves, exec, err);
    }
    td_uplift_model_free(model);
    return status;
}

static td_status fit_learner(int *has_se, const parts *p, const char *name, const td_exec *exec,
                             td_error *err) {
    static const char *const arms[] = {"0", "1"};
    td_uplift_params params = td_uplift_params_default();
    TD_TRY(td_uplift_learner_find(&params.learner, name, err));
    params.trees.seed = p->plan->seed;
    if (strcmp(p->plan->propensity, "share") == 0) params.propensity = TD_PROPENSITY_SHARE;
    int is_known = strcmp(p->plan->propensity, "known") == 0;
    td_uplift_data data = {.rows = p->train.view,
                           .arm = p->arm,
                           .n_arms = 2,
                           .arm_name = arms,
                           .propensity = is_known ? p->propensity : NULL,
                           .cluster = p->cluster,
                           .n_clusters = p->plan->world->n_clusters};
    return predict_learner(has_se, p, &data, &params, exec, err);
}

/* A learner that does not take such rows is a line of the table; all else ends the command. */
static td_status run_line(td_simulate_line *line, const parts *p, const td_exec *exec,
                          td_error *err) {
    int has_se = 0;
    double start = td_clock_seconds();
    td_error inner = {0};
    if (is_frame(line->name)) {
        predict_frame(p, line->name);
    } else {
        td_status status = fit_learner(&has_se, p, line->name, exec, &inner);
        line->is_refused = status == TD_ERR_ARG || status == TD_ERR_NUMERIC;
        if (line->is_refused) {
            snprintf(line->reason, sizeof line->reason, "%.159s", inner.text);
            return TD_OK;
        }
        if (status != TD_OK && err != NULL) *err = inner;
        TD_TRY(status);
    }
    td_truth_rows rows = {.n = p->plan->world->n_test,
                          .effect = p->effect,
                          .se = has_se ? p->se : NULL,
                          .truth = p->truth,
                          .cost = p->plan->cost,
                          .level = p->plan->level};
    td_status status = td_truth_measure(&line->truth, &rows, err);
    line->seconds = td_clock_seconds() - start;
    return status;
}

/* The lines of a table: constant, random, what was asked for, oracle. */
static td_status list_lines(td_simulate_plan *plan, const char *const *asked, uint32_t n_asked,
                            td_arena *arena, td_error *err) {
    const char **name = td_arena_array(arena, TD_SIMULATE_LINES, sizeof *name, err);
    if (name == NULL) return TD_ERR_NOMEM;
    uint32_t n = 0;
    name[n++] = "constant";
    name[n++] = "random";
    for (uint32_t k = 0; k < n_asked; k++) {
        td_uplift_learner ignored;
        if (is_frame(asked[k])) continue;
        TD_TRY(td_uplift_learner_find(&ignored, asked[k], err));
        TD_CHECK(n + 1 < TD_SIMULATE_LINES, err, TD_ERR_ARG, "--learners: %u names, at most %d",
                 n_asked, TD_SIMULATE_LINES - 3);
        name[n++] = asked[k];
    }
    name[n++] = "oracle";
    plan->learner = name;
    plan->n_learners = n;
    return TD_OK;
}

td_status td_simulate_learners(td_simulate_plan *plan, const char *names, td_arena *arena,
                               td_error *err) {
    const char *every[TD_UPLIFT_N_LEARNERS];
    const char *const *asked = NULL;
    uint32_t n = 0;
    if (strcmp(names, "none") == 0) return TD_OK;
    if (strcmp(names, "all") != 0) {
        TD_TRY(td_list_split(&asked, &n, names, "learners", arena, err));
        return list_lines(plan, asked, n, arena, err);
    }
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        every[k] = td_uplift_spec_of((td_uplift_learner)k)->name;
    }
    return list_lines(plan, every, TD_UPLIFT_N_LEARNERS, arena, err);
}

td_status td_simulate_run(td_simulate_size *out, const td_simulate_plan *plan, const td_cli *cli,
                          td_error *err) {
    parts p = {.plan = plan};
    td_status status = take_parts(&p, out->share, &cli->exec, err);
    out->n_train = p.train.view.n_rows;
    out->n_lines = plan->n_learners;
    for (uint32_t k = 0; status == TD_OK && k < plan->n_learners; k++) {
        out->line[k].name = plan->learner[k];
        status = run_line(&out->line[k], &p, &cli->exec, err);
    }
    parts_free(&p);
    return status;
}

/* ---- report ---------------------------------------------------------------------------------- */

static void cell_metric(td_grid *grid, td_metric metric, const char *fmt) {
    if (!td_metric_is_defined(metric)) {
        td_grid_cell(grid, "-");
    } else if (fmt[0] == '%') {
        td_grid_cell(grid, "%.1f %%", 100 * metric.value);
    } else {
        td_grid_cell(grid, "%.4g", metric.value);
    }
}

void td_simulate_print(const td_simulate_size *size) {
    static const char *const heads[] = {"learner",   "PEHE",  "bias",   "correlation",
                                        "of oracle", "value", "regret", "treated",
                                        "coverage",  "width", "seconds"};
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrrrrr");
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) td_grid_cell(&grid, "%s", heads[k]);
    for (uint32_t k = 0; k < size->n_lines; k++) {
        const td_simulate_line *line = &size->line[k];
        const td_truth_measures *m = &line->truth;
        if (line->is_refused) continue;
        td_grid_cell(&grid, "%s", line->name);
        td_grid_cell(&grid, "%.4g", m->pehe);
        td_grid_cell(&grid, "%.3g", m->bias);
        cell_metric(&grid, m->correlation, "");
        cell_metric(&grid, m->oracle_share, "%");
        td_grid_cell(&grid, "%.4g", m->value);
        td_grid_cell(&grid, "%.3g", m->regret);
        td_grid_cell(&grid, "%.1f %%", 100 * m->share_treated);
        cell_metric(&grid, m->coverage, "%");
        cell_metric(&grid, m->width, "");
        td_grid_cell(&grid, "%.2f", line->seconds);
    }
    td_grid_print(&grid, 0);
    for (uint32_t k = 0; k < size->n_lines; k++) {
        if (size->line[k].is_refused) printf("%s: %s\n", size->line[k].name, size->line[k].reason);
    }
}

static void json_metric(td_json *json, const char *key, td_metric metric) {
    if (td_metric_is_defined(metric)) {
        td_json_f64(json, key, metric.value);
    } else {
        td_json_null(json, key);
    }
}

static void json_line(td_json *json, const td_simulate_line *line) {
    const td_truth_measures *m = &line->truth;
    td_json_object(json, NULL);
    td_json_text(json, "learner", line->name);
    if (line->is_refused) {
        td_json_text(json, "refused", line->reason);
        td_json_end(json);
        return;
    }
    td_json_f64(json, "pehe", m->pehe);
    td_json_f64(json, "bias", m->bias);
    json_metric(json, "correlation", m->correlation);
    json_metric(json, "oracle_share", m->oracle_share);
    td_json_f64(json, "value", m->value);
    td_json_f64(json, "regret", m->regret);
    td_json_f64(json, "share_treated", m->share_treated);
    json_metric(json, "coverage", m->coverage);
    json_metric(json, "interval_width", m->width);
    td_json_end(json);
}

void td_simulate_json(td_json *json, const td_simulate_size *size) {
    td_json_f64(json, "share", size->share);
    td_json_u64(json, "train_rows", size->n_train);
    td_json_array(json, "learners");
    for (uint32_t k = 0; k < size->n_lines; k++) json_line(json, &size->line[k]);
    td_json_end(json);
    td_json_object(json, "timings");
    for (uint32_t k = 0; k < size->n_lines; k++) {
        td_json_f64(json, size->line[k].name, size->line[k].seconds);
    }
    td_json_end(json);
}
