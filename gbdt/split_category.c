/* gbdt/split_category.c: which categories go left.
 *
 * With few levels (max_cat_to_onehot) each level is tried alone against the rest. With more, an
 * optimal two-part partition for a convex loss is a prefix of the levels ordered by G / H (Fisher
 * 1958, "On grouping for maximum homogeneity", doi:10.1080/01621459.1958.10501479); noise in rare
 * levels is damped as in LightGBM:
 *
 * 1. levels with fewer than cat_smooth rows in the leaf stay right;
 * 2. the others are ordered by G / (H + cat_smooth), equal ones by code;
 * 3. prefixes of at most max_cat_threshold levels (and of at most half of them) are tried from
 *    either end, at least min_data_per_group rows after the last one tried;
 * 4. sides are scored with l2 + cat_l2, and the leaves of such a split keep that penalty.
 *
 * The missing code, which also stands for rare and unseen levels, never goes left.
 * Cost: O(levels log levels) a leaf. Scalar: category columns are few and the sort dominates. */
#include <stdlib.h>

#include "gbdt/split.h"

enum { FEW = 64 }; /* so many are sorted by insertion */

typedef struct ranked {
    double key; /* G / (H + cat_smooth) */
    uint32_t bin;
} ranked;

static int by_key(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->bin > y->bin) - (x->bin < y->bin);
}

typedef struct search {
    const double (*bin)[3];
    const double *total;
    const td_split_rule *rule;
    const td_bounds *bounds; /* NULL = none */
} search;

static double score_of(const search *job, const double left[3], const double right[3], double l2) {
    if (job->bounds == NULL) return td_pair_score(job->rule, left, right, l2);
    td_bounded how = {job->rule, job->bounds, 0, l2};
    return td_pair_score_bounded(&how, left, right);
}

static void rest_of(double right[3], const double total[3], const double left[3]) {
    for (int k = 0; k < 3; k++) right[k] = total[k] - left[k];
}

static td_category_split one_against_rest(const search *job, uint32_t n_levels) {
    td_category_split best = {.score = -1};
    for (uint32_t b = 0; b < n_levels; b++) {
        double right[3];
        rest_of(right, job->total, job->bin[b]);
        double score = score_of(job, job->bin[b], right, job->rule->l2);
        if (score <= best.score) continue;
        best = (td_category_split){.score = score, .left_rows = job->bin[b][2]};
        td_bin_set_add(&best.left, b);
    }
    return best;
}

/* Prefixes of order[0..n) from one end (step 1) or the other (step -1). */
static void try_prefixes(td_category_split *best, const search *job, const ranked *order, int n,
                         int step) {
    const td_split_rule *rule = job->rule;
    double l2 = rule->l2 + rule->cat_l2, left[3] = {0}, group_rows = 0;
    int most =
        (n + 1) / 2 < (int)rule->max_cat_threshold ? (n + 1) / 2 : (int)rule->max_cat_threshold;
    td_bin_set set = {{0}};
    for (int i = 0; i < most; i++) {
        uint32_t b = order[step > 0 ? i : n - 1 - i].bin;
        double right[3];
        td_bin_set_add(&set, b);
        for (int k = 0; k < 3; k++) left[k] += job->bin[b][k];
        rest_of(right, job->total, left);
        group_rows += job->bin[b][2];
        if (right[2] < rule->min_data_per_group) return;
        if (group_rows < rule->min_data_per_group) continue;
        double score = score_of(job, left, right, l2);
        if (score < 0) continue;
        group_rows = 0;
        if (score <= best->score) continue;
        *best = (td_category_split){score, rule->cat_l2, left[2], set};
    }
}

/* Most leaves have few levels with enough rows. */
static void sort_ranked(ranked *order, int n) {
    if (n > FEW) {
        qsort(order, (size_t)n, sizeof *order, by_key);
        return;
    }
    for (int i = 1; i < n; i++) {
        ranked moved = order[i];
        int at = i;
        for (; at > 0 && by_key(&moved, &order[at - 1]) < 0; at--) order[at] = order[at - 1];
        order[at] = moved;
    }
}

static td_category_split ordered_prefixes(const search *job, uint32_t n_levels) {
    td_category_split best = {.score = -1};
    ranked order[256];
    int n = 0;
    for (uint32_t b = 0; b < n_levels; b++) {
        const double *sums = job->bin[b];
        if (sums[2] < job->rule->cat_smooth || sums[2] < 1) continue;
        double hess = sums[1] * job->rule->hess_scale + job->rule->cat_smooth;
        double key = hess > 0 ? sums[0] * job->rule->grad_scale / hess : 0;
        order[n++] = (ranked){key, b};
    }
    sort_ranked(order, n);
    try_prefixes(&best, job, order, n, 1);
    try_prefixes(&best, job, order, n, -1);
    return best;
}

td_category_split td_split_category(const double (*bin)[3], const double total[3],
                                    const td_bins *bins, const td_split_rule *rule,
                                    const td_bounds *bounds) {
    search job = {bin, total, rule, bounds};
    if (bins->n_bins <= rule->max_cat_to_onehot) return one_against_rest(&job, bins->n_values);
    return ordered_prefixes(&job, bins->n_values);
}
