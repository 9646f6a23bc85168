/* cli/run_uplift_page.c: the uplift stage of a run for readers: its section of the report, and the
 * numbers of its charts in results/figures/data.json.
 *
 * Charts and data.json come from the same arrays (uplift_figures.c): Qini curves with bands, uplift
 * by tenth, profit curve of the first learner. */
#include <stdio.h>

#include "cli/report_evaluation.h"
#include "cli/run_uplift.h"
#include "cli/uplift_figures.h"
#include "io/report_html.h"

void td_run_uplift_json_figures(td_json *json, const td_run *run) {
    const td_run_uplift *u = run->uplift;
    if (u == NULL) return;
    td_json_object(json, "uplift");
    td_json_u64(json, "rows", u->n);
    td_json_uplift_figures(json, &u->report, &u->profit);
    td_json_end(json);
}

static const char *title_of(const td_run_uplift *u, uint32_t s, char text[48]) {
    if (s == u->n_learners) return "probability of a purchase";
    if (s == u->n_learners + 1) return "the true effect";
    snprintf(text, 48, "learner %s", u->name[s]);
    return text;
}

static void put_scores(td_writer *writer, const td_run_uplift *u) {
    static const char *const heads[] = {"sessions ranked by", "Qini",           "interval",
                                        "random scores",      "uplift at 10 %", "of the true gain"};
    const td_uplift_assessment *a = &u->assessment;
    td_page_table_open(writer, heads, 6);
    for (uint32_t s = 0; s < u->n_scores; s++) {
        char text[6][48];
        td_interval band = td_uplift_noise_band(a->noise[TD_QINI_SKLIFT], 0.95);
        td_metric at = td_uplift_value(a, s, TD_UPLIFT_AT + 2); /* second cut: 10 % */
        if (td_metric_is_defined(at)) snprintf(text[4], 48, "%+.4f", at.value);
        if (!td_metric_is_defined(at)) snprintf(text[4], 48, "n/a");
        const char *cells[] = {
            title_of(u, s, text[0]),
            td_text_metric(text[1], td_uplift_value(a, s, TD_QINI_SKLIFT)),
            td_text_interval(text[2], a->verdict[s].spread[TD_QINI_SKLIFT].interval),
            td_text_interval(text[3], band),
            text[4],
            td_text_metric(text[5], u->truth[s].oracle_share)};
        td_page_row(writer, cells, 6);
    }
    td_page_table_close(writer);
}

void td_run_uplift_page(td_writer *writer, const td_run *run) {
    const td_run_uplift *u = run->uplift;
    if (u == NULL) return;
    char line[512];
    td_page_section(writer, "uplift", "Whom a treatment would move");
    snprintf(line, sizeof line,
             "This shop was generated, so both outcomes of every session are known. Visitors were "
             "treated by a coin; the treatment changes the purchase rate of the test sessions by "
             "%+.3f percentage points. Learned from %llu sessions, judged on %llu by what happened "
             "(Qini as in scikit-uplift, whole visitors drawn) and by the true effects.",
             100 * (u->assessment.mean[1] - u->assessment.mean[0]), (unsigned long long)u->n_train,
             (unsigned long long)u->n);
    td_page_paragraph(writer, line);
    put_scores(writer, u);
    td_page_paragraph(writer,
                      "A Qini inside the band of random scores says nothing: with so few purchases "
                      "an experiment of this size may not tell a good ranking from chance, while "
                      "the share of the true gain, which only a simulation knows, can.");
    td_writer_text(writer, "<div class=\"figures\">\n");
    td_page_figure_open(writer);
    td_uplift_figure_qini(writer, &u->report);
    td_page_figure_close(writer, "Purchases gained by treating the best-ranked sessions.");
    td_page_figure_open(writer);
    td_uplift_figure_tenths(writer, &u->report, 0);
    td_page_figure_close(writer, "Effect in each tenth of the first learner's ranking.");
    td_page_figure_open(writer);
    td_uplift_figure_profit(writer, &u->profit);
    td_page_figure_close(writer, "Purchases gained less the cost of treating, in purchases: a "
                                 "contact costs half of what it brings on average.");
    td_writer_text(writer, "</div>\n");
}
