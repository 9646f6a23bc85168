/* datasets/synth_shop.h: the shop in memory, shared by the files that build, write and measure it.
 * Users of the library include datasets/synth.h. */
#ifndef TD_DATASETS_SYNTH_SHOP_H
#define TD_DATASETS_SYNTH_SHOP_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "datasets/synth.h"
#include "datasets/synth_visitor.h"

/* Opaque in synth.h. 24 bytes an event, 40 a session, 32 an item. */
struct td_synth_shop {
    td_synth_params params;
    td_synth_world world;
    td_synth_event *event; /* [n_events] by (time, visitor), the order of events.csv */
    uint64_t n_events;
    td_synth_session *session; /* [n_sessions] by (visitor, start) */
    uint64_t n_sessions;
    uint64_t n_orders;
};

/* Join the traces of consecutive visitors into shop->event and ->session: orders are numbered
 * through, events sorted by time, exact copies chosen, censored sessions marked. The traces are
 * consumed. O(events). */
td_status td_synth_join(td_synth_shop *shop, td_synth_trace *traces, uint64_t n_traces,
                        const td_exec *exec, td_error *err) TD_MUST_USE;

/* folder/item_properties_part1.csv and _part2.csv; *n_rows data rows in both. */
td_status td_synth_write_properties(uint64_t *n_rows, const td_synth_shop *shop, const char *folder,
                                    const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
