/* stats/offpolicy.c: three estimates of a rule's value, with standard errors.
 *
 * Letters: w arm of a row, p arm that the rule gives it, m = 1 where p = w, e_a chance of arm a,
 * y outcome, v value of a unit, c_a cost, mu_a expected outcome under arm a.
 *   1. Per row and estimator a term t whose mean over rows is the value:
 *        IPW               t = v m y / e_w - c_p
 *        self-normalised   Y = sum(m y / e_w) / sum(m / e_w),  value = v Y - mean c_p;
 *                          t = value + v (m / e_w) (y - Y) n / sum(m / e_w) - (c_p - mean c_p)
 *        doubly robust     t = v (mu_p + m (y - mu_w) / e_w) - c_p
 *   2. se = sqrt(sum (t - mean t)^2 / (n (n - 1))); clusters: the deviations are added up over each
 *      cluster first, se = sqrt(C / (C - 1) sum d_c^2) / n. Intervals by normal quantiles for rows,
 *      by Student's with C - 1 degrees of freedom for clusters.
 *   3. Two rules: t of the first minus t of the second, row by row, in 1.
 * The shares of the arms, where no propensity is given, are taken as known: the standard errors of
 * IPW are then on the safe side, as an estimated share makes it less noisy, not more.
 * Cost: O(n).
 *
 * References: Horvitz and Thompson (1952), doi:10.1080/01621459.1952.10483446; Hajek (1971) (self
 * normalised); Robins, Rotnitzky and Zhao (1994), doi:10.1080/01621459.1994.10476818; Dudik,
 * Langford and Li (2011), arXiv:1103.4601. */
#include "stats/offpolicy.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/ranking.h"
#include "stats/special.h"

static const char *const NOT_FOLLOWED = "no row was in the arm that the rule gives it";

const char *td_offpolicy_name(td_offpolicy_how how) {
    static const char *const names[] = {"ipw", "self_normalised", "doubly_robust"};
    return names[how];
}

/* ---- check ---- */

static td_status check_row(const td_offpolicy_rows *rows, uint64_t i, td_error *err) {
    unsigned long long row = i + 1;
    TD_CHECK(rows->arm[i] < rows->n_arms, err, TD_ERR_RANGE, "arm of row %llu is %u, there are %u",
             row, rows->arm[i], rows->n_arms);
    TD_CHECK(rows->outcome[i] - rows->outcome[i] == 0.0, err, TD_ERR_RANGE,
             "outcome of row %llu is %g, must be a finite number", row, rows->outcome[i]);
    if (rows->cluster != NULL)
        TD_CHECK(rows->cluster[i] < rows->n_clusters, err, TD_ERR_RANGE,
                 "cluster of row %llu is %u, there are %u", row, rows->cluster[i],
                 rows->n_clusters);
    for (uint32_t a = 0; a < rows->n_arms && rows->propensity != NULL; a++) {
        double e = rows->propensity[a * rows->n + i];
        TD_CHECK(e > 0.0 && e < 1.0, err, TD_ERR_RANGE,
                 "propensity of arm %u in row %llu is %g, must lie between 0 and 1", a, row, e);
    }
    return TD_OK;
}

static td_status check(const td_offpolicy_rows *rows, double level, td_error *err) {
    TD_CHECK(rows->n_arms >= 2 && rows->n_arms <= TD_MAX_POLICY_ARMS, err, TD_ERR_ARG,
             "%u arms, 2 to %d can be compared", rows->n_arms, TD_MAX_POLICY_ARMS);
    TD_CHECK(level > 0.0 && level < 1.0, err, TD_ERR_ARG,
             "a confidence level of %g lies outside (0, 1)", level);
    TD_CHECK(rows->n >= 2, err, TD_ERR_NUMERIC, "fewer than 2 rows: nothing can be estimated");
    for (uint64_t i = 0; i < rows->n; i++) TD_TRY(check_row(rows, i, err));
    return TD_OK;
}

/* ---- terms ---- */

/* A rule with the sums that its terms need. */
typedef struct rule {
    const uint32_t *action;
    double followed;      /* rows with m = 1 */
    double weight, total; /* sum of m / e, of m y / e */
    double cost;          /* mean */
    double value;         /* self-normalised */
} rule;

