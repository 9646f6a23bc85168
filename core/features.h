/* core/features.h: what was known about each population row at its decision, as a table.
 *
 * A whitelist: a feature has a name, a scope and a one-sentence definition in
 * core/features_table.h, and nothing else can enter the table.
 *
 *     scope     may see
 *     prefix    the session's own events with time <= decision
 *     visitor   this visitor's events before the session's start
 *     market    everybody's events with time < session start
 *     catalog   item properties with time <= decision, as of then; the category tree
 *     clock     the decision time
 *
 * Features that need a catalog file vanish by name when the file is not there. */
#ifndef TD_CORE_FEATURES_H
#define TD_CORE_FEATURES_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/catalog.h"
#include "core/events.h"
#include "core/item_log.h"
#include "core/population.h"
#include "core/sessions.h"
#include "core/table.h"

typedef enum td_scope {
    TD_SCOPE_PREFIX = 0,
    TD_SCOPE_VISITOR,
    TD_SCOPE_MARKET,
    TD_SCOPE_CATALOG,
    TD_SCOPE_CLOCK,
    TD_N_SCOPES
} td_scope;

/* "prefix", ...; never NULL. */
const char *td_scope_name(td_scope scope);

enum { /* files a feature needs */
       TD_NEEDS_NOTHING = 0,
       TD_NEEDS_PROPERTIES = 1,
       TD_NEEDS_TREE = 2
};

typedef struct td_feature_info {
    const char *name;       /* also the column name */
    const char *definition; /* one sentence */
    td_scope scope;
    int needs; /* bits TD_NEEDS_* */
} td_feature_info;

/* The registry: number of features, and feature i of it in column order. */
uint32_t td_feature_count(void);
const td_feature_info *td_feature_at(uint32_t i);

enum { TD_FEATURE_NAME = 64 }; /* bytes of a column's name, with its closing 0 */

/* Features chosen from the registry, and what their columns are called. */
typedef struct td_feature_choice {
    uint32_t n;
    uint32_t *id;                  /* [n] distinct registry indexes, in column order */
    char (*name)[TD_FEATURE_NAME]; /* [n] distinct */
} td_feature_choice;

/* Room for every feature, none chosen. *out owned*. */
td_status td_feature_choice_init(td_feature_choice *out, td_error *err) TD_MUST_USE;
void td_feature_choice_free(td_feature_choice *choice);

typedef struct td_feature_inputs { /* all borrowed */
    const td_events *events;
    const td_sessions *sessions;
    const td_catalog *catalog; /* NULL = no catalog files */
    const td_population *population;
    const td_item_log *item_log;     /* that of the events; NULL = the engine makes its own */
    const td_feature_choice *choice; /* NULL = all features under their own names */
} td_feature_inputs;

/* Rows are the population's, in session order. Only `features` may be used for training. */
typedef struct td_feature_set {
    td_table features; /* [n rows] one number column per feature left */
    uint32_t *id;      /* [features.n_columns] registry index of each column */
    uint32_t n_removed;
    uint32_t *removed; /* [n_removed] registry indexes of features without their file */
    uint64_t n;
    uint32_t *session; /* [n] session index */
    int64_t *visitor;  /* [n] original id */
    int64_t *start;    /* [n] ms */
    int64_t *decision; /* [n] ms */
    double *label;     /* [n] 0 or 1 */
    uint64_t n_positives;
} td_feature_set;

void td_feature_set_free(td_feature_set *set);

/* All features of all rows. *out owned*. O(events + rows); the market is swept once in time order
 * by one thread, the rest runs in parallel; the bits do not depend on the thread count. */
td_status td_features_build(td_feature_set *out, const td_feature_inputs *inputs,
                            const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
