/* cli/abtest.h: what the kinds of `tundish abtest` share: options, arms, reports. */
#ifndef TD_CLI_ABTEST_H
#define TD_CLI_ABTEST_H

#include "cli/cmd.h"
#include "cli/data.h"
#include "cli/report_text.h"
#include "stats/mean_diff.h"
#include "stats/multiple.h"
#include "stats/proportion.h"
#include "stats/sequential.h"
#include "stats/stratified.h"

typedef struct td_abtest_options {
    td_data_format format;
    const char *successes, *trials, *expected, *prior, *alternative;
    const char *means, *sds;
    const char *arm, *outcome, *value, *denominator, *covariate, *control;
    const char *units, *sd; /* --data holds totals */
    const char *stratum, *cluster, *prior_effect;
    const char *sequential, *information, *planned, *tau;
    int64_t looks, look;
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
    td_sample unadjusted[TD_MAX_ARMS]; /* before CUPED or post-stratification */
    double theta;                      /* CUPED's slope */
    int has_cuped, is_ratio;
    int is_clustered;           /* units are clusters; the rate or mean is a ratio over them */
    uint64_t rows[TD_MAX_ARMS]; /* of the clusters */
    uint32_t n_strata;          /* 0 = none */
    uint64_t *stratum_units;    /* [n_strata * n] proportions; in the test's arena */
    uint64_t *stratum_hits;
    td_srm srm;
} td_arms;

/* What a look in the middle allows to say. */
typedef struct td_look {
    double z;       /* of the difference, first arm minus second */
    double bound;   /* of |z| at this look; NaN for always-valid methods */
    td_metric p;    /* holds at whichever look one stops */
    td_interval ci; /* holds at every look */
    int is_stop;    /* the bound is crossed, or 0 lies outside ci */
} td_look;

/* Control against one other arm. */
typedef struct td_comparison {
    td_two_counts counts;
    td_interval ci[TD_N_DIFF_INTERVALS];
    td_metric z_pooled, z_yates, fisher, barnard, boschloo;
    td_metric risk_ratio;
    td_interval risk_ratio_ci;
    td_beta_posterior posterior;
    td_mean_diff mean;
    td_normal_posterior effect; /* means and ratios */
    td_stratified stratified;   /* proportions with --stratum */
    td_look look;               /* with --sequential */
    td_metric p_value;          /* the one that is adjusted */
    double adjusted[TD_N_MULTIPLE];
} td_comparison;

typedef struct td_abtest {
    const td_abtest_options *options;
    const char *kind;
    td_alternative side;
    double prior_a, prior_b;
    td_normal_prior prior_effect;
    td_arena *arena;
    td_arms arms;
    td_comparison comparison[TD_MAX_ARMS - 1]; /* [arms.n - 1] */
} td_abtest;

/* Arms from --successes and --trials, --means, --sds and --trials, or from the rows of --data
 * (abtest_read.c). TD_ERR_ARG names what is missing or impossible. */
td_status td_abtest_read(td_abtest *test, const td_cli *cli, td_error *err) TD_MUST_USE;

/* Every comparison with control, adjusted for their number. */
td_status td_abtest_compare(td_abtest *test, td_error *err) TD_MUST_USE;

/* 1 when arms are compared by counts of single units: proportions without --cluster. */
int td_abtest_is_rates(const td_abtest *test);

/* Settings of --sequential, refused by name before any row is read; then the look of every
 * comparison (abtest_sequential.c). */
td_status td_abtest_check_sequential(const td_abtest_options *options, td_error *err) TD_MUST_USE;
td_status td_abtest_look(td_abtest *test, td_error *err) TD_MUST_USE;
void td_abtest_print_look(const td_abtest *test, const td_comparison *c, const char *other);
void td_abtest_json_look(td_json *json, const td_abtest *test, const td_comparison *c);

void td_abtest_print(const td_abtest *test);
void td_abtest_fill_json(td_json *json, const void *test);

#endif
