/* cli/power.h: what the three kinds of `tundish power` share: options, the answer, its report. */
#ifndef TD_CLI_POWER_H
#define TD_CLI_POWER_H

#include "cli/cmd.h"
#include "cli/shop.h"
#include "core/base/arena.h"
#include "stats/power.h"
#include "stats/power_one.h"
#include "stats/sequential.h"

/* Numbers are kept as text until they are read, so that "not given" differs from 0. */
typedef struct td_power_options {
    td_cleaning cleaning;
    const char *p1, *p2, *lift, *effect, *n, *power, *margin;
    const char *mean, *sd, *d;
    const char *numerator_mean, *denominator_mean, *numerator_sd, *denominator_sd, *correlation;
    const char *alternative, *method, *icc, *cluster_size, *per_day, *data, *unit;
    const char *sequential, *curve_out;
    double alpha, ratio;
    int64_t gap_s, looks;
    int is_one_sample, has_curve;
} td_power_options;

typedef enum td_power_solve { TD_SOLVE_N, TD_SOLVE_POWER, TD_SOLVE_EFFECT } td_power_solve;

/* One method's answer: the part that was asked for, the rest undefined without a meaning. */
typedef struct td_power_row {
    const char *method;
    td_metric n;        /* units of arm 1, not rounded, before the design effect */
    td_metric power;    /* at the given n */
    td_metric up, down; /* smallest visible value of the treatment above and below the baseline */
} td_power_row;

/* What the log of --data says, and what stands in for it without one. */
typedef struct td_power_traffic {
    double per_day; /* units entering the experiment a day, 0 = unknown */
    double
        *distinct; /* [n_days] distinct visitors after 1, 2, ... days; NULL: per_day times days */
    uint32_t n_days;
    double baseline;
    td_cluster_effect cluster; /* design_effect 1 without clusters */
    td_ratio_moments moments;  /* sessions with a purchase and sessions, per visitor */
} td_power_traffic;

/* Several looks (power_looks.c). A plan with looks that finds an effect with `power` has the size
 * of a plan with one look and the somewhat larger power `one_look`. */
typedef struct td_power_looks {
    td_looks looks;                              /* n = 1: one look */
    double *information, *bound, *null, *effect; /* [n] shares, bounds, chance to have stopped by */
    td_looks_cost cost;
    double one_look;
} td_power_looks;

enum { TD_POWER_CURVE = 12 };

typedef struct td_power_report td_power_report;

/* Power of row `i` at n1 units, for the curve. */
typedef td_status (*td_power_at_fn)(td_metric *out, const td_power_report *report, uint32_t i,
                                    double n1, td_error *err);

struct td_power_report {
    const td_power_options *options;
    const char *kind;
    td_status (*run)(td_power_report *report, td_error *err);
    td_power_solve solve;
    double alpha, ratio, power, n, margin;
    int is_one_sided, has_ratio; /* has_ratio: two arms */
    double baseline, target;     /* of arm 1 and arm 2; target NaN when it is asked for */
    double scale;                /* means: standard deviation; ratio: that of one unit */
    td_power_traffic traffic;
    td_power_looks several;
    td_arena arena; /* of the two above */
    td_power_row row[TD_N_POWER_METHODS];
    td_power_method method[TD_N_POWER_METHODS];
    td_power_one_method one_method[TD_N_POWER_METHODS]; /* of one sample, instead */
    td_one_exact exact; /* one sample: the exact test; n 0 = not told */
    uint32_t n_rows;
    double curve_n[TD_POWER_CURVE]; /* curve_n[0] = 0 without a curve */
    td_metric curve[TD_POWER_CURVE][TD_N_POWER_METHODS];
};

/* The number of an option. *has = 0 when it is not given; TD_ERR_ARG when it is no number. */
td_status td_power_number(double *out, int *has, const char *text, const char *option,
                          td_error *err) TD_MUST_USE;

/* The three kinds: fill a report whose common part is filled. */
td_status td_power_proportions(td_power_report *report, td_error *err) TD_MUST_USE;
td_status td_power_means(td_power_report *report, td_error *err) TD_MUST_USE;
td_status td_power_ratio(td_power_report *report, td_error *err) TD_MUST_USE;

/* Proportions of one sample, baseline and target known: rows, then text and JSON of the exact test
 * (power_one.c). */
td_status td_power_one_sample(td_power_report *report, td_error *err) TD_MUST_USE;
void td_power_print_exact(const td_power_report *report);
void td_power_json_exact(td_json *json, const td_power_report *report);

/* Power at the points of the curve: from a quarter to three times the n of the first row. */
td_status td_power_fill_curve(td_power_report *report, td_power_at_fn at,
                              td_error *err) TD_MUST_USE;

/* Read --data: baseline, units a day, clusters, moments (power_shop.c). */
td_status td_power_read_shop(td_power_report *report, const td_cli *cli, td_error *err) TD_MUST_USE;

/* --looks: bounds and price, report->several. Then: power with looks of a plan that has `power`
 * with one; chances to have stopped; text and JSON of the plan (power_looks.c). */
td_status td_power_plan_looks(td_power_report *report, td_error *err) TD_MUST_USE;
td_status td_power_with_looks(td_metric *power, const td_power_report *report,
                              td_error *err) TD_MUST_USE;
void td_power_print_looks(const td_power_report *report);
void td_power_json_looks(td_json *json, const td_power_report *report);

/* Units of arm 1 to enrol for n1 independent ones, of the other arm, of both; days for these, NaN
 * without traffic. */
double td_power_planned(const td_power_report *report, double n1);
double td_power_planned_other(const td_power_report *report, double n1);
double td_power_days(const td_power_report *report, double n1);

/* --curve-out: the curve as CSV or SVG, by the name's end (power_curve.c). */
td_status td_power_write_curve(const td_power_report *report, td_error *err) TD_MUST_USE;

void td_power_print(const td_power_report *report);
void td_power_fill_json(td_json *json, const void *report);

#endif
