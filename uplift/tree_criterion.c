/* uplift/tree_criterion.c: how good it is to part a node, by five criteria.
 *
 * In a node: N_a = weight of arm a (0 = control, C; the others together T), y_a = its mean outcome,
 * drawn to the parent's by m rows:  y_a = (sum + m y_a(parent)) / (N_a + m). A split sends N_a(s)
 * of each arm to side s = left, right; P_s = the share of all weight there.
 *
 *   gain = P_left D(left) + P_right D(right) - D(node),   D summed over the treated arms a:
 *
 *     kl         y_a log(y_a / y_0) + (1 - y_a) log((1 - y_a)/(1 - y_0))
 *     euclidean  (y_a - y_0)^2 + ((1 - y_a) - (1 - y_0))^2 = 2 (y_a - y_0)^2
 *     chi2       (y_a - y_0)^2 / y_0 + (y_a - y_0)^2 / (1 - y_0)
 *     cts        the greatest y of all arms, not summed: what the best arm would bring
 *     ddp        gain = sum over a of |(y_a - y_0)(left) - (y_a - y_0)(right)| instead
 *
 * Rates inside kl and chi2 are held within [1e-6, 1 - 1e-6]. A split that leaves an arm without
 * weight on a side has gain 0: there is no rate to compare.
 *
 * Normalisation (kl, euclidean, chi2): the gain is divided by
 *
 *   I = alpha       h(N_T/N)           d(T : C)
 *     + (1 - alpha) sum_a h(N_a/(N_a + N_0)) d(a : C)
 *     + sum_a N_a/N h(l_a) + N_0/N h(l_0) + 1/2
 *
 * l_a = share of arm a that goes left, d = the criterion's divergence between two such shares, h =
 * entropy (kl) or Gini's 1 - p^2 - (1 - p)^2 (others), alpha = 0.9. It punishes splits that part
 * the arms themselves, and splits into many rows on either side. With one treated arm this is the
 * published formula. causalml takes kl and -p log p here for every criterion; we follow the paper.
 *
 * Cost: O(arms), four logarithms per arm for kl. What it does not do: significance. Rzepakowski and
 * Jaroszewicz (2012), doi:10.1007/s10115-011-0434-0; cts: Zhao, Fang, Simchi-Levi (2017),
 * doi:10.1137/1.9781611974973.66; ddp: Hansotia and Rukstales (2002), doi:10.1002/dir.10035. */
#include <math.h>
#include <string.h>

#include "core/base/cpu.h"
#include "core/base/numeric.h"
#include "uplift/tree_parts.h"

static const double rate_edge = 1e-6, pooled_share = 0.9;

static const char *const names[TD_UPLIFT_N_CRITERIA] = {"kl", "euclidean", "chi2", "cts", "ddp"};

const char *td_uplift_criterion_name(td_uplift_criterion criterion) { return names[criterion]; }

td_status td_uplift_criterion_find(td_uplift_criterion *out, const char *name, td_error *err) {
    for (int i = 0; i < TD_UPLIFT_N_CRITERIA; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *out = (td_uplift_criterion)i;
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_ARG, "no criterion '%s': kl, euclidean, chi2, cts or ddp", name);
}

void td_arm_rates(double *rate, const td_arm_sum *sums, const double *parent,
                  const td_effect_rule *rule) {
    double m = parent != NULL ? rule->params->shrinkage : 0;
    for (uint32_t a = 0; a < rule->n_arms; a++) {
        double from_parent = parent != NULL ? m * parent[a] : 0, rows = sums[a].weight + m;
        rate[a] = rows > 0 ? (sums[a].outcome + from_parent) / rows : 0;
    }
}

/* ---- divergences ----------------------------------------------------------------------------- */

static double hold(double p) { return fmax(rate_edge, fmin(p, 1 - rate_edge)); }

/* d(p : q) between two shares. */
static double divergence(td_uplift_criterion criterion, double p, double q) {
    double gap = p - q;
    if (criterion == TD_UPLIFT_EUCLIDEAN) return 2 * gap * gap;
    p = hold(p);
    q = hold(q);
    if (criterion == TD_UPLIFT_CHI2) return (p - q) * (p - q) * (1 / q + 1 / (1 - q));
    return p * td_log(p / q) + (1 - p) * td_log((1 - p) / (1 - q));
}

/* h(p) of a share: entropy beside kl, else Gini. */
static double impurity(td_uplift_criterion criterion, double p) {
    double q = 1 - p;
    if (criterion != TD_UPLIFT_KL) return 1 - p * p - q * q;
    return (p > 0 ? -p * td_log(p) : 0) + (q > 0 ? -q * td_log(q) : 0);
}

/* D of a node from its rates. */
static double node_value(const double *rate, const td_effect_rule *rule) {
    td_uplift_criterion criterion = rule->params->criterion;
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): there are two arms or more
    double value = criterion == TD_UPLIFT_CTS ? rate[0] : 0;
    for (uint32_t a = 1; a < rule->n_arms; a++) {
        value = criterion == TD_UPLIFT_CTS ? fmax(value, rate[a])
                                           : value + divergence(criterion, rate[a], rate[0]);
    }
    return value;
}

