/* core/sessions.h: step 2 of the flow: events -> sessions.
 *
 *     events of one visitor   e e e . e e ........... e e     (gap > 30 min between the groups)
 *     sessions                [s0       ]             [s1 ]
 *
 * A session ends where the next event of the visitor comes more than `gap` later. Session index =
 * rank by (visitor, start), because events stand in that order. */
#ifndef TD_CORE_SESSIONS_H
#define TD_CORE_SESSIONS_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"

#define TD_DEFAULT_GAP_MS INT64_C(1800000)

typedef struct td_sessions {
    uint64_t n;
    uint32_t *begin;      /* [n + 1]: events of session s are begin[s] .. begin[s+1] - 1 */
    uint32_t *visitor;    /* [n] code */
    int64_t *start;       /* [n] ms, time of the first event */
    int64_t *end;         /* [n] ms, time of the last event */
    uint8_t *is_censored; /* [n] end + gap > last timestamp of the log: may still be going on */
    uint8_t *is_left_truncated; /* [n] start < first timestamp of the log + gap: may have begun
                                   before the log */
    uint32_t *visitor_begin;    /* [n_visitors + 1]: sessions of visitor v are visitor_begin[v] ..
                                   visitor_begin[v+1] - 1 */
    int64_t gap_ms;
} td_sessions;

void td_sessions_free(td_sessions *sessions);

/* Cut events (borrowed) at gaps greater than gap_ms (>= 0). *out owned*. O(n). */
td_status td_sessions_build(td_sessions *out, const td_events *events, int64_t gap_ms,
                            const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
