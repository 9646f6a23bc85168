/* cli/run.h: the whole road of `tundish run`, cut into stages that hand one struct along.
 *
 *     run_folder    is RUN free; RUN.partial; its renaming at the end
 *     run_stage     the order of the stages; results that outlive a killed run
 *     run_data      shop -> sessions, funnel, KPIs, catalog; SQL audit; features, split
 *     run_identity  run_id: what went in, hashed
 *     run_model     two kinds of trees and the baseline, scores of every row, evaluations
 *     run_calibrate probabilities of the models put right on valid
 *     run_assess    intervals and comparison of the models on test
 *     run_money     what the purchases of the best-scored sessions were worth
 *     run_summary   thinned curves and importances, for figures and tables
 *     run_leaks     leak audit: a caught leak ends the run
 *     run_plan      experiment and profit of acting on the best-scored sessions
 *     run_uplift    learners of effects, where the shop brings its truth
 *     run_write     extracts, models, metrics as CSV and JSON
 *     run_figures   charts as SVG
 *     run_report    report.html
 *     run_manifest  manifest.json and timings.json, last of all
 *
 * Each stage reads what earlier ones filled and writes below run->folder (RUN.partial). No stage
 * holds an algorithm of its own. */
#ifndef TD_CLI_RUN_H
#define TD_CLI_RUN_H

#include <stdint.h>

#include "cli/cmd.h"
#include "cli/report_text.h"
#include "cli/scoring.h"
#include "cli/sql_gate.h"
#include "core/kpi.h"
#include "core/matrix.h"
#include "gbdt/gbdt.h"
#include "gbdt/linear_model.h"
#include "gbdt/model_calibration.h"
#include "stats/assessment.h"

typedef struct td_run_options {
    td_scoring scoring;
    const char *out;
    int is_forced;
    int is_resumed;                         /* take up what a killed run has left */
    const char *audit;                      /* by SQL: "none", "events" or "full" */
    const char *leak_audit;                 /* "none", "sample" */
    const char *uplift;                     /* "none", or learners of effects with commas */
    const char *calibrate;                  /* one of td_curve_name; NULL = none */
    double plan_lift, margin, contact_cost; /* of the experiment plan */
    td_train_params params;                 /* of the primary model, set by name */
    int is_prepared;                        /* run's own defaults stand in params */
} td_run_options;

/* Models of a run: two kinds of trees, and the logistic regression that both have to beat. */
typedef enum td_run_model {
    TD_RUN_PRIMARY,
    TD_RUN_ALTERNATIVE,
    TD_RUN_BASELINE,
    TD_N_RUN_MODELS,
    TD_N_RUN_TREES = TD_RUN_BASELINE
} td_run_model;

/* "primary", "alternative", "baseline"; and in words for the report. */
const char *td_run_model_name(td_run_model model);
const char *td_run_model_title(td_run_model model);

/* A feature of the primary model and its share of the total gain. */
typedef struct td_run_importance {
    uint32_t feature;
    double share; /* > 0 */
} td_run_importance;

enum { TD_RUN_MAX_STAGES = 24, TD_RUN_FEW_POSITIVES = 30 };

/* What was fitted on valid for one model, or why nothing was. */
typedef struct td_run_calibration {
    td_model_calibration fitted; /* owned */
    char reason[512];            /* "" unless a curve was asked for and is not there */
} td_run_calibration;

enum { TD_RUN_MAX_INPUTS = 5 };

/* A raw input file. */
typedef struct td_run_input {
    char name[256]; /* without folder */
    char sha256[65];
    uint64_t n_bytes;
} td_run_input;

typedef struct td_run_timing {
    const char *stage;
    double seconds;
} td_run_timing;

typedef struct td_run {
    const td_cli *cli;
    const td_run_options *options;
    const char *source; /* the shop's folder */
    char folder[4096];  /* where artefacts are written */
    char run_id[65];    /* 64 hex digits */
    char key[65];       /* hash of all that shapes the artefacts, "" = nothing is kept */
    char features[65];  /* hash of the chosen features, "all" */
    int n_inputs;
    td_run_input input[TD_RUN_MAX_INPUTS];
    td_shop shop;
    td_kpis kpis;
    int64_t *price; /* [events] thousandths as of the event, NULL = no prices; until run_money */
    td_kpi_row *by_category; /* [categories + 1], the last is "unknown"; NULL without a catalog */
    int has_audit;           /* what follows was filled, and found no difference */
    int is_audit_full;
    td_sql_audit audit;
    td_scored scored;
    td_train_params params; /* of the primary model, as trained */
    int has_few_positives;  /* fixed rounds, no early stopping, and a banner */
    td_model *trees[TD_N_RUN_TREES];
    td_linear_model *baseline;
    td_train_result training[TD_N_RUN_TREES];
    td_run_calibration calibration[TD_N_RUN_MODELS];
    double *score[TD_N_RUN_MODELS]; /* [rows] probabilities of every population row */
    td_evaluation evaluation[TD_N_RUN_MODELS][TD_N_PARTS]; /* train, valid; test: borrowed below */
    td_assessment test; /* all models on test, with intervals, compared; visitors drawn */
    td_curve roc[TD_N_RUN_MODELS]; /* test part, thinned for drawing; n = 0 where undefined */
    td_curve pr[TD_N_RUN_MODELS];
    uint32_t n_importances;
    td_run_importance *importance; /* [n_importances] features in use, greatest share first */
    struct td_run_money *money;    /* cli/run_money.h, NULL = no prices */
    struct td_run_plan *plan;      /* cli/run_plan.h */
    char truth[65];                /* SHA-256 of truth/sessions.csv, "none" where there is none */
    struct td_run_uplift *uplift;  /* cli/run_uplift.h, NULL = no truth */
    struct td_leaks *leaks;        /* cli/audit_leaks.h, NULL = not audited */
    td_run_timing timing[TD_RUN_MAX_STAGES];
    int n_timings;
    double clock; /* start of the running stage */
} td_run;

