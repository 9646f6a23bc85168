/* stats/resample.c: how often each unit is drawn in eight replicates.
 *
 *   1. A replicate draws m times one of the m units of every stratum; it reads the random stream
 *      (seed, "bootstrap", replicate) from its start.
 *   2. Counts of the eight replicates are turned, so that a unit's eight weights lie side by side.
 *
 *        drawn   [lane][unit]   counted            weight  [unit][lane]   read by the walks
 *
 * Index of a draw: (bits m) >> 32 from half an output for up to 2^20 units, whose chances then
 * differ by at most 2^-12 of themselves; else from a whole one. Weights fit a byte: with 256 units
 * or more a weight above 255 has probability below 10^-500, with fewer it cannot occur.
 * Cost: about 2 ns per unit and replicate, most of it the scattered counting.
 *
 * Reference: Efron (1979), doi:10.1214/aos/1176344552. */
#include "stats/resample.h"

#include <string.h>

#include "core/base/rng.h"

enum { LANES = TD_BOOT_LANES, SHORT_STRATUM = 1 << 20 };

/* m draws from units [0, m). */
static void draw_stratum(uint8_t *drawn, uint32_t m, td_rng *rng) {
    if (m > SHORT_STRATUM) {
        for (uint32_t i = 0; i < m; i++) drawn[td_rng_below(rng, m)]++;
        return;
    }
    for (uint32_t i = 0; i + 1 < m; i += 2) {
        uint64_t bits = td_rng_next(rng);
        drawn[((bits & UINT32_MAX) * m) >> 32]++;
        drawn[((bits >> 32) * m) >> 32]++;
    }
    if (m % 2 == 1) drawn[((td_rng_next(rng) >> 32) * m) >> 32]++;
}

void td_resample_draw(uint8_t *weight, uint8_t *drawn, const td_resample_plan *plan,
                      uint64_t first) {
    uint64_t n = plan->n_units;
    memset(drawn, 0, n * LANES);
    for (uint64_t lane = 0; lane < LANES; lane++) {
        uint8_t *drawn_here = drawn + lane * n;
        td_rng rng = td_rng_stream(plan->seed, "bootstrap", first + lane, 0);
        uint32_t begin = 0;
        for (uint32_t s = 0; s < plan->n_strata; s++) {
            draw_stratum(drawn_here + begin, plan->stratum_end[s] - begin, &rng);
            begin = plan->stratum_end[s];
        }
    }
    for (uint64_t u = 0; u < n; u++) {
        for (uint64_t lane = 0; lane < LANES; lane++)
            weight[u * LANES + lane] = drawn[lane * n + u];
    }
}
