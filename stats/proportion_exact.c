/* stats/proportion_exact.c: Fisher's, Barnard's and Boschloo's exact tests.
 *
 * Fisher's test holds the total of conversions fixed; the other two do not, and take the worst case
 * over the common rate r instead:
 *
 *     p = max over r of  sum over tables at least as extreme of b(x1; n1, r) b(x2; n2, r)
 *
 * "As extreme" one-sided (p1 > p2): barnard: pooled z at least the observed one; boschloo: Fisher's
 * one-sided p-value at most the observed one. Both orders have the property that a more extreme x1
 * or x2 alone makes the table more extreme, hence for each x1 the region is x2 <= limit[x1]:
 *
 *        x2 |        . . .                  1. limit[x1] by bisection, in whole numbers for z
 *           |    . . # # #                  2. for a rate r: sum over x1 of b(x1) B(limit[x1]),
 *           | . # # # # # #                    B the distribution function: O(sqrt n1 + sqrt n2)
 *           +-------------- x1              3. the maximum over r: a grid even in asin sqrt r, then
 *                                              golden section around every high local maximum
 *
 * The other side is the same with the arms exchanged; two-sided Barnard is the union of both.
 *
 * z is compared exactly: z^2 is proportional to (x1 n2 - x2 n1)^2 / (m (N - m)), m = x1 + x2,
 * N = n1 + n2, and products stay below 2^127 for n1 n2 <= 10^7.
 *
 * Fisher 1935, doi 10.2307/2342435; Barnard 1947, doi 10.1093/biomet/34.1-2.123; Boschloo 1970, doi
 * 10.1111/j.1467-9574.1970.tb00104.x; Suissa and Shuster 1985, doi 10.2307/2981892. */
#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/power.h"
#include "stats/proportion.h"
#include "stats/root.h"
#include "stats/special.h"

__extension__ typedef __int128 wide;

/* --- Fisher ----------------------------------------------------------------------------------- */

/* Two-sided: probabilities up to the observed one, from both ends inwards. */
static double fisher_two_sided(const td_two_counts *c) {
    uint64_t m = c->x1 + c->x2, low = m > c->n2 ? m - c->n2 : 0, high = m < c->n1 ? m : c->n1;
    double observed = td_hypergeometric_pmf(c->x1, c->n1, c->n2, m) * (1.0 + 1e-7);
    double mean = (double)m * ((double)c->n1 / (double)(c->n1 + c->n2));
    uint64_t from = low,
             to = high; /* first and last x1 more probable than observed, by bisection */
    uint64_t mode = (uint64_t)fmin(fmax(mean, (double)low), (double)high);
    uint64_t top = mode;
    while (from < top) {
        uint64_t middle = from + (top - from) / 2;
        if (td_hypergeometric_pmf(middle, c->n1, c->n2, m) > observed) {
            top = middle;
        } else {
            from = middle + 1;
        }
    }
    uint64_t bottom = mode;
    while (bottom < to) {
        uint64_t middle = bottom + (to - bottom + 1) / 2;
        if (td_hypergeometric_pmf(middle, c->n1, c->n2, m) > observed) {
            bottom = middle;
        } else {
            to = middle - 1;
        }
    }
    if (td_hypergeometric_pmf(mode, c->n1, c->n2, m) <= observed) return 1.0;
    double below = from > low ? td_hypergeometric_cdf(from - 1, c->n1, c->n2, m) : 0.0;
    double above = to < high ? td_hypergeometric_sf(to, c->n1, c->n2, m) : 0.0;
    return fmin(1.0, below + above);
}

/* P(X >= x1): tables at least as far on the side p1 > p2. */
static double fisher_greater(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2) {
    return x1 == 0 ? 1.0 : td_hypergeometric_sf(x1 - 1, n1, n2, x1 + x2);
}

double td_test_fisher(const td_two_counts *c, td_alternative side) {
    if (side == TD_GREATER) return fisher_greater(c->x1, c->n1, c->x2, c->n2);
    if (side == TD_LESS) return fisher_greater(c->x2, c->n2, c->x1, c->n1);
    return fisher_two_sided(c);
}

double td_test_fisher_doubled(const td_two_counts *c) {
    return fmin(1.0, 2.0 * fmin(td_test_fisher(c, TD_GREATER), td_test_fisher(c, TD_LESS)));
}

/* --- regions ---------------------------------------------------------------------------------- */

/* Tables with x2 <= limit[x1], -1 = none. `order` tells whether (x1, x2) is as extreme as observed
 * on the side p1 > p2. */
typedef struct region region;
typedef int (*order_fn)(const region *r, uint64_t x1, uint64_t x2);

struct region {
    uint64_t n1, n2;
    td_two_counts observed;
    double fisher;  /* boschloo: the observed p-value, raised by 1e-10 for equal ones */
    int64_t *limit; /* [n1 + 1] */
};

