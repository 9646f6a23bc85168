/* cli/power_kinds.c: the three questions of `tundish power`, from options to rows of answers.
 *
 *     proportions   a row per method, stats/power's formulas; one sample: power_one.c
 *     means         Student's t
 *     ratio         normal theory with the delta method's variance of one unit, V:
 *                   n = (effect of the power)^2 V (1 + 1/r) / (difference of the ratios)^2
 *
 *   1. Baseline and target of the arms from options or from the log.
 *   2. The library's answer for the part that is asked for.
 *   3. The same power function over a range of sizes when --curve is given.
 *
 * Costs nothing beside the calls. What is impossible is refused by the library, by name. */
#include <math.h>
#include <string.h>

#include "cli/power.h"
#include "core/base/arena.h"
#include "core/base/nearest.h"

static const char negative_direction[] = "not asked for";

/* Target = baseline (1 + lift), or baseline + effect, or as given; NaN when none is. */
static td_status read_target(td_power_report *report, const char *given, const char *name,
                             td_error *err) {
    const td_power_options *o = report->options;
    double value = 0, lift = 0, effect = 0;
    int has_value = 0, has_lift = 0, has_effect = 0;
    TD_TRY(td_power_number(&value, &has_value, given, name, err));
    TD_TRY(td_power_number(&lift, &has_lift, o->lift, "lift", err));
    TD_TRY(td_power_number(&effect, &has_effect, o->effect, "effect", err));
    TD_CHECK(has_value + has_lift + has_effect <= 1, err, TD_ERR_ARG,
             "--%s, --lift and --effect say the same: give one of them", name);
    double base = report->baseline;
    report->target = has_value    ? value
                     : has_lift   ? base * (1.0 + lift)
                     : has_effect ? base + effect
                                  : __builtin_nan("");
    if (report->target != report->target) return TD_OK;
    TD_CHECK(report->target != base || report->margin > 0, err, TD_ERR_ARG,
             "the effect is 0: there is nothing to find");
    const char *side = o->alternative;
    TD_CHECK(strcmp(side, "greater") != 0 || report->target > base, err, TD_ERR_ARG,
             "--alternative greater, but the treatment (%.6g) is not above control (%.6g)",
             report->target, base);
    TD_CHECK(strcmp(side, "less") != 0 || report->target < base, err, TD_ERR_ARG,
             "--alternative less, but the treatment (%.6g) is not below control (%.6g)",
             report->target, base);
    return TD_OK;
}

/* Power with one look, then what several looks leave of it. */
static td_status point(td_metric *out, const td_power_report *report, uint32_t row, double n1,
                       td_power_at_fn at, td_error *err) {
    TD_TRY(at(out, report, row, n1, err));
    return td_power_with_looks(out, report, err);
}

/* Points from a quarter to three times the size of the first row that has one. */
td_status td_power_fill_curve(td_power_report *report, td_power_at_fn at, td_error *err) {
    int is_wanted = report->options->has_curve || report->options->curve_out != NULL;
    if (!is_wanted || report->solve == TD_SOLVE_EFFECT) return TD_OK;
    double n = report->row[0].n.value;
    if (report->solve == TD_SOLVE_POWER) n = report->n / report->traffic.cluster.design_effect;
    if (!(n > 0 && n < 1e15)) return TD_OK;
    for (int i = 0; i < TD_POWER_CURVE; i++) {
        report->curve_n[i] = ceil(n * 0.25 * (i + 1));
        for (uint32_t j = 0; j < report->n_rows; j++)
            TD_TRY(point(&report->curve[i][j], report, j, report->curve_n[i], at, err));
    }
    return TD_OK;
}

/* --- proportions ------------------------------------------------------------------------------ */

static td_status find_method(td_power_method *out, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (int m = 0; m < TD_N_POWER_METHODS; m++) {
        *out = (td_power_method)m;
        if (strcmp(td_power_method_name(*out), name) == 0) return TD_OK;
        td_nearest_offer(&nearest, td_power_method_name(*out));
    }
    TD_FAIL(err, TD_ERR_ARG, "--method: no method '%s', the nearest is '%s'", name, nearest.name);
}

/* Rows of the report in the order of --method, or all. */
static td_status read_methods(td_power_report *report, td_arena *arena, td_error *err) {
    const char *const *list = NULL;
    uint32_t n = 0;
    TD_TRY(td_list_split(&list, &n, report->options->method, "method", arena, err));
    TD_CHECK(n <= TD_N_POWER_METHODS, err, TD_ERR_ARG, "--method: a method is named twice");
    report->n_rows = n > 0 ? n : TD_N_POWER_METHODS;
    for (uint32_t i = 0; i < report->n_rows; i++) {
        report->method[i] = (td_power_method)i;
        if (n > 0) TD_TRY(find_method(&report->method[i], list[i], err));
        report->row[i].method = td_power_method_name(report->method[i]);
    }
    return TD_OK;
}

/* The library's plan; its p2 is NaN while the effect is asked for, and not looked at then. */
static td_proportion_plan plan_of(const td_power_report *report) {
    return (td_proportion_plan){report->baseline, report->target, report->ratio,
                                report->alpha,    report->margin, report->is_one_sided};
}

