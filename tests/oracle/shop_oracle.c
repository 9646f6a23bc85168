/* tests/oracle/shop_oracle.c: see shop_oracle.h. Each definition stands as its sentence, then as a
 * loop; nothing is reused between steps, so a mistake in one does not hide one in another. */
#include "tests/oracle/shop_oracle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Cleaning. ----------------------------------------------------------------------------------- */

/* An integer in 0 .. limit, digits only. */
static int is_integer(const char *text, long long limit, int64_t *value) {
    if (*text == '\0') return 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr("0123456789", *c) == NULL) return 0;
    }
    errno = 0;
    long long parsed = strtoll(text, NULL, 10);
    if (errno == ERANGE || parsed > limit) return 0;
    *value = parsed;
    return 1;
}

/* An integer, or one that pandas wrote in a column with gaps: "8693.0". */
static int is_transactionid(const char *text, int64_t *value) {
    char digits[32];
    size_t n = strlen(text);
    memcpy(digits, text, n + 1);
    if (n > 2 && strcmp(text + n - 2, ".0") == 0) digits[n - 2] = '\0';
    return is_integer(digits, INT64_MAX, value);
}

static int kind_of(const char *event) {
    if (strcmp(event, "view") == 0) return 0;
    if (strcmp(event, "addtocart") == 0) return 1;
    if (strcmp(event, "transaction") == 0) return 2;
    return -1;
}

static const char *judge_row(const oracle_row *row, oracle_event *event) {
    if (row->n_fields != 5) return "field_count";
    if (!is_integer(row->timestamp, 253402300799999LL, &event->time)) return "bad_timestamp";
    if (!is_integer(row->visitor, INT64_MAX, &event->visitor)) return "bad_visitor";
    event->kind = kind_of(row->event);
    if (event->kind < 0) return "unknown_event";
    if (!is_integer(row->item, INT64_MAX, &event->item)) return "bad_item";
    event->transaction = -1;
    if (event->kind == 2) {
        if (!is_transactionid(row->transaction, &event->transaction)) {
            return "missing_transactionid";
        }
    } else if (row->transaction[0] != '\0') {
        return "unexpected_transactionid";
    }
    return NULL;
}

static int is_same(const oracle_event *a, const oracle_event *b) {
    return a->time == b->time && a->visitor == b->visitor && a->item == b->item &&
           a->kind == b->kind && a->transaction == b->transaction;
}

static void clean(oracle_log *log, const oracle_row *rows, int n_rows) {
    log->n_rows = n_rows;
    for (int r = 0; r < n_rows; r++) {
        oracle_event event = {.row = r};
        log->reason[r] = judge_row(&rows[r], &event);
        if (log->reason[r] != NULL) continue;
        for (int e = 0; e < log->n_events; e++) {
            if (is_same(&log->event[e], &event)) log->reason[r] = "exact_duplicate";
        }
        if (log->reason[r] == NULL) log->event[log->n_events++] = event;
    }
}

/* Order and sessions. ------------------------------------------------------------------------- */

static int comes_before(const oracle_event *a, const oracle_event *b) {
    if (a->visitor != b->visitor) return a->visitor < b->visitor;
    if (a->time != b->time) return a->time < b->time;
    if (a->kind != b->kind) return a->kind < b->kind;
    if (a->item != b->item) return a->item < b->item;
    return a->transaction < b->transaction;
}

static void order(oracle_log *log) {
    for (int i = 0; i < log->n_events; i++) {
        for (int j = i + 1; j < log->n_events; j++) {
            if (!comes_before(&log->event[j], &log->event[i])) continue;
            oracle_event swap = log->event[i];
            log->event[i] = log->event[j];
            log->event[j] = swap;
        }
    }
}

static void cut(oracle_log *log, int64_t gap) {
    int64_t log_first = INT64_MAX;
    int64_t log_last = -1;
    for (int e = 0; e < log->n_events; e++) {
        if (log->event[e].time < log_first) log_first = log->event[e].time;
        if (log->event[e].time > log_last) log_last = log->event[e].time;
    }
    for (int e = 0; e < log->n_events; e++) {
        const oracle_event *event = &log->event[e];
        int is_new =
            e == 0 || event[-1].visitor != event->visitor || event->time - event[-1].time > gap;
        if (is_new) log->session[log->n_sessions++] = (oracle_session){.first = e};
        oracle_session *session = &log->session[log->n_sessions - 1];
        session->n_events++;
        session->censored = event->time + gap > log_last;
        log->event[e].session = log->n_sessions - 1;
    }
    for (int s = 0; s < log->n_sessions; s++) {
        oracle_session *session = &log->session[s];
        session->left_truncated = log->event[session->first].time < log_first + gap;
    }
}

