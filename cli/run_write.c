/* cli/run_write.c: extracts, models, predictions and metrics of a run.
 *
 *     data/extracts/        session_funnels.parquet ml_features.parquet test_predictions.parquet
 *                           exclusions.csv
 *     results/models/       primary.tundish alternative.tundish baseline.tundish
 *     results/predictions/  scores.csv (every scored session, all models)
 *     results/metrics/      data.json kpis.json audit_sql.json kpis_by_*.csv
 *                           evaluation.json top_k.csv importances.csv
 *
 * Every JSON file opens with run_id, Parquet files hold it in their footer. CSV files have no room
 * for it: manifest.json names each with its hash. */
#include <stdio.h>
#include <string.h>

#include "cli/export_parquet.h"
#include "cli/kpi_report.h"
#include "cli/report_evaluation.h"
#include "cli/run.h"
#include "core/base/mem.h"

/* --- JSON metrics ----------------------------------------------------------------------------- */

/* Writes the keys of one file into its open object. */
typedef void (*json_fill_fn)(td_json *json, const td_run *run);

static td_status write_json(const td_run *run, const char *name, json_fill_fn fill, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, name, err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    td_json_text(&json, "run_id", run->run_id);
    fill(&json, run);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}

/* What went in, what was scored, where the split lies. */
static void fill_data(td_json *json, const td_run *run) {
    td_kpi_json_counts(json, &run->shop, &run->kpis.total);
    td_shop_json_excluded(json, &run->shop);
    td_shop_json_catalog(json, "catalog_files", &run->shop);
    td_scoring_json(json, &run->scored);
    const td_split *split = &run->scored.split;
    td_json_object(json, "boundaries");
    td_json_i64(json, "valid_from", split->boundary[0]);
    td_json_i64(json, "test_from", split->boundary[1]);
    td_json_u64(json, "purged_near", split->n_purged_near);
    td_json_u64(json, "purged_crossing", split->n_purged_crossing);
    td_json_u64(json, "visitors_train_valid", split->n_visitors_train_valid);
    td_json_u64(json, "visitors_train_test", split->n_visitors_train_test);
    td_json_u64(json, "visitors_valid_test", split->n_visitors_valid_test);
    td_json_end(json);
}

static void fill_audit_sql(td_json *json, const td_run *run) {
    td_sql_gate_json(json, &run->audit, run->is_audit_full);
}

static void fill_kpis(td_json *json, const td_run *run) { td_kpi_json_row(json, &run->kpis.total); }

/* A model: kind, calibration, then its parts. Test alone has intervals: it is the part that is
 * judged, and the only one whose draws are paid for. */
static void fill_evaluation(td_json *json, const td_run *run) {
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        td_json_object(json, td_run_model_name((td_run_model)m));
        td_json_text(json, "kind", td_run_model_title((td_run_model)m));
        td_run_json_calibration(json, run, (td_run_model)m);
        for (int part = TD_TRAIN; part <= TD_TEST; part++) {
            td_json_object(json, td_part_name((td_part)part));
            if (part == TD_TEST) {
                td_json_assessed(json, &run->test, (uint32_t)m);
            } else {
                td_json_evaluation(json, &run->evaluation[m][part]);
            }
            td_json_end(json);
        }
        td_json_end(json);
    }
    td_run_json_comparison(json, run);
}

/* --- CSV metrics ------------------------------------------------------------------------------ */

/* Two columns a figure, no ratio: who needs one divides. */
static void csv_kpi_header(td_writer *writer, const char *label) {
    td_writer_text(writer, label);
    for (int id = 0; id < TD_N_KPIS; id++) {
        const char *name = td_kpi_name((td_kpi_id)id);
        td_writer_printf(writer, ",%s_numerator,%s_denominator", name, name);
    }
    td_writer_text(writer, "\n");
}

static void csv_kpi_row(td_writer *writer, const char *label, const td_kpi_row *row) {
    td_writer_text(writer, label);
    for (int id = 0; id < TD_N_KPIS; id++) {
        td_writer_text(writer, ",");
        td_writer_i64(writer, (int64_t)row->kpi[id].numerator);
        td_writer_text(writer, ",");
        td_writer_i64(writer, (int64_t)row->kpi[id].denominator);
    }
    td_writer_text(writer, "\n");
}

/* One file a calendar: kpis_by_day.csv, kpis_by_hour.csv, kpis_by_weekday.csv. */
static td_status write_calendar(const td_run *run, td_kpi_calendar calendar, td_error *err) {
    char name[64];
    snprintf(name, sizeof name, "results/metrics/kpis_by_%s.csv", td_kpi_calendar_name(calendar));
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, name, err));
    const td_kpi_breakdown *by = &run->kpis.by[calendar];
    csv_kpi_header(writer, td_kpi_calendar_name(calendar));
    for (uint32_t i = 0; i < by->n; i++) {
        char label[16];
        td_kpi_label_text(label, calendar, by->label[i]);
        csv_kpi_row(writer, label, &by->row[i]);
    }
    return td_writer_commit(writer, err);
}

