/* cli/run_report.c: report.html, read from top to bottom as a marketer would: what went in, what
 * the shop's funnel looks like, how well purchases can be foretold, and what that is worth.
 *
 *     cards, banner     the answer in six numbers, and when not to trust it
 *     what went in      rows read, kept, excluded by reason, span of time
 *     the funnel        SQL's verdict, key figures with numerators, waiting times, hours, weekdays
 *     what is predicted population, label, parts of the split
 *     how good          metrics by part, comparison with intervals, curves, calibration
 *     what it is worth  precision, recall, lift and revenue of the best-scored sessions
 *     the model         importances, features left out
 *     experiment, effects, leaks
 *
 * All numbers come from the run's structs; the page repeats none that a metrics file lacks. Nothing
 * is computed here but shares and formats. Of the machine and the day of the run the page says
 * nothing: two runs of one shop give one page. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report_evaluation.h"
#include "cli/run_money.h"
#include "io/figure.h"
#include "io/report_html.h"

static const char *percent(char out[40], double value) {
    return td_number_format(out, value, TD_STYLE_PERCENT);
}

/* By name, so that the page decides the order and the table of charts the content. */
static void put_figure(td_writer *writer, const td_run *run, const char *name) {
    for (uint32_t i = 0; i < td_run_n_figures; i++) {
        const td_run_figure *figure = &td_run_figure_table[i];
        if (strcmp(figure->name, name) != 0) continue;
        td_page_figure_open(writer);
        figure->draw(writer, run);
        td_page_figure_close(writer, figure->caption);
    }
}

/* Six numbers that most readers come for, and the banner when they deserve little trust. */
static void put_summary(td_writer *writer, const td_run *run) {
    const td_evaluation *test = &run->evaluation[TD_RUN_PRIMARY][TD_TEST];
    const td_ratio *kpi = run->kpis.total.kpi;
    char text[6][40];
    static const char *const names[] = {"sessions",           "visitors",
                                        "session conversion", "sessions scored",
                                        "ROC AUC on test",    "average precision on test"};
    const char *values[6] = {td_text_count(text[0], kpi[TD_KPI_SESSIONS].numerator),
                             td_text_count(text[1], kpi[TD_KPI_VISITORS].numerator),
                             percent(text[2], td_ratio_value(kpi[TD_KPI_SESSION_CONVERSION])),
                             td_text_count(text[3], run->scored.set.n),
                             td_text_metric(text[4], test->roc_auc),
                             td_text_metric(text[5], test->average_precision)};
    td_page_cards(writer, names, values, 6);
    if (!run->has_few_positives) return;
    char banner[256];
    snprintf(banner, sizeof banner,
             "Only %" PRIu64 " purchases fall into the validation part (fewer than %d): the number "
             "of rounds was fixed at %d and nothing was calibrated. Read every number below with "
             "that in mind.",
             run->scored.split.n_positives[TD_VALID], TD_RUN_FEW_POSITIVES,
             run->params.num_iterations);
    td_page_banner(writer, banner);
}

/* Rows in, rows out, and every reason that occurred. */
static void put_input(td_writer *writer, const td_run *run) {
    const td_event_log *log = &run->shop.log;
    char from[32];
    char to[32];
    char line[256];
    char text[3][40];
    snprintf(line, sizeof line,
             "%s rows were read, %s kept and %s excluded; events run from %s to %s UTC.",
             td_text_count(text[0], log->n_rows_read), td_text_count(text[1], log->events.n),
             td_text_count(text[2], log->exclusions.n),
             td_text_time(from, log->events.first_timestamp),
             td_text_time(to, log->events.last_timestamp));
    td_page_section(writer, "input", "What went in");
    td_page_paragraph(writer, line);
    if (log->exclusions.n == 0) return;
    static const char *const heads[] = {"reason for exclusion", "rows"};
    td_page_table_open(writer, heads, 2);
    for (int reason = TD_KEPT + 1; reason < TD_N_REASONS; reason++) {
        if (log->exclusions.n_by_reason[reason] == 0) continue;
        const char *cells[] = {td_exclusion_reason_name((td_exclusion_reason)reason),
                               td_text_count(text[0], log->exclusions.n_by_reason[reason])};
        td_page_row(writer, cells, 2);
    }
    td_page_table_close(writer);
}