/* Funnel. ------------------------------------------------------------------------------------- */

/* Some event of kind a in session s is at or before one of kind b, of the same item if asked. */
static int some_before(const oracle_log *log, int s, int a, int b, int same_item) {
    for (int i = 0; i < log->n_events; i++) {
        for (int j = 0; j < log->n_events; j++) {
            const oracle_event *x = &log->event[i];
            const oracle_event *y = &log->event[j];
            if (x->session != s || y->session != s || x->kind != a || y->kind != b) continue;
            if (same_item && x->item != y->item) continue;
            if (x->time <= y->time) return 1;
        }
    }
    return 0;
}

/* One and the same item has view <= cart <= purchase. */
static int some_path(const oracle_log *log, int s) {
    for (int i = 0; i < log->n_events; i++) {
        const oracle_event *cart = &log->event[i];
        if (cart->session != s || cart->kind != 1) continue;
        int view = 0;
        int purchase = 0;
        for (int j = 0; j < log->n_events; j++) {
            const oracle_event *other = &log->event[j];
            if (other->session != s || other->item != cart->item) continue;
            if (other->kind == 0 && other->time <= cart->time) view = 1;
            if (other->kind == 2 && other->time >= cart->time) purchase = 1;
        }
        if (view && purchase) return 1;
    }
    return 0;
}

/* Some event of kind a is at or before the first event of kind b. */
static int before_first(const oracle_log *log, int s, int a, int b) {
    int64_t first = log->session[s].first_time[b];
    if (first < 0) return 0;
    for (int i = 0; i < log->n_events; i++) {
        const oracle_event *event = &log->event[i];
        if (event->session == s && event->kind == a && event->time <= first) return 1;
    }
    return 0;
}

static void set_flags(oracle_log *log, int s) {
    oracle_session *session = &log->session[s];
    for (int k = 0; k < 3; k++) session->first_time[k] = -1;
    for (int i = 0; i < log->n_events; i++) {
        const oracle_event *event = &log->event[i];
        if (event->session != s) continue;
        int64_t *first = &session->first_time[event->kind];
        session->count[event->kind]++;
        if (*first < 0 || event->time < *first) *first = event->time;
        if (event->kind > session->stage) session->stage = event->kind;
    }
    int view = session->count[0] > 0;
    int cart = session->count[1] > 0;
    int purchase = session->count[2] > 0;
    int valid_cart = before_first(log, s, 0, 1);
    int valid_purchase = before_first(log, s, 1, 2);
    const int flags[ORACLE_N_FLAGS] = {view,
                                       cart,
                                       purchase,
                                       valid_cart,
                                       valid_purchase,
                                       valid_cart && valid_purchase,
                                       some_before(log, s, 0, 1, 1),
                                       some_before(log, s, 1, 2, 1),
                                       some_path(log, s),
                                       cart && !view,
                                       purchase && !cart,
                                       purchase && !view};
    memcpy(session->flag, flags, sizeof flags);
}

void oracle_read(oracle_log *log, const oracle_row *rows, int n_rows, int64_t gap) {
    memset(log, 0, sizeof *log);
    clean(log, rows, n_rows);
    order(log);
    cut(log, gap);
    for (int s = 0; s < log->n_sessions; s++) set_flags(log, s);
}

/* Key figures. -------------------------------------------------------------------------------- */

typedef struct selection {
    const oracle_log *log;
    const int64_t *group;
    int64_t wanted;
} selection;

static int is_in(const selection *sel, int s) { return sel->group[s] == sel->wanted; }

static int64_t n_with(const selection *sel, int flag, int except) {
    int64_t n = 0;
    for (int s = 0; s < sel->log->n_sessions; s++) {
        const int *f = sel->log->session[s].flag;
        n += is_in(sel, s) && (flag < 0 || f[flag]) && (except < 0 || !f[except]);
    }
    return n;
}

/* Distinct visitors with a session of the group (with the flag, if not negative). */
static int64_t n_visitors_with(const selection *sel, int flag) {
    int64_t n = 0;
    const oracle_log *log = sel->log;
    for (int s = 0; s < log->n_sessions; s++) {
        if (!is_in(sel, s) || (flag >= 0 && !log->session[s].flag[flag])) continue;
        int is_new = 1;
        for (int p = 0; p < s; p++) {
            if (!is_in(sel, p) || (flag >= 0 && !log->session[p].flag[flag])) continue;
            int64_t a = log->event[log->session[s].first].visitor;
            if (a == log->event[log->session[p].first].visitor) is_new = 0;
        }
        n += is_new;
    }
    return n;
}

