/* core/events.h: the columnar event store, step 1 of the flow (raw rows -> clean, ordered events).
 *
 * Rows stand in the canonical order (visitor id, timestamp, kind, item id, transaction id), a total
 * order over distinct rows: the file's order cannot matter. Codes of visitors and items are ranks
 * of their original ids. */
#ifndef TD_CORE_EVENTS_H
#define TD_CORE_EVENTS_H

#include <stdint.h>

#include "core/base/dict.h"
#include "core/base/err.h"
#include "core/base/par.h"

typedef enum td_event_kind {
    TD_VIEW = 0,
    TD_ADDTOCART = 1,
    TD_TRANSACTION = 2,
    TD_N_KINDS = 3
} td_event_kind;

#define TD_NO_TRANSACTION INT64_C(-1)
#define TD_MAX_TIMESTAMP  INT64_C(253402300799999) /* 9999-12-31 23:59:59.999 UTC, ms */

/* Why a row of events.csv is not among the events; the first reason that applies. Names as in
 * exclusions.csv. */
typedef enum td_exclusion_reason {
    TD_KEPT = 0,
    TD_FIELD_COUNT,
    TD_BAD_TIMESTAMP,
    TD_BAD_VISITOR,
    TD_UNKNOWN_EVENT,
    TD_BAD_ITEM,
    TD_MISSING_TRANSACTIONID,
    TD_UNEXPECTED_TRANSACTIONID,
    TD_EXACT_DUPLICATE,
    TD_N_REASONS
} td_exclusion_reason;

/* "field_count", ...; "kept" for TD_KEPT. Never NULL. */
const char *td_exclusion_reason_name(td_exclusion_reason reason);

/* "view", "addtocart", "transaction". */
const char *td_event_kind_name(td_event_kind kind);

/* Well-formed rows as read, in file order; filled by io/csv_events. */
typedef struct td_raw_events {
    uint64_t n;
    int64_t *timestamp;   /* [n] ms since 1970 UTC */
    int64_t *visitor;     /* [n] original id */
    int64_t *item;        /* [n] original id */
    int64_t *transaction; /* [n] original id, TD_NO_TRANSACTION */
    uint8_t *kind;        /* [n] td_event_kind */
} td_raw_events;

void td_raw_events_free(td_raw_events *raw);

/* n rows of undefined content. *out owned*. */
td_status td_raw_events_init(td_raw_events *out, uint64_t n, td_error *err) TD_MUST_USE;

typedef struct td_events {
    uint64_t n;           /* kept rows, below 2^32 */
    int64_t *timestamp;   /* [n] ms since 1970 UTC */
    uint32_t *visitor;    /* [n] code: index into visitors.id */
    uint32_t *item;       /* [n] code: index into items.id */
    uint8_t *kind;        /* [n] td_event_kind */
    int64_t *transaction; /* [n] original id, TD_NO_TRANSACTION */
    td_iddict visitors;   /* original ids, ascending */
    td_iddict items;
    int64_t first_timestamp; /* least and greatest of the log; 0 when n = 0 */
    int64_t last_timestamp;
} td_events;

void td_events_free(td_events *events);

/* Sort, drop exact duplicates (the first copy in file order is kept) and code. Consumes raw (freed
 * in any case). `duplicate` receives the indexes into raw of the dropped rows, ascending; *owned*
 * by the caller, td_mem_free. O(n) radix sort. TD_ERR_RANGE at 2^32 - 1 rows or more. */
td_status td_events_build(td_events *out, uint64_t **duplicate, uint64_t *n_duplicates,
                          td_raw_events *raw, const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
