/* stats/uplift_order.h: rows of an experiment in the order of a score, ready to be walked.
 *
 *     treatment, outcome, scores --one sort a score--> items by descending score --> uplift_walk
 *
 * Every metric of uplift reads this one order: who stands above whom, in which arm, with what
 * outcome. Rows of equal score form a block; walks look at whole blocks only, so that no result
 * can depend on the order of tied rows. */
#ifndef TD_STATS_UPLIFT_ORDER_H
#define TD_STATS_UPLIFT_ORDER_H

#include <stdint.h>

#include "core/base/par.h"

enum { TD_MAX_UPLIFT_SCORES = 32 };

/* Rows of an experiment with two arms; all borrowed. */
typedef struct td_uplift_rows {
    uint64_t n;
    const double *treatment;    /* [n] 1 = treated, 0 = control */
    const double *outcome;      /* [n] finite: 0 or 1, or an amount */
    const double *propensity;   /* [n] P(treated) of each row, inside (0, 1); NULL = one for all */
    double share;               /* that one for all; 0 = the treated share of the rows */
    uint32_t n_scores;          /* 1 .. TD_MAX_UPLIFT_SCORES */
    const double *const *score; /* [n_scores][n] higher = treat first */
} td_uplift_rows;

/* Flags of an item; a block is BEGIN .. END. */
enum { TD_UPLIFT_TREATED = 1, TD_UPLIFT_BEGIN = 2, TD_UPLIFT_END = 4, TD_UPLIFT_RESPONSE = 8 };

typedef struct td_uplift_item {
    uint32_t unit;  /* whose weight counts: a row or a cluster */
    uint32_t flags; /* RESPONSE: the outcome is not 0 */
    double y;       /* outcome */
} td_uplift_item;

/* Ranks up to `end`, whole blocks, a thousand rows or more: there walks note how far they are. */
typedef struct td_uplift_segment {
    uint32_t end;
    uint32_t is_one_block;
} td_uplift_segment;

typedef struct td_uplift_order {
    uint32_t n;
    uint32_t n_blocks;    /* distinct scores */
    td_uplift_item *item; /* [n] by descending score */
    double *inverse;      /* [n] 1 / e or 1 / (1 - e) of each item; NULL without row propensities */
    uint32_t n_segments;
    td_uplift_segment *segment; /* [n_segments] */
} td_uplift_order;

/* What holds for all scores of the rows. */
typedef struct td_uplift_orders {
    uint32_t n;
    uint32_t n_scores;
    uint32_t n_treated;
    int is_binary;    /* every outcome is 0 or 1 */
    double share;     /* as given, 0 = the treated share of what is walked */
    int has_inverse;  /* row propensities were given */
    int has_clusters; /* units are clusters, not rows */
    uint32_t n_units;
    uint32_t *unit; /* [n] of each row: its rank under the first score, or its cluster; NULL with
                       one score and no clusters, where it is the rank */
    td_uplift_order order[TD_MAX_UPLIFT_SCORES]; /* [n_scores] */
} td_uplift_orders;

/* Clusters: rows of one code are drawn together. */
typedef struct td_uplift_clusters {
    const uint32_t *code; /* [n] below n; NULL = rows are drawn one by one; borrowed */
    uint32_t n;
} td_uplift_clusters;

/* Fills a zeroed *out, freed with td_uplift_orders_free. Errors name the row, from 1.
 * TD_ERR_RANGE: a treatment not 0 or 1, an outcome that is not finite, a propensity outside (0, 1),
 * a NaN score, a cluster code out of range. TD_ERR_NUMERIC: no rows, an arm without rows, an
 * outcome that never varies. TD_ERR_ARG: share outside [0, 1) or number of scores; TD_ERR_NOMEM.
 * O(n) per score; 16 to 24 bytes a row and score kept, 32 more while a score is sorted. */
td_status td_uplift_orders_build(td_uplift_orders *out, const td_uplift_rows *rows,
                                 const td_uplift_clusters *clusters, const td_exec *exec,
                                 td_error *err) TD_MUST_USE;
void td_uplift_orders_free(td_uplift_orders *orders);

#endif
