/* core/steps_groups.h: from the walks of all units to numbers: how many made each step, in total
 * and group by group, and how long each step took or was waited for. */
#ifndef TD_CORE_STEPS_GROUPS_H
#define TD_CORE_STEPS_GROUPS_H

#include <stdint.h>

#include "core/catalog.h"
#include "core/steps.h"

/* What the groups are made of; times in UTC. */
typedef enum td_steps_by {
    TD_STEPS_BY_NOTHING = 0, /* one group of all units, label 0 */
    TD_STEPS_BY_HOUR,        /* label = 0 .. 23 */
    TD_STEPS_BY_WEEKDAY,     /* label = 0 .. 6, 0 = Monday */
    TD_STEPS_BY_DAY,         /* label = days since 1970-01-01 */
    TD_STEPS_BY_CATEGORY,    /* label = id of the top-level category of the event's item as of the
                                event, -1 unknown */
    TD_STEPS_BY_KIND,        /* label = td_event_kind */
    TD_N_STEPS_BY
} td_steps_by;

/* "nothing", "hour", "weekday", "day", "category", "kind". */
const char *td_steps_by_name(td_steps_by by);

/* Which event of the unit decides its group. */
typedef enum td_step_touch {
    TD_TOUCH_ENTRY = 0, /* the one that made step 1 of the path; units that never entered are in no
                           group */
    TD_TOUCH_FIRST,     /* the unit's first event of all: first touch */
    TD_TOUCH_LAST,      /* the one at which the path got farthest; as TD_TOUCH_ENTRY */
    TD_N_TOUCHES
} td_step_touch;

/* "entry", "first", "last". */
const char *td_step_touch_name(td_step_touch touch);

typedef struct td_step_grouping {
    td_steps_by by;
    td_step_touch touch;
} td_step_grouping;

typedef struct td_step_group {
    int64_t label;
    uint64_t n_units;
    uint64_t reached[TD_MAX_STEPS]; /* [n_steps] units that made step i + 1 */
} td_step_group;

typedef struct td_step_breakdown {
    uint64_t n;
    td_step_group *group; /* [n] ascending by label, only groups with units */
} td_step_breakdown;

void td_step_breakdown_free(td_step_breakdown *breakdown);

/* Count the table by groups. catalog may be NULL unless the groups are categories. *out owned*, the
 * rest borrowed. O(units), a sort of the labels; categories look up a value a unit. */
td_status td_step_breakdown_build(td_step_breakdown *out, const td_step_table *table,
                                  td_step_grouping grouping, const td_events *events,
                                  const td_catalog *catalog, td_error *err) TD_MUST_USE;

/* Waiting for step `to` (2 .. n_steps) since step `from` (1 .. to - 1). */
typedef struct td_step_waits {
    uint64_t n;        /* units that made step `from` */
    int64_t *time;     /* [n] ms until step `to`, or until the end of the watch: the end of the
                          window or of the log, whichever is first */
    uint8_t *is_event; /* [n] 1 = made step `to` */
} td_step_waits;

void td_step_waits_free(td_step_waits *waits);

/* *out owned*, table borrowed. O(units). */
td_status td_step_waits_build(td_step_waits *out, const td_step_table *table, uint32_t from,
                              uint32_t to, td_error *err) TD_MUST_USE;

#endif
