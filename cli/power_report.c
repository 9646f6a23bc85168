/* cli/power_report.c: how a plan is shown.
 *
 *     conversion 10 % in control, 12 % in treatment: +2 points, +20 % relative
 *     method      control  treatment    total  days
 *     pooled        3,841      3,841    7,682   1.6
 *     ...
 *     In words: ...
 *
 * Sizes in text are rounded up, after the design effect; JSON has the unrounded n beside them. The
 * sentence below the table says what alpha and power mean for this plan. Nothing is computed here
 * but rounding, the design effect and days. */
#include "cli/power.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/report_evaluation.h"

double td_power_planned(const td_power_report *r, double n1) {
    return ceil(n1 * r->traffic.cluster.design_effect);
}

/* The treatment arm; one-sample plans have none. Rounded on its own, so that n2 >= r n1. */
double td_power_planned_other(const td_power_report *r, double n1) {
    return r->has_ratio ? ceil(n1 * r->traffic.cluster.design_effect * r->ratio) : 0;
}

static double total(const td_power_report *r, double n1) {
    return td_power_planned(r, n1) + td_power_planned_other(r, n1);
}

/* The log's own curve of distinct visitors where there is one. */
double td_power_days(const td_power_report *r, double n1) {
    const td_power_traffic *traffic = &r->traffic;
    if (traffic->distinct != NULL)
        return td_traffic_days(traffic->distinct, traffic->n_days, total(r, n1));
    return traffic->per_day > 0 ? total(r, n1) / traffic->per_day : __builtin_nan("");
}

/* Conversions and ratios are shown in percent, means as they are. */
static int is_share(const td_power_report *r) { return strcmp(r->kind, "means") != 0; }

/* --- JSON ------------------------------------------------------------------------------------- */

/* `n` as the formula gives it, `n_planned` what to enrol, `days` where traffic is known. */
static void json_planned(td_json *json, const td_power_report *r) {
    td_json_object(json, "n");
    for (uint32_t i = 0; i < r->n_rows; i++) td_json_metric(json, r->row[i].method, r->row[i].n);
    td_json_end(json);
    td_json_object(json, "n_planned");
    for (uint32_t i = 0; i < r->n_rows; i++) {
        double n1 = r->row[i].n.value;
        if (!td_metric_is_defined(r->row[i].n)) continue;
        td_json_object(json, r->row[i].method);
        td_json_f64(json, "control", td_power_planned(r, n1));
        td_json_f64(json, "treatment", td_power_planned_other(r, n1));
        td_json_f64(json, "total", total(r, n1));
        td_json_end(json);
    }
    td_json_end(json);
    if (r->traffic.per_day <= 0) return;
    td_json_object(json, "days");
    for (uint32_t i = 0; i < r->n_rows; i++) {
        if (td_metric_is_defined(r->row[i].n))
            td_json_f64(json, r->row[i].method, td_power_days(r, r->row[i].n.value));
    }
    td_json_end(json);
}