/* Only categories that have sessions, by id, the unknown ones last. */
static td_status write_categories(const td_run *run, td_error *err) {
    if (run->by_category == NULL) return TD_OK;
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "results/metrics/kpis_by_category.csv", err));
    csv_kpi_header(writer, "category");
    const td_iddict *categories = &run->shop.catalog.categories;
    for (uint32_t c = 0; c <= categories->n; c++) { /* the last group is "unknown" */
        if (run->by_category[c].kpi[TD_KPI_SESSIONS].numerator == 0) continue;
        char label[32] = "unknown";
        if (c < categories->n) snprintf(label, sizeof label, "%lld", (long long)categories->id[c]);
        csv_kpi_row(writer, label, &run->by_category[c]);
    }
    return td_writer_commit(writer, err);
}

/* Undefined is an empty cell. */
static void csv_metric(td_writer *writer, td_metric metric) {
    td_writer_text(writer, ",");
    if (td_metric_is_defined(metric)) td_writer_f64(writer, metric.value);
}

static void csv_interval(td_writer *writer, td_interval interval) {
    csv_metric(writer, (td_metric){interval.low, interval.undefined_reason});
    csv_metric(writer, (td_metric){interval.high, interval.undefined_reason});
}

/* Revenue and its share, then the intervals of all five numbers; empty outside the test part, money
 * empty without prices. */
static void csv_assessed(td_writer *writer, const td_run *run, int part, td_run_model m,
                         uint32_t cut) {
    static const uint32_t judged[] = {TD_BOOT_PRECISION, TD_BOOT_RECALL, TD_BOOT_LIFT,
                                      TD_BOOT_AMOUNT, TD_BOOT_AMOUNT_SHARE};
    const td_assessment *test = &run->test;
    td_metric none = td_metric_undefined("not the test part");
    int is_test = part == TD_TEST;
    csv_metric(writer, is_test ? test->amount[m][cut] : none);
    csv_metric(writer, is_test ? test->amount_share[m][cut] : none);
    for (int i = 0; i < 5; i++) {
        td_interval interval = test->bootstrap.of[m][td_boot_at_cut(cut, judged[i])].interval;
        csv_interval(writer, is_test ? interval : td_interval_undefined(none.undefined_reason));
    }
}

/* A row a model, part and cut; share is empty where the cut was given as a number of rows. */
static td_status write_top_k(const td_run *run, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "results/metrics/top_k.csv", err));
    td_writer_text(writer, "model,part,k,share,hits,precision,recall,lift,"
                           "revenue_thousandths,revenue_share,precision_low,precision_high,"
                           "recall_low,recall_high,lift_low,lift_high,revenue_low,revenue_high,"
                           "revenue_share_low,revenue_share_high\n");
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        for (int part = TD_TRAIN; part <= TD_TEST; part++) {
            const td_evaluation *e = &run->evaluation[m][part];
            for (uint32_t i = 0; i < e->n_cuts; i++) {
                td_writer_printf(writer, "%s,%s,", td_run_model_name((td_run_model)m),
                                 td_part_name((td_part)part));
                td_writer_i64(writer, (int64_t)e->at[i].k);
                td_writer_text(writer, ",");
                if (e->cut[i].share > 0) td_writer_f64(writer, e->cut[i].share);
                csv_metric(writer, e->at[i].hits);
                csv_metric(writer, e->at[i].precision);
                csv_metric(writer, e->at[i].recall);
                csv_metric(writer, e->at[i].lift);
                csv_assessed(writer, run, part, (td_run_model)m, i);
                td_writer_text(writer, "\n");
            }
        }
    }
    return td_writer_commit(writer, err);
}

/* Features that no tree uses have no row. */
static td_status write_importances(const td_run *run, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "results/metrics/importances.csv", err));
    td_writer_text(writer, "feature,scope,gain_share\n");
    for (uint32_t i = 0; i < run->n_importances; i++) {
        const td_run_importance *importance = &run->importance[i];
        const td_feature_info *info = td_feature_at(run->scored.set.id[importance->feature]);
        td_writer_printf(writer, "%s,%s,", info->name, td_scope_name(info->scope));
        td_writer_f64(writer, importance->share);
        td_writer_text(writer, "\n");
    }
    return td_writer_commit(writer, err);
}

/* --- extracts, predictions, models ------------------------------------------------------------ */

