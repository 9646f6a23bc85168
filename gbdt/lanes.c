/* gbdt/lanes.c: a model prepared for blocks of rows. See lanes.h for the layouts.
 *
 * 1. Per node: a column of codes, opened at its first use: for each feature one for nodes that send
 *    missing left, one for those that send it right; two for a category. Its threshold goes to the
 *    feature's slots, which keep distinct ones.
 * 2. Per feature: sort the thresholds. Their number decides the depth of the binary search that
 *    ranks a value; each slot learns the rank of its threshold.
 * 3. Per tree: nodes with code and column in place of threshold and feature. In a tree of at most
 *    256 leaves these are numbered from left to right: a subtree's leaves are counted from the last
 *    node to the first (children stand behind their parents), then
 *
 *        first(root) = 0,  first(left) = first(node),  first(right) = first(node) + leaves(left)
 *
 * Cost: O(nodes + features), once per call of td_predict: 15 ns a node. Sorting distinct thresholds
 * instead of those of all nodes and carrying slots instead of searching saved two thirds of that.
 * A feature with more than 255 distinct thresholds, a threshold that is NaN and more than 65535
 * columns do not fit; bins of at most 255 codes never make such a model, a file may. */
#include "gbdt/lanes.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/sort.h"
#include "gbdt/binning.h"

enum { MAX_COLUMNS = 65535, MIN_STEPS = 3, MIN_SLOTS = 8, MAX_SLOTS = 512 };

#define FREE UINT64_MAX /* bits of a slot that is not taken: a NaN, which no threshold is */

void td_lanes_free(td_lanes *lanes) {
    td_mem_free(lanes->feature);
    td_mem_free(lanes->tree);
    td_mem_free(lanes->table);
    td_mem_free(lanes->node);
    td_mem_free(lanes->leaf_value);
    memset(lanes, 0, sizeof *lanes);
}

/* ---- thresholds ------------------------------------------------------------------------------ */

/* Work of the preparation. A feature's distinct thresholds lie scattered over its slots, a power of
 * two of them and at least half of them free; where one lies follows from its bits, so that a node
 * finds it without a search. */