typedef struct work {
    const td_offpolicy_rows *rows;
    double share[TD_MAX_POLICY_ARMS];
    rule rule[2];
    int n_rules;
    double *cluster_sum; /* [n_clusters] or NULL */
} work;

static double chance_of(const work *w, uint32_t arm, uint64_t i) {
    return w->rows->propensity != NULL ? w->rows->propensity[arm * w->rows->n + i] : w->share[arm];
}

/* Every arm needs rows: an arm that nobody got tells nothing of its worth, whatever its chance. */
static td_status find_shares(work *w, td_error *err) {
    const td_offpolicy_rows *rows = w->rows;
    uint64_t count[TD_MAX_POLICY_ARMS] = {0};
    for (uint64_t i = 0; i < rows->n; i++) count[rows->arm[i]]++;
    for (uint32_t a = 0; a < rows->n_arms; a++) {
        TD_CHECK(count[a] > 0, err, TD_ERR_NUMERIC, "no rows in arm %u: its worth is unknown", a);
        w->share[a] = rows->share != NULL ? rows->share[a] : (double)count[a] / (double)rows->n;
        TD_CHECK(w->share[a] > 0.0 && w->share[a] < 1.0, err, TD_ERR_RANGE,
                 "a propensity of %g for arm %u does not lie between 0 and 1", w->share[a], a);
    }
    return TD_OK;
}

static td_status sum_rule(work *w, rule *r, td_error *err) {
    const td_offpolicy_rows *rows = w->rows;
    td_sum weight = {0}, total = {0}, cost = {0};
    for (uint64_t i = 0; i < rows->n; i++) {
        uint32_t action = r->action[i], arm = rows->arm[i];
        TD_CHECK(action < rows->n_arms, err, TD_ERR_RANGE, "action of row %llu is %u, there are %u",
                 (unsigned long long)i + 1, action, rows->n_arms);
        td_sum_add(&cost, rows->cost[action]);
        if (action != arm) continue;
        double e = chance_of(w, arm, i);
        r->followed += 1.0;
        td_sum_add(&weight, 1.0 / e);
        td_sum_add(&total, rows->outcome[i] / e);
    }
    r->weight = td_sum_value(&weight);
    r->total = td_sum_value(&total);
    r->cost = td_sum_value(&cost) / (double)rows->n;
    r->value = r->weight > 0.0 ? rows->value * r->total / r->weight - r->cost : 0.0;
    return TD_OK;
}

static double mean_of(const td_offpolicy_rows *rows, uint32_t arm, uint64_t i) {
    return rows->mean != NULL ? rows->mean[arm * rows->n + i] : 0.0;
}

/* Step 1 for one rule. */
static double term_of(const work *w, const rule *r, td_offpolicy_how how, uint64_t i) {
    const td_offpolicy_rows *rows = w->rows;
    uint32_t action = r->action[i], arm = rows->arm[i];
    double inverse = action == arm ? 1.0 / chance_of(w, arm, i) : 0.0, y = rows->outcome[i];
    double v = rows->value, cost = rows->cost[action];
    if (how == TD_POLICY_IPW) return v * inverse * y - cost;
    if (how == TD_POLICY_DOUBLY_ROBUST)
        return v * (mean_of(rows, action, i) + inverse * (y - mean_of(rows, arm, i))) - cost;
    double centre = r->total / r->weight, n = (double)rows->n;
    return r->value + v * inverse * (y - centre) * n / r->weight - (cost - r->cost);
}

/* Of the first rule, or of the first minus the second. */
static double term(const work *w, td_offpolicy_how how, uint64_t i) {
    double t = term_of(w, &w->rule[0], how, i);
    return w->n_rules == 2 ? t - term_of(w, &w->rule[1], how, i) : t;
}

/* ---- estimates ---- */

/* Deviations of one cluster may add up or cancel: they are summed before they are squared. */
static double square_sum(const work *w, td_offpolicy_how how, double mean) {
    const td_offpolicy_rows *rows = w->rows;
    td_sum sum = {0};
    if (w->cluster_sum == NULL) {
        for (uint64_t i = 0; i < rows->n; i++) {
            double d = term(w, how, i) - mean;
            td_sum_add(&sum, d * d);
        }
        return td_sum_value(&sum);
    }
    for (uint32_t c = 0; c < rows->n_clusters; c++) w->cluster_sum[c] = 0.0;
    for (uint64_t i = 0; i < rows->n; i++)
        w->cluster_sum[rows->cluster[i]] += term(w, how, i) - mean;
    for (uint32_t c = 0; c < rows->n_clusters; c++)
        td_sum_add(&sum, w->cluster_sum[c] * w->cluster_sum[c]);
    return td_sum_value(&sum);
}

