/* cli/abtest_read.c: the arms of an experiment, from totals or from rows.
 *
 *     --successes 84,101 --trials 10000,10000         arms A, B, ...; control first
 *     --data visits.csv --arm variant --outcome bought
 *
 *         variant,bought
 *         A,0                 one row per randomised unit
 *         B,1
 *
 *   1. Totals: lists of equal length, whole numbers, no more successes than trials.
 *   2. Rows: arms are the values of the arm column in byte order, --control moved to the front; a
 *      missing arm or number is an error with its place in the file.
 *   3. Means and ratios need the values of one arm together: rows are gathered arm by arm, in file
 *      order. A ratio's unit variance comes from the delta method, CUPED runs over all rows first.
 *   4. The split of the units is tested against --expected.
 *
 * Cost O(rows). One row per unit: rows that repeat a visitor must be added up before. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/abtest.h"
#include "core/base/mem.h"
#include "io/csv_place.h"
#include "stats/power.h"

/* --- totals ----------------------------------------------------------------------------------- */

/* Whole numbers of a list; *n is 0 at first, later the length that every list must have. */
static td_status read_counts(uint64_t *out, uint32_t *n, const char *text, const char *option,
                             td_arena *arena, td_error *err) {
    const char *const *piece = NULL;
    uint32_t found = 0;
    TD_CHECK(text != NULL, err, TD_ERR_ARG, "--%s is missing (or --data FILE)", option);
    TD_TRY(td_list_split(&piece, &found, text, option, arena, err));
    TD_CHECK(found <= TD_MAX_ARMS, err, TD_ERR_ARG, "--%s: more than %d arms", option, TD_MAX_ARMS);
    TD_CHECK(*n == 0 || found == *n, err, TD_ERR_ARG, "--%s has %u values for %u arms", option,
             found, *n);
    for (uint32_t i = 0; i < found; i++) {
        int64_t value = 0;
        TD_CHECK(td_text_is_whole(piece[i], &value) && value >= 0 && value <= INT64_C(1) << 52, err,
                 TD_ERR_ARG, "--%s: '%s' is not a number of units", option, piece[i]);
        out[i] = (uint64_t)value;
    }
    *n = found;
    return TD_OK;
}

/* The same for real numbers. */
static td_status read_reals(double *out, uint32_t n, const char *text, const char *option,
                            td_arena *arena, td_error *err) {
    const char *const *piece = NULL;
    uint32_t found = 0;
    TD_CHECK(text != NULL, err, TD_ERR_ARG, "--%s is missing (or --data FILE)", option);
    TD_TRY(td_list_split(&piece, &found, text, option, arena, err));
    TD_CHECK(found == n, err, TD_ERR_ARG, "--%s has %u values for %u arms", option, found, n);
    for (uint32_t i = 0; i < n; i++)
        TD_CHECK(td_text_is_real(piece[i], &out[i]), err, TD_ERR_ARG, "--%s: '%s' is not a number",
                 option, piece[i]);
    return TD_OK;
}

/* A, B, ..., Z, then arm27, ... */
static void name_arms(td_arms *arms) {
    for (uint32_t i = 0; i < arms->n; i++) {
        if (i < 26) {
            snprintf(arms->name[i], sizeof arms->name[i], "%c", (char)('A' + i));
        } else {
            snprintf(arms->name[i], sizeof arms->name[i], "arm%u", i + 1);
        }
    }
}

