/* cli/audit_leaks.c: `tundish audit leaks DIR`: does anything know what it must not know?
 *
 *   1. The shop is read and its feature table built, as `tundish run` does.
 *   2. Features: the engine runs again on logs cut at decision times, and on logs whose rows after
 *      the cut are random; every session decided by then must have the same features, bit by bit.
 *   3. Split: what train shares with valid and test.
 *   4. Fit: models of permuted labels, and models whose test rows were replaced.
 *   5. A table of features, then one of the known types of leakage with the evidence for each.
 *
 * A finding is an error that names it (exit 1); the tables are printed all the same. JSON of
 * --json: cuts, sessions_compared, sessions_exact, poison_rows, bound {share,
 * missed_with_probability}, features [{name, scope, truncation, poison, verdict, first}],
 * lost_sessions {truncation, poison}, split {...}, test_rows_replaced {...}, permuted_labels
 * {models, valid, test}, checklist [{type, name, verdict, evidence}], verdict. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/audit.h"
#include "cli/audit_leaks.h"
#include "cli/progress.h"
#include "core/base/mem.h"

void td_leaks_free(td_leaks *leaks) {
    td_leak_audit_free(&leaks->features);
    memset(leaks, 0, sizeof *leaks);
}

static td_status audit_features(td_leaks *out, const td_leak_source *source, uint64_t n_wanted,
                                const td_exec *exec, td_error *err) {
    int64_t *cut = NULL;
    uint64_t n_cuts = 0;
    TD_TRY(td_leak_cuts(&cut, &n_cuts, source, n_wanted, err));
    td_status status = td_leak_audit_build(&out->features, source, cut, n_cuts, exec, err);
    td_mem_free(cut);
    return status;
}

td_status td_leaks_build(td_leaks *out, const td_leaks_task *task, td_error *err) {
    memset(out, 0, sizeof *out);
    const td_scored *scored = task->scored;
    const td_exec *exec = &task->cli->exec;
    td_leak_source source = {.inputs = {.events = &task->shop->log.events,
                                        .sessions = &task->shop->sessions,
                                        .catalog = &task->shop->catalog,
                                        .population = &scored->population,
                                        .choice = td_scored_choice(scored)},
                             .set = &scored->set,
                             .engine = td_features_build,
                             .seed = task->options->params.seed};
    td_status status = audit_features(out, &source, task->n_cuts, exec, err);
    if (status == TD_OK) {
        status = td_leak_split_build(&out->split, &source.inputs, &scored->set, &scored->split,
                                     exec, err);
    }
    if (status == TD_OK) status = td_leak_fit_build(&out->fit, task, err);
    if (status != TD_OK) td_leaks_free(out);
    return status;
}

/* --- the verdict ------------------------------------------------------------------------------ */

/* The first finding of a column, told so that the session can be looked up. */
static td_status blame_column(const td_leak_column *column, td_error *err) {
    for (int test = 0; test < TD_N_LEAK_TESTS; test++) {
        const td_leak_finding *first = &column->found[test];
        if (first->n == 0) continue;
        TD_FAIL(err, TD_ERR_INTERNAL,
                "leak: feature %s (%s): %s changes it in %" PRIu64
                " sessions; the first is visitor %" PRId64 ", start %" PRId64 ", decision %" PRId64
                ": %.17g becomes %.17g when only rows after %" PRId64 " change",
                column->name, column->scope, td_leak_test_name((td_leak_test)test), first->n,
                first->visitor, first->start, first->decision, first->was, first->is, first->cut);
    }
    return TD_OK;
}

static td_status check_fit(const td_leak_fit *fit, td_error *err) {
    if (fit->skipped != NULL) return TD_OK;
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        TD_CHECK(fit->is_same[m], err, TD_ERR_INTERNAL,
                 "leak: the %s model changes when only test and purged rows do",
                 td_run_model_name((td_run_model)m));
    }
    for (int part = TD_VALID; part <= TD_TEST; part++) {
        const td_leak_null *null = &fit->null[part];
        TD_CHECK(!td_metric_is_defined(null->auc) || null->is_half_in, err, TD_ERR_INTERNAL,
                 "leak: models of permuted labels reach AUC %.4f on %s, interval %.4f to %.4f "
                 "without 0.5",
                 null->auc.value, td_part_name((td_part)part), null->low, null->high);
    }
    return TD_OK;
}

td_status td_leaks_verdict(const td_leaks *leaks, td_error *err) {
    const td_leak_audit *audit = &leaks->features;
    for (uint32_t c = 0; c < audit->n_columns; c++) TD_TRY(blame_column(&audit->column[c], err));
    for (int test = 0; test < TD_N_LEAK_TESTS; test++) {
        const td_leak_finding *lost = &audit->lost[test];
        TD_CHECK(lost->n == 0, err, TD_ERR_INTERNAL,
                 "leak: %" PRIu64 " sessions are gone after %s; the first is visitor %" PRId64
                 ", start %" PRId64 ", cut at %" PRId64,
                 lost->n, td_leak_test_name((td_leak_test)test), lost->visitor, lost->start,
                 lost->cut);
    }
    TD_CHECK(leaks->split.n_late_labels == 0, err, TD_ERR_INTERNAL,
             "leak: %" PRIu64 " sessions of train or valid last into the next part",
             leaks->split.n_late_labels);
    return check_fit(&leaks->fit, err);
}

/* --- the command ------------------------------------------------------------------------------ */

typedef struct work {
    td_shop shop;
    td_scored scored;
    td_leaks leaks;
    td_leaks_task task;
} work;

static void fill_json(td_json *json, const void *ctx) {
    const work *w = ctx;
    td_leaks_json(json, &w->leaks, &w->task);
}

static td_status audit_shop(work *w, const td_cli *cli, const td_run_options *run, td_error *err) {
    TD_TRY(td_scoring_open(&w->shop, cli->path[1], &run->scoring, &cli->exec, err));
    TD_TRY(td_scoring_build(&w->scored, &w->shop, &run->scoring, &cli->exec, err));
    w->task.shop = &w->shop;
    w->task.scored = &w->scored;
    TD_TRY(td_leaks_build(&w->leaks, &w->task, err));
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    if (td_cli_has_text(cli, NULL)) td_leaks_print(&w->leaks, &w->task);
    return td_leaks_verdict(&w->leaks, err);
}

td_status td_audit_leaks(const td_cli *cli, const td_audit_options *options, td_error *err) {
    td_run_options run = {.scoring = options->scoring};
    td_run_params_prepare(&run);
    run.params.seed = cli->seed;
    if (options->is_demo) {
        TD_CHECK(cli->n_paths == 1, err, TD_ERR_ARG, "audit leaks --demo makes its own shop");
        return td_audit_lessons(cli, &run, err);
    }
    TD_CHECK(cli->n_paths == 2, err, TD_ERR_ARG, "audit leaks takes one shop folder");
    TD_TRY(td_cli_check_out(cli, NULL, err));
    work w = {.task = {.cli = cli,
                       .options = &run,
                       .n_cuts = options->is_all ? TD_LEAK_ALL_CUTS : (uint64_t)options->n_cuts}};
    td_status status = audit_shop(&w, cli, &run, err);
    td_leaks_free(&w.leaks);
    td_scored_free(&w.scored);
    td_shop_free(&w.shop);
    return status;
}
