/* uplift/half_samples.c: standard errors of effects by learning again from halves of the rows.
 *
 *   1. For b = 0 .. B - 1: half of the rows with an arm, without repeats (stream "half sample", b),
 *      or half of the clusters; the others become rows without an arm, so that bins stay those of
 *      the whole table.
 *   2. The learner is fitted to them and predicts the wanted rows.
 *   3. se = standard deviation over the B predictions.
 *
 * For an estimate whose variance is c / n, a half drawn without repeats varies around the whole by
 * c (1 / (n/2) - 1 / n) = c / n: just the variance of the whole, so no factor is needed. What it
 * cannot see is bias: trees that are too small or too few are so in every half. And learners whose
 * error falls slower than 1 / sqrt(n) get intervals that are too wide or too narrow; docs/uplift.md
 * has measured coverage.
 *
 * Cost: B fits. Memory: 3 doubles a wanted row. Politis and Romano (1994),
 * doi:10.1214/aos/1176325770. */
#include "uplift/half_samples.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

/* Running mean and squares (Welford) of the predictions, and the arms of the half at hand. */
typedef struct replicas {
    double *effect, *mean, *squares; /* [wanted rows] */
    uint32_t *arm;                   /* [rows of the data] */
    uint8_t *taken;                  /* [clusters] */
} replicas;

static td_status replicas_init(replicas *r, const td_half_samples *job, td_error *err) {
    uint32_t n_pairs = job->data->n_arms - 1;
    TD_NEW(r->effect, job->rows->n_rows * n_pairs, err);
    TD_NEW_ZEROED(r->mean, job->rows->n_rows, err);
    TD_NEW_ZEROED(r->squares, job->rows->n_rows, err);
    TD_NEW(r->arm, job->data->rows.n_rows, err);
    TD_NEW(r->taken, (uint64_t)job->data->n_clusters + 1, err);
    return TD_OK;
}

static void replicas_free(replicas *r) {
    td_mem_free(r->effect);
    td_mem_free(r->mean);
    td_mem_free(r->squares);
    td_mem_free(r->arm);
    td_mem_free(r->taken);
}

/* Step 1: each row taken with probability (still wanted) / (still to come). */
static void draw_half(uint32_t *arm, const td_uplift_data *data, td_rng rng) {
    uint64_t n = data->rows.n_rows, to_come = 0;
    for (uint64_t i = 0; i < n; i++) to_come += data->arm[i] != TD_UPLIFT_NO_ARM;
    uint64_t wanted = to_come / 2;
    for (uint64_t i = 0; i < n; i++) {
        arm[i] = TD_UPLIFT_NO_ARM;
        if (data->arm[i] == TD_UPLIFT_NO_ARM) continue;
        if (td_rng_below(&rng, to_come--) >= wanted) continue;
        arm[i] = data->arm[i];
        wanted--;
    }
}

/* The same with whole clusters; those without any armed row count too, which changes nothing. */
static void draw_clusters(uint32_t *arm, uint8_t *taken, const td_uplift_data *data, td_rng rng) {
    uint64_t to_come = data->n_clusters, wanted = to_come / 2;
    for (uint32_t c = 0; c < data->n_clusters; c++) {
        taken[c] = td_rng_below(&rng, to_come--) < wanted;
        wanted -= taken[c];
    }
    for (uint64_t i = 0; i < data->rows.n_rows; i++) {
        arm[i] = taken[data->cluster[i]] ? data->arm[i] : TD_UPLIFT_NO_ARM;
    }
}

static td_status replicate(replicas *r, const td_half_samples *job, uint32_t b, const td_exec *exec,
                           td_error *err) {
    td_uplift_data half = *job->data;
    td_rng rng = td_rng_stream(job->params->trees.seed, "half sample", b, 0);
    if (half.cluster != NULL) {
        draw_clusters(r->arm, r->taken, job->data, rng);
    } else {
        draw_half(r->arm, job->data, rng);
    }
    half.arm = r->arm;
    td_uplift_model *model;
    TD_TRY(td_uplift_fit(&model, NULL, &half, job->params, exec, err));
    td_status status = td_uplift_predict(r->effect, model, job->rows, job->propensity, exec, err);
    td_uplift_model_free(model);
    for (uint64_t i = 0; status == TD_OK && i < job->rows->n_rows; i++) {
        double gap = r->effect[i] - r->mean[i];
        r->mean[i] += gap / (b + 1.0);
        r->squares[i] += gap * (r->effect[i] - r->mean[i]);
    }
    return status;
}

td_status td_uplift_half_samples(double *se, const td_half_samples *job, const td_exec *exec,
                                 td_error *err) {
    uint32_t n = job->n_replicates;
    TD_CHECK(n >= 2 && n <= 10000, err, TD_ERR_ARG, "%u half-samples are not in 2 .. 10000", n);
    replicas r = {0};
    td_status status = replicas_init(&r, job, err);
    for (uint32_t b = 0; status == TD_OK && b < n; b++) {
        status = td_exec_progress(exec, "half-samples", b, n, err);
        if (status == TD_OK) status = replicate(&r, job, b, exec, err);
    }
    for (uint64_t i = 0; status == TD_OK && i < job->rows->n_rows; i++) {
        se[i] = sqrt(r.squares[i] / (n - 1.0));
    }
    replicas_free(&r);
    return status;
}
