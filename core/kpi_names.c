/* core/kpi_names.c: names, definitions and labels of the key figures.
 *
 * Problem: one place for the words that stand in JSON, CSV, the report and the lock file, so that a
 * figure cannot be called two things.
 *
 * The table follows td_kpi_id. A definition is one sentence, "numerator / denominator" where there
 * are two; the exact terms (valid cart, session, order) are told in docs/funnel_definition.md.
 *
 * Cost: O(1). Not done here: counting (core/kpi.c), labels of days (core/kpi_calendar.c). */
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