static int64_t n_events_of(const selection *sel, int kind) {
    int64_t n = 0;
    for (int e = 0; e < sel->log->n_events; e++) {
        const oracle_event *event = &sel->log->event[e];
        n += is_in(sel, event->session) && event->kind == kind;
    }
    return n;
}

static int64_t n_orders_of(const selection *sel) {
    int64_t n = 0;
    const oracle_log *log = sel->log;
    for (int e = 0; e < log->n_events; e++) {
        if (!is_in(sel, log->event[e].session) || log->event[e].kind != 2) continue;
        int is_new = 1;
        for (int p = 0; p < e; p++) {
            if (!is_in(sel, log->event[p].session) || log->event[p].kind != 2) continue;
            if (log->event[p].transaction == log->event[e].transaction) is_new = 0;
        }
        n += is_new;
    }
    return n;
}

static int64_t n_bounces_of(const selection *sel) {
    int64_t n = 0;
    for (int s = 0; s < sel->log->n_sessions; s++) {
        n += is_in(sel, s) && sel->log->session[s].n_events == 1;
    }
    return n;
}

static void count_durations(oracle_kpis *out, const selection *sel, int which) {
    static const int percent[ORACLE_N_QUANTILES] = {10, 25, 50, 75, 90};
    int64_t value[ORACLE_MAX_ROWS];
    int n = 0;
    for (int s = 0; s < sel->log->n_sessions; s++) {
        const oracle_session *session = &sel->log->session[s];
        if (!is_in(sel, s) || !session->flag[3 + which]) continue;
        value[n++] = session->first_time[which + 1] - session->first_time[which];
    }
    out->n_durations[which] = n;
    for (int q = 0; q < ORACLE_N_QUANTILES; q++) {
        /* The least value that at least p percent of the values do not exceed. */
        int64_t best = -1;
        for (int i = 0; i < n; i++) {
            int not_above = 0;
            for (int j = 0; j < n; j++) not_above += value[j] <= value[i];
            if (100 * not_above >= percent[q] * n && (best < 0 || value[i] < best)) best = value[i];
        }
        out->quantile[which][q] = best;
    }
}

void oracle_count(oracle_kpis *out, const oracle_log *log, const int64_t *group, int64_t wanted) {
    selection sel = {log, group, wanted};
    int64_t sessions = n_with(&sel, -1, -1);
    int64_t visitors = n_visitors_with(&sel, -1);
    int64_t lines = n_events_of(&sel, 2);
    int64_t orders = n_orders_of(&sel);
    int64_t events = n_events_of(&sel, 0) + n_events_of(&sel, 1) + lines;
    int64_t carts = n_with(&sel, 1, -1);
    const int64_t ratio[ORACLE_N_KPIS][2] = {{sessions, 1},
                                             {visitors, 1},
                                             {n_events_of(&sel, 0), 1},
                                             {n_events_of(&sel, 1), 1},
                                             {lines, 1},
                                             {orders, 1},
                                             {lines, orders},
                                             {events, sessions},
                                             {n_bounces_of(&sel), sessions},
                                             {n_with(&sel, 3, -1), n_with(&sel, 0, -1)},
                                             {n_with(&sel, 4, -1), carts},
                                             {n_with(&sel, 2, -1), sessions},
                                             {carts, sessions},
                                             {n_with(&sel, 1, 2), carts},
                                             {n_visitors_with(&sel, 2), visitors},
                                             {n_with(&sel, 1, 0), 1},
                                             {n_with(&sel, 2, 1), 1},
                                             {n_with(&sel, 2, 0), 1}};
    for (int k = 0; k < ORACLE_N_KPIS; k++) {
        out->numerator[k] = ratio[k][0];
        out->denominator[k] = ratio[k][1];
    }
    count_durations(out, &sel, 0);
    count_durations(out, &sel, 1);
}

/* Calendar. ----------------------------------------------------------------------------------- */

static struct tm start_of(const oracle_log *log, int session) {
    time_t seconds = (time_t)(log->event[log->session[session].first].time / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    return parts;
}

int64_t oracle_hour(const oracle_log *log, int session) { return start_of(log, session).tm_hour; }

int64_t oracle_weekday(const oracle_log *log, int session) {
    return (start_of(log, session).tm_wday + 6) % 7;
}

void oracle_date(char out[16], const oracle_log *log, int session) {
    struct tm parts = start_of(log, session);
    strftime(out, 16, "%Y-%m-%d", &parts);
}
