/* cli/eda_page.c: a first look as one HTML page with figures, readable from top to bottom: how
 * much, when, what, how long, who, what is missing. All numbers are those of the JSON. */
#include <math.h>
#include <stdio.h>

#include "cli/eda_report.h"
#include "core/base/mem.h"
#include "io/figure.h"
#include "io/report_html.h"

enum { CATEGORIES_SHOWN = 15 };

/* A share as the page writes it. */
static const char *percent(char out[40], double value) {
    return td_number_format(out, value, TD_STYLE_PERCENT);
}

/* Upper end of an axis that holds n values with some air. */
static double top_of(const td_bar *bar, uint32_t n) {
    double top = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (bar[i].value > top) top = bar[i].value;
    }
    return top > 0 ? 1.1 * top : 1;
}

/* A figure of upright columns from zero: heights are only comparable from there. */
static void put_columns(td_writer *writer, const char *title, td_number_style style,
                        const td_bar *bar, uint32_t n, const char *caption) {
    td_axis y = {.low = 0, .high = top_of(bar, n), .style = style};
    td_page_figure_open(writer);
    td_figure_columns(writer, title, y, bar, n);
    td_page_figure_close(writer, caption);
}

/* What a reader wants to know before anything else: how much, over which time. */
static void put_totals(td_writer *writer, const td_eda_look *look) {
    const td_ratio *kpi = look->kpis.total.kpi;
    const td_event_log *log = &look->shop->log;
    static const char *const names[] = {"events", "visitors", "sessions", "orders", "conversion"};
    char text[5][40], from[32], to[32], line[200], a[40], b[40];
    const char *values[] = {td_text_count(text[0], log->events.n),
                            td_text_count(text[1], kpi[TD_KPI_VISITORS].numerator),
                            td_text_count(text[2], kpi[TD_KPI_SESSIONS].numerator),
                            td_text_count(text[3], kpi[TD_KPI_ORDERS].numerator),
                            percent(text[4], td_ratio_value(kpi[TD_KPI_SESSION_CONVERSION]))};
    td_page_cards(writer, names, values, 5);
    snprintf(line, sizeof line, "%s rows read, %s excluded; %s to %s UTC.",
             td_text_count(a, log->n_rows_read), td_text_count(b, log->exclusions.n),
             td_text_time(from, log->events.first_timestamp),
             td_text_time(to, log->events.last_timestamp));
    td_page_paragraph(writer, line);
}

/* Sessions and conversion of up to 24 groups. */
static void put_calendar(td_writer *writer, const td_eda_look *look, td_kpi_calendar calendar,
                         const char *const titles[2]) {
    const td_kpi_breakdown *by = &look->kpis.by[calendar];
    char label[24][16];
    td_bar sessions[24], conversion[24];
    uint32_t n = by->n < 24 ? by->n : 24;
    for (uint32_t i = 0; i < n; i++) {
        td_kpi_label_text(label[i], calendar, by->label[i]);
        if (calendar == TD_BY_WEEKDAY) label[i][3] = '\0';
        const td_ratio *kpi = by->row[i].kpi;
        sessions[i] = (td_bar){.label = label[i], .value = (double)kpi[TD_KPI_SESSIONS].numerator};
        conversion[i] =
            (td_bar){.label = label[i], .value = td_ratio_value(kpi[TD_KPI_SESSION_CONVERSION])};
    }
    put_columns(writer, titles[0], TD_STYLE_COUNT, sessions, n, "By the session's start, UTC.");
    put_columns(writer, titles[1], TD_STYLE_PERCENT, conversion, n,
                "Sessions with a purchase / sessions.");
}

