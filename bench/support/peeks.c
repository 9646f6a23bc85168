/* bench/support/peeks.c: an experiment that is looked at LOOKS times while it grows.
 *
 *   1. Each look adds PER_LOOK visitors to each arm; bounds are those of equally spaced looks.
 *   2. With difference d and standard error se of this look, an interval of bound b is d +- b se,
 *      and its test rejects at |z| >= b, z with the pooled variance.
 *   3. A promise over all looks is broken by one of them: `holds` is kept by and, `rejects` by or.
 *
 * Looks before the first conversion have se = 0 and say nothing. */
#include "bench/support/peeks.h"

#include <math.h>

#include "bench/support/tools.h"
#include "stats/power.h"
#include "stats/sequential.h"

const method peek_methods[N_PEEK_METHODS] = {
    {"obrien-fleming", AT_LEAST, NULL},
    {"pocock", AT_LEAST, NULL},
    {"lan-demets-obrien-fleming", AT_LEAST, NULL},
    {"lan-demets-pocock", AT_LEAST, NULL},
    {"none: 1.96 at every look", NOTHING, "any other row"},
    {"msprt, tau 0.001", AT_LEAST, NULL},
    {"confidence-sequence, planned for the end", AT_LEAST, NULL},
};

static double bound[TD_N_BOUNDARIES][LOOKS];

void peeks_prepare(void) {
    double information[LOOKS];
    td_error err = {0};
    for (int k = 0; k < LOOKS; k++) information[k] = (k + 1.0) / LOOKS;
    for (int b = 0; b < TD_N_BOUNDARIES; b++) {
        td_looks looks = {(td_boundary)b, ALPHA, 0, LOOKS, information};
        bench_must(td_looks_bounds(bound[b], &looks, &err), &err);
    }
}

/* One look: a method that once missed the truth or rejected stays so. */
static void look(outcome *out, const study *job, const td_two_counts *c, int k) {
    double n = (double)c->n1, p1 = (double)c->x1 / n, p2 = (double)c->x2 / n;
    double d = p1 - p2, gap = fabs(d - (job->p1 - job->p2)), mean = 0.5 * (p1 + p2);
    double se = sqrt((p1 * (1.0 - p1) + p2 * (1.0 - p2)) / n);
    double z = d / sqrt(2.0 * mean * (1.0 - mean) / n);
    if (!(se > 0)) return;
    for (int b = 0; b < TD_N_BOUNDARIES; b++) {
        out->holds[b] &= gap <= bound[b][k] * se;
        out->rejects[b] |= fabs(z) >= bound[b][k];
    }
    double rho = td_sequence_rho(ALPHA, 2.0 * LOOKS * PER_LOOK);
    out->holds[5] &= gap <= td_msprt_half_width(se, 0.001, ALPHA);
    out->rejects[5] |= td_msprt_p_value(d, se, 0.001) <= ALPHA;
    out->holds[6] &= gap <= td_sequence_half_width(se, 2.0 * n, rho, ALPHA);
    out->rejects[6] |= td_sequence_p_value(d, se, 2.0 * n, rho) <= ALPHA;
}

td_status judge_peeks(outcome *out, const study *job, td_rng *rng, td_error *err) {
    (void)err;
    td_two_counts c = {0};
    for (int m = 0; m < N_PEEK_METHODS; m++) {
        out->holds[m] = 1;
        out->rejects[m] = 0;
    }
    for (int k = 0; k < LOOKS; k++) {
        c.x1 += study_draw_count(rng, PER_LOOK, job->p1);
        c.x2 += study_draw_count(rng, PER_LOOK, job->p2);
        c.n1 += PER_LOOK;
        c.n2 += PER_LOOK;
        look(out, job, &c, k);
    }
    return TD_OK;
}
