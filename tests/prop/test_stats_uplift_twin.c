/* tests/prop/test_stats_uplift_twin.c: uplift metrics against a slow twin that writes every curve
 * out row by row, as the systems do; draws against rows written out; the order of rows and threads
 * against themselves; the noise floor against permutations. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "stats/uplift_assessment.h"

enum { MAX_ROWS = 3000 };

typedef struct sample {
    uint64_t n;
    double y[MAX_ROWS], w[MAX_ROWS], s[MAX_ROWS], e[MAX_ROWS];
    uint32_t cluster[MAX_ROWS];
} sample;

/* n_levels: distinct scores, 0 = all different. */
static void draw_sample(sample *out, uint64_t n, uint32_t n_levels, int is_binary, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "uplift twin", 0, 0);
    out->n = n;
    for (uint64_t i = 0; i < n; i++) {
        double x = td_rng_uniform(&rng);
        out->w[i] = td_rng_uniform(&rng) < 0.4;
        double rate = 0.2 + 0.3 * x * out->w[i];
        out->y[i] = td_rng_uniform(&rng) < rate;
        if (!is_binary) out->y[i] *= 10.0 * td_rng_exponential(&rng);
        out->s[i] = 0.5 * x + td_rng_uniform(&rng);
        if (n_levels > 0) out->s[i] = floor(out->s[i] * n_levels);
        out->e[i] = 0.2 + 0.6 * td_rng_uniform(&rng);
        out->cluster[i] = (uint32_t)(i / 3);
    }
}

static td_uplift_request ask(const sample *x, const double **score) {
    *score = x->s;
    return (td_uplift_request){
        .rows = {.n = x->n, .treatment = x->w, .outcome = x->y, .n_scores = 1, .score = score},
        .cuts = {3, {.1, .3, .77}},
        .level = 0.95};
}

static td_uplift_assessment assess(const td_uplift_request *request, const td_exec *exec) {
    td_uplift_assessment out = {0};
    td_error err = {0};
    cr_assert_eq(td_uplift_assessment_build(&out, request, exec, &err), TD_OK, "%s", err.text);
    return out;
}

/* ---- the twin ---- */

/* Cumulative sums at every rank; inside a tied block on the straight line between its ends. */
typedef struct ranked {
    uint64_t n;
    double n1[MAX_ROWS + 1], n0[MAX_ROWS + 1], y1[MAX_ROWS + 1], y0[MAX_ROWS + 1];
    double g[MAX_ROWS + 1];   /* grf's scores added up */
    int is_end[MAX_ROWS + 1]; /* rank ends a block */
} ranked;

static void rank_rows(ranked *r, const sample *x, double e) {
    memset(r, 0, sizeof *r);
    r->n = x->n;
    r->is_end[0] = 1;
    double border = INFINITY;
    for (uint64_t k = 0; k < x->n;) { /* next lower score, by search */
        double best = -INFINITY;
        for (uint64_t i = 0; i < x->n; i++) {
            if (x->s[i] < border && x->s[i] > best) best = x->s[i];
        }
        border = best;
        double d[5] = {0};
        uint64_t m = 0;
        for (uint64_t i = 0; i < x->n; i++) {
            if (x->s[i] != best) continue;
            m++;
            d[x->w[i] == 1.0] += 1.0;
            d[2 + (x->w[i] == 1.0)] += x->y[i];
            d[4] += x->w[i] == 1.0 ? x->y[i] / e : -x->y[i] / (1.0 - e);
        }
        for (uint64_t j = 1; j <= m; j++) {
            double part = (double)j / (double)m;
            r->n0[k + j] = r->n0[k] + part * d[0];
            r->n1[k + j] = r->n1[k] + part * d[1];
            r->y0[k + j] = r->y0[k] + part * d[2];
            r->y1[k + j] = r->y1[k] + part * d[3];
            r->g[k + j] = r->g[k] + part * d[4];
        }
        k += m;
        r->is_end[k] = 1;
    }
}

