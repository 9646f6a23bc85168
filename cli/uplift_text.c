/* cli/uplift_text.c: an assessment of rankings by uplift, for people.
 *
 *   1. Who was compared, and what the treatment does on the whole.
 *   2. Per score: Qini beside the band of random scores, AUUC, uplift at K.
 *   3. The tenths of the first score: what treatment did in each, and what is gained down to it.
 *   4. Two scores: how they differ. All dialects of the first score.
 *   5. One sentence of conclusion per score.
 * Effects on outcomes of 0 and 1 are printed in percentage points. */
#include <stdio.h>

#include "cli/report_evaluation.h"
#include "cli/uplift_report.h"

/* An effect: "+4.52 pp" of a rate, "+0.123" of a number. */
static const char *effect_text(char out[32], const td_uplift_assessment *a, double value) {
    if (a->orders.is_binary) {
        snprintf(out, 32, "%+.2f pp", 100 * value);
    } else {
        snprintf(out, 32, "%+.4g", value);
    }
    return out;
}

static const char *effect_metric(char out[32], const td_uplift_assessment *a, td_metric metric) {
    if (!td_metric_is_defined(metric)) {
        snprintf(out, 32, "n/a");
        return out;
    }
    return effect_text(out, a, metric.value);
}

static const char *effect_interval(char out[64], const td_uplift_assessment *a,
                                   td_interval interval) {
    double by = a->orders.is_binary ? 100 : 1;
    out[0] = '\0';
    if (td_interval_is_defined(interval))
        snprintf(out, 64, a->orders.is_binary ? "%+.2f to %+.2f" : "%+.4g to %+.4g",
                 by * interval.low, by * interval.high);
    return out;
}

static const char *mean_text(char out[32], const td_uplift_assessment *a, double value) {
    if (a->orders.is_binary) {
        snprintf(out, 32, "%.2f %%", 100 * value);
    } else {
        snprintf(out, 32, "%.5g", value);
    }
    return out;
}

/* ---- 1 ---- */

static void print_facts(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    char n[2][32];
    char mean[2][32];
    char effect[32];
    char interval[64];
    for (int arm = 0; arm < 2; arm++) {
        td_text_count(n[arm], (uint64_t)a->rows[arm]);
        mean_text(mean[arm], a, a->mean[arm]);
    }
    td_interval overall = a->verdict[0].spread[TD_OVERALL_UPLIFT].interval;
    printf("Treated: %s rows, mean of %s %s. Control: %s rows, %s.\n", n[1], report->outcome,
           mean[1], n[0], mean[0]);
    printf("On the whole the treatment moves %s by %s", report->outcome,
           effect_metric(effect, a, td_uplift_value(a, 0, TD_OVERALL_UPLIFT)));
    effect_interval(interval, a, overall);
    printf(interval[0] != '\0' ? " (%s).\n" : "%s.\n", interval);
    if (report->n_left_out > 0)
        printf("%s rows of other arms are left out.\n", td_text_count(n[0], report->n_left_out));
}

static void print_uncertainty(const td_uplift_report *report) {
    const td_uplift_request *request = &report->assessment->request;
    char n[32];
    char clusters[32];
    if (request->n_replicates == 0) {
        printf("  No intervals: --replicates N makes them.\n");
        return;
    }
    td_text_count(n, request->n_replicates);
    if (report->cluster != NULL) {
        printf("  %g %% intervals from %s paired draws of %s whole groups (%s)\n",
               100 * request->level, n, td_text_count(clusters, request->clusters.n),
               report->cluster);
    } else {
        printf("  %g %% intervals from %s paired draws of the rows\n", 100 * request->level, n);
    }
}

/* ---- 2 ---- */

static const char *plain_interval(char out[48], td_interval interval) {
    out[0] = '\0';
    return td_interval_is_defined(interval) ? td_text_interval(out, interval) : out;
}

/* The Qini of the table: the share of the perfect ranking, or for amounts causalml's. */
static uint32_t headline(const td_uplift_assessment *a) {
    return a->orders.is_binary ? TD_QINI_SKLIFT : TD_QINI_CAUSALML;
}

static void print_scores(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    uint32_t metric = headline(a);
    char text[64];
    td_grid grid;
    td_grid_open(&grid, "lrllrrr");
    const char *const heads[] = {"score", "Qini",    "interval",   "random scores",
                                 "AUUC",  "p-value", "rows needed"};
    for (int i = 0; i < 7; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t s = 0; s < a->orders.n_scores; s++) {
        const td_spread *spread = &a->verdict[s].spread[metric];
        td_interval band = td_uplift_noise_band(a->noise[metric], a->request.level);
        td_grid_cell(&grid, "%s", report->name[s]);
        td_grid_cell(&grid, "%s", td_text_metric(text, td_uplift_value(a, s, metric)));
        td_grid_cell(&grid, "%s", plain_interval(text, spread->interval));
        td_grid_cell(&grid, "%s", plain_interval(text, band));
        td_grid_cell(&grid, "%s", td_text_metric(text, td_uplift_value(a, s, TD_AUUC_CAUSALML)));
        td_grid_cell(&grid, "%s", td_text_metric(text, spread->p_value));
        td_metric needed = td_uplift_qini_rows_needed(a, s);
        if (td_metric_is_defined(needed)) td_grid_count(&grid, (uint64_t)needed.value);
        if (!td_metric_is_defined(needed)) td_grid_cell(&grid, "n/a");
    }
    printf("\nHow good are the rankings? Qini: %s\n",
           a->orders.is_binary
               ? "0 = random, 1 = the best that any ranking of these rows could show"
               : "0 = random, in units of the overall effect");
    td_grid_print(&grid, 2);
}

