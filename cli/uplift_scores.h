/* cli/uplift_scores.h: a table with treatment, outcome and scores, for the commands that judge
 * rankings and rules. */
#ifndef TD_CLI_UPLIFT_SCORES_H
#define TD_CLI_UPLIFT_SCORES_H

#include "cli/data.h"
#include "cli/data_groups.h"
#include "stats/uplift_order.h"

/* Which columns mean what; texts are the user's, NULL = not given. */
typedef struct td_uplift_score_columns {
    const char *treatment;
    const char *arms;  /* "control,a,b": values of the treatment, control first */
    uint32_t max_arms; /* control included */
    const char *outcome;
    const char *positive;   /* value of the outcome that counts as 1 */
    const char *score;      /* "a,b": columns, higher = treat first */
    const char *propensity; /* a number or a column for each treated arm */
    const char *mean;       /* columns of expected outcomes, control first; NULL = none */
    const char *cluster;
    const char *keep; /* another column to read (an id), or NULL */
} td_uplift_score_columns;

/* Rows of the named arms; zeroed = empty. */
typedef struct td_uplift_scores {
    td_arena arena;
    td_data data;
    int borrows_data;            /* td_uplift_scores_of */
    uint64_t n;                  /* rows of the named arms */
    uint64_t n_left_out;         /* rows of other arms */
    uint32_t *row;               /* [n] of the table */
    uint32_t n_arms;             /* control included */
    const char *const *arm_name; /* [n_arms] */
    uint32_t *arm;               /* [n] below n_arms */
    double *treatment;           /* [n] 0 or 1: not the control */
    double *outcome;             /* [n] */
    double *propensity; /* [n_arms][n] chance of each arm, where a column says so; else NULL */
    double *share;      /* [n_arms] the same for all rows, where numbers were given; else NULL */
    double *mean;       /* [n_arms][n] expected outcomes, or NULL */
    uint32_t n_scores;
    const char *const *name; /* [n_scores] */
    double **score;          /* [n_scores][n] */
    uint32_t *cluster;       /* [n] below n_clusters, NULL = none */
    uint32_t n_clusters;
} td_uplift_scores;

/* Read. *out owned*. An error names file, line, column and value of a treatment that is not 0 or 1
 * (without --arms), of a missing outcome or score, of a propensity not inside (0, 1); TD_ERR_ARG
 * for a missing column and for lists of a wrong length. */
td_status td_uplift_scores_read(td_uplift_scores *out, const td_uplift_score_columns *columns,
                                const td_data_format *format, const td_cli *cli,
                                td_error *err) TD_MUST_USE;
/* The same from a table that was read already, with the treatment as texts where arms are named;
 * *borrowed*, it must outlive the scores. */
td_status td_uplift_scores_of(td_uplift_scores *out, const td_data *data,
                              const td_uplift_score_columns *columns, const td_cli *cli,
                              td_error *err) TD_MUST_USE;
void td_uplift_scores_free(td_uplift_scores *scores);

/* TD_ERR_ARG when name[a] of --arms stands before place a, too. */
td_status td_uplift_arm_is_new(const char *const *name, uint32_t a, td_error *err) TD_MUST_USE;

/* The rows of two arms as stats wants them; borrowed. */
td_uplift_rows td_uplift_scores_view(const td_uplift_scores *scores);

#endif
