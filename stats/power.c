/* stats/power.c: sample size, power and smallest visible effect for two proportions.
 *
 * With d = |p2 - p1|, q = 1 - p, r = n2/n1, P = (p1 + r p2)/(1 + r), Q = 1 - P, a = z of alpha
 * (alpha/2 two-sided), b = z of the power:
 *
 *     pooled      n = (a sqrt((1 + 1/r) P Q) + b sqrt(p1 q1 + p2 q2/r))^2 / d^2
 *     strict      the same, with rejections in the wrong direction added to the power
 *     unpooled    n = (a + b)^2 (p1 q1 + p2 q2/r) / d^2
 *     baseline    n = (a sqrt((1 + 1/r) p1 q1) + b sqrt(p1 q1 + p2 q2/r))^2 / d^2
 *     continuity  n' = n/4 (1 + sqrt(1 + 2 (r+1)/(n r d)))^2, n of pooled
 *     arcsine     power of a z test with mean h sqrt(n r/(1+r)), h = 2 asin sqrt p2 - 2 asin sqrt
 * p1
 *     exact       Fisher's test, every table counted (power_exact.c)
 *
 *   1. The power at n comes from the same formula solved for b.
 *   2. The effect at n and power is the root of "power at p2 - power" between p1 and the end of the
 *      scale.
 *   3. Non-inferiority: the null moves from d = 0 to p2 - p1 = -margin, so d becomes p2 - p1 +
 *      margin and only the unpooled variance is meaningful.
 *
 * All but exact cost O(1) to O(10) evaluations. They are normal approximations: at expected counts
 * below about 10 an arm use exact. Not here: sequential plans, more than two arms.
 *
 * Fleiss, "Statistical Methods for Rates and Proportions" (1981), chapter 3; Cohen, "Statistical
 * Power Analysis" (1988), chapter 6; Chow, Shao, Wang, "Sample Size Calculations" (2008), chapter
 * 4; Casagrande, Pike, Smith 1978, doi 10.2307/2530613. */
#include "stats/power.h"

#include <math.h>

#include "core/base/numeric.h"
#include "stats/root.h"

static const char *const method_name[TD_N_POWER_METHODS] = {
    "pooled", "strict", "unpooled", "arcsine", "continuity", "baseline", "exact",
};

const char *td_power_method_name(td_power_method method) { return method_name[method]; }

/* --- normal theory ---------------------------------------------------------------------------- */

/* Critical value: the upper alpha point, or alpha/2 two-sided. */
static double critical_z(double alpha, int is_one_sided) {
    return -td_normal_quantile(is_one_sided ? alpha : 0.5 * alpha);
}

double td_power_normal(double effect, double alpha, int is_one_sided) {
    double z = critical_z(alpha, is_one_sided);
    double near = td_normal_cdf(effect - z);
    return is_one_sided ? near : near + td_normal_cdf(-effect - z);
}

typedef struct effect_target {
    double power, alpha;
    int is_one_sided;
} effect_target;

static double normal_excess(const void *ctx, double effect) {
    const effect_target *g = ctx;
    return td_power_normal(effect, g->alpha, g->is_one_sided) - g->power;
}

double td_power_normal_effect(double power, double alpha, int is_one_sided) {
    effect_target g = {power, alpha, is_one_sided};
    return td_root_find_positive(normal_excess, &g, 1.0);
}

/* --- a plan ----------------------------------------------------------------------------------- */

/* Rates of 0 and 1 have no variance, hence no plan. */
static int is_inside(double x) { return x > 0 && x < 1; }

td_status td_proportion_plan_check(const td_proportion_plan *plan, td_error *err) {
    TD_CHECK(is_inside(plan->p1), err, TD_ERR_RANGE, "p1 = %.10g is not between 0 and 1", plan->p1);
    TD_CHECK(is_inside(plan->p2), err, TD_ERR_RANGE, "p2 = %.10g is not between 0 and 1", plan->p2);
    TD_CHECK(plan->ratio > 0, err, TD_ERR_RANGE, "ratio n2/n1 = %.10g is not positive",
             plan->ratio);
    TD_CHECK(plan->ratio < 1e9, err, TD_ERR_RANGE, "ratio n2/n1 = %.10g is not below 10^9",
             plan->ratio);
    TD_CHECK(plan->alpha > 0 && plan->alpha < 0.5, err, TD_ERR_RANGE,
             "alpha = %.10g is not between 0 and 0.5", plan->alpha);
    TD_CHECK(plan->margin >= 0 && plan->margin < 1, err, TD_ERR_RANGE,
             "margin = %.10g is not between 0 and 1", plan->margin);
    if (plan->margin > 0) {
        TD_CHECK(plan->p2 - plan->p1 + plan->margin > 0, err, TD_ERR_RANGE,
                 "p2 - p1 = %.10g lies below -margin = %.10g: treatment is inferior, no sample "
                 "size shows otherwise",
                 plan->p2 - plan->p1, -plan->margin);
        return TD_OK;
    }
    TD_CHECK(plan->p1 != plan->p2, err, TD_ERR_RANGE, "p1 = p2 = %.10g: there is no effect to find",
             plan->p1);
    return TD_OK;
}

