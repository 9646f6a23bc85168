/* cli/abtest_read.c: the arms of an experiment, from totals or from rows.
 *
 *     --successes 84,101 --trials 10000,10000         arms A, B, ...; control first
 *     --data visits.csv --arm variant --outcome bought     one row per unit: abtest_rows.c
 *
 *   1. Totals: lists of equal length, whole numbers, no more successes than trials.
 *   2. The split of the units is tested against --expected, before anything else is.
 *
 * A ratio, clusters, strata and CUPED need rows; totals do not say how they vary. O(rows). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/abtest.h"
#include "cli/abtest_rows.h"

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
    TD_CHECK(o->stratum == NULL && o->cluster == NULL && o->covariate == NULL, err, TD_ERR_ARG,
             "--stratum, --cluster and --covariate need the rows: give --data");
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

/* --- the whole -------------------------------------------------------------------------------- */

/* Step 2; also the last word on the number of arms. */
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
    TD_TRY(test->options->format.data == NULL ? read_totals(test, test->arena, err)
                                              : td_abtest_read_rows(test, cli, err));
    return check_split(test, test->arena, err);
}
