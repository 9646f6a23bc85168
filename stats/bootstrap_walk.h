/* stats/bootstrap_walk.h: eight replicates walked down one score side by side.
 * Inside stats only: bootstrap_walk.c walks, bootstrap_read.c turns a walked score into values. */
#ifndef TD_STATS_BOOTSTRAP_WALK_H
#define TD_STATS_BOOTSTRAP_WALK_H

#include "stats/bootstrap_plan.h"

/* Eight doubles that are worked on together, in memory of any alignment. */
typedef double td_boot_lanes __attribute__((vector_size(8 * TD_BOOT_LANES), aligned(8)));

/* Sums down to the end of a segment. */
enum {
    TD_SEEN_ROWS,
    TD_SEEN_POSITIVES,
    TD_SEEN_WON,    /* pairs of a positive above a negative, ties one half */
    TD_SEEN_SCORE,  /* sum of scores */
    TD_SEEN_AMOUNT, /* sum of amounts */
    TD_N_SEEN
};

/* A corner of the upper hull of (rows, positives) seen from the top. */
typedef struct td_boot_corner {
    double rows, positives;
} td_boot_corner;

/* Memory of one worker. */
typedef struct td_boot_scratch {
    uint8_t *drawn;       /* [LANES][n_units] how often each unit was drawn */
    uint8_t *weight;      /* [n_units][LANES] the same, turned */
    td_boot_lanes *seen;  /* [segments][TD_N_SEEN] */
    td_boot_corner *hull; /* [LANES][hull_room] */
    uint64_t hull_room;
    td_boot_lanes all_rows, all_positives; /* of the replicates that were drawn: T and P */
} td_boot_scratch;

td_status td_boot_scratch_build(td_boot_scratch *out, const td_boot_plan *plan,
                                td_error *err) TD_MUST_USE;
void td_boot_scratch_free(td_boot_scratch *scratch);

/* Running sums of eight replicates; after the walk, the totals. */
typedef struct td_boot_walk {
    td_boot_lanes rows, positives, won;
    td_boot_lanes sum[TD_BOOT_COLUMNS];
    td_boot_lanes ap, pr; /* sums of average precision and of the interpolated area */
    td_boot_lanes mixed;  /* positives x negatives / rows of every block */
    td_boot_lanes ks;     /* largest |p T - t P| */
    td_boot_lanes cost;   /* least so far, and where it was met; step -1: at no row */
    td_boot_lanes cut_rows, cut_hits, cut_step;
    td_boot_lanes all_rows, all_positives;
    td_boot_lanes last_rows, last_positives; /* the hull's last corner */
    td_boot_lanes next_rows, next_positives; /* the corner that waits */
    uint64_t n_hull[TD_BOOT_LANES];
    double cost_fp, cost_fn;
} td_boot_walk;

/* Steps [steps[0], steps[1]) of a score, see bootstrap_steps.h. */
typedef void (*td_boot_steps_fn)(td_boot_walk *at, const td_boot_score *score,
                                 const td_boot_scratch *scratch, const uint32_t steps[2]);
void td_boot_steps_scalar(td_boot_walk *at, const td_boot_score *score,
                          const td_boot_scratch *scratch, const uint32_t steps[2]);
#if defined(__x86_64__)
void td_boot_steps_avx512(td_boot_walk *at, const td_boot_score *score,
                          const td_boot_scratch *scratch, const uint32_t steps[2]);
#endif

/* Fill *at and scratch->seen, scratch->hull from the weights in scratch. */
void td_boot_walk_score(td_boot_walk *at, const td_boot_plan *plan, uint32_t s,
                        td_boot_scratch *scratch, td_boot_steps_fn steps);

/* value[n_metrics] of one lane of a walked score; NaN where a statistic has no value. */
void td_boot_read(double *value, const td_boot_plan *plan, uint32_t s, const td_boot_walk *at,
                  const td_boot_scratch *scratch, int lane);

/* Replicates first .. first + TD_BOOT_LANES - 1: value[lane][score][metric]. Replicate r is the
 * same in whichever batch it runs. */
void td_boot_batch(double *value, const td_boot_plan *plan, td_boot_scratch *scratch,
                   uint64_t first);

/* The same with these steps: how tests hold one instruction set against the other. */
void td_boot_batch_with(double *value, const td_boot_plan *plan, td_boot_scratch *scratch,
                        uint64_t first, td_boot_steps_fn steps);

#endif