/* Step 1. Two lists for proportions, three for means; a ratio's variance needs rows. */
static td_status read_totals(td_abtest *test, td_arena *arena, td_error *err) {
    const td_abtest_options *o = test->options;
    td_arms *arms = &test->arms;
    double mean[TD_MAX_ARMS] = {0}, sd[TD_MAX_ARMS] = {0};
    TD_CHECK(strcmp(test->kind, "ratio") != 0, err, TD_ERR_ARG,
             "a ratio needs the rows: give --data, --arm, --value and --denominator");
    TD_TRY(read_counts(arms->units, &arms->n, o->trials, "trials", arena, err));
    name_arms(arms);
    if (strcmp(test->kind, "proportions") == 0)
        return read_counts(arms->successes, &arms->n, o->successes, "successes", arena, err);
    TD_TRY(read_reals(mean, arms->n, o->means, "means", arena, err));
    TD_TRY(read_reals(sd, arms->n, o->sds, "sds", arena, err));
    for (uint32_t i = 0; i < arms->n; i++) {
        TD_CHECK(sd[i] >= 0, err, TD_ERR_ARG, "--sds: %.10g is below 0", sd[i]);
        arms->sample[i] = (td_sample){(double)arms->units[i], mean[i], sd[i] * sd[i]};
    }
    return TD_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A table and what was taken from it. */
typedef struct rows {
    td_data data;
    uint32_t *arm;    /* [n] index of the row's arm, control = 0 */
    uint64_t *order;  /* [n] rows arm by arm, in file order */
    double *adjusted; /* [n] CUPED values; NULL without */
    double *gathered; /* [n] one column in that order */
    double *below;    /* [n] the denominator in that order */
} rows;

static void free_rows(rows *r) {
    td_mem_free(r->arm);
    td_mem_free(r->order);
    td_mem_free(r->adjusted);
    td_mem_free(r->gathered);
    td_mem_free(r->below);
    td_data_free(&r->data);
}

/* A column of numbers without holes. */
static td_status find_numbers(const double **values, const rows *r, const char *name,
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
static td_status find_arms(td_abtest *test, rows *r, td_error *err) {
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
    TD_NEW(r->arm, r->data.table.n_rows, err);
    for (; place.row < r->data.table.n_rows; place.row++) {
        uint32_t code = column->code[place.row];
        if (code == TD_CODE_NONE) return td_csv_fail_place(&place, "the arm is missing", err);
        r->arm[place.row] = code == control ? 0 : code < control ? code + 1 : code;
        arms->units[r->arm[place.row]]++;
    }
    return TD_OK;
}

/* Step 3: counting sort by arm. */
static td_status order_rows(rows *r, const td_arms *arms, td_error *err) {
    uint64_t next[TD_MAX_ARMS] = {0}, n = r->data.table.n_rows;
    TD_NEW(r->order, n, err);
    TD_NEW(r->gathered, n, err);
    TD_NEW(r->below, n, err);
    for (uint32_t a = 1; a < arms->n; a++) next[a] = next[a - 1] + arms->units[a - 1];
    for (uint64_t i = 0; i < n; i++) r->order[next[r->arm[i]]++] = i;
    return TD_OK;
}

/* A column in the order of the arms. */
static const double *gather(double *out, const rows *r, const double *values) {
    for (uint64_t i = 0; i < r->data.table.n_rows; i++) out[i] = values[r->order[i]];
    return out;
}

/* Mean and variance of each arm. */
static td_status sample_arms(td_sample *sample, const td_arms *arms, const rows *r,
                             const double *values, td_error *err) {
    const double *at = gather(r->gathered, r, values);
    for (uint32_t a = 0; a < arms->n; a++) {
        TD_TRY(td_sample_of(&sample[a], at, arms->units[a], err));
        at += arms->units[a];
    }
    return TD_OK;
}

/* The ratio of each arm, with the variance of one unit by the delta method. */
static td_status sample_ratios(td_arms *arms, const rows *r, const double *above,
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
static td_status adjust(td_abtest *test, rows *r, const double *value, td_error *err) {
    td_arms *arms = &test->arms;
    const double *covariate = NULL;
    TD_TRY(find_numbers(&covariate, r, test->options->covariate, "covariate", err));
    TD_NEW(r->adjusted, r->data.table.n_rows, err);
    td_cuped_data data = {value, covariate, r->arm, r->data.table.n_rows, arms->n};
    TD_TRY(td_cuped_adjust(r->adjusted, &arms->theta, &data, err));
    arms->has_cuped = 1;
    TD_TRY(sample_arms(arms->unadjusted, arms, r, value, err));
    return sample_arms(arms->sample, arms, r, r->adjusted, err);
}

/* Anything but 0 and 1 is an error with its place. */
static td_status count_successes(td_abtest *test, const rows *r, const double *outcome,
                                 td_error *err) {
    td_csv_place place = {r->data.path, &r->data.csv, test->options->outcome, 0};
    for (; place.row < r->data.table.n_rows; place.row++) {
        double y = outcome[place.row];
        if (y != 0 && y != 1) return td_csv_fail_place(&place, "the outcome is not 0 or 1", err);
        test->arms.successes[r->arm[place.row]] += y == 1;
    }
    return TD_OK;
}

/* What the kind needs of each row. */
static td_status read_values(td_abtest *test, rows *r, td_error *err) {
    const td_abtest_options *o = test->options;
    const double *value = NULL, *below = NULL;
    if (strcmp(test->kind, "proportions") == 0) {
        TD_TRY(find_numbers(&value, r, o->outcome, "outcome", err));
        TD_CHECK(value != NULL, err, TD_ERR_INTERNAL, "a column of numbers without numbers");
        return count_successes(test, r, value, err);
    }
    TD_TRY(find_numbers(&value, r, o->value, "value", err));
    TD_CHECK(value != NULL, err, TD_ERR_INTERNAL, "a column of numbers without numbers");
    TD_TRY(order_rows(r, &test->arms, err));
    if (strcmp(test->kind, "ratio") == 0) {
        TD_TRY(find_numbers(&below, r, o->denominator, "denominator", err));
        TD_CHECK(below != NULL, err, TD_ERR_INTERNAL, "a column of numbers without numbers");
        return sample_ratios(&test->arms, r, value, below, err);
    }
    if (o->covariate != NULL) return adjust(test, r, value, err);
    return sample_arms(test->arms.sample, &test->arms, r, value, err);
}

/* Arms are names even when they are written as numbers. */
static td_status read_rows(td_abtest *test, rows *r, const td_cli *cli, td_error *err) {
    const td_abtest_options *o = test->options;
    TD_CHECK(o->arm != NULL, err, TD_ERR_ARG, "--arm COL is missing: which column names the arm?");
    td_csv_options lists = td_csv_options_default();
    lists.categorical = &o->arm;
    lists.n_categorical = 1;
    TD_TRY(td_data_read(&r->data, o->format.data, &o->format, &lists, cli, err));
    TD_TRY(find_arms(test, r, err));
    TD_CHECK(test->arms.n >= 2, err, TD_ERR_ARG, "column %s has one value: one arm is no test",
             o->arm);
    return read_values(test, r, err);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Step 4; also the last word on the number of arms. */
static td_status check_split(td_abtest *test, td_arena *arena, td_error *err) {
    td_arms *arms = &test->arms;
    double share[TD_MAX_ARMS] = {0};
    const char *expected = test->options->expected;
    TD_CHECK(arms->n >= 2, err, TD_ERR_ARG, "one arm: an experiment compares at least two");
    if (expected != NULL) TD_TRY(read_reals(share, arms->n, expected, "expected", arena, err));
    for (uint32_t i = 0; expected != NULL && i < arms->n; i++)
        TD_CHECK(share[i] > 0, err, TD_ERR_ARG, "--expected: %.10g is not positive", share[i]);
    for (uint32_t i = 0; i < arms->n; i++)
        TD_CHECK(arms->units[i] > 0, err, TD_ERR_ARG, "arm %s has no trials", arms->name[i]);
    return td_srm_check(&arms->srm, arms->units, expected == NULL ? NULL : share, arms->n, err);
}

/* Totals or rows, never both: --data decides. */
td_status td_abtest_read(td_abtest *test, const td_cli *cli, td_error *err) {
    td_arena arena = {0};
    rows r = {0};
    td_status status = test->options->format.data == NULL ? read_totals(test, &arena, err)
                                                          : read_rows(test, &r, cli, err);
    if (status == TD_OK) status = check_split(test, &arena, err);
    free_rows(&r);
    td_arena_free(&arena);
    return status;
}
