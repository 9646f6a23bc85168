/* uplift/inference_units.c: means with errors that know which rows belong together.
 *
 * Problem: sessions of one visitor share what is not in the table, so n rows tell less than n
 * independent ones. A unit is what was drawn independently: a cluster, or a row where there are
 * none. Weights say how many rows of the population a row stands for.
 *   1. Units: rows sorted by cluster (counting sort, rows of a cluster stay in their order);
 *      clusters without a row are no units.
 *   2. Means of K groups of rows, x the values, w the weights, W_k the weight of group k:
 *
 *          m_k = sum_{i in k} w_i x_i / W_k          psi_uk = sum_{i in u and k} w_i (x_i - m_k)
 *          cov_jk = sqrt(c_j c_k) sum_u psi_uj psi_uk / (W_j W_k),    c_k = G_k / (G_k - 1)
 *
 *      G_k units with a row in k. A unit with rows in two groups ties their errors together; where
 *      every row is a unit there is a diagonal, and for K = 1 and no weights cov = sd^2 / n.
 * grf's average_treatment_effect has the same mean and error (clusters, sample weights), and so has
 * statsmodels' WLS on a constant with cov_type "cluster".
 * Intervals with clusters take Student's quantile with n_units - 1 degrees of freedom.
 * Cost: O(n), two passes, sums compensated and in the order of the units. What it does not do:
 * two-way clusters, and a handful of clusters remains too few.
 *
 * References: Liang and Zeger (1986), doi:10.1093/biomet/73.1.13; Cameron and Miller (2015),
 * doi:10.3368/jhr.50.2.317. */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/special.h"
#include "uplift/inference_parts.h"

enum { K_MOST = TD_EFFECT_MAX_GROUPS };

/* ---- units ----------------------------------------------------------------------------------- */

/* next[c] = place of the next row of cluster c; begin gets the clusters that have rows. */
static uint64_t place_clusters(uint64_t *begin, uint64_t *next, uint32_t n_clusters) {
    uint64_t n_units = 0, place = 0;
    for (uint32_t c = 0; c < n_clusters; c++) {
        uint64_t count = next[c];
        next[c] = place;
        if (count > 0) begin[n_units++] = place;
        place += count;
    }
    begin[n_units] = place;
    return n_units;
}

static td_status sort_rows(td_effect_units *out, uint64_t *next, const uint32_t *cluster,
                           uint32_t n_clusters, td_error *err) {
    for (uint64_t i = 0; i < out->n; i++) {
        TD_CHECK(cluster[i] < n_clusters, err, TD_ERR_RANGE,
                 "row %llu: cluster %u, there are %u clusters", (unsigned long long)i + 1,
                 cluster[i], n_clusters);
        next[cluster[i]]++;
    }
    TD_NEW(out->begin, (uint64_t)n_clusters + 1, err);
    TD_NEW(out->row, out->n, err);
    out->n_units = place_clusters(out->begin, next, n_clusters);
    for (uint64_t i = 0; i < out->n; i++) out->row[next[cluster[i]]++] = i;
    return TD_OK;
}

td_status td_effect_units_build(td_effect_units *out, uint64_t n, const double *weight,
                                const uint32_t *cluster, uint32_t n_clusters, td_error *err) {
    *out = (td_effect_units){.n = n, .weight = weight, .n_units = n};
    if (cluster == NULL) return TD_OK;
    uint64_t *next;
    TD_NEW_ZEROED(next, n_clusters, err);
    td_status status = sort_rows(out, next, cluster, n_clusters, err);
    td_mem_free(next);
    if (status != TD_OK) td_effect_units_free(out);
    return status;
}

void td_effect_units_free(td_effect_units *units) {
    td_mem_free(units->begin);
    td_mem_free(units->row);
    *units = (td_effect_units){0};
}

td_effect_units td_effect_units_of(const td_effect_units *given, uint64_t n) {
    return given != NULL ? *given : (td_effect_units){.n = n, .n_units = n};
}

/* ---- means ----------------------------------------------------------------------------------- */

/* Sums of one unit, by group; only the groups it meets are looked at. */
typedef struct unit_sums {
    double of[K_MOST];
    uint32_t met[K_MOST], n_met;
    unsigned char is_met[K_MOST];
} unit_sums;

static void add(unit_sums *sums, uint32_t group, double x) {
    if (!sums->is_met[group]) {
        sums->is_met[group] = 1;
        sums->met[sums->n_met++] = group;
        sums->of[group] = 0;
    }
    sums->of[group] += x;
}

static void clear(unit_sums *sums) {
    for (uint32_t a = 0; a < sums->n_met; a++) sums->is_met[sums->met[a]] = 0;
    sums->n_met = 0;
}

