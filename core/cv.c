/* core/cv.c: folds by time, and the rows that a split must leave out.
 *
 *   1. Sort a copy of the times; boundaries are the times at ranks floor(k n / K). A row's fold is
 *      the number of boundaries at or before its time.
 *   2. A split marks its test folds: fold s + 1, or the s-th choice of T out of K in lexicographic
 *      order. Neighbouring test folds are one block.
 *   3. For a block let a = its first time and e = its latest label end. Other rows with time t and
 *      label end u are
 *        purged     if t < a and u >= a        (the label sees the block's time)
 *                   or t > a and t <= e        (the block's labels see the row)
 *        embargoed  if e < t <= e + embargo
 *   4. Rows of a tested group are left out as well, if asked.
 *
 *     time   0 1 2 3 | 4 5 6 7 | 8 9 10 11      K = 3, T = 2, labels open for 1
 *     test   . . . . | T T T T | T T T T        train 0 1 2, since 3 is open at 4
 *     test   T T T T | . . . . | T T T T        train 5 6
 *
 * The numbers of this example are those of skfolio's CombinatorialPurgedCV (purged_size = 1), which
 * counts rows where this counts time. Cost O(n log n) once, O(n) a split. */
#include "core/cv.h"

#include <string.h>

#include "core/base/mem.h"

static void sift(int64_t *x, uint64_t root, uint64_t n) {
    for (uint64_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
        if (child + 1 < n && x[child + 1] > x[child]) child++;
        if (x[root] >= x[child]) return;
        int64_t swap = x[root];
        x[root] = x[child];
        x[child] = swap;
        root = child;
    }
}

static void sort_times(int64_t *x, uint64_t n) {
    for (uint64_t i = n / 2; i > 0; i--) sift(x, i - 1, n);
    for (uint64_t end = n; end > 1; end--) {
        int64_t swap = x[0];
        x[0] = x[end - 1];
        x[end - 1] = swap;
        sift(x, 0, end - 1);
    }
}

/* K choose T, at most one more than is allowed. */
static uint32_t choices(uint32_t k, uint32_t t) {
    uint64_t n = 1;
    for (uint32_t i = 1; i <= t && n <= 1000000; i++) n = n * (k - t + i) / i;
    return n > TD_CV_MAX_SPLITS ? TD_CV_MAX_SPLITS + 1 : (uint32_t)n;
}

static td_status check(const td_cv_rows *rows, const td_cv_rule *rule, td_error *err) {
    TD_CHECK(rule->n_folds >= 2 && rule->n_folds <= TD_CV_MAX_FOLDS, err, TD_ERR_RANGE,
             "%u folds, 2 to %d are possible", rule->n_folds, TD_CV_MAX_FOLDS);
    int has_choice = rule->scheme == TD_CV_PURGED;
    TD_CHECK(!has_choice || (rule->n_test >= 1 && rule->n_test < rule->n_folds), err, TD_ERR_RANGE,
             "%u test folds of %u: at least one, and not all", rule->n_test, rule->n_folds);
    TD_CHECK(!has_choice || choices(rule->n_folds, rule->n_test) <= TD_CV_MAX_SPLITS, err,
             TD_ERR_RANGE, "%u of %u folds can be chosen in more than %d ways", rule->n_test,
             rule->n_folds, TD_CV_MAX_SPLITS);
    TD_CHECK(rule->embargo >= 0, err, TD_ERR_RANGE, "an embargo of %lld is negative",
             (long long)rule->embargo);
    for (uint64_t i = 0; i < rows->n && rows->end != NULL; i++) {
        TD_CHECK(rows->end[i] >= rows->time[i], err, TD_ERR_RANGE,
                 "row %llu: its label is known at %lld, before its time %lld",
                 (unsigned long long)i + 1, (long long)rows->end[i], (long long)rows->time[i]);
    }
    return TD_OK;
}

static td_status cut_folds(td_cv_plan *plan, int64_t *sorted, td_error *err) {
    uint64_t n = plan->rows.n, count[TD_CV_MAX_FOLDS] = {0};
    int64_t boundary[TD_CV_MAX_FOLDS];
    uint32_t folds = plan->rule.n_folds;
    memcpy(sorted, plan->rows.time, n * sizeof *sorted);
    sort_times(sorted, n);
    for (uint32_t k = 1; k < folds; k++) boundary[k] = sorted[k * n / folds];
    for (uint64_t i = 0; i < n; i++) {
        uint32_t fold = 0;
        while (fold + 1 < folds && boundary[fold + 1] <= plan->rows.time[i]) fold++;
        plan->fold[i] = (uint8_t)fold;
        count[fold]++;
    }
    for (uint32_t k = 0; k < folds; k++) {
        TD_CHECK(count[k] > 0, err, TD_ERR_SHAPE,
                 "fold %u of %u has no row: too many rows share one time", k + 1, folds);
    }
    return TD_OK;
}

td_status td_cv_plan_build(td_cv_plan *out, const td_cv_rows *rows, const td_cv_rule *rule,
                           td_error *err) {
    TD_TRY(check(rows, rule, err));
    TD_CHECK(rows->n >= rule->n_folds, err, TD_ERR_SHAPE, "%llu rows for %u folds",
             (unsigned long long)rows->n, rule->n_folds);
    *out = (td_cv_plan){.rows = *rows, .rule = *rule};
    out->n_splits =
        rule->scheme == TD_CV_ROLLING ? rule->n_folds - 1 : choices(rule->n_folds, rule->n_test);
    int64_t *sorted = NULL;
    TD_NEW(sorted, rows->n, err);
    out->fold = td_mem_array(rows->n, sizeof *out->fold, err);
    td_status status = out->fold == NULL ? TD_ERR_NOMEM : cut_folds(out, sorted, err);
    td_mem_free(sorted);
    if (status != TD_OK) td_cv_plan_free(out);
    return status;
}

