/* uplift/fit.c: the learners by name; fitting every arm against control; predicting.
 *
 * td_uplift_fit:
 *   1. Check the data (pair.c) and bin the features of all rows, once.
 *   2. For each arm but the control: rows, folds and propensity of the pair; then the learner. A
 *      learner that takes several arms at once does so first.
 *   3. Predict the training rows for the report's mean effect. It should lie near the difference of
 *      the arms' means in a randomised experiment, and tells where it does not.
 *
 *     arm 1 | control | arm 2         pair (1, control): rows of arms 1 and 0
 *     arm 1 | control |               pair (2, control): rows of arms 2 and 0
 *           | control | arm 2
 *
 * td_uplift_predict: the learner's own sum of its models, arm after arm. Where a learner weighs new
 * rows by a propensity that was known row by row, they have to bring it: a model cannot know a
 * design, and its average would leave the confounding in.
 *
 * To add a learner: its file with a td_learner, a name in td_uplift_learner, a row in `learners`
 * below, its file name in README.md and a test that holds it against a known effect.
 * Cost: see the learners. Not done here: choosing whom to treat (policy), intervals. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/base/numeric.h"
#include "uplift/forest.h"
#include "uplift/pair.h"

static const td_learner *const learners[TD_UPLIFT_N_LEARNERS] = {
    [TD_UPLIFT_T] = &td_learner_t,
    [TD_UPLIFT_S] = &td_learner_s,
    [TD_UPLIFT_TRANSFORMED] = &td_learner_transformed,
    [TD_UPLIFT_CLASS] = &td_learner_class,
    [TD_UPLIFT_X] = &td_learner_x,
    [TD_UPLIFT_R] = &td_learner_r,
    [TD_UPLIFT_DR] = &td_learner_dr,
    [TD_UPLIFT_DEPENDENT] = &td_learner_dependent,
    [TD_UPLIFT_TREE] = &td_learner_tree,
    [TD_UPLIFT_FOREST] = &td_learner_forest,
};

const td_learner *td_learner_of(td_uplift_learner learner) { return learners[learner]; }

const td_uplift_spec *td_uplift_spec_of(td_uplift_learner learner) {
    return &learners[learner]->spec;
}

td_status td_uplift_learner_find(td_uplift_learner *out, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        td_nearest_offer(&nearest, learners[k]->spec.name);
        if (strcmp(learners[k]->spec.name, name) != 0) continue;
        *out = (td_uplift_learner)k;
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_ARG,
            "unknown learner '%s', the nearest is '%s' (t, s, transformed, class, x, r, dr, "
            "dependent, uplift_tree, uplift_forest)",
            name, nearest.name);
}

td_uplift_params td_uplift_params_default(void) {
    return (td_uplift_params){.learner = TD_UPLIFT_T,
                              .propensity = TD_PROPENSITY_ESTIMATE,
                              .n_folds = 5,
                              .clip = 0.01,
                              .trees = td_train_params_default(),
                              .criterion = TD_UPLIFT_EUCLIDEAN};
}

td_status td_effect_direct(double *out, const td_part *part, const td_new_rows *rows,
                           const td_exec *exec, td_error *err) {
    return td_predict(out, part->model[0], rows->view, TD_SCORE_RESPONSE, exec, err);
}

/* ---- fit ------------------------------------------------------------------------------------- */

/* Everything of one td_uplift_fit. */
typedef struct fitting {
    const td_uplift_data *data;
    const td_uplift_params *params;
    const td_exec *exec;
    td_binned *bins;
    int is_binary;
    int wants_propensity; /* some pair's is known row by row, and new rows have to bring it */
    td_uplift_model *model;
    uint32_t arm; /* at hand */
} fitting;

/* Bins do not look at the label, so the objective that takes any label will do. */
static td_status bin(fitting *job, td_error *err) {
    td_train_params trees = job->params->trees;
    trees.objective = TD_OBJECTIVE_REGRESSION;
    return td_binned_build(&job->bins, &job->data->rows, &trees, job->exec, err);
}