static void print_cuts(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    const td_uplift_cuts *cuts = &a->request.cuts;
    char text[64];
    td_grid grid;
    td_grid_open(&grid, "lrrlr");
    const char *const heads[] = {"score", "top", "uplift", "interval", "by group"};
    for (int i = 0; i < 5; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t s = 0; s < a->orders.n_scores; s++) {
        for (uint32_t i = 0; i < cuts->n; i++) {
            uint32_t place = TD_UPLIFT_AT + 2 * i;
            td_metric value = td_uplift_value(a, s, place);
            td_grid_cell(&grid, "%s", i == 0 ? report->name[s] : "");
            td_grid_cell(&grid, "%g %%", 100 * cuts->share[i]);
            td_grid_cell(&grid, "%s", effect_metric(text, a, value));
            td_grid_cell(&grid, "%s",
                         td_metric_is_defined(value)
                             ? effect_interval(text, a, a->verdict[s].spread[place].interval)
                             : value.undefined_reason);
            td_grid_cell(&grid, "%s", effect_metric(text, a, td_uplift_value(a, s, place + 1)));
        }
    }
    printf("\nEffect of the treatment among the rows on top:\n");
    td_grid_print(&grid, 2);
}

/* ---- 3 ---- */

static void tenth_row(td_grid *grid, const td_uplift_assessment *a, uint32_t g) {
    const td_uplift_verdict *verdict = &a->verdict[0];
    const td_uplift_group *group = &verdict->group[g];
    uint32_t own = td_uplift_tenth_place(&a->request.cuts, TD_TENTH_UPLIFT, g);
    uint32_t gain = td_uplift_tenth_place(&a->request.cuts, TD_TENTH_GAIN, g);
    char text[64];
    td_grid_cell(grid, "%u", g + 1);
    for (int arm = 1; arm >= 0; arm--) {
        td_grid_cell(grid, "%.0f", group->rows[arm]);
        td_grid_cell(grid, "%s",
                     group->rows[arm] > 0
                         ? mean_text(text, a, group->outcome[arm] / group->rows[arm])
                         : "n/a");
    }
    td_grid_cell(grid, "%s", effect_metric(text, a, td_uplift_value(a, 0, own)));
    td_grid_cell(grid, "%s", effect_interval(text, a, verdict->spread[own].interval));
    td_grid_cell(grid, "%s", effect_metric(text, a, td_uplift_value(a, 0, gain)));
    td_grid_cell(grid, "%s", effect_interval(text, a, verdict->spread[gain].interval));
}

static void print_tenths(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    const td_uplift_balance *balance = &a->verdict[0].balance;
    td_grid grid;
    td_grid_open(&grid, "rrrrrrlrl");
    const char *const heads[] = {"tenth",  "treated",  "mean",        "control", "mean",
                                 "uplift", "interval", "gain so far", "interval"};
    for (int i = 0; i < 9; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t g = 0; g < TD_UPLIFT_DECILES; g++) tenth_row(&grid, a, g);
    printf("\nTenths of %s, from the top; gain so far = per row of all, if everybody down to here "
           "is treated:\n",
           report->name[0]);
    td_grid_print(&grid, 2);
    char average[32];
    printf("  weighted average uplift %s\n",
           effect_metric(average, a, td_uplift_value(a, 0, TD_WEIGHTED_UPLIFT)));
    if (!td_metric_is_defined(balance->p_value)) return;
    printf("  treated share by tenth %.1f to %.1f %%, p-value of an even share %.3g%s\n",
           100 * balance->low, 100 * balance->high, balance->p_value.value,
           balance->p_value.value < 0.001
               ? ": the score knows the arm, or treatment was not assigned at random"
               : "");
}

/* ---- 4 ---- */