/* Counts have the denominator 1; ratios of different things (events per session) are plain. */
static td_number_style kpi_style(int id) {
    if (id <= TD_KPI_ORDERS ||
        (id >= TD_KPI_CART_WITHOUT_VIEW && id <= TD_KPI_PURCHASE_WITHOUT_VIEW))
        return TD_STYLE_COUNT;
    if (id == TD_KPI_REVENUE) return TD_STYLE_COUNT;
    if (id == TD_KPI_ITEMS_PER_ORDER || id == TD_KPI_EVENTS_PER_SESSION) return TD_STYLE_PLAIN;
    return TD_STYLE_PERCENT;
}

/* Numerator and denominator beside each value: a ratio alone cannot be checked. Revenue is left out
 * without prices. */
static void put_kpis(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"key figure", "numerator", "denominator", "value"};
    td_page_table_open(writer, heads, 4);
    for (int id = 0; id < TD_N_KPIS; id++) {
        td_ratio ratio = run->kpis.total.kpi[id];
        if (id == TD_KPI_REVENUE && ratio.denominator == 0) continue;
        char text[3][40];
        td_number_format(text[2], td_ratio_value(ratio), kpi_style(id));
        const char *cells[] = {td_kpi_name((td_kpi_id)id), td_text_count(text[0], ratio.numerator),
                               td_text_count(text[1], ratio.denominator), text[2]};
        td_page_row(writer, cells, 4);
    }
    td_page_table_close(writer);
}

/* Order statistics; a waiting time that no session has is n/a. */
static void put_durations(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"waiting time", "sessions", "10 %", "25 %",
                                        "median",       "75 %",     "90 %"};
    td_page_table_open(writer, heads, 7);
    for (int d = 0; d < TD_N_DURATIONS; d++) {
        const td_kpi_duration *duration = &run->kpis.total.duration[d];
        char text[6][40];
        const char *cells[7] = {td_kpi_duration_name((td_kpi_duration_id)d),
                                td_text_count(text[0], duration->n)};
        for (int q = 0; q < TD_N_QUANTILES; q++) {
            cells[q + 2] =
                duration->n > 0 ? td_text_duration(text[q + 1], duration->quantile[q]) : "n/a";
        }
        td_page_row(writer, cells, 7);
    }
    td_page_table_close(writer);
}

/* What the gate compared; it found no difference, or there would be no report. */
static void put_audit(td_writer *writer, const td_run *run) {
    char line[256], sessions[40], figures[40];
    snprintf(
        line, sizeof line,
        "Counted once more by SQL from the raw file%s: %s sessions and %s numbers compared, no "
        "difference.",
        run->is_audit_full ? "s, with categories and revenue" : "",
        td_text_count(sessions, run->audit.n_sessions),
        td_text_count(figures, run->audit.n_figures));
    td_page_paragraph(writer, run->has_audit ? line : "Not audited by SQL (--audit none).");
}

static void put_funnel(td_writer *writer, const td_run *run) {
    td_page_section(writer, "funnel", "The funnel");
    put_audit(writer, run);
    put_figure(writer, run, "funnel");
    put_kpis(writer, run);
    put_durations(writer, run);
    td_writer_text(writer, "<div class=\"figures\">\n");
    put_figure(writer, run, "conversion_by_hour");
    put_figure(writer, run, "conversion_by_weekday");
    td_writer_text(writer, "</div>\n");
}

