/* core/eda.c: spreads, the busiest, visitors who stand out, coverage.
 *
 * Problem: before anything is computed from a log one wants to see it: long tails, machines among
 * the visitors, properties that are missing.
 *
 *   1. spreads: all values of a kind in one array, sorted; quantiles are order statistics, bins
 *      have edges that suit counts (1, 2, 3, 4, 5, 6-10 ...) or times (1 s, 5 s ... 1 d);
 *   2. visitors, one at a time: events by kind, the median gap inside sessions, the most hours of
 *      one UTC day with an event. With the rule of eda.h:
 *
 *          heavy        many events
 *          fast         many gaps whose median is short: pages no person can read
 *          sleepless    events in nearly all hours of a day
 *          robotic      fast or sleepless
 *
 *      heavy alone is no sign of a machine: a shop's own staff is heavy;
 *   3. the busiest visitors and items, by insertion into a short list;
 *   4. coverage: items with any value of a property, and events whose item had one by then (what a
 *      feature as of that time can see).
 *
 * The rule names suspects and removes nothing: whoever drops visitors by it has to say so.
 * Cost: O(events log(values)), radix sorts. */
#include "core/eda.h"

#include "core/base/mem.h"
#include "core/base/radix.h"

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);

enum { N_COUNT_BINS = 11, N_TIME_BINS = 13 };

static const int64_t COUNT_FROM[N_COUNT_BINS] = {1, 2, 3, 4, 5, 6, 11, 21, 51, 101, 1001};
static const int64_t TIME_FROM[N_TIME_BINS] = {0,        1000,     5000,     15000,   30000,
                                               60000,    300000,   600000,   1800000, 3600000,
                                               21600000, 86400000, 604800000};

const char *td_spread_name(td_spread_id id) {
    static const char *const name[TD_N_SPREADS] = {
        "session_events", "session_duration", "gap", "pause", "visitor_events", "item_events"};
    return name[id];
}

int td_spread_is_time(td_spread_id id) {
    return id == TD_SPREAD_SESSION_DURATION || id == TD_SPREAD_GAP || id == TD_SPREAD_PAUSE;
}

const char *td_visitor_flag_name(int bit) {
    static const char *const name[TD_N_VISITOR_FLAGS] = {"heavy", "fast", "sleepless"};
    return name[bit];
}

td_eda_rule td_eda_rule_default(void) {
    return (td_eda_rule){
        .heavy_events = 500, .fast_gaps = 50, .fast_ms = 2000, .sleepless_hours = 20};
}

/* --- step 1 ----------------------------------------------------------------------------------- */

/* Values to be sorted, with room for as many as there are events. */
typedef struct values {
    td_keyed *row;
    td_keyed *scratch;
    uint64_t n;
} values;

/* Values are never negative, so they sort as unsigned keys. */
static void put(values *v, int64_t value) { v->row[v->n++].key = (uint64_t)value; }

/* Sorted values fall into ascending bins: one pass, no search. */
static void fill_bins(td_spread *out, const values *v, int is_time) {
    out->n_bins = is_time ? N_TIME_BINS : N_COUNT_BINS;
    for (uint32_t b = 0; b < out->n_bins; b++) {
        out->from[b] = is_time ? TIME_FROM[b] : COUNT_FROM[b];
        out->bin[b] = 0;
    }
    uint32_t b = 0;
    for (uint64_t i = 0; i < v->n; i++) {
        int64_t value = (int64_t)v->row[i].key;
        while (b + 1 < out->n_bins && value >= out->from[b + 1]) b++;
        out->bin[b]++;
    }
}

/* The mean adds in ascending order, the same for any order of rows. */
static td_status summarise(td_spread *out, values *v, int is_time, const td_exec *exec,
                           td_error *err) {
    *out = (td_spread){.n = v->n, .least = -1, .greatest = -1};
    TD_TRY(td_radix_sort(v->row, v->scratch, v->n, exec, err));
    fill_bins(out, v, is_time);
    double sum = 0;
    for (uint64_t i = 0; i < v->n; i++) sum += (double)v->row[i].key;
    for (int q = 0; q < TD_N_QUANTILES; q++) {
        uint64_t percent = (uint64_t)td_kpi_quantile_percent(q);
        uint64_t rank = (v->n * percent + 99) / 100;
        out->quantile[q] = v->n > 0 ? (int64_t)v->row[rank - 1].key : -1;
    }
    if (v->n == 0) return TD_OK;
    out->mean = sum / (double)v->n;
    out->least = (int64_t)v->row[0].key;
    out->greatest = (int64_t)v->row[v->n - 1].key;
    return TD_OK;
}

