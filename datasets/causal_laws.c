/* datasets/causal_laws.c: what the generators of causalml and grf say of one row.
 *
 * Features count from 0. w = treatment, e = P(w = 1 | row), tau = effect, [c] = 1 if c else 0,
 * x+ = max(x, 0). Noise is added by causal_generators.c.
 *
 * causalml (causalml/dataset/regression.py), after Nie and Wager's setups A to D:
 *
 *     y = b + (w - 1/2) tau + noise
 *     1   sin(pi x0 x1) + 2 (x2 - 1/2)^2 + x3 + x4/2    tau = (x0 + x1)/2
 *         e = sin(pi x0 x1) clipped to [0.1, 0.9]
 *     2   max(0, x0 + x1, x2) + (x3 + x4)+              tau = x0 + log(1 + e^x1), e = 1/2
 *     3   2 log(1 + e^(x0 + x1 + x2))                   tau = 1, e = 1/(1 + e^(x1 + x2))
 *     4   ((x0 + x1 + x2)+ + (x3 + x4)+)/2              tau = (x0 + x1 + x2)+ - (x3 + x4)+
 *         e = 1/(1 + e^-x0 + e^-x1)
 *     5   hidden z = 0 or 1: e = 1/4 + z/2, P(y = 1) = sigmoid(3 (z + 2 (2 w - 2)))
 *
 * grf (generate_causal_data), m = E[y | row] and tau scaled to standard deviations in the sample:
 *
 *     y = m + (w - e) tau + noise
 *     simple       x1 + min(x2, 0) + e tau              tau = x0+, e = 0.4 + 0.2 [x0 > 0]
 *     aw1          2 x0 - 1 + e tau                     tau = 0, e = (1 + f(x0))/4
 *     aw2          e tau                                tau = s(x0) s(x1), e = 1/2
 *     aw3          2 x0 - 1 + e tau                     tau of aw2, e of aw1
 *     aw3reverse   as aw3, s falling instead of rising
 *     ai1          x0/2 + x1 + e tau                    tau = x0/4, e = 1/2
 *     ai2          (x0 + x1)/2 + x2 + .. + x5 + e tau   tau = (x0+ + x1+)/2, e = 1/2
 *     kunzel       x'beta + 5 [x0 > 1/2] + e tau        tau = 8 [x1 > 0.1], e = 0.01
 *     nw1 .. nw4   b, tau, e of causalml 1 .. 4 (m has no term e tau)
 *
 *     f = density of Beta(2, 4), 20 x (1 - x)^3;  s(x) = 1 + 1/(1 + e^(-20 (x - 1/3)))
 *
 * Two places where grf's R code does not do what its source says: ai1 and ai2 draw one column with
 * mean p and repeat it (here the columns are independent N(0, 1), as in Athey and Imbens); kunzel
 * adds noise to m itself (here m is the conditional mean).
 *
 * Nie, Wager (2021), doi:10.1093/biomet/asaa076; Wager, Athey (2018),
 * doi:10.1080/01621459.2017.1319839 (aw); Athey, Imbens (2016), doi:10.1073/pnas.1510489113 (ai);
 * Kuenzel et al. (2019), doi:10.1073/pnas.1804597116; Louizos et al. (2017), arXiv:1705.08821. */
#include "datasets/causal_laws.h"

#include <math.h>

#include "core/base/numeric.h"

static const double pi = 0x1.921fb54442d18p+1;

static double positive(double x) { return fmax(x, 0); }

/* log(1 + e^x) without overflow. */
static double softplus(double x) { return positive(x) + td_log1p(td_exp(-fabs(x))); }

/* ---- Nie and Wager's setups, shared by both families ----------------------------------------- */

static td_causal_point setup_a(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0), x1 = td_causal_x(at, 1), x2 = td_causal_x(at, 2) - 0.5;
    double wave = td_sin(pi * x0 * x1);
    return (td_causal_point){.level =
                                 wave + 2 * x2 * x2 + td_causal_x(at, 3) + 0.5 * td_causal_x(at, 4),
                             .effect = (x0 + x1) / 2,
                             .propensity = fmax(0.1, fmin(wave, 0.9)),
                             .anchor = 0.5};
}

