/* tests/support/slow_effect_tree.c: see slow_effect_tree.h.
 *
 * Each node sums all its rows anew, for every candidate feature, into (bin, arm) -> weight,
 * outcome, rows: doubles, added in row order. Then bins are put in order and walked as
 * uplift/tree_split.c describes it. No arm is parted from another, nothing is packed, rounded or
 * subtracted, no bin is shared by features. Judging a candidate (td_effect_gain) and shrinking
 * rates (td_arm_rates) are the library's own: tests/oracle/test_uplift_tree_twin.c holds these. */
#include "tests/support/slow_effect_tree.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BINS = 256 };

typedef struct node {
    uint64_t begin, end; /* of row[] */
    uint32_t leaf, depth;
    int32_t parent;
    int is_left;
} node;

typedef struct slow {
    const td_tree_job *job;
    td_slow_values values;
    td_effect_rule rule;
    td_rng rng;
    uint32_t *row, *right; /* [n] */
    node *open;
    uint32_t n_open;
    double (*rate)[TD_UPLIFT_MAX_ARMS]; /* by leaf */
    td_arm_sum hist[MOST_BINS][TD_UPLIFT_MAX_ARMS];
    uint32_t order[MOST_BINS], n_order;
    td_tree tree;
} slow;

static const uint8_t *codes(const slow *s, uint32_t feature) {
    return td_binned_codes(s->job->rows->binned, feature);
}

static const td_bins *bins_of(const slow *s, uint32_t feature) {
    return &s->job->rows->binned->bin[feature];
}

static td_arm_sum row_sum(const slow *s, uint32_t row) {
    return (td_arm_sum){s->values.weight[row], s->values.outcome[row], 1};
}

static void fill(slow *s, const node *at, uint32_t feature) {
    memset(s->hist, 0, sizeof s->hist);
    for (uint64_t i = at->begin; i < at->end; i++) {
        uint32_t row = s->row[i];
        td_arm_sum own = row_sum(s, row);
        td_arm_sum_add(&s->hist[codes(s, feature)[row]][s->job->rows->arm[row]], &own);
    }
}

static double pooled_effect(const slow *s, uint32_t bin) {
    td_arm_sum treated = {0, 0, 0};
    const td_arm_sum *control = &s->hist[bin][0];
    for (uint32_t a = 1; a < s->rule.n_arms; a++) td_arm_sum_add(&treated, &s->hist[bin][a]);
    if (!(treated.weight > 0 && control->weight > 0)) return 0;
    return treated.outcome / treated.weight - control->outcome / control->weight;
}

static void put_in_order(slow *s, const td_bins *bins) {
    s->n_order = bins->n_values;
    for (uint32_t b = 0; b < bins->n_values; b++) {
        uint32_t at = b;
        if (bins->kind == TD_COLUMN_CATEGORY) {
            for (; at > 0 && pooled_effect(s, s->order[at - 1]) > pooled_effect(s, b); at--) {
                s->order[at] = s->order[at - 1];
            }
        }
        s->order[at] = b;
    }
}

static int has_room(const slow *s, const td_arm_sum *side) {
    uint64_t all = 0;
    for (uint32_t a = 0; a < s->rule.n_arms; a++) {
        if (side[a].rows < s->rule.params->min_arm_rows) return 0;
        all += side[a].rows;
    }
    return all >= s->rule.params->min_rows;
}

static uint64_t rows_in(const slow *s, uint32_t bin) {
    uint64_t rows = 0;
    for (uint32_t a = 0; a < s->rule.n_arms; a++) rows += s->hist[bin][a].rows;
    return rows;
}

static void keep(td_effect_split *best, const slow *s, uint32_t feature, uint32_t last,
                 int missing_left) {
    const td_bins *bins = bins_of(s, feature);
    best->feature = feature;
    best->bin = s->order[last];
    best->missing_left = (uint8_t)missing_left;
    best->met_missing = rows_in(s, bins->n_values) > 0;
    best->left = (td_bin_set){{0}};
    for (uint32_t k = 0; k <= last; k++) td_bin_set_add(&best->left, s->order[k]);
    if (missing_left) td_bin_set_add(&best->left, bins->n_values);
}

static void walk(td_effect_split *best, const slow *s, uint32_t feature, int missing_left,
                 const double *rate) {
    uint32_t n_arms = s->rule.n_arms, missing = bins_of(s, feature)->n_values;
    td_arm_sum left[TD_UPLIFT_MAX_ARMS] = {{0}}, right[TD_UPLIFT_MAX_ARMS] = {{0}};
    for (uint32_t a = 0; a < n_arms; a++) {
        for (uint32_t b = 0; b <= missing; b++) td_arm_sum_add(&right[a], &s->hist[b][a]);
        if (missing_left) left[a] = s->hist[missing][a];
    }
    td_arm_sum total[TD_UPLIFT_MAX_ARMS];
    memcpy(total, right, sizeof total);
    for (uint32_t k = 0; k < s->n_order; k++) {
        if (rows_in(s, s->order[k]) == 0) continue;
        for (uint32_t a = 0; a < n_arms; a++) {
            td_arm_sum_add(&left[a], &s->hist[s->order[k]][a]);
            right[a] =
                (td_arm_sum){total[a].weight - left[a].weight, total[a].outcome - left[a].outcome,
                             total[a].rows - left[a].rows};
        }
        if (!has_room(s, left) || !has_room(s, right)) continue;
        double gain = td_effect_gain(&(td_effect_sides){left, right, rate}, &s->rule);
        if (!(gain > best->gain)) continue;
        best->gain = gain;
        keep(best, s, feature, k, missing_left);
        memcpy(best->left_sum, left, sizeof left);
        memcpy(best->right_sum, right, sizeof right);
    }
}

