/* core/item_log.c: events by item and time.
 *
 * Problem: events stand by visitor. What is asked of an item (its views of the last week, as of any
 * time) would take a walk over all events, or counters that are kept up to date for all items along
 * the time line, each update a jump in memory.
 *
 *   1. sort by (item, time, kind): by time and kind first, then stably by item;
 *   2. copy times and kinds in that order, with running counts of carts and transactions per item;
 *      views are what is left of the rank.
 *
 * Events of one item, time and kind are equal here, so the result does not depend on the order of
 * visitors. Cost: a radix sort by each key; 17 bytes an event kept, 32 of scratch. */
#include "core/item_log.h"

#include "core/base/mem.h"
#include "core/base/radix.h"

void td_item_log_free(td_item_log *log) {
    td_mem_free(log->begin);
    td_mem_free(log->time);
    td_mem_free(log->kind);
    td_mem_free(log->carts);
    td_mem_free(log->transactions);
    *log = (td_item_log){0};
}

static td_status allocate(td_item_log *out, uint64_t n, td_error *err) {
    TD_NEW(out->begin, (uint64_t)out->n_items + 1, err);
    TD_NEW(out->time, n, err);
    TD_NEW(out->kind, n, err);
    TD_NEW(out->carts, n, err);
    TD_NEW(out->transactions, n, err);
    out->begin[0] = 0;
    return TD_OK;
}

td_status td_item_log_init(td_item_log *out, uint64_t n, uint32_t n_items, td_error *err) {
    *out = (td_item_log){.n_items = n_items};
    td_status status = allocate(out, n, err);
    if (status != TD_OK) td_item_log_free(out);
    return status;
}

/* Step 1: values are event indexes. Times are below 2^48, so 2 bits are free for the kind. */
static td_status sort_events(td_keyed *row, td_keyed *scratch, const td_events *events,
                             const td_exec *exec, td_error *err) {
    for (uint64_t e = 0; e < events->n; e++) {
        row[e] =
            (td_keyed){.key = (uint64_t)events->timestamp[e] << 2 | events->kind[e], .value = e};
    }
    TD_TRY(td_radix_sort(row, scratch, events->n, exec, err));
    for (uint64_t i = 0; i < events->n; i++) row[i].key = events->item[row[i].value];
    return td_radix_sort(row, scratch, events->n, exec, err);
}

/* Step 2. */
static void fill(td_item_log *out, const td_keyed *row, const td_events *events) {
    uint64_t i = 0;
    for (uint32_t item = 0; item < out->n_items; item++) {
        for (; i < events->n && row[i].key == item; i++) {
            uint64_t e = row[i].value;
            td_item_log_add(out, item, (uint32_t)i, events->timestamp[e], events->kind[e]);
        }
        out->begin[item + 1] = (uint32_t)i;
    }
}

td_status td_item_log_build(td_item_log *out, const td_events *events, const td_exec *exec,
                            td_error *err) {
    TD_TRY(td_item_log_init(out, events->n, events->items.n, err));
    td_keyed *row = td_mem_array(events->n, sizeof *row, err);
    td_keyed *scratch = td_mem_array(events->n, sizeof *scratch, err);
    td_status status = row == NULL || scratch == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) status = sort_events(row, scratch, events, exec, err);
    if (status == TD_OK) fill(out, row, events);
    td_mem_free(row);
    td_mem_free(scratch);
    if (status != TD_OK) td_item_log_free(out);
    return status;
}