/* A point of the curve: independent units, the design effect is added when it is shown. */
static td_status proportion_at(td_metric *out, const td_power_report *report, uint32_t i, double n1,
                               td_error *err) {
    td_proportion_plan plan = plan_of(report);
    return td_power_proportion_at(out, &plan, report->method[i], n1, err);
}

/* Sessions asked for are worth fewer independent ones: n / design effect. */
static double worth(const td_power_report *report) {
    return report->n / report->traffic.cluster.design_effect;
}

/* Both directions two-sided, else the one that is meant. */
static td_status solve_effect(const td_power_report *report, td_power_row *row, td_power_method m,
                              td_error *err) {
    const char *side = report->options->alternative;
    td_proportion_plan plan = plan_of(report);
    td_effect_question up = {worth(report), report->several.one_look, 1};
    td_effect_question down = {worth(report), report->several.one_look, -1};
    row->up = row->down = td_metric_undefined(negative_direction);
    if (strcmp(side, "less") != 0) TD_TRY(td_power_proportion_p2(&row->up, &plan, m, up, err));
    if (strcmp(side, "greater") != 0 && report->margin == 0)
        TD_TRY(td_power_proportion_p2(&row->down, &plan, m, down, err));
    return TD_OK;
}

/* One row per method. */
static td_status solve_proportions(td_power_report *report, td_error *err) {
    td_proportion_plan plan = plan_of(report);
    for (uint32_t i = 0; i < report->n_rows; i++) {
        td_power_row *row = &report->row[i];
        td_power_method m = report->method[i];
        if (report->solve == TD_SOLVE_N) {
            TD_TRY(td_power_proportion_n(&row->n, &plan, m, report->several.one_look, err));
        } else if (report->solve == TD_SOLVE_POWER) {
            TD_TRY(td_power_proportion_at(&row->power, &plan, m, worth(report), err));
            TD_TRY(td_power_with_looks(&row->power, report, err));
        } else {
            TD_TRY(solve_effect(report, row, m, err));
        }
    }
    return td_power_fill_curve(report, proportion_at, err);
}

/* Step 1 and 2 of the file's head; --p1 wins over the log's baseline. */
td_status td_power_proportions(td_power_report *report, td_error *err) {
    int has_p1 = 0;
    report->baseline = report->traffic.baseline;
    TD_TRY(td_power_number(&report->baseline, &has_p1, report->options->p1, "p1", err));
    TD_CHECK(has_p1 || report->options->data != NULL, err, TD_ERR_ARG,
             "--p1 is missing (or --data DIR, which measures it)");
    TD_CHECK(report->baseline > 0 && report->baseline < 1, err, TD_ERR_ARG,
             "p1 = %.10g is not between 0 and 1", report->baseline);
    TD_TRY(read_target(report, report->options->p2, "p2", err));
    if (report->options->is_one_sample) return td_power_one_sample(report, err);
    td_arena arena = {0};
    td_status status = read_methods(report, &arena, err);
    if (status == TD_OK) status = solve_proportions(report, err);
    td_arena_free(&arena);
    return status;
}

/* --- means ------------------------------------------------------------------------------------ */

/* Cohen's d from difference and scale. */
static td_mean_plan mean_plan(const td_power_report *report) {
    double d = (report->target - report->baseline) / report->scale;
    return (td_mean_plan){d, report->ratio, report->alpha, report->is_one_sided,
                          !report->has_ratio};
}

/* A point of the curve. */
static td_status mean_at(td_metric *out, const td_power_report *report, uint32_t i, double n1,
                         td_error *err) {
    (void)i;
    (void)err;
    td_mean_plan plan = mean_plan(report);
    double power = td_power_mean_at(&plan, n1);
    *out = power == power ? td_metric_of(power)
                          : td_metric_undefined("n is too small for a standard deviation");
    return TD_OK;
}

/* --d counts in standard deviations; otherwise --sd gives the scale. */
static td_status read_mean(td_power_report *report, td_error *err) {
    const td_power_options *o = report->options;
    int has_mean = 0, has_sd = 0;
    report->scale = 1;
    TD_TRY(td_power_number(&report->baseline, &has_mean, o->mean, "mean", err));
    TD_TRY(td_power_number(&report->scale, &has_sd, o->sd, "sd", err));
    TD_CHECK(report->scale > 0, err, TD_ERR_ARG, "--sd: %s: a mean without spread needs no plan",
             o->sd);
    TD_CHECK(o->lift == NULL || report->baseline != 0, err, TD_ERR_ARG,
             "--lift needs --mean, what it is relative to");
    TD_CHECK(has_sd || o->d != NULL || report->solve == TD_SOLVE_EFFECT, err, TD_ERR_ARG,
             "--sd is missing (or --d, the effect in standard deviations)");
    if (o->d == NULL) return read_target(report, NULL, "effect", err);
    double d = 0;
    int has_d = 0;
    TD_TRY(td_power_number(&d, &has_d, o->d, "d", err));
    TD_CHECK(o->lift == NULL && o->effect == NULL, err, TD_ERR_ARG,
             "--d, --lift and --effect say the same: give one of them");
    TD_CHECK(d != 0, err, TD_ERR_ARG, "the effect is 0: there is nothing to find");
    report->target = report->baseline + d * report->scale;
    return TD_OK;
}