/* z(x1, x2) >= |z observed|, z > 0, by cross-multiplied squares. */
static int is_z_extreme(const region *r, uint64_t x1, uint64_t x2) {
    const td_two_counts *o = &r->observed;
    wide n1 = (wide)r->n1, n2 = (wide)r->n2, n = n1 + n2;
    wide d = (wide)x1 * n2 - (wide)x2 * n1, m = (wide)x1 + (wide)x2;
    wide seen = (wide)o->x1 * n2 - (wide)o->x2 * n1, seen_m = (wide)o->x1 + (wide)o->x2;
    if (d <= 0) return 0;
    return d * d * (seen_m * (n - seen_m)) >= seen * seen * (m * (n - m));
}

/* Fisher's one-sided p-value at most the observed one. */
static int is_fisher_extreme(const region *r, uint64_t x1, uint64_t x2) {
    return fisher_greater(x1, r->n1, x2, r->n2) <= r->fisher;
}

/* Step 1: the largest x2 that is still extreme; limits grow with x1, so each starts at the last. */
static void fill_limits(region *r, order_fn is_extreme) {
    int64_t low = -1;
    for (uint64_t x1 = 0; x1 <= r->n1; x1++) {
        int64_t high = (int64_t)r->n2;
        while (low < high) {
            int64_t middle = low + (high - low + 1) / 2;
            if (is_extreme(r, x1, (uint64_t)middle)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        r->limit[x1] = low;
    }
}

/* --- probability of regions at one rate ------------------------------------------------------- */

/* Binomial probabilities that count, x = first .. last, and their running sums. */
typedef struct weights {
    uint64_t n, first, last;
    double *p;   /* [n + 1] */
    double *cdf; /* [n + 1] P(X <= x) from `first` on */
} weights;

/* One density at the mode, neighbours by their ratio, down to 1e-25 of it. */
static void fill_weights(weights *w, double rate) {
    uint64_t mode = (uint64_t)fmin((double)w->n, ((double)w->n + 1.0) * rate);
    double odds = rate / (1.0 - rate), n = (double)w->n;
    w->p[mode] = td_binomial_pmf(mode, w->n, rate);
    double least = 1e-25 * w->p[mode];
    for (w->last = mode; w->last < w->n && w->p[w->last] > least; w->last++) {
        double x = (double)w->last;
        w->p[w->last + 1] = w->p[w->last] * ((n - x) / (x + 1.0) * odds);
    }
    for (w->first = mode; w->first > 0 && w->p[w->first] > least; w->first--) {
        double x = (double)w->first;
        w->p[w->first - 1] = w->p[w->first] * (x / ((n - x + 1.0) * odds));
    }
    double sum = 0;
    for (uint64_t x = w->first; x <= w->last; x++) w->cdf[x] = sum += w->p[x];
}

/* Below the counted range 0, above it the whole sum. */
static double cdf_at(const weights *w, int64_t x) {
    if (x < (int64_t)w->first) return 0.0;
    return w->cdf[x > (int64_t)w->last ? w->last : (uint64_t)x];
}

/* Both sides: `right` holds p1 > p2 over x1, `left` p2 > p1 over x2; either limit may be NULL. */
typedef struct search {
    region right, left;
    weights one, two;
} search;

/* One side's region; 0 when that side was not asked for. */
static double side_probability(const region *r, const weights *own, const weights *other) {
    double sum = 0;
    if (r->limit == NULL) return 0.0;
    for (uint64_t x = own->first; x <= own->last; x++)
        sum += own->p[x] * cdf_at(other, r->limit[x]);
    return sum;
}

/* Step 2. `angle` = asin sqrt r. */
static double probability(search *s, double angle) {
    double sine = td_sin(angle), rate = sine * sine;
    fill_weights(&s->one, rate);
    fill_weights(&s->two, rate);
    return side_probability(&s->right, &s->one, &s->two) +
           side_probability(&s->left, &s->two, &s->one);
}

/* --- maximum over the rate -------------------------------------------------------------------- */

/* Golden section for a maximum inside [low, high]. */
static double climb(search *s, double low, double high) {
    const double golden = 0.61803398874989485;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double fa = probability(s, a), fb = probability(s, b);
    for (int i = 0; i < 36; i++) {
        if (fa >= fb) {
            high = b;
            b = a;
            fb = fa;
            a = high - golden * (high - low);
            fa = probability(s, a);
        } else {
            low = a;
            a = b;
            fa = fb;
            b = low + golden * (high - low);
            fb = probability(s, b);
        }
    }
    return fmax(fa, fb);
}

/* Step 3: a maximum is as wide as a standard deviation of asin sqrt of a rate, 1/(2 sqrt N); the
 * grid takes four points to it, at most 4000 in all. */
static td_status maximise(double *best, search *s, td_error *err) {
    enum { MOST = 4000 };
    double n = (double)(s->one.n + s->two.n), *value = NULL;
    int points = (int)fmin(MOST, 32.0 + 13.0 * sqrt(n));
    double step = 1.5707963267948966 / points;
    TD_NEW(value, (uint64_t)points + 1, err);
    value[0] = value[points] =
        0; /* rates 0 and 1: every table outside the region but none inside */
    *best = 0;
    for (int i = 1; i < points; i++) {
        value[i] = probability(s, i * step);
        *best = fmax(*best, value[i]);
    }
    double high = *best;
    for (int i = 1; i < points; i++) {
        int is_top = value[i] >= value[i - 1] && value[i] >= value[i + 1];
        if (is_top && value[i] > 0.98 * high)
            *best = fmax(*best, climb(s, (i - 1) * step, (i + 1) * step));
    }
    *best = fmin(*best, 1.0);
    td_mem_free(value);
    return TD_OK;
}

/* Whatever was allocated. */
static void free_search(search *s) {
    td_mem_free(s->right.limit);
    td_mem_free(s->left.limit);
    td_mem_free(s->one.p);
    td_mem_free(s->one.cdf);
    td_mem_free(s->two.p);
    td_mem_free(s->two.cdf);
}

static td_status init_weights(weights *w, uint64_t n, td_error *err) {
    w->n = n;
    TD_NEW(w->p, n + 1, err);
    TD_NEW(w->cdf, n + 1, err);
    return TD_OK;
}

/* The region on one side; `c` has the side's larger rate first. */
static td_status init_region(region *r, const td_two_counts *c, order_fn order, td_error *err) {
    *r = (region){.n1 = c->n1, .n2 = c->n2, .observed = *c};
    r->fisher = fisher_greater(c->x1, c->n1, c->x2, c->n2) * (1.0 + 1e-10);
    TD_NEW(r->limit, c->n1 + 1, err);
    fill_limits(r, order);
    return TD_OK;
}

static td_two_counts exchanged(const td_two_counts *c) {
    return (td_two_counts){c->x2, c->n2, c->x1, c->n1};
}

/* Does the region on this side hold every table? Then p = 1 without a search. */
static int is_outside(const td_two_counts *c) {
    return (wide)c->x1 * (wide)c->n2 <= (wide)c->x2 * (wide)c->n1;
}

/* Regions of the sides, then the worst rate. */
static td_status run_search(double *p, search *s, const td_two_counts *c, order_fn order, int sides,
                            td_error *err) {
    td_two_counts other = exchanged(c);
    TD_TRY(init_weights(&s->one, c->n1, err));
    TD_TRY(init_weights(&s->two, c->n2, err));
    if (sides & 1) TD_TRY(init_region(&s->right, c, order, err));
    if (sides & 2) TD_TRY(init_region(&s->left, &other, order, err));
    return maximise(p, s, err);
}

/* sides: 1 = p1 > p2, 2 = p1 < p2, 3 = both. */
static td_status exact_test(double *p, const td_two_counts *c, order_fn order, int sides,
                            td_error *err) {
    search s = {0};
    td_status status = run_search(p, &s, c, order, sides, err);
    free_search(&s);
    return status;
}

static int is_too_large(td_metric *p_value, const td_two_counts *c) {
    if ((double)c->n1 * (double)c->n2 <= TD_EXACT_CELLS) return 0;
    *p_value = td_metric_undefined("n1 * n2 above 10^7: too many tables to count");
    return 1;
}

/* An observed difference of 0, or on the other side, makes every table as extreme. */
td_status td_test_barnard(td_metric *p_value, const td_two_counts *c, td_alternative side,
                          td_error *err) {
    td_two_counts other = exchanged(c);
    double p = 1.0;
    if (is_too_large(p_value, c)) return TD_OK;
    int sides = side == TD_GREATER ? 1 : side == TD_LESS ? 2 : 3;
    int is_flat = is_outside(c) && is_outside(&other);
    if (!is_flat && side == TD_GREATER && is_outside(c)) sides = 0;
    if (!is_flat && side == TD_LESS && is_outside(&other)) sides = 0;
    if (!is_flat && sides > 0) TD_TRY(exact_test(&p, c, is_z_extreme, sides, err));
    *p_value = td_metric_of(p);
    return TD_OK;
}

td_status td_test_boschloo(td_metric *p_value, const td_two_counts *c, td_alternative side,
                           td_error *err) {
    double greater = 1.0, less = 1.0;
    if (is_too_large(p_value, c)) return TD_OK;
    if (side != TD_LESS) TD_TRY(exact_test(&greater, c, is_fisher_extreme, 1, err));
    if (side != TD_GREATER) TD_TRY(exact_test(&less, c, is_fisher_extreme, 2, err));
    double p = fmin(greater, less);
    *p_value = td_metric_of(side == TD_TWO_SIDED ? fmin(1.0, 2.0 * p) : p);
    return TD_OK;
}
