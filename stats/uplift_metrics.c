/* stats/uplift_metrics.c: the sums of a walk in the dialects of other systems.
 *
 * Letters: n rows, N1, N0 of an arm, Y1, Y0 their outcomes, e propensity; Q, U the curves of
 * uplift_walk.h; A(f) = area below f by trapezoids between block ends; chord(f) = n f(n) / 2, the
 * area of a random score; mean_k f = sum over ranks of f / ..., in which a tied block is a straight
 * line, so that sum_{k=1..n} f(k) = A(f) + f(n) / 2.
 *
 *   scikit-uplift  qini = (A(Q) - chord) / (A(P) - chord),  P = Q of the perfect order: treated
 *                  responders, then everybody without a response, then control responders.
 *                  negative_effect=False: P rises to r = Q(n) with slope 1 and stays.
 *                  auuc likewise of U; the perfect order is treated responders, control rows
 *                  without response, then control responders before treated rows without one when
 *                  there are more of the former, else after.
 *   causalml       qini = sum_{k=0..n} Q(k) / (n + 1) - Q(n) / 2, Q a straight line until a control
 *                  row is met; normalised by |Q(n)|.
 *                  auuc = sum_{k=0..n} U(k) / (n + 1); until both arms are met U(k) / k is a
 *                  straight line from 0; normalised by |U(n)|.
 *   pylift         Q_qini  = A(y1/N1 - y0/N0) / n - d/2,  d = Y1/N1 - Y0/N0
 *                  Q_aqini = A(Q) / (n N1) - d/2
 *                  q1 divides by the overfit, q2 by the practical maximum: polylines over
 *                      0, x1, x2, 1 with heights 0, Y1/N1, Y1/N1, d (minus d/2), rows counted by
 *                      weights 0.5 / e and 0.5 / (1 - e);
 *                      overfit: x1 = responders' share of the weight, x2 = 1 - that of control's;
 *                      practical: x1 = Y1/N1, x2 = 1 - Y0/N0.
 *   grf            scores g = y/e (treated), -y/(1 - e) (control), S(k) = sum of the top k;
 *                  TOC(k) = S(k)/k - S(n)/n;  AUTOC = mean TOC(k);  QINI = mean (k/n) TOC(k)
 *   area           (A(Q) - chord) / n^2
 *   uplift at K    difference of means of the top floor(n K) rows; by group: of the top floor(N1 K)
 *                  treated and the top floor(N0 K) control rows
 *   weighted       sum over 10 groups of N1 in the group times its difference of means, / N1
 *
 * Normalisers that rest on counts of responders have no value for outcomes that are not 0 and 1;
 * pylift's have none with row propensities. What has no value is NaN here and null with a reason
 * outside. Cost: constant but for the cuts.
 *
 * References: Radcliffe (2007), "Using control groups to target on predicted lift"; Devriendt et
 * al. (2020), arXiv:2002.05897; Yadlowsky et al. (2025), doi:10.1080/01621459.2024.2393466. The
 * systems: scikit-uplift 0.5.1, causalml 0.15, pylift 0.1.3, grf 2.3. */
#include "stats/uplift_metrics.h"

#include <math.h>

#include "core/base/numeric.h"

/* ---- names and cuts ---- */

td_uplift_cuts td_uplift_cuts_default(void) {
    return (td_uplift_cuts){.n = 5, .share = {0.05, 0.1, 0.2, 0.3, 0.5}};
}

uint32_t td_uplift_n_metrics(const td_uplift_cuts *cuts) {
    return TD_UPLIFT_AT + 2 * cuts->n + 3 * TD_UPLIFT_DECILES;
}

uint32_t td_uplift_tenth_place(const td_uplift_cuts *cuts, td_uplift_tenth what, uint32_t tenth) {
    return TD_UPLIFT_AT + 2 * cuts->n + TD_UPLIFT_DECILES * (uint32_t)what + tenth;
}

const char *td_uplift_metric_name(td_uplift_metric metric) {
    static const char *const names[TD_UPLIFT_AT] = {
        [TD_QINI_SKLIFT] = "sklift",
        [TD_QINI_SKLIFT_NO_NEGATIVE] = "sklift_no_negative",
        [TD_QINI_CAUSALML] = "causalml",
        [TD_QINI_CAUSALML_RAW] = "causalml_raw",
        [TD_QINI_PYLIFT] = "pylift_q",
        [TD_QINI_PYLIFT_Q1] = "pylift_q1",
        [TD_QINI_PYLIFT_Q2] = "pylift_q2",
        [TD_AQINI_PYLIFT] = "pylift_aqini",
        [TD_AQINI_PYLIFT_Q1] = "pylift_aqini_q1",
        [TD_AQINI_PYLIFT_Q2] = "pylift_aqini_q2",
        [TD_QINI_GRF_AUTOC] = "grf_autoc",
        [TD_QINI_GRF] = "grf_qini",
        [TD_QINI_AREA] = "area_per_row",
        [TD_AUUC_SKLIFT] = "sklift",
        [TD_AUUC_CAUSALML] = "causalml",
        [TD_AUUC_CAUSALML_RAW] = "causalml_raw",
        [TD_AUUC_EXCESS] = "causalml_raw_above_random",
        [TD_WEIGHTED_UPLIFT] = "weighted_average_uplift",
        [TD_OVERALL_UPLIFT] = "overall_uplift",
    };
    return metric < TD_UPLIFT_AT ? names[metric] : "uplift_at";
}

