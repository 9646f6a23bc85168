/* cli/roi_report.c: the answer of `tundish roi` as text, JSON and a chart.
 *
 *   1. With several policies a row each, then the one with the greatest mean in detail. The pick is
 *      made on the same draws that are shown, so its mean promises too much; the text says so.
 *   2. Effect, conversions, revenue, profit over the horizon: mean and quantiles over the draws.
 *   3. What is in doubt: chance of a loss, break-even, the value of perfect information (EVPI) and
 *      of that on the effect alone (EVPPI), the value of further units (EVSI).
 *   4. Words: whether more data or better guesses would help more (EVPPI against half of EVPI).
 *
 * Nothing is computed here but EVSI (td_roi_evsi) and roundings; stats/roi has the formulas. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/roi.h"
#include "io/figure.h"
#include "io/file.h"

/* --- JSON ------------------------------------------------------------------------------------- */

/* Mean, standard deviation and quantiles p05 ... p95 of one quantity over the draws. */
static void json_spread(td_json *json, const char *name, const td_roi_spread *s) {
    char key[8];
    td_json_object(json, name);
    td_json_f64(json, "mean", s->mean);
    td_json_f64(json, "sd", s->sd);
    for (int q = 0; q < TD_ROI_QUANTILES; q++) {
        snprintf(key, sizeof key, "p%02d", (int)(100.0 * td_roi_quantile_at[q] + 0.5));
        td_json_f64(json, key, s->quantile[q]);
    }
    td_json_end(json);
}

/* Draws of the profit in bins of equal width. */
static void json_histogram(td_json *json, const td_roi *roi) {
    td_json_object(json, "histogram");
    td_json_f64(json, "low", roi->bin_low);
    td_json_f64(json, "width", roi->bin_width);
    td_json_array(json, "draws");
    for (int b = 0; b < TD_ROI_BINS; b++) td_json_u64(json, NULL, roi->bin[b]);
    td_json_end(json);
    td_json_end(json);
}

/* One policy: what it brings, what may go wrong, what knowing more would be worth. */
static void json_choice(td_json *json, const td_roi_choice *c) {
    const td_roi *roi = &c->roi;
    td_json_object(json, NULL);
    td_json_f64(json, "share", c->model.share.a);
    json_spread(json, "effect", &roi->effect);
    json_spread(json, "conversions", &roi->conversions);
    json_spread(json, "revenue", &roi->revenue);
    json_spread(json, "profit", &roi->profit);
    td_json_f64(json, "chance_of_loss", roi->chance_of_loss);
    td_json_f64(json, "mean_loss", roi->mean_loss);
    td_json_f64(json, "break_even_effect", roi->break_even_effect);
    td_json_f64(json, "break_even_contact_cost", roi->break_even_cost);
    td_json_f64(json, "evpi", roi->evpi);
    td_json_f64(json, "evpi_effect", roi->evpi_effect);
    json_histogram(json, roi);
    td_json_end(json);
}

/* Value of `units` more an arm (EVSI): they would tell the effect to a standard error of
 * sqrt(unit_variance / units). */
static double more_worth(const td_roi_report *r, double units) {
    return td_roi_evsi(&r->choice[r->best].roi, sqrt(r->unit_variance / units));
}

void td_roi_fill_json(td_json *json, const void *ctx) {
    const td_roi_report *r = ctx;
    td_json_u64(json, "draws", r->choice[0].roi.n);
    td_json_u64(json, "seed", r->seed);
    td_json_u64(json, "best", r->best);
    td_json_array(json, "choices");
    for (uint32_t i = 0; i < r->n; i++) json_choice(json, &r->choice[i]);
    td_json_end(json);
    if (r->n_more == 0) return;
    td_json_array(json, "more_data");
    for (uint32_t i = 0; i < r->n_more; i++) {
        td_json_object(json, NULL);
        td_json_f64(json, "units_per_arm", r->more[i]);
        td_json_f64(json, "evsi", more_worth(r, r->more[i]));
        td_json_end(json);
    }
    td_json_end(json);
}

/* --- text ------------------------------------------------------------------------------------- */

static void add_spread(td_grid *grid, const char *name, const td_roi_spread *s) {
    td_grid_cell(grid, "%s", name);
    td_grid_cell(grid, "%.6g", s->mean);
    for (int q = 0; q < TD_ROI_QUANTILES; q++) td_grid_cell(grid, "%.6g", s->quantile[q]);
}

