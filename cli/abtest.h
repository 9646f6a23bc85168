/* cli/abtest.h: what the kinds of `tundish abtest` share: options, arms, reports. */
#ifndef TD_CLI_ABTEST_H
#define TD_CLI_ABTEST_H

#include "cli/cmd.h"
#include "cli/data.h"
#include "cli/report_text.h"
#include "stats/mean_diff.h"
#include "stats/multiple.h"
#include "stats/proportion.h"

typedef struct td_abtest_options {
    td_data_format format;
    const char *successes, *trials, *expected, *prior, *alternative;
    const char *means, *sds;
    const char *arm, *outcome, *value, *denominator, *covariate, *control;
    double alpha;
} td_abtest_options;

enum { TD_MAX_ARMS = 64 };

/* The arms of an experiment; the first is control. Numbers that a kind does not use are 0. */
typedef struct td_arms {
    uint32_t n;
    char name[TD_MAX_ARMS][48];
    uint64_t units[TD_MAX_ARMS];
    uint64_t successes[TD_MAX_ARMS];
    td_sample sample[TD_MAX_ARMS];     /* means, ratio: mean and variance of a unit */
    td_sample unadjusted[TD_MAX_ARMS]; /* with --covariate: before CUPED */
    double theta;                      /* CUPED's slope */
    int has_cuped, is_ratio;
    td_srm srm;
} td_arms;

/* Control against one other arm. */
typedef struct td_comparison {
    td_two_counts counts;
    td_interval ci[TD_N_DIFF_INTERVALS];
    td_metric z_pooled, z_yates, fisher, barnard, boschloo;
    td_metric risk_ratio;
    td_interval risk_ratio_ci;
    td_beta_posterior posterior;
    td_mean_diff mean;
    td_metric p_value; /* the one that is adjusted */
    double adjusted[TD_N_MULTIPLE];
} td_comparison;

typedef struct td_abtest {
    const td_abtest_options *options;
    const char *kind;
    td_alternative side;
    double prior_a, prior_b;
    td_arms arms;
    td_comparison comparison[TD_MAX_ARMS - 1]; /* [arms.n - 1] */
} td_abtest;

/* Arms from --successes and --trials, --means, --sds and --trials, or from the rows of --data
 * (abtest_read.c). TD_ERR_ARG names what is missing or impossible. */
td_status td_abtest_read(td_abtest *test, const td_cli *cli, td_error *err) TD_MUST_USE;

/* Every comparison with control, adjusted for their number. */
td_status td_abtest_compare(td_abtest *test, td_error *err) TD_MUST_USE;

void td_abtest_print(const td_abtest *test);
void td_abtest_fill_json(td_json *json, const void *test);

#endif
