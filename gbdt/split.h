/* gbdt/split.h: the best split of a leaf, feature by feature, from its histogram.
 *
 * With sums of gradients G and hessians H of a side, T(G) = sign(G) max(|G| - l1, 0),
 *
 *     gain = (T(Gl)^2 (Hr + l2) + T(Gr)^2 (Hl + l2)) / ((Hl + l2) (Hr + l2)) - T(G)^2 / (H + l2)
 *
 * which is T(Gl)^2/(Hl+l2) + T(Gr)^2/(Hr+l2) - parent with one division. Ties: higher gain, then
 * lower feature, then lower bin, then missing values right. */
#ifndef TD_GBDT_SPLIT_H
#define TD_GBDT_SPLIT_H

#include <math.h>
#include <stdint.h>

#include "gbdt/binning.h"
#include "gbdt/hist.h"
#include "gbdt/tree.h"

/* Values that a leaf may take, before the learning rate: what the monotone features above it leave
 * (split_monotone.c). */
typedef struct td_bounds {
    double low, high;
} td_bounds;

/* A rule's limits divided by the scales, so that sums need not be multiplied. */
typedef struct td_split_units {
    int is_exact; /* no product of a scan leaves the range of doubles; 0 = the others are unset */
    double score, per_score; /* real score of a score in units, and its inverse */
    double l1, l2, min_hess;
} td_split_units;

/* What limits a split; fixed during training but for the scales. */
typedef struct td_split_rule {
    double grad_scale, hess_scale; /* real = integer * scale, a power of two */
    double l1, l2, min_hess, min_gain;
    td_split_units units; /* td_split_rule_scale */
    double min_rows;
    double cat_smooth, cat_l2;
    uint32_t max_cat_threshold, max_cat_to_onehot, min_data_per_group;
    const int8_t *monotone; /* [n_features] direction; NULL = none, and bounds mean nothing */
} td_split_rule;

typedef struct td_split {
    double gain; /* 0 = no split */
    double extra_l2;
    uint64_t left_rows;
    uint32_t slot;
    uint32_t bin; /* numbers: codes <= bin go left */
    int is_category;
    int missing_left;
    td_bin_set left; /* every code that goes left */
    int direction;   /* of a monotone feature, else 0 */
    double middle;   /* between the values of both sides, where direction is not 0 */
} td_split;

/* Set the scales and what follows from them. */
void td_split_rule_scale(td_split_rule *rule, double grad_scale, double hess_scale);

/* Is a better than b: a higher gain, or the same with a lower feature? */
static inline int td_split_beats(const td_split *a, const td_split *b) {
    return a->gain > b->gain || (a->gain == b->gain && a->gain > 0 && a->slot < b->slot);
}

/* Sums over ordinary bins 0..b for the n bins b that can make a difference: bin 0 and every bin
 * with rows, ascending. Exact below 2^53. Up to seven more may be written than are used. */
typedef struct td_prefix {
    uint32_t n;
    td_bin_set bins; /* the n bins */
    double grad[TD_HIST_STRIDE + 4], hess[TD_HIST_STRIDE + 4];
    uint64_t rows[TD_HIST_STRIDE + 4];
} td_prefix;

/* One pass over candidates i = 0 .. prefix->n - 1: left = prefix[i] + add, right = total - left. */
typedef struct td_scan {
    const td_prefix *prefix;
    const td_split_rule *rule;
    double add_grad, add_hess, add_rows;
    double total_grad, total_hess, total_rows;
    double own;              /* score of the leaf as it is */
    double floor;            /* scores up to here are of no use; a scan may overlook them */
    const td_bounds *bounds; /* NULL = no feature is monotone */
    int direction;           /* of this feature */
} td_scan;

typedef struct td_scan_best {
    double score; /* sum of both sides; -1 = no candidate is allowed or of use */
    uint32_t i;
    int is_open; /* a candidate keeps the limits, whether it is of use or not */
} td_scan_best;

/* T(g)^2 of a real gradient sum. */
static inline double td_shrunk_square(double g, double l1) {
    double t = fmax(fabs(g) - l1, 0);
    return t * t;
}

/* Score of a pair of sides given in integers-as-doubles; -1 when a limit is broken. */
static inline double td_pair_score(const td_split_rule *rule, const double left[3],
                                   const double right[3], double l2) {
    double hl = left[1] * rule->hess_scale, hr = right[1] * rule->hess_scale;
    if (!(left[2] >= rule->min_rows && right[2] >= rule->min_rows && left[2] >= 1 && right[2] >= 1))
        return -1;
    if (!(hl >= rule->min_hess && hr >= rule->min_hess && hl + l2 > 0 && hr + l2 > 0)) return -1;
    double tl = td_shrunk_square(left[0] * rule->grad_scale, rule->l1);
    double tr = td_shrunk_square(right[0] * rule->grad_scale, rule->l1);
    return (tl * (hr + l2) + tr * (hl + l2)) / ((hl + l2) * (hr + l2));
}