/* x, sessions and conversion of each day; the arrays have [by->n] each. */
static void draw_days(td_writer *writer, const td_kpi_breakdown *by, double *x, double *sessions,
                      double *conversion) {
    double most = 1, best = 0;
    for (uint32_t i = 0; i < by->n; i++) {
        x[i] = (double)(by->label[i] - by->label[0]);
        sessions[i] = (double)by->row[i].kpi[TD_KPI_SESSIONS].numerator;
        conversion[i] = td_ratio_value(by->row[i].kpi[TD_KPI_SESSION_CONVERSION]);
        if (sessions[i] > most) most = sessions[i];
        if (conversion[i] > best) best = conversion[i];
    }
    td_axis days = {"days since the first", 0, fmax(1, x[by->n - 1]), TD_STYLE_COUNT};
    td_axis up = {"sessions", 0, 1.1 * most, TD_STYLE_COUNT};
    td_axis rate = {"conversion", 0, best > 0 ? 1.1 * best : 1, TD_STYLE_PERCENT};
    td_series series = {.x = x, .y = sessions, .n = by->n};
    td_page_figure_open(writer);
    td_figure_lines(writer, "Sessions by day", days, up, &series, 1);
    td_page_figure_close(writer,
                         "A step that is no season is a change of tracking: find it first.");
    series.y = conversion;
    td_page_figure_open(writer);
    td_figure_lines(writer, "Session conversion by day", days, rate, &series, 1);
    td_page_figure_close(writer, "Sessions with a purchase / sessions, by the day of the start.");
}

/* Without memory the page goes without this figure; the tables still stand. */
static void put_days(td_writer *writer, const td_eda_look *look) {
    const td_kpi_breakdown *by = &look->kpis.by[TD_BY_DAY];
    if (by->n == 0) return;
    double *values = td_mem_array(3 * (uint64_t)by->n, sizeof *values, NULL);
    if (values != NULL) draw_days(writer, by, values, values + by->n, values + 2 * by->n);
    td_mem_free(values);
}

/* A table, since names are ids; the largest ones. */
static void put_categories(td_writer *writer, const td_eda_categories *categories) {
    if (categories->n == 0) return;
    static const char *const heads[] = {"category", "sessions",  "views", "carts",
                                        "orders",   "view>cart", "bought"};
    td_page_section(writer, "categories", "Top-level categories");
    td_page_table_open(writer, heads, 7);
    for (uint32_t i = 0; i < categories->n && i < CATEGORIES_SHOWN; i++) {
        const td_ratio *kpi = categories->row[i]->kpi;
        char text[7][40];
        snprintf(text[0], sizeof text[0], categories->id[i] < 0 ? "unknown" : "%lld",
                 (long long)categories->id[i]);
        const char *cells[] = {text[0],
                               td_text_count(text[1], kpi[TD_KPI_SESSIONS].numerator),
                               td_text_count(text[2], kpi[TD_KPI_EVENTS_VIEW].numerator),
                               td_text_count(text[3], kpi[TD_KPI_EVENTS_ADDTOCART].numerator),
                               td_text_count(text[4], kpi[TD_KPI_ORDERS].numerator),
                               percent(text[5], td_ratio_value(kpi[TD_KPI_VIEW_TO_CART])),
                               percent(text[6], td_ratio_value(kpi[TD_KPI_SESSION_CONVERSION]))};
        td_page_row(writer, cells, 7);
    }
    td_page_table_close(writer);
}

/* "5", "6-10", "1001+"; "<1 s", "1.0 s", ... */
static void bin_label(char out[48], const td_spread *spread, uint32_t b, int is_time) {
    char a[32];
    int is_last = b + 1 == spread->n_bins;
    if (is_time) {
        snprintf(out, 48, "%s%s", td_text_duration(a, spread->from[b]), is_last ? "+" : "");
    } else if (is_last) {
        snprintf(out, 48, "%lld+", (long long)spread->from[b]);
    } else if (spread->from[b + 1] - spread->from[b] > 1) {
        snprintf(out, 48, "%lld-%lld", (long long)spread->from[b],
                 (long long)spread->from[b + 1] - 1);
    } else {
        snprintf(out, 48, "%lld", (long long)spread->from[b]);
    }
}

