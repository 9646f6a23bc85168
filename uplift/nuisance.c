/* uplift/nuisance.c: cross-fitted expected outcomes, propensities and effects.
 *
 * td_nuisance_fit, for the pair (arm 1, control):
 *   1. Bin the features once; rows, folds and propensity as any learner gets them (pair.c).
 *   2. mu0 and mu1: the outcome of control and of treated rows, each row's answer from models that
 *      did not see its fold.
 *   3. The rows with an arm, their weights and clusters, packed together: inference takes plain
 *      arrays.
 *
 * td_uplift_crosspredict: every row, or cluster, draws a fold (stream "inspect folds", its number).
 * For each fold the learner is fitted with the fold's rows left without an arm and predicts them,
 * so that a row's effect owes nothing to its own outcome, nor to its cluster's. Effects of
 * different folds come from different models; their means may differ by more than within one model,
 * which costs power, not validity. Rows without an arm have a fold like any other and are only
 * predicted.
 *
 * Cost: see nuisance.h. Chernozhukov et al. (2018), doi:10.1111/ectj.12097. */
#include "uplift/nuisance.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "uplift/pair.h"

void td_nuisance_free(td_nuisance *nuisance) {
    td_mem_free(nuisance->row);
    td_mem_free(nuisance->outcome);
    td_mem_free(nuisance->treated);
    td_mem_free(nuisance->propensity);
    td_mem_free(nuisance->mu0);
    td_mem_free(nuisance->mu1);
    td_mem_free(nuisance->weight);
    td_mem_free(nuisance->cluster);
    td_effect_units_free(&nuisance->units);
    td_binned_free(nuisance->bins);
    memset(nuisance, 0, sizeof *nuisance);
}

td_effect_rows td_nuisance_rows(const td_nuisance *nuisance) {
    return (td_effect_rows){nuisance->n,          nuisance->outcome, nuisance->treated,
                            nuisance->propensity, nuisance->mu0,     nuisance->mu1,
                            &nuisance->units};
}

void td_nuisance_gather(double *out, const td_nuisance *nuisance, const double *x) {
    for (uint64_t i = 0; i < nuisance->n; i++) out[i] = x[nuisance->row[i]];
}

void td_nuisance_arm_scores(double *score, const td_nuisance *nuisance) {
    const td_nuisance *z = nuisance;
    for (uint64_t i = 0; i < z->n; i++) {
        double w = z->treated[i], e = z->propensity[i], y = z->outcome[i];
        score[i] = z->mu0[i] + (1 - w) / (1 - e) * (y - z->mu0[i]);
        score[z->n + i] = z->mu1[i] + w / e * (y - z->mu1[i]);
    }
}

/* ---- nuisance -------------------------------------------------------------------------------- */

static td_status pack(double **out, const td_nuisance *nuisance, const double *x, td_error *err) {
    TD_NEW(*out, nuisance->n, err);
    td_nuisance_gather(*out, nuisance, x);
    return TD_OK;
}

/* Weights and clusters of the packed rows, and the units they make; clusters without a row lose
 * their number. */
static td_status pack_units(td_nuisance *out, const td_uplift_data *data, td_error *err) {
    if (data->rows.weight != NULL) TD_TRY(pack(&out->weight, out, data->rows.weight, err));
    if (data->cluster != NULL) {
        TD_NEW(out->cluster, out->n, err);
        for (uint64_t i = 0; i < out->n; i++) out->cluster[i] = data->cluster[out->row[i]];
        out->n_clusters = data->n_clusters;
    }
    TD_TRY(td_effect_units_build(&out->units, out->n, out->weight, out->cluster, out->n_clusters,
                                 err));
    if (out->cluster == NULL) return TD_OK;
    out->n_clusters = (uint32_t)out->units.n_units;
    for (uint32_t u = 0; u < out->n_clusters; u++) {
        for (uint64_t at = out->units.begin[u]; at < out->units.begin[u + 1]; at++)
            out->cluster[out->units.row[at]] = u;
    }
    return TD_OK;
}

/* Step 3. mu [2 * rows of the table]. */
static td_status pack_rows(td_nuisance *out, const td_pair *pair, const double *mu, td_error *err) {
    uint64_t n_rows = td_binned_rows(pair->bins);
    out->n = pair->n;
    TD_NEW(out->row, pair->n, err);
    memcpy(out->row, pair->row, pair->n * sizeof *out->row);
    TD_TRY(pack(&out->outcome, out, pair->y, err));
    TD_TRY(pack(&out->treated, out, pair->w, err));
    TD_TRY(pack(&out->propensity, out, pair->e, err));
    TD_TRY(pack(&out->mu0, out, mu, err));
    return pack(&out->mu1, out, mu + n_rows, err);
}

