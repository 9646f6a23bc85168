/* cli/funnel_steps_report.c: how paths look, as text and as JSON.
 *
 *     step              visitors  of the first  95 %               of the one before  95 %
 *     1 view               4,983     100.000 %
 *     2 addtocart            180       3.612 %  3.129 - 4.166 %              3.612 %  ...
 *
 *     "paths": {unit, window_ms, modes, level, units,
 *               steps   [{step, kind, reached, of_first {numerator, denominator, value, low, high},
 *                         of_previous {...}}],
 *               waiting [{from, to, units, converted, converters {p10, p50, p90}, median,
 *                         share_after [{ms, at_risk, share, std_error, low, high}]}],
 *               by      [{grouping, touch, groups [{label, units, reached [...],
 *                         conversion {...}}]}]}
 *
 * Shares of units have Wilson's interval, shares by a time Kaplan and Meier's. Nothing is computed
 * here but shares and the choice of moments. */
#include <stdio.h>
#include <string.h>

#include "cli/funnel_steps.h"
#include "core/kpi.h"
#include "stats/calibrate.h"

/* Moments at which the share of converted is told; those behind the window or the log are not. */
static const int64_t MOMENT_MS[] = {10000,     60000,     300000,     900000,
                                    1800000,   3600000,   21600000,   86400000,
                                    259200000, 604800000, 1209600000, 2419200000};
enum { N_MOMENTS = sizeof MOMENT_MS / sizeof *MOMENT_MS };

/* A moment behind the longest watch or the window would repeat the last known value. */
static int is_shown(const td_paths *p, const td_path_wait *wait, int moment) {
    return MOMENT_MS[moment] <= wait->survival.longest && MOMENT_MS[moment] <= p->steps.window_ms;
}

/* Order statistic ceil(p n) of the times of those who converted, -1 for none. */
static int64_t converter_quantile(const td_survival *s, int percent) {
    uint64_t rank = (s->n_events * (uint64_t)percent + 99) / 100;
    uint64_t n = 0;
    for (uint64_t i = 0; i < s->n_steps; i++) {
        n += s->step[i].events;
        if (n >= rank) return s->step[i].time;
    }
    return -1;
}

static const int PERCENTS[] = {10, 50, 90};
enum { N_PERCENTS = sizeof PERCENTS / sizeof *PERCENTS };

/* Of an empty log there is no group at all. */
static const td_step_group *total_of(const td_paths *p) {
    static const td_step_group nobody = {0};
    return p->total.n > 0 ? &p->total.group[0] : &nobody;
}