/* First candidate with the highest score. Same bits at every SIMD level. They know no bounds; the
 * second needs a rule with exact units. */
td_scan_best td_scan_scalar(const td_scan *scan);
td_scan_best td_scan_avx512(const td_scan *scan);

/* The same within bounds, -1 also for sides in the wrong order (split_monotone.c). */
td_scan_best td_scan_bounded(const td_scan *scan);

/* How a bounded pair of sides is judged. */
typedef struct td_bounded {
    const td_split_rule *rule;
    const td_bounds *bounds;
    int direction;
    double l2; /* of this split */
} td_bounded;

double td_pair_score_bounded(const td_bounded *how, const double left[3], const double right[3]);

/* Value of a side within bounds, before the learning rate. */
double td_bounded_value(const td_bounded *how, const double side[3]);

/* A split by a monotone feature parts the values that its children, which start with the bounds of
 * the split leaf, may take. */
static inline void td_bounds_part(td_bounds *left, td_bounds *right, const td_split *split) {
    td_bounds *lower = split->direction > 0 ? left : right;
    td_bounds *upper = split->direction > 0 ? right : left;
    if (split->direction == 0) return;
    lower->high = fmin(lower->high, split->middle);
    upper->low = fmax(upper->low, split->middle);
}

/* Sums of a track's joint histogram over all its members but one, whose code is code / inner %
 * n_bins: out[n_bins]. Words are packed sums or two's complement integers; both add as unsigned
 * words. */
void td_marginal_scalar(uint64_t *restrict out, const uint64_t *restrict joint, uint32_t n_bins,
                        uint32_t inner, uint32_t n_codes);
void td_marginal_avx512(uint64_t *restrict out, const uint64_t *restrict joint, uint32_t n_bins,
                        uint32_t inner, uint32_t n_codes);

/* Prefix sums of a packed slot over n >= 1 bins (exact: integers below 2^26). */
void td_prefix_packed_scalar(td_prefix *prefix, const uint64_t *packed, uint32_t n);
void td_prefix_packed_avx512(td_prefix *prefix, const uint64_t *packed, uint32_t n);

/* Best split of one slot of a leaf's histogram; replaces *best only when it beats it. `best` starts
 * with gain 0. `bounds` are the leaf's, read when features are monotone. Returns 0 when every split
 * of a number leaves a side with too few rows or too little hessian: then none can be in a leaf
 * below this one either, as sides only shrink. O(codes of the slot's track). */
int td_split_search(td_split *best, const td_hist *hist, const td_blocks *blocks, uint32_t slot,
                    const td_split_rule *rule, const td_bounds *bounds);

/* A level of a category that is looked at in a leaf, sums as doubles. */
typedef struct td_level_sums {
    double sums[3]; /* grad, hess, rows */
    uint32_t bin;
} td_level_sums;

/* Best set of categories to send left; score = -1 when there is none. */
typedef struct td_category_split {
    double score, extra_l2, left_rows;
    td_bin_set left;
} td_category_split;

/* Rows that a level needs in a leaf to be looked at. */
uint64_t td_category_least_rows(const td_bins *bins, const td_split_rule *rule);

/* The part for categories: `level` [n] ascending by bin, without the missing code; total the sums
 * of the leaf. */
td_category_split td_split_category(const td_level_sums *level, uint32_t n, const double total[3],
                                    const td_bins *bins, const td_split_rule *rule,
                                    const td_bounds *bounds);

/* A slot's own sums by bin: its track's, or a marginal of it. One is set. */
typedef struct td_slot_sums {
    const uint64_t *packed;
    const int64_t *sums; /* planes a TD_HIST_STRIDE apart */
} td_slot_sums;

/* Those in track `track` of hist, where the slot stands; room[TD_SUMS_STRIDE] holds a marginal. */
td_slot_sums td_slot_sums_of(const td_hist *hist, uint64_t track, const td_blocks *blocks,
                             const td_slot *slot, uint64_t *room);

/* Bins 0 .. n - 1 of a packed slot that have at least `least` rows; returns the sum of all. */
uint64_t td_crowded(td_bin_set *set, const uint64_t *packed, uint32_t n, uint64_t least);
uint64_t td_crowded_scalar(td_bin_set *set, const uint64_t *packed, uint32_t n, uint64_t least);
uint64_t td_crowded_avx512(td_bin_set *set, const uint64_t *packed, uint32_t n, uint64_t least);

/* order[rank] = i for n <= 256 keys, ascending; of equal keys the lower i first. O(n^2) without a
 * jump that depends on a key: faster than sorting for so few. */
void td_rank_scalar(uint8_t *order, const double *key, uint32_t n);
void td_rank_avx512(uint8_t *order, const double *key, uint32_t n);

#endif
