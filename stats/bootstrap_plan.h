/* stats/bootstrap_plan.h: what every replicate shares, laid out for reading in one direction.
 * Inside stats only: filled by bootstrap_plan.c, read by bootstrap_walk.c and bootstrap.c.
 *
 * A unit is what a replicate draws: a row or a cluster. Rows as units are numbered by class, then
 * by rank under the first score: walking that score reads the weights in two forward streams.
 *
 *     rank of score 1      0   1   2   3   4        item = {unit, flags}
 *     label                1   0   1   0   0
 *     unit                 0   2   1   3   4        weight[unit][lane]: 8 replicates side by side
 *     block                |---|   |-------|
 *     segment              |---------------|        whole blocks, at least SEGMENT_ROWS rows */
#ifndef TD_STATS_BOOTSTRAP_PLAN_H
#define TD_STATS_BOOTSTRAP_PLAN_H

#include <stdint.h>

#include "stats/bootstrap.h"
#include "stats/resample.h"

/* Flags of an item. KS: the distance of the classes may be extreme here; elsewhere the walk goes on
 * in the same direction. */
enum { TD_ITEM_POSITIVE = 1, TD_ITEM_BEGIN = 2, TD_ITEM_END = 4, TD_ITEM_KS = 8 };

typedef struct td_boot_item {
    uint32_t unit;
    uint32_t flags;
} td_boot_item;

/* Ranks up to `end`, whole blocks. */
typedef struct td_boot_segment {
    uint32_t end;
    uint32_t is_one_block;
} td_boot_segment;

typedef struct td_boot_score {
    td_boot_item *item; /* [n] by descending score */
    uint32_t n_segments;
    td_boot_segment *segment; /* [n_segments] */
    int is_probability;
} td_boot_score;

/* Sums over the rows of a unit. Weighted sums of these give every metric that is a mean. */
enum { TD_BOOT_ROWS, TD_BOOT_POSITIVES, TD_BOOT_LOSSES, TD_BOOT_MAX_SUMS = TD_BOOT_LOSSES + 4 };

typedef struct td_boot_plan {
    uint32_t n; /* rows */
    td_resample_plan draw;
    uint32_t n_sums; /* rows, positives, then log-loss and squared error of each score */
    double *sum;     /* [n_sums][n_units] */
    uint32_t n_scores;
    td_boot_score score[2];
    const td_cut *cut; /* [n_cuts] borrowed */
    uint32_t n_cuts;
    uint32_t n_metrics;
} td_boot_plan;

/* Fills a zeroed *plan, freed with td_boot_plan_free. Errors of td_bootstrap_run. O(n). */
td_status td_boot_plan_build(td_boot_plan *plan, const td_bootstrap_rows *rows,
                             const td_bootstrap_params *params, td_error *err) TD_MUST_USE;
void td_boot_plan_free(td_boot_plan *plan);

/* Memory of one worker. */
typedef struct td_boot_scratch {
    uint8_t *drawn;  /* [LANES][n_units] how often each unit was drawn */
    uint8_t *weight; /* [n_units][LANES] the same, turned */
    double *seen;    /* [segments][2][LANES] rows, then positives down to the segment's end */
} td_boot_scratch;

td_status td_boot_scratch_build(td_boot_scratch *out, const td_boot_plan *plan,
                                td_error *err) TD_MUST_USE;
void td_boot_scratch_free(td_boot_scratch *scratch);

/* Replicates first .. first + TD_BOOT_LANES - 1: value[lane][score][metric], NaN where a metric has
 * no value. Replicate r is the same in whichever batch it runs. */
void td_boot_batch(double *value, const td_boot_plan *plan, td_boot_scratch *scratch,
                   uint64_t first);

#endif