static uint32_t group_at(const td_effect_values *v, uint64_t i) {
    return v->group != NULL ? v->group[i] : 0;
}

/* Weights and means of the groups; rows[k] how many. */
static void find_means(td_effect_means *out, const td_effect_values *v) {
    td_sum weight[K_MOST] = {{0, 0}}, sum[K_MOST] = {{0, 0}};
    for (uint64_t i = 0; i < v->units.n; i++) {
        uint32_t k = group_at(v, i);
        double w = td_unit_weight(&v->units, i);
        td_sum_add(&weight[k], w);
        td_sum_add(&sum[k], w * v->value(v->ctx, i));
    }
    for (uint32_t k = 0; k < v->n_groups; k++) {
        out->weight[k] = td_sum_value(&weight[k]);
        out->mean[k] = out->weight[k] > 0 ? td_sum_value(&sum[k]) / out->weight[k] : 0;
    }
}

/* The units' psi against each other, before they are scaled; met[k] = G_k. */
static void cross_units(td_sum *cross, uint64_t *met, const td_effect_means *means,
                        const td_effect_values *v) {
    unit_sums own = {.n_met = 0};
    for (uint64_t u = 0; u < v->units.n_units; u++) {
        for (uint64_t at = td_unit_begin(&v->units, u); at < td_unit_end(&v->units, u); at++) {
            uint64_t i = td_unit_row(&v->units, at);
            uint32_t k = group_at(v, i);
            double off = v->value(v->ctx, i) - means->mean[k];
            add(&own, k, td_unit_weight(&v->units, i) * off);
        }
        for (uint32_t a = 0; a < own.n_met; a++) {
            uint32_t j = own.met[a];
            met[j]++;
            for (uint32_t b = 0; b < own.n_met; b++)
                td_sum_add(&cross[j * K_MOST + own.met[b]], own.of[j] * own.of[own.met[b]]);
        }
        clear(&own);
    }
}

/* A group of fewer than two units has no spread: its row and column stay 0. */
void td_effect_means_of(td_effect_means *out, const td_effect_values *values) {
    td_sum cross[K_MOST * K_MOST] = {{0, 0}};
    uint64_t met[K_MOST] = {0};
    double scale[K_MOST] = {0};
    memset(out, 0, sizeof *out);
    find_means(out, values);
    cross_units(cross, met, out, values);
    for (uint32_t k = 0; k < values->n_groups; k++) {
        double g = (double)met[k];
        if (met[k] > 1) scale[k] = sqrt(g / (g - 1)) / out->weight[k];
    }
    for (uint32_t j = 0; j < values->n_groups; j++) {
        for (uint32_t k = 0; k < values->n_groups; k++)
            out->cov[j * K_MOST + k] = td_sum_value(&cross[j * K_MOST + k]) * scale[j] * scale[k];
    }
}

/* ---- estimates ------------------------------------------------------------------------------- */

/* NULL and rows, of which there are many: normal. */
static double df_of(const td_effect_units *units) {
    int has_df = units != NULL && units->begin != NULL && units->n_units > 1;
    return has_df ? (double)units->n_units - 1 : __builtin_inf();
}

double td_effect_p_value(double z, const td_effect_units *units) {
    return 2 * td_t_cdf(-fabs(z), df_of(units));
}

td_effect_estimate td_effect_estimate_by(double value, double se, double level,
                                         const td_effect_units *units) {
    static const char *const reason = "no spread of the rows to judge by";
    td_effect_estimate out = {value, se, td_interval_undefined(reason),
                              td_metric_undefined(reason)};
    if (!(se > 0)) return out;
    double reach = td_t_quantile(0.5 + level / 2, df_of(units)) * se;
    out.interval = td_interval_of(value - reach, value + reach);
    out.p_value = td_metric_of(td_effect_p_value(value / se, units));
    return out;
}

td_effect_estimate td_effect_estimate_of(double value, double se, double level) {
    return td_effect_estimate_by(value, se, level, NULL);
}

double td_effect_value_at(const void *ctx, uint64_t row) { return ((const double *)ctx)[row]; }

td_effect_estimate td_effect_mean_of(const double *x, const td_effect_units *units, double level) {
    td_effect_values values = {
        .value = td_effect_value_at, .ctx = x, .n_groups = 1, .units = *units};
    td_effect_means means;
    td_effect_means_of(&means, &values);
    return td_effect_estimate_by(means.mean[0], sqrt(means.cov[0]), level, units);
}

td_effect_estimate td_effect_mean(const double *x, uint64_t n, double level) {
    td_effect_units alone = td_effect_units_of(NULL, n);
    return td_effect_mean_of(x, &alone, level);
}
