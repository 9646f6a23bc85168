/* cli/audit_leaks_report.c: the leak audit as text, as JSON and as a section of the report.
 *
 *   1. features   scope, sessions changed by truncation and by poison, verdict, bound
 *   2. split and fit, in sentences
 *   3. the eight types of leakage of Kapoor and Narayanan (Patterns 4, 2023, 100804,
 *      doi:10.1016/j.patter.2023.100804), each with what this audit has to say
 *
 * The bound of a feature is the share q of sessions at which a leak would have been missed with a
 * probability of 5 %: (1 - q)^n = 0.05, n = sessions compared exactly at their own decision. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/audit_leaks.h"
#include "cli/report_evaluation.h"
#include "io/report_html.h"

static const double MISSED = 0.05;

/* One of Kapoor and Narayanan's types of leakage, with the evidence of this audit. */
typedef struct leak_type {
    const char *code; /* "L1.1" */
    const char *name;
    char evidence[320];
    const char *verdict; /* "ok", "LEAK", "reported", "not defined" */
} leak_type;
enum { N_LEAK_TYPES = 8 };

/* Any session that changes is a leak: the tests compare bits, there is no tolerance to argue
 * about. */
static const char *column_verdict(const td_leak_column *column) {
    int is_found = column->found[TD_LEAK_TRUNCATION].n + column->found[TD_LEAK_POISON].n > 0;
    return is_found ? "LEAK" : "ok";
}

static double bound(const td_leaks *leaks) {
    return td_leak_share_bound(leaks->features.n_exact, MISSED);
}

static const char *null_verdict(const td_leak_null *null) {
    return !td_metric_is_defined(null->auc) ? "not defined" : null->is_half_in ? "ok" : "LEAK";
}

/* Every model of the run, byte by byte. */
static int is_fit_same(const td_leak_fit *fit) {
    int is_same = 1;
    for (int m = 0; m < TD_N_RUN_MODELS; m++) is_same = is_same && fit->is_same[m];
    return is_same;
}

/* --- sentences -------------------------------------------------------------------------------- */

enum { N_LINES = 6, LINE = 320 };

static void say_null(char *out, const td_leak_fit *fit, td_part part) {
    const td_leak_null *null = &fit->null[part];
    if (fit->skipped != NULL || !td_metric_is_defined(null->auc)) {
        snprintf(out, LINE, "permuted labels, %s: not defined (%s)", td_part_name(part),
                 fit->skipped != NULL ? fit->skipped : null->auc.undefined_reason);
    } else {
        snprintf(out, LINE,
                 "permuted labels: %u models reach AUC %.3f on %s, 99.9 %% interval %.3f to %.3f: "
                 "%s",
                 fit->n_models, null->auc.value, td_part_name(part), null->low, null->high,
                 null_verdict(null));
    }
}

/* What was looked at besides the features. */
static void say_all(char line[N_LINES][LINE], const td_leaks *leaks) {
    const td_leak_audit *audit = &leaks->features;
    const td_leak_split *split = &leaks->split;
    const td_leak_fit *fit = &leaks->fit;
    char n[3][32];
    snprintf(line[0], LINE,
             "%s sessions compared at %" PRIu64 " cuts, %s of them exactly at their own decision; "
             "a leak that touches %.2g %% of the sessions would be missed with probability %g",
             td_text_count(n[0], audit->n_compared), audit->n_cuts,
             td_text_count(n[1], audit->n_exact), 100 * bound(leaks), MISSED);
    snprintf(line[1], LINE,
             "shared visitors: %" PRIu64 " of train and test, %" PRIu64
             " of valid and test; rows with the very features of a train row: %" PRIu64
             " in valid, %" PRIu64 " in test",
             split->n_visitors_train_test, split->n_visitors_valid_test,
             split->n_duplicates[TD_VALID], split->n_duplicates[TD_TEST]);
    char margin[32] = "n/a";
    if (split->least_margin_ms != INT64_MAX) td_text_duration(margin, split->least_margin_ms);
    snprintf(line[2], LINE,
             "labels: %" PRIu64 " sessions of train or valid last into the next part, %" PRIu64
             " could have; least time left %s: %s",
             split->n_late_labels, split->n_unsettled, margin,
             split->n_late_labels == 0 ? "ok" : "LEAK");
    if (fit->skipped != NULL) {
        snprintf(line[3], LINE, "test rows replaced: not defined (%s)", fit->skipped);
    } else {
        snprintf(line[3], LINE,
                 "test rows replaced: %s of %s sampled rows made random, model bytes %s: %s",
                 td_text_count(n[0], fit->n_replaced), td_text_count(n[1], fit->n_rows),
                 is_fit_same(fit) ? "unchanged" : "changed", is_fit_same(fit) ? "ok" : "LEAK");
    }
    say_null(line[4], fit, TD_VALID);
    say_null(line[5], fit, TD_TEST);
}

