/* stats/bootstrap_plan.h: what every replicate shares, laid out for reading in one direction.
 * Inside stats only: filled by bootstrap_plan.c, walked by bootstrap_walk.c, read by
 * bootstrap_read.c.
 *
 * A unit is what a replicate draws: a row or a cluster. Rows as units are numbered by class, then
 * by rank under the first score: walking that score reads the weights in two forward streams.
 *
 *     rank      0   1   2   3   4   5   6   7    by descending score, positives first in a block
 *     label     0   0   1   0   0   1   1   0    unit[rank], column[rank][..]
 *     block     |---|   |   |   |   |-------|
 *     step      |-- n --|p| |-- n --|-p-|-n-|    negatives of any blocks, then a run of single
 *     segment   |---------------------------|    positives or a block: its positives, negatives */
#ifndef TD_STATS_BOOTSTRAP_PLAN_H
#define TD_STATS_BOOTSTRAP_PLAN_H

#include <stdint.h>

#include "stats/bootstrap.h"
#include "stats/resample.h"

/* Ranks from the step before: [.., negatives_end) negatives without an amount, whose ties do not
 * matter; [negatives_end, end) a run of positives, each with a score of its own, or one block of
 * equal scores that holds positives or amounts. */
typedef struct td_boot_step {
    uint32_t negatives_end;
    uint32_t positives_end;
    uint32_t end;
    uint32_t is_run;
} td_boot_step;

/* Steps up to step_end, all in one bin of equal width, about 1,024 rows. */
typedef struct td_boot_segment {
    uint32_t step_end;
    uint32_t bin;
    int is_one_block; /* one long block: a cut inside needs no second look at its rows */
} td_boot_segment;

/* Columns of a row; sums of weight x column give every statistic that is a mean. The first three
 * are 0 for a score that is no probability. */
enum { TD_BOOT_SCORE, TD_BOOT_LOSS, TD_BOOT_SQUARE, TD_BOOT_MONEY, TD_BOOT_COLUMNS };

enum { TD_BOOT_AHEAD = 32 }; /* ranks between asking for a weight and using it */

typedef struct td_boot_score {
    uint32_t *unit;     /* [n] by rank, then TD_BOOT_AHEAD times unit 0 */
    double *column;     /* [n][n_columns] by rank */
    uint32_t n_columns; /* 0: no probability; 3; or 4 with amounts */
    uint32_t n_steps;
    td_boot_step *step; /* [n_steps] */
    uint32_t n_blocks;  /* steps whose block or run has rows */
    uint32_t n_segments;
    td_boot_segment *segment;  /* [n_segments] */
    const td_ranking *ranking; /* borrowed */
    int is_probability;
} td_boot_score;

typedef struct td_boot_plan {
    uint32_t n; /* rows */
    td_resample_plan draw;
    uint32_t *unit_rows;      /* [n_units] of clusters; NULL: a unit is a row, positives first */
    uint32_t *unit_positives; /* [n_units] likewise */
    uint32_t n_positives;
    uint32_t n_scores;
    td_boot_score score[TD_MAX_SCORES];
    const td_bootstrap_rows *rows; /* borrowed: cuts, costs, whether there are amounts */
    uint32_t n_metrics;
} td_boot_plan;

/* Fills a zeroed *plan, freed with td_boot_plan_free; rows must outlive it. Errors of
 * td_bootstrap_run. O(n). */
td_status td_boot_plan_build(td_boot_plan *plan, const td_bootstrap_rows *rows,
                             const td_bootstrap_params *params, td_error *err) TD_MUST_USE;
void td_boot_plan_free(td_boot_plan *plan);

#endif