/* Standard deviations of sqrt(n1) (p2_hat - p1_hat) under the null and the alternative. */
typedef struct spread {
    double d, null, alternative;
} spread;

static spread spread_of(const td_proportion_plan *plan, td_power_method method) {
    double r = plan->ratio, p1 = plan->p1, p2 = plan->p2;
    double mean = (p1 + r * p2) / (1.0 + r);
    double both = sqrt(p1 * (1.0 - p1) + p2 * (1.0 - p2) / r);
    spread s = {.alternative = both, .d = fabs(p2 - p1)};
    if (plan->margin > 0) s.d = p2 - p1 + plan->margin;
    if (method == TD_POWER_UNPOOLED) {
        s.null = both;
    } else if (method == TD_POWER_BASELINE) {
        s.null = sqrt((1.0 + 1.0 / r) * p1 * (1.0 - p1));
    } else {
        s.null = sqrt((1.0 + 1.0 / r) * mean * (1.0 - mean));
    }
    return s;
}

/* |h| per square root of n1: the two arms have variances 1/n1 and 1/(r n1). */
static double arcsine_effect(const td_proportion_plan *plan) {
    double h = 2.0 * (td_asin(sqrt(plan->p2)) - td_asin(sqrt(plan->p1)));
    return fabs(h) * sqrt(plan->ratio / (1.0 + plan->ratio));
}

/* Non-inferiority is one-sided by nature. */
static int one_sided(const td_proportion_plan *plan) {
    return plan->is_one_sided || plan->margin > 0;
}

/* --- power at n ------------------------------------------------------------------------------- */

/* n_c = n/4 (1 + sqrt(1 + 2c/n))^2 with c = (r+1)/(r d) means sqrt n = sqrt(n_c) - c/(2 sqrt
 * n_c). */
static double without_continuity(const td_proportion_plan *plan, double n, double d) {
    double c = (1.0 + plan->ratio) / (plan->ratio * d);
    double root = sqrt(n) - 0.5 * c / sqrt(n);
    return root > 0 ? root * root : 0;
}

/* Power of the closed-form methods. */
static double normal_power(const td_proportion_plan *plan, td_power_method method, double n) {
    int is_one_sided = one_sided(plan);
    if (method == TD_POWER_ARCSINE)
        return td_power_normal(arcsine_effect(plan) * sqrt(n), plan->alpha, is_one_sided);
    spread s = spread_of(plan, method);
    if (method == TD_POWER_CONTINUITY) n = without_continuity(plan, n, s.d);
    double z = critical_z(plan->alpha, is_one_sided) * s.null, mean = s.d * sqrt(n);
    double near = td_normal_cdf((mean - z) / s.alternative);
    if (method != TD_POWER_STRICT || is_one_sided) return near;
    return near + td_normal_cdf((-mean - z) / s.alternative);
}

/* Why a method does not cover a plan, NULL when it does. */
static const char *why_not(const td_proportion_plan *plan, td_power_method method) {
    if (plan->margin > 0 && method != TD_POWER_UNPOOLED)
        return "with a margin only the unpooled method is defined";
    return NULL;
}

static const char too_large[] = "n1 * n2 above 10^7: too many tables to count, use pooled";

/* Exact power is a count, the others one formula. */
td_status td_power_proportion_at(td_metric *power, const td_proportion_plan *plan,
                                 td_power_method method, double n1, td_error *err) {
    TD_TRY(td_proportion_plan_check(plan, err));
    TD_CHECK(n1 > 0 && n1 < 1e18, err, TD_ERR_RANGE, "n = %.10g is not positive", n1);
    const char *reason = why_not(plan, method);
    if (reason == NULL && method == TD_POWER_EXACT) {
        double whole1 = ceil(n1), whole2 = ceil(n1 * plan->ratio);
        if (whole1 * whole2 > TD_EXACT_CELLS) {
            *power = td_metric_undefined(too_large);
            return TD_OK;
        }
        *power = td_metric_of(0);
        return td_power_fisher(&power->value, plan, (uint64_t)whole1, (uint64_t)whole2, err);
    }
    *power =
        reason != NULL ? td_metric_undefined(reason) : td_metric_of(normal_power(plan, method, n1));
    return TD_OK;
}

/* --- n for a power ---------------------------------------------------------------------------- */

typedef struct size_target {
    const td_proportion_plan *plan;
    td_power_method method;
    double power;
} size_target;

/* Increasing in n: more units, more power. */
static double size_excess(const void *ctx, double n) {
    const size_target *g = ctx;
    return normal_power(g->plan, g->method, n) - g->power;
}

