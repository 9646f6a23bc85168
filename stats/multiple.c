/* stats/multiple.c: adjusted p-values.
 *
 * Problem: of 20 comparisons without any effect one has p <= 0.05. An adjusted p-value is the least
 * alpha at which a procedure for all n comparisons rejects this one. With p(1) <= ... <= p(n):
 *
 *     Bonferroni   n p(i)
 *     Holm         max over j <= i of (n - j + 1) p(j)         step down, from the smallest
 *     Hochberg     min over j >= i of (n - j + 1) p(j)         step up, from the largest
 *     BH           min over j >= i of n p(j)/j
 *     BY           the same times 1 + 1/2 + ... + 1/n
 *     Hommel       max over m of min over the closed family: Wright's algorithm
 *
 * all cut at 1.
 *
 *   1. Sort by (p, index).
 *   2. One pass from one end keeps the running maximum or minimum; Hommel makes n passes.
 *   3. Write back in the order given.
 *
 * It does not use the correlation of comparisons with a common control (Dunnett); Holm holds there,
 * and loses little.
 *
 * Holm 1979, Scandinavian Journal of Statistics 6; Hochberg 1988; Hommel 1988; Wright 1992, doi
 * 10.2307/2532694; Benjamini and Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x; Benjamini
 * and Yekutieli 2001, doi 10.1214/aos/1013699998. */
#include "stats/multiple.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/mem.h"

static const char *const name[TD_N_MULTIPLE] = {
    "bonferroni", "holm", "hochberg", "hommel", "bh", "by",
};

const char *td_multiple_name(td_multiple method) { return name[method]; }

typedef struct ranked {
    double p;
    double adjusted;
    uint64_t index;
} ranked;

static int by_p(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Factor of the p-value of rank i (from 1) before the running maximum or minimum. */
static double factor(td_multiple method, double rank, double n, double harmonic) {
    switch (method) {
    case TD_MULTIPLE_HOLM:
    case TD_MULTIPLE_HOCHBERG:
        return n - rank + 1.0;
    case TD_MULTIPLE_BH:
        return n / rank;
    case TD_MULTIPLE_BY:
        return harmonic * n / rank;
    default:
        return n;
    }
}

static void step_down(ranked *r, td_multiple method, uint64_t n) {
    double running = 0;
    for (uint64_t i = 0; i < n; i++) {
        double own = factor(method, (double)(i + 1), (double)n, 0) * r[i].p;
        running = method == TD_MULTIPLE_HOLM ? fmax(running, own) : own;
        r[i].adjusted = fmin(1.0, running);
    }
}

static void step_up(ranked *r, td_multiple method, uint64_t n) {
    double harmonic = 0, running = 1.0;
    for (uint64_t i = n; i > 0; i--) harmonic += 1.0 / (double)i;
    for (uint64_t i = n; i > 0; i--) {
        running = fmin(running, factor(method, (double)i, (double)n, harmonic) * r[i - 1].p);
        r[i - 1].adjusted = running;
    }
}

/* Wright's algorithm: for each size m of a subset, c = min over its largest m - 1 p-values of
 * m p/(2, ..., m); the others get min(m p, c) of that size, and each keeps the greatest. */
static void hommel(ranked *r, uint64_t n) {
    double least = 1.0;
    for (uint64_t i = 0; i < n; i++) least = fmin(least, (double)n * r[i].p / (double)(i + 1));
    for (uint64_t i = 0; i < n; i++) r[i].adjusted = fmax(least, r[i].p);
    for (uint64_t m = n - 1; m >= 2; m--) {
        uint64_t first = n - m + 1; /* r[first ..] are the largest m - 1 */
        double c = 1.0;
        for (uint64_t i = first; i < n; i++)
            c = fmin(c, (double)m * r[i].p / (double)(i - first + 2));
        double last = 0;
        for (uint64_t i = 0; i < first; i++) {
            last = fmin((double)m * r[i].p, c);
            r[i].adjusted = fmax(r[i].adjusted, last);
        }
        for (uint64_t i = first; i < n; i++) r[i].adjusted = fmax(r[i].adjusted, last);
    }
}

td_status td_multiple_adjust(double *adjusted, td_multiple method, const double *p, uint64_t n,
                             td_error *err) {
    ranked *r = NULL;
    for (uint64_t i = 0; i < n; i++) {
        TD_CHECK(p[i] >= 0 && p[i] <= 1, err, TD_ERR_RANGE, "p-value %llu is %.10g",
                 (unsigned long long)(i + 1), p[i]);
    }
    TD_CHECK(n >= 1, err, TD_ERR_RANGE, "no p-values to adjust");
    TD_NEW(r, n, err);
    for (uint64_t i = 0; i < n; i++) r[i] = (ranked){p[i], 0, i};
    qsort(r, n, sizeof *r, by_p);
    if (method == TD_MULTIPLE_HOMMEL) {
        hommel(r, n);
    } else if (method == TD_MULTIPLE_BONFERRONI || method == TD_MULTIPLE_HOLM) {
        step_down(r, method, n);
    } else {
        step_up(r, method, n);
    }
    for (uint64_t i = 0; i < n; i++) adjusted[r[i].index] = r[i].adjusted;
    td_mem_free(r);
    return TD_OK;
}
