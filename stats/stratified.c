/* stats/stratified.c: Cochran-Mantel-Haenszel and post-stratification.
 *
 * Stratum h: x1 of n1 converted in arm 1, x2 of n2 in arm 2, N = n1 + n2, X = x1 + x2.
 *
 *     CMH      chi2 = (sum x1 - n1 X/N)^2 / sum n1 n2 X (N - X)/(N^2 (N - 1))
 *     MH       d = sum w (p1 - p2) / sum w,  w = n1 n2/N
 *     Sato     var d = (d sum P + sum Q)/(sum w)^2
 *              P = (n1^2 x2 - n2^2 x1 + n1 n2 (n2 - n1)/2)/N^2
 *              Q = (x1 (n2 - x2) + x2 (n1 - x1))/(2N)
 *     post     d = sum W (p1 - p2),  W = N/sum N;  var = sum W^2 (p1 q1/n1 + p2 q2/n2)
 *     odds     OR = sum R / sum S,  R = x2 (n1 - x1)/N,  S = x1 (n2 - x2)/N
 *              var log OR = sum aR/(2 r^2) + sum (aS + bR)/(2 r s) + sum bS/(2 s^2)
 *              a = (x2 + n1 - x1)/N,  b = (x1 + n2 - x2)/N,  r = sum R,  s = sum S
 *     risk     RR = sum x2 n1/N / sum x1 n2/N,  var log RR = sum (n1 n2 X - x1 x2 N)/N^2 / product
 *
 * MH and Sato stand many small strata, post-stratification wants each stratum to have both arms but
 * weighs strata as the shop does. All are asymptotic in the sum over strata: some 10 conversions in
 * all. Cost O(strata). Not here: a test of whether strata differ in effect (Breslow-Day).
 *
 * References: stats/stratified.h. */
#include "stats/stratified.h"

#include <math.h>

#include "core/base/numeric.h"
#include "stats/special.h"

static const char no_both[] = "no stratum has conversions and others in both arms";

/* Sums over strata; names as in the head of this file. */
typedef struct sums {
    double excess, variance;    /* CMH */
    double w, wd, p, q;         /* Mantel-Haenszel and Sato */
    double r, s, ar, cross, bs; /* odds */
    double risk2, risk1, risk_v;
    double all, post, post_v; /* post-stratification */
    uint32_t n_used;
    int is_post_whole;
} sums;

static void add_cmh(sums *t, double x1, double n1, double x2, double n2) {
    double all = n1 + n2, hits = x1 + x2;
    t->excess += x1 - n1 * hits / all;
    if (all > 1) t->variance += n1 * n2 * hits * (all - hits) / (all * all * (all - 1.0));
    t->w += n1 * n2 / all;
    t->wd += (n2 * x1 - n1 * x2) / all;
    t->p += (n1 * n1 * x2 - n2 * n2 * x1 + 0.5 * n1 * n2 * (n2 - n1)) / (all * all);
    t->q += (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2.0 * all);
}

static void add_ratios(sums *t, double x1, double n1, double x2, double n2) {
    double all = n1 + n2;
    double r = x2 * (n1 - x1) / all, s = x1 * (n2 - x2) / all;
    double a = (x2 + n1 - x1) / all, b = (x1 + n2 - x2) / all;
    t->r += r;
    t->s += s;
    t->ar += a * r;
    t->cross += a * s + b * r;
    t->bs += b * s;
    t->risk2 += x2 * n1 / all;
    t->risk1 += x1 * n2 / all;
    t->risk_v += (n1 * n2 * (x1 + x2) - x1 * x2 * all) / (all * all);
}

/* Shares of all units are divided by the total at the end: W = N / all. */
static void add_post(sums *t, double x1, double n1, double x2, double n2) {
    double all = n1 + n2, p1 = x1 / n1, p2 = x2 / n2;
    t->post += all * (p1 - p2);
    t->post_v += all * all * (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2);
}

static td_status add_up(sums *t, const td_two_counts *strata, uint32_t n, td_error *err) {
    t->is_post_whole = 1;
    for (uint32_t h = 0; h < n; h++) {
        const td_two_counts *c = &strata[h];
        double n1 = (double)c->n1, n2 = (double)c->n2, x1 = (double)c->x1, x2 = (double)c->x2;
        TD_CHECK(c->x1 <= c->n1 && c->x2 <= c->n2, err, TD_ERR_RANGE,
                 "stratum %u has more conversions than units", h + 1);
        t->all += n1 + n2;
        if (c->n1 == 0 || c->n2 == 0) {
            t->is_post_whole &= c->n1 + c->n2 == 0;
            continue;
        }
        t->n_used++;
        add_cmh(t, x1, n1, x2, n2);
        add_ratios(t, x1, n1, x2, n2);
        add_post(t, x1, n1, x2, n2);
    }
    TD_CHECK(t->n_used > 0, err, TD_ERR_RANGE, "no stratum has units in both arms");
    return TD_OK;
}

