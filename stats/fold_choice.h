/* stats/fold_choice.h: a choice made on some rows of a ranking, and what it gives every row.
 * Inside stats only: chosen by fold_choice.c, used by fold_interval.c. */
#ifndef TD_STATS_FOLD_CHOICE_H
#define TD_STATS_FOLD_CHOICE_H

#include "stats/fold_interval.h"

/* Rows of a block, or what a row of it is given: negatives, then positives. */
typedef struct td_by_class {
    double of[2];
} td_by_class;

/* Rows that choose, by block, and room for what the choice gives. */
typedef struct td_chooser {
    const td_fold_rows *rows;
    td_by_class *count; /* [n_blocks] rows that choose */
    td_by_class *value; /* [n_blocks] what a row of the block is given */
    double *fit;        /* [n_blocks] isotonic rates */
    uint32_t *corner;   /* [n_blocks + 1] scratch of the fit: blocks where a pool ends */
    double *corner_sum; /* [n_blocks + 1][2] rows and positives down to there */
} td_chooser;

td_status td_chooser_build(td_chooser *out, const td_fold_rows *rows, td_error *err) TD_MUST_USE;
void td_chooser_free(td_chooser *chooser);

/* Fit the isotonic rates to the counts; before the two parts of the Brier score. O(blocks). */
void td_chooser_fit(td_chooser *chooser);

/* Fill value: its mean over the rows that chose is the number (a cost with its sign turned), its
 * mean over other rows has the expectation of the choice. O(blocks). */
void td_chooser_choose(td_chooser *chooser, td_fold_choice choice);

#endif
