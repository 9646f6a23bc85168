/* cli/run_plan.c: an experiment plan for the model's own top-K policy.
 *
 *   1. Test sessions by score of the primary model, best first; the top 1, 5, 10 and 20 %.
 *   2. For each: purchases among them (the base rate of the experiment), sessions a day, and how
 *      far sessions of one visitor go together (visitors are randomised).
 *   3. Sessions an arm for --plan-lift, by the pooled formula times the design effect; days; the
 *      smallest lift that four weeks show.
 *   4. Profit of 90 days by stats/roi: lift normal around --plan-lift with half of it as standard
 *      deviation, order value from the log's prices where there are any.
 *
 * results/metrics/experiment_plan.json and a section of the report. Cost: a sort of the test rows
 * and 4 x 20,000 draws, some 50 ms. A row whose base rate is 0 or 1 has no plan and says so. */
#include "cli/run_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report_evaluation.h"
#include "core/base/arena.h"
#include "core/base/mem.h"
#include "io/figure.h"
#include "io/report_html.h"
#include "stats/power.h"

#define MS_PER_DAY 86400000.0
#define POWER      0.8
#define ALPHA      0.05

/* The policies: act on so many of the best-scored sessions. */
static const double shares[TD_PLAN_ROWS] = {.01, .05, .1, .2};
static const char no_rate[] = "nobody or everybody bought among them";

/* A test session. */
typedef struct scored {
    double score;
    uint64_t row;
    int64_t visitor;
    int has_bought;
} scored;