/* A curve at block ends, straight lines between them. curve[n + 1]. */
static void join_ends(double *curve, const ranked *r) {
    for (uint64_t a = 0, b = 1; b <= r->n; b++) {
        if (!r->is_end[b]) continue;
        for (uint64_t k = a + 1; k < b; k++)
            curve[k] = curve[a] + (curve[b] - curve[a]) * (double)(k - a) / (double)(b - a);
        a = b;
    }
}

static double area_of(const double *curve, uint64_t n) {
    double area = 0;
    for (uint64_t k = 1; k <= n; k++) area += 0.5 * (curve[k - 1] + curve[k]);
    return area;
}

static double sum_of(const double *curve, uint64_t n) {
    double sum = 0;
    for (uint64_t k = 0; k <= n; k++) sum += curve[k];
    return sum;
}

static void near(const char *what, double got, double expected) {
    double scale = fmax(1.0, fabs(expected));
    cr_expect_float_eq(got, expected, 1e-10 * scale, "%s: %.15g, by the twin %.15g", what, got,
                       expected);
}

/* Qini curves, with the rules of scikit-uplift and of causalml for a top without control rows. */
static void compare_qini(const ranked *r, const double *value) {
    static double q[MAX_ROWS + 1];
    uint64_t n = r->n, first = 0;
    double total = r->y1[n] - r->y0[n] * r->n1[n] / r->n0[n];
    for (uint64_t k = 1; k <= n; k++) {
        q[k] = r->n0[k] > 0 ? r->y1[k] - r->y0[k] * r->n1[k] / r->n0[k] : r->y1[k];
        if (first == 0 && r->is_end[k] && r->n0[k] > 0) first = k;
    }
    join_ends(q, r);
    double excess = area_of(q, n) - 0.5 * (double)n * total;
    near("area", value[TD_QINI_AREA], excess / ((double)n * (double)n));
    near("aqini", value[TD_AQINI_PYLIFT],
         area_of(q, n) / ((double)n * r->n1[n]) - 0.5 * total / r->n1[n]);
    for (uint64_t k = 1; k < first; k++) q[k] = q[first] * (double)k / (double)first;
    near("causalml", value[TD_QINI_CAUSALML_RAW], sum_of(q, n) / ((double)n + 1) - 0.5 * total);
}

static void compare_auuc(const ranked *r, const double *value) {
    static double u[MAX_ROWS + 1];
    uint64_t n = r->n, first = 0, before = 0;
    for (uint64_t k = 1; k <= n; k++) {
        double mean1 = r->n1[k] > 0 ? r->y1[k] / r->n1[k] : 0;
        double mean0 = r->n0[k] > 0 ? r->y0[k] / r->n0[k] : 0;
        u[k] = (mean1 - mean0) * (double)k;
        if (first > 0 || !r->is_end[k]) continue;
        if (r->n0[k] > 0 && r->n1[k] > 0) first = k;
        if (first == 0) before = k;
    }
    double lift = u[first] / (double)first;
    for (uint64_t k = 1; k <= before; k++) u[k] = lift * (double)k / (double)first * (double)k;
    ranked ends = *r; /* above `before` the curve is not a polyline of blocks */
    for (uint64_t k = 1; k <= before; k++) ends.is_end[k] = 1;
    join_ends(u, &ends);
    near("auuc", value[TD_AUUC_CAUSALML_RAW], sum_of(u, n) / ((double)n + 1));
}

static void compare_rate(const ranked *r, const double *value) {
    double n = (double)r->n, autoc = 0, qini = 0;
    for (uint64_t k = 1; k <= r->n; k++) {
        double toc = r->g[k] / (double)k - r->g[r->n] / n;
        autoc += toc / n;
        qini += (double)k / n * toc / n;
    }
    near("autoc", value[TD_QINI_GRF_AUTOC], autoc);
    near("grf qini", value[TD_QINI_GRF], qini);
}

