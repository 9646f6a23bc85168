/* uplift/tree_split.c: the best question about one feature at a node, from the node's histogram.
 *
 *   1. The feature's own bins: its track, or what is left of the track when the other features that
 *      share it are summed over (gbdt/blocks.c).
 *   2. Order of the ordinary bins: as they are for a number; for a category by the pooled
 *      effect "mean treated - mean control" of the level, so that the best of the k - 1 prefixes
 *      stands for the best of 2^(k-1) sets (exact for a squared criterion of one outcome, Fisher
 *      1958; here a heuristic). Levels without one of the two count as effect 0.
 *   3. Walk: rows of the first bins go left, the others right; every bin that holds rows is a
 *      candidate. Rows with the code "missing" go right; in a second walk they go left (numbers),
 *      or the order is turned (categories, whose missing and unseen levels always go right, as
 *      gbdt/tree.h wants it).
 *   4. A candidate counts when both sides hold min_rows rows and min_arm_rows of every arm: as the
 *      left side only grows, these are the candidates from one to another.
 *
 *     order:   b0  b1  b2 | b3  b4 ... missing
 *              left side  | right side
 *
 * Sums are integers, and the real numbers that they become do not depend on how the histogram was
 * made. Cost: O(bins * arms), as many judgements as bins with rows. What it does not do: count
 * (tree_hist.c), judge (tree_criterion.c). */
#include <string.h>

#include "gbdt/split.h"
#include "uplift/tree_parts.h"

/* One walk over a feature's bins. */
typedef struct walk {
    const td_effect_search *search;
    const td_bins *bins;
    td_slot_sums own[TD_UPLIFT_MAX_ARMS]; /* [n_arms] the feature's bins */
    td_effect_scan scan;
    uint32_t n_order;
    uint32_t order[TD_EFFECT_BINS]; /* [n_order] ordinary bins: of a number those with rows */
    td_bin_set met;                 /* bins that hold rows */
} walk;

/* ---- bins ------------------------------------------------------------------------------------ */

/* Sums of a bin of one arm. */
typedef struct cell {
    int64_t grad, hess, rows;
} cell;

static cell cell_of_word(uint64_t word) {
    return (cell){td_packed_grad(word), td_packed_hess(word), td_packed_rows(word)};
}

static cell cell_at(const walk *w, uint32_t a, uint32_t bin) {
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): [n_arms] are filled
    const int64_t *sums = w->own[a].sums;
    if (w->own[a].packed != NULL) return cell_of_word(w->own[a].packed[bin]);
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): packed or sums, one is set
    return (cell){sums[bin], sums[TD_HIST_STRIDE + bin], sums[2 * TD_HIST_STRIDE + bin]};
}

/* Add the bins that hold rows of arm a. */
static void meet_bins(walk *w, uint32_t a) {
    uint32_t n_bins = w->bins->n_bins;
    td_bin_set met = {{0}};
    if (w->own[a].packed != NULL) {
        td_crowded(&met, w->own[a].packed, n_bins, 1);
    } else {
        const int64_t *rows = w->own[a].sums + 2 * TD_HIST_STRIDE;
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): packed or sums, one is set
        for (uint32_t b = 0; b < n_bins; b++) met.word[b / 32] |= (uint32_t)(rows[b] > 0) << b % 32;
    }
    for (uint32_t k = 0; k < TD_SET_WORDS; k++) w->met.word[k] |= met.word[k];
}

/* ---- order ----------------------------------------------------------------------------------- */

/* 0 where the mean of either side has nothing below it. */
static double pooled_effect(const walk *w, uint32_t bin) {
    td_arm_sum arm[2] = {{0, 0, 0}, {0, 0, 0}};
    for (uint32_t a = 0; a < w->scan.rule->n_arms; a++) {
        cell own = cell_at(w, a, bin);
        td_arm_sum_add(&arm[a > 0], &(td_arm_sum){(double)own.hess * w->scan.weight_scale[a],
                                                  (double)own.grad * w->scan.outcome_scale[a],
                                                  (uint64_t)own.rows});
    }
    if (!(arm[0].weight > 0 && arm[1].weight > 0)) return 0;
    return arm[1].outcome / arm[1].weight - arm[0].outcome / arm[0].weight;
}

/* Insertion sort, at most 255 levels; equal effects keep the order of the levels. */
static void order_levels(walk *w) {
    double effect[TD_EFFECT_BINS];
    for (uint32_t b = 0; b < w->bins->n_values; b++) {
        double own = pooled_effect(w, b);
        uint32_t at = b;
        for (; at > 0 && effect[at - 1] > own; at--) {
            effect[at] = effect[at - 1];
            w->order[at] = w->order[at - 1];
        }
        effect[at] = own;
        w->order[at] = b;
    }
    w->n_order = w->bins->n_values;
}

/* Of a number: the bins that hold rows, as they are. */
static void order_bins(walk *w) {
    for (uint32_t word = 0; word < TD_SET_WORDS; word++) {
        for (uint32_t bits = w->met.word[word]; bits != 0; bits &= bits - 1) {
            uint32_t bin = 32 * word + (uint32_t)__builtin_ctz(bits);
            if (bin < w->bins->n_values) w->order[w->n_order++] = bin;
        }
    }
}

static void turn_order(walk *w) {
    for (uint32_t i = 0, j = w->n_order; i + 1 < j; i++) {
        uint32_t kept = w->order[--j];
        // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): order_levels filled [n_order]
        w->order[j] = w->order[i];
        w->order[i] = kept;
    }
}

