/* Exact coverage of the intervals of a difference, by counting every outcome, at the conversion of
 * a shop (0.8 %). No simulation: coverage = sum of the probabilities of the outcomes whose interval
 * holds the true difference. The table in docs/experiments.md is printed by this test
 * (--verbose). */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/proportion.h"
#include "stats/special.h"

typedef struct setting {
    double p1, p2;
    uint64_t n1, n2;
} setting;

/* Outcomes beyond ten standard deviations weigh less than 1e-15. */
static uint64_t most(uint64_t n, double p) {
    double mean = (double)n * p;
    return (uint64_t)fmin((double)n, mean + 10 * sqrt(mean) + 15);
}

static void cover(double *share, const setting *s) {
    double truth = s->p1 - s->p2;
    uint64_t top1 = most(s->n1, s->p1), top2 = most(s->n2, s->p2);
    for (int m = 0; m < TD_N_DIFF_INTERVALS; m++) share[m] = 0;
    for (uint64_t x1 = 0; x1 <= top1; x1++) {
        for (uint64_t x2 = 0; x2 <= top2; x2++) {
            td_two_counts c = {x1, s->n1, x2, s->n2};
            double weight = td_binomial_pmf(x1, s->n1, s->p1) * td_binomial_pmf(x2, s->n2, s->p2);
            if (weight < 1e-12) continue;
            for (int m = 0; m < TD_N_DIFF_INTERVALS; m++) {
                td_interval ci = td_diff_interval_of((td_diff_interval)m, &c, .05);
                int is_in = td_interval_is_defined(ci) && ci.low <= truth && truth <= ci.high;
                share[m] += is_in ? weight : 0;
            }
        }
    }
}

Test(stats_coverage, score_interval_holds_its_level_at_the_conversion_of_a_shop) {
    const setting settings[] = {{.008, .008, 500, 500},   {.008, .008, 1000, 1000},
                                {.008, .012, 1000, 1000}, {.008, .008, 500, 1500},
                                {.008, .008, 3000, 3000}, {.008, .010, 3000, 3000}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const setting *s = &settings[i];
        double share[TD_N_DIFF_INTERVALS];
        cover(share, s);
        cr_log_info("%g v %g, %d v %d: wald %.4f newcombe %.4f mn %.4f ac %.4f", s->p1, s->p2,
                    (int)s->n1, (int)s->n2, share[0], share[1], share[2], share[3]);
        cr_assert(share[TD_DIFF_MIETTINEN_NURMINEN] >= .945);
        cr_assert(share[TD_DIFF_MIETTINEN_NURMINEN] <= .965);
        if (s->n1 != s->n2) cr_assert_lt(share[TD_DIFF_WALD], .93); /* why wald is not preferred */
    }
}
