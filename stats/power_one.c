/* stats/power_one.c: size, power and effect of a plan for one conversion against a known value.
 *
 * Problem: a shop knows its conversion p0 from years and asks how many visitors tell p1 from it.
 * With d = |p1 - p0|, q = 1 - p, a = z of alpha (alpha/2 two-sided), b = z of the power:
 *
 *     normal    n = (a sqrt(p0 q0) + b sqrt(p1 q1))^2 / d^2; power Phi((d sqrt n - a s0) / s1)
 *     unpooled  n = (a + b)^2 p1 q1 / d^2
 *     arcsine   power of a z test with mean h sqrt n, h = 2 asin sqrt p1 - 2 asin sqrt p0;
 *               two-sided with its far tail
 *     exact     reject x < l and x > u with P(x < l | p0) <= alpha/2 and P(x > u | p0) <= alpha/2,
 *               l the largest and u the smallest such; one-sided one of the two with alpha
 *
 *   1. Power: the formulas, or the two binomial tails at p1.
 *   2. n of `exact`: l and u are whole, so that alpha jumps and the power over n is a saw:
 *
 *          power  |        /|  /|/     each tooth: one u, more units, more power;
 *          asked -|---/|--/-|-/---     then u + 1, and the power falls
 *                 |  / | /  |/
 *                 +-----------*----- n     * = the answer: from here on every n has the power
 *
 *      (p1 < p0: power falls within a tooth and rises with l.)
 *
 *      The walk goes down from above the normal size to the first n that fails. When that lies in
 *      the upper half of what was walked, the walk starts again at twice its height, so that as
 *      many n above the answer as between it and the start of the search are known to hold.
 *   3. Effect: the root in p1; at a fixed n the power rises with the distance from p0.
 *
 * Cost: O(1), `exact` O(sqrt n) a power; n costs some 8/d + n/50 powers. It does not order outcomes
 * by probability, as R's binom.test does: equal tails are what Clopper-Pearson's interval inverts.
 *
 * Rosner, "Fundamentals of Biostatistics" (2011), 7.10; Chow, Shao, Wang, "Sample Size
 * Calculations" (2008), 4.1; Cohen 1988, 6.2; Chernick, Liu 2002, doi 10.1198/000313002317572835
 * (the saw-tooth). */
#include "stats/power_one.h"

#include <math.h>

#include "core/base/numeric.h"
#include "stats/root.h"
#include "stats/special.h"

static const char *const method_name[TD_N_POWER_ONE_METHODS] = {
    "normal",
    "unpooled",
    "arcsine",
    "exact",
};
static const char too_large[] = "n above 10^6: outcomes are not counted, use normal";

const char *td_power_one_method_name(td_power_one_method method) { return method_name[method]; }

static int is_inside(double x) { return x > 0 && x < 1; }

static td_status check_plan(const td_one_plan *plan, td_error *err) {
    TD_CHECK(is_inside(plan->p0), err, TD_ERR_RANGE, "p0 = %.10g is not between 0 and 1", plan->p0);
    TD_CHECK(is_inside(plan->p1), err, TD_ERR_RANGE, "p1 = %.10g is not between 0 and 1", plan->p1);
    TD_CHECK(plan->p0 != plan->p1, err, TD_ERR_RANGE, "p0 = p1 = %.10g: there is no effect to find",
             plan->p0);
    TD_CHECK(plan->alpha > 0 && plan->alpha < 0.5, err, TD_ERR_RANGE,
             "alpha = %.10g is not between 0 and 0.5", plan->alpha);
    return TD_OK;
}

static td_status check_power(double power, double alpha, td_error *err) {
    TD_CHECK(power > alpha && power < 1, err, TD_ERR_RANGE,
             "power = %.10g is not between alpha = %.10g and 1", power, alpha);
    return TD_OK;
}

static td_status check_n(double n, td_error *err) {
    TD_CHECK(n > 0 && n < 1e18, err, TD_ERR_RANGE, "n = %.10g is not positive", n);
    return TD_OK;
}

