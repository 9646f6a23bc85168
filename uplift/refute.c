/* uplift/refute.c: the whole road from rows to inference, on data that were tampered with.
 *
 *   1. placebo: the arms are dealt out anew, as many of each (stream "placebo", draw). No row's
 *      outcome can depend on its new arm, and P(treated) is one number for all, so a known or
 *      estimated propensity is put aside. Where every cluster has one arm, clusters are dealt: the
 *      placebo must be as hard as the experiment.
 *      random cause: a feature of standard normal numbers (stream "random cause", draw) is added.
 *   2. Effects out of fold, nuisance, doubly robust mean, best linear predictor: as for the data.
 *   3. Beside them the correlation with the effects learned from the data as they are.
 *
 * How to read it: over several draws a placebo's p-values are uniform; with a random cause the mean
 * effect moves by a small part of its standard error and the correlation stays near that of two
 * fits to the same rows. A placebo that "works" means that learner, folds or propensity leak.
 *
 * Cost: see refute.h. Sharma and Kiciman (2020), arXiv:2011.04216 (DoWhy's refuters). */
#include "uplift/refute.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

/* Tampered data: what replaces what; owned. */
typedef struct tampered {
    td_uplift_data data;
    td_uplift_params params;
    uint32_t *arm;
    const td_column **feature;
    td_column extra;
    double *effect, *packed, *score; /* [rows] */
} tampered;

static void tampered_free(tampered *t) {
    td_mem_free(t->arm);
    td_mem_free(t->feature);
    td_mem_free(t->extra.number);
    td_mem_free(t->effect);
    td_mem_free(t->packed);
    td_mem_free(t->score);
}

/* As many treated rows as before, every choice of them equally likely (selection sampling). */
static void deal_arms(uint32_t *arm, uint64_t n, td_rng rng) {
    uint64_t to_come = 0, treated = 0;
    for (uint64_t i = 0; i < n; i++) {
        to_come += arm[i] != TD_UPLIFT_NO_ARM;
        treated += arm[i] == 1;
    }
    for (uint64_t i = 0; i < n; i++) {
        if (arm[i] == TD_UPLIFT_NO_ARM) continue;
        arm[i] = td_rng_below(&rng, to_come--) < treated;
        treated -= arm[i];
    }
}

/* arm[c] of every cluster into clusters_arm; 0 when one has rows in both. */
static int has_cluster_arms(uint32_t *cluster_arm, const td_uplift_data *data) {
    for (uint32_t c = 0; c < data->n_clusters; c++) cluster_arm[c] = TD_UPLIFT_NO_ARM;
    for (uint64_t i = 0; i < data->rows.n_rows; i++) {
        uint32_t *own = &cluster_arm[data->cluster[i]];
        if (data->arm[i] == TD_UPLIFT_NO_ARM) continue;
        if (*own != TD_UPLIFT_NO_ARM && *own != data->arm[i]) return 0;
        *own = data->arm[i];
    }
    return 1;
}

static td_status deal_clusters_or_rows(tampered *t, td_rng rng, td_error *err) {
    uint64_t n = t->data.rows.n_rows;
    uint32_t *cluster_arm;
    TD_NEW(cluster_arm, t->data.n_clusters, err);
    int is_by_cluster = t->data.cluster != NULL && has_cluster_arms(cluster_arm, &t->data);
    if (is_by_cluster) {
        deal_arms(cluster_arm, t->data.n_clusters, rng);
    } else {
        deal_arms(t->arm, n, rng);
    }
    for (uint64_t i = 0; is_by_cluster && i < n; i++) {
        if (t->arm[i] != TD_UPLIFT_NO_ARM) t->arm[i] = cluster_arm[t->data.cluster[i]];
    }
    td_mem_free(cluster_arm);
    return TD_OK;
}

static td_status make_placebo(tampered *t, uint32_t draw, td_error *err) {
    uint64_t n = t->data.rows.n_rows;
    td_rng rng = td_rng_stream(t->params.trees.seed, "placebo", draw, 0);
    TD_NEW(t->arm, n, err);
    memcpy(t->arm, t->data.arm, n * sizeof *t->arm);
    TD_TRY(deal_clusters_or_rows(t, rng, err));
    t->data.arm = t->arm;
    t->data.propensity = NULL;
    t->params.propensity = TD_PROPENSITY_SHARE;
    return TD_OK;
}

