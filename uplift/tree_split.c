/* uplift/tree_split.c: the best question about one feature at a node.
 *
 *   1. Histogram: rows, weight and outcome by (bin, arm) of the node's rows. A node of few rows
 *      clears and later reads only the bins that it meets: deep down a tree these are a few of 255.
 *   2. Order of the ordinary bins: as they are for a number; for a category by the pooled
 *      effect "mean treated - mean control" of the level, so that the best of the k - 1 prefixes
 *      stands for the best of 2^(k-1) sets (exact for a squared criterion of one outcome, Fisher
 *      1958; here a heuristic). Levels without one of the two count as effect 0.
 *   3. Walk: rows of the first bins go left, the others right; every bin that holds rows is a
 *      candidate. Rows with the code "missing" go right; in a second walk they go left (numbers),
 *      or the order is turned (categories, whose missing and unseen levels always go right, as
 *      gbdt/tree.h wants it).
 *   4. A candidate counts when both sides hold min_rows rows and min_arm_rows of every arm.
 *
 *     order:   b0  b1  b2 | b3  b4 ... missing
 *              left side  | right side
 *
 * Sums are added in row order and then in bin order, by one thread: the bits cannot change. Cost:
 * O(rows of the node + bins * arms). */
#include <string.h>

#include "uplift/tree_parts.h"

enum { MAX_BINS = 256, BIN_WORDS = MAX_BINS / 64 };

/* One walk over a feature's bins. */
typedef struct walk {
    const td_effect_search *search;
    const td_bins *bins;
    const double *node_rate;
    uint32_t feature;
    uint32_t n_order;
    uint32_t order[MAX_BINS]; /* [n_order] ordinary bins: of a number those that hold rows */
    uint64_t met[BIN_WORDS];  /* bit b: bin b holds rows */
    td_arm_sum total[TD_UPLIFT_MAX_ARMS];
} walk;

static int is_met(const walk *w, uint32_t bin) { return (int)(w->met[bin / 64] >> bin % 64 & 1); }

/* ---- histogram ------------------------------------------------------------------------------- */

static inline void add_case(td_arm_sum *cell, const td_tree_case *row) {
    cell->weight += row->weight;
    cell->outcome += row->outcome;
    cell->rows++;
}

/* All cells cleared before: more rows than bins, or levels, which are all put in order. */
static void fill_all(walk *w, const uint8_t *code, td_node_rows node) {
    uint32_t n_arms = w->search->rows->n_arms, n_bins = w->bins->n_values + 1;
    td_arm_sum *hist = w->search->hist;
    memset(hist, 0, (uint64_t)n_bins * n_arms * sizeof *hist);
    for (uint64_t i = 0; i < node.n; i++) {
        add_case(&hist[code[node.row[i].place] * n_arms + node.row[i].arm], &node.row[i]);
    }
    for (uint32_t b = 0; b < n_bins; b++) {
        uint64_t n = 0;
        for (uint32_t a = 0; a < n_arms; a++) n += hist[b * n_arms + a].rows;
        w->met[b / 64] |= (uint64_t)(n > 0) << b % 64;
    }
}

/* A bin is cleared when its first row comes. */
static void fill_met(walk *w, const uint8_t *code, td_node_rows node) {
    uint32_t n_arms = w->search->rows->n_arms;
    td_arm_sum *hist = w->search->hist;
    for (uint64_t i = 0; i < node.n; i++) {
        uint32_t bin = code[node.row[i].place];
        if (!is_met(w, bin)) {
            memset(&hist[bin * n_arms], 0, n_arms * sizeof *hist);
            w->met[bin / 64] |= (uint64_t)1 << bin % 64;
        }
        add_case(&hist[bin * n_arms + node.row[i].arm], &node.row[i]);
    }
}

static void fill_histogram(walk *w, td_node_rows node) {
    const uint8_t *code = w->search->code + w->feature * w->search->n_grow;
    if (w->bins->kind == TD_COLUMN_CATEGORY || node.n > w->bins->n_values) {
        fill_all(w, code, node);
    } else {
        fill_met(w, code, node);
    }
}

static const td_arm_sum *bin_sums(const walk *w, uint32_t bin) {
    return &w->search->hist[(uint64_t)bin * w->search->rows->n_arms];
}

/* ---- order of levels ------------------------------------------------------------------------- */

static double pooled_effect(const td_arm_sum *sums, uint32_t n_arms) {
    td_arm_sum treated = {0, 0, 0};
    for (uint32_t a = 1; a < n_arms; a++) td_arm_sum_add(&treated, &sums[a]);
    if (treated.rows == 0 || sums[0].rows == 0) return 0;
    return treated.outcome / treated.weight - sums[0].outcome / sums[0].weight;
}

