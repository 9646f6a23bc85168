/* gbdt/walk.c: scoring coded rows, for validation rows and rows that a tree was not grown on.
 *
 * Rows are coded already, so the fast way of prediction (lanes.h: a block of 256 rows visits every
 * node together) needs no thresholds: a number's question x <= upper[b] is "code <= b".
 *
 * 1. Once per tree: every pair of feature and direction of missing values that the tree asks about
 *    gets a column of lane codes; nodes get column and bin in place of feature and threshold.
 *
 *        bins of the feature   0   1  ...  n_values - 1   n_values = missing
 *        column HIGH           0   1  ...  n_values - 1   n_values    above every bin: right
 *        column LOW            0   1  ...  n_values - 1   0           below every bin: left
 *        columns BYTE, BIT     code / 8 and 1 << code % 8             none: right
 *
 * 2. Per block: copy the codes of the columns together, answer the whole tree, add the leaf values.
 *
 * Cost per row: a byte per column and about 5 n / 64 cycles for a tree of n nodes with AVX-512
 * (lanes_score.c); walking a row alone costs a cache miss a level. Rows to skip are scored and not
 * added: cheaper than walking the others one by one. */
#include "gbdt/walk.h"

#include <string.h>

#include "core/base/mem.h"

enum { GRAIN = 16 * TD_LANE_ROWS, MAX_COLUMNS = 65535 };

void td_walk_free(td_walk *walk) {
    td_mem_free(walk->node);
    td_mem_free(walk->column);
    *walk = (td_walk){0};
}

/* ---- a tree ---------------------------------------------------------------------------------- */

/* The last bin that lies below a threshold. */
static uint8_t bin_of(const td_bins *bins, double threshold) {
    uint32_t low = 0, high = bins->n_values; /* upper[low] <= threshold < upper[high] */
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (bins->upper[middle] <= threshold) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (uint8_t)low;
}

/* The column that a node reads, opened at its first use; at[2 * feature + low] = column + 1. */
static uint32_t column_of(td_walk *walk, uint32_t *at, const td_node *node) {
    uint32_t *place = &at[2 * node->feature + (node->missing_left != 0)];
    if (*place > 0) return *place - 1;
    *place = walk->n_columns + 1;
    td_walk_kind kind = node->missing_left ? TD_WALK_LOW : TD_WALK_HIGH;
    if (node->is_category) kind = TD_WALK_BYTE;
    walk->column[walk->n_columns++] = (td_walk_column){node->feature, kind};
    if (node->is_category) {
        walk->column[walk->n_columns++] = (td_walk_column){node->feature, TD_WALK_BIT};
    }
    return *place - 1;
}

/* Nodes in the order of the tree: parents stand before their children, as the kernels need. */
static td_status translate(td_walk *walk, const td_tree *tree, uint32_t *at, td_error *err) {
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
        const td_node *node = &tree->node[i];
        uint32_t column = column_of(walk, at, node);
        TD_CHECK(walk->n_columns <= MAX_COLUMNS, err, TD_ERR_SHAPE,
                 "a tree asks about more than %d columns", MAX_COLUMNS);
        walk->node[i] = (td_lane_node){.column = (uint16_t)column};
        if (node->is_category) continue;
        walk->node[i].code = bin_of(&walk->binned->bin[node->feature], node->threshold);
    }
    td_lane_tree_make(&walk->tree, walk->node, tree);
    return TD_OK;
}

static td_status build(td_walk *walk, const td_tree *tree, td_error *err) {
    uint64_t n_nodes = tree->n_leaves - 1;
    uint32_t *at;
    TD_NEW(walk->node, n_nodes, err);
    TD_NEW(walk->column, 2 * n_nodes, err);
    TD_NEW_ZEROED(at, 2 * (uint64_t)walk->binned->n_features, err);
    td_status status = translate(walk, tree, at, err);
    td_mem_free(at);
    return status;
}