/* Bars of the bins, each with its share; bins widen, so lengths are counts and no densities. */
static void put_spread(td_writer *writer, const td_eda *eda, td_spread_id id, const char *title) {
    const td_spread *spread = &eda->spread[id];
    char label[TD_SPREAD_MAX_BINS][48];
    char note[TD_SPREAD_MAX_BINS][40];
    td_bar bar[TD_SPREAD_MAX_BINS];
    for (uint32_t b = 0; b < spread->n_bins; b++) {
        bin_label(label[b], spread, b, td_spread_is_time(id));
        double part = spread->n > 0 ? (double)spread->bin[b] / (double)spread->n : 0;
        bar[b] = (td_bar){label[b], (double)spread->bin[b], percent(note[b], part)};
    }
    td_page_figure_open(writer);
    td_figure_bars(writer, title, TD_STYLE_COUNT, bar, spread->n_bins);
    td_page_figure_close(writer, td_spread_is_time(id) ? "Each bar starts at its time." : "");
}

/* The rule first, then what it found. */
static void put_suspects(td_writer *writer, const td_eda *eda, uint64_t n_events) {
    static const char *const heads[] = {"visitors", "number", "events", "share of events",
                                        "transactions"};
    char line[240], gap[32];
    snprintf(line, sizeof line,
             "Heavy: %llu events or more. Fast: the median of %llu or more gaps inside sessions is "
             "below %s. Sleepless: events in %u or more hours of one UTC day. Robotic: fast or "
             "sleepless.",
             (unsigned long long)eda->rule.heavy_events, (unsigned long long)eda->rule.fast_gaps,
             td_text_duration(gap, eda->rule.fast_ms), eda->rule.sleepless_hours);
    td_page_paragraph(writer, line);
    td_page_table_open(writer, heads, 5);
    for (int i = 0; i <= TD_N_VISITOR_FLAGS; i++) {
        int is_flag = i < TD_N_VISITOR_FLAGS;
        const td_eda_share *s = is_flag ? &eda->flagged[i] : &eda->robotic;
        char text[4][40];
        const char *cells[] = {
            is_flag ? td_visitor_flag_name(i) : "robotic", td_text_count(text[0], s->visitors),
            td_text_count(text[1], s->events),
            percent(text[2], n_events > 0 ? (double)s->events / (double)n_events : 0),
            td_text_count(text[3], s->transactions)};
        td_page_row(writer, cells, 5);
    }
    td_page_table_close(writer);
}

/* The busiest visitors with all that the rule looks at, so that a reader can judge. */
static void put_visitors(td_writer *writer, const td_eda *eda) {
    static const char *const heads[] = {"visitor",  "views",      "carts",          "purchases",
                                        "sessions", "median gap", "hours of a day", "flags"};
    td_page_table_open(writer, heads, 8);
    for (uint32_t i = 0; i < eda->n_visitors; i++) {
        const td_eda_visitor *v = &eda->visitor[i];
        char text[6][40], id[24], gap[32] = "-", flags[40] = "";
        snprintf(id, sizeof id, "%lld", (long long)v->id);
        if (v->median_gap_ms >= 0) td_text_duration(gap, v->median_gap_ms);
        size_t used = 0;
        for (int bit = 0; bit < TD_N_VISITOR_FLAGS; bit++) {
            if (v->flags >> bit & 1)
                used += (size_t)snprintf(flags + used, sizeof flags - used, "%s%s",
                                         used > 0 ? " " : "", td_visitor_flag_name(bit));
        }
        const char *cells[] = {id,
                               td_text_count(text[0], v->n_of_kind[TD_VIEW]),
                               td_text_count(text[1], v->n_of_kind[TD_ADDTOCART]),
                               td_text_count(text[2], v->n_of_kind[TD_TRANSACTION]),
                               td_text_count(text[3], v->n_sessions),
                               gap,
                               td_text_count(text[4], v->day_hours),
                               flags};
        td_page_row(writer, cells, 8);
    }
    td_page_table_close(writer);
}

