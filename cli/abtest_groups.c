/* cli/abtest_groups.c: rows that belong together: clusters (one unit of randomisation, many rows)
 * and strata (alike before the experiment).
 *
 *     visitor,variant,bought          cluster c:  arm A, top = 1, bottom = 3
 *     17,A,0                          proportion = sum of tops / sum of bottoms
 *     17,A,1
 *     17,A,0                          variance by the delta method over clusters
 *
 *   1. Clusters: sums of value and rows in row order; a cluster seen in two arms is an error at the
 *      row that shows it, because such a visitor tells nothing about either arm.
 *   2. How much the rows of a cluster resemble each other: variance of the control's rate by the
 *      delta method over that of as many independent rows (the design effect).
 *   3. Strata: counts by (stratum, arm), or means and variances by stratum, which
 *      stats/stratified puts together with the strata's shares of all units.
 *
 * Cost O(rows + clusters) or O(rows + strata x arms). */
#include <string.h>

#include "cli/abtest_rows.h"
#include "core/base/mem.h"
#include "io/csv_place.h"
#include "stats/stratified.h"

/* --- clusters --------------------------------------------------------------------------------- */

/* Sums of each cluster into r->top and r->bottom, its arm into arm[]. */
static td_status add_up(uint32_t *arm, td_abtest *test, td_abtest_rows *r, const double *value,
                        const double *below, td_error *err) {
    td_csv_place place = {r->data.path, &r->data.csv, test->options->arm, 0};
    for (uint32_t c = 0; c < r->groups.n; c++) arm[c] = UINT32_MAX;
    for (; place.row < r->data.table.n_rows; place.row++) {
        uint32_t c = r->groups.code[place.row], own = r->arm[place.row];
        if (arm[c] == UINT32_MAX) arm[c] = own;
        if (arm[c] != own)
            return td_csv_fail_place(&place, "this cluster was in another arm before", err);
        r->top[c] += value[place.row];
        r->bottom[c] += below == NULL ? 1.0 : below[place.row];
        test->arms.rows[own]++;
    }
    return TD_OK;
}

td_status td_abtest_join_clusters(td_abtest *test, td_abtest_rows *r, const double *value,
                                  const double *below, td_error *err) {
    td_arms *arms = &test->arms;
    uint32_t *arm = NULL;
    TD_NEW_ZEROED(r->top, r->groups.n, err);
    TD_NEW_ZEROED(r->bottom, r->groups.n, err);
    TD_NEW(arm, r->groups.n, err);
    td_status status = add_up(arm, test, r, value, below, err);
    td_mem_free(r->arm);
    r->arm = arm;
    TD_TRY(status);
    r->n = r->groups.n;
    memset(arms->units, 0, sizeof arms->units);
    for (uint64_t c = 0; c < r->n; c++) arms->units[arm[c]]++;
    return TD_OK;
}

/* --- strata ----------------------------------------------------------------------------------- */

td_status td_abtest_count_strata(td_abtest *test, const td_abtest_rows *r, const double *value,
                                 td_error *err) {
    td_arms *arms = &test->arms;
    uint64_t n = (uint64_t)arms->n_strata * arms->n;
    arms->stratum_units = td_arena_array(test->arena, n, sizeof *arms->stratum_units, err);
    if (arms->stratum_units == NULL) return TD_ERR_NOMEM;
    arms->stratum_hits = td_arena_array(test->arena, n, sizeof *arms->stratum_hits, err);
    if (arms->stratum_hits == NULL) return TD_ERR_NOMEM;
    memset(arms->stratum_units, 0, n * sizeof *arms->stratum_units);
    memset(arms->stratum_hits, 0, n * sizeof *arms->stratum_hits);
    for (uint64_t i = 0; i < r->n; i++) {
        uint64_t at = (uint64_t)r->groups.code[i] * arms->n + r->arm[i];
        arms->stratum_units[at]++;
        arms->stratum_hits[at] += value[i] > 0;
    }
    return TD_OK;
}

/* Values of one (arm, stratum) together, in row order. */
typedef struct cells {
    uint64_t *begin;   /* [n_cells + 1] */
    double *value;     /* [n] */
    td_sample *within; /* [n_strata] */
    double *share;     /* [n_strata] */
} cells;

static void free_cells(cells *c) {
    td_mem_free(c->begin);
    td_mem_free(c->value);
    td_mem_free(c->within);
    td_mem_free(c->share);
}

/* Counting sort of the values by (arm, stratum). */
static td_status sort_cells(cells *c, const td_arms *arms, const td_abtest_rows *r,
                            const double *value, td_error *err) {
    uint64_t n_cells = (uint64_t)arms->n * arms->n_strata;
    TD_NEW_ZEROED(c->begin, n_cells + 2, err);
    TD_NEW(c->value, r->n, err);
    TD_NEW(c->within, arms->n_strata, err);
    TD_NEW_ZEROED(c->share, arms->n_strata, err);
    for (uint64_t i = 0; i < r->n; i++) {
        c->begin[(uint64_t)r->arm[i] * arms->n_strata + r->groups.code[i] + 2]++;
        c->share[r->groups.code[i]] += 1.0;
    }
    for (uint32_t h = 0; h < arms->n_strata; h++) c->share[h] /= (double)r->n;
    for (uint64_t k = 2; k < n_cells + 2; k++) c->begin[k] += c->begin[k - 1];
    for (uint64_t i = 0; i < r->n; i++) {
        uint64_t cell = (uint64_t)r->arm[i] * arms->n_strata + r->groups.code[i];
        c->value[c->begin[cell + 1]++] = value[i];
    }
    return TD_OK;
}

/* One arm; the error names arm and stratum. */
static td_status sample_arm(td_arms *arms, cells *c, const td_abtest_rows *r, uint32_t arm,
                            td_error *err) {
    char name[64];
    for (uint32_t h = 0; h < arms->n_strata; h++) {
        uint64_t cell = (uint64_t)arm * arms->n_strata + h;
        uint64_t n = c->begin[cell + 1] - c->begin[cell];
        TD_CHECK(n >= 2, err, TD_ERR_ARG,
                 "--stratum: '%s' has %llu units in arm %s, at least 2 are needed: merge strata",
                 td_group_name(name, &r->groups, h), (unsigned long long)n, arms->name[arm]);
        TD_TRY(td_sample_of(&c->within[h], c->value + c->begin[cell], n, err));
    }
    return td_stratified_mean(&arms->sample[arm], c->within, c->share, arms->n_strata, err);
}

td_status td_abtest_sample_strata(td_abtest *test, const td_abtest_rows *r, const double *value,
                                  td_error *err) {
    td_arms *arms = &test->arms;
    cells c = {0};
    td_status status = sort_cells(&c, arms, r, value, err);
    for (uint32_t a = 0; status == TD_OK && a < arms->n; a++)
        status = sample_arm(arms, &c, r, a, err);
    free_cells(&c);
    return status;
}
