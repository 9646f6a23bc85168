/* cli/run_leaks.c: the run's own leak audit: 64 cuts, the split, the fit (cli/audit_leaks.h).
 *
 * It stands between the models and what is written of them: a table that knows the future fails the
 * run by the name of the feature, and no figure of it leaves the program. --leak-audit none leaves
 * it out; the report then says so. Writes results/metrics/audit_leaks.json. */
#include <string.h>

#include "cli/audit_leaks.h"
#include "core/base/mem.h"
#include "io/report_html.h"

static td_leaks_task task_of(const td_run *run) {
    return (td_leaks_task){.cli = run->cli,
                           .options = run->options,
                           .shop = &run->shop,
                           .scored = &run->scored,
                           .n_cuts = TD_LEAK_DEFAULT_CUTS};
}

static td_status write_json(const td_run *run, const td_leaks_task *task, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "results/metrics/audit_leaks.json", err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    td_json_text(&json, "run_id", run->run_id);
    td_leaks_json(&json, run->leaks, task);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}

td_status td_run_leaks(td_run *run, td_error *err) {
    if (strcmp(run->options->leak_audit, "none") == 0) return TD_OK;
    run->leaks = td_mem_zeroed(1, sizeof *run->leaks, err);
    if (run->leaks == NULL) return TD_ERR_NOMEM;
    td_leaks_task task = task_of(run);
    TD_TRY(td_leaks_build(run->leaks, &task, err));
    TD_TRY(td_leaks_verdict(run->leaks, err));
    TD_TRY(write_json(run, &task, err));
    td_run_stage_done(run, "leak_audit");
    return TD_OK;
}

void td_run_leaks_page(td_writer *writer, const td_run *run) {
    if (run->leaks != NULL) {
        td_leaks_task task = task_of(run);
        td_leaks_page(writer, run->leaks, &task);
        return;
    }
    td_page_section(writer, "leaks", "What the features could have known");
    td_page_paragraph(writer, "Not checked: the run was told --leak-audit none.");
}

void td_run_leaks_free(td_run *run) {
    if (run->leaks != NULL) td_leaks_free(run->leaks);
    td_mem_free(run->leaks);
    run->leaks = NULL;
}