/* One value a session, or one a gap inside it. The last session of a visitor has no pause. */
static void collect_sessions(values *v, td_spread_id id, const td_events *events,
                             const td_sessions *sessions) {
    for (uint64_t s = 0; s < sessions->n; s++) {
        uint32_t begin = sessions->begin[s];
        uint32_t end = sessions->begin[s + 1];
        int is_last = s + 1 == sessions->n || sessions->visitor[s + 1] != sessions->visitor[s];
        if (id == TD_SPREAD_SESSION_EVENTS) {
            put(v, end - begin);
        } else if (id == TD_SPREAD_SESSION_DURATION) {
            if (end - begin > 1) put(v, sessions->end[s] - sessions->start[s]);
        } else if (id == TD_SPREAD_PAUSE) {
            if (!is_last) put(v, sessions->start[s + 1] - sessions->end[s]);
        } else {
            for (uint32_t e = begin + 1; e < end; e++)
                put(v, events->timestamp[e] - events->timestamp[e - 1]);
        }
    }
}

/* How often each code occurs: events of a visitor, of an item. */
static td_status collect_counts(values *v, const uint32_t *code, uint64_t n, uint32_t n_codes,
                                td_error *err) {
    uint32_t *count;
    TD_NEW_ZEROED(count, n_codes, err);
    for (uint64_t e = 0; e < n; e++) count[code[e]]++;
    for (uint32_t c = 0; c < n_codes; c++) put(v, count[c]);
    td_mem_free(count);
    return TD_OK;
}

/* The same memory serves all spreads in turn. */
static td_status build_spreads(td_eda *out, values *v, const td_events *events,
                               const td_sessions *sessions, const td_exec *exec, td_error *err) {
    for (int id = 0; id < TD_N_SPREADS; id++) {
        v->n = 0;
        if (id == TD_SPREAD_VISITOR_EVENTS) {
            TD_TRY(collect_counts(v, events->visitor, events->n, events->visitors.n, err));
        } else if (id == TD_SPREAD_ITEM_EVENTS) {
            TD_TRY(collect_counts(v, events->item, events->n, events->items.n, err));
        } else {
            collect_sessions(v, (td_spread_id)id, events, sessions);
        }
        int is_time = td_spread_is_time((td_spread_id)id);
        TD_TRY(summarise(&out->spread[id], v, is_time, exec, err));
    }
    return TD_OK;
}

/* --- steps 2 and 3 ---------------------------------------------------------------------------- */

static uint64_t n_events(const uint64_t n_of_kind[TD_N_KINDS]) {
    return n_of_kind[TD_VIEW] + n_of_kind[TD_ADDTOCART] + n_of_kind[TD_TRANSACTION];
}

/* Most distinct hours of one day; times ascend. */
static uint32_t busiest_day(const int64_t *time, uint64_t n) {
    uint32_t most = 0;
    uint32_t hours = 0;
    for (uint64_t i = 0; i < n; i++) {
        int is_new_day = i == 0 || time[i] / DAY_MS != time[i - 1] / DAY_MS;
        int is_new_hour = i == 0 || time[i] / HOUR_MS != time[i - 1] / HOUR_MS;
        if (is_new_day) hours = 0;
        hours += (uint32_t)is_new_hour;
        if (hours > most) most = hours;
    }
    return most;
}

/* What is looked at; gaps has room for those of any visitor. */
typedef struct look {
    const td_events *events;
    const td_sessions *sessions;
    values *gaps;
} look;

/* Gaps inside sessions of visitor v, sorted. */
static td_status sort_gaps(const look *l, uint32_t v, td_error *err) {
    const td_sessions *sessions = l->sessions;
    values *gaps = l->gaps;
    gaps->n = 0;
    for (uint32_t s = sessions->visitor_begin[v]; s < sessions->visitor_begin[v + 1]; s++) {
        for (uint32_t e = sessions->begin[s] + 1; e < sessions->begin[s + 1]; e++)
            put(gaps, l->events->timestamp[e] - l->events->timestamp[e - 1]);
    }
    return td_radix_sort(gaps->row, gaps->scratch, gaps->n, NULL, err);
}

/* The rule of eda.h, and nothing else. */
static int judge(const td_eda_visitor *visitor, uint64_t n_gaps, const td_eda_rule *rule) {
    uint64_t n = visitor->n_of_kind[TD_VIEW] + visitor->n_of_kind[TD_ADDTOCART] +
                 visitor->n_of_kind[TD_TRANSACTION];
    int is_fast = n_gaps > 0 && n_gaps >= rule->fast_gaps && visitor->median_gap_ms < rule->fast_ms;
    return (n >= rule->heavy_events ? TD_VISITOR_HEAVY : 0) | (is_fast ? TD_VISITOR_FAST : 0) |
           (visitor->day_hours >= rule->sleepless_hours ? TD_VISITOR_SLEEPLESS : 0);
}

/* Everything the rule asks about one visitor. */
static td_status look_at_visitor(td_eda_visitor *out, uint32_t v, const look *l,
                                 const td_eda_rule *rule, td_error *err) {
    const td_events *events = l->events;
    uint32_t first = l->sessions->visitor_begin[v];
    uint32_t last = l->sessions->visitor_begin[v + 1];
    uint32_t begin = l->sessions->begin[first];
    uint32_t end = l->sessions->begin[last];
    *out = (td_eda_visitor){
        .id = events->visitors.id[v], .n_sessions = last - first, .median_gap_ms = -1};
    for (uint32_t e = begin; e < end; e++) out->n_of_kind[events->kind[e]]++;
    out->day_hours = busiest_day(events->timestamp + begin, end - begin);
    TD_TRY(sort_gaps(l, v, err));
    if (l->gaps->n > 0) out->median_gap_ms = (int64_t)l->gaps->row[(l->gaps->n - 1) / 2].key;
    out->flags = judge(out, l->gaps->n, rule);
    return TD_OK;
}