/* First rank (between ranks in proportion) at which `count` reaches k. */
static double depth_of(const double *count, uint64_t n, double k) {
    for (uint64_t i = 1; i <= n; i++) {
        if (count[i] >= k - 1e-9) return (double)i - (count[i] - k) / (count[i] - count[i - 1]);
    }
    return (double)n;
}

static double at(const double *curve, double rank, uint64_t n) {
    uint64_t k = (uint64_t)floor(rank);
    return k >= n ? curve[n] : curve[k] + (rank - (double)k) * (curve[k + 1] - curve[k]);
}

static void compare_cuts(const ranked *r, const double *value, const td_uplift_cuts *cuts) {
    uint64_t n = r->n;
    for (uint32_t c = 0; c < cuts->n; c++) {
        double k = floor((double)n * cuts->share[c]);
        uint64_t i = (uint64_t)k;
        near("overall", value[TD_UPLIFT_AT + 2 * c], r->y1[i] / r->n1[i] - r->y0[i] / r->n0[i]);
        double k1 = floor(r->n1[n] * cuts->share[c]), k0 = floor(r->n0[n] * cuts->share[c]);
        near("by group", value[TD_UPLIFT_AT + 2 * c + 1],
             at(r->y1, depth_of(r->n1, n, k1), n) / k1 - at(r->y0, depth_of(r->n0, n, k0), n) / k0);
    }
}

static void compare_tenths(const ranked *r, const double *value, const td_uplift_cuts *cuts) {
    uint64_t n = r->n, begin = 0;
    double weighted = 0;
    for (uint32_t g = 0; g < 10; g++) {
        uint64_t end = begin + n / 10 + (g < n % 10);
        double n1 = r->n1[end] - r->n1[begin], n0 = r->n0[end] - r->n0[begin];
        double own = (r->y1[end] - r->y1[begin]) / n1 - (r->y0[end] - r->y0[begin]) / n0;
        near("tenth", value[td_uplift_tenth_place(cuts, TD_TENTH_UPLIFT, g)], own);
        weighted += n1 * own / r->n1[n];
        double gain = (r->y1[end] / r->n1[end] - r->y0[end] / r->n0[end]) * (double)end / (double)n;
        near("gain", value[td_uplift_tenth_place(cuts, TD_TENTH_GAIN, g)], gain);
        begin = end;
    }
    near("weighted", value[TD_WEIGHTED_UPLIFT], weighted);
}

Test(stats_uplift_twin, curves_written_out_row_by_row_agree) {
    static sample x;
    static ranked r;
    static const uint32_t levels[] = {0, 400, 40, 5};
    for (uint64_t c = 0; c < 24; c++) {
        const double *score = NULL;
        draw_sample(&x, 200 + 97 * c, levels[c % 4], c % 3 != 0, c);
        td_uplift_request request = ask(&x, &score);
        request.rows.share = c % 2 == 0 ? 0.4 : 0.0;
        td_uplift_assessment a = assess(&request, NULL);
        rank_rows(&r, &x, c % 2 == 0 ? 0.4 : a.rows[1] / (double)x.n);
        const double *value = a.verdict[0].value;
        compare_qini(&r, value);
        compare_auuc(&r, value);
        compare_rate(&r, value);
        compare_cuts(&r, value, &request.cuts);
        compare_tenths(&r, value, &request.cuts);
        td_uplift_assessment_free(&a);
    }
}

/* ---- draws ---- */

/* Rows repeated as often as they were drawn; row i is of unit[i]. */
static void write_out(sample *out, const sample *x, const uint32_t *unit, const uint8_t *weight) {
    out->n = 0;
    for (uint64_t i = 0; i < x->n; i++) {
        for (int copies = weight[unit[i] * TD_BOOT_LANES]; copies > 0; copies--) {
            out->y[out->n] = x->y[i];
            out->w[out->n] = x->w[i];
            out->e[out->n] = x->e[i];
            out->s[out->n++] = x->s[i];
        }
    }
}

