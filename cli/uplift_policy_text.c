/* cli/uplift_policy_text.c: a judged rule for people, and its profit curve as a chart. */
#include <math.h>
#include <stdio.h>

#include "cli/report_evaluation.h"
#include "cli/uplift_policy.h"
#include "io/figure.h"

static const char *number_text(char out[32], td_metric metric) {
    snprintf(out, 32, td_metric_is_defined(metric) ? "%.5g" : "n/a", metric.value);
    return out;
}

static const char *interval_text(char out[64], td_interval interval) {
    out[0] = '\0';
    if (td_interval_is_defined(interval))
        snprintf(out, 64, "%.4g to %.4g", interval.low, interval.high);
    return out;
}

static void print_choice(const td_policy_report *r) {
    const td_uplift_scores *s = r->scores;
    char n[32];
    char all[32];
    printf("Rule: %s.\n", r->rule);
    for (uint32_t a = 1; a < s->n_arms; a++)
        printf("  %s: %s of %s rows (%.1f %%), %g each\n", s->arm_name[a],
               td_text_count(n, r->chosen.n_chosen[a]), td_text_count(all, s->n),
               100.0 * (double)r->chosen.n_chosen[a] / (double)s->n, r->cost[a]);
    printf("  spent %g", r->spent);
    if (r->budget < HUGE_VAL) printf(" of a budget of %g", r->budget);
    printf("; %s rows were in the arm that the rule gives them\n",
           td_text_count(n, r->chosen.n_followed));
    if (s->n_left_out > 0)
        printf("  %s rows of other arms are left out\n", td_text_count(n, s->n_left_out));
}

static void value_row(td_grid *grid, const char *name, const td_offpolicy_value *v) {
    char text[64];
    td_grid_cell(grid, "%s", name);
    for (int how = 0; how < TD_N_POLICY_VALUES; how++)
        td_grid_cell(grid, "%s", number_text(text, v->value[how]));
    td_grid_cell(grid, "%s", number_text(text, v->se[TD_POLICY_DOUBLY_ROBUST]));
    td_grid_cell(grid, "%s", interval_text(text, v->interval[TD_POLICY_DOUBLY_ROBUST]));
    td_grid_cell(grid, "%s", td_text_metric(text, v->p_value[TD_POLICY_DOUBLY_ROBUST]));
}

static void print_values(const td_policy_report *r) {
    const td_uplift_scores *s = r->scores;
    char name[96];
    td_grid grid;
    td_grid_open(&grid, "lrrrrlr");
    const char *const heads[] = {"worth per row, net of costs",
                                 "IPW",
                                 "self-norm.",
                                 "doubly robust",
                                 "error",
                                 "interval",
                                 "p-value"};
    for (int i = 0; i < 7; i++) td_grid_cell(&grid, "%s", heads[i]);
    value_row(&grid, "this rule", &r->chosen);
    for (uint32_t a = 0; a < s->n_arms; a++) {
        snprintf(name, sizeof name, "all rows: %.60s", s->arm_name[a]);
        value_row(&grid, name, &r->rival[a].value);
    }
    for (uint32_t a = 0; a < s->n_arms; a++) {
        snprintf(name, sizeof name, "rule minus all %.60s", s->arm_name[a]);
        value_row(&grid, name, &r->rival[a].gap);
    }
    printf("\n");
    td_grid_print(&grid, 2);
    printf("  error, interval and p-value are the doubly robust estimate's%s%s\n",
           r->cluster != NULL ? ", rows grouped by " : "", r->cluster != NULL ? r->cluster : "");
}

static void print_profit(const td_policy_report *r) {
    const td_uplift_profit *p = r->profit;
    char text[64];
    td_grid grid;
    td_grid_open(&grid, "rrrl");
    const char *const heads[] = {"treated", "effect on them", "profit per row", "interval"};
    for (int i = 0; i < 4; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (int i = 1; i < TD_PROFIT_POINTS; i += 2) {
        td_grid_cell(&grid, "%.0f %%", 100 * p->point[i].share);
        td_grid_cell(&grid, "%s", number_text(text, p->point[i].effect));
        td_grid_cell(&grid, "%s", number_text(text, p->point[i].profit));
        td_grid_cell(&grid, "%s", interval_text(text, p->point[i].interval));
    }
    printf("\nProfit by the share treated, best scores first, against treating nobody:\n");
    td_grid_print(&grid, 2);
    printf("  best share %.0f %%", 100 * p->best_share.value);
    if (td_interval_is_defined(p->best_share_interval))
        printf(" (%.0f to %.0f %%)", 100 * p->best_share_interval.low,
               100 * p->best_share_interval.high);
    printf(", profit there %.4g per row", p->best_profit.value);
    if (td_metric_is_defined(p->corrected_profit))
        printf(", corrected for being chosen %.4g", p->corrected_profit.value);
    printf("\n  break-even share %.0f %%", 100 * p->break_even.value);
    if (td_interval_is_defined(p->break_even_interval))
        printf(" (%.0f to %.0f %%)", 100 * p->break_even_interval.low,
               100 * p->break_even_interval.high);
    printf(p->break_even.value < 1 ? ": treating more than that loses money\n"
                                   : ": even treating everybody loses none\n");
}

/* The one sentence to take home. */
static void print_conclusion(const td_policy_report *r) {
    const td_offpolicy_value *gap = &r->rival[0].gap;
    td_interval interval = gap->interval[TD_POLICY_DOUBLY_ROBUST];
    td_metric value = gap->value[TD_POLICY_DOUBLY_ROBUST];
    if (!td_interval_is_defined(interval)) return;
    if (interval.low > 0) {
        printf("\nThe rule pays: %.4g per row more than treating nobody (%.4g to %.4g).\n",
               value.value, interval.low, interval.high);
    } else if (interval.high < 0) {
        printf("\nThe rule loses: %.4g per row against treating nobody (%.4g to %.4g).\n",
               value.value, interval.low, interval.high);
    } else {
        printf("\nThese rows do not show that the rule pays: %.4g per row (%.4g to %.4g).\n",
               value.value, interval.low, interval.high);
    }
}

void td_print_policy_report(const td_policy_report *report) {
    print_choice(report);
    print_values(report);
    if (report->profit != NULL) print_profit(report);
    print_conclusion(report);
}
