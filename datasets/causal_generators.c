/* datasets/causal_generators.c: draw rows of a law, with their truth beside them.
 *
 *   1. hidden confounder and features: value (row i, column f) is output i of stream f
 *   2. the law, row by row: level, effect, propensity
 *   3. grf: level / sd(level), effect * effect_sd / sd(effect), where the sample's deviations (n -
 *      1) are not 0; compensated sums in row order
 *   4. treatment = [u < propensity], outcome = level + (w - anchor) effect + noise * N(0, 1), or
 *      [u < that mean] for a binary law
 *
 * Streams (core/base/rng): "causal feature" f, "causal hidden", "causal treatment", "causal
 * outcome", "causal slope"; row i takes output i. So more rows begin with the same rows (unless the
 * law is scaled), and threads change nothing. Two laws with one seed share their uniforms.
 *
 * Cost: O(rows * features), some 15 ns a normal. What it does not do: clusters, missing values,
 * several arms. References: causal_laws.c. */
#include "datasets/causal_generators.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "datasets/causal_laws.h"

enum { GRAIN = 1 << 14 };

td_causal_params td_causal_params_default(const char *generator) {
    return (td_causal_params){
        .generator = generator, .n_rows = 1000, .seed = 1, .noise = 1, .effect_sd = 0.1};
}

const char *td_causal_name(uint32_t i) {
    const td_causal_law *law = td_causal_law_at(i);
    return law != NULL ? law->name : NULL;
}

static const td_causal_law *find(const char *name) {
    const td_causal_law *law;
    for (uint32_t i = 0; (law = td_causal_law_at(i)) != NULL; i++) {
        if (strcmp(law->name, name) == 0) return law;
    }
    return NULL;
}

const char *td_causal_about(const char *generator) {
    const td_causal_law *law = find(generator);
    return law != NULL ? law->about : NULL;
}

void td_causal_data_free(td_causal_data *data) {
    td_table_free(&data->table);
    td_mem_free(data->treatment);
    td_mem_free(data->outcome);
    td_mem_free(data->propensity);
    td_mem_free(data->expected0);
    td_mem_free(data->expected1);
    td_mem_free(data->effect);
    memset(data, 0, sizeof *data);
}

typedef struct drawing {
    const td_causal_law *law;
    const td_causal_params *params;
    td_causal_data *data;
    double *level;  /* [n_rows] */
    double *anchor; /* [n_rows] */
    double beta[TD_CAUSAL_MAX_FEATURES];
} drawing;

/* ---- features -------------------------------------------------------------------------------- */

static double hidden_bit(td_rng *rng) { return (double)(td_rng_next(rng) >> 63); }

static void draw_column(const drawing *job, uint32_t f, td_chunk chunk) {
    double *x = job->data->table.column[f].number;
    uint64_t seed = job->params->seed;
    td_rng rng = td_rng_stream(seed, "causal feature", f, chunk.begin);
    td_rng hidden = td_rng_stream(seed, "causal hidden", 0, chunk.begin);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        if (job->law->features == TD_CAUSAL_UNIFORM) {
            x[i] = td_rng_uniform(&rng);
            continue;
        }
        x[i] = td_rng_normal(&rng);
        if (job->law->features == TD_CAUSAL_PROXY) {
            double z = hidden_bit(&hidden);
            x[i] = z + (3 + 2 * z) * x[i];
        } else if (job->law->features == TD_CAUSAL_CHAIN && f > 0) {
            /* x_j = x_(j-1)/2 + sqrt(3/4) N: unit variance, correlation 1/2 per step */
            x[i] = 0.5 * job->data->table.column[f - 1].number[i] + sqrt(0.75) * x[i];
        }
    }
}

/* Steps 1 and 2. */
static td_status draw_rows(void *ctx, td_chunk chunk, td_error *err) {
    const drawing *job = ctx;
    (void)err;
    td_causal_data *data = job->data;
    for (uint32_t f = 0; f < data->table.n_columns; f++) draw_column(job, f, chunk);
    td_rng hidden = td_rng_stream(job->params->seed, "causal hidden", 0, chunk.begin);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        td_causal_row at = {&data->table, i, hidden_bit(&hidden), job->beta};
        td_causal_point point = job->law->point(&at);
        job->level[i] = point.level;
        job->anchor[i] = point.anchor;
        data->effect[i] = point.effect;
        data->propensity[i] = point.propensity;
    }
    return TD_OK;
}

/* ---- scale and outcome ----------------------------------------------------------------------- */

/* Step 3: x[n] times target / sd(x), unless x is constant to rounding. */
static void scale(double *x, uint64_t n, double target) {
    td_sum sum = {0, 0}, squares = {0, 0};
    for (uint64_t i = 0; i < n; i++) td_sum_add(&sum, x[i]);
    double mean = td_sum_value(&sum) / (double)n;
    for (uint64_t i = 0; i < n; i++) td_sum_add(&squares, (x[i] - mean) * (x[i] - mean));
    double sd = n > 1 ? sqrt(td_sum_value(&squares) / (double)(n - 1)) : 0;
    if (sd <= 1e-12 * fabs(mean)) return;
    for (uint64_t i = 0; i < n; i++) x[i] *= target / sd;
}