static td_causal_point setup_b(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0), x1 = td_causal_x(at, 1);
    double left = fmax(positive(x0 + x1), td_causal_x(at, 2));
    return (td_causal_point){.level = left + positive(td_causal_x(at, 3) + td_causal_x(at, 4)),
                             .effect = x0 + softplus(x1),
                             .propensity = 0.5,
                             .anchor = 0.5};
}

static td_causal_point setup_c(const td_causal_row *at) {
    double rest = td_causal_x(at, 1) + td_causal_x(at, 2);
    return (td_causal_point){.level = 2 * softplus(td_causal_x(at, 0) + rest),
                             .effect = 1,
                             .propensity = td_sigmoid(-rest),
                             .anchor = 0.5};
}

static td_causal_point setup_d(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0), x1 = td_causal_x(at, 1);
    double treated = positive(x0 + x1 + td_causal_x(at, 2));
    double untreated = positive(td_causal_x(at, 3) + td_causal_x(at, 4));
    return (td_causal_point){.level = (treated + untreated) / 2,
                             .effect = treated - untreated,
                             .propensity = 1 / (1 + td_exp(-x0) + td_exp(-x1)),
                             .anchor = 0.5};
}

static td_causal_point hidden_confounder(const td_causal_row *at) {
    double untreated = td_sigmoid(3 * (at->hidden - 4)), treated = td_sigmoid(3 * at->hidden);
    return (td_causal_point){.level = untreated,
                             .effect = treated - untreated,
                             .propensity = 0.25 + 0.5 * at->hidden,
                             .anchor = 0};
}

/* ---- grf ------------------------------------------------------------------------------------- */

/* grf writes its outcomes around m = E[y | x]: the anchor is the propensity. */
static td_causal_point around_mean(double level, double effect, double propensity) {
    return (td_causal_point){level, effect, propensity, propensity};
}

static td_causal_point simple(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0), effect = positive(x0), e = x0 > 0 ? 0.6 : 0.4;
    return around_mean(td_causal_x(at, 1) + fmin(td_causal_x(at, 2), 0) + e * effect, effect, e);
}

static double beta_propensity(double x) {
    double y = 1 - x;
    return 0.25 * (1 + 20 * x * y * y * y);
}

static double step(double x, double slope) { return 1 + td_sigmoid(slope * (x - 1.0 / 3)); }

static td_causal_point aw1(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0);
    return around_mean(2 * x0 - 1, 0, beta_propensity(x0));
}

static td_causal_point aw2(const td_causal_row *at) {
    double effect = step(td_causal_x(at, 0), 20) * step(td_causal_x(at, 1), 20);
    return around_mean(0.5 * effect, effect, 0.5);
}

static td_causal_point aw3_of(const td_causal_row *at, double slope) {
    double x0 = td_causal_x(at, 0), e = beta_propensity(x0);
    double effect = step(x0, slope) * step(td_causal_x(at, 1), slope);
    return around_mean(2 * x0 - 1 + e * effect, effect, e);
}

static td_causal_point aw3(const td_causal_row *at) { return aw3_of(at, 20); }
static td_causal_point aw3_reverse(const td_causal_row *at) { return aw3_of(at, -20); }

static td_causal_point ai1(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0);
    return around_mean(0.5 * x0 + td_causal_x(at, 1) + 0.125 * x0, 0.25 * x0, 0.5);
}

static td_causal_point ai2(const td_causal_row *at) {
    double x0 = td_causal_x(at, 0), x1 = td_causal_x(at, 1);
    double effect = 0.5 * (positive(x0) + positive(x1)), level = 0.5 * (x0 + x1);
    for (uint32_t f = 2; f < 6; f++) level += td_causal_x(at, f);
    return around_mean(level + 0.5 * effect, effect, 0.5);
}

