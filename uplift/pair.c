/* uplift/pair.c: from a table with several arms to one arm against control.
 *
 * 1. Check what would make every learner's answer meaningless, and name it: an arm without rows, an
 *    outcome that never varies, an arm in which a 0/1 outcome never varies.
 * 2. List the rows of the two arms.
 * 3. Deal units to K folds: a unit is a row, or all rows of a cluster, whose answers depend on each
 *    other. Evenly within each stratum (the unit's arms; has it an outcome 1, where that is
 *    binary?), so that even a rare outcome stands in every training part. Of each K units of a
 *    stratum that follow one another, each fold gets one, in an order drawn at random:
 *
 *        stratum's units  r0 r1 r2 r3 r4 | r5 r6 r7 r8 r9 | ...        K = 5
 *        folds             3  0  4  1  2 |  1  4  2  0  3 |            two random orders
 *
 *    The draws come from the counter stream "folds" of the pair at place (row of the first) * K:
 *    a unit's fold does not depend on threads.
 * 4. Rows by themselves leave every value of an outcome on the training side (two rows of each are
 *    asked for); clusters may not, so their folds are counted.
 *
 * Cost: O(rows * K). */
#include "uplift/pair.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

enum { MAX_ARMS = 64, MAX_FOLDS = 100, N_STRATA = 8, NO_FOLD = 255 };

/* ---- checks ---------------------------------------------------------------------------------- */

static td_status check_params(const td_uplift_params *params, td_error *err) {
    TD_CHECK(params->n_folds >= 2 && params->n_folds <= MAX_FOLDS, err, TD_ERR_ARG,
             "n_folds: %d lies outside 2..%d", params->n_folds, MAX_FOLDS);
    TD_CHECK(params->clip > 0 && params->clip < 0.5, err, TD_ERR_ARG,
             "clip: %g lies outside (0..0.5)", params->clip);
    static const char *const own[] = {"objective", "metric", "scale_pos_weight",
                                      "early_stopping_round"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        TD_CHECK((params->trees.given >> td_params_find(own[i]) & 1) == 0, err, TD_ERR_ARG,
                 "%s cannot be given here: a learner of effects settles it for each of its models",
                 own[i]);
    }
    return TD_OK;
}

/* Of the rows that have an arm. */
static td_status check_rows(int *is_binary, int *is_constant, const td_uplift_data *data,
                            td_error *err) {
    const double *y = data->rows.label;
    uint64_t first = UINT64_MAX;
    *is_binary = *is_constant = 1;
    for (uint64_t i = 0; i < data->rows.n_rows; i++) {
        unsigned long long number = i + 1;
        if (data->arm[i] == TD_UPLIFT_NO_ARM) continue;
        TD_CHECK(data->arm[i] < data->n_arms, err, TD_ERR_RANGE, "row %llu: arm %u of %u", number,
                 data->arm[i], data->n_arms);
        TD_CHECK(fabs(y[i]) <= 1e300, err, TD_ERR_RANGE, "row %llu: outcome %g is not finite",
                 number, y[i]);
        double weight = data->rows.weight != NULL ? data->rows.weight[i] : 1;
        TD_CHECK(weight > 0 && weight <= 1e300, err, TD_ERR_RANGE,
                 "row %llu: weight %g is not positive and finite", number, weight);
        TD_CHECK(data->cluster == NULL || data->cluster[i] < data->n_clusters, err, TD_ERR_RANGE,
                 "row %llu: cluster %u of %u", number, data->cluster[i], data->n_clusters);
        if (first == UINT64_MAX) first = i;
        *is_binary &= y[i] == 0 || y[i] == 1;
        *is_constant &= y[i] == y[first];
    }
    return TD_OK;
}

static td_status check_arms(const td_uplift_data *data, const td_uplift_params *params,
                            td_error *err) {
    uint64_t n[MAX_ARMS] = {0};
    for (uint64_t i = 0; i < data->rows.n_rows; i++) {
        if (data->arm[i] != TD_UPLIFT_NO_ARM) n[data->arm[i]]++;
    }
    for (uint32_t a = 0; a < data->n_arms; a++) {
        TD_CHECK(n[a] > 0, err, TD_ERR_SHAPE, "arm '%s' has no rows", data->arm_name[a]);
        TD_CHECK(n[a] >= 2 * (uint64_t)params->n_folds, err, TD_ERR_SHAPE,
                 "arm '%s' has %llu rows: %d folds need at least %d", data->arm_name[a],
                 (unsigned long long)n[a], params->n_folds, 2 * params->n_folds);
    }
    return TD_OK;
}

