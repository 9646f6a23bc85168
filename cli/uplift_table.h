/* cli/uplift_table.h: a plain table with a treatment, an outcome and perhaps a known propensity. */
#ifndef TD_CLI_UPLIFT_TABLE_H
#define TD_CLI_UPLIFT_TABLE_H

#include "cli/data.h"
#include "cli/data_groups.h"
#include "uplift/uplift.h"

/* Which columns mean what; texts are the user's. */
typedef struct td_uplift_columns {
    const char *treatment;
    const char *arms; /* "control,a,b": values of the treatment, control first; NULL = 0 and 1 */
    const char *outcome;
    const char *positive;    /* value of the outcome that counts as 1, NULL = numbers */
    const char *weight;      /* NULL = none */
    const char *propensity;  /* "share", "estimate", or a column or number for each treated arm */
    const char *cluster;     /* rows of one value stay in one fold; no feature; NULL = none */
    const char *ignore;      /* columns that are no features */
    const char *id;          /* one column that is read and no feature; NULL = none */
    const char *scores;      /* columns that are read and no features, at most 16; NULL = none */
    const char *categorical; /* number columns that are categories */
} td_uplift_columns;

/* The table taken apart; zeroed = empty. */
typedef struct td_uplift_table {
    td_arena arena;
    td_data data;
    const td_column **feature; /* of the view in `learn` */
    double *outcome;
    double *weight;
    uint32_t *arm;
    double *propensity;
    td_groups clusters;
    uint64_t n_left_out;  /* rows of an arm that --arms does not name */
    td_uplift_data learn; /* borrowed from the above */
} td_uplift_table;

void td_uplift_table_free(td_uplift_table *table);

/* Read. *out owned*. An error names file, line, column and value: a treatment that is not 0 or 1
 * (without --arms), a missing treatment or outcome, a known propensity that is no number;
 * TD_ERR_ARG for a missing column, an arm that no row has, a list of propensities of another
 * length. */
td_status td_uplift_table_read(td_uplift_table *out, const td_uplift_columns *columns,
                               const td_data_format *format, const td_cli *cli,
                               td_error *err) TD_MUST_USE;

#endif
