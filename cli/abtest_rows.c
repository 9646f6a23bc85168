/* cli/abtest_rows.c: the arms of an experiment from the rows of a table.
 *
 *         variant,bought
 *         A,0                 one row per randomised unit; with --cluster visitor several
 *         B,1
 *
 *   1. Arms are the values of the arm column in byte order, --control moved to the front; a missing
 *      arm or number is an error with its place in the file.
 *   2. With --cluster the rows of a visitor become one unit (abtest_groups.c); from there on the
 *      metric is a ratio: sum of values over number of rows.
 *   3. Means and ratios need the values of one arm together: units are gathered arm by arm, in
 *      their order. A ratio's unit variance comes from the delta method, CUPED runs over all units
 *      first.
 *   4. With --stratum counts or means are kept by stratum as well. With --units a row is a total
 *      of its arm (abtest_totals.c).
 *
 * Cost O(rows). Without --cluster rows that repeat a visitor must be added up before. */
#include "cli/abtest_rows.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_place.h"
#include "stats/power.h"

static void free_rows(td_abtest_rows *r) {
    td_mem_free(r->arm);
    td_mem_free(r->order);
    td_mem_free(r->adjusted);
    td_mem_free(r->gathered);
    td_mem_free(r->below);
    td_mem_free(r->top);
    td_mem_free(r->bottom);
    td_groups_free(&r->groups);
    td_data_free(&r->data);
}

td_status td_abtest_find_numbers(const double **values, const td_abtest_rows *r, const char *name,
                                 const char *option, td_error *err) {
    uint32_t c = 0;
    TD_CHECK(name != NULL, err, TD_ERR_ARG, "--%s COL is missing", option);
    TD_TRY(td_data_find(&c, &r->data, name, err));
    const td_column *column = &r->data.table.column[c];
    td_csv_place place = {r->data.path, &r->data.csv, column->name, 0};
    *values = column->number;
    if (column->kind != TD_COLUMN_NUMBER) return td_csv_fail_place(&place, "not a number", err);
    for (; place.row < r->data.table.n_rows; place.row++) {
        if (column->number[place.row] != column->number[place.row])
            return td_csv_fail_place(&place, "the number is missing", err);
    }
    return TD_OK;
}

/* Names of the arms, control first, and the arm of each row. */
static td_status find_arms(td_abtest *test, td_abtest_rows *r, td_error *err) {
    const td_abtest_options *o = test->options;
    td_arms *arms = &test->arms;
    uint32_t c = 0, control = 0;
    TD_TRY(td_data_find(&c, &r->data, o->arm, err));
    const td_column *column = &r->data.table.column[c];
    td_csv_place place = {r->data.path, &r->data.csv, column->name, 0};
    arms->n = column->dict.n;
    TD_CHECK(arms->n <= TD_MAX_ARMS, err, TD_ERR_ARG,
             "--arm: column %s has %u values, at most %d go", o->arm, arms->n, TD_MAX_ARMS);
    if (o->control != NULL) {
        control = td_textdict_find(&column->dict, o->control, strlen(o->control));
        TD_CHECK(control != TD_CODE_NONE, err, TD_ERR_ARG, "--control: no row of column %s is '%s'",
                 o->arm, o->control);
    }
    for (uint32_t code = 0; code < arms->n; code++) {
        uint32_t arm = code == control ? 0 : code < control ? code + 1 : code;
        uint64_t begin = column->dict.begin[code], length = column->dict.begin[code + 1] - begin;
        snprintf(arms->name[arm], sizeof arms->name[arm], "%.*s", (int)length,
                 column->dict.bytes + begin);
    }
    r->n = r->data.table.n_rows;
    TD_NEW(r->arm, r->n, err);
    for (; place.row < r->data.table.n_rows; place.row++) {
        uint32_t code = column->code[place.row];
        if (code == TD_CODE_NONE) return td_csv_fail_place(&place, "the arm is missing", err);
        r->arm[place.row] = code == control ? 0 : code < control ? code + 1 : code;
        arms->units[r->arm[place.row]]++;
    }
    return TD_OK;
}