td_status td_uplift_check(int *is_binary, const td_uplift_data *data,
                          const td_uplift_params *params, td_error *err) {
    int is_constant = 0;
    TD_TRY(check_params(params, err));
    TD_CHECK(data->rows.n_rows > 0, err, TD_ERR_SHAPE, "the table has no rows");
    TD_CHECK(data->rows.label != NULL, err, TD_ERR_SHAPE, "the rows have no outcome");
    TD_CHECK(data->n_arms >= 2 && data->n_arms <= MAX_ARMS, err, TD_ERR_SHAPE,
             "%u arms: 2 to %d can be compared", data->n_arms, MAX_ARMS);
    TD_TRY(check_rows(is_binary, &is_constant, data, err));
    TD_TRY(check_arms(data, params, err));
    TD_CHECK(!is_constant, err, TD_ERR_NUMERIC,
             "the outcome is the same in all rows: nothing seems to move it");
    const td_learner *learner = td_learner_of(params->learner);
    TD_CHECK(*is_binary || !learner->needs_binary, err, TD_ERR_ARG,
             "learner '%s' needs an outcome of 0 and 1, this one has other values",
             learner->spec.name);
    return TD_OK;
}

static td_status check_side(uint64_t n_ones, uint64_t n, const char *where, td_error *err) {
    TD_CHECK(n_ones >= 2 && n_ones + 2 <= n, err, TD_ERR_NUMERIC,
             "%llu of the %llu rows of %s have the outcome 1: a model of them needs at least two "
             "rows of either outcome",
             (unsigned long long)n_ones, (unsigned long long)n, where);
    return TD_OK;
}

/* A 0/1 outcome must vary in every training part, and it does when there are two rows of each value
 * (deal_folds puts them into different folds): in each arm, or in both together. */
static td_status check_outcomes(const td_pair *pair, td_error *err) {
    uint64_t n[2] = {0, 0}, ones[2] = {0, 0};
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        int side = pair->w[row] > 0;
        n[side]++;
        ones[side] += pair->y[row] == 1;
    }
    char where[256];
    if (!td_learner_of(pair->params->learner)->models_arms) {
        snprintf(where, sizeof where, "arms '%s' and '%s'", pair->treated, pair->control);
        return check_side(ones[0] + ones[1], n[0] + n[1], where, err);
    }
    for (int side = 0; side < 2; side++) {
        snprintf(where, sizeof where, "arm '%s'", side == 1 ? pair->treated : pair->control);
        TD_TRY(check_side(ones[side], n[side], where, err));
    }
    return TD_OK;
}

static double rare_share(const td_pair *pair) {
    uint64_t ones = 0;
    for (uint64_t i = 0; i < pair->n; i++) ones += pair->y[pair->row[i]] == 1;
    double share = (double)ones / (double)pair->n;
    return fmin(share, 1 - share);
}

/* ---- rows and folds -------------------------------------------------------------------------- */

void td_pair_free(td_pair *pair) {
    td_model_free(pair->propensity);
    td_mem_free(pair->w);
    td_mem_free(pair->e);
    td_mem_free(pair->fold);
    td_mem_free(pair->row);
    memset(pair, 0, sizeof *pair);
}

/* A random order of 0 .. k - 1 (Fisher and Yates), k draws. */
static void shuffle_folds(uint8_t *order, int32_t k, td_rng *rng) {
    for (int32_t i = 0; i < k; i++) {
        int32_t j = (int32_t)td_rng_below(rng, (uint64_t)i + 1);
        order[i] = order[j];
        order[j] = (uint8_t)i;
    }
}

/* Strata of the rows by themselves: arm, and outcome 1. */
static uint8_t stratum_of(const td_pair *pair, uint32_t row) {
    int arms = pair->w[row] > 0 ? 2 : 1;
    return (uint8_t)(2 * arms + (pair->is_binary && pair->y[row] == 1));
}

/* The fold of the next unit of a stratum, whose first row this is. */
typedef struct dealer {
    const td_pair *pair;
    uint32_t arm;
    uint8_t order[N_STRATA][MAX_FOLDS];
    int32_t used[N_STRATA];
} dealer;

static dealer dealer_of(const td_pair *pair, uint32_t arm) {
    dealer d = {.pair = pair, .arm = arm};
    for (int s = 0; s < N_STRATA; s++) d.used[s] = pair->params->n_folds;
    return d;
}

static uint8_t deal(dealer *d, int stratum, uint32_t row) {
    int32_t k = d->pair->params->n_folds;
    if (d->used[stratum] == k) {
        uint64_t place = (uint64_t)row * (uint64_t)k;
        td_rng rng = td_rng_stream(d->pair->params->trees.seed, "folds", d->arm, place);
        shuffle_folds(d->order[stratum], k, &rng);
        d->used[stratum] = 0;
    }
    return d->order[stratum][d->used[stratum]++];
}

static void deal_rows(td_pair *pair, uint32_t arm) {
    dealer d = dealer_of(pair, arm);
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        pair->fold[row] = deal(&d, stratum_of(pair, row), row);
    }
}