/* Days as dates, weekdays as words, ids as numbers. */
static const char *label_text(char out[32], td_steps_by by, int64_t label) {
    switch (by) {
    case TD_STEPS_BY_HOUR:
        td_kpi_label_text(out, TD_BY_HOUR, label);
        return out;
    case TD_STEPS_BY_WEEKDAY:
        td_kpi_label_text(out, TD_BY_WEEKDAY, label);
        return out;
    case TD_STEPS_BY_DAY:
        td_kpi_label_text(out, TD_BY_DAY, label);
        return out;
    case TD_STEPS_BY_KIND:
        return td_event_kind_name((td_event_kind)label);
    case TD_STEPS_BY_CATEGORY:
        snprintf(out, 32, label < 0 ? "unknown" : "%lld", (long long)label);
        return out;
    default:
        return "all";
    }
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_metric(td_json *json, const char *key, td_metric metric) {
    if (td_metric_is_defined(metric)) {
        td_json_f64(json, key, metric.value);
    } else {
        td_json_null(json, key);
    }
}

static void json_interval(td_json *json, td_interval interval) {
    int is_defined = td_interval_is_defined(interval);
    td_metric low = {interval.low, interval.undefined_reason};
    td_metric high = {interval.high, interval.undefined_reason};
    json_metric(json, "low", low);
    json_metric(json, "high", high);
    if (!is_defined) td_json_text(json, "interval_reason", interval.undefined_reason);
}

/* Integers beside the share, so that it can be checked and added up. */
static void json_share(td_json *json, const char *key, uint64_t n, uint64_t of, double level) {
    td_json_object(json, key);
    td_json_u64(json, "numerator", n);
    td_json_u64(json, "denominator", of);
    if (of > 0) {
        td_json_f64(json, "value", (double)n / (double)of);
    } else {
        td_json_null(json, "value");
    }
    json_interval(json, td_wilson_interval(n, of, level));
    td_json_end(json);
}

/* Milliseconds; null for never. */
static void json_time(td_json *json, const char *key, int64_t ms) {
    if (ms >= 0) {
        td_json_i64(json, key, ms);
    } else {
        td_json_null(json, key);
    }
}

/* Quantiles of those who converted, the median of all who waited, and the curve. The median of all
 * is null where less than half convert, which is the rule in a shop. */
static void json_wait(td_json *json, const td_paths *p, const td_path_wait *wait) {
    const td_survival *s = &wait->survival;
    td_json_object(json, NULL);
    td_json_u64(json, "from", wait->from);
    td_json_u64(json, "to", wait->to);
    td_json_u64(json, "units", s->n);
    td_json_u64(json, "converted", s->n_events);
    td_json_object(json, "converters");
    for (int i = 0; i < N_PERCENTS; i++) {
        char key[8];
        snprintf(key, sizeof key, "p%d", PERCENTS[i]);
        json_time(json, key, converter_quantile(s, PERCENTS[i]));
    }
    td_json_end(json);
    json_time(json, "median", td_survival_quantile(s, 0.5));
    td_json_array(json, "share_after");
    for (int i = 0; i < N_MOMENTS; i++) {
        if (!is_shown(p, wait, i)) continue;
        td_survival_value value = td_survival_at(s, MOMENT_MS[i], p->level);
        td_json_object(json, NULL);
        td_json_i64(json, "ms", MOMENT_MS[i]);
        td_json_u64(json, "at_risk", value.at_risk);
        json_metric(json, "share", value.share);
        json_metric(json, "std_error", value.std_error);
        json_interval(json, value.interval);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

/* Each step against the first and against the one before. */
static void json_steps(td_json *json, const td_paths *p) {
    const td_step_group *total = total_of(p);
    td_json_array(json, "steps");
    for (uint32_t i = 0; i < p->steps.n; i++) {
        td_json_object(json, NULL);
        td_json_u64(json, "step", i + 1);
        td_json_text(json, "kind", td_event_kind_name((td_event_kind)p->steps.kind[i]));
        td_json_u64(json, "reached", total->reached[i]);
        json_share(json, "of_first", total->reached[i], total->reached[0], p->level);
        if (i > 0) {
            json_share(json, "of_previous", total->reached[i], total->reached[i - 1], p->level);
        }
        td_json_end(json);
    }
    td_json_end(json);
}

/* Groups in the order of their labels. */
static void json_breakdown(td_json *json, const td_paths *p, uint32_t b) {
    td_json_object(json, NULL);
    td_json_text(json, "grouping", td_steps_by_name(p->by[b]));
    td_json_text(json, "touch", td_step_touch_name(p->touch));
    td_json_array(json, "groups");
    for (uint64_t g = 0; g < p->breakdown[b].n; g++) {
        const td_step_group *group = &p->breakdown[b].group[g];
        char label[32];
        td_json_object(json, NULL);
        td_json_text(json, "label", label_text(label, p->by[b], group->label));
        td_json_u64(json, "units", group->n_units);
        td_json_array(json, "reached");
        for (uint32_t i = 0; i < p->steps.n; i++) td_json_u64(json, NULL, group->reached[i]);
        td_json_end(json);
        json_share(json, "conversion", group->reached[p->steps.n - 1], group->reached[0], p->level);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

void td_paths_json(td_json *json, const td_paths *p) {
    td_json_object(json, "paths");
    td_json_text(json, "unit", p->steps.unit == TD_UNIT_SESSION ? "session" : "visitor");
    json_time(json, "window_ms", p->steps.window_ms == TD_NO_WINDOW ? -1 : p->steps.window_ms);
    td_json_array(json, "modes");
    for (int bit = 0; bit < TD_N_STEP_MODES; bit++) {
        if (p->steps.modes >> bit & 1) td_json_text(json, NULL, td_step_mode_name(bit));
    }
    td_json_end(json);
    td_json_f64(json, "level", p->level);
    td_json_u64(json, "units", p->table.n);
    json_steps(json, p);
    td_json_array(json, "waiting");
    for (uint32_t i = 0; i < p->n_waits; i++) json_wait(json, p, &p->wait[i]);
    td_json_end(json);
    td_json_array(json, "by");
    for (uint32_t b = 0; b < p->n_by; b++) json_breakdown(json, p, b);
    td_json_end(json);
    td_json_end(json);
}

/* --- text ------------------------------------------------------------------------------------- */

/* A share in percent and its interval, two cells. */
static void add_share(td_grid *grid, uint64_t n, uint64_t of, double level) {
    td_interval interval = td_wilson_interval(n, of, level);
    if (of == 0) {
        td_grid_cell(grid, "-");
        td_grid_cell(grid, "-");
        return;
    }
    td_grid_cell(grid, "%.3f %%", 100 * (double)n / (double)of);
    td_grid_cell(grid, "%.3f - %.3f %%", 100 * interval.low, 100 * interval.high);
}

/* What was asked, in one line: numbers below mean nothing without it. */
static void print_heading(const td_paths *p) {
    char text[32];
    printf("paths of %ss, ", p->steps.unit == TD_UNIT_SESSION ? "session" : "visitor");
    if (p->steps.window_ms == TD_NO_WINDOW) {
        fputs("no window", stdout);
    } else {
        printf("within %s", td_text_duration(text, p->steps.window_ms));
    }
    for (int bit = 0; bit < TD_N_STEP_MODES; bit++) {
        if (p->steps.modes >> bit & 1) printf(", %s", td_step_mode_name(bit));
    }
    puts("\n");
}

/* The funnel itself. */
static void print_steps(const td_paths *p) {
    const td_step_group *total = total_of(p);
    td_grid grid;
    td_grid_open(&grid, "lrrrrr");
    td_grid_cell(&grid, "step");
    td_grid_cell(&grid, p->steps.unit == TD_UNIT_SESSION ? "sessions" : "visitors");
    td_grid_cell(&grid, "of the first");
    td_grid_cell(&grid, "%g %%", 100 * p->level);
    td_grid_cell(&grid, "of the one before");
    td_grid_cell(&grid, "%g %%", 100 * p->level);
    for (uint32_t i = 0; i < p->steps.n; i++) {
        td_grid_cell(&grid, "%u %s", i + 1, td_event_kind_name((td_event_kind)p->steps.kind[i]));
        td_grid_count(&grid, total->reached[i]);
        if (i == 0) {
            for (int cell = 0; cell < 4; cell++) td_grid_cell(&grid, "%s", "");
            continue;
        }
        add_share(&grid, total->reached[i], total->reached[0], p->level);
        add_share(&grid, total->reached[i], total->reached[i - 1], p->level);
    }
    td_grid_print(&grid, 0);
}

/* Times of those who converted: fast, because those who have not yet are not among them. */
static void print_waits(const td_paths *p) {
    char text[32];
    td_grid grid;
    td_grid_open(&grid, "lrrrrr");
    td_grid_cell(&grid, "waiting");
    td_grid_cell(&grid, "from");
    td_grid_cell(&grid, "converted");
    for (int i = 0; i < N_PERCENTS; i++) td_grid_cell(&grid, "%d %%", PERCENTS[i]);
    for (uint32_t i = 0; i < p->n_waits; i++) {
        const td_path_wait *wait = &p->wait[i];
        td_grid_cell(&grid, "step %u to %u", wait->from, wait->to);
        td_grid_count(&grid, wait->survival.n);
        td_grid_count(&grid, wait->survival.n_events);
        for (int j = 0; j < N_PERCENTS; j++) {
            int64_t ms = converter_quantile(&wait->survival, PERCENTS[j]);
            td_grid_cell(&grid, "%s", ms >= 0 ? td_text_duration(text, ms) : "-");
        }
    }
    td_grid_print(&grid, 0);
}

/* The share of all who waited that has converted by a moment. */
static void print_curve(const td_paths *p, const td_path_wait *wait) {
    char text[32];
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    td_grid_cell(&grid, "step %u to %u by", wait->from, wait->to);
    td_grid_cell(&grid, "at risk");
    td_grid_cell(&grid, "share");
    td_grid_cell(&grid, "%g %%", 100 * p->level);
    for (int i = 0; i < N_MOMENTS; i++) {
        if (!is_shown(p, wait, i)) continue;
        td_survival_value value = td_survival_at(&wait->survival, MOMENT_MS[i], p->level);
        td_grid_cell(&grid, "%s", td_text_duration(text, MOMENT_MS[i]));
        td_grid_count(&grid, value.at_risk);
        td_grid_cell(&grid, "%.3f %%", 100 * value.share.value);
        if (td_interval_is_defined(value.interval)) {
            td_grid_cell(&grid, "%.3f - %.3f %%", 100 * value.interval.low,
                         100 * value.interval.high);
        } else {
            td_grid_cell(&grid, "-");
        }
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* First and last step of each group; steps between are in JSON. */
static void print_breakdown(const td_paths *p, uint32_t b) {
    td_grid grid;
    td_grid_open(&grid, p->steps.n > 1 ? "lrrrrr" : "lrr");
    td_grid_cell(&grid, "%s of %s", td_steps_by_name(p->by[b]), td_step_touch_name(p->touch));
    td_grid_cell(&grid, "units");
    td_grid_cell(&grid, "step 1");
    if (p->steps.n > 1) {
        td_grid_cell(&grid, "step %u", p->steps.n);
        td_grid_cell(&grid, "share");
        td_grid_cell(&grid, "%g %%", 100 * p->level);
    }
    for (uint64_t g = 0; g < p->breakdown[b].n; g++) {
        const td_step_group *group = &p->breakdown[b].group[g];
        char label[32];
        td_grid_cell(&grid, "%s", label_text(label, p->by[b], group->label));
        td_grid_count(&grid, group->n_units);
        td_grid_count(&grid, group->reached[0]);
        if (p->steps.n == 1) continue;
        td_grid_count(&grid, group->reached[p->steps.n - 1]);
        add_share(&grid, group->reached[p->steps.n - 1], group->reached[0], p->level);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* Waiting times need two steps. */
void td_paths_print(const td_paths *p) {
    print_heading(p);
    print_steps(p);
    if (p->n_waits > 0) {
        putchar('\n');
        print_waits(p);
    }
    for (uint32_t i = 0; i < p->n_waits; i++) {
        if (p->wait[i].survival.n_events > 0) print_curve(p, &p->wait[i]);
    }
    for (uint32_t b = 0; b < p->n_by; b++) print_breakdown(p, b);
}