/* Counting sort by arm. */
static td_status order_rows(td_abtest_rows *r, const td_arms *arms, td_error *err) {
    uint64_t next[TD_MAX_ARMS] = {0}, n = r->n;
    TD_NEW(r->order, n, err);
    TD_NEW(r->gathered, n, err);
    TD_NEW(r->below, n, err);
    for (uint32_t a = 1; a < arms->n; a++) next[a] = next[a - 1] + arms->units[a - 1];
    for (uint64_t i = 0; i < n; i++) r->order[next[r->arm[i]]++] = i;
    return TD_OK;
}

/* A column of units in the order of the arms. */
static const double *gather(double *out, const td_abtest_rows *r, const double *values) {
    for (uint64_t i = 0; i < r->n; i++) out[i] = values[r->order[i]];
    return out;
}

/* Mean and variance of each arm. */
static td_status sample_arms(td_sample *sample, const td_arms *arms, const td_abtest_rows *r,
                             const double *values, td_error *err) {
    const double *at = gather(r->gathered, r, values);
    for (uint32_t a = 0; a < arms->n; a++) {
        TD_TRY(td_sample_of(&sample[a], at, arms->units[a], err));
        at += arms->units[a];
    }
    return TD_OK;
}

/* The ratio of each arm, with the variance of one unit by the delta method. */
static td_status sample_ratios(td_arms *arms, const td_abtest_rows *r, const double *above,
                               const double *below, td_error *err) {
    const double *top = gather(r->gathered, r, above), *bottom = gather(r->below, r, below);
    arms->is_ratio = 1;
    for (uint32_t a = 0; a < arms->n; a++) {
        td_ratio_moments m;
        TD_TRY(td_ratio_moments_of(&m, top, bottom, arms->units[a], err));
        arms->sample[a] = (td_sample){m.n, m.mean_n / m.mean_d, td_ratio_unit_variance(&m)};
        top += arms->units[a];
        bottom += arms->units[a];
    }
    return TD_OK;
}

/* CUPED over all rows, then the samples before and after. */
static td_status adjust(td_abtest *test, td_abtest_rows *r, const double *value, td_error *err) {
    td_arms *arms = &test->arms;
    const double *covariate = NULL;
    TD_TRY(td_abtest_find_numbers(&covariate, r, test->options->covariate, "covariate", err));
    TD_NEW(r->adjusted, r->data.table.n_rows, err);
    td_cuped_data data = {value, covariate, r->arm, r->data.table.n_rows, arms->n};
    TD_TRY(td_cuped_adjust(r->adjusted, &arms->theta, &data, err));
    arms->has_cuped = 1;
    TD_TRY(sample_arms(arms->unadjusted, arms, r, value, err));
    return sample_arms(arms->sample, arms, r, r->adjusted, err);
}

/* Anything but 0 and 1 is an error with its place. */
static td_status count_successes(td_abtest *test, const td_abtest_rows *r, const double *outcome,
                                 td_error *err) {
    td_csv_place place = {r->data.path, &r->data.csv, test->options->outcome, 0};
    for (; place.row < r->data.table.n_rows; place.row++) {
        double y = outcome[place.row];
        if (y != 0 && y != 1) return td_csv_fail_place(&place, "the outcome is not 0 or 1", err);
        test->arms.successes[r->arm[place.row]] += y == 1;
    }
    return test->arms.n_strata > 0 ? td_abtest_count_strata(test, r, outcome, err) : TD_OK;
}

/* --cluster or --stratum, one of them. */
static td_status find_groups(td_abtest *test, td_abtest_rows *r, const td_cli *cli, td_error *err) {
    const td_abtest_options *o = test->options;
    if (o->cluster == NULL && o->stratum == NULL) return TD_OK;
    TD_CHECK(o->cluster == NULL || o->stratum == NULL, err, TD_ERR_ARG,
             "--cluster and --stratum cannot be combined: add the rows of a cluster up first");
    TD_CHECK(o->covariate == NULL, err, TD_ERR_ARG,
             "--covariate goes with one row per unit, not with --cluster or --stratum");
    TD_CHECK(o->stratum == NULL || strcmp(test->kind, "ratio") != 0, err, TD_ERR_ARG,
             "--stratum is for proportions and means; a ratio has no mean within a stratum");
    TD_TRY(td_data_group(&r->groups, &r->data, o->cluster != NULL ? o->cluster : o->stratum,
                         &cli->exec, err));
    if (o->stratum != NULL) test->arms.n_strata = r->groups.n;
    test->arms.is_clustered = o->cluster != NULL;
    return TD_OK;
}