/* A flagged visitor adds all that it did. */
static void weigh(td_eda_share *share, const td_eda_visitor *visitor) {
    share->visitors++;
    share->events += n_events(visitor->n_of_kind);
    share->transactions += visitor->n_of_kind[TD_TRANSACTION];
}

/* Place in a list of the greatest that is in order; -1 when it does not get in. Whoever comes later
 * has the greater id and loses a tie. */
static int place_of(uint64_t n, const uint64_t *of, uint32_t n_listed) {
    int place = (int)n_listed;
    while (place > 0 && of[place - 1] < n) place--;
    return place < TD_EDA_TOP ? place : -1;
}

/* Insertion: a list of twenty is shorter than a heap is long. */
static void offer_visitor(td_eda *out, uint64_t *listed, const td_eda_visitor *visitor) {
    uint64_t n = n_events(visitor->n_of_kind);
    int place = place_of(n, listed, out->n_visitors);
    if (place < 0) return;
    if (out->n_visitors < TD_EDA_TOP) out->n_visitors++;
    for (int i = (int)out->n_visitors - 1; i > place; i--) {
        out->visitor[i] = out->visitor[i - 1];
        listed[i] = listed[i - 1];
    }
    out->visitor[place] = *visitor;
    listed[place] = n;
}

static td_status look_at_visitors(td_eda *out, const look *l, td_error *err) {
    uint64_t listed[TD_EDA_TOP] = {0};
    for (uint32_t v = 0; v < l->events->visitors.n; v++) {
        td_eda_visitor visitor;
        TD_TRY(look_at_visitor(&visitor, v, l, &out->rule, err));
        for (int bit = 0; bit < TD_N_VISITOR_FLAGS; bit++) {
            if (visitor.flags >> bit & 1) weigh(&out->flagged[bit], &visitor);
        }
        if (visitor.flags & (TD_VISITOR_FAST | TD_VISITOR_SLEEPLESS))
            weigh(&out->robotic, &visitor);
        offer_visitor(out, listed, &visitor);
    }
    return TD_OK;
}

/* Items by all their events. */
static td_status look_at_items(td_eda *out, const td_events *events, td_error *err) {
    td_eda_item *item;
    TD_NEW_ZEROED(item, events->items.n, err);
    for (uint64_t e = 0; e < events->n; e++) item[events->item[e]].n_of_kind[events->kind[e]]++;
    uint64_t listed[TD_EDA_TOP] = {0};
    for (uint32_t i = 0; i < events->items.n; i++) {
        uint64_t n = n_events(item[i].n_of_kind);
        int place = place_of(n, listed, out->n_items);
        if (place < 0) continue;
        if (out->n_items < TD_EDA_TOP) out->n_items++;
        for (int j = (int)out->n_items - 1; j > place; j--) {
            out->item[j] = out->item[j - 1];
            listed[j] = listed[j - 1];
        }
        out->item[place] = item[i];
        out->item[place].id = events->items.id[i];
        listed[place] = n;
    }
    td_mem_free(item);
    return TD_OK;
}

/* --- step 4 ----------------------------------------------------------------------------------- */

static void cover(td_eda *out, const td_events *events, const td_catalog *catalog) {
    for (int p = 0; p < TD_N_PROPERTIES; p++) {
        for (uint32_t i = 0; i < catalog->n_items; i++) {
            uint64_t list = (uint64_t)i * TD_N_PROPERTIES + (uint64_t)p;
            out->items_with[p] += catalog->begin[list + 1] > catalog->begin[list];
        }
        for (uint64_t e = 0; e < events->n; e++) {
            int64_t value;
            out->events_with[p] += (uint64_t)td_catalog_value(
                catalog, (td_property)p, events->item[e], events->timestamp[e], &value);
        }
    }
}

td_status td_eda_build(td_eda *out, const td_eda_input *input, const td_eda_rule *rule,
                       const td_exec *exec, td_error *err) {
    *out = (td_eda){.rule = *rule};
    const td_events *events = input->events;
    values v = {0};
    v.row = td_mem_array(events->n, sizeof *v.row, err);
    v.scratch = td_mem_array(events->n, sizeof *v.scratch, err);
    look l = {events, input->sessions, &v};
    td_status status = v.row == NULL || v.scratch == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) status = build_spreads(out, &v, events, input->sessions, exec, err);
    if (status == TD_OK) status = look_at_visitors(out, &l, err);
    if (status == TD_OK) status = look_at_items(out, events, err);
    if (status == TD_OK && input->catalog != NULL) cover(out, events, input->catalog);
    td_mem_free(v.row);
    td_mem_free(v.scratch);
    return status;
}
