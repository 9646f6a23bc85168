/* stats/resample.h: bootstrap draws as whole weights, eight replicates side by side.
 *
 * A replicate draws as many units as there are, with replacement; how often a unit came is its
 * weight. Replicate r reads the random stream (seed, "bootstrap", r), so it is the same in any
 * batch and on any thread. */
#ifndef TD_STATS_RESAMPLE_H
#define TD_STATS_RESAMPLE_H

#include <stdint.h>

enum { TD_BOOT_LANES = 8 }; /* replicates that are drawn and walked together */

/* What is drawn: units in strata, each stratum by itself. */
typedef struct td_resample_plan {
    uint32_t n_units;
    uint32_t n_strata;       /* 1 or 2: units [stratum_end[s - 1], stratum_end[s]) */
    uint32_t stratum_end[2]; /* the last is n_units */
    uint64_t seed;
} td_resample_plan;

/* Replicates first .. first + TD_BOOT_LANES - 1: weight[unit * TD_BOOT_LANES + lane]. drawn is
 * scratch, both [n_units * TD_BOOT_LANES]. About 2 ns per unit and replicate. */
void td_resample_draw(uint8_t *weight, uint8_t *drawn, const td_resample_plan *plan,
                      uint64_t first);

#endif
