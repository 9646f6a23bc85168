/* Inference with weights and clusters: twelve rows worked out by statsmodels and numpy
 * (tests/oracle/make_uplift_inference.py), clusters of one row, rows written twice, and how often
 * intervals hold where visitors have several rows. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "uplift/inference.h"

enum { N = 12, N_CLUSTERS = 7 };

static const double y[N] = {1, 0, 2, 3, 1, 5, 2, 4, 0, 6, 3, 7};
static const double w[N] = {0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1};
static const double e[N] = {.5, .4, .3, .6, .5, .5, .2, .7, .4, .6, .5, .8};
static const double mu0[N] = {.5, .2, 1.5, 2, 1, 3, 2.5, 3, .1, 4, 2, 5};
static const double mu1[N] = {1, 1.2, 1.7, 3.2, 1.3, 4.5, 2.6, 4, .5, 6, 2.8, 7.2};
static const double effect[N] = {.4, .9, .1, 1, .5, 1.2, .2, 1.1, .3, 1.8, .6, 2};
static const double weight[N] = {1, 2, .5, 1, 3, 1, 1, 2, 1, .5, 1, 2};
static const uint32_t cluster[N] = {0, 4, 4, 1, 2, 0, 1, 6, 5, 2, 5, 6}; /* 3 has no row */

static td_effect_units units_of(const double *weights, const uint32_t *clusters, uint32_t n) {
    td_effect_units units;
    td_error err = {0};
    cr_assert_eq(td_effect_units_build(&units, N, weights, clusters, n, &err), TD_OK, "%s",
                 err.text);
    return units;
}

static void assert_estimate(td_effect_estimate got, double value, double se) {
    cr_assert_float_eq(got.value, value, 1e-13, "%.16g", got.value);
    cr_assert_float_eq(got.se, se, 1e-12, "%.16g", got.se);
}

/* Everything that is said about the twelve rows with these units. */
typedef struct said {
    double score[N];
    td_effect_estimate mean;
    td_effect_blp blp;
    td_effect_groups groups;
    td_effect_calibration calibration;
    td_effect_loss loss;
} said;

static void say(said *out, const td_effect_units *units) {
    td_effect_rows rows = {N, y, w, e, mu0, mu1, units};
    td_effect_scored scored = {N, effect, out->score, .95, units};
    cr_assert_eq(td_effect_scores(out->score, &rows, NULL), TD_OK);
    out->mean = td_effect_mean_of(out->score, units, .95);
    cr_assert_eq(td_effect_blp_fit(&out->blp, effect, &rows, .95, NULL), TD_OK);
    cr_assert_eq(td_effect_groups_build(&out->groups, &scored, 3, NULL), TD_OK);
    out->calibration = td_effect_calibrate(&scored, &out->groups);
    out->loss = td_effect_losses(&scored, &rows);
}

