/* core/events_raw.c: the containers of events before and after cleaning, and the words of their
 * files.
 *
 *     events.csv --io/csv_events--> td_raw_events (file order, original ids)
 *                --core/events.c--> td_events     (canonical order, codes)
 *
 * Both are columns: a step reads the two or three columns it needs and no other byte. Names of
 * reasons stand in exclusions.csv, names of kinds in events.csv.
 *
 * Cost: allocation and release only. Not done here: ordering and coding (core/events.c). */
#include <string.h>

#include "core/base/mem.h"
#include "core/events.h"

void td_events_free(td_events *events) {
    td_mem_free(events->timestamp);
    td_mem_free(events->visitor);
    td_mem_free(events->item);
    td_mem_free(events->kind);
    td_mem_free(events->transaction);
    td_iddict_free(&events->visitors);
    td_iddict_free(&events->items);
    memset(events, 0, sizeof *events);
}

td_status td_raw_events_init(td_raw_events *out, uint64_t n, td_error *err) {
    memset(out, 0, sizeof *out);
    out->timestamp = td_mem_array(n, sizeof *out->timestamp, err);
    out->visitor = td_mem_array(n, sizeof *out->visitor, err);
    out->item = td_mem_array(n, sizeof *out->item, err);
    out->transaction = td_mem_array(n, sizeof *out->transaction, err);
    out->kind = td_mem_array(n, sizeof *out->kind, err);
    out->n = n;
    if (out->timestamp != NULL && out->visitor != NULL && out->item != NULL &&
        out->transaction != NULL && out->kind != NULL) {
        return TD_OK;
    }
    td_raw_events_free(out);
    return TD_ERR_NOMEM;
}

void td_raw_events_free(td_raw_events *raw) {
    td_mem_free(raw->timestamp);
    td_mem_free(raw->visitor);
    td_mem_free(raw->item);
    td_mem_free(raw->transaction);
    td_mem_free(raw->kind);
    memset(raw, 0, sizeof *raw);
}

const char *td_exclusion_reason_name(td_exclusion_reason reason) {
    static const char *const names[TD_N_REASONS] = {
        "kept",           "field_count", "bad_timestamp",         "bad_visitor",
        "unknown_event",  "bad_item",    "missing_transactionid", "unexpected_transactionid",
        "exact_duplicate"};
    return (unsigned)reason < TD_N_REASONS ? names[reason] : "unknown";
}

const char *td_event_kind_name(td_event_kind kind) {
    static const char *const names[TD_N_KINDS] = {"view", "addtocart", "transaction"};
    return (unsigned)kind < TD_N_KINDS ? names[kind] : "unknown";
}
