/* gbdt/lanes.c: a model prepared for blocks of rows. See lanes.h for the layouts.
 *
 * 1. Per node: a column of codes, opened at its first use: for each feature one for nodes that send
 *    missing left, one for those that send it right; two for a category. The node's threshold gets
 *    a place among the feature's distinct ones.
 * 2. Per feature: sort the distinct thresholds. Their number decides the depth of the binary search
 *    that ranks a value. Each place learns the rank of its threshold, each node its code.
 * 3. Per small tree, one of at most 256 leaves: which leaf lies leftmost below each node, from the
 *    last node to the first (children stand behind their parents),
 *
 *        leftmost(leaf) = leaf,  leftmost(node) = leftmost(left child)
 *
 * Cost: O(nodes + features), once per call of td_predict: 30 to 40 ns a node in a process that has
 * just read the model, much of it first touches of memory. That is why nodes take eight bytes and
 * nothing is copied that the model has: a call for a thousand rows takes twice its preparation.
 * A feature with more than 255 distinct thresholds, a threshold that is NaN and more than 65535
 * columns do not fit; bins of at most 255 codes never make such a model, a file may. */
#include "gbdt/lanes.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/sort.h"
#include "gbdt/binning.h"

enum { MAX_COLUMNS = 65535, MIN_STEPS = 3, MIN_VALUES = 8, MAX_VALUES = 256, FREE = 255 };

void td_lanes_free(td_lanes *lanes) {
    td_mem_free(lanes->feature);
    td_mem_free(lanes->tree);
    td_mem_free(lanes->table);
    td_mem_free(lanes->node);
    memset(lanes, 0, sizeof *lanes);
}

/* ---- thresholds ------------------------------------------------------------------------------ */

/* Work of the preparation. A feature's distinct thresholds stand in the order they are met; a table
 * of bytes twice as long finds them again.
 *
 *     value of feature f    0.5  -2  7.1           begin[f] .. begin[f] + n_values[f]
 *     slot of feature f     .  1  .  .  0  .  2    2 begin[f] .. : place in value, . = FREE
 *     rank of feature f     1   0   2              place in ascending order, known last */
typedef struct gathering {
    uint32_t *begin;    /* [n_features + 1] first place of a feature; powers of two apart */
    uint32_t *n_values; /* [n_features]; the number of questions until places are divided */
    double *value;      /* [begin[n_features]] */
    uint8_t *slot;      /* [2 * begin[n_features]] */
    uint8_t *rank;      /* [begin[n_features] + TD_LANE_ROWS] */
    uint32_t *begin_of; /* [2 * n_features] begin of a column's feature, 0 for a category */
    int overflows;      /* a feature has more thresholds than codes */
} gathering;

static uint64_t count_nodes(const td_model *model) {
    uint64_t n = 0;
    for (uint32_t t = 0; t < td_model_n_used(model); t++) n += model->tree[t].n_leaves - 1;
    return n;
}

/* Nodes of each feature that ask about numbers; 0 when a threshold is NaN. */
static int count_questions(uint32_t *n_questions, const td_model *model) {
    uint32_t n_nan = 0;
    memset(n_questions, 0, model->n_features * sizeof *n_questions);
    for (uint32_t t = 0; t < td_model_n_used(model); t++) {
        const td_tree *tree = &model->tree[t];
        for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
            const td_node *node = &tree->node[i];
            n_questions[node->feature] += !node->is_category;
            n_nan += !node->is_category && isnan(node->threshold);
        }
    }
    return n_nan == 0;
}

/* Room for as many values as there are questions, as far as they fit codes. */
static void divide_places(gathering *work, uint32_t n_features) {
    work->begin[0] = 0;
    for (uint32_t f = 0; f < n_features; f++) {
        uint32_t n = MIN_VALUES;
        while (n < work->n_values[f] && n < MAX_VALUES) n *= 2;
        work->begin[f + 1] = work->begin[f] + n;
        work->n_values[f] = 0;
    }
}

/* The place of a threshold in `value`, taken at its first use. Fibonacci hashing: upper bits of the
 * product with 2^64 / golden ratio (Knuth, The Art of Computer Programming 3, section 6.4). */
