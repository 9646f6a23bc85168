/* stats/uplift_walk.h: eight weighted walks down one order; what the metrics are made of.
 * Inside stats only: uplift_metrics.c turns sums into dialects, uplift_bootstrap.c draws weights.
 *
 * With all weights 1 a walk measures the rows as they are; a replicate of a bootstrap is the same
 * walk with other weights. Letters: n1, n0 rows of the treated and the control arm at or above the
 * rank, y1, y0 their outcomes, k = n1 + n0.
 *
 *     Q(k) = y1 - y0 n1 / n0          (y1 while n0 = 0)            the Qini curve
 *     U(k) = (y1 / n1 - y0 / n0) k    (0 for an empty arm's mean)   the uplift curve */
#ifndef TD_STATS_UPLIFT_WALK_H
#define TD_STATS_UPLIFT_WALK_H

#include <stdint.h>

#include "stats/resample.h"
#include "stats/uplift_order.h"

enum { TD_CONTROL = 0, TD_TREATED = 1 };

/* The first block end at which a curve needs no rule for an empty arm. */
typedef struct td_uplift_lead {
    double before; /* rows above that block */
    double rows;   /* rows down to its end; 0 = never reached */
    double value;  /* of the curve there */
    double area;   /* below the curve down to there */
} td_uplift_lead;

/* What one walk has added up. Areas are over rank in rows, by trapezoids between block ends. */
typedef struct td_uplift_sums {
    double n[2], y[2];     /* [arm] rows and outcomes of all rows */
    double area_q, area_u; /* below Q and U */
    td_uplift_lead lead_q, lead_u;
    double v[2];        /* [arm] inverse-propensity outcomes: y / e, y / (1 - e); y without row
                           propensities */
    double mid[2];      /* [arm] sum of v times the mean rank of its block (half a row less) */
    double harmonic[2]; /* [arm] sum of v times the mean of H(k - 1) over its block */
} td_uplift_sums;

/* What all walks of the same rows share. */
typedef struct td_uplift_plan {
    const td_uplift_orders *orders; /* borrowed */
    td_resample_plan draw;
    uint64_t n_table;
    double *table; /* [n_table] t (H(t) - 1), H(t) = 1 + 1/2 + ... + 1/t */
} td_uplift_plan;

/* Fills a zeroed *out, freed with td_uplift_plan_free. O(n), 8 to 16 bytes a row. */
td_status td_uplift_plan_build(td_uplift_plan *out, const td_uplift_orders *orders, uint64_t seed,
                               td_error *err) TD_MUST_USE;
void td_uplift_plan_free(td_uplift_plan *plan);

/* t (H(t) - 1) for t beyond the table. */
double td_uplift_far(double t);

/* t (H(t) - 1) for a whole t >= 0. */
static inline double td_uplift_table_at(const td_uplift_plan *plan, double t) {
    if (t < (double)plan->n_table) return plan->table[(uint64_t)t];
    return td_uplift_far(t);
}

/* H(t). O(1). */
double td_uplift_harmonic(const td_uplift_plan *plan, double t);

/* Memory of one worker. */
typedef struct td_uplift_scratch {
    uint8_t *drawn;  /* [n_units * LANES] */
    uint8_t *weight; /* [n_units][LANES]; the caller fills it before a walk */
    uint64_t stride; /* bytes from a unit's weights to the next unit's: LANES, or 0 = one for all */
    double *seen;    /* [segments][4][LANES] n0, n1, y0, y1 down to each segment's end */
} td_uplift_scratch;

/* For replicates, or (is_rows) for the rows as they are: every weight is 1. */
td_status td_uplift_scratch_build(td_uplift_scratch *out, const td_uplift_plan *plan, int is_rows,
                                  td_error *err) TD_MUST_USE;
void td_uplift_scratch_free(td_uplift_scratch *scratch);

/* Walk score s with scratch->weight; out [TD_BOOT_LANES]. About 2 ns per row and lane. */
void td_uplift_walk(td_uplift_sums *out, const td_uplift_plan *plan, td_uplift_scratch *scratch,
                    uint32_t s);

/* How far a walk is at some depth; a block cut by the depth is credited by its mean. */
typedef struct td_uplift_state {
    double n[2], y[2]; /* [arm] */
} td_uplift_state;

/* What a depth counts. */
typedef enum td_uplift_depth {
    TD_DEPTH_CONTROL = TD_CONTROL,
    TD_DEPTH_TREATED = TD_TREATED,
    TD_DEPTH_ROWS
} td_uplift_depth;

/* One lane of the last walk. */
typedef struct td_uplift_view {
    const td_uplift_order *order;
    const td_uplift_scratch *scratch;
    int lane;
} td_uplift_view;

/* State where `depth` reaches k, 0 <= k <= all there are. A search over the segments, then at most
 * one segment again: about a microsecond. */
td_uplift_state td_uplift_state_at(td_uplift_view view, td_uplift_depth depth, double k);

#endif