/* Steps 1 (propensity) and 2 for a pair that is listed. */
static td_status answer(td_nuisance *out, td_pair *pair, const td_uplift_data *data,
                        td_error *err) {
    uint64_t n_rows = data->rows.n_rows;
    const double *known[2] = {data->propensity, NULL};
    if (known[0] != NULL) known[1] = known[0] + n_rows;
    TD_TRY(td_pair_weigh(pair, &out->report, known[0] != NULL ? known : NULL, 0, err));
    double *mu;
    TD_NEW(mu, 2 * n_rows, err);
    td_question control = td_question_outcome(pair, TD_SIDE_CONTROL);
    td_question treated = td_question_outcome(pair, TD_SIDE_TREATED);
    td_status status = td_crossfit(mu, pair, &control, err);
    if (status == TD_OK) status = td_crossfit(mu + n_rows, pair, &treated, err);
    if (status == TD_OK) status = pack_rows(out, pair, mu, err);
    if (status == TD_OK) status = pack_units(out, data, err);
    td_mem_free(mu);
    return status;
}

static td_status fit(td_nuisance *out, const td_uplift_data *data, const td_uplift_params *params,
                     const td_exec *exec, td_error *err) {
    td_pair pair = {0};
    td_train_params trees = params->trees;
    trees.objective = TD_OBJECTIVE_REGRESSION; /* bins do not look at the outcome */
    TD_CHECK(data->n_arms == 2, err, TD_ERR_ARG,
             "%u arms: inference is about one arm against control", data->n_arms);
    TD_TRY(td_uplift_check(&pair.is_binary, data, params, err));
    TD_TRY(td_binned_build(&out->bins, &data->rows, &trees, exec, err));
    pair.bins = out->bins;
    TD_TRY(td_pair_init(&pair, data, 1, params, exec, err));
    td_status status = answer(out, &pair, data, err);
    td_pair_free(&pair);
    return status;
}

td_status td_nuisance_fit(td_nuisance *out, const td_uplift_data *data,
                          const td_uplift_params *params, const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_uplift_params own = *params;
    own.learner = TD_UPLIFT_DR; /* asks the same of the rows: outcomes that vary in both arms */
    td_status status = fit(out, data, &own, exec, err);
    if (status != TD_OK) td_nuisance_free(out);
    return status;
}

/* ---- effects out of fold --------------------------------------------------------------------- */

typedef struct folds {
    const td_uplift_data *data;
    const td_uplift_params *params;
    const td_exec *exec;
    uint8_t *fold;  /* [rows of the table] */
    uint32_t *arm;  /* those of the fit */
    double *answer; /* of one fold's model for all rows */
} folds;

static td_status folds_init(folds *f, uint32_t n_folds, td_error *err) {
    uint64_t n = f->data->rows.n_rows;
    TD_NEW(f->fold, n, err);
    TD_NEW(f->arm, n, err);
    TD_NEW(f->answer, n, err);
    const uint32_t *cluster = f->data->cluster;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t unit = cluster != NULL ? cluster[i] : i;
        td_rng rng = td_rng_stream(f->params->trees.seed, "inspect folds", 0, unit);
        f->fold[i] = (uint8_t)td_rng_below(&rng, n_folds);
    }
    return TD_OK;
}

static void folds_free(folds *f) {
    td_mem_free(f->fold);
    td_mem_free(f->arm);
    td_mem_free(f->answer);
}

static td_status predict_fold(double *effect, folds *f, uint32_t k, td_error *err) {
    td_uplift_data others = *f->data;
    uint64_t n = others.rows.n_rows;
    for (uint64_t i = 0; i < n; i++) {
        f->arm[i] = f->fold[i] == k ? TD_UPLIFT_NO_ARM : f->data->arm[i];
    }
    others.arm = f->arm;
    td_uplift_model *model;
    TD_TRY(td_uplift_fit(&model, NULL, &others, f->params, f->exec, err));
    td_status status =
        td_uplift_predict(f->answer, model, &others.rows, others.propensity, f->exec, err);
    td_uplift_model_free(model);
    for (uint64_t i = 0; status == TD_OK && i < n; i++) {
        if (f->fold[i] == k) effect[i] = f->answer[i];
    }
    return status;
}

td_status td_uplift_crosspredict(double *effect, const td_uplift_data *data,
                                 const td_uplift_params *params, uint32_t n_folds,
                                 const td_exec *exec, td_error *err) {
    folds f = {.data = data, .params = params, .exec = exec};
    TD_CHECK(n_folds >= 2 && n_folds <= 20, err, TD_ERR_ARG, "%u folds are not in 2 .. 20",
             n_folds);
    TD_CHECK(data->n_arms == 2, err, TD_ERR_ARG, "%u arms: effects are of one arm against control",
             data->n_arms);
    TD_CHECK(data->cluster == NULL || data->n_clusters >= n_folds, err, TD_ERR_SHAPE,
             "%u clusters for %u folds: a cluster lies in one fold", data->n_clusters, n_folds);
    td_status status = folds_init(&f, n_folds, err);
    for (uint32_t k = 0; status == TD_OK && k < n_folds; k++) {
        status = predict_fold(effect, &f, k, err);
    }
    folds_free(&f);
    return status;
}
