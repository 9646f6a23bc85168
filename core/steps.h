/* core/steps.h: how far does a run of events get along a list of ordered steps, and when?
 *
 *     steps     view -> addtocart -> transaction, within 1 h of the first
 *     events    v   v      c          v    c         p
 *                   |------|------------------------>|      level 3, entered by the second view
 *                        (the latest start that still leads there)
 *
 * The rule of ClickHouse's windowFunnel and of the funnels of Amplitude and PostHog, with one exact
 * meaning for equal times. docs/funnel_definition.md, section 7, has examples. */
#ifndef TD_CORE_STEPS_H
#define TD_CORE_STEPS_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"
#include "core/sessions.h"

enum {
    TD_MAX_STEPS = 32,
    TD_MAX_STEP_KINDS = 8 /* kinds of events that a walk can tell apart */
};

#define TD_NO_WINDOW INT64_MAX

/* What makes a path invalid, or ends the reading; any of them together. */
enum {
    TD_STRICT_INCREASE = 1 << 0, /* each step is later than the one before, not at its time */
    TD_STRICT_ONCE = 1 << 1,   /* one event serves one step, even where several ask for its kind */
    TD_STRICT_ORDER = 1 << 2,  /* after the entry any event that neither makes the next step nor
                                    repeats the last one ends the reading */
    TD_STRICT_DEDUP = 1 << 3,  /* an event that repeats a reached step from the second on, and
                                    does not make the next, ends the reading */
    TD_ALLOW_REENTRY = 1 << 4, /* with TD_STRICT_ORDER: step 1 again is passed over, no end */
    TD_N_STEP_MODES = 5
};

/* "strict_increase", "strict_once", "strict_order", "strict_dedup", "allow_reentry" of bit i. */
const char *td_step_mode_name(int bit);

/* Whose events are one run. */
typedef enum td_step_unit { TD_UNIT_VISITOR = 0, TD_UNIT_SESSION } td_step_unit;

typedef struct td_steps {
    uint32_t n;                 /* 1 .. TD_MAX_STEPS */
    uint8_t kind[TD_MAX_STEPS]; /* kind of event that step i asks for, below TD_MAX_STEP_KINDS */
    int64_t window_ms;          /* last step at most so long after the first; TD_NO_WINDOW */
    int modes;                  /* bits above */
    td_step_unit unit;          /* of a whole log; td_steps_walk takes the events of one */
} td_steps;

/* TD_ERR_ARG for a number of steps, a kind, a window or modes that are impossible. */
td_status td_steps_check(const td_steps *steps, td_error *err) TD_MUST_USE;

/* The path that gets farthest; of those the one that gets there first; of those the one that
 * started last. */
typedef struct td_step_path {
    uint32_t level;             /* steps made, 0 = never entered */
    uint64_t entry;             /* event that made step 1; the events' indexes of the call */
    uint64_t last;              /* event at which the level was reached */
    int64_t time[TD_MAX_STEPS]; /* [level] ms of each step */
} td_step_path;

/* Walk n events, time [n] ascending, kind [n] below TD_MAX_STEP_KINDS, both borrowed; `steps` has
 * been checked. O(n * steps), and * steps again where events share a time. */
void td_steps_walk(td_step_path *out, const td_steps *steps, const int64_t *time,
                   const uint8_t *kind, uint64_t n);

/* The walk of every visitor or every session of a log. */
typedef struct td_step_table {
    uint32_t n_steps;
    int64_t window_ms;      /* of the steps */
    int64_t last_timestamp; /* of the log */
    uint64_t n;             /* visitors or sessions, by their codes */
    uint32_t *first;        /* [n] index in td_events of the unit's first event */
    uint32_t *entry;        /* [n] of the event that entered; meaningless at level 0 */
    uint32_t *last;         /* [n] of the event that reached the level; likewise */
    uint8_t *level;         /* [n] */
    int64_t *time;          /* [n * n_steps] of each step made, row by row; others undefined */
} td_step_table;

void td_step_table_free(td_step_table *table);

/* *out owned*, the rest borrowed. TD_ERR_ARG of td_steps_check. O(events), in parallel. */
td_status td_step_table_build(td_step_table *out, const td_steps *steps, const td_events *events,
                              const td_sessions *sessions, const td_exec *exec,
                              td_error *err) TD_MUST_USE;

#endif