static void compare_replicate(const sample *x, int has_clusters, int has_propensity) {
    static sample drawn;
    static uint8_t weight[MAX_ROWS * TD_BOOT_LANES], scratch[MAX_ROWS * TD_BOOT_LANES];
    const double *score = NULL, *pair[2] = {x->s, x->e};
    td_uplift_request request = ask(x, &score);
    request.rows.score = pair; /* the second: how units of the first are read */
    request.rows.n_scores = 2;
    if (has_clusters) request.clusters = (td_uplift_clusters){x->cluster, (uint32_t)(x->n + 2) / 3};
    if (has_propensity) request.rows.propensity = x->e;
    td_uplift_orders orders = {0};
    td_uplift_plan plan = {0};
    td_uplift_replicates replicates = {0};
    cr_assert_eq(td_uplift_orders_build(&orders, &request.rows, &request.clusters, NULL, NULL),
                 TD_OK);
    cr_assert_eq(td_uplift_plan_build(&plan, &orders, 7, NULL), TD_OK);
    cr_assert_eq(td_uplift_bootstrap_run(&replicates, &plan, &request.cuts, 16, NULL, NULL), TD_OK);
    for (uint64_t batch = 0; batch < 16; batch += TD_BOOT_LANES) {
        td_resample_draw(weight, scratch, &plan.draw, batch);
        write_out(&drawn, x, orders.unit, weight);
        td_uplift_request again = ask(&drawn, &score);
        if (has_propensity) again.rows.propensity = drawn.e;
        for (uint32_t s = 0; s < 2; s++) {
            if (s == 1) memcpy(drawn.s, drawn.e, sizeof drawn.s);
            td_uplift_assessment a = assess(&again, NULL);
            const double *value = replicates.value + (batch * 2 + s) * replicates.n_metrics;
            for (uint32_t m = 0; m < replicates.n_metrics; m++) {
                if (value[m] != value[m]) cr_expect(a.verdict[0].value[m] != a.verdict[0].value[m]);
                if (value[m] == value[m]) near("replicate", value[m], a.verdict[0].value[m]);
            }
            td_uplift_assessment_free(&a);
        }
    }
    td_uplift_replicates_free(&replicates);
    td_uplift_plan_free(&plan);
    td_uplift_orders_free(&orders);
}