/* Step 1 solved for n; methods with a second tail need a root. */
static double normal_n(const td_proportion_plan *plan, td_power_method method, double power) {
    if (method == TD_POWER_ARCSINE) {
        double root =
            td_power_normal_effect(power, plan->alpha, one_sided(plan)) / arcsine_effect(plan);
        return root * root;
    }
    spread s = spread_of(plan, method);
    double z = critical_z(plan->alpha, one_sided(plan)), b = td_normal_quantile(power);
    double root = (z * s.null + b * s.alternative) / s.d;
    double n = root * root;
    if (method == TD_POWER_STRICT) {
        size_target g = {plan, method, power};
        return td_root_find_positive(size_excess, &g, n);
    }
    if (method == TD_POWER_CONTINUITY) {
        double c = 1.0 + sqrt(1.0 + 2.0 * (1.0 + plan->ratio) / (n * plan->ratio * s.d));
        return 0.25 * n * c * c;
    }
    return n;
}

/* Is the power at n reached? Undefined counts as reached, so that a bisection ends. */
static td_status is_enough(int *yes, const td_proportion_plan *plan, double n, double power,
                           td_error *err) {
    td_metric at = {0};
    TD_TRY(td_power_proportion_at(&at, plan, TD_POWER_EXACT, n, err));
    *yes = !td_metric_is_defined(at) || at.value >= power;
    return TD_OK;
}

/* Bisection between nothing and twice the corrected n; then down the last tooth. */
static td_status exact_n(td_metric *n1, const td_proportion_plan *plan, double power,
                         td_error *err) {
    double high = ceil(2.0 * normal_n(plan, TD_POWER_CONTINUITY, power)) + 8.0, low = 0;
    double most = floor(sqrt(TD_EXACT_CELLS / plan->ratio));
    int yes = 0;
    if (high > most) high = most;
    if (normal_n(plan, TD_POWER_POOLED, power) > most) {
        *n1 = td_metric_undefined(too_large);
        return TD_OK;
    }
    TD_TRY(is_enough(&yes, plan, high, power, err));
    if (!yes) {
        *n1 = td_metric_undefined(too_large);
        return TD_OK;
    }
    while (high - low > 1.0) {
        double middle = floor(0.5 * (low + high));
        TD_TRY(is_enough(&yes, plan, middle, power, err));
        if (yes) {
            high = middle;
        } else {
            low = middle;
        }
    }
    *n1 = td_metric_of(high);
    return TD_OK;
}

static td_status check_power(double power, double alpha, td_error *err) {
    TD_CHECK(power > alpha && power < 1, err, TD_ERR_RANGE,
             "power = %.10g is not between alpha = %.10g and 1", power, alpha);
    return TD_OK;
}

/* Closed form where there is one. */
td_status td_power_proportion_n(td_metric *n1, const td_proportion_plan *plan,
                                td_power_method method, double power, td_error *err) {
    TD_TRY(td_proportion_plan_check(plan, err));
    TD_TRY(check_power(power, plan->alpha, err));
    const char *reason = why_not(plan, method);
    if (reason == NULL && method == TD_POWER_EXACT) return exact_n(n1, plan, power, err);
    *n1 =
        reason != NULL ? td_metric_undefined(reason) : td_metric_of(normal_n(plan, method, power));
    return TD_OK;
}

/* --- effect for n and a power ----------------------------------------------------------------- */

typedef struct effect_search {
    td_proportion_plan plan;
    td_power_method method;
    double n1, power;
} effect_search;

/* At p2 = p1 the power is below the target by the check of the power. */
static double p2_excess(const void *ctx, double p2) {
    const effect_search *g = ctx;
    td_proportion_plan plan = g->plan;
    plan.p2 = p2;
    if (p2 == plan.p1 && plan.margin == 0) return plan.alpha - g->power;
    return normal_power(&plan, g->method, g->n1) - g->power;
}

td_status td_power_proportion_p2(td_metric *p2, const td_proportion_plan *plan,
                                 td_power_method method, td_effect_question question,
                                 td_error *err) {
    effect_search g = {*plan, method, question.n1, question.power};
    g.plan.p2 = question.direction > 0 ? 1.0 - 0x1p-40 : 0x1p-40;
    TD_TRY(td_proportion_plan_check(&g.plan, err));
    TD_TRY(check_power(question.power, plan->alpha, err));
    TD_CHECK(question.n1 > 0 && question.n1 < 1e18, err, TD_ERR_RANGE, "n = %.10g is not positive",
             question.n1);
    const char *reason = why_not(plan, method);
    if (method == TD_POWER_EXACT) reason = "exact power has steps in n, not an effect of its own";
    double start = plan->margin > 0 ? plan->p1 - plan->margin : plan->p1;
    double root = reason == NULL ? td_root_find(p2_excess, &g, fmax(start, 0x1p-40), g.plan.p2) : 0;
    if (reason == NULL && root != root) reason = "n is too small: no conversion has this power";
    *p2 = reason != NULL ? td_metric_undefined(reason) : td_metric_of(root);
    return TD_OK;
}
