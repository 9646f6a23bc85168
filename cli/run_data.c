/* cli/run_data.c: first stage of a run: from the shop's files to a matrix with a time split.
 *
 *   1. read and clean events.csv and the catalog files
 *   2. sessions, funnel, KPIs in total, by calendar and by top-level category
 *   3. the same figures by SQL, which must agree (--audit)
 *   4. who is scored, their features, and which part of the time split each row is in
 */
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/run_money.h"
#include "cli/run_stage.h"
#include "core/base/mem.h"
#include "io/feature_file.h"

void td_run_stage_done(td_run *run, const char *stage) {
    double now = td_clock_seconds();
    if (run->n_timings < TD_RUN_MAX_STAGES) {
        run->timing[run->n_timings++] =
            (td_run_timing){.stage = stage, .seconds = now - run->clock};
    }
    run->clock = now;
}

/* What the stages have filled, in any state. Evaluations of test belong to run->test. */
void td_run_free(td_run *run) {
    td_shop_free(&run->shop);
    td_kpis_free(&run->kpis);
    td_mem_free(run->by_category);
    td_mem_free(run->price);
    td_run_money_free(run);
    td_scored_free(&run->scored);
    td_run_models_free(run);
    td_mem_free(run->importance);
    td_run_leaks_free(run);
    td_run_plan_free(run);
    td_run_uplift_free(run);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        td_mem_free(run->score[m]);
        for (int part = TD_TRAIN; part < TD_TEST; part++)
            td_evaluation_free(&run->evaluation[m][part]);
        td_curve_free(&run->roc[m]);
        td_curve_free(&run->pr[m]);
    }
    td_assessment_free(&run->test);
    memset(run, 0, sizeof *run);
}

/* Step 2. Prices are looked up once, as of each event; revenue and the money of the best-scored
 * sessions use them. */
static td_status count_kpis(td_run *run, td_error *err) {
    const td_shop *shop = &run->shop;
    const td_exec *exec = &run->cli->exec;
    td_kpi_input input = {
        .events = &shop->log.events, .sessions = &shop->sessions, .funnel = &shop->funnel};
    td_status status = TD_OK;
    if (shop->catalog.has_properties) {
        status = td_catalog_event_prices(&run->price, &shop->catalog, input.events, exec, err);
        input.price = run->price;
    }
    if (status == TD_OK) status = td_kpis_build(&run->kpis, &input, exec, err);
    if (status == TD_OK && shop->catalog.has_properties) {
        status = td_shop_count_categories(&run->by_category, shop, &input, exec, err);
    }
    return status;
}

/* Counts of an audit without differences, as its kept result. */
static td_status recall_audit(td_run *run, td_error *err) {
    td_file *file;
    td_bytes kept;
    TD_TRY(td_run_recall(&file, &kept, run, "audit_sql", err));
    if (file == NULL) return TD_OK;
    unsigned long long rows = 0, sessions = 0, figures = 0;
    char text[128];
    snprintf(text, sizeof text, "%.*s", (int)kept.n, kept.data);
    run->has_audit = sscanf(text, "%llu %llu %llu", &rows, &sessions, &figures) == 3;
    run->audit = (td_sql_audit){.n_rows_read = rows, .n_sessions = sessions, .n_figures = figures};
    td_file_close(file);
    return TD_OK;
}

/* Rows, sessions, figures: all that the report says of an audit without differences. */
static td_status keep_audit(const td_run *run, td_error *err) {
    char text[128];
    int n = snprintf(
        text, sizeof text, "%llu %llu %llu\n", (unsigned long long)run->audit.n_rows_read,
        (unsigned long long)run->audit.n_sessions, (unsigned long long)run->audit.n_figures);
    return td_run_keep(run, "audit_sql", (td_bytes){text, (uint64_t)n}, err);
}

/* Quality gate: SQL counts the same, or the run ends here. Without item properties there is nothing
 * more to count than events. */
td_status td_run_audit(td_run *run, td_error *err) {
    const char *audit = run->options->audit;
    if (strcmp(audit, "none") == 0) return TD_OK;
    run->is_audit_full = strcmp(audit, "full") == 0 && run->by_category != NULL;
    td_sql_gate gate = {.shop = &run->shop,
                        .kpis = &run->kpis,
                        .by_category = run->is_audit_full ? run->by_category : NULL,
                        .has_prices = run->shop.catalog.has_properties,
                        .folder = run->source,
                        .price_property = run->options->scoring.price_property};
    TD_TRY(recall_audit(run, err));
    if (!run->has_audit) {
        TD_TRY(td_sql_gate_run(&run->audit, &gate, &run->cli->exec, err));
        TD_TRY(td_sql_audit_verdict(&run->audit, err));
        run->has_audit = 1;
        TD_TRY(keep_audit(run, err));
    }
    td_run_stage_done(run, "audit_sql");
    return TD_OK;
}

/* Wrong choices show before the work. */
static td_status check_choice(td_run *run, td_error *err) {
    const char *path = run->options->scoring.features;
    td_feature_choice choice = {0};
    if (path != NULL) TD_TRY(td_feature_file_read(&choice, path, err));
    td_status status = td_scored_choice_hash(run->features, &choice, err);
    td_feature_choice_free(&choice);
    return status;
}

/* Steps 1 and 2, and what must be refused before the work: wrong choices, an empty log, a
 * snapshot with an audit. */
td_status td_run_data(td_run *run, td_error *err) {
    const td_scoring *scoring = &run->options->scoring;
    TD_TRY(check_choice(run, err));
    TD_TRY(td_scoring_open(&run->shop, run->source, scoring, &run->cli->exec, err));
    TD_CHECK(run->shop.log.events.n > 0, err, TD_ERR_FORMAT, "%s: no events were kept",
             td_file_path(run->shop.file));
    if (strcmp(run->options->audit, "none") != 0)
        TD_TRY(td_shop_need_raw(&run->shop, "the SQL audit (--audit none leaves it out)", err));
    td_run_stage_done(run, "read");
    TD_TRY(count_kpis(run, err));
    td_run_stage_done(run, "kpis");
    return TD_OK;
}

/* Step 4. */
td_status td_run_features(td_run *run, td_error *err) {
    TD_TRY(
        td_scoring_build(&run->scored, &run->shop, &run->options->scoring, &run->cli->exec, err));
    td_run_stage_done(run, "features");
    return TD_OK;
}