static void print_comparisons(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    uint32_t metric = headline(a);
    char text[64];
    if (a->n_pairs == 0) return;
    td_grid grid;
    td_grid_open(&grid, "llrlrl");
    const char *const heads[] = {"first", "second", "Qini apart", "interval", "p-value", "better"};
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < a->orders.n_scores; i++) {
        for (uint32_t k = i + 1; k < a->orders.n_scores; k++) {
            const td_spread *spread = td_uplift_difference_spread(a, i, k, metric);
            td_interval interval = spread->interval;
            int is_sure =
                td_interval_is_defined(interval) && (interval.low > 0 || interval.high < 0);
            td_grid_cell(&grid, "%s", report->name[i]);
            td_grid_cell(&grid, "%s", report->name[k]);
            td_grid_cell(&grid, "%s", td_text_metric(text, td_uplift_difference(a, i, k, metric)));
            td_grid_cell(&grid, "%s", plain_interval(text, interval));
            td_grid_cell(&grid, "%s", td_text_metric(text, spread->p_value));
            td_grid_cell(&grid, "%s",
                         is_sure ? report->name[interval.low > 0 ? i : k] : "not decided");
        }
    }
    printf("\nWhich score is better? (the same draws for both)\n");
    td_grid_print(&grid, 2);
}

static void print_dialects(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    td_grid grid;
    td_grid_open(&grid, "lrlll");
    const char *const heads[] = {"dialect", "value", "interval", "random scores", ""};
    for (int i = 0; i < 5; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t m = TD_QINI_SKLIFT; m <= TD_AUUC_EXCESS; m++) {
        td_metric value = td_uplift_value(a, 0, m);
        td_interval band = td_uplift_noise_band(a->noise[m], a->request.level);
        td_grid_cell(&grid, "%s %s", m <= TD_QINI_AREA ? "Qini" : "AUUC",
                     td_uplift_metric_name((td_uplift_metric)m));
        td_grid_cell(&grid, td_metric_is_defined(value) ? "%.6g" : "n/a", value.value);
        td_interval interval = a->verdict[0].spread[m].interval;
        td_grid_cell(&grid, td_interval_is_defined(interval) ? "%.4g to %.4g" : "", interval.low,
                     interval.high);
        td_grid_cell(&grid, td_interval_is_defined(band) ? "%.4g to %.4g" : "", band.low,
                     band.high);
        td_grid_cell(&grid, "%s", td_metric_is_defined(value) ? "" : value.undefined_reason);
    }
    printf("\nThe same ranking (%s) in the dialects of other systems:\n", report->name[0]);
    td_grid_print(&grid, 2);
}

/* ---- 5 ---- */

int td_uplift_standing(const td_uplift_assessment *a, uint32_t s) {
    uint32_t metric = TD_QINI_AREA;
    double value = a->verdict[s].value[metric];
    td_interval band = td_uplift_noise_band(a->noise[metric], a->request.level);
    td_interval interval = a->verdict[s].spread[metric].interval;
    int has_interval = td_interval_is_defined(interval);
    if (!td_interval_is_defined(band)) return 0;
    if (value > band.high && (!has_interval || interval.low > 0)) return 1;
    if (value < band.low && (!has_interval || interval.high < 0)) return -1;
    return 0;
}

/* First tenth at whose end the gain is greatest. */
static uint32_t best_depth(const td_uplift_assessment *a, uint32_t s) {
    uint32_t best = 0;
    const double *gain =
        &a->verdict[s].value[td_uplift_tenth_place(&a->request.cuts, TD_TENTH_GAIN, 0)];
    for (uint32_t g = 1; g < TD_UPLIFT_DECILES; g++) {
        if (gain[g] > gain[best]) best = g;
    }
    return best;
}

/* What a ranking that is better than chance is good for. */
static void print_use(const td_uplift_assessment *a, uint32_t s) {
    double all = a->verdict[s].value[TD_OVERALL_UPLIFT];
    double part = a->verdict[s].value[td_uplift_tenth_place(&a->request.cuts, TD_TENTH_GAIN, 2)];
    uint32_t best = best_depth(a, s);
    printf("ranks better than chance.");
    if (all > 0 && part == part)
        printf(" Treating its top 30 %% brings %.0f %% of what treating everybody brings.",
               100 * part / all);
    if (best + 1 < TD_UPLIFT_DECILES) {
        printf(" The gain is greatest at the top %u %%.\n", 10 * (best + 1));
    } else {
        printf(" Without costs, treating everybody gains most.\n");
    }
}

static void print_conclusions(const td_uplift_report *report) {
    const td_uplift_assessment *a = report->assessment;
    printf("\n");
    for (uint32_t s = 0; s < a->orders.n_scores; s++) {
        int standing = td_uplift_standing(a, s);
        printf("%s: ", report->name[s]);
        if (standing > 0) {
            print_use(a, s);
        } else if (standing < 0) {
            printf("ranks backwards: the treatment works best at its bottom.\n");
        } else {
            printf("no better than a random order on these rows; more rows or another score are "
                   "needed.\n");
        }
    }
}

void td_print_uplift_report(const td_uplift_report *report) {
    print_facts(report);
    print_scores(report);
    print_uncertainty(report);
    print_cuts(report);
    print_tenths(report);
    print_comparisons(report);
    print_dialects(report);
    print_conclusions(report);
}
