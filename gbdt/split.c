/* gbdt/split.c: candidates of a numeric feature and the choice among them.
 *
 * 1. Prefix: running sums over the ordinary bins give the left side of "code <= b". A bin without
 *    rows repeats the candidate before it, which wins a tie, so it is left out: a leaf of 50 rows
 *    has at most 51 candidates, whatever the number of bins.
 * 2. Scan with missing rows on the right: left = prefix[i] (the last one parts present from
 *    missing).
 * 3. If the leaf has missing rows, scan again with them on the left: left = prefix[i] + missing.
 *    Without missing rows the direction is the side with more rows, left on a tie.
 * 4. The best score minus the leaf's own score is the gain; it must exceed min_gain.
 *
 * The scalar functions here are the specification; split_avx512.c computes eight bins at a time
 * with the same operations in the same order, so scores are equal to the bit. Sums are integers
 * carried in doubles (exact below 2^53), so prefixes are equal however they are formed. Cost: one
 * division and about 20 other operations a bin. Formula: Chen and Guestrin (2016), "XGBoost: A
 * Scalable Tree Boosting System", doi:10.1145/2939672.2939785, eq. 7. */
#include "gbdt/split.h"

#include <string.h>

#include "core/base/cpu.h"

/* The sums are written at `i` for every bin and stay when the bin counts. */
void td_prefix_packed_scalar(td_prefix *prefix, const uint64_t *packed, uint32_t n) {
    uint64_t sum = 0;
    uint32_t i = 0;
    prefix->bins = (td_bin_set){{0}};
    for (uint32_t b = 0; b < n; b++) {
        sum += packed[b];
        prefix->grad[i] = (double)td_packed_grad(sum);
        prefix->hess[i] = (double)td_packed_hess(sum);
        prefix->rows[i] = (uint64_t)td_packed_rows(sum);
        if (b > 0 && packed[b] == 0) continue;
        td_bin_set_add(&prefix->bins, b);
        i++;
    }
    prefix->n = i;
}

static void prefix_sums(td_prefix *prefix, const int64_t *sums, uint32_t n) {
    const int64_t *hess = sums + TD_HIST_STRIDE, *rows = sums + 2 * TD_HIST_STRIDE;
    int64_t total[3] = {0};
    uint32_t i = 0;
    prefix->bins = (td_bin_set){{0}};
    for (uint32_t b = 0; b < n; b++) {
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): packed or sums, one is set
        prefix->grad[i] = (double)(total[0] += sums[b]);
        prefix->hess[i] = (double)(total[1] += hess[b]);
        prefix->rows[i] = (uint64_t)(total[2] += rows[b]);
        if (b > 0 && rows[b] == 0) continue;
        td_bin_set_add(&prefix->bins, b);
        i++;
    }
    prefix->n = i;
}

td_scan_best td_scan_scalar(const td_scan *scan) {
    td_scan_best best = {-1, 0, 0};
    for (uint32_t i = 0; i < scan->prefix->n; i++) {
        double left[3] = {scan->prefix->grad[i] + scan->add_grad,
                          scan->prefix->hess[i] + scan->add_hess,
                          (double)scan->prefix->rows[i] + scan->add_rows};
        double right[3] = {scan->total_grad - left[0], scan->total_hess - left[1],
                           scan->total_rows - left[2]};
        double score = td_pair_score(scan->rule, left, right, scan->rule->l2);
        if (score > best.score) best = (td_scan_best){score, i, 1};
    }
    return best;
}

/* May powers of two be taken out of all sums, and limits be divided by them, without a product
 * leaving the range of doubles? */
static int is_moderate(double x) { return x > 0x1p-200 && x < 0x1p200; }

static int is_none_or_moderate(double x) { return x == 0 || is_moderate(x); }