static td_status draw_outcomes(void *ctx, td_chunk chunk, td_error *err) {
    const drawing *job = ctx;
    (void)err;
    td_causal_data *data = job->data;
    td_rng coin = td_rng_stream(job->params->seed, "causal treatment", 0, chunk.begin);
    td_rng rng = td_rng_stream(job->params->seed, "causal outcome", 0, chunk.begin);
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        int is_treated = td_rng_uniform(&coin) < data->propensity[i];
        data->treatment[i] = is_treated;
        data->expected0[i] = job->level[i] - job->anchor[i] * data->effect[i];
        data->expected1[i] = data->expected0[i] + data->effect[i];
        double mean = is_treated ? data->expected1[i] : data->expected0[i];
        data->outcome[i] = data->is_binary ? (double)(td_rng_uniform(&rng) < mean)
                                           : mean + job->params->noise * td_rng_normal(&rng);
    }
    return TD_OK;
}

/* ---- whole ----------------------------------------------------------------------------------- */

static td_status check(const td_causal_law **law, const td_causal_params *params, td_error *err) {
    *law = find(params->generator);
    if (*law == NULL) {
        td_nearest nearest = td_nearest_to(params->generator);
        for (uint32_t i = 0; td_causal_name(i) != NULL; i++) {
            td_nearest_offer(&nearest, td_causal_name(i));
        }
        TD_FAIL(err, TD_ERR_ARG, "no generator '%s', the nearest is '%s'", params->generator,
                nearest.name);
    }
    uint32_t p = params->n_features != 0 ? params->n_features : (*law)->n_features;
    TD_CHECK(params->n_rows >= 1 && params->n_rows <= INT32_MAX, err, TD_ERR_RANGE,
             "%llu rows are not in 1 .. 2^31 - 1", (unsigned long long)params->n_rows);
    TD_CHECK(p >= (*law)->min_features && p <= TD_CAUSAL_MAX_FEATURES, err, TD_ERR_RANGE,
             "%s: %u features are not in %u .. %d", (*law)->name, p, (*law)->min_features,
             TD_CAUSAL_MAX_FEATURES);
    TD_CHECK(params->noise >= 0 && params->noise <= 1e100, err, TD_ERR_RANGE,
             "noise %g is not in 0 .. 1e100", params->noise);
    TD_CHECK(params->effect_sd >= 0 && params->effect_sd <= 1e100, err, TD_ERR_RANGE,
             "effect_sd %g is not in 0 .. 1e100", params->effect_sd);
    return TD_OK;
}

static td_status allocate(drawing *job, uint32_t n_features, td_error *err) {
    td_causal_data *data = job->data;
    uint64_t n = job->params->n_rows;
    TD_TRY(td_table_init(&data->table, n, n_features, err));
    for (uint32_t f = 0; f < n_features; f++) {
        char name[16];
        snprintf(name, sizeof name, "x%u", f);
        TD_TRY(td_table_set_number(&data->table, f, name, err));
    }
    TD_NEW(data->treatment, n, err);
    TD_NEW(data->outcome, n, err);
    TD_NEW(data->propensity, n, err);
    TD_NEW(data->expected0, n, err);
    TD_NEW(data->expected1, n, err);
    TD_NEW(data->effect, n, err);
    TD_NEW(job->level, n, err);
    TD_NEW(job->anchor, n, err);
    return TD_OK;
}

static td_status draw(drawing *job, const td_exec *exec, td_error *err) {
    const td_causal_params *params = job->params;
    td_causal_data *data = job->data;
    uint32_t p = params->n_features != 0 ? params->n_features : job->law->n_features;
    TD_TRY(allocate(job, p, err));
    data->is_binary = job->law->is_binary;
    td_rng slope = td_rng_stream(params->seed, "causal slope", 0, 0);
    for (uint32_t f = 0; f < p; f++) job->beta[f] = 10 * td_rng_uniform(&slope) - 5;
    TD_TRY(td_par_for(exec, params->n_rows, GRAIN, draw_rows, job, err));
    if (job->law->is_scaled) {
        scale(job->level, params->n_rows, 1);
        if (params->effect_sd > 0) scale(data->effect, params->n_rows, params->effect_sd);
    }
    return td_par_for(exec, params->n_rows, GRAIN, draw_outcomes, job, err);
}

td_status td_causal_draw(td_causal_data *out, const td_causal_params *params, const td_exec *exec,
                         td_error *err) {
    drawing job = {.params = params, .data = out};
    memset(out, 0, sizeof *out);
    TD_TRY(check(&job.law, params, err));
    td_status status = draw(&job, exec, err);
    td_mem_free(job.level);
    td_mem_free(job.anchor);
    if (status != TD_OK) td_causal_data_free(out);
    return status;
}