/* --- the checklist ---------------------------------------------------------------------------- */

/* L1: does training see rows that it is judged on? `reported` means that a number is shown and no
 * verdict: visitors who come back with the same features are no mistake of the split. */
static void fill_separation(leak_type *out, const td_leaks *leaks, const td_leaks_task *task) {
    const td_split *split = &task->scored->split;
    const td_leak_fit *fit = &leaks->fit;
    const char *fitted = fit->skipped != NULL ? "not defined" : is_fit_same(fit) ? "ok" : "LEAK";
    out[0] = (leak_type){.code = "L1.1",
                         .name = "no test set",
                         .verdict = split->n_of_part[TD_TEST] > 0 ? "ok" : "LEAK"};
    snprintf(out[0].evidence, sizeof out[0].evidence,
             "test holds %" PRIu64 " sessions with %" PRIu64 " purchases, all later than training",
             split->n_of_part[TD_TEST], split->n_positives[TD_TEST]);
    out[1] =
        (leak_type){.code = "L1.2", .name = "pre-processing on train and test", .verdict = fitted};
    snprintf(out[1].evidence, sizeof out[1].evidence,
             "%" PRIu64 " test and purged rows replaced by random ones: model bytes %s",
             fit->n_replaced, is_fit_same(fit) ? "unchanged" : "not shown to be unchanged");
    out[2] = (leak_type){
        .code = "L1.3", .name = "feature selection on train and test", .verdict = fitted};
    snprintf(out[2].evidence, sizeof out[2].evidence,
             "none takes place: %u features of a fixed list; the same replacement",
             leaks->features.n_columns);
    out[3] = (leak_type){.code = "L1.4", .name = "duplicates", .verdict = "reported"};
    snprintf(out[3].evidence, sizeof out[3].evidence,
             "exact copies of log rows are excluded; %" PRIu64
             " test rows have the very features of a train row",
             leaks->split.n_duplicates[TD_TEST]);
}

/* L2 and L3: features that know too much, time, dependence, sampling. */
static void fill_time(leak_type *out, const td_leaks *leaks, const td_leaks_task *task) {
    const td_leak_audit *audit = &leaks->features;
    const td_population *population = &task->scored->population;
    const td_leak_split *split = &leaks->split;
    int is_lost = audit->lost[TD_LEAK_TRUNCATION].n + audit->lost[TD_LEAK_POISON].n > 0;
    out[4] = (leak_type){.code = "L2",
                         .name = "illegitimate features",
                         .verdict = audit->n_leaking > 0 || is_lost ? "LEAK" : "ok"};
    snprintf(out[4].evidence, sizeof out[4].evidence,
             "%u of %u features change when later rows are cut off or replaced (%" PRIu64 " cuts)",
             audit->n_leaking, audit->n_columns, audit->n_cuts);
    out[5] = (leak_type){.code = "L3.1",
                         .name = "temporal leakage",
                         .verdict = split->n_late_labels == 0 ? "ok" : "LEAK"};
    snprintf(out[5].evidence, sizeof out[5].evidence,
             "split by time; %" PRIu64 " sessions reach over a boundary, %" PRIu64 " rows purged",
             split->n_late_labels, task->scored->split.n_of_part[TD_PURGED]);
    out[6] = (leak_type){
        .code = "L3.2", .name = "train and test not independent", .verdict = "reported"};
    snprintf(out[6].evidence, sizeof out[6].evidence,
             "%" PRIu64 " visitors stand in train and in test", split->n_visitors_train_test);
    out[7] =
        (leak_type){.code = "L3.3", .name = "sampling bias of the test set", .verdict = "reported"};
    snprintf(out[7].evidence, sizeof out[7].evidence,
             "no sampling: every session of the last part; left out before the split: %" PRIu64
             " censored, %" PRIu64 " that had bought by the decision",
             population->n_censored, population->n_bought_before);
}