static td_causal_point kunzel(const td_causal_row *at) {
    const double e = 0.01;
    double effect = td_causal_x(at, 1) > 0.1 ? 8 : 0;
    double level = td_causal_x(at, 0) > 0.5 ? 5 : 0;
    for (uint32_t f = 0; f < at->x->n_columns; f++) level += at->beta[f] * td_causal_x(at, f);
    return around_mean(level + e * effect, effect, e);
}

static td_causal_point as_mean(td_causal_point point) {
    return around_mean(point.level, point.effect, point.propensity);
}
static td_causal_point nw1(const td_causal_row *at) { return as_mean(setup_a(at)); }
static td_causal_point nw2(const td_causal_row *at) { return as_mean(setup_b(at)); }
static td_causal_point nw3(const td_causal_row *at) { return as_mean(setup_c(at)); }
static td_causal_point nw4(const td_causal_row *at) { return as_mean(setup_d(at)); }

/* ---- table ----------------------------------------------------------------------------------- */

static const td_causal_law laws[] = {
    {"causalml1", "hard level and propensity, easy effect (Nie-Wager A)", setup_a,
     TD_CAUSAL_UNIFORM, 5, 5, 0, 0},
    {"causalml2", "randomised trial (Nie-Wager B)", setup_b, TD_CAUSAL_NORMAL, 5, 5, 0, 0},
    {"causalml3", "hard level, easy propensity, constant effect (Nie-Wager C)", setup_c,
     TD_CAUSAL_NORMAL, 5, 3, 0, 0},
    {"causalml4", "arms that share nothing (Nie-Wager D)", setup_d, TD_CAUSAL_NORMAL, 5, 5, 0, 0},
    {"causalml5", "hidden confounder, binary outcome (Louizos et al.): no learner can be right",
     hidden_confounder, TD_CAUSAL_PROXY, 5, 1, 0, 1},
    {"grf_simple", "one feature bends the effect, mild confounding", simple, TD_CAUSAL_NORMAL, 10,
     3, 1, 0},
    {"grf_aw1", "confounding without any effect (Wager-Athey 27)", aw1, TD_CAUSAL_UNIFORM, 10, 1, 1,
     0},
    {"grf_aw2", "trial, two steps in the effect (Wager-Athey 28)", aw2, TD_CAUSAL_UNIFORM, 10, 2, 1,
     0},
    {"grf_aw3", "confounding of aw1, effect of aw2", aw3, TD_CAUSAL_UNIFORM, 10, 2, 1, 0},
    {"grf_aw3reverse", "the same, effects run against the level", aw3_reverse, TD_CAUSAL_UNIFORM,
     10, 2, 1, 0},
    {"grf_ai1", "trial, linear effect (Athey-Imbens 1)", ai1, TD_CAUSAL_NORMAL, 10, 2, 1, 0},
    {"grf_ai2", "trial, bent effect (Athey-Imbens 2)", ai2, TD_CAUSAL_NORMAL, 10, 6, 1, 0},
    {"grf_kunzel", "one treated row in a hundred (Kuenzel et al. 1)", kunzel, TD_CAUSAL_CHAIN, 10,
     2, 1, 0},
    {"grf_nw1", "Nie-Wager A, scaled", nw1, TD_CAUSAL_UNIFORM, 10, 5, 1, 0},
    {"grf_nw2", "Nie-Wager B, scaled", nw2, TD_CAUSAL_NORMAL, 10, 5, 1, 0},
    {"grf_nw3", "Nie-Wager C, scaled", nw3, TD_CAUSAL_NORMAL, 10, 3, 1, 0},
    {"grf_nw4", "Nie-Wager D, scaled", nw4, TD_CAUSAL_NORMAL, 10, 5, 1, 0},
};

const td_causal_law *td_causal_law_at(uint32_t i) {
    return i < sizeof laws / sizeof *laws ? &laws[i] : NULL;
}