static uint8_t place_of(gathering *work, uint32_t f, double threshold) {
    uint32_t begin = work->begin[f], last = 2 * (work->begin[f + 1] - begin) - 1;
    uint8_t *slot = work->slot + 2 * (uint64_t)begin;
    double *value = work->value + begin, x = threshold + 0.0; /* -0 becomes +0 */
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t at = (uint32_t)(bits * UINT64_C(0x9E3779B97F4A7C15) >> 48) & last;
    for (; slot[at] != FREE; at = (at + 1) & last) {
        if (value[slot[at]] == x) return slot[at];
    }
    uint8_t place = (uint8_t)work->n_values[f];
    if (work->n_values[f] == TD_LANE_CODES) {
        work->overflows = 1;
        return 0;
    }
    value[place] = x;
    slot[at] = place;
    work->n_values[f]++;
    return place;
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

/* Step 2: tables, one behind the other, and ranks. Thresholds are ranked as rows are; what the
 * kernel writes behind the last rank is overwritten by the next feature's. */
static void rank_thresholds(td_lanes *lanes, gathering *work) {
    double *table = lanes->table;
    for (uint32_t f = 0; f < lanes->model->n_features; f++) {
        td_lane_feature *feature = &lanes->feature[f];
        double sorted[TD_LANE_CODES], scratch[TD_LANE_CODES], *value = work->value + work->begin[f];
        uint32_t n = work->n_values[f];
        memcpy(sorted, value, n * sizeof *sorted);
        td_sort_doubles(sorted, scratch, n);
        feature->table = table;
        feature->n_steps = make_table(table, sorted, n);
        table += 1u << feature->n_steps;
        td_lane_cells cells = {value, value, n, work->rank + work->begin[f], NULL};
        lanes->rank(&cells, feature);
    }
}

/* ---- columns and nodes ----------------------------------------------------------------------- */

/* The column of codes that a node reads, opened at its first use. */
static uint32_t column_of(td_lanes *lanes, gathering *work, const td_node *node) {
    td_lane_feature *feature = &lanes->feature[node->feature];
    int is_low = node->is_category || node->missing_left;
    int32_t *column = is_low ? &feature->missing_low : &feature->missing_high;
    if (*column < 0) {
        *column = (int32_t)lanes->n_columns;
        work->begin_of[*column] = node->is_category ? 0 : work->begin[node->feature];
        lanes->n_columns += node->is_category ? 2 : 1;
    }
    return (uint32_t)*column;
}

/* Leaf ~child has the place child & 511, 511 downwards, a node its own number: no branch asks which
 * of both a child is. */
static void number_leaves(td_lane_tree *out, td_lane_node *node) {
    enum { N = 2 * TD_LANE_LEAVES, MASK = N - 1 };
    uint8_t leftmost[N]; /* leaf below a place */
    for (uint32_t i = 0; i <= out->n_nodes; i++) leftmost[MASK - i] = (uint8_t)i;
    for (uint32_t i = out->n_nodes; i-- > 0;) {
        const td_node *from = &out->source->node[i];
        leftmost[i] = leftmost[from->left & MASK];
        node[i].right_leaf = leftmost[from->right & MASK];
    }
    out->first_leaf = leftmost[out->n_nodes > 0 ? 0 : MASK];
}

void td_lane_tree_make(td_lane_tree *out, td_lane_node *node, const td_tree *tree) {
    int is_small = tree->n_leaves <= TD_LANE_LEAVES && tree->n_sets < TD_LANE_NUMBER;
    *out = (td_lane_tree){tree, tree->n_leaves - 1, is_small, 0, node};
    if (!is_small) return;
    for (uint32_t i = 0; i < out->n_nodes; i++) {
        const td_node *from = &tree->node[i];
        node[i].set = from->is_category ? (uint16_t)from->set : TD_LANE_NUMBER;
        node[i].left = from->left < 0 ? TD_LANE_NOWHERE : (uint8_t)from->left;
        node[i].right = from->right < 0 ? TD_LANE_NOWHERE : (uint8_t)from->right;
    }
    number_leaves(out, node);
}

/* Step 1 for one tree, and all of step 3 but codes: a threshold's place stands in for its rank. */
static void open_tree(td_lanes *lanes, gathering *work, td_lane_node *node, uint32_t t) {
    const td_tree *tree = &lanes->model->tree[t];
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *from = &tree->node[i];
        node[i] = (td_lane_node){.column = (uint16_t)column_of(lanes, work, from)};
        if (from->is_category) continue;
        node[i].code = place_of(work, from->feature, from->threshold);
    }
    td_lane_tree_make(&lanes->tree[t], node, tree);
}

/* Returns 0 when thresholds or columns are too many. */
static int make_trees(td_lanes *lanes, gathering *work) {
    td_lane_node *node = lanes->node;
    for (uint32_t t = 0; t < td_model_n_used(lanes->model); t++) {
        open_tree(lanes, work, node, t);
        node += lanes->tree[t].n_nodes;
    }
    if (work->overflows || lanes->n_columns > MAX_COLUMNS) return 0;
    rank_thresholds(lanes, work);
    for (uint64_t i = 0; i < lanes->n_nodes; i++) {
        node = &lanes->node[i];
        node->code = work->rank[work->begin_of[node->column] + node->code];
    }
    return 1;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static td_status allocate(td_lanes *lanes, gathering *work, td_error *err) {
    uint64_t n_features = lanes->model->n_features, n_values = work->begin[n_features];
    lanes->n_nodes = count_nodes(lanes->model);
    TD_NEW(lanes->feature, n_features, err);
    TD_NEW(lanes->tree, td_model_n_used(lanes->model), err);
    TD_NEW(lanes->table, 2 * n_values, err);
    TD_NEW(lanes->node, lanes->n_nodes, err);
    TD_NEW(work->value, n_values, err);
    TD_NEW(work->slot, 2 * n_values, err);
    TD_NEW_ZEROED(work->rank, n_values + TD_LANE_ROWS, err);
    TD_NEW(work->begin_of, 2 * n_features, err);
    memset(work->slot, FREE, 2 * n_values);
    for (uint64_t f = 0; f < n_features; f++) lanes->feature[f] = (td_lane_feature){0, 0, -1, -1};
    return TD_OK;
}

static td_status build(td_lanes *lanes, gathering *work, td_error *err) {
    const td_model *model = lanes->model;
    TD_NEW(work->begin, (uint64_t)model->n_features + 1, err);
    TD_NEW(work->n_values, model->n_features, err);
    if (!count_questions(work->n_values, model)) return TD_OK;
    divide_places(work, model->n_features);
    TD_TRY(allocate(lanes, work, err));
    lanes->fits = make_trees(lanes, work);
    return TD_OK;
}

td_status td_lanes_build(td_lanes *out, const td_model *model, td_error *err) {
    *out = (td_lanes){.model = model,
                      .leaves = td_lanes_kernel_at(td_cpu_simd()),
                      .rank = td_lane_rank_at(td_cpu_simd())};
    gathering work = {0};
    td_status status = build(out, &work, err);
    td_mem_free(work.begin);
    td_mem_free(work.n_values);
    td_mem_free(work.value);
    td_mem_free(work.slot);
    td_mem_free(work.rank);
    td_mem_free(work.begin_of);
    if (status != TD_OK) td_lanes_free(out);
    return status;
}
