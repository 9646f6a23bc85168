/* cli/power_looks.c: `tundish power --looks K`: bounds of the looks and what they cost.
 *
 *   1. Looks at 1/K, 2/K, ... 1 of the units; bounds and price from stats/sequential.
 *   2. A plan with looks has power P at the size at which a plan with one look has power P0:
 *      Phi(drift - z) and the far tail, drift that of the price. So every formula for one look
 *      serves: it is asked for P0, or its answer is turned back into P.
 *   3. Chances to have stopped by each look, without an effect and with the one planned for.
 *
 * With one look nothing changes and nothing is printed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/power.h"
#include "cli/report_evaluation.h"
#include "core/base/nearest.h"
#include "core/base/numeric.h"

/* Only bounds that can be planned for: TD_BOUNDARY_NONE, the last, shows what peeking does. */
static td_status find_boundary(td_boundary *out, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (int b = 0; b < TD_BOUNDARY_NONE; b++) {
        *out = (td_boundary)b;
        if (strcmp(td_boundary_name(*out), name) == 0) return TD_OK;
        td_nearest_offer(&nearest, td_boundary_name(*out));
    }
    TD_FAIL(err, TD_ERR_ARG, "--sequential: no bounds '%s', the nearest are '%s'", name,
            nearest.name);
}

/* Five rows of n numbers in the report's arena; the last is scratch. */
static td_status open_rows(td_power_looks *s, double **scratch, td_power_report *report,
                           td_error *err) {
    double *row = td_arena_array(&report->arena, 5 * (uint64_t)s->looks.n, sizeof *row, err);
    if (row == NULL) return TD_ERR_NOMEM;
    s->information = row;
    s->bound = row + s->looks.n;
    s->null = row + 2 * s->looks.n;
    s->effect = row + 3 * s->looks.n;
    *scratch = row + 4 * s->looks.n;
    for (uint32_t k = 0; k < s->looks.n; k++) s->information[k] = (double)(k + 1) / s->looks.n;
    s->looks.information = s->information;
    return TD_OK;
}

/* Chance to have stopped by each look. */
static td_status stop_chances(double *by, double *scratch, const td_power_looks *s, double drift,
                              td_error *err) {
    TD_TRY(td_looks_crossing(by, scratch, &s->looks, s->bound, drift, err));
    double sum = 0;
    for (uint32_t k = 0; k < s->looks.n; k++) by[k] = sum += by[k] + scratch[k];
    return TD_OK;
}

/* A margin is tested from one side whatever --alternative says. With one look one_look = power. */
td_status td_power_plan_looks(td_power_report *report, td_error *err) {
    const td_power_options *o = report->options;
    td_power_looks *s = &report->several;
    double *scratch = NULL;
    s->one_look = report->power;
    s->looks = (td_looks){.alpha = report->alpha, .is_one_sided = report->is_one_sided};
    s->looks.is_one_sided |= report->margin > 0;
    s->looks.n = (uint32_t)o->looks;
    TD_TRY(find_boundary(&s->looks.boundary, o->sequential, err));
    if (s->looks.n == 1) return TD_OK;
    TD_TRY(open_rows(s, &scratch, report, err));
    TD_TRY(td_looks_bounds(s->bound, &s->looks, err));
    TD_TRY(td_looks_price(&s->cost, &s->looks, s->bound, report->power, err));
    TD_TRY(stop_chances(s->null, scratch, s, 0, err));
    TD_TRY(stop_chances(s->effect, scratch, s, s->cost.drift, err));
    s->one_look = td_power_normal(s->cost.drift, report->alpha, s->looks.is_one_sided);
    return TD_OK;
}

/* Step 2 backwards: power of one look -> its drift -> chance to have stopped by the last look. At
 * the ends there is no drift to speak of, and the power stays. */
td_status td_power_with_looks(td_metric *power, const td_power_report *report, td_error *err) {
    const td_power_looks *s = &report->several;
    if (s->looks.n == 1 || !td_metric_is_defined(*power)) return TD_OK;
    if (power->value <= report->alpha || power->value >= 1.0 - 1e-12) return TD_OK;
    double drift = td_power_normal_effect(power->value, report->alpha, s->looks.is_one_sided);
    td_arena arena = {0};
    double *row = td_arena_array(&arena, 2 * (uint64_t)s->looks.n, sizeof *row, err);
    td_status status = row == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) status = stop_chances(row, row + s->looks.n, s, drift, err);
    if (status == TD_OK) *power = td_metric_of(row[s->looks.n - 1]);
    td_arena_free(&arena);
    return status;
}

/* Two-sided, or of one side: the p-value at which a look stops. */
static double nominal_p(const td_looks *looks, double bound) {
    return (looks->is_one_sided ? 1.0 : 2.0) * td_normal_cdf(-bound);
}

void td_power_json_looks(td_json *json, const td_power_report *report) {
    const td_power_looks *s = &report->several;
    if (s->looks.n == 1) return;
    td_json_object(json, "sequential");
    td_json_text(json, "boundary", td_boundary_name(s->looks.boundary));
    td_json_f64(json, "inflation", s->cost.inflation);
    td_json_f64(json, "mean_share_without_effect", s->cost.expected_null);
    td_json_f64(json, "mean_share_with_effect", s->cost.expected_effect);
    td_json_array(json, "looks");
    for (uint32_t k = 0; k < s->looks.n; k++) {
        td_json_object(json, NULL);
        td_json_f64(json, "information", s->information[k]);
        td_json_f64(json, "bound", s->bound[k]);
        td_json_f64(json, "nominal_p", nominal_p(&s->looks, s->bound[k]));
        td_json_f64(json, "stopped_without_effect", s->null[k]);
        td_json_f64(json, "stopped_with_effect", s->effect[k]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

/* Sizes of the first method stand beside the looks when sizes were asked for. */
void td_power_print_looks(const td_power_report *report) {
    const td_power_looks *s = &report->several;
    if (s->looks.n == 1) return;
    double n1 = report->solve == TD_SOLVE_N ? report->row[0].n.value : report->n;
    if (report->solve != TD_SOLVE_N) n1 /= report->traffic.cluster.design_effect;
    printf("\n%u looks, %s (units and days: %s):\n", s->looks.n,
           td_boundary_name(s->looks.boundary), report->row[0].method);
    static const char *const heads[] = {
        "look", "control", "days", "stop if |z|>", "p below", "stopped, no effect", "with effect"};
    td_grid grid;
    td_grid_open(&grid, "rrrrrrr");
    for (int i = 0; i < 7; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t k = 0; k < s->looks.n; k++) {
        double units = n1 * s->information[k], days = td_power_days(report, units);
        td_grid_cell(&grid, "%u", k + 1);
        td_grid_count(&grid, (uint64_t)td_power_planned(report, units));
        td_grid_cell(&grid, days == days ? "%.1f" : "-", days);
        td_grid_cell(&grid, "%.3f", s->bound[k]);
        td_grid_cell(&grid, "%.2g", nominal_p(&s->looks, s->bound[k]));
        td_grid_cell(&grid, "%.2f %%", 100.0 * s->null[k]);
        td_grid_cell(&grid, "%.1f %%", 100.0 * s->effect[k]);
    }
    td_grid_print(&grid, 0);
    printf(
        "\nIn words: looking %u times asks for %.1f %% more units than one look if the experiment "
        "runs\nto its end; it ends early often enough that on average %.0f %% of these are used "
        "when the\neffect is there, %.0f %% when it is not.\n",
        s->looks.n, 100.0 * (s->cost.inflation - 1.0), 100.0 * s->cost.expected_effect,
        100.0 * s->cost.expected_null);
}