/* Alpha of each tail that rejects. */
static double tail_alpha(const td_one_plan *plan) {
    return plan->is_one_sided ? plan->alpha : 0.5 * plan->alpha;
}

/* --- normal theory ---------------------------------------------------------------------------- */

/* |h|, the effect of one unit. */
static double arcsine_effect(const td_one_plan *plan) {
    return fabs(2.0 * (td_asin(sqrt(plan->p1)) - td_asin(sqrt(plan->p0))));
}

/* Standard deviations of one unit under the null (that of p1 when unpooled) and under p1. */
static void spreads(double *null, double *alternative, const td_one_plan *plan,
                    td_power_one_method method) {
    *alternative = sqrt(plan->p1 * (1.0 - plan->p1));
    *null = method == TD_POWER_ONE_UNPOOLED ? *alternative : sqrt(plan->p0 * (1.0 - plan->p0));
}

static double normal_power(const td_one_plan *plan, td_power_one_method method, double n) {
    double null, alternative;
    if (method == TD_POWER_ONE_ARCSINE)
        return td_power_normal(arcsine_effect(plan) * sqrt(n), plan->alpha, plan->is_one_sided);
    spreads(&null, &alternative, plan, method);
    double a = -td_normal_quantile(tail_alpha(plan));
    return td_normal_cdf((fabs(plan->p1 - plan->p0) * sqrt(n) - a * null) / alternative);
}

/* The same solved for n; a and b sum to more than 0, for power > alpha. When the null varies more
 * than p1 does, even n -> 0 may have the power: then n = 0. */
static double normal_n(const td_one_plan *plan, td_power_one_method method, double power) {
    double null, alternative, root;
    if (method == TD_POWER_ONE_ARCSINE) {
        root = td_power_normal_effect(power, plan->alpha, plan->is_one_sided);
        root /= arcsine_effect(plan);
        return root * root;
    }
    spreads(&null, &alternative, plan, method);
    double a = -td_normal_quantile(tail_alpha(plan)), b = td_normal_quantile(power);
    root = fmax(0, a * null + b * alternative) / fabs(plan->p1 - plan->p0);
    return root * root;
}

/* --- exact ------------------------------------------------------------------------------------ */

/* The least u >= 0 with P(x > u | p0) <= tail, from a guess that quantiles round. */
static uint64_t upper_bound(uint64_t guess, uint64_t n, double p0, double tail) {
    uint64_t u = guess > n ? n : guess;
    while (u < n && td_binomial_sf(u, n, p0) > tail) u++;
    while (u > 0 && td_binomial_sf(u - 1, n, p0) <= tail) u--;
    return u;
}

/* The largest l with P(x < l | p0) <= tail. */
static uint64_t lower_bound(uint64_t guess, uint64_t n, double p0, double tail) {
    uint64_t l = guess > n ? n : guess;
    while (l > 0 && td_binomial_cdf(l - 1, n, p0) > tail) l--;
    while (l < n && td_binomial_cdf(l, n, p0) <= tail) l++;
    return l;
}

static double rejected(const td_one_exact *test, double p) {
    double low = test->below > 0 ? td_binomial_cdf(test->below - 1, test->n, p) : 0;
    return low + (test->above < test->n ? td_binomial_sf(test->above, test->n, p) : 0);
}

/* Bounds at n from those at a neighbour: a step or none. */
static void move_to(td_one_exact *test, const td_one_plan *plan, uint64_t n) {
    double tail = tail_alpha(plan);
    int is_up = plan->p1 > plan->p0, is_both = !plan->is_one_sided;
    test->n = n;
    test->above = is_both || is_up ? upper_bound(test->above, n, plan->p0, tail) : n;
    test->below = is_both || !is_up ? lower_bound(test->below, n, plan->p0, tail) : 0;
}

static void open_at(td_one_exact *test, const td_one_plan *plan, uint64_t n) {
    double tail = tail_alpha(plan);
    test->above = td_binomial_quantile(1.0 - tail, n, plan->p0);
    test->below = td_binomial_quantile(tail, n, plan->p0);
    move_to(test, plan, n);
}