void td_split_rule_scale(td_split_rule *rule, double grad_scale, double hess_scale) {
    rule->grad_scale = grad_scale;
    rule->hess_scale = hess_scale;
    rule->units = (td_split_units){0};
    if (!(is_moderate(grad_scale) && is_moderate(hess_scale) && is_none_or_moderate(rule->l2) &&
          is_none_or_moderate(rule->l1) && is_none_or_moderate(rule->min_hess)))
        return;
    rule->units = (td_split_units){.is_exact = 1,
                                   .score = grad_scale * grad_scale / hess_scale,
                                   .per_score = hess_scale / (grad_scale * grad_scale),
                                   .l1 = rule->l1 / grad_scale,
                                   .l2 = rule->l2 / hess_scale,
                                   .min_hess = rule->min_hess / hess_scale};
}

static td_scan_best scan_bins(const td_scan *scan) {
    if (scan->bounds != NULL) return td_scan_bounded(scan);
#if defined(__x86_64__)
    if (scan->rule->units.is_exact && td_cpu_simd() == TD_SIMD_AVX512) {
        return td_scan_avx512(scan);
    }
#endif
    return td_scan_scalar(scan);
}

static void prefix_bins(td_prefix *prefix, const td_slot_sums *hist, uint32_t n) {
    const uint64_t *packed = hist->packed;
    if (packed == NULL) {
        prefix_sums(prefix, hist->sums, n);
        return;
    }
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_prefix_packed_avx512(prefix, packed, n);
        return;
    }
#endif
    td_prefix_packed_scalar(prefix, packed, n);
}

/* Sums of one bin, as doubles. */
static void bin_sums(double out[3], const td_slot_sums *hist, uint32_t b) {
    if (hist->packed != NULL) {
        uint64_t word = hist->packed[b];
        out[0] = (double)td_packed_grad(word);
        out[1] = (double)td_packed_hess(word);
        out[2] = (double)td_packed_rows(word);
        return;
    }
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): packed or sums, one is set
    for (uint32_t k = 0; k < 3; k++) out[k] = (double)hist->sums[k * TD_HIST_STRIDE + b];
}

static double own_score(const double total[3], const td_split_rule *rule) {
    double h = total[1] * rule->hess_scale + rule->l2;
    double t = td_shrunk_square(total[0] * rule->grad_scale, rule->l1);
    return h > 0 ? t / h : 0;
}

/* Bin number i of the set, counted from 0. */
static uint32_t nth_bin(const td_bin_set *set, uint32_t i) {
    uint32_t w = 0, count;
    while (i >= (count = (uint32_t)__builtin_popcount(set->word[w]))) {
        i -= count;
        w++;
    }
    uint32_t word = set->word[w];
    for (; i > 0; i--) word &= word - 1; /* drop the lowest */
    return 32 * w + (uint32_t)__builtin_ctz(word);
}

/* Codes that go left of "code <= bin", the missing code by its direction. */
static td_bin_set left_codes(uint32_t bin, uint32_t missing_code, int missing_left) {
    td_bin_set set = {{0}};
    for (uint32_t w = 0; w < bin / 32; w++) set.word[w] = UINT32_MAX;
    set.word[bin / 32] = UINT32_MAX >> (31 - bin % 32);
    if (missing_left) td_bin_set_add(&set, missing_code);
    return set;
}

/* What a split by a monotone feature leaves to its children. */
static void part_bounds(td_split *best, const td_scan *scan, uint32_t i) {
    best->direction = scan->bounds != NULL ? scan->direction : 0;
    if (best->direction == 0) return;
    td_bounded how = {scan->rule, scan->bounds, scan->direction, scan->rule->l2};
    double left[3] = {scan->prefix->grad[i] + scan->add_grad,
                      scan->prefix->hess[i] + scan->add_hess,
                      (double)scan->prefix->rows[i] + scan->add_rows};
    double right[3] = {scan->total_grad - left[0], scan->total_hess - left[1],
                       scan->total_rows - left[2]};
    best->middle = (td_bounded_value(&how, left) + td_bounded_value(&how, right)) / 2;
}

