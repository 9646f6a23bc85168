/* cli/run_leaks.c: the run's own leak audit: 64 cuts, the split, the fit (cli/audit_leaks.h).
 *
 * It stands between the models and what is written of them: a table that knows the future fails the
 * run by the name of the feature, and no figure of it leaves the program. --leak-audit none leaves
 * it out; the report then says so. Writes results/metrics/audit_leaks.json. */
#include <string.h>

#include "cli/audit_leaks.h"
#include "cli/run_stage.h"
#include "core/base/mem.h"
#include "io/report_html.h"

#define JSON "results/metrics/audit_leaks.json"
#define PAGE "stages/page_of_leaks" /* goes with the other stages */

/* The same audit as `audit leaks`, at its default number of cuts. */
static td_leaks_task task_of(const td_run *run) {
    return (td_leaks_task){.cli = run->cli,
                           .options = run->options,
                           .shop = &run->shop,
                           .scored = &run->scored,
                           .n_cuts = TD_LEAK_DEFAULT_CUTS};
}

static td_status write_json(const td_run *run, const td_leaks_task *task, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, JSON, err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    td_json_text(&json, "run_id", run->run_id);
    td_leaks_json(&json, run->leaks, task);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}

/* A file that was just written becomes a kept result. */
static td_status keep_file(const td_run *run, const char *stage, const char *name, td_error *err) {
    char path[4096];
    td_file *file = NULL;
    TD_TRY(td_run_path(path, run, name, err));
    TD_TRY(td_file_open(&file, path, err));
    td_status status = td_run_keep(run, stage, td_file_bytes(file), err);
    td_file_close(file);
    return status;
}

/* The section of the report, written now: the audit is not at hand when it comes from a kept
 * result. */
static td_status write_page(const td_run *run, const td_leaks_task *task, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, PAGE, err));
    td_leaks_page(writer, run->leaks, task);
    return td_writer_commit(writer, err);
}

/* Both kept results or none. */
static td_status recall(int *is_there, const td_run *run, td_error *err) {
    static const char *const stage[] = {"leaks_json", "leaks_page"}, *const name[] = {JSON, PAGE};
    *is_there = 1;
    for (int i = 0; i < 2 && *is_there; i++) {
        td_file *file;
        td_bytes kept;
        td_writer *writer = NULL;
        TD_TRY(td_run_recall(&file, &kept, run, stage[i], err));
        *is_there = file != NULL;
        if (file == NULL) break;
        td_status status = td_run_open(&writer, run, name[i], err);
        if (status == TD_OK) {
            td_writer_bytes(writer, kept.data, kept.n);
            status = td_writer_commit(writer, err);
        }
        td_file_close(file);
        TD_TRY(status);
    }
    return TD_OK;
}

/* A leak ends the run here: nothing of the models stands in RUN yet. */
static td_status audit(td_run *run, td_error *err) {
    run->leaks = td_mem_zeroed(1, sizeof *run->leaks, err);
    if (run->leaks == NULL) return TD_ERR_NOMEM;
    td_leaks_task task = task_of(run);
    TD_TRY(td_leaks_build(run->leaks, &task, err));
    TD_TRY(td_leaks_verdict(run->leaks, err));
    TD_TRY(write_json(run, &task, err));
    TD_TRY(write_page(run, &task, err));
    TD_TRY(keep_file(run, "leaks_json", JSON, err));
    return keep_file(run, "leaks_page", PAGE, err);
}

td_status td_run_leaks(td_run *run, td_error *err) {
    int is_there = 0;
    if (strcmp(run->options->leak_audit, "none") == 0) return TD_OK;
    TD_TRY(recall(&is_there, run, err));
    if (!is_there) TD_TRY(audit(run, err));
    td_run_stage_done(run, "leak_audit");
    return TD_OK;
}

/* Copied from the kept section; in a run that was not audited the page says so. */
td_status td_run_leaks_page(td_writer *writer, const td_run *run, td_error *err) {
    char path[4096];
    td_file *file = NULL;
    if (strcmp(run->options->leak_audit, "none") == 0) {
        td_page_section(writer, "leaks", "What the features could have known");
        td_page_paragraph(writer, "Not checked: the run was told --leak-audit none.");
        return TD_OK;
    }
    TD_TRY(td_run_path(path, run, PAGE, err));
    TD_TRY(td_file_open(&file, path, err));
    td_bytes page = td_file_bytes(file);
    td_writer_bytes(writer, page.data, page.n);
    td_file_close(file);
    return TD_OK;
}

void td_run_leaks_free(td_run *run) {
    if (run->leaks != NULL) td_leaks_free(run->leaks);
    td_mem_free(run->leaks);
    run->leaks = NULL;
}