/* Weighted means of the outcome by side; the mean of effect[rows] over the pair. */
static void describe(td_uplift_pair_report *report, const td_pair *pair, const double *effect) {
    td_sum sum[2] = {{0, 0}, {0, 0}}, total[2] = {{0, 0}, {0, 0}}, effects = {0, 0};
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        int side = pair->w[row] > 0;
        double weight = pair->weight != NULL ? pair->weight[row] : 1;
        td_sum_add(&sum[side], weight * pair->y[row]);
        td_sum_add(&total[side], weight);
        td_sum_add(&effects, weight * effect[row]);
    }
    double both = td_sum_value(&total[0]) + td_sum_value(&total[1]);
    report->n_treated = pair->n_treated;
    report->n_control = pair->n - pair->n_treated;
    report->mean_control = td_sum_value(&sum[0]) / td_sum_value(&total[0]);
    report->mean_treated = td_sum_value(&sum[1]) / td_sum_value(&total[1]);
    report->mean_effect = td_sum_value(&effects) / both;
}

/* Step 2 for a pair that is listed. *e: the propensity that its rows bring, where that counts. */
static td_status fit_pair(td_part *out, const double **e, const fitting *job, td_pair *pair,
                          td_uplift_pair_report *report, td_error *err) {
    const td_learner *learner = td_learner_of(job->params->learner);
    const double *known[2] = {job->data->propensity, NULL};
    if (known[0] != NULL) known[1] = known[0] + job->arm * job->data->rows.n_rows;
    if (learner->uses_propensity) {
        int is_kept = learner->keeps_propensity;
        TD_TRY(td_pair_weigh(pair, report, known[0] != NULL ? known : NULL, is_kept, err));
        if (is_kept && known[0] != NULL && report->low < report->high) *e = pair->e;
    }
    TD_TRY(learner->fit(out, pair, err));
    if (learner->keeps_propensity) {
        out->model[learner->n_models] = pair->propensity;
        pair->propensity = NULL;
    }
    return TD_OK;
}

/* Steps 2 and 3; a part that stands already, of all arms at once, is only described. */
static td_status take_pair(fitting *job, td_pair *pair, td_uplift_pair_report *report,
                           td_error *err) {
    td_part *part = &job->model->part[job->arm - 1];
    td_new_rows rows = {&job->data->rows, NULL};
    if (part->model[0] == NULL) TD_TRY(fit_pair(part, &rows.e, job, pair, report, err));
    job->wants_propensity |= rows.e != NULL;
    double *effect;
    TD_NEW(effect, job->data->rows.n_rows, err);
    const td_learner *learner = td_learner_of(job->params->learner);
    td_status status = learner->effect(effect, part, &rows, job->exec, err);
    if (status == TD_OK) describe(report, pair, effect);
    td_mem_free(effect);
    return status;
}

/* All arms at once where the learner does so; then arm by arm. */
static td_status fit_arms(fitting *job, td_uplift_pair_report *report, td_error *err) {
    const td_learner *learner = td_learner_of(job->params->learner);
    uint32_t n_arms = job->data->n_arms;
    for (uint32_t a = 1; a < n_arms; a++) {
        report[a - 1] = (td_uplift_pair_report){.loss_trees = NAN, .loss_share = NAN};
    }
    if (learner->fit_arms != NULL && n_arms > 2 && !job->params->is_pairwise) {
        td_several all = {job->data, job->params, job->exec, job->bins, job->is_binary};
        TD_TRY(learner->fit_arms(job->model->part, report, &all, err));
    }
    for (job->arm = 1; job->arm < n_arms; job->arm++) {
        td_pair pair = {.bins = job->bins, .is_binary = job->is_binary};
        TD_TRY(td_pair_init(&pair, job->data, job->arm, job->params, job->exec, err));
        td_status status = take_pair(job, &pair, &report[job->arm - 1], err);
        td_pair_free(&pair);
        TD_TRY(status);
    }
    return TD_OK;
}

static td_status name_model(fitting *job, td_error *err) {
    td_uplift_model *model = job->model;
    const td_matrix_view *rows = &job->data->rows;
    TD_TRY(td_uplift_model_init(model, job->data->n_arms, rows->n_features, err));
    model->learner = job->params->learner;
    model->is_binary = job->is_binary;
    for (uint32_t a = 0; a < model->n_arms; a++) {
        model->arm[a] = td_mem_text(job->data->arm_name[a], err);
        if (model->arm[a] == NULL) return TD_ERR_NOMEM;
    }
    for (uint32_t f = 0; f < model->n_features; f++) {
        model->feature[f].kind = rows->feature[f]->kind;
        model->feature[f].name = td_mem_text(rows->feature[f]->name, err);
        if (model->feature[f].name == NULL) return TD_ERR_NOMEM;
    }
    return TD_OK;
}

