/* cli/monitor_days.c: control charts of daily key figures.
 *
 *   1. Limits are learned from the run's whole days: all but its first and its last, which the log
 *      cuts off.
 *   2. Judged are the days after the run's last one, but for the last day of the log, which is not
 *      over.
 *   3. With c figures on d days a limit of three standard deviations would ring once in a few
 *      readings by chance alone. The limit is the z that keeps the chance of any false bell in one
 *      reading at 1 %, Phi(-z) = 0.01 / (2 c d), and at least 3. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/monitor.h"
#include "core/base/mem.h"
#include "core/base/numeric.h"

typedef struct figure {
    td_kpi_id id;
    int is_ratio;
} figure;

static const figure figures[] = {{TD_KPI_SESSIONS, 0},         {TD_KPI_EVENTS_VIEW, 0},
                                 {TD_KPI_EVENTS_ADDTOCART, 0}, {TD_KPI_EVENTS_TRANSACTION, 0},
                                 {TD_KPI_ORDERS, 0},           {TD_KPI_BOUNCE_RATE, 1},
                                 {TD_KPI_CART_RATE, 1},        {TD_KPI_VIEW_TO_CART, 1},
                                 {TD_KPI_CART_TO_PURCHASE, 1}, {TD_KPI_SESSION_CONVERSION, 1}};

enum { N_FIGURES = sizeof figures / sizeof *figures };

#define FALSE_BELLS 0.01

/* A column of the run's table, e.g. "sessions_numerator". */
static td_status find_past(const double **out, const td_data *days, td_kpi_id id, const char *part,
                           td_error *err) {
    char name[96];
    uint32_t c = 0;
    snprintf(name, sizeof name, "%s_%s", td_kpi_name(id), part);
    TD_TRY(td_data_find(&c, days, name, err));
    TD_CHECK(days->table.column[c].kind == TD_COLUMN_NUMBER, err, TD_ERR_FORMAT,
             "column %s of kpis_by_day.csv is not a number", name);
    *out = days->table.column[c].number;
    return TD_OK;
}

/* Step 1: rows 1 .. n - 2 of the run's table. */
static td_status learn(td_control *out, const td_data *days, figure f, td_error *err) {
    const double *numerator = NULL, *denominator = NULL;
    uint64_t n = days->table.n_rows;
    uint32_t whole = n > 2 ? (uint32_t)(n - 2) : 0;
    TD_TRY(find_past(&numerator, days, f.id, "numerator", err));
    TD_TRY(find_past(&denominator, days, f.id, "denominator", err));
    *out = f.is_ratio ? td_control_of_ratios(numerator + 1, denominator + 1, whole)
                      : td_control_of_counts(numerator + 1, whole);
    return TD_OK;
}

/* The run's last day; "" for a run without one. */
static td_status last_day(char out[16], const td_data *days, td_error *err) {
    uint32_t c = 0;
    TD_TRY(td_data_find(&c, days, "day", err));
    const td_column *column = &days->table.column[c];
    out[0] = '\0';
    if (column->kind != TD_COLUMN_CATEGORY || days->table.n_rows == 0) return TD_OK;
    uint32_t code = column->code[days->table.n_rows - 1];
    uint64_t begin = column->dict.begin[code], length = column->dict.begin[code + 1] - begin;
    snprintf(out, 16, "%.*s", (int)(length < 15 ? length : 15), column->dict.bytes + begin);
    return TD_OK;
}

static td_monitor_day judge(const td_control *control, figure f, const td_kpi_row *row,
                            const char *day, double limit) {
    td_ratio kpi = row->kpi[f.id];
    double numerator = (double)kpi.numerator,
           denominator = f.is_ratio ? (double)kpi.denominator : 1;
    td_monitor_day out = {.name = td_kpi_name(f.id),
                          .value = f.is_ratio ? td_ratio_value(kpi) : numerator,
                          .limits = td_control_limits(control, denominator, limit),
                          .z = td_control_z(control, numerator, denominator)};
    snprintf(out.day, sizeof out.day, "%s", day);
    out.is_alert = td_metric_is_defined(out.z) && fabs(out.z.value) > limit;
    return out;
}

static td_status judge_days(td_monitor_reading *out, const td_monitor_baseline *baseline,
                            const td_kpi_breakdown *by, td_error *err) {
    char last[16], day[16];
    TD_TRY(last_day(last, &baseline->days, err));
    uint32_t first = 0, end = by->n > 0 ? by->n - 1 : 0;
    for (; first < end; first++) {
        td_kpi_label_text(day, TD_BY_DAY, by->label[first]);
        if (strcmp(day, last) > 0) break; /* ISO dates order as texts do */
    }
    uint32_t n = first < end ? end - first : 0;
    if (n == 0) return TD_OK;
    out->day_z = fmax(3.0, td_normal_quantile(1.0 - FALSE_BELLS / (2.0 * N_FIGURES * n)));
    TD_NEW(out->day, (uint64_t)n * N_FIGURES, err);
    for (int f = 0; f < N_FIGURES; f++) {
        td_control control;
        TD_TRY(learn(&control, &baseline->days, figures[f], err));
        for (uint32_t i = first; i < end; i++) {
            td_kpi_label_text(day, TD_BY_DAY, by->label[i]);
            out->day[out->n_days] = judge(&control, figures[f], &by->row[i], day, out->day_z);
            out->n_alerts += (uint32_t)out->day[out->n_days++].is_alert;
        }
    }
    return TD_OK;
}

td_status td_monitor_days(td_monitor_reading *out, const td_monitor_baseline *baseline,
                          const td_shop *shop, const td_exec *exec, td_error *err) {
    td_kpi_input input = {
        .events = &shop->log.events, .sessions = &shop->sessions, .funnel = &shop->funnel};
    td_kpis kpis = {0};
    TD_TRY(td_kpis_build(&kpis, &input, exec, err));
    td_status status = judge_days(out, baseline, &kpis.by[TD_BY_DAY], err);
    td_kpis_free(&kpis);
    return status;
}