static void ask(td_effect_split *best, slow *s, const node *at, uint32_t feature) {
    const td_bins *bins = bins_of(s, feature);
    fill(s, at, feature);
    put_in_order(s, bins);
    walk(best, s, feature, 0, s->rate[at->leaf]);
    if (rows_in(s, bins->n_values) == 0) return;
    int is_number = bins->kind != TD_COLUMN_CATEGORY;
    for (uint32_t i = 0, j = s->n_order; !is_number && i + 1 < j; i++) {
        uint32_t kept = s->order[--j];
        s->order[j] = s->order[i];
        s->order[i] = kept;
    }
    walk(best, s, feature, is_number, s->rate[at->leaf]);
}

static void search(td_effect_split *best, slow *s, const node *at) {
    uint32_t n = s->job->rows->binned->n_features, wanted = s->rule.params->n_candidates;
    if (wanted == 0) wanted = (uint32_t)ceil(sqrt(n)) + 20;
    if (wanted > n) wanted = n;
    for (uint32_t f = 0; f < n && wanted > 0; f++) {
        if (td_rng_below(&s->rng, n - f) >= wanted) continue;
        wanted--;
        ask(best, s, at, f);
    }
}

static void write_node(slow *s, const node *at, const td_effect_split *split, uint64_t n_left) {
    td_tree *tree = &s->tree;
    const td_bins *bins = bins_of(s, split->feature);
    uint32_t number = tree->n_leaves++ - 1;
    int is_category = bins->kind == TD_COLUMN_CATEGORY;
    tree->node[number] = (td_node){.feature = split->feature,
                                   .is_category = (uint8_t)is_category,
                                   .gain = split->gain,
                                   .threshold = is_category ? 0 : bins->upper[split->bin]};
    if (is_category) {
        tree->node[number].set = tree->n_sets;
        tree->sets[tree->n_sets++] = split->left;
    } else {
        tree->node[number].missing_left =
            split->met_missing ? split->missing_left : 2 * n_left >= at->end - at->begin;
    }
    if (at->parent < 0) return;
    *(at->is_left ? &tree->node[at->parent].left : &tree->node[at->parent].right) = (int32_t)number;
}

static void part(slow *s, const node *at, const td_effect_split *split) {
    uint64_t left = at->begin, n_right = 0;
    for (uint64_t i = at->begin; i < at->end; i++) {
        uint32_t row = s->row[i];
        if (td_bin_set_has(&split->left, codes(s, split->feature)[row])) {
            s->row[left++] = row;
        } else {
            s->right[n_right++] = row;
        }
    }
    memcpy(s->row + left, s->right, n_right * sizeof *s->row);
    uint32_t number = s->tree.n_leaves - 1, right_leaf = s->tree.n_leaves;
    write_node(s, at, split, left - at->begin);
    double parent[TD_UPLIFT_MAX_ARMS];
    memcpy(parent, s->rate[at->leaf], sizeof parent);
    td_arm_rates(s->rate[at->leaf], split->left_sum, parent, &s->rule);
    td_arm_rates(s->rate[right_leaf], split->right_sum, parent, &s->rule);
    s->open[s->n_open++] = (node){left, at->end, right_leaf, at->depth + 1, (int32_t)number, 0};
    s->open[s->n_open++] = (node){at->begin, left, at->leaf, at->depth + 1, (int32_t)number, 1};
}

static void close_leaf(td_tree *tree, const node *at) {
    if (at->parent < 0) return;
    td_node *parent = &tree->node[at->parent];
    *(at->is_left ? &parent->left : &parent->right) = ~(int32_t)at->leaf;
}

static void grow(slow *s, uint64_t n) {
    const td_forest_params *params = s->rule.params;
    td_arm_sum sums[TD_UPLIFT_MAX_ARMS] = {{0}};
    for (uint64_t i = 0; i < n; i++) {
        td_arm_sum own = row_sum(s, s->row[i]);
        td_arm_sum_add(&sums[s->job->rows->arm[s->row[i]]], &own);
    }
    td_arm_rates(s->rate[0], sums, NULL, &s->rule);
    s->open[s->n_open++] = (node){0, n, 0, 0, -1, 0};
    while (s->n_open > 0) {
        node at = s->open[--s->n_open];
        td_effect_split best = {.gain = 0};
        if (at.depth < params->max_depth && at.end - at.begin >= 2 * params->min_rows) {
            search(&best, s, &at);
        }
        if (best.gain > 0) {
            part(s, &at, &best);
        } else {
            close_leaf(&s->tree, &at);
        }
    }
}

void td_slow_effect_tree(td_tree *out, const td_tree_job *job, const td_tree_rows *rows,
                         td_slow_values values) {
    uint64_t n = rows->n_grow;
    slow *s = calloc(1, sizeof *s);
    s->job = job;
    s->values = values;
    s->rule = (td_effect_rule){job->params, job->rows->n_arms};
    s->rng = td_rng_stream(job->params->seed, "forest features", job->index, 0);
    s->row = malloc(n * sizeof *s->row);
    s->right = malloc(n * sizeof *s->right);
    s->open = malloc((n + 1) * sizeof *s->open);
    s->rate = malloc((n + 1) * sizeof *s->rate);
    cr_assert_eq(td_tree_init(&s->tree, (uint32_t)n, NULL), TD_OK);
    memcpy(s->row, rows->grow, n * sizeof *s->row);
    grow(s, n);
    *out = s->tree;
    free(s->row);
    free(s->right);
    free(s->open);
    free(s->rate);
    free(s);
}