Test(stats_uplift_twin, a_replicate_is_the_drawn_rows_written_out) {
    static sample x;
    for (uint64_t c = 0; c < 8; c++) {
        draw_sample(&x, 1500 + 10 * c, c % 2 == 0 ? 0 : 12, c % 3 != 0, 100 + c);
        compare_replicate(&x, c % 4 >= 2, c >= 4);
    }
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* ---- orders of rows and threads ---- */

static void turn_rows(sample *x) {
    for (uint64_t i = 0, k = x->n - 1; i < k; i++, k--) {
        double *column[] = {x->y, x->w, x->s, x->e};
        for (int c = 0; c < 4; c++) {
            double swap = column[c][i];
            column[c][i] = column[c][k];
            column[c][k] = swap;
        }
    }
}

/* Amounts (odd c) are added in another order: equal but for rounding. */
Test(stats_uplift_twin, tied_rows_in_any_order_give_the_same_bits) {
    static sample x;
    for (uint64_t c = 0; c < 6; c++) {
        const double *score = NULL;
        draw_sample(&x, 1000, 7, c % 2 == 0, 200 + c);
        td_uplift_request request = ask(&x, &score);
        td_uplift_assessment a = assess(&request, NULL);
        turn_rows(&x);
        td_uplift_assessment b = assess(&request, NULL);
        for (uint32_t m = 0; m < a.n_metrics; m++) {
            double one = a.verdict[0].value[m], other = b.verdict[0].value[m];
            double slack = c % 2 == 0 ? 0 : 1e-11 * (1 + fabs(one));
            cr_expect((one != one && other != other) || fabs(one - other) <= slack, "%s moved",
                      td_uplift_metric_name((td_uplift_metric)m));
            if (m >= TD_UPLIFT_AT || one != one || a.noise[m].sd != a.noise[m].sd) continue;
            cr_expect_leq(fabs(a.noise[m].sd - b.noise[m].sd), slack * a.noise[m].sd, "band moved");
        }
        td_uplift_assessment_free(&a);
        td_uplift_assessment_free(&b);
    }
}

Test(stats_uplift_twin, threads_change_no_bit) {
    static sample x;
    const double *score = NULL;
    draw_sample(&x, MAX_ROWS, 0, 0, 300);
    td_uplift_request request = ask(&x, &score);
    request.n_replicates = 100;
    request.seed = 5;
    td_uplift_assessment a = assess(&request, NULL);
    for (int threads = 2; threads <= 5; threads += 3) {
        td_exec exec = {.n_threads = threads};
        td_uplift_assessment b = assess(&request, &exec);
        for (uint32_t m = 0; m < a.n_metrics; m++) {
            const td_spread *s = &a.verdict[0].spread[m], *t = &b.verdict[0].spread[m];
            cr_expect_eq(s->se.value, t->se.value);
            cr_expect_eq(s->interval.low, t->interval.low);
            cr_expect_eq(s->p_value.value, t->p_value.value);
        }
        cr_expect_arr_eq(a.verdict[0].qini, b.verdict[0].qini, sizeof a.verdict[0].qini);
        td_uplift_assessment_free(&b);
    }
    td_uplift_assessment_free(&a);
}

/* ---- noise ---- */

/* 2,000 random scores: their standard deviation is known to 1.6 %, their mean to 0.022 of it. */
static void compare_noise(const sample *x, const uint32_t *cluster, uint32_t n_clusters) {
    enum { DRAWS = 2000 };
    static const int checked[] = {TD_QINI_SKLIFT,     TD_QINI_CAUSALML,  TD_QINI_PYLIFT_Q1,
                                  TD_AQINI_PYLIFT_Q1, TD_QINI_GRF_AUTOC, TD_QINI_GRF,
                                  TD_AUUC_SKLIFT,     TD_AUUC_CAUSALML};
    enum { N_CHECKED = sizeof checked / sizeof *checked };
    static double random[MAX_ROWS], of_cluster[MAX_ROWS];
    double sum[N_CHECKED] = {0}, square[N_CHECKED] = {0};
    const double *score = NULL;
    td_uplift_noise noise[TD_UPLIFT_AT];
    td_uplift_request request = ask(x, &score);
    request.clusters = (td_uplift_clusters){cluster, n_clusters};
    td_rng rng = td_rng_stream(11, "noise", 0, 0);
    for (int d = 0; d < DRAWS; d++) {
        for (uint32_t c = 0; c < n_clusters; c++) of_cluster[c] = td_rng_uniform(&rng);
        for (uint64_t i = 0; i < x->n; i++)
            random[i] = cluster != NULL ? of_cluster[cluster[i]] : td_rng_uniform(&rng);
        score = random;
        td_uplift_assessment a = assess(&request, NULL);
        memcpy(noise, a.noise, sizeof noise);
        for (int m = 0; m < N_CHECKED; m++) {
            double gap = a.verdict[0].value[checked[m]] - noise[checked[m]].centre;
            sum[m] += gap;
            square[m] += gap * gap;
        }
        td_uplift_assessment_free(&a);
    }
    for (int m = 0; m < N_CHECKED; m++) {
        double mean = sum[m] / DRAWS, sd = sqrt(square[m] / DRAWS - mean * mean);
        const char *name = td_uplift_metric_name((td_uplift_metric)checked[m]);
        cr_expect(fabs(sd / noise[checked[m]].sd - 1.0) < 0.06, "%s: sd %g, stated %g", name, sd,
                  noise[checked[m]].sd);
        cr_expect(fabs(mean) < 0.12 * sd, "%s: random scores average %g, sd %g", name, mean, sd);
    }
}

Test(stats_uplift_twin, random_scores_fill_the_stated_band) {
    static sample x;
    draw_sample(&x, 600, 0, 1, 400);
    compare_noise(&x, NULL, 0);
    compare_noise(&x, x.cluster, 200);
}