/* The most seen items. Purchases per view is a rate of events, not of visitors. */
static void put_items(td_writer *writer, const td_eda *eda) {
    static const char *const heads[] = {"item", "views", "carts", "purchases",
                                        "purchases per view"};
    td_page_table_open(writer, heads, 5);
    for (uint32_t i = 0; i < eda->n_items; i++) {
        const uint64_t *n = eda->item[i].n_of_kind;
        char text[4][40], id[24];
        snprintf(id, sizeof id, "%lld", (long long)eda->item[i].id);
        double rate = n[TD_VIEW] > 0 ? (double)n[TD_TRANSACTION] / (double)n[TD_VIEW] : NAN;
        const char *cells[] = {
            id, td_text_count(text[0], n[TD_VIEW]), td_text_count(text[1], n[TD_ADDTOCART]),
            td_text_count(text[2], n[TD_TRANSACTION]), isnan(rate) ? "-" : percent(text[3], rate)};
        td_page_row(writer, cells, 5);
    }
    td_page_table_close(writer);
}

/* Rows that did not come in, and properties that were not there. All reasons are listed, 0 too. */
static void put_missing(td_writer *writer, const td_eda_look *look) {
    const td_event_log *log = &look->shop->log;
    td_page_section(writer, "missing", "What is missing");
    static const char *const reason_heads[] = {"reason for exclusion", "rows"};
    td_page_table_open(writer, reason_heads, 2);
    for (int reason = TD_KEPT + 1; reason < TD_N_REASONS; reason++) {
        char text[40];
        const char *cells[] = {td_exclusion_reason_name((td_exclusion_reason)reason),
                               td_text_count(text, log->exclusions.n_by_reason[reason])};
        td_page_row(writer, cells, 2);
    }
    td_page_table_close(writer);
    if (!look->shop->catalog.has_properties) {
        td_page_paragraph(writer, "There is no item_properties file.");
        return;
    }
    static const char *const heads[] = {"property", "items with it", "share of items",
                                        "events after it was known", "share of events"};
    td_page_table_open(writer, heads, 5);
    for (int p = 0; p < TD_N_PROPERTIES; p++) {
        uint64_t items = look->eda.items_with[p], events = look->eda.events_with[p];
        char text[4][40];
        const char *cells[] = {td_property_name((td_property)p), td_text_count(text[0], items),
                               percent(text[1], (double)items / fmax(1, log->events.items.n)),
                               td_text_count(text[2], events),
                               percent(text[3], (double)events / fmax(1, (double)log->events.n))};
        td_page_row(writer, cells, 5);
    }
    td_page_table_close(writer);
}

/* Sections in the order in which an analyst asks. */
void td_eda_page(td_writer *writer, const td_eda_look *look) {
    static const char *const hours[] = {"Sessions by hour of day",
                                        "Session conversion by hour of day"};
    static const char *const weekdays[] = {"Sessions by weekday", "Session conversion by weekday"};
    td_page_open(writer, "A first look");
    put_totals(writer, look);
    td_page_section(writer, "time", "When");
    put_calendar(writer, look, TD_BY_HOUR, hours);
    put_calendar(writer, look, TD_BY_WEEKDAY, weekdays);
    put_days(writer, look);
    put_categories(writer, &look->categories);
    td_page_section(writer, "lengths", "How long, how far apart");
    put_spread(writer, &look->eda, TD_SPREAD_SESSION_EVENTS, "Events of a session");
    put_spread(writer, &look->eda, TD_SPREAD_SESSION_DURATION, "Length of sessions of two or more");
    put_spread(writer, &look->eda, TD_SPREAD_GAP, "Time between neighbouring events of a session");
    put_spread(writer, &look->eda, TD_SPREAD_PAUSE, "Time until the visitor's next session");
    td_page_section(writer, "visitors", "Who");
    put_spread(writer, &look->eda, TD_SPREAD_VISITOR_EVENTS, "Events of a visitor");
    put_suspects(writer, &look->eda, look->shop->log.events.n);
    put_visitors(writer, &look->eda);
    td_page_section(writer, "items", "What");
    put_spread(writer, &look->eda, TD_SPREAD_ITEM_EVENTS, "Events of an item");
    put_items(writer, &look->eda);
    put_missing(writer, look);
    td_page_close(writer);
}