/* Take the candidate if its gain is the highest so far. */
static void offer(td_split *best, const td_scan *scan, td_scan_best found, const td_bins *bins,
                  const double missing[3]) {
    double gain = found.score - scan->own;
    if (found.score < 0 || !(gain > scan->rule->min_gain && gain > best->gain)) return;
    double left_rows = (double)scan->prefix->rows[found.i] + scan->add_rows;
    int is_left = missing[2] > 0 ? scan->add_rows > 0 : 2 * left_rows >= scan->total_rows;
    best->gain = gain;
    best->extra_l2 = 0;
    best->left_rows = (uint64_t)left_rows;
    best->bin = nth_bin(&scan->prefix->bins, found.i);
    best->is_category = 0;
    best->missing_left = is_left;
    best->left = left_codes(best->bin, bins->n_values, is_left);
    part_bounds(best, scan, found.i);
}

/* `limits` tells rule, bounds and direction, and as floor the gain of another feature. Returns 0
 * when no candidate keeps the limits. */
static int search_number(td_split *best, const td_slot_sums *hist, const td_bins *bins,
                         const td_scan *limits) {
    td_prefix prefix;
    double missing[3] = {0};
    uint32_t n = bins->n_values;
    if (n == 0) return 0; /* all missing */
    prefix_bins(&prefix, hist, n);
    if (bins->n_bins > n) bin_sums(missing, hist, n);
    uint32_t last = prefix.n - 1; /* all present rows */
    td_scan scan = {.prefix = &prefix,
                    .rule = limits->rule,
                    .bounds = limits->bounds,
                    .direction = limits->direction,
                    .total_grad = prefix.grad[last] + missing[0],
                    .total_hess = prefix.hess[last] + missing[1],
                    .total_rows = (double)prefix.rows[last] + missing[2]};
    double total[3] = {scan.total_grad, scan.total_hess, scan.total_rows};
    /* lowered by more than rounding can move a gain: an equal gain of a lower slot must be seen */
    double least = fmax(limits->floor, limits->rule->min_gain);
    scan.own = own_score(total, limits->rule);
    scan.floor = (scan.own + least) * (1 - 0x1p-40);
    td_scan_best found = scan_bins(&scan);
    int is_open = found.is_open;
    offer(best, &scan, found, bins, missing);
    if (missing[2] == 0) return is_open;
    scan.add_grad = missing[0];
    scan.add_hess = missing[1];
    scan.add_rows = missing[2];
    found = scan_bins(&scan);
    offer(best, &scan, found, bins, missing);
    return is_open || found.is_open;
}

uint64_t td_crowded_scalar(td_bin_set *set, const uint64_t *packed, uint32_t n, uint64_t least) {
    uint64_t total = 0;
    *set = (td_bin_set){{0}};
    for (uint32_t begin = 0; begin < n; begin += 32) {
        uint32_t bits = 0, count = n - begin < 32 ? n - begin : 32;
        for (uint32_t k = 0; k < count; k++) {
            uint64_t word = packed[begin + k];
            total += word;
            bits |= (uint32_t)((uint64_t)td_packed_rows(word) >= least) << k;
        }
        set->word[begin / 32] = bits;
    }
    return total;
}

uint64_t td_crowded(td_bin_set *set, const uint64_t *packed, uint32_t n, uint64_t least) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) return td_crowded_avx512(set, packed, n, least);
#endif
    return td_crowded_scalar(set, packed, n, least);
}

/* Bins with at least `least` rows, and the sums of all bins. */
static void find_crowded(td_bin_set *set, double total[3], const td_slot_sums *hist, uint32_t n,
                         uint64_t least) {
    if (hist->packed != NULL) {
        uint64_t sum = td_crowded(set, hist->packed, n, least);
        bin_sums(total, &(td_slot_sums){.packed = &sum}, 0);
        return;
    }
    *set = (td_bin_set){{0}};
    for (uint32_t b = 0; b < n; b++) {
        double sums[3];
        bin_sums(sums, hist, b);
        for (int k = 0; k < 3; k++) total[k] += sums[k];
        if (sums[2] >= (double)least) td_bin_set_add(set, b);
    }
}

