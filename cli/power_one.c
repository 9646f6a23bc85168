/* cli/power_one.c: `tundish power proportions --one-sample`: one conversion against a known value.
 *
 *     $ tundish power proportions --one-sample --p1 0.02 --p2 0.05 --power 0.9
 *
 *   1. --p1 is the known value (or the log's baseline), --p2 or --lift what the sample may have.
 *   2. A row per method of stats/power_one: normal, unpooled, arcsine, exact.
 *   3. `exact` also tells its test: reject below and above which count, at which actual alpha. For
 *      a size that is the test at the size answered, for power and effect that at --n.
 *
 * Looks, clusters and days enter as they do with two arms. A margin has no meaning here. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/power.h"
#include "core/base/nearest.h"
#include "stats/power_one.h"

static td_status find_method(td_power_one_method *out, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (int m = 0; m < TD_N_POWER_ONE_METHODS; m++) {
        *out = (td_power_one_method)m;
        if (strcmp(td_power_one_method_name(*out), name) == 0) return TD_OK;
        td_nearest_offer(&nearest, td_power_one_method_name(*out));
    }
    TD_FAIL(err, TD_ERR_ARG, "--method: one sample has no method '%s', the nearest is '%s'", name,
            nearest.name);
}

/* Rows of the report in the order of --method, or all. */
static td_status read_methods(td_power_report *report, td_error *err) {
    const char *const *list = NULL;
    uint32_t n = 0;
    const char *given = report->options->method;
    TD_TRY(td_list_split(&list, &n, given, "method", &report->arena, err));
    TD_CHECK(n <= TD_N_POWER_ONE_METHODS, err, TD_ERR_ARG, "--method: a method is named twice");
    report->n_rows = n > 0 ? n : TD_N_POWER_ONE_METHODS;
    for (uint32_t i = 0; i < report->n_rows; i++) {
        report->one_method[i] = (td_power_one_method)i;
        if (n > 0) TD_TRY(find_method(&report->one_method[i], list[i], err));
        report->row[i].method = td_power_one_method_name(report->one_method[i]);
    }
    return TD_OK;
}

static td_one_plan plan_of(const td_power_report *report) {
    return (td_one_plan){report->baseline, report->target, report->alpha, report->is_one_sided};
}

/* A point of the curve. */
static td_status one_at(td_metric *out, const td_power_report *report, uint32_t i, double n,
                        td_error *err) {
    td_one_plan plan = plan_of(report);
    return td_power_one_at(out, &plan, report->one_method[i], n, err);
}

/* The question's `n1` independent units; both directions two-sided, else the one that is meant. */
static td_status solve_effect(td_power_row *row, const td_power_report *report,
                              td_power_one_method m, double n1, td_error *err) {
    const char *side = report->options->alternative;
    td_one_plan plan = plan_of(report);
    td_effect_question up = {n1, report->several.one_look, 1};
    td_effect_question down = {n1, report->several.one_look, -1};
    row->up = row->down = td_metric_undefined("not asked for");
    if (strcmp(side, "less") != 0) TD_TRY(td_power_one_p1(&row->up, &plan, m, up, err));
    if (strcmp(side, "greater") != 0) TD_TRY(td_power_one_p1(&row->down, &plan, m, down, err));
    return TD_OK;
}

/* Step 3. Without a target a one-sided test has no side to tell. */
static void describe_exact(td_power_report *report, double n) {
    td_one_plan plan = plan_of(report);
    if (!(n >= 1 && n <= TD_POWER_ONE_MOST)) return;
    if (report->solve == TD_SOLVE_EFFECT && plan.is_one_sided) return;
    if (report->solve == TD_SOLVE_EFFECT) plan.p1 = plan.p0;
    td_power_one_exact_at(&report->exact, &plan, (uint64_t)ceil(n));
}

static td_status solve_row(td_power_report *report, uint32_t i, td_error *err) {
    td_power_row *row = &report->row[i];
    td_power_one_method m = report->one_method[i];
    td_one_plan plan = plan_of(report);
    double n1 = report->n / report->traffic.cluster.design_effect;
    if (report->solve == TD_SOLVE_N) {
        TD_TRY(td_power_one_n(&row->n, &plan, m, report->several.one_look, err));
        n1 = row->n.value;
    } else if (report->solve == TD_SOLVE_POWER) {
        TD_TRY(one_at(&row->power, report, i, n1, err));
        TD_TRY(td_power_with_looks(&row->power, report, err));
    } else {
        TD_TRY(solve_effect(row, report, m, n1, err));
    }
    if (m == TD_POWER_ONE_EXACT) describe_exact(report, n1);
    return TD_OK;
}

td_status td_power_one_sample(td_power_report *report, td_error *err) {
    TD_CHECK(report->margin == 0, err, TD_ERR_ARG, "--margin needs two arms, not --one-sample");
    TD_TRY(read_methods(report, err));
    for (uint32_t i = 0; i < report->n_rows; i++) TD_TRY(solve_row(report, i, err));
    return td_power_fill_curve(report, one_at, err);
}

void td_power_json_exact(td_json *json, const td_power_report *report) {
    const td_one_exact *test = &report->exact;
    if (test->n == 0) return;
    td_json_object(json, "exact_test");
    td_json_f64(json, "n", (double)test->n);
    td_json_f64(json, "rejects_below", (double)test->below);
    td_json_f64(json, "rejects_above", (double)test->above);
    td_json_f64(json, "actual_alpha", test->alpha);
    if (report->solve != TD_SOLVE_EFFECT) td_json_f64(json, "actual_power", test->power);
    td_json_end(json);
}

void td_power_print_exact(const td_power_report *report) {
    const td_one_exact *test = &report->exact;
    if (test->n == 0) return;
    printf("\nexact: with %llu units", (unsigned long long)test->n);
    if (test->below > 0) printf(" fewer than %llu", (unsigned long long)test->below);
    if (test->below > 0 && test->above < test->n) printf(" or");
    if (test->above < test->n) printf(" more than %llu", (unsigned long long)test->above);
    if (test->below == 0 && test->above >= test->n) printf(" no number of");
    printf(" conversions reject; actual alpha %.4g.\n", test->alpha);
    if (report->solve == TD_SOLVE_N)
        printf("Counts are whole, so power over size is a saw: from this size on it stays "
               "reached;\nsome smaller sizes have it by chance.\n");
}