/* Step 2 for one estimator. */
static void estimate(td_offpolicy_value *out, const work *w, td_offpolicy_how how, double level) {
    td_sum sum = {0};
    double n = (double)w->rows->n, units = w->cluster_sum != NULL ? w->rows->n_clusters : n;
    for (uint64_t i = 0; i < w->rows->n; i++) td_sum_add(&sum, term(w, how, i));
    double mean = td_sum_value(&sum) / n;
    double se = sqrt(square_sum(w, how, mean) * units / (units - 1.0)) / n;
    out->value[how] = td_metric_of(mean);
    if (!(units > 1.0)) {
        out->se[how] = out->p_value[how] = td_metric_undefined("a single cluster");
        out->interval[how] = td_interval_undefined("a single cluster");
        return;
    }
    /* rows are many, clusters may be few */
    double df = w->cluster_sum != NULL ? units - 1.0 : __builtin_inf();
    double reach = td_t_quantile(0.5 + 0.5 * level, df) * se;
    out->se[how] = td_metric_of(se);
    out->interval[how] = td_interval_of(mean - reach, mean + reach);
    out->p_value[how] = se > 0.0 ? td_metric_of(2.0 * td_t_cdf(-fabs(mean / se), df))
                                 : td_metric_undefined("the standard error is 0");
}

static void fill(td_offpolicy_value *out, const work *w, double level) {
    const td_offpolicy_rows *rows = w->rows;
    *out =
        (td_offpolicy_value){.n_followed = (uint64_t)w->rule[0].followed, .cost = w->rule[0].cost};
    for (uint64_t i = 0; i < rows->n; i++) out->n_chosen[w->rule[0].action[i]]++;
    int is_followed = w->rule[0].followed > 0.0 && (w->n_rules < 2 || w->rule[1].followed > 0.0);
    for (int how = 0; how < TD_N_POLICY_VALUES; how++) {
        if (is_followed) {
            estimate(out, w, (td_offpolicy_how)how, level);
            continue;
        }
        out->value[how] = out->se[how] = out->p_value[how] = td_metric_undefined(NOT_FOLLOWED);
        out->interval[how] = td_interval_undefined(NOT_FOLLOWED);
    }
}

/* ---- public ---- */

static td_status measure(td_offpolicy_value *out, work *w, double level, td_error *err) {
    TD_TRY(find_shares(w, err));
    for (int r = 0; r < w->n_rules; r++) TD_TRY(sum_rule(w, &w->rule[r], err));
    if (w->rows->cluster != NULL) TD_NEW(w->cluster_sum, w->rows->n_clusters, err);
    fill(out, w, level);
    return TD_OK;
}

td_status td_offpolicy_measure(td_offpolicy_value *out, const td_offpolicy_rows *rows,
                               const uint32_t *action, const uint32_t *against, double level,
                               td_error *err) {
    work w = {.rows = rows, .n_rules = against != NULL ? 2 : 1};
    w.rule[0].action = action;
    w.rule[1].action = against;
    TD_TRY(check(rows, level, err));
    td_status status = measure(out, &w, level, err);
    td_mem_free(w.cluster_sum);
    return status;
}

td_status td_offpolicy_tenths(uint32_t *group, const double *score, uint64_t n, const td_exec *exec,
                              td_error *err) {
    td_ranking ranking = {0};
    double *label = NULL; /* the sort wants one */
    TD_NEW_ZEROED(label, n, err);
    td_status status = td_ranking_build(&ranking, score, label, n, exec, err);
    for (uint32_t b = 0, begin = 0; b < ranking.n_blocks; b++) {
        uint32_t end = ranking.blocks[b].end;
        uint32_t tenth = (uint32_t)((uint64_t)begin * TD_OFFPOLICY_TENTHS / n);
        for (uint32_t i = begin; i < end; i++) group[ranking.order[i]] = tenth;
        begin = end;
    }
    td_ranking_free(&ranking);
    td_mem_free(label);
    return status;
}