/* ---- walk ------------------------------------------------------------------------------------ */

/* Sums of the left sides of arm a; a bin without rows repeats the candidate before it, which then
 * wins the tie. */
static void add_up(walk *w, uint32_t a, int missing_left) {
    int64_t *grad = w->scan.grad + a * TD_EFFECT_BINS, *hess = w->scan.hess + a * TD_EFFECT_BINS;
    int64_t *rows = w->scan.rows + a * TD_EFFECT_BINS;
    uint32_t missing = w->bins->n_values;
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): [n_arms] are filled
    if (w->own[a].packed != NULL) {
        const uint64_t *word = w->own[a].packed;
        uint64_t sum = missing_left ? word[missing] : 0;
        for (uint32_t k = 0; k < w->n_order; k++) {
            sum += word[w->order[k]];
            grad[k] = td_packed_grad(sum);
            hess[k] = td_packed_hess(sum);
            rows[k] = td_packed_rows(sum);
        }
        return;
    }
    const int64_t *sums = w->own[a].sums;
    cell sum = missing_left ? cell_at(w, a, missing) : (cell){0, 0, 0};
    for (uint32_t k = 0; k < w->n_order; k++) {
        const int64_t *own = sums + w->order[k];
        grad[k] = sum.grad += own[0];
        hess[k] = sum.hess += own[TD_HIST_STRIDE];
        rows[k] = sum.rows += own[2 * TD_HIST_STRIDE];
    }
}

/* Does the left (or the right) side of candidate k hold rows enough? */
static int has_room(const td_effect_scan *scan, uint32_t k, int is_right) {
    const td_forest_params *params = scan->rule->params;
    int64_t all = 0;
    for (uint32_t a = 0; a < scan->rule->n_arms; a++) {
        int64_t rows = scan->rows[a * TD_EFFECT_BINS + k];
        if (is_right) rows = scan->rows_total[a] - rows;
        if (rows < params->min_arm_rows) return 0;
        all += rows;
    }
    return all >= params->min_rows;
}

/* Of a number all bins up to the last go left, those without rows, too. */
static void keep(td_effect_split *best, const walk *w, uint32_t last, int missing_left) {
    int is_category = w->bins->kind == TD_COLUMN_CATEGORY;
    uint32_t n_left = is_category ? last + 1 : w->order[last] + 1;
    best->bin = w->order[last];
    best->missing_left = (uint8_t)missing_left;
    best->met_missing = (uint8_t)td_bin_set_has(&w->met, w->bins->n_values);
    best->left = (td_bin_set){{0}};
    for (uint32_t k = 0; k < n_left; k++)
        td_bin_set_add(&best->left, is_category ? w->order[k] : k);
    if (missing_left) td_bin_set_add(&best->left, w->bins->n_values);
    td_effect_scan_sides(best->left_sum, best->right_sum, &w->scan, last);
}

static void walk_bins(td_effect_split *best, walk *w, uint32_t feature, int missing_left) {
    td_effect_scan *scan = &w->scan;
    double gain[TD_EFFECT_BINS];
    for (uint32_t a = 0; a < scan->rule->n_arms; a++) add_up(w, a, missing_left);
    scan->begin = 0;
    scan->end = w->n_order;
    while (scan->begin < scan->end && !has_room(scan, scan->begin, 0)) scan->begin++;
    while (scan->end > scan->begin && !has_room(scan, scan->end - 1, 1)) scan->end--;
    td_effect_gains(gain, scan);
    uint32_t last = TD_EFFECT_BINS;
    for (uint32_t k = scan->begin; k < scan->end; k++) {
        if (!(gain[k] > best->gain)) continue;
        best->gain = gain[k];
        last = k;
    }
    if (last == TD_EFFECT_BINS) return;
    best->feature = feature;
    keep(best, w, last, missing_left);
}

void td_effect_split_slot(td_effect_split *best, const td_effect_search *search, uint32_t slot,
                          td_effect_node node) {
    const td_effect_table *table = search->table;
    const td_slot *of = &table->blocks.slot[slot];
    uint32_t n_arms = table->n_arms, n_sums = n_arms * TD_EFFECT_BINS;
    walk w; /* its long arrays are filled as far as they are read */
    w.search = search;
    w.bins = of->bins;
    w.n_order = 0;
    w.met = (td_bin_set){{0}};
    w.scan.rule = &search->rule;
    w.scan.node_rate = node.rate;
    w.scan.grad_total = node.total;
    w.scan.hess_total = node.total + n_arms;
    w.scan.rows_total = node.total + (uint64_t)2 * n_arms;
    w.scan.outcome_scale = table->outcome_scale;
    w.scan.weight_scale = table->weight_scale;
    w.scan.grad = search->sums;
    w.scan.hess = search->sums + n_sums;
    w.scan.rows = search->sums + 2 * n_sums;
    for (uint32_t a = 0; a < n_arms; a++) {
        w.own[a] = td_slot_sums_of(node.hist, (uint64_t)a * table->blocks.n_tracks + of->track,
                                   &table->blocks, of, search->own + a * TD_SUMS_STRIDE);
        meet_bins(&w, a);
    }
    int is_category = w.bins->kind == TD_COLUMN_CATEGORY;
    if (is_category) {
        order_levels(&w);
    } else {
        order_bins(&w);
    }
    walk_bins(best, &w, of->feature, 0);
    if (!td_bin_set_has(&w.met, w.bins->n_values)) return;
    if (is_category) turn_order(&w);
    walk_bins(best, &w, of->feature, !is_category);
}