void td_run_free(td_run *run);

/* Close the running stage under this name and start the next. */
void td_run_stage_done(td_run *run, const char *stage);

/* Defaults of run: slower, smaller trees than the trainer's own, early stopping on valid. */
void td_run_params_prepare(td_run_options *options);

/* Parameters of a kind of trees, from the primary model's: the alternative has what was chosen for
 * the primary, but for the shape of its trees and its rate. Bins are the same. */
td_train_params td_run_params_of(const td_train_params *primary, td_run_model model);

/* "key = value" of the parameters that shape the result, in fixed order; stops at n, returns their
 * number. Threads and paths are not among them. */
typedef struct td_run_parameter {
    char key[48];
    char value[80];
} td_run_parameter;
enum { TD_RUN_MAX_PARAMETERS = 96 };
uint32_t td_run_parameters(td_run_parameter *out, const td_run *run);

/* Path of RUN as given, without slashes at its end. TD_ERR_RANGE: too long for names below it. */
td_status td_run_folder_name(char out[4096], const char *given, td_error *err) TD_MUST_USE;

/* Refuse a RUN that is there, unless --force may replace it. TD_ERR_IO. */
td_status td_run_folder_check(const td_run *run, td_error *err) TD_MUST_USE;

/* Make RUN.partial and name it in run->folder: empty, or with --resume holding what earlier stages
 * have kept (cli/run_stage.h). */
td_status td_run_folder_make(td_run *run, td_error *err) TD_MUST_USE;

/* RUN.partial, complete, becomes RUN; with --force an old RUN is replaced. */
td_status td_run_folder_place(const td_run *run, td_error *err) TD_MUST_USE;

/* Columns and label of one part, ascending rows. *out owned*. */
td_status td_run_take_part(td_matrix *out, const td_run *run, td_part part,
                           td_error *err) TD_MUST_USE;

/* Train all models on run->scored with run->params: bins and trees see train, stopping sees valid,
 * nothing sees another part (the leak audit replaces those and compares). */
td_status td_run_fit(td_run *run, td_error *err) TD_MUST_USE;

/* Fit the curves of all models on the valid rows; part of td_run_fit. */
td_status td_run_calibrate(td_run *run, const td_matrix *valid, td_error *err) TD_MUST_USE;
void td_run_calibration_free(td_run *run);
/* Models, what their training left, and their curves. */
void td_run_models_free(td_run *run);
void td_run_json_calibration(td_json *json, const td_run *run, td_run_model model);
void td_run_put_calibration(td_writer *writer, const td_run *run);

/* Log-odds of a model before its calibration, out[rows]. */
td_status td_run_log_odds(double *out, const td_run *run, td_run_model model,
                          const td_matrix_view *rows, td_error *err) TD_MUST_USE;

/* A model with its calibration, as it is written. *bytes owned*. */
td_status td_run_model_bytes(char **bytes, uint64_t *n, const td_run *run, td_run_model model,
                             td_error *err) TD_MUST_USE;

/* The stages. */
td_status td_run_data(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_audit(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_features(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_identity(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_models(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_assess(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_summary(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_leaks(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_plan_experiment(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_uplift_check(const char *learners, td_error *err) TD_MUST_USE; /* --uplift */
td_status td_run_uplift_find(td_run *run, td_error *err) TD_MUST_USE; /* fills run->truth */
td_status td_run_uplift_stage(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_write(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_figures(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_report(td_run *run, td_error *err) TD_MUST_USE;
td_status td_run_manifest(td_run *run, td_error *err) TD_MUST_USE;

/* The comparison of the models on test, as a JSON object and as a table of the report. */
void td_run_json_comparison(td_json *json, const td_run *run);
void td_run_put_comparison(td_writer *writer, const td_run *run);
/* The experiment plan's section of the report, and what it holds in memory. */
void td_run_plan_page(td_writer *writer, const td_run *run);
void td_run_plan_free(td_run *run);

/* The audit's section of the report, and what it holds in memory. */
td_status td_run_leaks_page(td_writer *writer, const td_run *run, td_error *err) TD_MUST_USE;
void td_run_leaks_free(td_run *run);
/* The same for the effects. */
void td_run_uplift_page(td_writer *writer, const td_run *run);
void td_run_uplift_json_figures(td_json *json, const td_run *run); /* nothing without a stage */
void td_run_uplift_free(td_run *run);

/* Path of an artefact below the run's folder; makes its folders. */
td_status td_run_path(char out[4096], const td_run *run, const char *name,
                      td_error *err) TD_MUST_USE;

/* Open an artefact for writing. *out owned*. */
td_status td_run_open(td_writer **out, const td_run *run, const char *name,
                      td_error *err) TD_MUST_USE;

/* The numbers behind the charts, below results/figures/data.json. */
void td_run_json_figures(td_json *json, const td_run *run);

/* Charts of a run, each drawn into results/figures and into the report. */
typedef struct td_run_figure {
    const char *name;    /* file name without .svg */
    const char *caption; /* one sentence for the report */
    void (*draw)(td_writer *writer, const td_run *run);
} td_run_figure;
extern const td_run_figure td_run_figure_table[];
extern const uint32_t td_run_n_figures;

#endif