/* Estimate -+ z sqrt(variance), on the log scale for ratios. */
static td_interval around(double centre, double variance, double z, int is_log) {
    double half = z * sqrt(variance);
    if (is_log) return td_interval_of(centre * td_exp(-half), centre * td_exp(half));
    return td_interval_of(centre - half, centre + half);
}

static void fill_ratios(td_stratified *out, const sums *t, double z) {
    out->odds_ratio = out->risk_ratio = td_metric_undefined(no_both);
    out->odds_ci = out->risk_ci = td_interval_undefined(no_both);
    if (t->r > 0 && t->s > 0) {
        double variance = t->ar / (2.0 * t->r * t->r) + t->cross / (2.0 * t->r * t->s) +
                          t->bs / (2.0 * t->s * t->s);
        out->odds_ratio = td_metric_of(t->r / t->s);
        out->odds_ci = around(t->r / t->s, variance, z, 1);
    }
    if (t->risk1 > 0 && t->risk2 > 0) {
        out->risk_ratio = td_metric_of(t->risk2 / t->risk1);
        out->risk_ci = around(t->risk2 / t->risk1, t->risk_v / (t->risk1 * t->risk2), z, 1);
    }
}

static void fill_tests(td_stratified *out, const sums *t) {
    static const char none[] = "nobody or everybody converted in every stratum";
    out->cmh_chi2 = out->cmh_p = out->cmh_corrected = td_metric_undefined(none);
    if (!(t->variance > 0)) return;
    double corrected = fmax(0.0, fabs(t->excess) - 0.5);
    double chi2 = t->excess * t->excess / t->variance;
    out->cmh_chi2 = td_metric_of(chi2);
    out->cmh_p = td_metric_of(td_chi2_sf(chi2, 1));
    out->cmh_corrected = td_metric_of(td_chi2_sf(corrected * corrected / t->variance, 1));
}

static void fill_differences(td_stratified *out, const sums *t, double z) {
    static const char none[] = "no variance: nobody or everybody converted";
    static const char hole[] = "a stratum has units in one arm only";
    double d = t->wd / t->w, variance = (d * t->p + t->q) / (t->w * t->w);
    double share = t->post / t->all, post_v = t->post_v / (t->all * t->all);
    out->difference = td_metric_of(d);
    out->ci = variance > 0 ? around(d, variance, z, 0) : td_interval_undefined(none);
    out->post = t->is_post_whole ? td_metric_of(share) : td_metric_undefined(hole);
    out->post_ci = !t->is_post_whole ? td_interval_undefined(hole)
                   : post_v > 0      ? around(share, post_v, z, 0)
                                     : td_interval_undefined(none);
}

td_status td_stratified_rates(td_stratified *out, const td_two_counts *strata, uint32_t n,
                              double alpha, td_error *err) {
    sums t = {0};
    TD_TRY(add_up(&t, strata, n, err));
    double z = -td_normal_quantile(0.5 * alpha);
    *out = (td_stratified){.n_used = t.n_used};
    fill_differences(out, &t, z);
    fill_ratios(out, &t, z);
    fill_tests(out, &t);
    return TD_OK;
}

td_status td_stratified_mean(td_sample *out, const td_sample *within, const double *share,
                             uint32_t n, td_error *err) {
    td_sum mean = {0}, variance = {0}, units = {0};
    for (uint32_t h = 0; h < n; h++) {
        const td_sample *s = &within[h];
        TD_CHECK(s->n >= 2, err, TD_ERR_RANGE,
                 "stratum %u has %.10g units in an arm: each needs at least 2, merge strata", h + 1,
                 s->n);
        td_sum_add(&mean, share[h] * s->mean);
        td_sum_add(&variance, share[h] * share[h] * s->variance / s->n);
        td_sum_add(&units, s->n);
    }
    double size = td_sum_value(&units);
    *out = (td_sample){size, td_sum_value(&mean), size * td_sum_value(&variance)};
    return TD_OK;
}