typedef struct gathering {
    uint32_t *begin;      /* [n_features + 1] first slot of a feature */
    uint32_t *n_distinct; /* [n_features] thresholds in its slots */
    double *slot;         /* [begin[n_features]] FREE, of all bits one, in those not taken */
    uint8_t
        *rank; /* [begin[n_features] + TD_LANE_ROWS] place of the threshold in ascending order */
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

/* Twice as many slots as distinct thresholds that fit, fewer for fewer questions. */
static void divide_slots(gathering *work, uint32_t n_features) {
    work->begin[0] = 0;
    for (uint32_t f = 0; f < n_features; f++) {
        uint32_t n = MIN_SLOTS, n_questions = work->n_distinct[f];
        while (n < 2 * n_questions && n < MAX_SLOTS) n *= 2;
        work->begin[f + 1] = work->begin[f] + n;
        work->n_distinct[f] = 0;
    }
}

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The slot of a threshold, filled at its first use. Fibonacci hashing: the upper bits of a product
 * with 2^64 / golden ratio (Knuth, The Art of Computer Programming 3, section 6.4). */
static uint32_t slot_of(gathering *work, uint32_t f, double threshold) {
    uint32_t begin = work->begin[f], last = work->begin[f + 1] - begin - 1;
    double *slot = work->slot + begin;
    uint64_t bits = bits_of(threshold + 0.0); /* -0 becomes +0 */
    uint32_t at = (uint32_t)(bits * UINT64_C(0x9E3779B97F4A7C15) >> 48) & last;
    for (; bits_of(slot[at]) != bits; at = (at + 1) & last) {
        if (bits_of(slot[at]) != FREE) continue;
        slot[at] = threshold + 0.0;
        work->n_distinct[f]++;
        break;
    }
    return begin + at;
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

/* The table of feature f and the ranks of its slots: rows are ranked in the same way. */
static void rank_slots(td_lanes *lanes, gathering *work, uint32_t f) {
    td_lane_feature *feature = &lanes->feature[f];
    double sorted[MAX_SLOTS], scratch[TD_LANE_CODES], *table = lanes->table + work->begin[f];
    uint32_t n_slots = work->begin[f + 1] - work->begin[f], n = 0;
    const double *slot = work->slot + work->begin[f];
    for (uint32_t i = 0; i < n_slots; i++) {
        sorted[n] = slot[i];
        n += bits_of(slot[i]) != FREE;
    }
    td_sort_doubles(sorted, scratch, n);
    feature->table = table;
    feature->n_steps = make_table(table, sorted, n);
    for (uint32_t i = 0; i < n_slots; i += TD_LANE_ROWS) {
        uint64_t left = n_slots - i;
        td_lane_cells cells = {.x = slot + i,
                               .next = slot + i,
                               .n = left < TD_LANE_ROWS ? left : TD_LANE_ROWS,
                               .low = work->rank + work->begin[f] + i};
        lanes->rank(&cells, feature);
    }
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

/* Leaf ~child has the place child & 511, 511 downwards, a node its own number: no branch. */
static void number_leaves(td_lane_node *node, double *leaf_value, const td_tree *tree) {
    enum { N = 2 * TD_LANE_LEAVES, MASK = N - 1 };
    uint32_t n = tree->n_leaves - 1;
    uint16_t count[N], first[N]; /* leaves below, and the number of the first one */
    for (uint32_t i = N - tree->n_leaves; i < N; i++) count[i] = 1;
    for (uint32_t i = n; i-- > 0;) {
        const td_node *from = &tree->node[i];
        count[i] = (uint16_t)(count[from->left & MASK] + count[from->right & MASK]);
    }
    first[n > 0 ? 0 : MASK] = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t left = (uint32_t)tree->node[i].left & MASK, right = (uint32_t)tree->node[i].right;
        uint16_t middle = (uint16_t)(first[i] + count[left]);
        node[i].right_leaf = (uint8_t)middle;
        first[left] = first[i];
        first[right & MASK] = middle;
    }
    for (uint32_t i = 0; i <= n; i++) leaf_value[first[MASK - i]] = tree->leaf_value[i];
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

/* Columns and slots of a tree's nodes. A slot waits in `left` until thresholds have ranks. 0 when a
 * feature has too many of them. */
static int open_nodes(td_lanes *lanes, gathering *work, td_lane_node *node, const td_tree *tree) {
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *from = &tree->node[i];
        node[i] = (td_lane_node){.column = (uint16_t)column_of(lanes, from)};
        if (from->is_category) continue;
        node[i].left = (int32_t)slot_of(work, from->feature, from->threshold);
        if (work->n_distinct[from->feature] > TD_LANE_CODES) return 0;
    }
    return 1;
}

/* Steps 2 and 3. */
static int make_trees(td_lanes *lanes, gathering *work) {
    td_lane_node *node = lanes->node;
    double *leaf_value = lanes->leaf_value;
    uint32_t n_trees = td_model_n_used(lanes->model);
    for (uint32_t t = 0; t < n_trees; node += lanes->model->tree[t++].n_leaves - 1) {
        if (!open_nodes(lanes, work, node, &lanes->model->tree[t])) return 0;
    }
    for (uint32_t f = 0; f < lanes->model->n_features; f++) rank_slots(lanes, work, f);
    node = lanes->node;
    for (uint32_t t = 0; t < n_trees; t++) {
        const td_tree *tree = &lanes->model->tree[t];
        for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) node[i].code = work->rank[node[i].left];
        td_lane_tree_make(&lanes->tree[t], node, leaf_value, tree);
        if (lanes->tree[t].is_small) leaf_value += tree->n_leaves;
        node += tree->n_leaves - 1;
    }
    return lanes->n_columns <= MAX_COLUMNS;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static td_status allocate(td_lanes *lanes, gathering *work, td_error *err) {
    uint64_t n_features = lanes->model->n_features, n_trees = td_model_n_used(lanes->model);
    uint64_t n_nodes = lanes->n_nodes = count_nodes(lanes->model);
    uint64_t n_slots = work->begin[n_features];
    TD_NEW(lanes->feature, n_features, err);
    TD_NEW(lanes->tree, n_trees, err);
    TD_NEW(lanes->table, n_slots, err);
    TD_NEW(lanes->node, n_nodes, err);
    TD_NEW(lanes->leaf_value, n_nodes + n_trees, err);
    TD_NEW(work->slot, n_slots, err);
    TD_NEW(work->rank, n_slots + TD_LANE_ROWS, err);
    memset(work->slot, 255, n_slots * sizeof *work->slot); /* FREE */
    for (uint64_t f = 0; f < n_features; f++) lanes->feature[f] = (td_lane_feature){0, 0, -1, -1};
    return TD_OK;
}

static td_status build(td_lanes *lanes, gathering *work, td_error *err) {
    const td_model *model = lanes->model;
    TD_NEW(work->begin, (uint64_t)model->n_features + 1, err);
    TD_NEW(work->n_distinct, model->n_features, err);
    if (!count_questions(work->n_distinct, model)) return TD_OK;
    divide_slots(work, model->n_features);
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
    td_mem_free(work.n_distinct);
    td_mem_free(work.slot);
    td_mem_free(work.rank);
    if (status != TD_OK) td_lanes_free(out);
    return status;
}