td_status td_walk_init(td_walk *out, const td_tree *tree, const td_binned *binned, td_error *err) {
    *out = (td_walk){.source = tree, .binned = binned, .leaves = td_lanes_kernel_at(td_cpu_simd())};
    td_status status = build(out, tree, err);
    if (status != TD_OK) td_walk_free(out);
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

uint32_t td_walk_leaf(const td_walk *walk, uint64_t row) {
    const td_tree *tree = walk->source;
    int32_t at = tree->n_leaves > 1 ? 0 : ~0;
    while (at >= 0) {
        const td_node *node = &tree->node[at];
        uint32_t code = td_binned_codes(walk->binned, node->feature)[row];
        int is_left = code <= walk->node[at].code;
        if (node->is_category) {
            is_left = td_bin_set_has(&tree->sets[node->set], code);
        } else if (code == walk->binned->bin[node->feature].n_values) {
            is_left = node->missing_left;
        }
        at = is_left ? node->left : node->right;
    }
    return (uint32_t)~at;
}

/* n <= TD_LANE_ROWS codes of rows begin, begin + 1, ... of one column. Every branch is a loop that
 * a compiler turns into vectors. */
static void fill_column(uint8_t *to, const td_walk *walk, const td_walk_column *column,
                        uint64_t begin, uint64_t n) {
    const uint8_t *code = td_binned_codes(walk->binned, column->feature) + begin;
    uint8_t missing = (uint8_t)walk->binned->bin[column->feature].n_values;
    switch (column->kind) {
    case TD_WALK_HIGH:
        memcpy(to, code, n);
        break;
    case TD_WALK_LOW:
        for (uint64_t i = 0; i < n; i++) to[i] = code[i] == missing ? 0 : code[i];
        break;
    case TD_WALK_BYTE:
        for (uint64_t i = 0; i < n; i++) to[i] = code[i] / 8;
        break;
    case TD_WALK_BIT:
        for (uint64_t i = 0; i < n; i++) {
            to[i] = code[i] == missing ? 0 : (uint8_t)(1u << code[i] % 8);
        }
        break;
    }
}

typedef struct job {
    double *score;
    const td_walk *walk;
    const uint8_t *skip; /* NULL = none */
    uint8_t *scratch;    /* [threads * scratch_bytes] */
} job;

/* A multiple of 64: reach and leaves of a block, then its codes. */
static uint64_t scratch_bytes(const td_walk *walk) {
    return TD_LANE_REACH + TD_LANE_ROWS + (uint64_t)walk->n_columns * TD_LANE_ROWS;
}

/* The scores are carried through a block of full length: the last block of a table has fewer rows,
 * and rows to skip must come out as they went in. */
static void add_block(const job *work, uint64_t begin, uint64_t n, uint8_t *scratch) {
    const td_walk *walk = work->walk;
    uint8_t *codes = scratch + TD_LANE_REACH + TD_LANE_ROWS;
    double sum[TD_LANE_ROWS] = {0}, *score = work->score + begin;
    for (uint32_t c = 0; c < walk->n_columns; c++) {
        fill_column(codes + (uint64_t)c * TD_LANE_ROWS, walk, &walk->column[c], begin, n);
    }
    memcpy(sum, score, n * sizeof *sum);
    td_lane_tree_add(sum, &walk->tree, walk->leaves, codes, scratch);
    for (uint64_t i = 0; i < n; i++) {
        if (work->skip == NULL || !work->skip[begin + i]) score[i] = sum[i];
    }
}

static td_status walk_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const job *work = ctx;
    uint8_t *scratch = work->scratch + (uint64_t)chunk.worker * scratch_bytes(work->walk);
    for (uint64_t begin = chunk.begin; begin < chunk.end; begin += TD_LANE_ROWS) {
        uint64_t left = chunk.end - begin;
        add_block(work, begin, left < TD_LANE_ROWS ? left : TD_LANE_ROWS, scratch);
    }
    return TD_OK;
}

td_status td_walk_add(double *score, const td_walk *walk, const uint8_t *skip, const td_exec *exec,
                      td_error *err) {
    job work = {.score = score, .walk = walk, .skip = skip};
    uint64_t threads = (uint64_t)td_exec_threads(exec);
    work.scratch = td_mem_zeroed(threads * scratch_bytes(walk), 1, err);
    if (work.scratch == NULL) return TD_ERR_NOMEM;
    td_status status = td_par_for(exec, walk->binned->n_rows, GRAIN, walk_chunk, &work, err);
    td_mem_free(work.scratch);
    return status;
}
