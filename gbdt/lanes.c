/* gbdt/lanes.c: a model prepared for blocks of rows. See lanes.h for the layouts.
 *
 * 1. Per feature: gather the thresholds of all trees in use, sort them, keep distinct ones. Their
 *    number decides the depth of the binary search that ranks a value.
 * 2. Per feature: a column of codes for nodes that send missing left, one for those that send it
 *    right, as far as there are such nodes; two columns for a category.
 * 3. Per tree: nodes with code and column in place of threshold and feature. In a tree of at most
 *    256 leaves these are numbered from left to right: a subtree's leaves are counted from the last
 *    node to the first (children stand behind their parents), then
 *
 *        first(root) = 0,  first(left) = first(node),  first(right) = first(node) + leaves(left)
 *
 * Cost: O(nodes log nodes), once per call of td_predict.
 * A feature with more than 255 distinct thresholds, a threshold that is NaN and more than 65535
 * columns do not fit; bins of at most 255 codes never make such a model, a file may. */
#include "gbdt/lanes.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/sort.h"
#include "gbdt/binning.h"

enum { MAX_COLUMNS = 65535, MIN_STEPS = 3 };

void td_lanes_free(td_lanes *lanes) {
    td_mem_free(lanes->feature);
    td_mem_free(lanes->tree);
    td_mem_free(lanes->table);
    td_mem_free(lanes->node);
    td_mem_free(lanes->leaf_value);
    memset(lanes, 0, sizeof *lanes);
}

/* ---- thresholds ------------------------------------------------------------------------------ */

/* Work of the preparation: thresholds of feature f stand at value[end[f - 1] .. end[f]). */
typedef struct gathering {
    uint64_t *end;   /* [n_features] */
    double *value;   /* [nodes] */
    double *scratch; /* [nodes] */
} gathering;

static uint64_t count_nodes(const td_model *model) {
    uint64_t n = 0;
    for (uint32_t t = 0; t < td_model_n_used(model); t++) n += model->tree[t].n_leaves - 1;
    return n;
}

/* Fill value, feature by feature; 0 when one is NaN. */
static int gather_thresholds(gathering *work, const td_model *model) {
    memset(work->end, 0, model->n_features * sizeof *work->end);
    for (uint32_t t = 0; t < td_model_n_used(model); t++) {
        const td_tree *tree = &model->tree[t];
        for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
            const td_node *node = &tree->node[i];
            if (!node->is_category && isnan(node->threshold)) return 0;
            if (!node->is_category) work->end[node->feature]++;
        }
    }
    uint64_t begin = 0;
    for (uint32_t f = 0; f < model->n_features; f++) {
        uint64_t count = work->end[f];
        work->end[f] = begin; /* runs up to the true end while filling */
        begin += count;
    }
    for (uint32_t t = 0; t < td_model_n_used(model); t++) {
        const td_tree *tree = &model->tree[t];
        for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
            const td_node *node = &tree->node[i];
            if (!node->is_category) work->value[work->end[node->feature]++] = node->threshold;
        }
    }
    return 1;
}

/* Distinct values of sorted[0..n) move to its front. Returns their number. */
static uint64_t keep_distinct(double *sorted, uint64_t n) {
    uint64_t n_distinct = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) sorted[n_distinct++] = sorted[i];
    }
    return n_distinct;
}

/* n ascending values in the order of a binary search (lanes_rank.c): entry k of level l, that is
 * k = 2^l + i, is the middle of the i-th of 2^l equal parts. Returns the number of steps. */
static uint32_t make_table(double *table, const double *sorted, uint64_t n) {
    uint32_t n_steps = MIN_STEPS;
    while ((1u << n_steps) <= n) n_steps++;
    table[0] = HUGE_VAL; /* never asked */
    for (uint32_t k = 1, level = 0; k < 1u << n_steps; k++) {
        if (k >> (level + 1) != 0) level++;
        uint32_t part = n_steps - level, at = ((2 * k + 1) << (part - 1)) - (1u << n_steps) - 1;
        table[k] = at < n ? sorted[at] : HUGE_VAL;
    }
    return n_steps;
}

/* Step 1; 0 when a feature has too many thresholds. */
static int make_tables(td_lanes *lanes, const gathering *work) {
    uint64_t begin = 0;
    double *table = lanes->table;
    for (uint32_t f = 0; f < lanes->model->n_features; f++) {
        double *sorted = work->value + begin;
        td_sort_doubles(sorted, work->scratch, work->end[f] - begin);
        uint64_t n = keep_distinct(sorted, work->end[f] - begin);
        if (n > TD_LANE_CODES) return 0;
        lanes->feature[f] = (td_lane_feature){table, make_table(table, sorted, n), -1, -1};
        table += 1u << lanes->feature[f].n_steps;
        begin = work->end[f];
    }
    return 1;
}

/* Position of a threshold among those of its feature. */
static uint8_t code_of(const td_lane_feature *feature, double threshold) {
    uint32_t k = 1;
    for (uint32_t s = 0; s < feature->n_steps; s++) k = 2 * k + (feature->table[k] < threshold);
    return (uint8_t)(k - (1u << feature->n_steps));
}