/* Once it is known that new rows must bring it. */
static td_status name_propensity(fitting *job, td_error *err) {
    if (!job->wants_propensity) return TD_OK;
    const td_uplift_data *data = job->data;
    TD_NEW_ZEROED(job->model->propensity, data->n_arms - 1, err);
    for (uint32_t a = 1; a < data->n_arms; a++) {
        const char *name =
            data->propensity_name != NULL ? data->propensity_name[a - 1] : data->arm_name[a];
        job->model->propensity[a - 1] = td_mem_text(name, err);
        if (job->model->propensity[a - 1] == NULL) return TD_ERR_NOMEM;
    }
    return TD_OK;
}

td_status td_uplift_fit(td_uplift_model **out, td_uplift_pair_report *report,
                        const td_uplift_data *data, const td_uplift_params *params,
                        const td_exec *exec, td_error *err) {
    *out = NULL;
    fitting job = {.data = data, .params = params, .exec = exec};
    td_uplift_pair_report unasked[TD_UPLIFT_MAX_ARMS];
    TD_TRY(td_uplift_check(&job.is_binary, data, params, err));
    TD_TRY(bin(&job, err)); /* 1 */
    job.model = td_mem_zeroed(1, sizeof *job.model, err);
    td_status status = job.model == NULL ? TD_ERR_NOMEM : name_model(&job, err);
    if (status == TD_OK) status = fit_arms(&job, report != NULL ? report : unasked, err);
    if (status == TD_OK) status = name_propensity(&job, err);
    td_binned_free(job.bins);
    if (status == TD_OK) {
        *out = job.model;
    } else {
        td_uplift_model_free(job.model);
    }
    return status;
}

/* ---- predict --------------------------------------------------------------------------------- */

/* e [n] of the pair (arm, control): p_a / (p_a + p_0). A row that the design gives to one arm for
 * sure still has an effect: 0 and 1 are weights like others. */
static td_status weigh_new(double *e, const double *p0, const double *pa, uint64_t n,
                           td_error *err) {
    for (uint64_t i = 0; i < n; i++) {
        TD_CHECK(p0[i] >= 0 && pa[i] >= 0 && p0[i] + pa[i] > 0 && p0[i] + pa[i] <= 1 + 1e-9, err,
                 TD_ERR_RANGE,
                 "row %llu: the propensity of the arm is %g and that of the control %g; both must "
                 "lie inside [0, 1]",
                 (unsigned long long)i + 1, pa[i], p0[i]);
        e[i] = pa[i] / (p0[i] + pa[i]);
    }
    return TD_OK;
}

/* Everything of one td_uplift_predict. */
typedef struct predicting {
    const td_uplift_model *model;
    const td_matrix_view *rows;
    const double *propensity;
    double *e; /* [n_rows] scratch where propensities count, else NULL */
} predicting;

static td_status predict_arms(double *out, const predicting *job, const td_exec *exec,
                              td_error *err) {
    const td_learner *learner = td_learner_of(job->model->learner);
    const double *p = job->propensity;
    uint64_t n = job->rows->n_rows;
    td_new_rows rows = {job->rows, job->e};
    for (uint32_t a = 1; a < job->model->n_arms; a++) {
        if (job->e != NULL) TD_TRY(weigh_new(job->e, p, p + a * n, n, err));
        TD_TRY(learner->effect(out + (a - 1) * n, &job->model->part[a - 1], &rows, exec, err));
    }
    return TD_OK;
}

td_status td_uplift_predict(double *out, const td_uplift_model *model, const td_matrix_view *rows,
                            const double *propensity, const td_exec *exec, td_error *err) {
    predicting job = {model, rows, propensity, NULL};
    if (model->propensity != NULL) {
        TD_CHECK(propensity != NULL, err, TD_ERR_ARG,
                 "the model weighs effects by the propensity of each row ('%s'), and none is given",
                 model->propensity[0]);
        TD_NEW(job.e, rows->n_rows, err);
    }
    td_status status = predict_arms(out, &job, exec, err);
    td_mem_free(job.e);
    return status;
}