/* Every kind with --cluster: a ratio of sums over clusters. */
static td_status read_clustered(td_abtest *test, td_abtest_rows *r, const double *value,
                                const double *below, td_error *err) {
    if (strcmp(test->kind, "proportions") == 0) TD_TRY(count_successes(test, r, value, err));
    TD_TRY(td_abtest_join_clusters(test, r, value, below, err));
    TD_TRY(order_rows(r, &test->arms, err));
    return sample_ratios(&test->arms, r, r->top, r->bottom, err);
}

/* Means: plain, with a covariate, or by stratum. */
static td_status read_means(td_abtest *test, td_abtest_rows *r, const double *value,
                            td_error *err) {
    TD_TRY(order_rows(r, &test->arms, err));
    if (test->options->covariate != NULL) return adjust(test, r, value, err);
    TD_TRY(sample_arms(test->arms.sample, &test->arms, r, value, err));
    if (test->arms.n_strata == 0) return TD_OK;
    memcpy(test->arms.unadjusted, test->arms.sample, sizeof test->arms.sample);
    return td_abtest_sample_strata(test, r, value, err);
}

/* What the kind needs of each row. */
static td_status read_values(td_abtest *test, td_abtest_rows *r, td_error *err) {
    const td_abtest_options *o = test->options;
    const double *value = NULL, *below = NULL;
    int is_rates = strcmp(test->kind, "proportions") == 0;
    TD_TRY(td_abtest_find_numbers(&value, r, is_rates ? o->outcome : o->value,
                                  is_rates ? "outcome" : "value", err));
    TD_CHECK(value != NULL, err, TD_ERR_INTERNAL, "a column of numbers without numbers");
    if (strcmp(test->kind, "ratio") == 0) {
        TD_TRY(td_abtest_find_numbers(&below, r, o->denominator, "denominator", err));
        TD_CHECK(below != NULL, err, TD_ERR_INTERNAL, "a column of numbers without numbers");
    }
    if (test->arms.is_clustered) return read_clustered(test, r, value, below, err);
    if (is_rates) return count_successes(test, r, value, err);
    if (below == NULL) return read_means(test, r, value, err);
    TD_TRY(order_rows(r, &test->arms, err));
    return sample_ratios(&test->arms, r, value, below, err);
}

/* Arms and strata are names even when they are written as numbers. */
static td_status read_rows(td_abtest *test, td_abtest_rows *r, const td_cli *cli, td_error *err) {
    const td_abtest_options *o = test->options;
    TD_CHECK(o->arm != NULL, err, TD_ERR_ARG, "--arm COL is missing: which column names the arm?");
    td_csv_options lists = td_csv_options_default();
    lists.categorical = &o->arm;
    lists.n_categorical = 1;
    TD_TRY(td_data_read(&r->data, o->format.data, &o->format, &lists, cli, err));
    TD_TRY(find_arms(test, r, err));
    TD_CHECK(test->arms.n >= 2, err, TD_ERR_ARG, "column %s has one value: one arm is no test",
             o->arm);
    if (o->units != NULL) return td_abtest_read_totals(test, r, err);
    TD_CHECK(o->sd == NULL, err, TD_ERR_ARG, "--sd goes with --units: rows have no deviation");
    TD_TRY(find_groups(test, r, cli, err));
    return read_values(test, r, err);
}

td_status td_abtest_read_rows(td_abtest *test, const td_cli *cli, td_error *err) {
    td_abtest_rows r = {0};
    td_status status = read_rows(test, &r, cli, err);
    free_rows(&r);
    return status;
}
