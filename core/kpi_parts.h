/* core/kpi_parts.h: shared by core/kpi.c (counts a grouping) and core/kpi_calendar.c (makes four of
 * them); not part of the public API. */
#ifndef TD_CORE_KPI_PARTS_H
#define TD_CORE_KPI_PARTS_H

#include "core/kpi.h"

/* The funnel in short, made once for all groupings: most sessions are nothing but views, and for
 * those one number is all that counts. */
typedef struct td_kpi_digest {
    uint32_t *n_views; /* [n_sessions] views of a session of nothing but views, 0 for a deep one */
    uint64_t n_deep;
    uint32_t *deep; /* [n_deep] the other sessions, ascending: orders and waits need only them */
    td_funnel_row *row; /* [n_deep] their rows, side by side, so that no step waits for memory */
} td_kpi_digest;

/* *out owned*, funnel borrowed. O(sessions). */
td_status td_kpi_digest_build(td_kpi_digest *out, const td_funnel *funnel, const td_exec *exec,
                              td_error *err) TD_MUST_USE;
void td_kpi_digest_free(td_kpi_digest *digest);

/* td_kpi_group with the digest at hand. */
td_status td_kpi_group_digested(td_kpi_row *rows, uint32_t n_groups, const uint32_t *group,
                                const td_kpi_input *input, const td_kpi_digest *digest,
                                td_error *err) TD_MUST_USE;

#endif
