/* core/split.c: population rows to train, valid and test by time.
 *
 * Problem: a model is judged on sessions that start later than all it has learned from, and no
 * event may stand on both sides of a boundary.
 *
 * 1. rows in the order (start, visitor); rows already stand by (visitor, start), so a stable sort
 *    by start gives it;
 * 2. boundary 0 = start of the row at rank floor(n * 60 / 100), boundary 1 at floor(n * 80 / 100),
 *    ranks from 0. start < b0: train; b0 <= start < b1: valid; else test. Equal starts therefore go
 *    right together;
 * 3. purged: rows with b - purge <= start < b for a boundary b, and rows with start < b <= end: the
 *    label of such a row uses events from the other side;
 * 4. by option, rows whose visitor already has an unpurged row in an earlier part;
 * 5. what is left over of shared visitors is counted: they are dependent, not forbidden.
 *
 *         start........end         b0
 *     a   o-----o                  |          train
 *     b   o------------------------|---o      purged: crossing
 *     c                      o---o |          purged: near
 *
 * Cost: O(n) and one radix sort. It does not shuffle and takes no seed. */
#include "core/split.h"

#include "core/base/mem.h"
#include "core/order.h"

static const int64_t DAY_MS = INT64_C(86400000);

const char *td_part_name(td_part part) {
    static const char *const name[TD_N_PARTS] = {"train", "valid", "test", "purged"};
    return name[part];
}

td_split_rule td_split_rule_default(void) {
    return (td_split_rule){.train_percent = 60, .valid_percent = 20, .purge_ms = DAY_MS};
}

void td_split_free(td_split *split) {
    td_mem_free(split->part);
    *split = (td_split){0};
}

static td_status check_rule(const td_population *population, const td_split_rule *rule,
                            td_error *err) {
    TD_CHECK(population->n > 0, err, TD_ERR_SHAPE,
             "no session can be scored: each may still be going on at the end of the log, "
             "or had bought by its decision");
    TD_CHECK(rule->train_percent >= 1 && rule->train_percent <= 99 &&
                 rule->valid_percent <= 99 - rule->train_percent,
             err, TD_ERR_RANGE, "split shares of %u %% train and %u %% valid leave no test",
             rule->train_percent, rule->valid_percent);
    TD_CHECK(rule->purge_ms >= 0, err, TD_ERR_RANGE, "purge of %lld ms is negative",
             (long long)rule->purge_ms);
    return TD_OK;
}

/* Steps 1 and 2. */
static td_status find_boundaries(td_split *out, const td_population *population,
                                 const td_sessions *sessions, const td_split_rule *rule,
                                 td_error *err) {
    uint64_t n = population->n;
    int64_t *start;
    TD_NEW(start, n, err);
    for (uint64_t i = 0; i < n; i++) start[i] = sessions->start[population->session[i]];
    uint32_t *order;
    td_status status = td_order_by_time(&order, start, n, NULL, err);
    if (status == TD_OK) {
        uint32_t percent[2] = {rule->train_percent, rule->train_percent + rule->valid_percent};
        for (int b = 0; b < 2; b++) {
            out->boundary[b] = start[order[n * percent[b] / 100]];
        }
        td_mem_free(order);
    }
    td_mem_free(start);
    return status;
}

/* Started within purge_ms before a boundary. */
static int is_near(const td_split *split, int64_t start, int64_t purge_ms) {
    for (int b = 0; b < 2; b++) {
        if (start < split->boundary[b] && start >= split->boundary[b] - purge_ms) return 1;
    }
    return 0;
}

/* Started before a boundary and has an event at it or later. */
static int is_crossing(const td_split *split, int64_t start, int64_t end) {
    for (int b = 0; b < 2; b++) {
        if (start < split->boundary[b] && end >= split->boundary[b]) return 1;
    }
    return 0;
}

/* Steps 2 and 3 for one row. */
static td_part place_row(td_split *out, int64_t start, int64_t end, int64_t purge_ms) {
    if (is_near(out, start, purge_ms)) {
        out->n_purged_near++;
        return TD_PURGED;
    }
    if (is_crossing(out, start, end)) {
        out->n_purged_crossing++;
        return TD_PURGED;
    }
    return start < out->boundary[0] ? TD_TRAIN : start < out->boundary[1] ? TD_VALID : TD_TEST;
}

/* Steps 4 and 5 for the rows [begin, end) of one visitor. Parts ascend with time, so the earliest
 * part of a visitor is the first unpurged row's. */
static void settle_visitor(td_split *out, uint64_t begin, uint64_t end, int purge_visitors) {
    unsigned parts = 0;
    uint8_t earliest = TD_PURGED;
    for (uint64_t i = begin; i < end; i++) {
        if (out->part[i] == TD_PURGED) continue;
        if (earliest == TD_PURGED) earliest = out->part[i];
        if (purge_visitors && out->part[i] != earliest) {
            out->part[i] = TD_PURGED;
            out->n_purged_visitors++;
            continue;
        }
        parts |= 1u << out->part[i];
    }
    const unsigned train = 1u << TD_TRAIN, valid = 1u << TD_VALID, test = 1u << TD_TEST;
    out->n_visitors_train_valid += (parts & train) && (parts & valid);
    out->n_visitors_train_test += (parts & train) && (parts & test);
    out->n_visitors_valid_test += (parts & valid) && (parts & test);
}

/* Rows of one visitor stand together and ascend in time. */
static void fill_parts(td_split *out, const td_population *population, const td_sessions *sessions,
                       const td_split_rule *rule) {
    for (uint64_t i = 0; i < out->n; i++) {
        uint32_t s = population->session[i];
        out->part[i] =
            (uint8_t)place_row(out, sessions->start[s], sessions->end[s], rule->purge_ms);
    }
    for (uint64_t begin = 0, end = 0; begin < out->n; begin = end) {
        uint32_t visitor = sessions->visitor[population->session[begin]];
        while (end < out->n && sessions->visitor[population->session[end]] == visitor) end++;
        settle_visitor(out, begin, end, rule->purge_visitors);
    }
    for (uint64_t i = 0; i < out->n; i++) {
        out->n_of_part[out->part[i]]++;
        out->n_positives[out->part[i]] += population->label[i];
    }
}

td_status td_split_build(td_split *out, const td_population *population,
                         const td_sessions *sessions, const td_split_rule *rule, td_error *err) {
    *out = (td_split){.n = population->n};
    TD_TRY(check_rule(population, rule, err));
    TD_NEW(out->part, population->n, err);
    td_status status = find_boundaries(out, population, sessions, rule, err);
    if (status != TD_OK) {
        td_split_free(out);
        return status;
    }
    fill_parts(out, population, sessions, rule);
    return TD_OK;
}