/* With any_purchase the cut depends on the purchase itself, which the page must not hide. */
static void put_task(td_writer *writer, const td_run *run) {
    const td_population *population = &run->scored.population;
    int is_any = population->rule.target == TD_ANY_PURCHASE;
    char line[640];
    snprintf(
        line, sizeof line,
        "Each session is scored %" PRId64 " seconds after its start, from what was known then%s. "
        "Target: %s%s. Left out: %" PRIu64 " sessions that may still be going on at the end of "
        "the log and %" PRIu64 " that had bought by the decision.",
        population->rule.decision_ms / 1000,
        is_any ? "; of a session that buys earlier, only what came before its first purchase is "
                 "seen. Where it is cut then tells of the purchase: this target is for comparison "
                 "with published work"
               : "",
        td_target_name(population->rule.target),
        population->rule.hide_cart ? ", cart events of the session hidden" : "",
        population->n_censored, population->n_bought_before);
    td_page_section(writer, "task", "What is predicted");
    td_page_paragraph(writer, line);
    static const char *const heads[] = {"part", "sessions", "purchases", "base rate"};
    td_page_table_open(writer, heads, 4);
    for (int part = 0; part < TD_N_PARTS; part++) {
        char text[3][40];
        uint64_t n = run->scored.split.n_of_part[part];
        uint64_t positives = run->scored.split.n_positives[part];
        const char *cells[] = {td_part_name((td_part)part), td_text_count(text[0], n),
                               td_text_count(text[1], positives),
                               n > 0 ? percent(text[2], (double)positives / (double)n) : "n/a"};
        td_page_row(writer, cells, 4);
    }
    td_page_table_close(writer);
    char from[2][32];
    snprintf(line, sizeof line,
             "The split is by time: valid starts %s, test starts %s UTC. Purged before the "
             "boundaries: %" PRIu64 " sessions. Visitors in both train and test: %" PRIu64 ".",
             td_text_time(from[0], run->scored.split.boundary[0]),
             td_text_time(from[1], run->scored.split.boundary[1]),
             run->scored.split.n_of_part[TD_PURGED], run->scored.split.n_visitors_train_test);
    td_page_paragraph(writer, line);
}

/* Train and valid stand above test so that a reader sees what was learned by heart. */
static void put_metrics(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"model", "part",     "ROC AUC", "average precision",
                                        "KS",    "log-loss", "Brier"};
    td_page_section(writer, "quality", "How good the ranking is");
    td_page_paragraph(writer, "Three models see the same rows: primary are gradient-boosted trees, "
                              "alternative are trees of another shape, baseline is a logistic "
                              "regression that both should beat.");
    td_page_table_open(writer, heads, 7);
    for (int part = TD_TRAIN; part <= TD_TEST; part++) {
        for (int m = 0; m < TD_N_RUN_MODELS; m++) {
            const td_evaluation *e = &run->evaluation[m][part];
            char text[5][32];
            const char *cells[] = {td_run_model_title((td_run_model)m),
                                   td_part_name((td_part)part),
                                   td_text_metric(text[0], e->roc_auc),
                                   td_text_metric(text[1], e->average_precision),
                                   td_text_metric(text[2], e->ks.value),
                                   td_text_metric(text[3], e->probability.log_loss),
                                   td_text_metric(text[4], e->probability.brier)};
            td_page_row(writer, cells, 7);
        }
    }
    td_page_table_close(writer);
    td_run_put_comparison(writer, run);
}

/* "0.3686 (0.3522 to 0.3872)". */
static const char *with_interval(char out[96], const td_run *run, uint32_t s, uint32_t place) {
    char value[32];
    char interval[48];
    td_interval found = run->test.bootstrap.of[s][place].interval;
    td_text_metric(value, td_statistic_of(&run->test, s, place));
    snprintf(out, 96, td_interval_is_defined(found) ? "%s (%s)" : "%s", value,
             td_text_interval(interval, found));
    return out;
}

