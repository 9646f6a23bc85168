/* cli/abtest_rows.h: the arms of an experiment from the rows of a table. */
#ifndef TD_CLI_ABTEST_ROWS_H
#define TD_CLI_ABTEST_ROWS_H

#include "cli/abtest.h"
#include "cli/data_groups.h"

/* A table and what was taken from it. A unit is a row, or with --cluster all rows of a cluster. */
typedef struct td_abtest_rows {
    td_data data;
    uint64_t n;       /* units */
    uint32_t *arm;    /* [n] index of the unit's arm, control = 0 */
    uint64_t *order;  /* [n] units arm by arm, in their order */
    double *adjusted; /* [n] CUPED values; NULL without */
    double *gathered; /* [n] one column in that order */
    double *below;    /* [n] the denominator in that order */
    double *top;      /* [n] with --cluster: sums of the value and of the denominator */
    double *bottom;
    td_groups groups; /* of --cluster or --stratum */
} td_abtest_rows;

/* Arms, units and values from --data. TD_ERR_FORMAT and TD_ERR_ARG name place and value. */
td_status td_abtest_read_rows(td_abtest *test, const td_cli *cli, td_error *err) TD_MUST_USE;

/* A column of numbers without holes, borrowed from r->data. TD_ERR_ARG: `name` is NULL (--`option`
 * was not given); TD_ERR_FORMAT with the place of what is no number or missing. O(rows). */
td_status td_abtest_find_numbers(const double **values, const td_abtest_rows *r, const char *name,
                                 const char *option, td_error *err) TD_MUST_USE;

/* --units: each row is a total of its arm, the arms of `r` are known (abtest_totals.c).
 * TD_ERR_FORMAT with the place of a row that is none, TD_ERR_ARG for options that need single
 * units. O(rows). */
td_status td_abtest_read_totals(td_abtest *test, const td_abtest_rows *r,
                                td_error *err) TD_MUST_USE;

/* Rows of one cluster become one unit: r->arm, r->n, arms->units are those of clusters from now on,
 * r->top and r->bottom hold sums of value and of `below` (NULL: rows). TD_ERR_FORMAT at the first
 * row whose cluster was met in another arm (abtest_groups.c). */
td_status td_abtest_join_clusters(td_abtest *test, td_abtest_rows *r, const double *value,
                                  const double *below, td_error *err) TD_MUST_USE;

/* Fill the strata of the arms: counts where `value` is 0 or 1, post-stratified samples for means.
 */
td_status td_abtest_count_strata(td_abtest *test, const td_abtest_rows *r, const double *value,
                                 td_error *err) TD_MUST_USE;
td_status td_abtest_sample_strata(td_abtest *test, const td_abtest_rows *r, const double *value,
                                  td_error *err) TD_MUST_USE;

#endif