/* A cluster's stratum is the union (bitwise or) of its rows'. scratch [2 * n_clusters]. */
static void deal_clusters(td_pair *pair, const td_uplift_data *data, uint32_t arm,
                          uint8_t *scratch) {
    uint8_t *stratum = scratch, *fold = scratch + data->n_clusters;
    memset(stratum, 0, data->n_clusters);
    memset(fold, NO_FOLD, data->n_clusters);
    for (uint64_t i = 0; i < pair->n; i++) {
        uint8_t *own = &stratum[data->cluster[pair->row[i]]];
        *own |= stratum_of(pair, pair->row[i]);
        pair->is_mixed |= *own >> 1 == 3;
    }
    dealer d = dealer_of(pair, arm);
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i], c = data->cluster[row];
        if (fold[c] == NO_FOLD) fold[c] = deal(&d, stratum[c], row);
        pair->fold[row] = fold[c];
    }
}

/* Step 4. Kinds of rows of which some must stand outside of every fold: control and treated ones,
 * and those with outcome 0 or 1, of either arm where arms are modelled. */
enum { N_KINDS = 6 };

static td_status fail_kind(const td_pair *pair, int kind, uint64_t n, td_error *err) {
    int by_arm = td_learner_of(pair->params->learner)->models_arms;
    int is_treated = kind == 1 || kind >= 4;
    char what[320];
    if (kind < 2) {
        snprintf(what, sizeof what, "of arm '%.255s'", is_treated ? pair->treated : pair->control);
    } else {
        snprintf(what, sizeof what, "with outcome %d%s%.255s", kind % 2, by_arm ? " of arm " : "",
                 !by_arm      ? ""
                 : is_treated ? pair->treated
                              : pair->control);
    }
    TD_FAIL(err, TD_ERR_NUMERIC,
            "the %llu rows %s all stand in clusters of one fold: nothing is left to learn them "
            "from",
            (unsigned long long)n, what);
}

static td_status check_folds(const td_pair *pair, td_error *err) {
    uint64_t inside[MAX_FOLDS][N_KINDS] = {{0}}, all[N_KINDS] = {0};
    int by_arm = td_learner_of(pair->params->learner)->models_arms;
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        int side = pair->w[row] > 0, value = 2 + 2 * (by_arm && side) + (pair->y[row] == 1);
        inside[pair->fold[row]][side]++;
        all[side]++;
        inside[pair->fold[row]][value] += (uint64_t)pair->is_binary;
        all[value] += (uint64_t)pair->is_binary;
    }
    for (int k = 0; k < pair->params->n_folds; k++) {
        for (int kind = 0; kind < N_KINDS; kind++) {
            if (all[kind] > 0 && inside[k][kind] == all[kind]) {
                return fail_kind(pair, kind, all[kind], err);
            }
        }
    }
    return TD_OK;
}

static td_status deal_folds(td_pair *pair, const td_uplift_data *data, uint32_t arm,
                            td_error *err) {
    if (data->cluster == NULL) {
        deal_rows(pair, arm);
        return TD_OK;
    }
    uint8_t *scratch;
    TD_NEW(scratch, 2 * (uint64_t)data->n_clusters, err);
    deal_clusters(pair, data, arm, scratch);
    td_mem_free(scratch);
    return check_folds(pair, err);
}

static td_status fill(td_pair *out, const td_uplift_data *data, uint32_t arm, td_error *err) {
    uint64_t n_rows = data->rows.n_rows;
    TD_NEW_ZEROED(out->w, n_rows, err);
    TD_NEW_ZEROED(out->e, n_rows, err);
    TD_NEW_ZEROED(out->fold, n_rows, err);
    TD_NEW(out->row, n_rows, err);
    for (uint64_t i = 0; i < n_rows; i++) {
        out->w[i] = data->arm[i] == arm;
        out->row[out->n] = (uint32_t)i;
        out->n += data->arm[i] == arm || data->arm[i] == 0;
        out->n_treated += data->arm[i] == arm;
    }
    out->rare = 0.5;
    if (out->is_binary) {
        TD_TRY(check_outcomes(out, err));
        out->rare = rare_share(out);
    }
    return deal_folds(out, data, arm, err);
}

td_status td_pair_init(td_pair *out, const td_uplift_data *data, uint32_t arm,
                       const td_uplift_params *params, const td_exec *exec, td_error *err) {
    out->params = params;
    out->exec = exec;
    out->y = data->rows.label;
    out->weight = data->rows.weight;
    out->cluster = data->cluster;
    out->n_clusters = data->n_clusters;
    out->treated = data->arm_name[arm];
    out->control = data->arm_name[0];
    td_status status = fill(out, data, arm, err);
    if (status != TD_OK) td_pair_free(out);
    return status;
}
