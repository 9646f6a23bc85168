/* stats/uplift_metrics.h: what a ranking by uplift is worth, in every dialect that people quote.
 *
 *     sums of a walk --td_uplift_measure--> value[metric], NaN where one has no value
 *
 * The dialects differ in curve, area and normaliser, so the same ranking has a Qini of 0.36, 0.57
 * or 0.17 depending on who computes it. Each is named after the system whose number it equals on
 * rows without ties; under ties these are the ones that do not change when rows are shuffled. */
#ifndef TD_STATS_UPLIFT_METRICS_H
#define TD_STATS_UPLIFT_METRICS_H

#include <stdint.h>

#include "stats/metric.h"
#include "stats/uplift_walk.h"

enum { TD_UPLIFT_DECILES = 10, TD_MAX_UPLIFT_CUTS = 16 };

/* Places of the metrics. Formulas: uplift_metrics.c and docs/uplift.md. */
typedef enum td_uplift_metric {
    TD_QINI_SKLIFT,             /* scikit-uplift qini_auc_score: share of the perfect area */
    TD_QINI_SKLIFT_NO_NEGATIVE, /* the same with negative_effect=False; can exceed 1 */
    TD_QINI_CAUSALML,           /* causalml qini_score, normalised by the overall effect */
    TD_QINI_CAUSALML_RAW,       /* the same, not normalised: outcomes */
    TD_QINI_PYLIFT,             /* pylift Q_qini */
    TD_QINI_PYLIFT_Q1,          /* ... over the overfit maximum */
    TD_QINI_PYLIFT_Q2,          /* ... over the practical maximum (no sure things) */
    TD_AQINI_PYLIFT,            /* pylift Q_aqini */
    TD_AQINI_PYLIFT_Q1,
    TD_AQINI_PYLIFT_Q2,
    TD_QINI_GRF_AUTOC, /* grf rank_average_treatment_effect, target "AUTOC", IPW scores */
    TD_QINI_GRF,       /* the same, target "QINI" */
    TD_QINI_AREA,      /* area between Q and its chord / n^2: outcomes per row */
    TD_AUUC_SKLIFT,    /* scikit-uplift uplift_auc_score */
    TD_AUUC_CAUSALML,  /* causalml auuc_score, normalised: 0.5 for a random score */
    TD_AUUC_CAUSALML_RAW,
    TD_AUUC_EXCESS,     /* causalml's raw AUUC minus that of a random score */
    TD_WEIGHTED_UPLIFT, /* scikit-uplift weighted_average_uplift, 10 groups */
    TD_OVERALL_UPLIFT,  /* difference of the arms' means */
    TD_UPLIFT_AT,       /* cut i: overall at TD_UPLIFT_AT + 2 i, by group beside it */
    TD_UPLIFT_MAX_METRICS = TD_UPLIFT_AT + 2 * TD_MAX_UPLIFT_CUTS + 3 * TD_UPLIFT_DECILES
} td_uplift_metric;

/* What is measured at each tenth of the ranking, behind the cuts. */
typedef enum td_uplift_tenth {
    TD_TENTH_UPLIFT, /* difference of the arms' means in the tenth itself */
    TD_TENTH_GAIN,   /* U(k) / n: outcomes gained per row when all down to it are treated */
    TD_TENTH_QINI    /* Q(k) / N1: height of the Qini curve at the tenth's end */
} td_uplift_tenth;

/* Shares of the rows at which "uplift at K" is taken. */
typedef struct td_uplift_cuts {
    uint32_t n;
    double share[TD_MAX_UPLIFT_CUTS]; /* in (0, 1] */
} td_uplift_cuts;

/* 5, 10, 20, 30 and 50 %. */
td_uplift_cuts td_uplift_cuts_default(void);

uint32_t td_uplift_n_metrics(const td_uplift_cuts *cuts);
uint32_t td_uplift_tenth_place(const td_uplift_cuts *cuts, td_uplift_tenth what,
                               uint32_t tenth); /* tenth 0 .. 9 from the top */

/* Name as in JSON for the metrics before TD_UPLIFT_AT, e.g. "sklift"; static. */
const char *td_uplift_metric_name(td_uplift_metric metric);

/* Why a metric has no value on these rows; static. */
const char *td_uplift_metric_reason(const td_uplift_orders *orders, uint32_t metric);

/* value[td_uplift_n_metrics] of one lane whose walk has just been made. NaN = no value. About 20
 * microseconds, for the cuts. */
void td_uplift_measure(double *value, const td_uplift_plan *plan, const td_uplift_cuts *cuts,
                       const td_uplift_sums *sums, td_uplift_view view);

/* First rank of group g of `groups` among n rows, as numpy.array_split cuts: the first n mod groups
 * groups have one row more. */
double td_uplift_border(double n, uint32_t groups, uint32_t g);

/* y1/n1 - y0/n0 between two states, NaN when an arm is empty there. */
double td_uplift_between(td_uplift_state from, td_uplift_state to);

/* Normalisers of the dialects, for whoever needs a metric per unit of area (uplift_noise). */
typedef struct td_uplift_scale {
    double chord_q, chord_u;        /* Q and U at the last row */
    double perfect_q, perfect_none; /* sklift: area above the chord, with and without negatives */
    double perfect_u;
    double most_overfit, most_practical; /* pylift */
    double treated;                      /* inverse propensities: grf's sums are treated * v[1] */
    double control;                      /* - control * v[0] */
} td_uplift_scale;

td_uplift_scale td_uplift_scale_of(const td_uplift_orders *orders, const td_uplift_sums *sums);

#endif
