/* cli/monitor.h: a run as the baseline, new sessions beside it, and what rings.
 *
 *     RUN (parameters, model, features, key figures) --monitor_baseline--> baseline
 *     DIR (the shop, grown) + baseline --monitor_compare--> drift, calibration, control charts
 *     --monitor_report--> text, JSON, alerts
 */
#ifndef TD_CLI_MONITOR_H
#define TD_CLI_MONITOR_H

#include "cli/data.h"
#include "cli/model_file.h"
#include "cli/scoring.h"
#include "stats/control.h"
#include "stats/delong.h"
#include "stats/drift.h"

typedef struct td_monitor_options {
    const char *baseline; /* RUN */
    const char *data;     /* DIR */
    double psi;           /* the lower end of a PSI's interval above this rings */
    int is_following;
    int64_t every_s;
    int64_t readings; /* 0 = until a bell rings or Ctrl-C */
} td_monitor_options;

/* What a RUN says; read once. */
typedef struct td_monitor_baseline {
    char run_id[65];
    char target[32];
    char price_property[128];
    td_scoring scoring; /* its texts point to the two above */
    td_any_model model; /* primary, calibrated as it is */
    td_data features;   /* every scored session */
    td_data days;       /* key figures by day */
    uint64_t n;         /* sessions of the test part, the reference */
    uint64_t n_train;
    uint32_t *train_row;   /* [n_train] those of the train part */
    uint32_t *row;         /* [n] their rows in `features` */
    double *score;         /* [n] */
    double *label;         /* [n] */
    int64_t last_decision; /* ms; newer sessions are new */
} td_monitor_baseline;

td_status td_monitor_baseline_read(td_monitor_baseline *out, const char *run, const td_cli *cli,
                                   td_error *err) TD_MUST_USE;
void td_monitor_baseline_free(td_monitor_baseline *baseline);

/* One feature, or the score. */
typedef struct td_monitor_drift {
    const char *name; /* borrowed from the model */
    td_drift drift;
    td_metric within_run; /* PSI of the run's test part against its train part */
    int is_alert;
} td_monitor_drift;

/* One key figure on one day. */
typedef struct td_monitor_day {
    const char *name; /* of the key figure */
    char day[16];
    double value;
    td_interval limits;
    td_metric z;
    int is_alert;
} td_monitor_day;

typedef struct td_monitor_reading {
    uint64_t n_events;       /* kept rows of the log */
    uint64_t n, n_positives; /* new sessions */
    uint32_t n_features;
    td_monitor_drift *feature; /* [n_features] in the model's order */
    td_monitor_drift score;
    double predicted, observed; /* purchases among the new sessions: sum of scores, count */
    td_metric calibration_z;    /* (observed - predicted) / its standard error by visitors */
    td_delong auc[2];           /* baseline, new */
    td_metric auc_z;            /* of their difference, new - baseline */
    uint32_t n_days;
    td_monitor_day *day; /* [n_days] figures times whole new days */
    double day_z;        /* limits of a day in standard deviations */
    int is_calibration_alert, is_auc_alert;
    uint32_t n_alerts;
} td_monitor_reading;

/* Read the shop and compare. *out owned*. TD_OK also without a new session: n = 0. */
td_status td_monitor_compare(td_monitor_reading *out, const td_monitor_baseline *baseline,
                             const td_monitor_options *options, const td_cli *cli,
                             td_error *err) TD_MUST_USE;
void td_monitor_reading_free(td_monitor_reading *reading);

/* Control charts of the whole days after the baseline's last one; part of td_monitor_compare. */
td_status td_monitor_days(td_monitor_reading *out, const td_monitor_baseline *baseline,
                          const td_shop *shop, const td_exec *exec, td_error *err) TD_MUST_USE;

/* A reading as JSON and for people. */
typedef struct td_monitor_report {
    const td_monitor_baseline *baseline;
    const td_monitor_reading *reading;
    const td_monitor_options *options;
} td_monitor_report;
void td_monitor_json(td_json *json, const void *report);
void td_monitor_print(const td_monitor_report *report);

#endif
