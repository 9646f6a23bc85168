/* cli/cmd_power.c: `tundish power KIND`: plan an experiment before it starts.
 *
 *     $ tundish power proportions --p1 0.0084 --lift 0.2 --power 0.8 --per-day 10000
 *
 *   1. The kind says what is measured: proportions (who bought?), means (how much?), ratio
 *      (purchases per session, randomised by visitor).
 *   2. Of size, power and effect two are given and the third is solved for: no --n: size; --n with
 *      an effect: power; --n without: the smallest effect that this power finds.
 *   3. Sessions of one visitor are no independent witnesses: the design effect 1 + (m - 1) ICC
 *      multiplies the sessions needed. --data DIR measures ICC, baseline and traffic in a log.
 *   4. Sizes become days by --per-day, or by the distinct visitors that the log sees in so many
 *      days.
 *   5. --looks K: bounds for K looks, and what they cost in units.
 *
 * JSON: kind, solve, alpha, alternative, ratio, margin, baseline, target, power, design_effect,
 * per_day; `n` {method: units of arm 1, not rounded, before the design effect}, `n_planned`
 * {method: {control, treatment, total}, rounded up after it}, `days` {method}; or `power_at_n`
 * {method}; or `effect` {method: {up, down}}; `curve` [{n, days, power: {method}}]; `sequential`
 * {boundary, inflation, looks [{information, bound, ...}]}; `exact_test` {n, rejects_below,
 * rejects_above, actual_alpha} of --one-sample; `distinct_visitors` {day_1, ...}. A
 * value that does not exist is null with NAME_reason beside it. */
#include <string.h>

#include "cli/power.h"
#include "core/base/nearest.h"

static const struct {
    const char *word;
    td_status (*run)(td_power_report *report, td_error *err);
} kinds[] = {
    {"proportions", td_power_proportions},
    {"means", td_power_means},
    {"ratio", td_power_ratio},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

td_status td_power_number(double *out, int *has, const char *text, const char *option,
                          td_error *err) {
    *has = text != NULL;
    if (text == NULL) return TD_OK;
    TD_CHECK(td_text_is_real(text, out), err, TD_ERR_ARG, "--%s: '%s' is not a number", option,
             text);
    return TD_OK;
}

/* --icc with --cluster-size, or --data, or no clusters. */
static td_status read_clusters(td_power_report *report, td_error *err) {
    const td_power_options *o = report->options;
    td_cluster_effect *cluster = &report->traffic.cluster;
    double icc = 0, size = 0;
    int has_icc = 0, has_size = 0;
    TD_TRY(td_power_number(&icc, &has_icc, o->icc, "icc", err));
    TD_TRY(td_power_number(&size, &has_size, o->cluster_size, "cluster-size", err));
    TD_CHECK(has_icc == has_size, err, TD_ERR_ARG, "--icc and --cluster-size belong together");
    if (!has_icc) return TD_OK;
    TD_CHECK(icc >= 0 && icc <= 1, err, TD_ERR_ARG, "--icc: %s lies outside 0 to 1", o->icc);
    TD_CHECK(size >= 1, err, TD_ERR_ARG, "--cluster-size: %s is below 1", o->cluster_size);
    *cluster = (td_cluster_effect){icc, size, size, 1.0 + (size - 1.0) * icc};
    return TD_OK;
}

/* What every kind needs. */
static td_status read_common(td_power_report *report, const td_cli *cli, td_error *err) {
    const td_power_options *o = report->options;
    int has_n = 0, has_power = 0, has_day = 0, has_margin = 0;
    double per_day = 0;
    report->alpha = o->alpha;
    report->ratio = o->ratio;
    report->power = 0.8;
    report->has_ratio = !o->is_one_sample;
    report->is_one_sided = strcmp(o->alternative, "two-sided") != 0;
    report->traffic.cluster.design_effect = 1;
    TD_CHECK(o->alpha > 0 && o->alpha < 0.5, err, TD_ERR_ARG,
             "--alpha: %.10g is not between 0 and 0.5", o->alpha);
    TD_CHECK(o->ratio > 0, err, TD_ERR_ARG, "--ratio: %.10g is not positive", o->ratio);
    TD_TRY(td_power_number(&report->n, &has_n, o->n, "n", err));
    TD_TRY(td_power_number(&report->power, &has_power, o->power, "power", err));
    TD_TRY(td_power_number(&report->margin, &has_margin, o->margin, "margin", err));
    TD_TRY(td_power_number(&per_day, &has_day, o->per_day, "per-day", err));
    TD_CHECK(!has_n || (report->n > 0 && report->n < 1e15), err, TD_ERR_ARG,
             "--n: %s is not a number of units", o->n);
    TD_CHECK(!has_day || per_day > 0, err, TD_ERR_ARG, "--per-day: %s is not positive", o->per_day);
    TD_CHECK(report->power > report->alpha && report->power < 1, err, TD_ERR_ARG,
             "--power: %.10g is not between alpha = %.10g and 1", report->power, report->alpha);
    int has_effect = o->p2 != NULL || o->lift != NULL || o->effect != NULL || o->d != NULL;
    TD_CHECK(has_n || has_effect, err, TD_ERR_ARG,
             "nothing to solve for: give an effect (--p2, --lift, --effect, --d) or a size (--n)");
    TD_CHECK(!(has_n && has_effect && has_power), err, TD_ERR_ARG,
             "--n, --power and an effect are all given: leave one out, it is the answer");
    report->solve = !has_n ? TD_SOLVE_N : has_effect ? TD_SOLVE_POWER : TD_SOLVE_EFFECT;
    if (o->data != NULL) TD_TRY(td_power_read_shop(report, cli, err));
    if (has_day) {
        report->traffic.per_day = per_day;
        report->traffic.distinct = NULL;
    }
    TD_TRY(read_clusters(report, err));
    return td_power_plan_looks(report, err);
}

/* What the library finds impossible came from the command line. */
static td_status as_usage(td_status status, td_error *err) {
    if (status != TD_ERR_RANGE) return status;
    if (err != NULL) err->code = TD_ERR_ARG;
    return TD_ERR_ARG;
}

static td_status answer(td_power_report *report, const td_cli *cli, td_error *err) {
    TD_TRY(read_common(report, cli, err));
    TD_TRY(as_usage(report->run(report, err), err));
    TD_TRY(td_cli_write_json(cli, td_power_fill_json, report, err));
    TD_TRY(td_power_write_curve(report, err));
    if (td_cli_has_text(cli, NULL)) td_power_print(report);
    return TD_OK;
}

td_status td_cmd_power(const td_cli *cli, const void *given, td_error *err) {
    td_power_report report = {.options = given};
    td_nearest nearest = td_nearest_to(cli->path[0]);
    for (int i = 0; i < N_KINDS; i++) {
        td_nearest_offer(&nearest, kinds[i].word);
        if (strcmp(kinds[i].word, cli->path[0]) != 0) continue;
        report.kind = kinds[i].word;
        report.run = kinds[i].run;
        td_status status = answer(&report, cli, err);
        td_arena_free(&report.arena);
        return status;
    }
    TD_FAIL(err, TD_ERR_ARG, "no kind '%s', the nearest is '%s'", cli->path[0], nearest.name);
}