void td_cv_plan_free(td_cv_plan *plan) {
    td_mem_free(plan->fold);
    *plan = (td_cv_plan){0};
}

/* ---- one split ---- */

/* Step 2. The next choice in lexicographic order: the last member that can move up does. */
static void choose_test(uint8_t is_test[TD_CV_MAX_FOLDS], const td_cv_rule *rule, uint32_t split) {
    uint32_t member[TD_CV_MAX_FOLDS], t = rule->n_test, k = rule->n_folds;
    memset(is_test, 0, TD_CV_MAX_FOLDS);
    if (rule->scheme == TD_CV_ROLLING) {
        is_test[split + 1] = 1;
        return;
    }
    for (uint32_t i = 0; i < t; i++) member[i] = i;
    for (uint32_t s = 0; s < split; s++) {
        uint32_t i = t; /* member i - 1 moves, those from i on follow it */
        while (i > 0 && member[i - 1] == k - t + i - 1) i--;
        if (i == 0) break;
        member[i - 1]++;
        for (uint32_t j = i; j < t; j++) member[j] = member[j - 1] + 1;
    }
    for (uint32_t i = 0; i < t; i++) is_test[member[i]] = 1;
}

/* Times of a block of neighbouring test folds. */
typedef struct block {
    int64_t first; /* time */
    int64_t end;   /* latest label end */
} block;

static int64_t end_of(const td_cv_rows *rows, uint64_t i) {
    return rows->end != NULL ? rows->end[i] : rows->time[i];
}

/* Blocks in order of time; returns how many. */
static uint32_t find_blocks(block *out, const td_cv_plan *plan, const uint8_t *is_test) {
    uint32_t of_fold[TD_CV_MAX_FOLDS] = {0}, n = 0;
    for (uint32_t k = 0; k < plan->rule.n_folds; k++) {
        if (is_test[k] && (k == 0 || !is_test[k - 1]))
            out[n++] = (block){.first = INT64_MAX, .end = INT64_MIN};
        of_fold[k] = n > 0 ? n - 1 : 0;
    }
    for (uint64_t i = 0; i < plan->rows.n; i++) {
        if (!is_test[plan->fold[i]]) continue;
        block *b = &out[of_fold[plan->fold[i]]];
        int64_t end = end_of(&plan->rows, i);
        if (plan->rows.time[i] < b->first) b->first = plan->rows.time[i];
        if (end > b->end) b->end = end;
    }
    return n;
}

/* Step 3 for a row that is not tested. */
static td_cv_role judge(const td_cv_plan *plan, uint64_t i, const block *blocks, uint32_t n) {
    int64_t t = plan->rows.time[i], u = end_of(&plan->rows, i), embargo = plan->rule.embargo;
    td_cv_role role = TD_CV_TRAIN;
    for (uint32_t b = 0; b < n; b++) {
        const block *at = &blocks[b];
        if (t < at->first ? u >= at->first : t <= at->end) return TD_CV_PURGED_LABEL;
        if (t > at->end && t - at->end <= embargo) role = TD_CV_EMBARGOED;
    }
    return role;
}

/* Step 4. */
static td_status purge_groups(uint8_t *role, const td_cv_plan *plan, td_error *err) {
    const td_cv_rows *rows = &plan->rows;
    if (!plan->rule.purge_groups || rows->group == NULL) return TD_OK;
    uint8_t *is_tested = NULL;
    TD_NEW_ZEROED(is_tested, rows->n_groups, err);
    for (uint64_t i = 0; i < rows->n; i++) {
        if (role[i] == TD_CV_TEST) is_tested[rows->group[i]] = 1;
    }
    for (uint64_t i = 0; i < rows->n; i++) {
        if (role[i] == TD_CV_TRAIN && is_tested[rows->group[i]]) role[i] = TD_CV_PURGED_GROUP;
    }
    td_mem_free(is_tested);
    return TD_OK;
}

td_status td_cv_split_make(uint8_t *role, uint64_t count[TD_CV_N_ROLES], const td_cv_plan *plan,
                           uint32_t split, td_error *err) {
    uint8_t is_test[TD_CV_MAX_FOLDS];
    block blocks[TD_CV_MAX_FOLDS];
    TD_CHECK(split < plan->n_splits, err, TD_ERR_RANGE, "split %u of %u", split, plan->n_splits);
    choose_test(is_test, &plan->rule, split);
    uint32_t n_blocks = find_blocks(blocks, plan, is_test);
    int is_rolling = plan->rule.scheme == TD_CV_ROLLING;
    for (uint64_t i = 0; i < plan->rows.n; i++) {
        if (is_test[plan->fold[i]]) {
            role[i] = TD_CV_TEST;
        } else if (is_rolling && plan->fold[i] > split + 1) {
            role[i] = TD_CV_UNUSED;
        } else {
            role[i] = (uint8_t)judge(plan, i, blocks, n_blocks);
        }
    }
    TD_TRY(purge_groups(role, plan, err));
    memset(count, 0, TD_CV_N_ROLES * sizeof *count);
    for (uint64_t i = 0; i < plan->rows.n; i++) count[role[i]]++;
    return TD_OK;
}
