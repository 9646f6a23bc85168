/* core/kpi.h: step 4 of the flow: funnel rows -> key figures, each as an integer numerator and an
 * integer denominator.
 *
 * One call counts one grouping of the sessions: all of them, by calendar (UTC of the session's
 * start), or by any code per session (the top-level category). Visitors, purchasing visitors and
 * orders are distinct within a group, so groups need not add up to the total. */
#ifndef TD_CORE_KPI_H
#define TD_CORE_KPI_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"
#include "core/funnel.h"
#include "core/sessions.h"

typedef enum td_kpi_id {
    TD_KPI_SESSIONS,              /* plain counts have the denominator 1 */
    TD_KPI_VISITORS,              /* distinct visitors */
    TD_KPI_EVENTS_VIEW,           /* events by kind, in the order of td_event_kind */
    TD_KPI_EVENTS_ADDTOCART,      /* */
    TD_KPI_EVENTS_TRANSACTION,    /* */
    TD_KPI_ORDERS,                /* distinct transaction ids */
    TD_KPI_ITEMS_PER_ORDER,       /* transaction events / orders */
    TD_KPI_EVENTS_PER_SESSION,    /* events / sessions */
    TD_KPI_BOUNCE_RATE,           /* sessions of one event / sessions */
    TD_KPI_VIEW_TO_CART,          /* valid_cart / has_view */
    TD_KPI_CART_TO_PURCHASE,      /* valid_purchase / has_cart */
    TD_KPI_SESSION_CONVERSION,    /* has_purchase / sessions */
    TD_KPI_CART_RATE,             /* has_cart / sessions */
    TD_KPI_CART_ABANDONMENT,      /* has_cart without has_purchase / has_cart */
    TD_KPI_VISITOR_CONVERSION,    /* visitors with has_purchase / visitors */
    TD_KPI_CART_WITHOUT_VIEW,     /* anomalies: sessions, counted and never repaired */
    TD_KPI_PURCHASE_WITHOUT_CART, /* */
    TD_KPI_PURCHASE_WITHOUT_VIEW, /* */
    TD_KPI_REVENUE, /* thousandths / 1000 over transaction events of known price; 0/0 when no
                       prices were given */
    TD_N_KPIS
} td_kpi_id;

typedef struct td_ratio {
    uint64_t numerator;
    uint64_t denominator; /* 0: the ratio is undefined */
} td_ratio;

/* Waiting times inside a session, milliseconds. */
typedef enum td_kpi_duration_id {
    TD_TIME_TO_CART,     /* first cart - first view, in valid_cart sessions */
    TD_TIME_TO_PURCHASE, /* first purchase - first cart, in valid_purchase sessions */
    TD_N_DURATIONS
} td_kpi_duration_id;

enum { TD_N_QUANTILES = 5 };

/* Percent of quantile q: 10, 25, 50, 75, 90. */
int td_kpi_quantile_percent(int q);

typedef struct td_kpi_duration {
    uint64_t n;                       /* sessions that have it */
    int64_t quantile[TD_N_QUANTILES]; /* ms, order statistic ceil(n * p); TD_NO_TIME when n = 0 */
} td_kpi_duration;

typedef struct td_kpi_row {
    td_ratio kpi[TD_N_KPIS];
    td_kpi_duration duration[TD_N_DURATIONS];
} td_kpi_row;

/* "sessions", ... and one sentence with numerator and denominator. */
const char *td_kpi_name(td_kpi_id id);
const char *td_kpi_definition(td_kpi_id id);
const char *td_kpi_duration_name(td_kpi_duration_id id);

/* numerator / denominator, NaN when the denominator is 0. */
double td_ratio_value(td_ratio ratio);

/* What is counted; all borrowed and built from each other. */
typedef struct td_kpi_input {
    const td_events *events;
    const td_sessions *sessions;
    const td_funnel *funnel;
    const int64_t *price; /* [events->n] thousandths, negative = unknown; NULL = no prices */
} td_kpi_input;

/* Key figures of each group: session s counts in group[s] (below n_groups; TD_CODE_NONE = in none);
 * group NULL puts every session into group 0. rows [n_groups] receives the result, groups without
 * sessions are all zero. TD_ERR_RANGE for a group code out of range or a revenue beyond 64 bits.
 * O(sessions + n_groups), plus a sort of the orders and waiting times. */
td_status td_kpi_group(td_kpi_row *rows, uint32_t n_groups, const uint32_t *group,
                       const td_kpi_input *input, td_error *err) TD_MUST_USE;

typedef enum td_kpi_calendar {
    TD_BY_DAY,     /* label = days since 1970-01-01; only days with a session */
    TD_BY_HOUR,    /* label = 0 .. 23, all of them */
    TD_BY_WEEKDAY, /* label = 0 .. 6, 0 = Monday, all of them */
    TD_N_CALENDARS
} td_kpi_calendar;

typedef struct td_kpi_breakdown {
    uint32_t n;      /* groups */
    int64_t *label;  /* [n] ascending */
    td_kpi_row *row; /* [n] */
} td_kpi_breakdown;

typedef struct td_kpis {
    td_kpi_row total;
    td_kpi_breakdown by[TD_N_CALENDARS]; /* UTC of the session's start */
} td_kpis;

void td_kpis_free(td_kpis *kpis);

/* Total and the three calendar breakdowns. *out owned*, input borrowed. */
td_status td_kpis_build(td_kpis *out, const td_kpi_input *input, const td_exec *exec,
                        td_error *err) TD_MUST_USE;

/* "day", "hour", "weekday"; and a label as text: "2015-05-03", "07", "monday". */
const char *td_kpi_calendar_name(td_kpi_calendar calendar);
void td_kpi_label_text(char out[16], td_kpi_calendar calendar, int64_t label);

#endif
