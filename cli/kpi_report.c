/* cli/kpi_report.c: how key figures look.
 *
 *     figure             value  numerator  denominator          "kpis": {
 *     sessions           6,229                               "view_to_cart": {"numerator": 129,
 *     view_to_cart     2.075 %        129        6,217         "denominator": 6217, "value": ...}
 *
 * Every ratio is shown with its integer numerator and denominator beside it, so that a reader
 * can check it and add it up over groups; a denominator of 0 shows as "-" in text and null in
 * JSON. Shares are shown in percent with three decimals (a conversion of 0.6 % needs them), the
 * two means and revenue as plain numbers. JSON has the exact value; text is for reading. Nothing
 * is computed here: names, definitions and counts are core/kpi's. */
#include "cli/kpi_report.h"

#include <stdio.h>
#include <string.h>

#include "cli/progress.h"

/* Shown in percent. The order of td_kpi_id is part of its contract, hence the range. */
static int is_share(td_kpi_id id) {
    return id >= TD_KPI_BOUNCE_RATE && id <= TD_KPI_VISITOR_CONVERSION;
}

/* A plain number, denominator 1: only the numerator is worth a column. */
static int is_count(td_kpi_id id) {
    int is_anomaly = id >= TD_KPI_CART_WITHOUT_VIEW && id <= TD_KPI_PURCHASE_WITHOUT_VIEW;
    return id <= TD_KPI_ORDERS || is_anomaly;
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* Keys that scripts rely on; `generate` writes the same ones. */
void td_kpi_json_counts(td_json *json, const td_shop *shop, const td_kpi_row *total) {
    td_json_object(json, "counts");
    td_json_u64(json, "rows_read", shop->log.n_rows_read);
    td_json_u64(json, "rows_kept", shop->log.events.n);
    td_json_u64(json, "rows_excluded", shop->log.exclusions.n);
    td_json_u64(json, "visitors", shop->log.events.visitors.n);
    td_json_u64(json, "items", shop->log.events.items.n);
    td_json_u64(json, "sessions", total->kpi[TD_KPI_SESSIONS].numerator);
    td_json_u64(json, "events_view", total->kpi[TD_KPI_EVENTS_VIEW].numerator);
    td_json_u64(json, "events_addtocart", total->kpi[TD_KPI_EVENTS_ADDTOCART].numerator);
    td_json_u64(json, "events_transaction", total->kpi[TD_KPI_EVENTS_TRANSACTION].numerator);
    td_json_u64(json, "orders", total->kpi[TD_KPI_ORDERS].numerator);
    td_json_end(json);
}

/* Quantiles of no sessions are null, not 0. */
static void json_duration(td_json *json, const char *name, const td_kpi_duration *duration) {
    td_json_object(json, name);
    td_json_u64(json, "n", duration->n);
    for (int q = 0; q < TD_N_QUANTILES; q++) {
        char key[8];
        snprintf(key, sizeof key, "p%d", td_kpi_quantile_percent(q));
        if (duration->n > 0) {
            td_json_i64(json, key, duration->quantile[q]);
        } else {
            td_json_null(json, key);
        }
    }
    td_json_end(json);
}

/* td_json_f64 writes the NaN of an undefined ratio as null. */
void td_kpi_json_row(td_json *json, const td_kpi_row *row) {
    td_json_object(json, "kpis");
    for (int id = 0; id < TD_N_KPIS; id++) {
        td_json_object(json, td_kpi_name((td_kpi_id)id));
        td_json_u64(json, "numerator", row->kpi[id].numerator);
        td_json_u64(json, "denominator", row->kpi[id].denominator);
        td_json_f64(json, "value", td_ratio_value(row->kpi[id]));
        if (row->kpi[id].denominator == 0) {
            td_json_text(json, "value_reason",
                         id == TD_KPI_REVENUE ? "no prices were asked for or known"
                                              : "the denominator is 0");
        }
        td_json_end(json);
    }
    td_json_end(json);
    td_json_object(json, "durations");
    for (int id = 0; id < TD_N_DURATIONS; id++)
        json_duration(json, td_kpi_duration_name((td_kpi_duration_id)id), &row->duration[id]);
    td_json_end(json);
}

/* Groups as an array: their order (time, or id) is part of the answer. */
void td_kpi_json_groups(td_json *json, const td_kpi_groups *groups) {
    td_json_object(json, "by");
    td_json_text(json, "grouping", groups->heading);
    td_json_array(json, "groups");
    for (uint32_t g = 0; g < groups->n; g++) {
        td_json_object(json, NULL);
        td_json_text(json, "label", groups->label[g]);
        td_kpi_json_row(json, groups->row[g]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

/* --- text ------------------------------------------------------------------------------------- */

/* The first line of every report on a shop: nothing was lost in silence. */
void td_kpi_print_rows_read(const td_shop *shop) {
    char read[32], kept[32], excluded[32];
    const char *separator = ": ";
    printf("%s rows read, %s kept, %s excluded", td_text_count(read, shop->log.n_rows_read),
           td_text_count(kept, shop->log.events.n),
           td_text_count(excluded, shop->log.exclusions.n));
    for (int reason = TD_KEPT + 1; reason < TD_N_REASONS; reason++) {
        uint64_t n = shop->log.exclusions.n_by_reason[reason];
        if (n == 0) continue;
        printf("%s%s %s", separator, td_text_count(read, n),
               td_exclusion_reason_name((td_exclusion_reason)reason));
        separator = ", ";
    }
    puts("\n");
}

/* The one place that decides how a figure is shown. */
static void add_value(td_grid *grid, td_kpi_id id, td_ratio ratio) {
    double value = td_ratio_value(ratio);
    if (ratio.denominator == 0) {
        td_grid_cell(grid, "-");
    } else if (is_count(id)) {
        td_grid_count(grid, ratio.numerator);
    } else if (is_share(id)) {
        td_grid_cell(grid, "%.3f %%", 100 * value);
    } else {
        td_grid_cell(grid, "%.3f", value);
    }
}

/* Revenue only where prices were read. */
void td_kpi_print_row(const td_kpi_row *row) {
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    td_grid_cell(&grid, "figure");
    td_grid_cell(&grid, "value");
    td_grid_cell(&grid, "numerator");
    td_grid_cell(&grid, "denominator");
    for (int id = 0; id < TD_N_KPIS; id++) {
        td_ratio ratio = row->kpi[id];
        if (id == TD_KPI_REVENUE && ratio.denominator == 0) continue; /* no prices were read */
        td_grid_cell(&grid, "%s", td_kpi_name((td_kpi_id)id));
        add_value(&grid, (td_kpi_id)id, ratio);
        if (is_count((td_kpi_id)id)) {
            td_grid_cell(&grid, "%s", "");
            td_grid_cell(&grid, "%s", "");
        } else {
            td_grid_count(&grid, ratio.numerator);
            td_grid_count(&grid, ratio.denominator);
        }
    }
    td_grid_print(&grid, 0);
}

/* Order statistics of whole milliseconds, rounded for the eye only here. */
void td_kpi_print_durations(const td_kpi_row *row) {
    td_grid grid;
    char text[32];
    td_grid_open(&grid, "lrrrrrr");
    td_grid_cell(&grid, "waiting time");
    td_grid_cell(&grid, "sessions");
    for (int q = 0; q < TD_N_QUANTILES; q++)
        td_grid_cell(&grid, "%d %%", td_kpi_quantile_percent(q));
    for (int id = 0; id < TD_N_DURATIONS; id++) {
        const td_kpi_duration *duration = &row->duration[id];
        td_grid_cell(&grid, "%s", td_kpi_duration_name((td_kpi_duration_id)id));
        td_grid_count(&grid, duration->n);
        for (int q = 0; q < TD_N_QUANTILES; q++)
            td_grid_cell(&grid, "%s",
                         duration->n > 0 ? td_text_duration(text, duration->quantile[q]) : "-");
    }
    td_grid_print(&grid, 0);
}

/* A choice of columns that fits a terminal; JSON has all. */
void td_kpi_print_groups(const td_kpi_groups *groups) {
    putchar('\n');
    static const td_kpi_id shown[] = {
        TD_KPI_SESSIONS,         TD_KPI_VISITORS,         TD_KPI_EVENTS_VIEW,
        TD_KPI_EVENTS_ADDTOCART, TD_KPI_ORDERS,           TD_KPI_BOUNCE_RATE,
        TD_KPI_VIEW_TO_CART,     TD_KPI_CART_TO_PURCHASE, TD_KPI_SESSION_CONVERSION};
    static const char *const heads[] = {"sessions", "visitors",  "views",       "carts", "orders",
                                        "bounce",   "view>cart", "cart>bought", "bought"};
    enum { N_SHOWN = sizeof shown / sizeof *shown };
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrrrr");
    td_grid_cell(&grid, "%s", groups->heading);
    for (int i = 0; i < N_SHOWN; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t g = 0; g < groups->n; g++) {
        td_grid_cell(&grid, "%s", groups->label[g]);
        for (int i = 0; i < N_SHOWN; i++) add_value(&grid, shown[i], groups->row[g]->kpi[shown[i]]);
    }
    td_grid_print(&grid, 0);
}

/* --- timings ---------------------------------------------------------------------------------- */

void td_kpi_stage_done(td_kpi_stages *stages, td_kpi_stage stage) {
    double now = td_clock_seconds();
    stages->seconds[stage] = now - stages->clock;
    stages->clock = now;
}

void td_kpi_json_stages(td_json *json, const td_kpi_stages *stages) {
    static const char *const name[TD_N_KPI_STAGES][2] = {{"read", "read_mb_per_s"},
                                                         {"catalog", "catalog_mb_per_s"},
                                                         {"sessions", "sessions_mb_per_s"},
                                                         {"figures", "figures_mb_per_s"}};
    td_json_object(json, "timings");
    for (int s = 0; s < TD_N_KPI_STAGES; s++) {
        double seconds = stages->seconds[s];
        td_json_f64(json, name[s][0], seconds);
        if (seconds > 0 && stages->bytes > 0 && s != TD_STAGE_CATALOG)
            td_json_f64(json, name[s][1], (double)stages->bytes / 1e6 / seconds);
    }
    td_json_end(json);
}
