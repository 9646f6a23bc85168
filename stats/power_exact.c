/* stats/power_exact.c: exact power of Fisher's exact test.
 *
 * Problem: for rare events in small groups the normal formulas are wrong by tens of percent. All
 * tables (x1, x2) can be counted instead:
 *
 *     power = sum over (x1, x2) with p-value <= alpha of b(x1; n1, p1) b(x2; n2, p2)
 *
 *   1. For each total m = x1 + x2 the p-value depends on x1 alone, and the rejected x1 are those of
 *      smallest hypergeometric probability: a lower tail and an upper tail of [max(0, m-n2),
 *      min(n1, m)].
 *   2. The tails grow from both ends, always at the end of smaller probability, while their sum
 *      stays within alpha (two-sided: probabilities equal to one part in 10^7 are added together,
 * as
 *      R's fisher.test does); one-sided only the end of the effect grows.
 *   3. The binomial weights of the rejected tables are added.
 *
 *         x1 = lo  ######.............######  hi        # rejected
 *
 * Cost: O(n1 + n2 + rejected tables) after O(n1 + n2) densities; the caller keeps n1 n2 within
 * 10^7. It does not know other tests: Boschloo's has at least this power, but its own p-values take
 * O(n1 n2) each.
 *
 * Fisher 1935, doi 10.2307/2342435; Casagrande, Pike, Smith 1978, doi 10.2307/2530613. */
#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/power.h"
#include "stats/special.h"

/* Arm sizes, binomial weights under the plan, and one total m in turn. */
typedef struct exact {
    uint64_t n1, n2;
    double *weight1, *weight2; /* [n1 + 1], [n2 + 1] */
    double *point;             /* [n1 + 1] hypergeometric probabilities of one total */
    double alpha;
    int side; /* 0 two-sided, -1 rejects small x1, 1 rejects large x1 */
} exact;

static void free_exact(exact *e) {
    td_mem_free(e->weight1);
    td_mem_free(e->weight2);
    td_mem_free(e->point);
}

static td_status init_exact(exact *e, const td_proportion_plan *plan, td_error *err) {
    TD_NEW(e->weight1, e->n1 + 1, err);
    TD_NEW(e->weight2, e->n2 + 1, err);
    TD_NEW(e->point, e->n1 + 1, err);
    for (uint64_t x = 0; x <= e->n1; x++) e->weight1[x] = td_binomial_pmf(x, e->n1, plan->p1);
    for (uint64_t x = 0; x <= e->n2; x++) e->weight2[x] = td_binomial_pmf(x, e->n2, plan->p2);
    return TD_OK;
}

/* Hypergeometric probabilities of x1 = low .. high for total m: one density at the mode, the others
 * by the ratio of neighbours, f(x+1)/f(x) = (n1-x)(m-x) / ((x+1)(n2-m+x+1)). */
static void fill_points(const exact *e, uint64_t m, uint64_t low, uint64_t high) {
    double n1 = (double)e->n1, n2 = (double)e->n2, total = (double)m;
    uint64_t mode = (uint64_t)((n1 + 1.0) * (total + 1.0) / (n1 + n2 + 2.0));
    if (mode < low) mode = low;
    if (mode > high) mode = high;
    e->point[mode] = td_hypergeometric_pmf(mode, e->n1, e->n2, m);
    for (uint64_t x = mode; x < high; x++) {
        double at = (double)x;
        double ratio = (n1 - at) * (total - at) / ((at + 1.0) * (n2 - total + at + 1.0));
        e->point[x + 1] = e->point[x] * ratio;
    }
    for (uint64_t x = mode; x > low; x--) {
        double at = (double)x;
        double ratio = at * (n2 - total + at) / ((n1 - at + 1.0) * (total - at + 1.0));
        e->point[x - 1] = e->point[x] * ratio;
    }
}

/* Step 2. Rejected are x1 < *below and x1 >= *above. A level of equal probabilities enters whole or
 * not at all. */
static void grow_tails(const exact *e, uint64_t low, uint64_t high, uint64_t *below,
                       uint64_t *above) {
    double sum = 0;
    *below = low;
    *above = high + 1;
    while (*below < *above) {
        double left = e->side > 0 ? 2.0 : e->point[*below];
        double right = e->side < 0 ? 2.0 : e->point[*above - 1];
        double level = fmin(left, right) * (1.0 + 1e-7), added = 0;
        uint64_t next_below = *below, next_above = *above;
        while (e->side <= 0 && next_below < next_above && e->point[next_below] <= level)
            added += e->point[next_below++];
        while (e->side >= 0 && next_above > next_below && e->point[next_above - 1] <= level)
            added += e->point[--next_above];
        sum += added;
        if (sum > e->alpha) return;
        *below = next_below;
        *above = next_above;
    }
}

/* Step 3 for one total. */
static double rejected_weight(const exact *e, uint64_t m) {
    uint64_t low = m > e->n2 ? m - e->n2 : 0, high = m < e->n1 ? m : e->n1, below, above;
    fill_points(e, m, low, high);
    grow_tails(e, low, high, &below, &above);
    double sum = 0;
    for (uint64_t x = low; x < below; x++) sum += e->weight1[x] * e->weight2[m - x];
    for (uint64_t x = above; x <= high; x++) sum += e->weight1[x] * e->weight2[m - x];
    return sum;
}

td_status td_power_fisher(double *power, const td_proportion_plan *plan, uint64_t n1, uint64_t n2,
                          td_error *err) {
    exact e = {.n1 = n1, .n2 = n2, .alpha = plan->alpha};
    if (plan->is_one_sided) e.side = plan->p2 > plan->p1 ? -1 : 1;
    td_status status = init_exact(&e, plan, err);
    if (status == TD_OK) {
        td_sum sum = {0};
        for (uint64_t m = 0; m <= n1 + n2; m++) td_sum_add(&sum, rejected_weight(&e, m));
        *power = td_sum_value(&sum);
    }
    free_exact(&e);
    return status;
}