/* Thousandths as whole money. */
static const char *money_with_interval(char out[96], const td_run *run, uint32_t s,
                                       uint32_t place) {
    char text[3][32];
    td_metric found = td_statistic_of(&run->test, s, place);
    td_interval interval = run->test.bootstrap.of[s][place].interval;
    if (!td_metric_is_defined(found)) return "n/a";
    td_text_count(text[0], (uint64_t)(found.value / 1000));
    td_text_count(text[1], (uint64_t)(interval.low / 1000));
    td_text_count(text[2], (uint64_t)(interval.high / 1000));
    snprintf(out, 96, td_interval_is_defined(interval) ? "%s (%s to %s)" : "%s", text[0], text[1],
             text[2]);
    return out;
}

/* One cut of one model: seven cells, and two of money where prices are known. */
static void put_cut(td_writer *writer, const td_run *run, td_run_model m, uint32_t i) {
    const td_evaluation *e = &run->evaluation[m][TD_TEST];
    const td_top_k *at = &e->at[i];
    uint32_t s = (uint32_t)m, place = td_boot_at_cut(i, 0);
    char text[8][96] = {"", "", "n/a"};
    if (td_metric_is_defined(at->hits)) snprintf(text[2], 96, "%.1f", at->hits.value);
    const char *cells[] = {td_run_model_name(m),
                           td_text_cut(text[0], e->cut[i]),
                           td_text_count(text[1], at->k),
                           text[2],
                           with_interval(text[3], run, s, place + TD_BOOT_PRECISION),
                           with_interval(text[4], run, s, place + TD_BOOT_RECALL),
                           with_interval(text[5], run, s, place + TD_BOOT_LIFT),
                           money_with_interval(text[6], run, s, place + TD_BOOT_AMOUNT),
                           with_interval(text[7], run, s, place + TD_BOOT_AMOUNT_SHARE)};
    td_page_row(writer, cells, run->money != NULL ? 9 : 7);
}

/* The gains figure in numbers, with how sure they are. */
static void put_gains(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"tenth of the sessions, best first (primary model)",
                                        "purchases found", "rate", "lift", "found so far"};
    td_page_table_open(writer, heads, 5);
    for (uint32_t g = 0; g < TD_GAIN_GROUPS; g++) {
        const td_gain_row *row = &run->evaluation[TD_RUN_PRIMARY][TD_TEST].gain[g];
        uint32_t place = td_boot_at_group(g, 0);
        char text[5][96];
        if (row->begin == row->end) continue;
        snprintf(text[0], 96, "%u", g + 1);
        snprintf(text[1], 96, "%.1f", row->hits);
        const char *cells[] = {
            text[0], text[1], with_interval(text[2], run, 0, place + TD_BOOT_GROUP_RATE),
            with_interval(text[3], run, 0, place + TD_BOOT_GROUP_LIFT),
            with_interval(text[4], run, 0, place + TD_BOOT_GROUP_CUMULATIVE_RECALL)};
        td_page_row(writer, cells, 5);
    }
    td_page_table_close(writer);
}

/* Said because a share of revenue invites more trust than the prices behind it deserve. */
static void put_money_note(td_writer *writer, const td_run_money *money) {
    char line[480];
    char text[3][40];
    snprintf(line, sizeof line,
             "Revenue: prices of the items bought, as of the purchase, each row of the log once; "
             "%s for all test sessions. Of %s such purchases %s have no known price and count "
             "as 0. Few sessions carry most of the money: its intervals hold in about 90 of 100 "
             "cases, not in 95.",
             td_text_count(text[0], (uint64_t)(money->total / 1000)),
             td_text_count(text[1], money->n_purchases), td_text_count(text[2], money->n_unpriced));
    td_page_paragraph(writer, line);
}