/* In the order of the paper's table. */
static void fill_checklist(leak_type out[N_LEAK_TYPES], const td_leaks *leaks,
                           const td_leaks_task *task) {
    fill_separation(out, leaks, task);
    fill_time(out, leaks, task);
}

/* --- text ------------------------------------------------------------------------------------- */

/* The bound is the same for every column: all of them are compared at the same sessions. */
static void print_features(const td_leaks *leaks) {
    const td_leak_audit *audit = &leaks->features;
    static const char *const heads[] = {"feature", "scope",   "truncation",
                                        "poison",  "verdict", "bound"};
    td_grid grid;
    td_grid_open(&grid, "llrrlr");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t c = 0; c < audit->n_columns; c++) {
        const td_leak_column *column = &audit->column[c];
        td_grid_cell(&grid, "%s", column->name);
        td_grid_cell(&grid, "%s", column->scope);
        td_grid_count(&grid, column->found[TD_LEAK_TRUNCATION].n);
        td_grid_count(&grid, column->found[TD_LEAK_POISON].n);
        td_grid_cell(&grid, "%s", column_verdict(column));
        td_grid_cell(&grid, "%.2g %%", 100 * bound(leaks));
    }
    td_grid_print(&grid, 0);
}

void td_leaks_print(const td_leaks *leaks, const td_leaks_task *task) {
    print_features(leaks);
    char line[N_LINES][LINE];
    say_all(line, leaks);
    putchar('\n');
    for (int i = 0; i < N_LINES; i++) puts(line[i]);
    putchar('\n');
    leak_type type[N_LEAK_TYPES];
    fill_checklist(type, leaks, task);
    td_grid grid;
    td_grid_open(&grid, "llll");
    for (int i = 0; i < N_LEAK_TYPES; i++) {
        td_grid_cell(&grid, "%s", type[i].code);
        td_grid_cell(&grid, "%s", type[i].name);
        td_grid_cell(&grid, "%s", type[i].verdict);
        td_grid_cell(&grid, "%s", type[i].evidence);
    }
    td_grid_print(&grid, 0);
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* Where to look: the first session that changed, by truncation if there is one, else by poison. */
static void json_first(td_json *json, const td_leak_column *column) {
    const td_leak_finding *first = &column->found[TD_LEAK_TRUNCATION];
    if (first->n == 0) first = &column->found[TD_LEAK_POISON];
    if (first->n == 0) {
        td_json_null(json, "first");
        return;
    }
    td_json_object(json, "first");
    td_json_i64(json, "visitor", first->visitor);
    td_json_i64(json, "start", first->start);
    td_json_i64(json, "decision", first->decision);
    td_json_i64(json, "cut", first->cut);
    td_json_f64(json, "was", first->was);
    td_json_f64(json, "is", first->is);
    td_json_end(json);
}

/* Sessions compared, the bound, then a row a feature. */
static void json_features(td_json *json, const td_leaks *leaks) {
    const td_leak_audit *audit = &leaks->features;
    td_json_u64(json, "cuts", audit->n_cuts);
    td_json_u64(json, "sessions_compared", audit->n_compared);
    td_json_u64(json, "sessions_exact", audit->n_exact);
    td_json_u64(json, "poison_rows", audit->n_poison_rows);
    td_json_object(json, "bound");
    td_json_f64(json, "share", bound(leaks));
    td_json_f64(json, "missed_with_probability", MISSED);
    td_json_end(json);
    td_json_array(json, "features");
    for (uint32_t c = 0; c < audit->n_columns; c++) {
        const td_leak_column *column = &audit->column[c];
        td_json_object(json, NULL);
        td_json_text(json, "name", column->name);
        td_json_text(json, "scope", column->scope);
        td_json_u64(json, "truncation", column->found[TD_LEAK_TRUNCATION].n);
        td_json_u64(json, "poison", column->found[TD_LEAK_POISON].n);
        td_json_text(json, "verdict", column_verdict(column));
        json_first(json, column);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_object(json, "lost_sessions");
    for (int test = 0; test < TD_N_LEAK_TESTS; test++) {
        td_json_u64(json, td_leak_test_name((td_leak_test)test), audit->lost[test].n);
    }
    td_json_end(json);
}

static void json_split(td_json *json, const td_leak_split *split) {
    td_json_object(json, "split");
    td_json_u64(json, "visitors_train_test", split->n_visitors_train_test);
    td_json_u64(json, "visitors_valid_test", split->n_visitors_valid_test);
    td_json_u64(json, "duplicates_train_valid", split->n_duplicates[TD_VALID]);
    td_json_u64(json, "duplicates_train_test", split->n_duplicates[TD_TEST]);
    td_json_u64(json, "late_labels", split->n_late_labels);
    td_json_u64(json, "unsettled_labels", split->n_unsettled);
    td_json_i64(json, "least_margin_ms", split->least_margin_ms);
    td_json_end(json);
}

/* Why it was skipped, or that the models came out the same; then the models of shuffled labels. */
static void json_fit(td_json *json, const td_leak_fit *fit) {
    td_json_object(json, "test_rows_replaced");
    td_json_text(json, "skipped", fit->skipped);
    td_json_u64(json, "rows", fit->n_rows);
    td_json_u64(json, "replaced", fit->n_replaced);
    for (int m = 0; m < TD_N_RUN_MODELS && fit->skipped == NULL; m++) {
        char key[64];
        snprintf(key, sizeof key, "%s_unchanged", td_run_model_name((td_run_model)m));
        td_json_bool(json, key, fit->is_same[m]);
    }
    td_json_end(json);
    td_json_object(json, "permuted_labels");
    td_json_u64(json, "models", fit->n_models);
    for (int part = TD_VALID; part <= TD_TEST && fit->skipped == NULL; part++) {
        const td_leak_null *null = &fit->null[part];
        td_json_object(json, td_part_name((td_part)part));
        td_json_metric(json, "roc_auc", null->auc);
        td_json_f64(json, "low", null->low);
        td_json_f64(json, "high", null->high);
        td_json_text(json, "verdict", null_verdict(null));
        td_json_end(json);
    }
    td_json_end(json);
}

void td_leaks_json(td_json *json, const td_leaks *leaks, const td_leaks_task *task) {
    json_features(json, leaks);
    json_split(json, &leaks->split);
    json_fit(json, &leaks->fit);
    leak_type type[N_LEAK_TYPES];
    fill_checklist(type, leaks, task);
    td_json_array(json, "checklist");
    for (int i = 0; i < N_LEAK_TYPES; i++) {
        td_json_object(json, NULL);
        td_json_text(json, "type", type[i].code);
        td_json_text(json, "name", type[i].name);
        td_json_text(json, "verdict", type[i].verdict);
        td_json_text(json, "evidence", type[i].evidence);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_text(json, "verdict", td_leaks_verdict(leaks, NULL) == TD_OK ? "ok" : "LEAK");
}

/* --- report page ------------------------------------------------------------------------------ */

static void page_features(td_writer *writer, const td_leaks *leaks) {
    static const char *const heads[] = {"feature", "scope",   "truncation",
                                        "poison",  "verdict", "bound"};
    td_page_table_open(writer, heads, 6);
    for (uint32_t c = 0; c < leaks->features.n_columns; c++) {
        const td_leak_column *column = &leaks->features.column[c];
        char text[3][32];
        snprintf(text[2], sizeof text[2], "%.2g %%", 100 * bound(leaks));
        const char *cells[] = {column->name,
                               column->scope,
                               td_text_count(text[0], column->found[TD_LEAK_TRUNCATION].n),
                               td_text_count(text[1], column->found[TD_LEAK_POISON].n),
                               column_verdict(column),
                               text[2]};
        td_page_row(writer, cells, 6);
    }
    td_page_table_close(writer);
}

void td_leaks_page(td_writer *writer, const td_leaks *leaks, const td_leaks_task *task) {
    td_page_section(writer, "leaks", "What the features could have known");
    char line[N_LINES][LINE];
    say_all(line, leaks);
    for (int i = 0; i < N_LINES; i++) td_page_paragraph(writer, line[i]);
    leak_type type[N_LEAK_TYPES];
    fill_checklist(type, leaks, task);
    static const char *const heads[] = {"type of leakage", "", "evidence", "verdict"};
    td_page_table_open(writer, heads, 4);
    for (int i = 0; i < N_LEAK_TYPES; i++) {
        const char *cells[] = {type[i].code, type[i].name, type[i].evidence, type[i].verdict};
        td_page_row(writer, cells, 4);
    }
    td_page_table_close(writer);
    page_features(writer, leaks);
}
