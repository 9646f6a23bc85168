/* core/kpi_names.c: names, definitions and labels of the key figures.
 *
 * Problem: one place for the words that stand in JSON, CSV, the report and the lock file, so that a
 * figure cannot be called two things.
 *
 * The civil date of a day number d (days since 1970-01-01) is worked out in eras of 400 years =
 * 146097 days, with years that begin on 1 March so that the leap day comes last:
 *     z = d + 719468 (days since 0000-03-01),  era = floor(z / 146097),  doe = z - 146097 era
 *     yoe = (doe - doe/1460 + doe/36524 - doe/146096) / 365      year of the era, 0 .. 399
 *     doy = doe - (365 yoe + yoe/4 - yoe/100)                    day of the March year
 *     mp  = (5 doy + 2) / 153                                    month, 0 = March
 * Reference: Hinnant, "chrono-compatible low-level date algorithms" (2013), civil_from_days.
 *
 * Cost: O(1) each. Not done here: counting (core/kpi.c), time zones (everything is UTC). */
#include <stdio.h>

#include "core/kpi.h"

typedef struct kpi_words {
    const char *name;
    const char *definition;
} kpi_words;

static const kpi_words words[TD_N_KPIS] = {
    [TD_KPI_SESSIONS] = {"sessions", "sessions"},
    [TD_KPI_VISITORS] = {"visitors", "distinct visitors of the sessions"},
    [TD_KPI_EVENTS_VIEW] = {"events_view", "view events"},
    [TD_KPI_EVENTS_ADDTOCART] = {"events_addtocart", "addtocart events"},
    [TD_KPI_EVENTS_TRANSACTION] = {"events_transaction", "transaction events"},
    [TD_KPI_ORDERS] = {"orders", "distinct transaction ids"},
    [TD_KPI_ITEMS_PER_ORDER] = {"items_per_order", "transaction events / orders"},
    [TD_KPI_EVENTS_PER_SESSION] = {"events_per_session", "events / sessions"},
    [TD_KPI_BOUNCE_RATE] = {"bounce_rate", "sessions of exactly one event / sessions"},
    [TD_KPI_VIEW_TO_CART] = {"view_to_cart",
                             "sessions with a view at or before the first cart / sessions with a "
                             "view"},
    [TD_KPI_CART_TO_PURCHASE] = {"cart_to_purchase",
                                 "sessions with a cart at or before the first purchase / sessions "
                                 "with a cart"},
    [TD_KPI_SESSION_CONVERSION] = {"session_conversion", "sessions with a purchase / sessions"},
    [TD_KPI_CART_RATE] = {"cart_rate", "sessions with a cart / sessions"},
    [TD_KPI_CART_ABANDONMENT] = {"cart_abandonment",
                                 "sessions with a cart and no purchase / sessions with a cart"},
    [TD_KPI_VISITOR_CONVERSION] = {"visitor_conversion",
                                   "distinct visitors with a purchase / distinct visitors"},
    [TD_KPI_CART_WITHOUT_VIEW] = {"cart_without_view", "sessions with a cart and no view"},
    [TD_KPI_PURCHASE_WITHOUT_CART] = {"purchase_without_cart",
                                      "sessions with a purchase and no cart"},
    [TD_KPI_PURCHASE_WITHOUT_VIEW] = {"purchase_without_view",
                                      "sessions with a purchase and no view"},
    [TD_KPI_REVENUE] = {"revenue", "prices of transaction events whose price is known, in "
                                   "thousandths / 1000"}};

const char *td_kpi_name(td_kpi_id id) {
    return (unsigned)id < TD_N_KPIS ? words[id].name : "unknown";
}

const char *td_kpi_definition(td_kpi_id id) {
    return (unsigned)id < TD_N_KPIS ? words[id].definition : "unknown";
}

const char *td_kpi_duration_name(td_kpi_duration_id id) {
    static const char *const names[TD_N_DURATIONS] = {"time_to_cart", "time_to_purchase"};
    return (unsigned)id < TD_N_DURATIONS ? names[id] : "unknown";
}

const char *td_kpi_calendar_name(td_kpi_calendar calendar) {
    static const char *const names[TD_N_CALENDARS] = {"day", "hour", "weekday"};
    return (unsigned)calendar < TD_N_CALENDARS ? names[calendar] : "unknown";
}

static void write_date(char out[16], int64_t day) {
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);
    int64_t day_of_month = doy - (153 * mp + 2) / 5 + 1;
    snprintf(out, 16, "%04d-%02d-%02d", (int)year, (int)month, (int)day_of_month);
}

void td_kpi_label_text(char out[16], td_kpi_calendar calendar, int64_t label) {
    static const char *const weekdays[7] = {"monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday"};
    if (calendar == TD_BY_DAY) {
        write_date(out, label);
    } else if (calendar == TD_BY_WEEKDAY && label >= 0 && label < 7) {
        snprintf(out, 16, "%s", weekdays[label]);
    } else {
        snprintf(out, 16, "%02d", (int)label);
    }
}