static td_status add_cause(tampered *t, uint32_t draw, td_error *err) {
    static char name[] = "random cause";
    td_matrix_view *rows = &t->data.rows;
    TD_NEW(t->extra.number, rows->n_rows, err);
    TD_NEW(t->feature, (uint64_t)rows->n_features + 1, err);
    td_rng rng = td_rng_stream(t->params.trees.seed, "random cause", draw, 0);
    for (uint64_t i = 0; i < rows->n_rows; i++) t->extra.number[i] = td_rng_normal(&rng);
    t->extra.name = name; /* borrowed: tampered_free leaves it */
    t->extra.kind = TD_COLUMN_NUMBER;
    memcpy(t->feature, rows->feature, rows->n_features * sizeof *t->feature);
    t->feature[rows->n_features++] = &t->extra;
    rows->feature = t->feature;
    return TD_OK;
}

/* Pearson's over the nuisance's rows. */
static td_metric correlate(const td_nuisance *nuisance, const double *a, const double *b) {
    double n = (double)nuisance->n, mean[2] = {0, 0}, aa = 0, ab = 0, bb = 0;
    for (uint64_t i = 0; i < nuisance->n; i++) {
        mean[0] += a[nuisance->row[i]] / n;
        mean[1] += b[nuisance->row[i]] / n;
    }
    for (uint64_t i = 0; i < nuisance->n; i++) {
        double x = a[nuisance->row[i]] - mean[0], y = b[nuisance->row[i]] - mean[1];
        aa += x * x;
        ab += x * y;
        bb += y * y;
    }
    double scale = sqrt(aa) * sqrt(bb);
    return scale > 0 ? td_metric_of(ab / scale) : td_metric_undefined("effects are constant");
}

/* Step 2 from the nuisance on. */
static td_status judge(td_refutation *out, tampered *t, const td_nuisance *nuisance,
                       const td_refute_job *job, td_error *err) {
    td_effect_rows rows = td_nuisance_rows(nuisance);
    td_effect_blp blp;
    td_nuisance_gather(t->packed, nuisance, t->effect);
    TD_TRY(td_effect_scores(t->score, &rows, err));
    out->mean = td_effect_mean_of(t->score, rows.units, job->level);
    out->mean_predicted = td_effect_mean_of(t->packed, rows.units, job->level).value;
    out->correlation = correlate(nuisance, t->effect, job->effect);
    td_status status = td_effect_blp_fit(&blp, t->packed, &rows, job->level, err);
    if (status == TD_OK) out->loading = blp.loading;
    if (status != TD_ERR_NUMERIC) return status;
    static const char *const reason = "all learned effects are equal";
    out->loading = (td_effect_estimate){(double)NAN, 0, td_interval_undefined(reason),
                                        td_metric_undefined(reason)};
    return TD_OK;
}

static td_status refute(td_refutation *out, tampered *t, const td_refute_job *job,
                        const td_exec *exec, td_error *err) {
    td_nuisance nuisance;
    uint64_t n = t->data.rows.n_rows;
    TD_NEW(t->effect, n, err);
    TD_NEW(t->packed, n, err);
    TD_NEW(t->score, n, err);
    TD_TRY(td_uplift_crosspredict(t->effect, &t->data, &t->params, job->n_folds, exec, err));
    TD_TRY(td_nuisance_fit(&nuisance, &t->data, &t->params, exec, err));
    td_status status = judge(out, t, &nuisance, job, err);
    td_nuisance_free(&nuisance);
    return status;
}

td_status td_uplift_refute(td_refutation *out, td_refute_kind kind, const td_refute_job *job,
                           uint32_t draw, const td_exec *exec, td_error *err) {
    tampered t = {.data = *job->data, .params = *job->params};
    td_status status =
        kind == TD_REFUTE_PLACEBO ? make_placebo(&t, draw, err) : add_cause(&t, draw, err);
    if (status == TD_OK) status = refute(out, &t, job, exec, err);
    tampered_free(&t);
    return status;
}
