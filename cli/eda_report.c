/* cli/eda_report.c: a first look as text and as JSON.
 *
 * Text shows what fits a terminal: totals, hours and weekdays, the largest categories, quantiles of
 * the spreads, the busiest ten, suspects, coverage. JSON has everything, days and bins included. */
#include "cli/eda_report.h"

#include <stdio.h>

#include "cli/kpi_report.h"

enum { TOP_SHOWN = 10, CATEGORIES_SHOWN = 10 };

/* 0 of nothing: a column of shares has no gaps, and its denominator stands beside it. */
static double share(uint64_t n, uint64_t of) { return of > 0 ? (double)n / (double)of : 0; }

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_kinds(td_json *json, const uint64_t n_of_kind[TD_N_KINDS]) {
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        td_json_u64(json, td_event_kind_name((td_event_kind)kind), n_of_kind[kind]);
}

/* Sessions and conversion of a group, and the events in it by their own time. */
static void json_group(td_json *json, const char *label, const td_kpi_row *row,
                       const uint64_t *n_of_kind) {
    static const td_kpi_id shares[] = {TD_KPI_VIEW_TO_CART, TD_KPI_CART_TO_PURCHASE,
                                       TD_KPI_SESSION_CONVERSION, TD_KPI_BOUNCE_RATE};
    td_json_object(json, NULL);
    td_json_text(json, "label", label);
    td_json_u64(json, "sessions", row->kpi[TD_KPI_SESSIONS].numerator);
    td_json_u64(json, "visitors", row->kpi[TD_KPI_VISITORS].numerator);
    td_json_u64(json, "orders", row->kpi[TD_KPI_ORDERS].numerator);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        td_json_f64(json, td_kpi_name(shares[i]), td_ratio_value(row->kpi[shares[i]]));
    if (n_of_kind != NULL) {
        td_json_object(json, "events");
        json_kinds(json, n_of_kind);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Hours and weekdays have all their events as well: those of a session that reaches past midnight
 * are counted where they happened, the session where it began. Days have sessions only. */
static void json_calendar(td_json *json, const td_eda_look *look, td_kpi_calendar calendar) {
    static const char *const key[TD_N_CALENDARS] = {"days", "hours", "weekdays"};
    const td_kpi_breakdown *by = &look->kpis.by[calendar];
    td_json_array(json, key[calendar]);
    for (uint32_t g = 0; g < by->n; g++) {
        char label[16];
        td_kpi_label_text(label, calendar, by->label[g]);
        const uint64_t *events = calendar == TD_BY_HOUR      ? look->clock.hour[by->label[g]]
                                 : calendar == TD_BY_WEEKDAY ? look->clock.weekday[by->label[g]]
                                                             : NULL;
        json_group(json, label, &by->row[g], events);
    }
    td_json_end(json);
}

/* Categories with a session, the largest first; "unknown" is where no property was known yet. */
static void json_categories(td_json *json, const td_eda_categories *categories) {
    td_json_array(json, "categories");
    for (uint32_t i = 0; i < categories->n; i++) {
        char label[32] = "unknown";
        if (categories->id[i] >= 0)
            snprintf(label, sizeof label, "%lld", (long long)categories->id[i]);
        json_group(json, label, categories->row[i], NULL);
    }
    td_json_end(json);
}

/* Order statistics and bins; a spread of nothing has bins of 0 and no quantiles. */
static void json_spread(td_json *json, const char *name, const td_spread *spread) {
    td_json_object(json, name);
    td_json_u64(json, "n", spread->n);
    if (spread->n > 0) {
        td_json_f64(json, "mean", spread->mean);
        td_json_i64(json, "least", spread->least);
        for (int q = 0; q < TD_N_QUANTILES; q++) {
            char key[8];
            snprintf(key, sizeof key, "p%d", td_kpi_quantile_percent(q));
            td_json_i64(json, key, spread->quantile[q]);
        }
        td_json_i64(json, "greatest", spread->greatest);
    }
    td_json_array(json, "bins");
    for (uint32_t b = 0; b < spread->n_bins; b++) {
        td_json_object(json, NULL);
        td_json_i64(json, "from", spread->from[b]);
        td_json_u64(json, "n", spread->bin[b]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

/* How much a group of visitors weighs in the log. */
static void json_share(td_json *json, const char *name, const td_eda_share *s) {
    td_json_object(json, name);
    td_json_u64(json, "visitors", s->visitors);
    td_json_u64(json, "events", s->events);
    td_json_u64(json, "transactions", s->transactions);
    td_json_end(json);
}

/* The rule stands beside what it found, so that a number can be judged without the documents. */
static void json_visitors(td_json *json, const td_eda *eda) {
    td_json_object(json, "visitors");
    td_json_object(json, "rule");
    td_json_u64(json, "heavy_events", eda->rule.heavy_events);
    td_json_u64(json, "fast_gaps", eda->rule.fast_gaps);
    td_json_i64(json, "fast_ms", eda->rule.fast_ms);
    td_json_u64(json, "sleepless_hours", eda->rule.sleepless_hours);
    td_json_end(json);
    for (int bit = 0; bit < TD_N_VISITOR_FLAGS; bit++)
        json_share(json, td_visitor_flag_name(bit), &eda->flagged[bit]);
    json_share(json, "robotic", &eda->robotic);
    td_json_array(json, "busiest");
    for (uint32_t i = 0; i < eda->n_visitors; i++) {
        const td_eda_visitor *visitor = &eda->visitor[i];
        td_json_object(json, NULL);
        td_json_i64(json, "visitor", visitor->id);
        json_kinds(json, visitor->n_of_kind);
        td_json_u64(json, "sessions", visitor->n_sessions);
        if (visitor->median_gap_ms >= 0) {
            td_json_i64(json, "median_gap_ms", visitor->median_gap_ms);
        } else {
            td_json_null(json, "median_gap_ms");
        }
        td_json_u64(json, "day_hours", visitor->day_hours);
        for (int bit = 0; bit < TD_N_VISITOR_FLAGS; bit++)
            td_json_bool(json, td_visitor_flag_name(bit), visitor->flags >> bit & 1);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}

/* The busiest items by all their events. */
static void json_items(td_json *json, const td_eda *eda) {
    td_json_array(json, "items");
    for (uint32_t i = 0; i < eda->n_items; i++) {
        td_json_object(json, NULL);
        td_json_i64(json, "item", eda->item[i].id);
        json_kinds(json, eda->item[i].n_of_kind);
        td_json_end(json);
    }
    td_json_end(json);
}

/* Items with a property at any time, and events that could have seen it: the second is what counts
 * for features as of a time. */
static void json_coverage(td_json *json, const td_eda_look *look) {
    td_json_object(json, "coverage");
    for (int p = 0; look->shop->catalog.has_properties && p < TD_N_PROPERTIES; p++) {
        td_json_object(json, td_property_name((td_property)p));
        td_json_u64(json, "items", look->eda.items_with[p]);
        td_json_f64(json, "share_of_items",
                    share(look->eda.items_with[p], look->shop->log.events.items.n));
        td_json_u64(json, "events", look->eda.events_with[p]);
        td_json_f64(json, "share_of_events",
                    share(look->eda.events_with[p], look->shop->log.events.n));
        td_json_end(json);
    }
    td_json_end(json);
}

/* The keys of `kpi` first, so that a reader of one can read the other. */
void td_eda_json(td_json *json, const td_eda_look *look) {
    const td_events *events = &look->shop->log.events;
    td_kpi_json_counts(json, look->shop, &look->kpis.total);
    td_shop_json_excluded(json, look->shop);
    td_json_object(json, "span");
    td_json_i64(json, "first_timestamp", events->first_timestamp);
    td_json_i64(json, "last_timestamp", events->last_timestamp);
    td_json_end(json);
    td_kpi_json_row(json, &look->kpis.total);
    json_calendar(json, look, TD_BY_HOUR);
    json_calendar(json, look, TD_BY_WEEKDAY);
    json_calendar(json, look, TD_BY_DAY);
    json_categories(json, &look->categories);
    td_json_object(json, "spreads");
    for (int id = 0; id < TD_N_SPREADS; id++)
        json_spread(json, td_spread_name((td_spread_id)id), &look->eda.spread[id]);
    td_json_end(json);
    json_visitors(json, &look->eda);
    json_items(json, &look->eda);
    json_coverage(json, look);
}

/* --- text ------------------------------------------------------------------------------------- */

static void add_percent(td_grid *grid, td_ratio ratio) {
    if (ratio.denominator > 0) {
        td_grid_cell(grid, "%.3f %%", 100 * td_ratio_value(ratio));
    } else {
        td_grid_cell(grid, "-");
    }
}

/* One line of a table of groups; the columns are those of open_groups. */
static void add_group(td_grid *grid, const char *label, const td_kpi_row *row) {
    td_grid_cell(grid, "%s", label);
    td_grid_count(grid, row->kpi[TD_KPI_SESSIONS].numerator);
    td_grid_count(grid, row->kpi[TD_KPI_EVENTS_VIEW].numerator);
    td_grid_count(grid, row->kpi[TD_KPI_EVENTS_ADDTOCART].numerator);
    td_grid_count(grid, row->kpi[TD_KPI_ORDERS].numerator);
    add_percent(grid, row->kpi[TD_KPI_VIEW_TO_CART]);
    add_percent(grid, row->kpi[TD_KPI_CART_TO_PURCHASE]);
    add_percent(grid, row->kpi[TD_KPI_SESSION_CONVERSION]);
}

/* The same columns for hours, weekdays and categories, so that tables can be read across. */
static void open_groups(td_grid *grid, const char *heading) {
    static const char *const heads[] = {"sessions",  "views",       "carts", "orders",
                                        "view>cart", "cart>bought", "bought"};
    td_grid_open(grid, "lrrrrrrr");
    td_grid_cell(grid, "%s", heading);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) td_grid_cell(grid, "%s", heads[i]);
}

/* Days are too many for a terminal: they are in JSON and on the page. */
static void print_calendar(const td_eda_look *look, td_kpi_calendar calendar) {
    const td_kpi_breakdown *by = &look->kpis.by[calendar];
    td_grid grid;
    open_groups(&grid, td_kpi_calendar_name(calendar));
    for (uint32_t g = 0; g < by->n; g++) {
        char label[16];
        td_kpi_label_text(label, calendar, by->label[g]);
        add_group(&grid, label, &by->row[g]);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* The largest few: the tail is in JSON. */
static void print_categories(const td_eda_categories *categories) {
    if (categories->n == 0) return;
    td_grid grid;
    open_groups(&grid, "category");
    for (uint32_t i = 0; i < categories->n && i < CATEGORIES_SHOWN; i++) {
        char label[32] = "unknown";
        if (categories->id[i] >= 0)
            snprintf(label, sizeof label, "%lld", (long long)categories->id[i]);
        add_group(&grid, label, categories->row[i]);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
    if (categories->n > CATEGORIES_SHOWN)
        printf("and %u more, in JSON and on the page\n", categories->n - CATEGORIES_SHOWN);
}

/* A count or a length of time; "-" for none. */
static void add_value(td_grid *grid, int is_time, int64_t value) {
    char text[32];
    if (value < 0) {
        td_grid_cell(grid, "-");
    } else if (is_time) {
        td_grid_cell(grid, "%s", td_text_duration(text, value));
    } else {
        td_grid_count(grid, (uint64_t)value);
    }
}

/* Quantiles rather than means: these tails are long. */
static void print_spreads(const td_eda *eda) {
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrr");
    td_grid_cell(&grid, "spread");
    td_grid_cell(&grid, "n");
    for (int q = 0; q < TD_N_QUANTILES; q++)
        td_grid_cell(&grid, "%d %%", td_kpi_quantile_percent(q));
    td_grid_cell(&grid, "greatest");
    for (int id = 0; id < TD_N_SPREADS; id++) {
        const td_spread *spread = &eda->spread[id];
        int is_time = td_spread_is_time((td_spread_id)id);
        td_grid_cell(&grid, "%s", td_spread_name((td_spread_id)id));
        td_grid_count(&grid, spread->n);
        for (int q = 0; q < TD_N_QUANTILES; q++) add_value(&grid, is_time, spread->quantile[q]);
        add_value(&grid, is_time, spread->greatest);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* Each line carries its rule. */
static void print_suspects(const td_eda *eda, uint64_t n_events) {
    td_grid grid;
    td_grid_open(&grid, "lrrrrl");
    static const char *const heads[] = {"visitors who", "visitors", "events",
                                        "share",        "bought",   "rule"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) td_grid_cell(&grid, "%s", heads[i]);
    char rule[4][96];
    char text[32];
    snprintf(rule[0], sizeof rule[0], "%llu events or more",
             (unsigned long long)eda->rule.heavy_events);
    snprintf(rule[1], sizeof rule[1], "median of %llu or more gaps in sessions below %s",
             (unsigned long long)eda->rule.fast_gaps, td_text_duration(text, eda->rule.fast_ms));
    snprintf(rule[2], sizeof rule[2], "events in %u or more hours of one UTC day",
             eda->rule.sleepless_hours);
    snprintf(rule[3], sizeof rule[3], "fast or sleepless");
    for (int i = 0; i <= TD_N_VISITOR_FLAGS; i++) {
        int is_flag = i < TD_N_VISITOR_FLAGS;
        const td_eda_share *s = is_flag ? &eda->flagged[i] : &eda->robotic;
        td_grid_cell(&grid, "are %s", is_flag ? td_visitor_flag_name(i) : "robotic");
        td_grid_count(&grid, s->visitors);
        td_grid_count(&grid, s->events);
        td_grid_cell(&grid, "%.2f %%", 100 * share(s->events, n_events));
        td_grid_count(&grid, s->transactions);
        td_grid_cell(&grid, "%s", rule[i]);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* An id and what happened to it; four empty cells where the list is over. */
static void add_listed(td_grid *grid, int is_listed, int64_t id, const uint64_t *n_of_kind) {
    for (int cell = 0; !is_listed && cell <= TD_N_KINDS; cell++) td_grid_cell(grid, "%s", "");
    if (!is_listed) return;
    td_grid_cell(grid, "%lld", (long long)id);
    for (int k = 0; k < TD_N_KINDS; k++) td_grid_count(grid, n_of_kind[k]);
}

/* Two lists side by side, the busiest visitors and the most seen items. */
static void print_top(const td_eda *eda) {
    td_grid grid;
    td_grid_open(&grid, "lrrrlrrr");
    static const char *const heads[] = {"visitor", "views", "carts", "bought",
                                        "item",    "views", "carts", "bought"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) td_grid_cell(&grid, "%s", heads[i]);
    for (uint32_t i = 0; i < TOP_SHOWN && (i < eda->n_visitors || i < eda->n_items); i++) {
        const td_eda_visitor *visitor = &eda->visitor[i];
        const td_eda_item *item = &eda->item[i];
        add_listed(&grid, i < eda->n_visitors, visitor->id, visitor->n_of_kind);
        add_listed(&grid, i < eda->n_items, item->id, item->n_of_kind);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

static void print_coverage(const td_eda_look *look) {
    if (!look->shop->catalog.has_properties) return;
    const td_events *events = &look->shop->log.events;
    td_grid grid;
    td_grid_open(&grid, "lrrrr");
    td_grid_cell(&grid, "property");
    td_grid_cell(&grid, "items with it");
    td_grid_cell(&grid, "share");
    td_grid_cell(&grid, "events after it was known");
    td_grid_cell(&grid, "share");
    for (int p = 0; p < TD_N_PROPERTIES; p++) {
        td_grid_cell(&grid, "%s", td_property_name((td_property)p));
        td_grid_count(&grid, look->eda.items_with[p]);
        td_grid_cell(&grid, "%.2f %%", 100 * share(look->eda.items_with[p], events->items.n));
        td_grid_count(&grid, look->eda.events_with[p]);
        td_grid_cell(&grid, "%.2f %%", 100 * share(look->eda.events_with[p], events->n));
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}

/* From the whole to the parts: totals, when, what, how long, who, what is missing. */
void td_eda_print(const td_eda_look *look) {
    td_kpi_print_rows_read(look->shop);
    td_kpi_print_row(&look->kpis.total);
    print_calendar(look, TD_BY_HOUR);
    print_calendar(look, TD_BY_WEEKDAY);
    print_categories(&look->categories);
    print_spreads(&look->eda);
    print_suspects(&look->eda, look->shop->log.events.n);
    print_top(&look->eda);
    print_coverage(look);
}