static int needs_counts(uint32_t metric) {
    return metric == TD_QINI_SKLIFT || metric == TD_QINI_SKLIFT_NO_NEGATIVE ||
           metric == TD_QINI_PYLIFT_Q1 || metric == TD_QINI_PYLIFT_Q2 ||
           metric == TD_AQINI_PYLIFT_Q1 || metric == TD_AQINI_PYLIFT_Q2 || metric == TD_AUUC_SKLIFT;
}

static int is_pylift(uint32_t metric) {
    return metric >= TD_QINI_PYLIFT && metric <= TD_AQINI_PYLIFT_Q2;
}

const char *td_uplift_metric_reason(const td_uplift_orders *orders, uint32_t metric) {
    if (needs_counts(metric) && !orders->is_binary)
        return "its normaliser needs outcomes of 0 and 1";
    if (is_pylift(metric) && orders->has_inverse)
        return "pylift's needs one propensity for all rows";
    if (metric == TD_QINI_SKLIFT_NO_NEGATIVE) return "the overall effect is not above 0";
    if (metric == TD_QINI_CAUSALML || metric == TD_AUUC_CAUSALML) return "the overall effect is 0";
    if (metric >= TD_WEIGHTED_UPLIFT) return "an arm has no rows in this part of the ranking";
    return "the perfect ranking is no better than a random one";
}

/* ---- normalisers ---- */

/* Area below U of up to four blocks of equal (treatment, outcome), from the top. */
typedef struct block_kind {
    int arm;
    double rows, y; /* y: outcomes of all rows of the block */
} block_kind;

static double area_of_kinds(const block_kind *kind, int n_kinds) {
    double n[2] = {0}, y[2] = {0}, area = 0.0, last = 0.0;
    for (int i = 0; i < n_kinds; i++) {
        n[kind[i].arm] += kind[i].rows;
        y[kind[i].arm] += kind[i].y;
        double mean1 = n[1] > 0.0 ? y[1] / n[1] : 0.0, mean0 = n[0] > 0.0 ? y[0] / n[0] : 0.0;
        double u = (mean1 - mean0) * (n[0] + n[1]);
        area += 0.5 * kind[i].rows * (last + u);
        last = u;
    }
    return area;
}

static double perfect_uplift(const td_uplift_sums *s) {
    block_kind yes1 = {TD_TREATED, s->y[1], s->y[1]}, no0 = {TD_CONTROL, s->n[0] - s->y[0], 0};
    block_kind yes0 = {TD_CONTROL, s->y[0], s->y[0]}, no1 = {TD_TREATED, s->n[1] - s->y[1], 0};
    int control_first = s->y[0] > s->n[1] - s->y[1];
    block_kind order[] = {yes1, no0, control_first ? yes0 : no1, control_first ? no1 : yes0};
    return area_of_kinds(order, 4);
}

/* Area below heights 0, y, y, d at 0, x1, x2, 1, minus d / 2. */
static double pylift_maximum(double x1, double x2, double y, double d) {
    return 0.5 * x1 * y + (x2 - x1) * y + 0.5 * (1.0 - x2) * (y + d) - 0.5 * d;
}

/* Perfect orders put responders of the treated arm on top and those of the control arm last: what
 * could be, if every response were caused by its arm. Counts of responders are sums of 0 and 1. */
static void scale_by_counts(td_uplift_scale *out, const td_uplift_sums *s, double e) {
    double n = s->n[0] + s->n[1], r1 = s->y[1], r0 = s->y[0], q = out->chord_q;
    double mean1 = r1 / s->n[1], mean0 = r0 / s->n[0];
    out->perfect_q = 0.5 * r1 * r1 + (n - r1 - r0) * r1 + 0.5 * r0 * (r1 + q) - 0.5 * n * q;
    if (q > 0.0) out->perfect_none = 0.5 * q * (n - q);
    out->perfect_u = perfect_uplift(s) - 0.5 * n * out->chord_u;
    double weight1 = 0.5 / e, weight0 = 0.5 / (1.0 - e);
    double all = weight1 * s->n[1] + weight0 * s->n[0];
    double x1 = weight1 * r1 / all, x2 = 1.0 - weight0 * r0 / all;
    out->most_overfit = pylift_maximum(x1, x2, mean1, mean1 - mean0);
    out->most_practical = pylift_maximum(mean1, 1.0 - mean0, mean1, mean1 - mean0);
}

