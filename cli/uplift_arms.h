/* cli/uplift_arms.h: a table with several arms, each to be judged against the control by itself. */
#ifndef TD_CLI_UPLIFT_ARMS_H
#define TD_CLI_UPLIFT_ARMS_H

#include "cli/uplift_scores.h"

/* Zeroed = empty. */
typedef struct td_uplift_arms {
    td_arena arena;
    td_data data;                  /* every column, read once */
    uint32_t n;                    /* arms beside the control */
    const char *control;           /* value of the treatment */
    const char **name;             /* [n] the same of each arm */
    td_uplift_score_columns *pair; /* [n] its columns: for td_uplift_scores_of */
} td_uplift_arms;

/* 1 unless --arms names two values or, NULL, none. One value is the control: all others are arms.
 */
int td_uplift_arms_are_several(const char *arms);

/* Read the table and say which columns are an arm's. A score S stands for the column S_ARM where
 * there is one, else for S itself, which serves all arms unless it ends in the name of one;
 * --propensity has an entry for each arm: its chance among the rows of the arm and the control.
 * *out owned*. TD_ERR_ARG: an arm that no row has, an arm without a score, lists of wrong length.
 */
td_status td_uplift_arms_read(td_uplift_arms *out, const td_uplift_score_columns *columns,
                              const td_data_format *format, const td_cli *cli,
                              td_error *err) TD_MUST_USE;
void td_uplift_arms_free(td_uplift_arms *arms);

#endif