/* session_id,visitorid,decision,split,label, then a probability a model. */
static void csv_scores(td_writer *writer, const td_run *run, uint64_t i) {
    const td_feature_set *set = &run->scored.set;
    td_writer_i64(writer, set->session[i]);
    td_writer_text(writer, ",");
    td_writer_i64(writer, set->visitor[i]);
    td_writer_text(writer, ",");
    td_writer_i64(writer, set->decision[i]);
    td_writer_printf(writer, ",%s,%d", td_part_name((td_part)run->scored.split.part[i]),
                     set->label[i] > 0);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        td_writer_text(writer, ",");
        td_writer_f64(writer, run->score[m][i]);
    }
    td_writer_text(writer, "\n");
}

static td_status write_scores(const td_run *run, const char *name, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, name, err));
    td_writer_text(writer, "session_id,visitorid,decision,split,label");
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        td_writer_printf(writer, ",%s", td_run_model_name((td_run_model)m));
    }
    td_writer_text(writer, "\n");
    for (uint64_t i = 0; i < run->scored.set.n; i++) csv_scores(writer, run, i);
    return td_writer_commit(writer, err);
}

/* The chosen features, for replay and for people. */
static td_status write_choice(const td_run *run, td_error *err) {
    td_writer *writer = NULL;
    if (td_scored_choice(&run->scored) == NULL) return TD_OK;
    TD_TRY(td_run_open(&writer, run, "data/features.ini", err));
    td_scored_write_choice(writer, &run->scored);
    return td_writer_commit(writer, err);
}

static td_status write_bytes(const td_run *run, const char *name, const char *bytes, uint64_t n,
                             td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, name, err));
    td_writer_bytes(writer, bytes, n);
    return td_writer_commit(writer, err);
}

/* As `tundish predict --model` reads them, calibration included. */
static td_status write_models(const td_run *run, td_error *err) {
    char *bytes = NULL;
    uint64_t n = 0;
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        char name[64];
        snprintf(name, sizeof name, "results/models/%s.tundish",
                 td_run_model_name((td_run_model)m));
        TD_TRY(td_run_model_bytes(&bytes, &n, run, (td_run_model)m, err));
        td_status status = write_bytes(run, name, bytes, n, err);
        td_mem_free(bytes);
        TD_TRY(status);
    }
    return TD_OK;
}

/* For notebooks and BI tools; the same rows as the CSV files, typed. */
static td_status write_extracts(const td_run *run, td_error *err) {
    const td_shop *shop = &run->shop;
    char path[4096];
    td_extract extract = {path, run->run_id, &run->cli->exec};
    TD_TRY(td_run_path(path, run, "data/extracts/session_funnels.parquet", err));
    TD_TRY(td_extract_sessions(&extract, &shop->log.events, &shop->sessions, &shop->funnel, err));
    TD_TRY(td_run_path(path, run, "data/extracts/ml_features.parquet", err));
    TD_TRY(td_extract_features(&extract, &run->scored.set, &run->scored.split, err));
    const char *name[TD_N_RUN_MODELS];
    const double *score[TD_N_RUN_MODELS];
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        name[m] = td_run_model_name((td_run_model)m);
        score[m] = run->score[m];
    }
    td_extract_scores scores = {
        &run->scored.set, &run->scored.split, TD_TEST, TD_N_RUN_MODELS, name, score};
    TD_TRY(td_run_path(path, run, "data/extracts/test_predictions.parquet", err));
    TD_TRY(td_extract_predictions(&extract, &scores, err));
    TD_TRY(td_run_path(path, run, "data/extracts/exclusions.csv", err));
    return td_exclusions_write(&shop->log, shop->file, path, err);
}

/* Tables first: when the disk is full, it is full here. */
td_status td_run_write(td_run *run, td_error *err) {
    TD_TRY(write_extracts(run, err));
    TD_TRY(write_choice(run, err));
    TD_TRY(write_scores(run, "results/predictions/scores.csv", err));
    TD_TRY(write_models(run, err));
    td_run_stage_done(run, "write_tables");
    TD_TRY(write_json(run, "results/metrics/data.json", fill_data, err));
    TD_TRY(write_json(run, "results/metrics/kpis.json", fill_kpis, err));
    if (run->has_audit)
        TD_TRY(write_json(run, "results/metrics/audit_sql.json", fill_audit_sql, err));
    TD_TRY(write_json(run, "results/metrics/evaluation.json", fill_evaluation, err));
    TD_TRY(write_json(run, "results/figures/data.json", td_run_json_figures, err));
    for (int c = 0; c < TD_N_CALENDARS; c++) TD_TRY(write_calendar(run, (td_kpi_calendar)c, err));
    TD_TRY(write_categories(run, err));
    TD_TRY(write_top_k(run, err));
    TD_TRY(write_importances(run, err));
    td_run_stage_done(run, "write_metrics");
    return TD_OK;
}