/* break_even_effect is infinite where a conversion earns nothing. */
static void print_choice(const td_roi_choice *c) {
    static const char *const heads[] = {"over the horizon", "mean", "5 %", "25 %",
                                        "half below",       "75 %", "95 %"};
    const td_roi *roi = &c->roi;
    td_grid grid;
    td_grid_open(&grid, "lrrrrrr");
    for (int i = 0; i < 7; i++) td_grid_cell(&grid, "%s", heads[i]);
    add_spread(&grid, "effect per treated unit", &roi->effect);
    add_spread(&grid, "conversions more", &roi->conversions);
    add_spread(&grid, "revenue more", &roi->revenue);
    add_spread(&grid, "profit", &roi->profit);
    td_grid_print(&grid, 0);
    printf("\nchance of a loss %.1f %%; what rolling out may lose on average %.6g\n",
           100.0 * roi->chance_of_loss, roi->mean_loss);
    if (roi->break_even_effect - roi->break_even_effect == 0)
        printf("break-even: an effect of %.4g per treated unit, or a contact cost of %.4g\n",
               roi->break_even_effect, roi->break_even_cost);
    else
        puts("break-even: none, a conversion earns nothing here (share, order value or margin is "
             "0)");
    printf("knowing everything would be worth %.6g, knowing the effect alone %.6g\n", roi->evpi,
           roi->evpi_effect);
}

/* A row per policy; the details of the best one follow. */
static void print_policies(const td_roi_report *r) {
    static const char *const heads[] = {"treated", "profit", "5 %", "95 %", "chance of a loss", ""};
    td_grid grid;
    td_grid_open(&grid, "rrrrrl");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < r->n; i++) {
        const td_roi *roi = &r->choice[i].roi;
        td_grid_cell(&grid, "%.4g %%", 100.0 * r->choice[i].model.share.a);
        td_grid_cell(&grid, "%.6g", roi->profit.mean);
        td_grid_cell(&grid, "%.6g", roi->profit.quantile[0]);
        td_grid_cell(&grid, "%.6g", roi->profit.quantile[TD_ROI_QUANTILES - 1]);
        td_grid_cell(&grid, "%.1f %%", 100.0 * roi->chance_of_loss);
        td_grid_cell(&grid, "%s", i == r->best ? "greatest mean" : "");
    }
    td_grid_print(&grid, 0);
    printf("\nthe policy with the greatest mean profit (picked as the best of %u on these very "
           "numbers,\nso it promises somewhat too much):\n\n",
           r->n);
}

/* What the numbers advise; a chance of a loss is not an order to stop. */
static void print_words(const td_roi *roi) {
    const char *what = roi->profit.mean > 0    ? "rolling out earns more than not"
                       : roi->profit.mean == 0 ? "rolling out earns exactly what it costs"
                                               : "rolling out costs more than it earns";
    printf("\nIn words: on average %s (%.6g). In %.0f of 100 worlds that fit the\nexperiment and "
           "the guesses it loses money.",
           what, roi->profit.mean, 100.0 * roi->chance_of_loss);
    if (roi->effect.sd == 0 && roi->profit.sd == 0) {
        puts(" Every number was taken as sure, so this is\narithmetic and no forecast: give what "
             "was "
             "measured with its standard error (MEAN+-SD).");
    } else if (roi->evpi_effect > 0.5 * roi->evpi) {
        puts(" Most of the doubt is about the effect: a longer experiment\npays if it costs less "
             "than what knowing the effect is worth.");
    } else {
        puts(" Most of the doubt is about the guesses, not about the\neffect: a longer experiment "
             "helps less than better numbers for cost and margin.");
    }
}

void td_roi_print(const td_roi_report *r) {
    char draws[32];
    if (r->n > 1) print_policies(r);
    const td_roi_choice *best = &r->choice[r->best];
    print_choice(best);
    for (uint32_t i = 0; i < r->n_more; i++)
        printf("a further experiment of %.10g units an arm would be worth %.6g, less its cost\n",
               r->more[i], more_worth(r, r->more[i]));
    print_words(&best->roi);
    printf("(%s draws, seed %llu)\n", td_text_count(draws, best->roi.n),
           (unsigned long long)r->seed);
}

/* --- chart ------------------------------------------------------------------------------------ */

/* Columns are shares of the draws, labelled by the middle of their bin. */
td_status td_roi_write_figure(const td_roi_report *r, td_error *err) {
    const td_roi *roi = &r->choice[r->best].roi;
    char label[TD_ROI_BINS][24];
    td_bar bars[TD_ROI_BINS];
    double top = 0;
    if (r->options->figure == NULL) return TD_OK;
    for (int b = 0; b < TD_ROI_BINS; b++) {
        double middle = roi->bin_low + (b + 0.5) * roi->bin_width;
        snprintf(label[b], sizeof label[b], "%.3g", middle);
        double share = (double)roi->bin[b] / (double)roi->n;
        bars[b] = (td_bar){.label = label[b], .value = share};
        top = fmax(top, share);
    }
    td_axis y = {"share of draws", 0, 1.1 * top, TD_STYLE_PERCENT};
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, r->options->figure, err));
    td_figure_columns(writer, "Profit over the horizon", y, bars, TD_ROI_BINS);
    return td_writer_commit(writer, err);
}