static void put_top_k(td_writer *writer, const td_run *run) {
    static const char *const heads[] = {"model",         "top",    "sessions", "purchases found",
                                        "precision",     "recall", "lift",     "revenue found",
                                        "of all revenue"};
    td_page_section(writer, "top-k", "What the best-scored sessions hold (test)");
    td_page_table_open(writer, heads, run->money != NULL ? 9 : 7);
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        for (uint32_t i = 0; i < run->evaluation[m][TD_TEST].n_cuts; i++)
            put_cut(writer, run, (td_run_model)m, i);
    }
    td_page_table_close(writer);
    td_page_paragraph(writer, "Rows of equal score at a cut are credited by their mean, so a count "
                              "of purchases need not be whole. Lift is precision over base rate.");
    if (run->money != NULL) put_money_note(writer, run->money);
    put_gains(writer, run);
}

/* One kind of trees: how many, and their shape. */
static void put_trees(td_writer *writer, const td_run *run, td_run_model m) {
    char line[320];
    td_train_params params = td_run_params_of(&run->params, m);
    const td_model *trees = run->trees[m];
    snprintf(
        line, sizeof line,
        "%s (%s): %d rounds trained, %d used, %u features, %s, at most %d leaves a tree, "
        "rate %g.",
        m == TD_RUN_PRIMARY ? "Gradient-boosted trees" : "Alternative trees", td_run_model_name(m),
        run->training[m].n_iterations, td_model_best_iteration(trees), td_model_n_features(trees),
        params.grow_policy == TD_GROW_DEPTHWISE ? "grown level by level" : "grown leaf by leaf",
        params.num_leaves, params.learning_rate);
    td_page_paragraph(writer, line);
}

/* Importances say what the trees look at, not what makes people buy. */
static void put_model(td_writer *writer, const td_run *run) {
    td_page_section(writer, "model", "What the model looks at");
    for (int m = 0; m < TD_N_RUN_TREES; m++) put_trees(writer, run, (td_run_model)m);
    put_figure(writer, run, "importances");
    if (run->scored.set.n_removed == 0) return;
    td_page_paragraph(writer, "Features left out because the shop has no file for them:");
    td_writer_text(writer, "<ul>\n");
    for (uint32_t i = 0; i < run->scored.set.n_removed; i++) {
        td_writer_text(writer, "<li><code>");
        td_xml_text(writer, td_feature_at(run->scored.set.removed[i])->name);
        td_writer_text(writer, "</code></li>\n");
    }
    td_writer_text(writer, "</ul>\n");
}

/* The order of reading. Some sections are written beside the stages that made their numbers:
 * comparison (run_assess.c), calibration (run_calibrate.c), experiment (run_plan.c), effects
 * (run_uplift.c). */
static void put_page(td_writer *writer, const td_run *run) {
    td_page_open(writer, "tundish report");
    td_writer_printf(writer, "<p><code>run %s</code></p>\n", run->run_id);
    put_summary(writer, run);
    put_input(writer, run);
    put_funnel(writer, run);
    put_task(writer, run);
    put_metrics(writer, run);
    td_writer_text(writer, "<div class=\"figures\">\n");
    put_figure(writer, run, "roc");
    put_figure(writer, run, "precision_recall");
    put_figure(writer, run, "gains");
    put_figure(writer, run, "calibration");
    put_figure(writer, run, "scores_with_purchase");
    put_figure(writer, run, "scores_without_purchase");
    td_writer_text(writer, "</div>\n");
    td_run_put_calibration(writer, run);
    put_top_k(writer, run);
    put_model(writer, run);
    td_run_plan_page(writer, run);
    td_run_uplift_page(writer, run);
}

td_status td_run_report(td_run *run, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "report.html", err));
    put_page(writer, run);
    td_status status = td_run_leaks_page(writer, run, err);
    if (status != TD_OK) {
        td_writer_abort(writer);
        return status;
    }
    td_page_close(writer);
    TD_TRY(td_writer_commit(writer, err));
    td_run_stage_done(run, "report");
    return TD_OK;
}
