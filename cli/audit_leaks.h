/* cli/audit_leaks.h: everything that is checked about leaks, for `tundish audit leaks` and for a
 * run.
 *
 *     features     truncation and poison at cuts (core/leak_audit)
 *     split        shared visitors, equal rows, labels that reach over a boundary (core/leak_split)
 *     labels       models that learn from permuted labels must know nothing
 *     fit          every test row replaced: the models stay the same to the last byte
 */
#ifndef TD_CLI_AUDIT_LEAKS_H
#define TD_CLI_AUDIT_LEAKS_H

#include "cli/run.h"
#include "core/leak_audit.h"
#include "core/leak_split.h"
#include "io/json_write.h"

/* AUC of models trained on permuted labels, on one part. */
typedef struct td_leak_null {
    td_metric auc; /* mean over the models; undefined with one class */
    double low;    /* 99.9 % interval of the AUC of such a model */
    double high;
    int is_half_in; /* the interval holds 1/2 */
} td_leak_null;

typedef struct td_leak_fit {
    const char *skipped;           /* why nothing was fitted, NULL = it was */
    uint64_t n_rows;               /* of the sample: at most 50,000 a part */
    uint64_t n_replaced;           /* test and purged rows among them */
    int is_same[TD_N_RUN_MODELS];  /* model bytes after the replacement */
    uint32_t n_models;             /* trained on permuted labels */
    td_leak_null null[TD_N_PARTS]; /* valid and test */
} td_leak_fit;

struct td_leaks {
    td_leak_audit features;
    td_leak_split split;
    td_leak_fit fit;
};
typedef struct td_leaks td_leaks;

/* What is audited; all borrowed. */
typedef struct td_leaks_task {
    const td_cli *cli;
    const td_run_options *options; /* parameters of the trainer; their seed is the audit's too */
    const td_shop *shop;
    const td_scored *scored;
    uint64_t n_cuts; /* as td_leak_cuts takes it */
} td_leaks_task;

void td_leaks_free(td_leaks *leaks);

/* Run all checks. Findings are no error. *out owned*. */
td_status td_leaks_build(td_leaks *out, const td_leaks_task *task, td_error *err) TD_MUST_USE;

/* The last two checks, on a sample. Fitting errors of the trainer. */
td_status td_leak_fit_build(td_leak_fit *out, const td_leaks_task *task, td_error *err) TD_MUST_USE;

/* TD_OK when nothing was found, else TD_ERR_INTERNAL with the name of the first finding. */
td_status td_leaks_verdict(const td_leaks *leaks, td_error *err) TD_MUST_USE;

/* The table of features, the other checks and the checklist: as text on stdout, as keys of the open
 * JSON object, as a section of the report. */
void td_leaks_print(const td_leaks *leaks, const td_leaks_task *task);
void td_leaks_json(td_json *json, const td_leaks *leaks, const td_leaks_task *task);
void td_leaks_page(td_writer *writer, const td_leaks *leaks, const td_leaks_task *task);

/* `tundish audit leaks --demo`: the four lessons (cli/audit_lessons.c). */
td_status td_audit_lessons(const td_cli *cli, const td_run_options *options,
                           td_error *err) TD_MUST_USE;

#endif
