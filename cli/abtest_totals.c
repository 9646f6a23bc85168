/* cli/abtest_totals.c: the arms of an experiment from a table of totals (--units).
 *
 *     day,variant,visitors,buyers        variant,visitors,spent,deviation
 *     1,A,5012,41                        A,10000,0.62,7.1
 *     1,B,4988,47                        B,10020,0.66,7.3
 *     2,A,...
 *
 *   1. Proportions: units and conversions are added up over the rows of an arm, however many.
 *   2. Means: one row an arm, n, mean m and standard deviation s. Several rows would have to be
 *      joined by n, m and s of each; what a day's table rounds away is lost then, so that they are
 *      refused.
 *
 * Units are whole, conversions at most as many: the first row that breaks this is named with its
 * line, column and value. What needs single units (clusters, strata, covariates, ratios) is refused
 * by name. Cost O(rows). */
#include <math.h>
#include <string.h>

#include "cli/abtest_rows.h"
#include "io/csv_place.h"

/* 2^52: sums of rows stay exact in doubles and in uint64_t. */
static const double most_units = 4503599627370496.0;

static int is_count(double x) { return x >= 0 && x <= most_units && floor(x) == x; }

/* Step 1. */
static td_status add_proportions(td_arms *arms, const td_abtest_rows *r, const double *units,
                                 const td_abtest_options *o, td_error *err) {
    const double *hits = NULL;
    TD_TRY(td_abtest_find_numbers(&hits, r, o->outcome, "outcome", err));
    td_csv_place place = {r->data.path, &r->data.csv, o->outcome, 0};
    for (; place.row < r->data.table.n_rows; place.row++) {
        uint64_t i = place.row;
        if (!is_count(hits[i]) || hits[i] > units[i])
            return td_csv_fail_place(&place, "not a number of conversions among the units", err);
        arms->units[r->arm[i]] += (uint64_t)units[i];
        arms->successes[r->arm[i]] += (uint64_t)hits[i];
    }
    return TD_OK;
}

/* Step 2. */
static td_status take_means(td_arms *arms, const td_abtest_rows *r, const double *units,
                            const td_abtest_options *o, td_error *err) {
    const double *mean = NULL, *sd = NULL;
    TD_TRY(td_abtest_find_numbers(&mean, r, o->value, "value", err));
    TD_TRY(td_abtest_find_numbers(&sd, r, o->sd, "sd", err));
    td_csv_place place = {r->data.path, &r->data.csv, o->sd, 0};
    for (; place.row < r->data.table.n_rows; place.row++) {
        uint64_t i = place.row;
        if (sd[i] < 0) return td_csv_fail_place(&place, "a standard deviation below 0", err);
        place.column = o->arm;
        if (arms->units[r->arm[i]] > 0)
            return td_csv_fail_place(&place, "a second total of this arm: means take one", err);
        place.column = o->sd;
        arms->units[r->arm[i]] = (uint64_t)units[i];
        arms->sample[r->arm[i]] = (td_sample){units[i], mean[i], sd[i] * sd[i]};
    }
    return TD_OK;
}

td_status td_abtest_read_totals(td_abtest *test, const td_abtest_rows *r, td_error *err) {
    const td_abtest_options *o = test->options;
    td_arms *arms = &test->arms;
    const double *units = NULL;
    TD_CHECK(o->stratum == NULL && o->cluster == NULL && o->covariate == NULL, err, TD_ERR_ARG,
             "--stratum, --cluster and --covariate need a row per unit, not --units");
    TD_CHECK(strcmp(test->kind, "ratio") != 0, err, TD_ERR_ARG,
             "a ratio needs a row per unit, not --units");
    TD_TRY(td_abtest_find_numbers(&units, r, o->units, "units", err));
    td_csv_place place = {r->data.path, &r->data.csv, o->units, 0};
    for (; place.row < r->data.table.n_rows; place.row++)
        if (!is_count(units[place.row]) || units[place.row] == 0)
            return td_csv_fail_place(&place, "not a number of units", err);
    memset(arms->units, 0, sizeof arms->units); /* they were rows until now */
    return strcmp(test->kind, "proportions") == 0 ? add_proportions(arms, r, units, o, err)
                                                  : take_means(arms, r, units, o, err);
}