void td_power_one_exact_at(td_one_exact *out, const td_one_plan *plan, uint64_t n) {
    open_at(out, plan, n);
    out->alpha = rejected(out, plan->p0);
    out->power = rejected(out, plan->p1);
}

/* The largest n <= high without the power; 0 when there is none. */
static uint64_t last_failure(const td_one_plan *plan, uint64_t high, double power) {
    td_one_exact test;
    open_at(&test, plan, high);
    for (uint64_t n = high; n > 0; n--) {
        move_to(&test, plan, n);
        if (rejected(&test, plan->p1) < power) return n;
    }
    return 0;
}

/* Step 2. The size by the normal formula is where the walk is expected to end. */
static td_metric exact_n(const td_one_plan *plan, double power) {
    double expected = normal_n(plan, TD_POWER_ONE_NORMAL, power);
    double reach = ceil(0.02 * expected + 8.0 / fabs(plan->p1 - plan->p0)) + 32.0;
    for (;; reach *= 2.0) {
        double high = ceil(expected) + reach;
        if (high > TD_POWER_ONE_MOST) return td_metric_undefined(too_large);
        double failure = (double)last_failure(plan, (uint64_t)high, power);
        if (failure < high - 0.5 * reach) return td_metric_of(failure + 1.0);
    }
}

/* --- the three questions ---------------------------------------------------------------------- */

static double power_at(const td_one_plan *plan, td_power_one_method method, double n) {
    td_one_exact test;
    if (method != TD_POWER_ONE_EXACT) return normal_power(plan, method, n);
    td_power_one_exact_at(&test, plan, (uint64_t)ceil(n));
    return test.power;
}

/* Why a method has no answer at this size, NULL when it has. */
static const char *why_not(td_power_one_method method, double n) {
    return method == TD_POWER_ONE_EXACT && n > TD_POWER_ONE_MOST ? too_large : NULL;
}

td_status td_power_one_at(td_metric *power, const td_one_plan *plan, td_power_one_method method,
                          double n, td_error *err) {
    TD_TRY(check_plan(plan, err));
    TD_TRY(check_n(n, err));
    const char *reason = why_not(method, n);
    *power = reason != NULL ? td_metric_undefined(reason) : td_metric_of(power_at(plan, method, n));
    return TD_OK;
}

td_status td_power_one_n(td_metric *n, const td_one_plan *plan, td_power_one_method method,
                         double power, td_error *err) {
    TD_TRY(check_plan(plan, err));
    TD_TRY(check_power(power, plan->alpha, err));
    *n = method == TD_POWER_ONE_EXACT ? exact_n(plan, power)
                                      : td_metric_of(normal_n(plan, method, power));
    return TD_OK;
}

typedef struct effect_search {
    td_one_plan plan;
    td_power_one_method method;
    double n, power;
} effect_search;

/* At p1 = p0 the power is at most alpha, below the one asked for. */
static double p1_excess(const void *ctx, double p1) {
    const effect_search *g = ctx;
    td_one_plan plan = g->plan;
    if (p1 == plan.p0) return plan.alpha - g->power;
    plan.p1 = p1;
    return power_at(&plan, g->method, g->n) - g->power;
}

td_status td_power_one_p1(td_metric *p1, const td_one_plan *plan, td_power_one_method method,
                          td_effect_question question, td_error *err) {
    effect_search g = {*plan, method, question.n1, question.power};
    g.plan.p1 = question.direction > 0 ? 1.0 - 0x1p-40 : 0x1p-40;
    TD_TRY(check_plan(&g.plan, err));
    TD_TRY(check_power(question.power, plan->alpha, err));
    TD_TRY(check_n(question.n1, err));
    const char *reason = why_not(method, question.n1);
    double root = reason == NULL ? td_root_find(p1_excess, &g, plan->p0, g.plan.p1) : 0;
    if (reason == NULL && root != root) reason = "n is too small: no conversion has this power";
    *p1 = reason != NULL ? td_metric_undefined(reason) : td_metric_of(root);
    return TD_OK;
}