/* The smallest visible values of the treatment, not differences from control. */
static void json_effects(td_json *json, const td_power_report *r) {
    td_json_object(json, "effect");
    for (uint32_t i = 0; i < r->n_rows; i++) {
        td_json_object(json, r->row[i].method);
        td_json_metric(json, "up", r->row[i].up);
        td_json_metric(json, "down", r->row[i].down);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Sizes of the curve include the design effect, as n_planned does; powers do not depend on it. */
static void json_curve(td_json *json, const td_power_report *r) {
    if (r->curve_n[0] == 0) return;
    td_json_array(json, "curve");
    for (int p = 0; p < TD_POWER_CURVE; p++) {
        td_json_object(json, NULL);
        td_json_f64(json, "n", td_power_planned(r, r->curve_n[p]));
        if (r->traffic.per_day > 0) td_json_f64(json, "days", td_power_days(r, r->curve_n[p]));
        td_json_object(json, "power");
        for (uint32_t i = 0; i < r->n_rows; i++)
            td_json_metric(json, r->row[i].method, r->curve[p][i]);
        td_json_end(json);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Distinct visitors after 1, 7, 14 and 28 days. */
static void json_distinct(td_json *json, const td_power_traffic *traffic) {
    static const uint32_t after[] = {1, 7, 14, 28};
    char name[16];
    if (traffic->distinct == NULL) return;
    td_json_object(json, "distinct_visitors");
    for (int i = 0; i < 4; i++) {
        if (after[i] > traffic->n_days) break;
        snprintf(name, sizeof name, "day_%u", after[i]);
        td_json_f64(json, name, traffic->distinct[after[i] - 1]);
    }
    td_json_end(json);
}

/* What was given comes first, so that a file explains itself without the command line. */
void td_power_fill_json(td_json *json, const void *report) {
    static const char *const solved[] = {"n", "power", "effect"};
    const td_power_report *r = report;
    td_json_text(json, "kind", r->kind);
    td_json_text(json, "solve", solved[r->solve]);
    td_json_f64(json, "alpha", r->alpha);
    td_json_text(json, "alternative", r->options->alternative);
    if (r->has_ratio) td_json_f64(json, "ratio", r->ratio);
    if (r->margin > 0) td_json_f64(json, "margin", r->margin);
    td_json_f64(json, "baseline", r->baseline);
    td_json_f64(json, "target", r->target);
    if (r->solve != TD_SOLVE_POWER) td_json_f64(json, "power", r->power);
    td_json_f64(json, "design_effect", r->traffic.cluster.design_effect);
    if (r->traffic.cluster.weighted_size > 0) {
        td_json_f64(json, "icc", r->traffic.cluster.icc);
        td_json_f64(json, "cluster_size", r->traffic.cluster.weighted_size);
    }
    if (r->traffic.per_day > 0) td_json_f64(json, "per_day", r->traffic.per_day);
    json_distinct(json, &r->traffic);
    td_power_json_looks(json, r);
    if (r->solve == TD_SOLVE_N) json_planned(json, r);
    if (r->solve == TD_SOLVE_EFFECT) json_effects(json, r);
    if (r->solve == TD_SOLVE_POWER) {
        td_json_f64(json, "n_given", r->n);
        td_json_object(json, "power_at_n");
        for (uint32_t i = 0; i < r->n_rows; i++)
            td_json_metric(json, r->row[i].method, r->row[i].power);
        td_json_end(json);
    }
    td_power_json_exact(json, r);
    json_curve(json, r);
}

/* --- text ------------------------------------------------------------------------------------- */

/* "0.84 %" for shares, a plain number for means. */
static const char *value_text(char out[32], const td_power_report *r, double value) {
    if (is_share(r)) {
        snprintf(out, 32, "%.4g %%", 100.0 * value);
    } else {
        snprintf(out, 32, "%.6g", value);
    }
    return out;
}

/* The assumptions, before any number that rests on them. */
static void print_head(const td_power_report *r) {
    char a[32], b[32];
    printf("%s: %s %s", r->kind, r->has_ratio ? "control" : "known", value_text(a, r, r->baseline));
    if (r->target == r->target) {
        printf(", %s %s", r->has_ratio ? "treatment" : "sample", value_text(b, r, r->target));
        if (r->baseline != 0) printf(" (%+.4g %%)", 100.0 * (r->target / r->baseline - 1.0));
    }
    printf("; alpha %.4g %s\n", r->alpha, r->is_one_sided ? "one-sided" : "two-sided");
    if (r->margin > 0)
        printf("non-inferiority: to be shown is that treatment loses less than %.4g points\n",
               100.0 * r->margin);
    const td_cluster_effect *cluster = &r->traffic.cluster;
    if (cluster->weighted_size > 0 && cluster->icc <= 0)
        printf("sessions of one visitor do not resemble each other (ICC %.4g): none are added\n",
               cluster->icc);
    if (cluster->weighted_size > 0 && cluster->icc > 0)
        printf("units of one cluster resemble each other: ICC %.4g, %.3g units in the cluster of a "
               "random unit,\nso %.3f times as many units are needed (included below)\n",
               cluster->icc, cluster->weighted_size, cluster->design_effect);
    putchar('\n');
}

/* Sizes are whole by now and below 2^53. */
static void add_count(td_grid *grid, double n) { td_grid_count(grid, (uint64_t)n); }

/* One decimal: traffic is not known better than that. */
static void add_days(td_grid *grid, const td_power_report *r, double n1) {
    if (r->traffic.per_day > 0) {
        td_grid_cell(grid, "%.1f", td_power_days(r, n1));
    } else {
        td_grid_cell(grid, "-");
    }
}

/* Windows as long as the plan were not in the log: what is said of them is a straight line. */
static void print_beyond_log(const td_power_report *r) {
    double most = 0;
    if (r->traffic.distinct == NULL) return;
    for (uint32_t i = 0; i < r->n_rows; i++) {
        td_metric n = r->row[i].n;
        if (td_metric_is_defined(n) && n.value < 1e15) most = fmax(most, td_power_days(r, n.value));
    }
    if (most > r->traffic.n_days)
        printf("\nThe log has %u days; beyond them its last days' pace of new visitors goes on.\n",
               r->traffic.n_days);
}

/* Beyond 10^15 units neither counts nor days mean anything. */
static const char out_of_reach[] = "more than 10^15 units: no experiment finds so small an effect";

/* A row that has no value shows the reason in its last column. */
static void print_sizes(const td_power_report *r) {
    td_grid grid;
    td_grid_open(&grid, "lrrrrl");
    const char *const heads[] = {"method", "control", "treatment", "total", "days", ""};
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < r->n_rows; i++) {
        const td_power_row *row = &r->row[i];
        td_grid_cell(&grid, "%s", row->method);
        if (td_metric_is_defined(row->n) && row->n.value < 1e15) {
            add_count(&grid, td_power_planned(r, row->n.value));
            add_count(&grid, td_power_planned_other(r, row->n.value));
            add_count(&grid, total(r, row->n.value));
            add_days(&grid, r, row->n.value);
            td_grid_cell(&grid, "%s", "");
        } else {
            for (int c = 0; c < 4; c++) td_grid_cell(&grid, "-");
            td_grid_cell(&grid, "%s",
                         td_metric_is_defined(row->n) ? out_of_reach : row->n.undefined_reason);
        }
    }
    td_grid_print(&grid, 0);
    print_beyond_log(r);
    printf("\nIn words: if the treatment truly does what the first line says, %.3g of 100 such\n"
           "experiments %s; if it %s, %.3g of 100 raise a false alarm.\n",
           100.0 * r->power, r->margin > 0 ? "show it" : "find it",
           r->margin > 0 ? "loses the whole margin" : "does nothing", 100.0 * r->alpha);
}

/* Power at the given n. */
static void print_powers(const td_power_report *r) {
    td_grid grid;
    td_grid_open(&grid, "lrl");
    td_grid_cell(&grid, "method");
    td_grid_cell(&grid, "power");
    td_grid_cell(&grid, "%s", "");
    for (uint32_t i = 0; i < r->n_rows; i++) {
        const td_metric *power = &r->row[i].power;
        td_grid_cell(&grid, "%s", r->row[i].method);
        td_grid_cell(&grid, td_metric_is_defined(*power) ? "%.4f" : "-", power->value);
        td_grid_cell(&grid, "%s", td_metric_is_defined(*power) ? "" : power->undefined_reason);
    }
    td_grid_print(&grid, 0);
    printf("\nIn words: power is the share of such experiments, %.10g units in control, that find\n"
           "the effect. Below 0.8 a negative result says little.\n",
           r->n);
}

/* Value and change relative to control; a baseline of 0 has no relative change. */
static void add_effect(td_grid *grid, const td_power_report *r, td_metric value) {
    char text[32];
    if (!td_metric_is_defined(value)) {
        td_grid_cell(grid, "-");
    } else if (r->baseline != 0) {
        td_grid_cell(grid, "%s (%+.2f %%)", value_text(text, r, value.value),
                     100.0 * (value.value / r->baseline - 1.0));
    } else {
        td_grid_cell(grid, "%s", value_text(text, r, value.value));
    }
}

/* Both directions; a one-sided plan shows one. */
static void print_effects(const td_power_report *r) {
    td_grid grid;
    td_grid_open(&grid, "lrrl");
    const char *const heads[] = {"method", "up to", "down to", ""};
    for (int i = 0; i < 4; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < r->n_rows; i++) {
        const td_power_row *row = &r->row[i];
        int is_known = td_metric_is_defined(row->up) || td_metric_is_defined(row->down);
        td_grid_cell(&grid, "%s", row->method);
        add_effect(&grid, r, row->up);
        add_effect(&grid, r, row->down);
        td_grid_cell(&grid, "%s", is_known ? "" : row->up.undefined_reason);
    }
    td_grid_print(&grid, 0);
    printf(
        "\nIn words: with %.10g units in control, a treatment at one of these values is found in\n"
        "%.3g of 100 experiments; smaller effects are mostly missed.\n",
        r->n, 100.0 * r->power);
}

/* The curve of the first method; JSON has all. */
static void print_curve(const td_power_report *r) {
    td_grid grid;
    td_grid_open(&grid, "rrr");
    td_grid_cell(&grid, "control");
    td_grid_cell(&grid, "days");
    td_grid_cell(&grid, "power (%s)", r->row[0].method);
    for (int p = 0; p < TD_POWER_CURVE; p++) {
        td_metric power = r->curve[p][0];
        add_count(&grid, td_power_planned(r, r->curve_n[p]));
        add_days(&grid, r, r->curve_n[p]);
        td_grid_cell(&grid, td_metric_is_defined(power) ? "%.4f" : "-", power.value);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* One table for what was asked, its sentence, and the curve when it was asked for. */
void td_power_print(const td_power_report *r) {
    print_head(r);
    if (r->solve == TD_SOLVE_N) print_sizes(r);
    if (r->solve == TD_SOLVE_POWER) print_powers(r);
    if (r->solve == TD_SOLVE_EFFECT) print_effects(r);
    td_power_print_exact(r);
    td_power_print_looks(r);
    if (r->curve_n[0] > 0) print_curve(r);
}