static void search_category(td_split *best, const td_slot_sums *hist, const td_bins *bins,
                            const td_scan *limits) {
    const td_split_rule *rule = limits->rule;
    td_level_sums level[256];
    td_bin_set set;
    double total[3] = {0};
    uint32_t n = 0;
    find_crowded(&set, total, hist, bins->n_bins, td_category_least_rows(bins, rule));
    for (uint32_t w = 0; w < TD_SET_WORDS; w++) {
        for (uint32_t rest = set.word[w]; rest != 0; rest &= rest - 1) {
            uint32_t b = 32 * w + (uint32_t)__builtin_ctz(rest);
            if (b >= bins->n_values) break; /* the missing code */
            level[n].bin = b;
            bin_sums(level[n++].sums, hist, b);
        }
    }
    td_category_split found = td_split_category(level, n, total, bins, rule, limits->bounds);
    double gain = found.score - own_score(total, rule);
    if (found.score < 0 || !(gain > rule->min_gain && gain > best->gain)) return;
    best->gain = gain;
    best->extra_l2 = found.extra_l2;
    best->left_rows = (uint64_t)found.left_rows;
    best->bin = 0;
    best->is_category = 1;
    best->missing_left = 0;
    best->left = found.left;
}

void td_marginal_scalar(uint64_t *restrict out, const uint64_t *restrict joint, uint32_t n_bins,
                        uint32_t inner, uint32_t n_codes) {
    memset(out, 0, n_bins * sizeof *out);
    for (uint32_t at = 0; at < n_codes;) {
        for (uint32_t b = 0; b < n_bins; b++) {
            uint64_t sum = 0;
            // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): packed or sums, one is set
            for (uint32_t i = 0; i < inner; i++) sum += joint[at++];
            out[b] += sum;
        }
    }
}

static void marginal(uint64_t *out, const uint64_t *joint, const td_slot *slot, uint32_t n_codes) {
#if defined(__x86_64__)
    if (td_cpu_simd() == TD_SIMD_AVX512) {
        td_marginal_avx512(out, joint, slot->bins->n_bins, slot->factor, n_codes);
        return;
    }
#endif
    td_marginal_scalar(out, joint, slot->bins->n_bins, slot->factor, n_codes);
}

td_slot_sums td_slot_sums_of(const td_hist *hist, uint64_t track, const td_blocks *blocks,
                             const td_slot *slot, uint64_t *room) {
    const td_track *of = &blocks->track[slot->track];
    td_slot_sums out = {0};
    if (hist->packed != NULL) out.packed = hist->packed + track * TD_HIST_STRIDE;
    if (hist->sums != NULL) out.sums = hist->sums + track * TD_SUMS_STRIDE;
    if (of->n_members == 1) return out;
    if (hist->packed != NULL) {
        marginal(room, out.packed, slot, of->n_codes);
        return (td_slot_sums){.packed = room};
    }
    for (uint32_t plane = 0; plane < TD_SUMS_STRIDE; plane += TD_HIST_STRIDE) {
        const uint64_t *joint = (const uint64_t *)(const void *)(out.sums + plane);
        marginal(room + plane, joint, slot, of->n_codes);
    }
    return (td_slot_sums){.sums = (const int64_t *)(const void *)room};
}

int td_split_search(td_split *best, const td_hist *hist, const td_blocks *blocks, uint32_t slot,
                    const td_split_rule *rule, const td_bounds *bounds) {
    const td_bins *bins = blocks->slot[slot].bins;
    td_scan limits = {.rule = rule, .floor = best->gain};
    if (rule->monotone != NULL) {
        limits.bounds = bounds;
        const int8_t *of = rule->monotone + blocks->slot[slot].feature;
        limits.direction = (*of > 0) - (*of < 0);
    }
    uint64_t room[TD_SUMS_STRIDE];
    const td_slot *of = &blocks->slot[slot];
    td_slot_sums own = td_slot_sums_of(hist, of->track, blocks, of, room);
    td_split found = {.slot = slot};
    int is_open = 1;
    if (bins->kind == TD_COLUMN_CATEGORY) {
        search_category(&found, &own, bins, &limits);
    } else {
        is_open = search_number(&found, &own, bins, &limits);
    }
    if (td_split_beats(&found, best)) *best = found;
    return is_open;
}