static double effect_gap(const double *left, const double *right, uint32_t n_arms) {
    double gap = 0;
    for (uint32_t a = 1; a < n_arms; a++) {
        gap += fabs((left[a] - left[0]) - (right[a] - right[0]));
    }
    return gap;
}

/* ---- normalisation --------------------------------------------------------------------------- */

static double normaliser(const td_effect_sides *sides, const td_effect_rule *rule) {
    td_uplift_criterion criterion = rule->params->criterion;
    const td_arm_sum *left = sides->left, *right = sides->right;
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): there are two arms or more
    double n0 = left[0].weight + right[0].weight, treated = 0, treated_left = 0;
    for (uint32_t a = 1; a < rule->n_arms; a++) {
        treated_left += left[a].weight;
        treated += left[a].weight + right[a].weight;
    }
    double n = treated + n0, l0 = left[0].weight / n0;
    double sum = 0.5 + n0 / n * impurity(criterion, l0);
    sum += pooled_share * impurity(criterion, treated / n) *
           divergence(criterion, treated_left / treated, l0);
    for (uint32_t a = 1; a < rule->n_arms; a++) {
        double na = left[a].weight + right[a].weight, la = left[a].weight / na;
        sum += (1 - pooled_share) * impurity(criterion, na / (na + n0)) *
               divergence(criterion, la, l0);
        sum += na / n * impurity(criterion, la);
    }
    return sum;
}

static int weighs_everywhere(const td_effect_sides *sides, uint32_t n_arms) {
    for (uint32_t a = 0; a < n_arms; a++) {
        if (!(sides->left[a].weight > 0 && sides->right[a].weight > 0)) return 0;
    }
    return 1;
}

double td_effect_gain(const td_effect_sides *sides, const td_effect_rule *rule) {
    if (!weighs_everywhere(sides, rule->n_arms)) return 0;
    double left[TD_UPLIFT_MAX_ARMS], right[TD_UPLIFT_MAX_ARMS], n_left = 0, n_right = 0;
    td_arm_rates(left, sides->left, sides->node_rate, rule);
    td_arm_rates(right, sides->right, sides->node_rate, rule);
    if (rule->params->criterion == TD_UPLIFT_DDP) return effect_gap(left, right, rule->n_arms);
    for (uint32_t a = 0; a < rule->n_arms; a++) {
        n_left += sides->left[a].weight;
        n_right += sides->right[a].weight;
    }
    double n = n_left + n_right;
    double gain = n_left / n * node_value(left, rule) + n_right / n * node_value(right, rule) -
                  node_value(sides->node_rate, rule);
    int is_divided = rule->params->is_normalised && rule->params->criterion != TD_UPLIFT_CTS;
    return is_divided ? gain / normaliser(sides, rule) : gain;
}

/* ---- candidates of a walk -------------------------------------------------------------------- */

void td_effect_scan_sides(td_arm_sum *left, td_arm_sum *right, const td_effect_scan *scan,
                          uint32_t i) {
    for (uint32_t a = 0; a < scan->rule->n_arms; a++) {
        uint32_t at = a * TD_EFFECT_BINS + i;
        int64_t grad = scan->grad[at], hess = scan->hess[at], rows = scan->rows[at];
        double outcome = scan->outcome_scale[a], weight = scan->weight_scale[a];
        left[a] = (td_arm_sum){(double)hess * weight, (double)grad * outcome, (uint64_t)rows};
        right[a] = (td_arm_sum){(double)(scan->hess_total[a] - hess) * weight,
                                (double)(scan->grad_total[a] - grad) * outcome,
                                (uint64_t)(scan->rows_total[a] - rows)};
    }
}

void td_effect_gains_scalar(double *gain, const td_effect_scan *scan) {
    td_arm_sum left[TD_UPLIFT_MAX_ARMS], right[TD_UPLIFT_MAX_ARMS];
    td_effect_sides sides = {left, right, scan->node_rate};
    for (uint32_t i = scan->begin; i < scan->end; i++) {
        td_effect_scan_sides(left, right, scan, i);
        gain[i] = td_effect_gain(&sides, scan->rule);
    }
}

void td_effect_gains(double *gain, const td_effect_scan *scan) {
#if defined(__x86_64__)
    const td_forest_params *params = scan->rule->params;
    int is_plain = params->criterion == TD_UPLIFT_EUCLIDEAN && !params->is_normalised;
    td_simd level = is_plain ? td_cpu_simd() : TD_SIMD_SCALAR;
    if (level != TD_SIMD_SCALAR) {
        (level == TD_SIMD_AVX512 ? td_effect_gains_avx512 : td_effect_gains_avx2)(gain, scan);
        return;
    }
#endif
    td_effect_gains_scalar(gain, scan);
}