/* ---- columns and nodes ----------------------------------------------------------------------- */

/* The column of codes that a node reads, opened at its first use. */
static uint32_t column_of(td_lanes *lanes, const td_node *node) {
    td_lane_feature *feature = &lanes->feature[node->feature];
    int is_low = node->is_category || node->missing_left;
    int32_t *column = is_low ? &feature->missing_low : &feature->missing_high;
    if (*column < 0) {
        *column = (int32_t)lanes->n_columns;
        lanes->n_columns += node->is_category ? 2 : 1;
    }
    return (uint32_t)*column;
}

static void number_leaves(td_lane_node *node, double *leaf_value, const td_tree *tree) {
    uint32_t n = tree->n_leaves - 1, count[TD_LANE_LEAVES] = {0}, first[TD_LANE_LEAVES] = {0};
    for (uint32_t i = n; i-- > 0;) {
        int32_t left = tree->node[i].left, right = tree->node[i].right;
        count[i] = (left >= 0 ? count[left] : 1) + (right >= 0 ? count[right] : 1);
    }
    if (n == 0) leaf_value[0] = tree->leaf_value[0];
    for (uint32_t i = 0; i < n; i++) {
        int32_t left = tree->node[i].left, right = tree->node[i].right;
        uint32_t middle = first[i] + (left >= 0 ? count[left] : 1);
        node[i].right_leaf = (uint8_t)middle;
        if (left >= 0) first[left] = first[i];
        if (left < 0) leaf_value[first[i]] = tree->leaf_value[~left];
        if (right >= 0) first[right] = middle;
        if (right < 0) leaf_value[middle] = tree->leaf_value[~right];
    }
}

void td_lane_tree_make(td_lane_tree *out, td_lane_node *node, double *leaf_value,
                       const td_tree *tree) {
    int is_small = tree->n_leaves <= TD_LANE_LEAVES;
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *from = &tree->node[i];
        node[i].set = from->is_category ? from->set : TD_CODE_NONE;
        node[i].left = is_small && from->left < 0 ? TD_LANE_NOWHERE : from->left;
        node[i].right = is_small && from->right < 0 ? TD_LANE_NOWHERE : from->right;
    }
    const double *values = is_small ? leaf_value : tree->leaf_value;
    *out = (td_lane_tree){tree->n_leaves - 1, is_small, node, values, tree->sets};
    if (is_small) number_leaves(node, leaf_value, tree);
}

/* Step 3 for one tree; *leaf_value moves past what it takes. */
static void make_tree(td_lanes *lanes, td_lane_tree *out, td_lane_node *node, double **leaf_value,
                      const td_tree *tree) {
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *from = &tree->node[i];
        node[i] = (td_lane_node){.column = (uint16_t)column_of(lanes, from)};
        if (from->is_category) continue;
        node[i].code = code_of(&lanes->feature[from->feature], from->threshold);
    }
    td_lane_tree_make(out, node, *leaf_value, tree);
    if (out->is_small) *leaf_value += tree->n_leaves;
}

static void make_trees(td_lanes *lanes) {
    td_lane_node *node = lanes->node;
    double *leaf_value = lanes->leaf_value;
    for (uint32_t t = 0; t < td_model_n_used(lanes->model); t++) {
        const td_tree *tree = &lanes->model->tree[t];
        make_tree(lanes, &lanes->tree[t], node, &leaf_value, tree);
        node += tree->n_leaves - 1;
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static td_status allocate(td_lanes *lanes, gathering *work, td_error *err) {
    uint64_t n_features = lanes->model->n_features, n_trees = td_model_n_used(lanes->model);
    uint64_t n_nodes = count_nodes(lanes->model);
    TD_NEW(lanes->feature, n_features, err);
    TD_NEW(lanes->tree, n_trees, err);
    TD_NEW(lanes->table, 2 * n_nodes + (n_features << MIN_STEPS), err);
    TD_NEW(lanes->node, n_nodes, err);
    TD_NEW(lanes->leaf_value, n_nodes + n_trees, err);
    TD_NEW(work->end, n_features, err);
    TD_NEW(work->value, n_nodes, err);
    TD_NEW(work->scratch, n_nodes, err);
    return TD_OK;
}

td_status td_lanes_build(td_lanes *out, const td_model *model, td_error *err) {
    *out = (td_lanes){.model = model,
                      .leaves = td_lanes_kernel_at(td_cpu_simd()),
                      .rank = td_lane_rank_at(td_cpu_simd())};
    gathering work = {0};
    td_status status = allocate(out, &work, err);
    if (status == TD_OK && gather_thresholds(&work, model) && make_tables(out, &work)) {
        make_trees(out);
        out->fits = out->n_columns <= MAX_COLUMNS;
    }
    td_mem_free(work.end);
    td_mem_free(work.value);
    td_mem_free(work.scratch);
    if (status != TD_OK) td_lanes_free(out);
    return status;
}
