/* core/cv.h: splits of time-ordered rows for cross-validation, by timestamp, label horizon and
 * visitor at once.
 *
 *     fold   |--- 0 ---|--- 1 ---|--- 2 ---|--- 3 ---|   -> time
 *     rolling origin, split 1:     train   | test
 *                     split 2:         train       | test
 *     purged, one test fold:       train   | test    | embargo, train
 *
 * Rows are cut by their time, never by their number. A train row whose label is still open when a
 * test row is decided, or the other way round, is purged. */
#ifndef TD_CORE_CV_H
#define TD_CORE_CV_H

#include <stdint.h>

#include "core/base/err.h"

/* All borrowed. The label of row i is known at end[i] >= time[i]; NULL = at once. */
typedef struct td_cv_rows {
    uint64_t n;
    const int64_t *time;   /* [n] */
    const int64_t *end;    /* [n] or NULL */
    const uint32_t *group; /* [n] below n_groups (visitors), NULL = rows are independent */
    uint32_t n_groups;
} td_cv_rows;

typedef enum td_cv_scheme {
    TD_CV_ROLLING, /* split s tests fold s + 1 and trains on folds 0 .. s */
    TD_CV_PURGED   /* every choice of n_test folds is tested once, the others train */
} td_cv_scheme;

typedef struct td_cv_rule {
    td_cv_scheme scheme;
    uint32_t n_folds; /* 2 .. TD_CV_MAX_FOLDS */
    uint32_t n_test;  /* test folds of a purged split, 1 .. n_folds - 1 */
    int64_t embargo;  /* also without train rows: this long after the labels of a test block */
    int purge_groups; /* also without train rows of a group that is tested */
} td_cv_rule;

enum { TD_CV_MAX_FOLDS = 32, TD_CV_MAX_SPLITS = 1000 };

typedef enum td_cv_role {
    TD_CV_UNUSED, /* later than the test fold of a rolling split */
    TD_CV_TRAIN,
    TD_CV_TEST,
    TD_CV_PURGED_LABEL, /* label and test overlap in time */
    TD_CV_EMBARGOED,
    TD_CV_PURGED_GROUP,
    TD_CV_N_ROLES
} td_cv_role;

typedef struct td_cv_plan {
    td_cv_rows rows;
    td_cv_rule rule;
    uint32_t n_splits;
    uint8_t *fold; /* [n] */
} td_cv_plan;

/* Cut rows into folds at the times of ranks floor(k n / n_folds); equal times go right, so no
 * time is in two folds. Fills a zeroed *out, freed with td_cv_plan_free. TD_ERR_RANGE: impossible
 * folds, more than TD_CV_MAX_SPLITS choices, a negative embargo, the first row whose end lies
 * before its time; TD_ERR_SHAPE: a fold without rows. O(n log n). */
td_status td_cv_plan_build(td_cv_plan *out, const td_cv_rows *rows, const td_cv_rule *rule,
                           td_error *err) TD_MUST_USE;
void td_cv_plan_free(td_cv_plan *plan);

/* role[n] of every row in split 0 .. n_splits - 1; count[TD_CV_N_ROLES] rows of each. TD_ERR_NOMEM;
 * O(n). Lopez de Prado (2018), "Advances in Financial Machine Learning", ch. 7 and 12. */
td_status td_cv_split_make(uint8_t *role, uint64_t count[TD_CV_N_ROLES], const td_cv_plan *plan,
                           uint32_t split, td_error *err) TD_MUST_USE;

#endif