/* NaN stays where a dialect has no normaliser. The treated share is that of the rows walked, so a
 * replicate has its own. */
td_uplift_scale td_uplift_scale_of(const td_uplift_orders *orders, const td_uplift_sums *s) {
    td_uplift_scale out = {.perfect_q = NAN,
                           .perfect_none = NAN,
                           .perfect_u = NAN,
                           .most_overfit = NAN,
                           .most_practical = NAN,
                           .treated = 1.0,
                           .control = 1.0};
    double n = s->n[0] + s->n[1], e = orders->share > 0.0 ? orders->share : s->n[1] / n;
    out.chord_q = s->y[1] - s->y[0] * s->n[1] / s->n[0];
    out.chord_u = (s->y[1] / s->n[1] - s->y[0] / s->n[0]) * n;
    if (orders->is_binary) scale_by_counts(&out, s, e);
    if (orders->has_inverse) {
        out.most_overfit = out.most_practical = NAN;
    } else {
        out.treated = 1.0 / e;
        out.control = 1.0 / (1.0 - e);
    }
    return out;
}

/* a / b for a normaliser: no value when it is not above 0. */
static double over(double a, double b) { return b > 0.0 ? a / b : NAN; }

/* ---- dialects ---- */

/* Areas are walked with scikit-uplift's rule for an empty arm; the part of them above the first
 * rank with both arms is exchanged for causalml's straight lines. */
static void measure_causalml(double *value, const td_uplift_sums *s, const td_uplift_scale *z) {
    double n = s->n[0] + s->n[1];
    td_uplift_lead q = s->lead_q, u = s->lead_u;
    double area = s->area_q - q.area + 0.5 * q.rows * q.value;
    value[TD_QINI_CAUSALML_RAW] = (area - 0.5 * n * z->chord_q) / (n + 1.0);
    value[TD_QINI_CAUSALML] = over(value[TD_QINI_CAUSALML_RAW], fabs(z->chord_q));
    /* ranks 1 .. b above the first block with both arms: U(k) = (k / rows) (k / rows) value */
    double b = u.before, slope = u.value / u.rows / u.rows;
    double lead = slope * b * (b + 1.0) * (2.0 * b + 1.0) / 6.0;
    double at_b = slope * b * b;
    double block = 0.5 * (u.rows - b) * (at_b + u.value) + 0.5 * (u.value - at_b);
    double rest = s->area_u - u.area + 0.5 * (z->chord_u - u.value);
    value[TD_AUUC_CAUSALML_RAW] = (lead + block + rest) / (n + 1.0);
    value[TD_AUUC_CAUSALML] = over(value[TD_AUUC_CAUSALML_RAW], fabs(z->chord_u));
    value[TD_AUUC_EXCESS] = value[TD_AUUC_CAUSALML_RAW] - 0.5 * z->chord_u;
}

/* n v - mid = sum of v (n - mean rank): the area below a running sum of v, see uplift_walk.h. */
static void measure_pylift(double *value, const td_uplift_sums *s, const td_uplift_scale *z,
                           int has_inverse) {
    double n = s->n[0] + s->n[1], d = s->y[1] / s->n[1] - s->y[0] / s->n[0];
    double area1 = n * s->v[1] - s->mid[1], area0 = n * s->v[0] - s->mid[0];
    double q = (area1 / s->n[1] - area0 / s->n[0]) / n - 0.5 * d;
    double adjusted = s->area_q / (n * s->n[1]) - 0.5 * d;
    value[TD_QINI_PYLIFT] = has_inverse ? NAN : q;
    value[TD_QINI_PYLIFT_Q1] = over(q, z->most_overfit);
    value[TD_QINI_PYLIFT_Q2] = over(q, z->most_practical);
    value[TD_AQINI_PYLIFT] = has_inverse ? NAN : adjusted;
    value[TD_AQINI_PYLIFT_Q1] = over(adjusted, z->most_overfit);
    value[TD_AQINI_PYLIFT_Q2] = over(adjusted, z->most_practical);
}

/* mean over k of S(k)/k = sum of v (H(n) - H(rank - 1)) / n; the chord S(n)/n goes off. */
static void measure_grf(double *value, const td_uplift_plan *plan, const td_uplift_sums *s,
                        const td_uplift_scale *z) {
    double n = s->n[0] + s->n[1];
    double sum = z->treated * s->v[1] - z->control * s->v[0];
    double mid = z->treated * s->mid[1] - z->control * s->mid[0];
    double harmonic = z->treated * s->harmonic[1] - z->control * s->harmonic[0];
    value[TD_QINI_GRF] = (0.5 * n * sum - mid) / (n * n);
    value[TD_QINI_GRF_AUTOC] = ((td_uplift_harmonic(plan, n) - 1.0) * sum - harmonic) / n;
}

