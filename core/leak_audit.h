/* core/leak_audit.h: do the features of a table know anything that happened after the decision?
 *
 *     the log        e  e e   e  e |  e   e  e e          C = decision time of some session
 *     truncation     e  e e   e  e |                      the engine again: same features?
 *     poison         e  e e   e  e |r r rr  r    r        r = random rows from C + 1 ms on
 *
 * A value that changes although nothing up to C has changed was computed from what came later. The
 * audit knows nothing of how a feature is made: it runs the engine that made the table. */
#ifndef TD_CORE_LEAK_AUDIT_H
#define TD_CORE_LEAK_AUDIT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/features.h"

/* What makes a feature table: td_features_build, or in tests and lessons an engine with a leak. */
typedef td_status (*td_feature_engine_fn)(td_feature_set *out, const td_feature_inputs *inputs,
                                          const td_exec *exec, td_error *err);

typedef struct td_leak_source {  /* all borrowed */
    td_feature_inputs inputs;    /* what the table was made from; its population is not empty */
    const td_feature_set *set;   /* the table under audit */
    td_feature_engine_fn engine; /* what made it */
    uint64_t seed;               /* of the cuts and of the poison */
} td_leak_source;

typedef enum td_leak_test { TD_LEAK_TRUNCATION, TD_LEAK_POISON, TD_N_LEAK_TESTS } td_leak_test;

/* "truncation", "poison". */
const char *td_leak_test_name(td_leak_test test);

/* Sessions that came out differently, and the first of them in the order of the cuts. */
typedef struct td_leak_finding {
    uint64_t n;      /* sessions */
    int64_t cut;     /* ms; the six below mean nothing while n = 0 */
    int64_t visitor; /* original id */
    int64_t start;   /* ms */
    int64_t decision;
    double was; /* value in the table, NaN missing; 0 for a lost session */
    double is;  /* value when later rows are others */
} td_leak_finding;

typedef struct td_leak_column {
    const char *name;  /* borrowed from the table under audit */
    const char *scope; /* "prefix" ...; "extra" for a column outside the whitelist */
    td_leak_finding found[TD_N_LEAK_TESTS];
} td_leak_column;

typedef struct td_leak_audit {
    uint64_t n_cuts;
    uint64_t n_compared;    /* sessions, each at the first cut at or after its decision */
    uint64_t n_exact;       /* of them: compared at a cut that is their own decision */
    uint64_t n_poison_rows; /* events and properties put in, all cuts */
    uint32_t n_columns;     /* as the table under audit */
    td_leak_column *column; /* [n_columns] */
    uint32_t n_leaking;     /* columns with a finding */
    td_leak_finding lost[TD_N_LEAK_TESTS]; /* sessions that are gone when later rows are others */
} td_leak_audit;

void td_leak_audit_free(td_leak_audit *audit);

enum { TD_LEAK_DEFAULT_CUTS = 64, TD_LEAK_ALL_CUTS = 0 };

/* Most events of a log that is audited at every decision time. */
#define TD_LEAK_MAX_EVENTS_ALL UINT64_C(100000)

/* Decision times to cut at, ascending and distinct. n_wanted >= 1: the decisions in time order are
 * cut into n_wanted equal strata and one session drawn from each (fewer cuts when draws coincide or
 * sessions are few). TD_LEAK_ALL_CUTS: every distinct decision time; TD_ERR_RANGE with more than
 * TD_LEAK_MAX_EVENTS_ALL events. *cut owned*. O(sessions). */
td_status td_leak_cuts(int64_t **cut, uint64_t *n_cuts, const td_leak_source *source,
                       uint64_t n_wanted, td_error *err) TD_MUST_USE;

/* Run both tests at each cut [n_cuts] (ascending, distinct). Each session is compared once per
 * test, bit by bit, at the first cut at or after its decision; those decided after the last cut are
 * not compared. Findings are no error. *out owned*; it borrows from source->set. Two engine runs a
 * cut over the events up to it; cuts run in parallel, the result does not depend on the thread
 * count. Errors: those of the engine; TD_ERR_SHAPE when it gives other columns than the table has.
 * */
td_status td_leak_audit_build(td_leak_audit *out, const td_leak_source *source, const int64_t *cut,
                              uint64_t n_cuts, const td_exec *exec, td_error *err) TD_MUST_USE;

/* Share q of sessions such that a leak touching it is missed with probability `miss` by n
 * comparisons: (1 - q)^n = miss. 1 for n = 0. */
double td_leak_share_bound(uint64_t n, double miss);

#endif