/* Insertion sort, at most 255 levels; equal effects keep the order of the levels. */
static void order_levels(walk *w) {
    double effect[MAX_BINS];
    for (uint32_t b = 0; b < w->bins->n_values; b++) {
        double own = pooled_effect(bin_sums(w, b), w->search->rows->n_arms);
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
    for (uint32_t word = 0; word < BIN_WORDS; word++) {
        for (uint64_t bits = w->met[word]; bits != 0; bits &= bits - 1) {
            uint32_t bin = 64 * word + (uint32_t)__builtin_ctzll(bits);
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

static uint64_t count(const td_arm_sum *sums, uint32_t n_arms) {
    uint64_t rows = 0;
    for (uint32_t a = 0; a < n_arms; a++) rows += sums[a].rows;
    return rows;
}

static int has_room(const td_arm_sum *sums, const td_effect_rule *rule) {
    if (count(sums, rule->n_arms) < rule->params->min_rows) return 0;
    for (uint32_t a = 0; a < rule->n_arms; a++) {
        if (sums[a].rows < rule->params->min_arm_rows) return 0;
    }
    return 1;
}

/* Of a number all bins up to the last go left, those without rows, too. */
static void keep(td_effect_split *best, const walk *w, uint32_t last, int missing_left) {
    int is_category = w->bins->kind == TD_COLUMN_CATEGORY;
    uint32_t n_left = is_category ? last + 1 : w->order[last] + 1;
    best->feature = w->feature;
    best->bin = w->order[last];
    best->missing_left = (uint8_t)missing_left;
    best->left = (td_bin_set){{0}};
    for (uint32_t k = 0; k < n_left; k++)
        td_bin_set_add(&best->left, is_category ? w->order[k] : k);
    if (missing_left) td_bin_set_add(&best->left, w->bins->n_values);
}

static void walk_bins(td_effect_split *best, const walk *w, int missing_left) {
    const td_effect_rule *rule = &w->search->rule;
    uint32_t n_arms = rule->n_arms;
    td_arm_sum left[TD_UPLIFT_MAX_ARMS], right[TD_UPLIFT_MAX_ARMS];
    for (uint32_t a = 0; a < n_arms; a++) {
        left[a] = missing_left ? bin_sums(w, w->bins->n_values)[a] : (td_arm_sum){0, 0, 0};
    }
    for (uint32_t k = 0; k < w->n_order; k++) {
        const td_arm_sum *bin = bin_sums(w, w->order[k]);
        if (!is_met(w, w->order[k])) continue; /* parts the rows as the candidate before */
        for (uint32_t a = 0; a < n_arms; a++) {
            td_arm_sum_add(&left[a], &bin[a]);
            right[a] = (td_arm_sum){w->total[a].weight - left[a].weight,
                                    w->total[a].outcome - left[a].outcome,
                                    w->total[a].rows - left[a].rows};
        }
        if (!has_room(left, rule) || !has_room(right, rule)) continue;
        td_effect_sides sides = {left, right, w->node_rate};
        double gain = td_effect_gain(&sides, rule);
        if (!(gain > best->gain)) continue;
        best->gain = gain;
        keep(best, w, k, missing_left);
        memcpy(best->left_sum, left, n_arms * sizeof *left);
        memcpy(best->right_sum, right, n_arms * sizeof *right);
    }
}

void td_effect_split_feature(td_effect_split *best, const td_effect_search *search,
                             uint32_t feature, td_node_rows node, const double *node_rate) {
    walk w; /* its long arrays are filled as far as they are read */
    w.search = search;
    w.bins = &search->rows->binned->bin[feature];
    w.node_rate = node_rate;
    w.feature = feature;
    w.n_order = 0;
    memset(w.met, 0, sizeof w.met);
    memset(w.total, 0, search->rows->n_arms * sizeof *w.total);
    fill_histogram(&w, node);
    for (uint32_t b = 0; b <= w.bins->n_values; b++) {
        if (!is_met(&w, b)) continue;
        for (uint32_t a = 0; a < search->rows->n_arms; a++) {
            td_arm_sum_add(&w.total[a], &bin_sums(&w, b)[a]);
        }
    }
    int is_category = w.bins->kind == TD_COLUMN_CATEGORY;
    if (is_category) {
        order_levels(&w);
    } else {
        order_bins(&w);
    }
    walk_bins(best, &w, 0);
    if (!is_met(&w, w.bins->n_values)) return;
    if (is_category) turn_order(&w);
    walk_bins(best, &w, !is_category);
}