/* ---- parts of the ranking ---- */

double td_uplift_border(double n, uint32_t groups, uint32_t g) {
    double size = floor(n / groups), longer = n - size * groups;
    return g * size + fmin(g, longer);
}

double td_uplift_between(td_uplift_state from, td_uplift_state to) {
    double n1 = to.n[1] - from.n[1], n0 = to.n[0] - from.n[0];
    if (!(n1 > 0.0 && n0 > 0.0)) return NAN;
    return (to.y[1] - from.y[1]) / n1 - (to.y[0] - from.y[0]) / n0;
}

/* By group: each arm is cut by itself, so both have the share asked for; overall the top of all
 * rows may hold more of one arm than of the other. */
static void measure_cuts(double *value, const td_uplift_cuts *cuts, const td_uplift_sums *s,
                         td_uplift_view view) {
    static const td_uplift_state top = {{0}, {0}};
    for (uint32_t i = 0; i < cuts->n; i++, value += 2) {
        double share = cuts->share[i];
        double k = floor((s->n[0] + s->n[1]) * share);
        double k1 = floor(s->n[1] * share), k0 = floor(s->n[0] * share);
        value[0] = td_uplift_between(top, td_uplift_state_at(view, TD_DEPTH_ROWS, k));
        value[1] = NAN;
        if (!(k1 > 0.0 && k0 > 0.0)) continue;
        value[1] = td_uplift_state_at(view, TD_DEPTH_TREATED, k1).y[1] / k1 -
                   td_uplift_state_at(view, TD_DEPTH_CONTROL, k0).y[0] / k0;
    }
}

/* Each tenth by itself and all down to its end; the mean of the former weighted by treated rows.
 * value points at the first tenth. */
static void measure_tenths(double *value, double *weighted, const td_uplift_sums *s,
                           td_uplift_view view) {
    static const td_uplift_state top = {{0}, {0}};
    td_uplift_state last = top;
    double n = s->n[0] + s->n[1], sum = 0.0;
    for (uint32_t g = 0; g < TD_UPLIFT_DECILES; g++) {
        double end = td_uplift_border(n, TD_UPLIFT_DECILES, g + 1);
        td_uplift_state state = td_uplift_state_at(view, TD_DEPTH_ROWS, end);
        double *at = value + g, own = td_uplift_between(last, state);
        at[TD_TENTH_UPLIFT * TD_UPLIFT_DECILES] = own;
        at[TD_TENTH_GAIN * TD_UPLIFT_DECILES] = td_uplift_between(top, state) * end / n;
        if (state.n[0] > 0.0)
            at[TD_TENTH_QINI * TD_UPLIFT_DECILES] =
                (state.y[1] - state.y[0] * state.n[1] / state.n[0]) / s->n[1];
        sum += (state.n[1] - last.n[1]) * own;
        last = state;
    }
    *weighted = sum / s->n[1];
}

void td_uplift_measure(double *value, const td_uplift_plan *plan, const td_uplift_cuts *cuts,
                       const td_uplift_sums *s, td_uplift_view view) {
    uint32_t n_metrics = td_uplift_n_metrics(cuts);
    for (uint32_t m = 0; m < n_metrics; m++) value[m] = NAN;
    if (!(s->n[0] > 0.0 && s->n[1] > 0.0)) return;
    double n = s->n[0] + s->n[1];
    td_uplift_scale z = td_uplift_scale_of(plan->orders, s);
    double excess_q = s->area_q - 0.5 * n * z.chord_q;
    value[TD_QINI_SKLIFT] = over(excess_q, z.perfect_q);
    value[TD_QINI_SKLIFT_NO_NEGATIVE] = over(excess_q, z.perfect_none);
    value[TD_QINI_AREA] = excess_q / (n * n);
    value[TD_AUUC_SKLIFT] = over(s->area_u - 0.5 * n * z.chord_u, z.perfect_u);
    measure_causalml(value, s, &z);
    measure_pylift(value, s, &z, plan->orders->has_inverse);
    measure_grf(value, plan, s, &z);
    value[TD_OVERALL_UPLIFT] = z.chord_u / n;
    measure_cuts(value + TD_UPLIFT_AT, cuts, s, view);
    measure_tenths(value + td_uplift_tenth_place(cuts, TD_TENTH_UPLIFT, 0),
                   &value[TD_WEIGHTED_UPLIFT], s, view);
}
