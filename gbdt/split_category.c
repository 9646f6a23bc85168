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
 * Cost: O(levels with rows^2) a leaf, in steps of a fraction of a cycle. */
#include <math.h>

#include "core/base/cpu.h"
#include "gbdt/split.h"

typedef struct search {
    const td_level_sums *level;
    uint32_t n;
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

static td_category_split one_against_rest(const search *job) {
    td_category_split best = {.score = -1};
    for (uint32_t i = 0; i < job->n; i++) {
        const td_level_sums *level = &job->level[i];
        double right[3];
        rest_of(right, job->total, level->sums);
        double score = score_of(job, level->sums, right, job->rule->l2);
        if (score <= best.score) continue;
        best = (td_category_split){.score = score, .left_rows = level->sums[2]};
        td_bin_set_add(&best.left, level->bin);
    }
    return best;
}

/* Prefixes of the ordered levels from one end (step 1) or the other (step -1). */
static void try_prefixes(td_category_split *best, const search *job, const uint8_t *order,
                         int step) {
    const td_split_rule *rule = job->rule;
    double l2 = rule->l2 + rule->cat_l2, left[3] = {0}, group_rows = 0;
    int n = (int)job->n, half = (n + 1) / 2;
    int most = half < (int)rule->max_cat_threshold ? half : (int)rule->max_cat_threshold;
    td_bin_set bins = {{0}};
    for (int i = 0; i < most; i++) {
        const td_level_sums *level = &job->level[order[step > 0 ? i : n - 1 - i]];
        double right[3];
        td_bin_set_add(&bins, level->bin);
        for (int k = 0; k < 3; k++) left[k] += level->sums[k];
        rest_of(right, job->total, left);
        group_rows += level->sums[2];
        if (right[2] < rule->min_data_per_group) return;
        if (group_rows < rule->min_data_per_group) continue;
        double score = score_of(job, left, right, l2);
        if (score < 0) continue;
        group_rows = 0;
        if (score <= best->score) continue;
        *best = (td_category_split){score, rule->cat_l2, left[2], bins};
    }
}

void td_rank_scalar(uint8_t *order, const double *key, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t rank = 0;
        for (uint32_t j = 0; j < i; j++) rank += key[j] <= key[i];
        for (uint32_t j = i + 1; j < n; j++) rank += key[j] < key[i];
        order[rank] = (uint8_t)i;
    }
}

static void rank_keys(uint8_t *order, const double *key, uint32_t n) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_rank_avx512(order, key, n);
        return;
    }
#endif
    td_rank_scalar(order, key, n);
}

static td_category_split ordered_prefixes(const search *job) {
    td_category_split best = {.score = -1};
    const td_split_rule *rule = job->rule;
    double key[256];
    uint8_t order[256];
    for (uint32_t i = 0; i < job->n; i++) {
        const double *sums = job->level[i].sums;
        double hess = sums[1] * rule->hess_scale + rule->cat_smooth;
        key[i] = hess > 0 ? sums[0] * rule->grad_scale / hess : 0;
    }
    rank_keys(order, key, job->n);
    try_prefixes(&best, job, order, 1);
    try_prefixes(&best, job, order, -1);
    return best;
}

static int is_onehot(const td_bins *bins, const td_split_rule *rule) {
    return bins->n_bins <= rule->max_cat_to_onehot;
}

uint64_t td_category_least_rows(const td_bins *bins, const td_split_rule *rule) {
    if (is_onehot(bins, rule) || rule->cat_smooth <= 1) return 1;
    return rule->cat_smooth < 0x1p53 ? (uint64_t)ceil(rule->cat_smooth) : UINT64_MAX;
}

td_category_split td_split_category(const td_level_sums *level, uint32_t n, const double total[3],
                                    const td_bins *bins, const td_split_rule *rule,
                                    const td_bounds *bounds) {
    search job = {level, n, total, rule, bounds};
    if (is_onehot(bins, rule)) return one_against_rest(&job);
    return ordered_prefixes(&job);
}