/* Best first; equal scores by row, so that the order is total. */
static int by_score(const void *a, const void *b) {
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Sessions of one visitor side by side, for the clusters. */
static int by_visitor(const void *a, const void *b) {
    const scored *x = a, *y = b;
    if (x->visitor != y->visitor) return x->visitor < y->visitor ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Step 1. Also the length of the test part. */
static td_status take_test(scored **out, struct td_run_plan *plan, const td_run *run,
                           td_error *err) {
    const td_feature_set *set = &run->scored.set;
    uint64_t n = 0;
    int64_t first = INT64_MAX, last = INT64_MIN;
    TD_NEW(*out, run->scored.split.n_of_part[TD_TEST], err);
    for (uint64_t i = 0; i < set->n; i++) {
        if (run->scored.split.part[i] != TD_TEST) continue;
        (*out)[n++] =
            (scored){run->score[TD_RUN_PRIMARY][i], i, set->visitor[i], set->label[i] > 0};
        if (set->start[i] < first) first = set->start[i];
        if (set->start[i] > last) last = set->start[i];
    }
    plan->days = n > 0 ? (double)(last - first) / MS_PER_DAY : 0;
    if (n > 1) qsort(*out, n, sizeof **out, by_score);
    return TD_OK;
}

/* Step 2: ICC of the selected sessions within visitors. Where it cannot be measured (no visitor
 * twice, nobody bought) plans stay as they are. */
static td_status measure_clusters(td_plan_row *row, const scored *top, td_arena *arena,
                                  td_error *err) {
    td_cluster_effect effect;
    td_error why = {0};
    uint64_t n = 0;
    scored *copy = td_arena_array(arena, row->sessions, sizeof *copy, err);
    uint64_t *size = td_arena_array(arena, row->sessions, sizeof *size, err);
    uint64_t *hits = td_arena_array(arena, row->sessions, sizeof *hits, err);
    if (copy == NULL || size == NULL || hits == NULL) return TD_ERR_NOMEM;
    memcpy(copy, top, row->sessions * sizeof *copy);
    qsort(copy, row->sessions, sizeof *copy, by_visitor);
    for (uint64_t i = 0; i < row->sessions; i++) {
        int is_new = i == 0 || copy[i].visitor != copy[i - 1].visitor;
        if (is_new) size[n] = hits[n] = 0;
        n += (uint64_t)is_new;
        size[n - 1]++;
        hits[n - 1] += (uint64_t)copy[i].has_bought;
    }
    if (td_cluster_effect_of(&effect, size, hits, n, &why) == TD_OK) {
        row->icc = td_metric_of(effect.icc);
        row->design_effect = effect.design_effect;
    } else {
        row->icc = td_metric_undefined("no visitor comes twice, or nobody bought");
    }
    return TD_OK;
}

/* Step 3. */
static td_status plan_sizes(td_plan_row *row, double lift, td_error *err) {
    td_proportion_plan plan = {row->rate, row->rate * (1.0 + lift), 1, ALPHA, 0, 0};
    td_metric n, best;
    if (!(plan.p2 < 1)) {
        row->per_arm = row->days = row->seen =
            td_metric_undefined("the lift would bring more purchases than sessions");
        return TD_OK;
    }
    TD_TRY(td_power_proportion_n(&n, &plan, TD_POWER_POOLED, POWER, err));
    row->per_arm = td_metric_of(ceil(n.value * row->design_effect));
    row->days = row->per_day > 0 ? td_metric_of(2.0 * row->per_arm.value / row->per_day)
                                 : td_metric_undefined("the test part has no length");
    row->seen = row->days;
    if (!(row->per_day > 0)) return TD_OK;
    double worth = row->per_day * 7.0 * TD_PLAN_WEEKS / 2.0 / row->design_effect;
    TD_TRY(td_power_proportion_p2(&best, &plan, TD_POWER_POOLED,
                                  (td_effect_question){worth, POWER, 1}, err));
    row->seen = td_metric_is_defined(best) ? td_metric_of(best.value / row->rate - 1.0) : best;
    return TD_OK;
}

/* Step 4. */
static td_status plan_profit(td_plan_row *row, const struct td_run_plan *plan, const td_run *run,
                             td_error *err) {
    td_belief_kind kind = plan->lift_sd > 0 ? TD_BELIEF_NORMAL : TD_BELIEF_FIXED;
    td_roi_model model = {.effect = {kind, row->rate * plan->lift, row->rate * plan->lift_sd},
                          .units_per_day = row->per_day,
                          .share = {TD_BELIEF_FIXED, 1, 0},
                          .order_value = {TD_BELIEF_FIXED, plan->order_value, 0},
                          .margin = {TD_BELIEF_FIXED, plan->margin, 0},
                          .contact_cost = {TD_BELIEF_FIXED, plan->contact_cost, 0},
                          .horizon = TD_PLAN_HORIZON};
    row->has_roi = row->per_day > 0;
    if (!row->has_roi) return TD_OK;
    return td_roi_simulate(&row->roi, &model, TD_PLAN_DRAWS, run->params.seed, &run->cli->exec,
                           err);
}

/* Steps 2 to 4 of one policy. Its base rate is that of sessions nobody acted on: the control
 * arm. */
static td_status plan_row(td_plan_row *row, const struct td_run_plan *plan, const scored *top,
                          const td_run *run, td_error *err) {
    for (uint64_t i = 0; i < row->sessions; i++) row->buyers += (uint64_t)top[i].has_bought;
    row->rate = (double)row->buyers / (double)row->sessions;
    row->per_day = plan->days > 0 ? (double)row->sessions / plan->days : 0;
    row->per_arm = row->days = row->seen = row->icc = td_metric_undefined(no_rate);
    row->design_effect = 1;
    if (row->buyers == 0 || row->buyers == row->sessions) return TD_OK;
    td_arena arena = {0};
    td_status status = measure_clusters(row, top, &arena, err);
    td_arena_free(&arena);
    TD_TRY(status);
    TD_TRY(plan_sizes(row, plan->lift, err));
    return plan_profit(row, plan, run, err);
}

/* Revenue per order where prices are known; otherwise an order is worth one order. */
static void take_value(struct td_run_plan *plan, const td_run *run) {
    td_ratio revenue = run->kpis.total.kpi[TD_KPI_REVENUE];
    td_ratio orders = run->kpis.total.kpi[TD_KPI_ORDERS];
    plan->order_value = 1;
    if (revenue.denominator == 0 || revenue.numerator == 0 || orders.numerator == 0) return;
    plan->has_order_value = 1;
    plan->order_value = td_ratio_value(revenue) / (double)orders.numerator;
}

/* Policies nest: a larger one holds the sessions of the smaller. */
static td_status build(struct td_run_plan *plan, const td_run *run, td_error *err) {
    scored *test = NULL;
    td_status status = take_test(&test, plan, run, err);
    uint64_t n = run->scored.split.n_of_part[TD_TEST];
    for (int i = 0; status == TD_OK && i < TD_PLAN_ROWS; i++) {
        td_plan_row *row = &plan->row[i];
        row->share = shares[i];
        row->sessions = (uint64_t)ceil(shares[i] * (double)n);
        if (row->sessions > 0) status = plan_row(row, plan, test, run, err);
    }
    td_mem_free(test);
    return status;
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* Sizes, then the profit where there is a traffic to multiply by. */
static void json_row(td_json *json, const td_plan_row *row) {
    td_json_object(json, NULL);
    td_json_f64(json, "share", row->share);
    td_json_u64(json, "test_sessions", row->sessions);
    td_json_u64(json, "test_purchases", row->buyers);
    td_json_f64(json, "base_rate", row->rate);
    td_json_f64(json, "sessions_per_day", row->per_day);
    td_json_metric(json, "icc", row->icc);
    td_json_f64(json, "design_effect", row->design_effect);
    td_json_metric(json, "sessions_per_arm", row->per_arm);
    td_json_metric(json, "days", row->days);
    td_json_metric(json, "smallest_lift_in_four_weeks", row->seen);
    if (row->has_roi) {
        const td_roi *roi = &row->roi;
        td_json_object(json, "profit");
        td_json_f64(json, "mean", roi->profit.mean);
        td_json_f64(json, "p05", roi->profit.quantile[0]);
        td_json_f64(json, "p50", roi->profit.quantile[2]);
        td_json_f64(json, "p95", roi->profit.quantile[4]);
        td_json_f64(json, "chance_of_loss", roi->chance_of_loss);
        td_json_f64(json, "break_even_contact_cost", roi->break_even_cost);
        td_json_f64(json, "evpi", roi->evpi);
        td_json_end(json);
    }
    td_json_end(json);
}

static td_status write_json(const td_run *run, td_error *err) {
    const struct td_run_plan *plan = run->plan;
    td_writer *writer = NULL;
    TD_TRY(td_run_open(&writer, run, "results/metrics/experiment_plan.json", err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    td_json_text(&json, "run_id", run->run_id);
    td_json_f64(&json, "lift_assumed", plan->lift);
    td_json_f64(&json, "lift_sd_assumed", plan->lift_sd);
    td_json_f64(&json, "power", POWER);
    td_json_f64(&json, "alpha", ALPHA);
    td_json_f64(&json, "order_value", plan->order_value);
    td_json_text(&json, "order_value_from", plan->has_order_value ? "prices" : "none: in orders");
    td_json_f64(&json, "margin", plan->margin);
    td_json_f64(&json, "contact_cost", plan->contact_cost);
    td_json_i64(&json, "horizon_days", TD_PLAN_HORIZON);
    td_json_array(&json, "policies");
    for (int i = 0; i < TD_PLAN_ROWS; i++) json_row(&json, &plan->row[i]);
    td_json_end(&json);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}

td_status td_run_plan_experiment(td_run *run, td_error *err) {
    const td_run_options *o = run->options;
    run->plan = td_mem_zeroed(1, sizeof *run->plan, err);
    if (run->plan == NULL) return TD_ERR_NOMEM;
    run->plan->lift = o->plan_lift;
    run->plan->lift_sd = 0.5 * o->plan_lift;
    run->plan->margin = o->margin;
    run->plan->contact_cost = o->contact_cost;
    take_value(run->plan, run);
    TD_TRY(build(run->plan, run, err));
    TD_TRY(write_json(run, err));
    td_run_stage_done(run, "experiment_plan");
    return TD_OK;
}

void td_run_plan_free(td_run *run) {
    td_mem_free(run->plan);
    run->plan = NULL;
}

/* --- report ----------------------------------------------------------------------------------- */

static const char *count_text(char out[40], td_metric value) {
    if (!td_metric_is_defined(value)) return "n/a";
    return td_number_format(out, value.value, TD_STYLE_COUNT);
}

/* What the experiment needs, a row a policy. */
static void put_sizes(td_writer *writer, const struct td_run_plan *plan) {
    static const char *const heads[] = {"act on the best",
                                        "sessions a day",
                                        "that buy",
                                        "design effect",
                                        "sessions an arm",
                                        "days",
                                        "smallest lift in four weeks"};
    td_page_table_open(writer, heads, 7);
    for (int i = 0; i < TD_PLAN_ROWS; i++) {
        const td_plan_row *row = &plan->row[i];
        char text[7][40];
        td_number_format(text[0], row->share, TD_STYLE_PERCENT);
        snprintf(text[1], 40, "%.1f", row->per_day);
        td_number_format(text[2], row->rate, TD_STYLE_PERCENT);
        snprintf(text[3], 40, "%.3f", row->design_effect);
        if (td_metric_is_defined(row->days)) snprintf(text[5], 40, "%.1f", row->days.value);
        if (td_metric_is_defined(row->seen))
            td_number_format(text[6], row->seen.value, TD_STYLE_PERCENT);
        const char *cells[] = {text[0],
                               text[1],
                               text[2],
                               text[3],
                               count_text(text[4], row->per_arm),
                               td_metric_is_defined(row->days) ? text[5] : "n/a",
                               td_metric_is_defined(row->seen) ? text[6] : "n/a"};
        td_page_row(writer, cells, 7);
    }
    td_page_table_close(writer);
}

/* What rolling out may earn; rows without traffic are left out. */
static void put_profit(td_writer *writer, const struct td_run_plan *plan) {
    static const char *const heads[] = {"act on the best",
                                        "profit, mean",
                                        "5 %",
                                        "95 %",
                                        "chance of a loss",
                                        "pays up to a contact cost of"};
    td_page_table_open(writer, heads, 6);
    for (int i = 0; i < TD_PLAN_ROWS; i++) {
        const td_roi *roi = &plan->row[i].roi;
        char text[6][40];
        if (!plan->row[i].has_roi) continue;
        td_number_format(text[0], plan->row[i].share, TD_STYLE_PERCENT);
        snprintf(text[1], 40, "%.5g", roi->profit.mean);
        snprintf(text[2], 40, "%.5g", roi->profit.quantile[0]);
        snprintf(text[3], 40, "%.5g", roi->profit.quantile[4]);
        td_number_format(text[4], roi->chance_of_loss, TD_STYLE_PERCENT);
        snprintf(text[5], 40, "%.4g", roi->break_even_cost);
        const char *cells[] = {text[0], text[1], text[2], text[3], text[4], text[5]};
        td_page_row(writer, cells, 6);
    }
    td_page_table_close(writer);
}

void td_run_plan_page(td_writer *writer, const td_run *run) {
    const struct td_run_plan *plan = run->plan;
    char line[512];
    td_page_section(writer, "experiment", "An experiment that would show whether it pays");
    snprintf(line, sizeof line,
             "A ranking is no effect: that acting on these sessions changes anything has to be "
             "measured. Half of the best-scored sessions are treated, by visitor, half are not. "
             "To find a lift of %.3g %% in 80 of 100 such experiments, with 5 false alarms in 100 "
             "without one:",
             100.0 * plan->lift);
    td_page_paragraph(writer, line);
    put_sizes(writer, plan);
    snprintf(line, sizeof line,
             "What %d days may earn if the lift is %.3g %%, give or take %.3g (an assumption, "
             "--plan-lift), at %.4g %s an order, a margin of %.3g and a contact cost of %.3g:",
             TD_PLAN_HORIZON, 100.0 * plan->lift, 100.0 * plan->lift_sd, plan->order_value,
             plan->has_order_value ? "(the log's prices)" : "(no prices: in orders)", plan->margin,
             plan->contact_cost);
    td_page_paragraph(writer, line);
    put_profit(writer, plan);
}