Test(uplift_inference_units, weights_and_clusters_of_statsmodels) {
    td_effect_units units = units_of(weight, cluster, N_CLUSTERS);
    static said got;
    cr_assert_eq(units.n_units, 6);
    say(&got, &units);
    assert_estimate(got.mean, -0.01867559523809528, 0.5529968819072852);
    /* scipy: stats.t.ppf(.975, 5), 2 * stats.t.sf(0.0337715..., 5) */
    cr_assert_float_eq(got.mean.interval.high, got.mean.value + 2.570581835636314 * got.mean.se,
                       1e-12);
    cr_assert_float_eq(got.mean.p_value.value, 0.9743659885083786, 1e-12);
    assert_estimate(got.blp.mean, -1.012507371295208, 0.2774538240540412);
    assert_estimate(got.blp.loading, -0.9747498828980408, 0.4788208203176389);
    assert_estimate(got.calibration.intercept, -0.9489639283068209, 0.8960385362245844);
    assert_estimate(got.calibration.slope, 1.051916136332127, 1.583233206090354);
    cr_assert_float_eq(got.loss.dr, 2.31738670989229, 1e-13);
    assert_estimate(got.loss.dr_gain, -0.4711672302384499, 1.099656504877832);
    cr_assert_float_eq(got.loss.r, 0.496578125, 1e-13);
    assert_estimate(got.loss.r_gain, -0.2557536985764971, 0.1759771443716498);
    td_effect_units_free(&units);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(uplift_inference_units, groups_of_numpy) {
    td_effect_units units = units_of(weight, cluster, N_CLUSTERS);
    static said got;
    static const struct {
        uint64_t n;
        double weight, predicted, mean, se;
    } want[3] = {
        {5, 6.5, 0.3769230769230769, -0.05622710622710627, 0.2296465164316845},
        {3, 4, 0.85, -1.083333333333333, 0.8202832336049132},
        {4, 5.5, 1.509090909090909, 0.8000000000000003, 0.9588215907952879},
    };
    say(&got, &units);
    for (int k = 0; k < 3; k++) {
        cr_assert_eq(got.groups.group[k].n, want[k].n);
        cr_assert_float_eq(got.groups.group[k].weight, want[k].weight, 1e-14);
        cr_assert_float_eq(got.groups.group[k].predicted, want[k].predicted, 1e-14);
        assert_estimate(got.groups.group[k].mean, want[k].mean, want[k].se);
    }
    assert_estimate(got.groups.difference, 0.8562271062271065, 0.9452545634129179);
    cr_assert_float_eq(got.groups.chi2.value, 2.53845446397164, 1e-12);
    cr_assert_float_eq(got.groups.p_value.value, 0.2810487233468303, 1e-12);
    td_effect_units_free(&units);
}

/* CR3 with one row a cluster is HC3, whatever numbers the clusters have. */
Test(uplift_inference_units, clusters_of_one_row_are_rows) {
    uint32_t turned[N];
    for (uint32_t i = 0; i < N; i++) turned[i] = N - 1 - i;
    td_effect_units rows = units_of(NULL, NULL, 0), one = units_of(NULL, turned, N);
    static said by_row, by_cluster;
    say(&by_row, &rows);
    say(&by_cluster, &one);
    assert_estimate(by_cluster.mean, by_row.mean.value, by_row.mean.se);
    assert_estimate(by_cluster.blp.loading, by_row.blp.loading.value, by_row.blp.loading.se);
    assert_estimate(by_cluster.calibration.slope, by_row.calibration.slope.value,
                    by_row.calibration.slope.se);
    assert_estimate(by_cluster.loss.dr_gain, by_row.loss.dr_gain.value, by_row.loss.dr_gain.se);
    cr_assert_float_eq(by_cluster.groups.chi2.value, by_row.groups.chi2.value, 1e-12);
    td_effect_units_free(&one);
}

/* Every row twice, both copies in its cluster, says what it says once at weight 2. */
Test(uplift_inference_units, weight_two_is_a_row_written_twice) {
    double x[2 * N], twice[N];
    uint32_t own[N], both[2 * N];
    for (uint32_t i = 0; i < N; i++) {
        twice[i] = i < 5 ? 2 : 1;
        own[i] = i;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < N; i++) {
        for (int copy = 0; copy < (i < 5 ? 2 : 1); copy++, n++) {
            x[n] = y[i];
            both[n] = i;
        }
    }
    td_effect_units once = units_of(twice, own, N), written;
    cr_assert_eq(td_effect_units_build(&written, n, NULL, both, N, NULL), TD_OK);
    td_effect_estimate a = td_effect_mean_of(y, &once, .95),
                       b = td_effect_mean_of(x, &written, .95);
    assert_estimate(b, a.value, a.se);
    td_effect_units_free(&once);
    td_effect_units_free(&written);
}

/* A cluster that alone tells two columns apart cannot be left out: the error stays finite. */
Test(uplift_inference_units, a_cluster_that_decides_a_column_has_a_finite_error) {
    static const uint32_t halves[N] = {0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1}; /* = treatment */
    td_effect_units units = units_of(NULL, halves, 2);
    static said got;
    say(&got, &units);
    cr_assert(isfinite(got.blp.loading.se));
    cr_assert_gt(got.blp.loading.se, 0);
    cr_assert(isfinite(got.blp.mean.se));
    td_effect_units_free(&units);
}

Test(uplift_inference_units, a_cluster_that_does_not_exist_is_named) {
    td_effect_units units;
    td_error err = {0};
    cr_assert_eq(td_effect_units_build(&units, N, NULL, cluster, 6, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "row 8: cluster 6, there are 6 clusters"));
    for (uint64_t n = 1; n <= 3; n++) {
        td_mem_fail_after(n);
        cr_assert_eq(td_effect_units_build(&units, N, NULL, cluster, N_CLUSTERS, &err),
                     TD_ERR_NOMEM);
        td_mem_fail_after(0);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* 600 trials of 80 visitors of 1 to 9 rows who share x, arm and liking; S = x. Intervals by visitor
 * of the mean effect (1/2), of the top half (3/4) and of the loading (1); 95 % within four standard
 * errors. By rows they hold far less. */
Test(uplift_inference_units, intervals_by_cluster_hold_their_level) {
    enum { MOST = 800, VISITORS = 80, TRIALS = 600 };
    static double sy[MOST], sw[MOST], se[MOST], m0[MOST], m1[MOST], x[MOST], score[MOST];
    static uint32_t visitor[MOST];
    int hits[2][3] = {{0}};
    for (uint64_t t = 0; t < TRIALS; t++) {
        td_rng rng = td_rng_stream(t, "test cluster coverage", 0, 0);
        uint64_t n = 0;
        for (uint32_t v = 0; v < VISITORS; v++) {
            double own_x = td_rng_uniform(&rng), liking = td_rng_normal(&rng);
            double own_w = td_rng_uniform(&rng) < .5;
            for (uint64_t k = 1 + td_rng_below(&rng, 9); k > 0; k--, n++) {
                x[n] = own_x;
                sw[n] = own_w;
                se[n] = .5;
                m0[n] = m1[n] = 0;
                sy[n] = own_w * own_x + liking + td_rng_normal(&rng);
                visitor[n] = v;
            }
        }
        td_effect_units units[2] = {{.n = n, .n_units = n}, {0}};
        cr_assert_eq(td_effect_units_build(&units[1], n, NULL, visitor, VISITORS, NULL), TD_OK);
        for (int way = 0; way < 2; way++) {
            td_effect_rows rows = {n, sy, sw, se, m0, m1, &units[way]};
            td_effect_scored scored = {n, x, score, .95, &units[way]};
            td_effect_groups groups;
            td_effect_blp blp;
            cr_assert_eq(td_effect_scores(score, &rows, NULL), TD_OK);
            cr_assert_eq(td_effect_groups_build(&groups, &scored, 2, NULL), TD_OK);
            cr_assert_eq(td_effect_blp_fit(&blp, x, &rows, .95, NULL), TD_OK);
            td_interval got[3] = {td_effect_mean_of(score, &units[way], .95).interval,
                                  groups.group[1].mean.interval, blp.loading.interval};
            static const double truth[3] = {.5, .75, 1};
            for (int k = 0; k < 3; k++)
                hits[way][k] += got[k].low <= truth[k] && truth[k] <= got[k].high;
        }
        td_effect_units_free(&units[1]);
    }
    for (int k = 0; k < 3; k++) {
        cr_assert_geq(hits[1][k], 548, "interval %d held in %d", k, hits[1][k]); /* 91.4 % */
        cr_assert_leq(hits[1][k], 591, "interval %d held in %d", k, hits[1][k]);
        cr_assert_leq(hits[0][k], 480, "by rows interval %d held in %d", k, hits[0][k]);
    }
}