/* One row: Student's t. */
td_status td_power_means(td_power_report *report, td_error *err) {
    TD_TRY(read_mean(report, err));
    td_power_row *row = &report->row[0];
    report->n_rows = 1;
    row->method = "t";
    td_mean_plan plan = mean_plan(report);
    if (report->solve == TD_SOLVE_N) {
        row->n = td_metric_of(td_power_mean_n(&plan, report->several.one_look));
    } else if (report->solve == TD_SOLVE_POWER) {
        TD_TRY(mean_at(&row->power, report, 0, worth(report), err));
        TD_TRY(td_power_with_looks(&row->power, report, err));
    } else {
        double d = td_power_mean_effect(&plan, worth(report), report->several.one_look);
        TD_CHECK(d == d, err, TD_ERR_ARG, "--n: %.10g units leave no degree of freedom", report->n);
        row->up = td_metric_of(report->baseline + d * report->scale);
        row->down = td_metric_of(report->baseline - d * report->scale);
    }
    return td_power_fill_curve(report, mean_at, err);
}

/* --- ratio ------------------------------------------------------------------------------------ */

/* Standard deviation of the estimated difference times sqrt(n1). */
static double ratio_spread(const td_power_report *report) {
    return report->scale * sqrt(1.0 + 1.0 / report->ratio);
}

/* A point of the curve: a normal statistic with the delta method's spread. */
static td_status ratio_at(td_metric *out, const td_power_report *report, uint32_t i, double n1,
                          td_error *err) {
    (void)i;
    (void)err;
    double effect = fabs(report->target - report->baseline) * sqrt(n1) / ratio_spread(report);
    *out = td_metric_of(td_power_normal(effect, report->alpha, report->is_one_sided));
    return TD_OK;
}

/* One required number of the metric. */
static td_status need(double *out, const char *text, const char *name, td_error *err) {
    int has = 0;
    TD_TRY(td_power_number(out, &has, text, name, err));
    TD_CHECK(has, err, TD_ERR_ARG, "--%s is missing (or --data DIR, which measures it)", name);
    return TD_OK;
}

/* Of the metric over units, from options; with --data they are measured. */
static td_status read_moments(td_ratio_moments *m, const td_power_options *o, td_error *err) {
    double sd_n = 0, sd_d = 0, correlation = 0;
    TD_TRY(need(&m->mean_n, o->numerator_mean, "numerator-mean", err));
    TD_TRY(need(&m->mean_d, o->denominator_mean, "denominator-mean", err));
    TD_TRY(need(&sd_n, o->numerator_sd, "numerator-sd", err));
    TD_TRY(need(&sd_d, o->denominator_sd, "denominator-sd", err));
    TD_TRY(need(&correlation, o->correlation, "correlation", err));
    TD_CHECK(m->mean_d > 0, err, TD_ERR_ARG, "--denominator-mean: %s is not positive",
             o->denominator_mean);
    TD_CHECK(sd_n >= 0 && sd_d >= 0, err, TD_ERR_ARG, "a standard deviation is below 0");
    TD_CHECK(fabs(correlation) <= 1, err, TD_ERR_ARG, "--correlation: %s lies outside -1 to 1",
             o->correlation);
    m->var_n = sd_n * sd_n;
    m->var_d = sd_d * sd_d;
    m->covariance = correlation * sd_n * sd_d;
    return TD_OK;
}

/* One row: the delta method. */
td_status td_power_ratio(td_power_report *report, td_error *err) {
    td_ratio_moments *moments = &report->traffic.moments;
    if (report->options->data == NULL) TD_TRY(read_moments(moments, report->options, err));
    report->baseline = moments->mean_n / moments->mean_d;
    double variance = td_ratio_unit_variance(moments);
    TD_CHECK(variance > 0, err, TD_ERR_ARG, "the ratio has no variance: nothing to plan for");
    report->scale = sqrt(variance);
    report->traffic.cluster.design_effect = 1; /* visitors are the units already */
    TD_TRY(read_target(report, NULL, "effect", err));
    td_power_row *row = &report->row[0];
    report->n_rows = 1;
    row->method = "delta";
    double effect =
        td_power_normal_effect(report->several.one_look, report->alpha, report->is_one_sided);
    if (report->solve == TD_SOLVE_N) {
        double root = effect * ratio_spread(report) / (report->target - report->baseline);
        row->n = td_metric_of(root * root);
    } else if (report->solve == TD_SOLVE_POWER) {
        TD_TRY(ratio_at(&row->power, report, 0, report->n, err));
        TD_TRY(td_power_with_looks(&row->power, report, err));
    } else {
        double step = effect * ratio_spread(report) / sqrt(report->n);
        row->up = td_metric_of(report->baseline + step);
        row->down = td_metric_of(report->baseline - step);
    }
    return td_power_fill_curve(report, ratio_at, err);
}
