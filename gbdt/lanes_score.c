/* gbdt/lanes_score.c: raw scores of a block of rows. See lanes.h for the idea.
 *
 * 1. Code the block's values, feature by feature: columns of bytes (numbers: lanes_rank.c).
 * 2. Tree by tree: find the leaf of every row; add its value to the row's score. A small tree is
 *    answered for all rows at every node, a larger one is walked, eight rows in turn.
 *
 * A row's score is base_score + leaf values in the order of the trees: the additions of the plain
 * walk in predict.c, so the same bits.
 *
 * Cost per row: coding, see lanes_rank*.c; a small tree of n nodes about 5 n / 64 cycles with
 * AVX-512, three times that with AVX2, whatever its depth; a large tree its depth. The nodes, codes
 * and reach of a tree with 255 leaves fill 18 KiB: they stay in the first cache.
 * Lucchese et al. (2015), "QuickScorer", doi 10.1145/2766462.2767733, first answered all questions
 * of a tree with bit vectors, a vector of leaves per row; here a vector holds rows.
 *
 * The scalar kernel is the specification. Its loops over 64 bytes have no branch and no dependence,
 * which any compiler turns into vectors of its target. */
#include <string.h>

#include "gbdt/lanes.h"

enum { GROUP = 64, IN_TURN = 8 };

/* ---- codes ----------------------------------------------------------------------------------- */

static void code_levels(uint8_t *byte_of, const td_source *source, uint64_t begin, uint64_t n) {
    uint8_t *bit = byte_of + TD_LANE_ROWS;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t code = source->column->code[begin + i];
        uint32_t level = code < source->column->dict.n ? source->level_of[code] : TD_CODE_NONE;
        byte_of[i] = level < 256 ? (uint8_t)(level / 8) : 0;
        bit[i] = level < 256 ? (uint8_t)(1u << level % 8) : 0;
    }
}

/* The cells of a number, column f of the table; NULL for a category or a column nobody reads. */
static const double *cells_of(const td_lanes *lanes, const td_source *source, uint32_t f) {
    const td_lane_feature *feature = &lanes->feature[f];
    if (lanes->model->feature[f].kind != TD_COLUMN_NUMBER) return NULL;
    if (feature->missing_low < 0 && feature->missing_high < 0) return NULL;
    return source[f].column->number;
}

/* The first number after column f whose cells are read; f itself when there is none. */
static uint32_t next_number(const td_lanes *lanes, const td_source *source, uint32_t f) {
    for (uint32_t next = f + 1; next < lanes->model->n_features; next++) {
        if (cells_of(lanes, source, next) != NULL) return next;
    }
    return f;
}

static void code_block(uint8_t *codes, const td_lanes *lanes, const td_source *source,
                       uint64_t begin, uint64_t n) {
    for (uint32_t f = 0; f < lanes->model->n_features; f++) {
        const td_lane_feature *feature = &lanes->feature[f];
        const double *x = cells_of(lanes, source, f);
        int64_t low = feature->missing_low, high = feature->missing_high;
        if (x != NULL) {
            td_lane_cells cells = {.x = x + begin, .n = n};
            cells.next = source[next_number(lanes, source, f)].column->number + begin;
            if (low >= 0) cells.low = codes + low * TD_LANE_ROWS;
            if (high >= 0) cells.high = codes + high * TD_LANE_ROWS;
            lanes->rank(&cells, feature);
        } else if (low >= 0) {
            code_levels(codes + low * TD_LANE_ROWS, &source[f], begin, n);
        }
    }
}

/* ---- small trees ----------------------------------------------------------------------------- */

/* 255 where the row goes right, else 0. */
static inline void answer(uint8_t goes_right[GROUP], const td_lane_tree *tree,
                          const td_lane_node *node, const uint8_t *column) {
    if (node->set == TD_LANE_NUMBER) {
        uint8_t code = node->code;
        for (int j = 0; j < GROUP; j++) goes_right[j] = column[j] > code ? 255 : 0;
        return;
    }
    const uint32_t *word = tree->source->sets[node->set].word;
    const uint8_t *bit = column + TD_LANE_ROWS;
    for (int j = 0; j < GROUP; j++) {
        uint32_t byte = word[column[j] / 4] >> 8 * (column[j] % 4);
        goes_right[j] = byte & bit[j] ? 0 : 255;
    }
}

/* Leaves of 64 rows; reach[place] holds 255 for the rows that come there. */
static void leaves_of_group(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                            uint8_t (*reach)[GROUP]) {
    uint8_t goes_right[GROUP], end[GROUP];
    memset(end, tree->first_leaf, GROUP);
    memset(reach[0], 255, GROUP);
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const td_lane_node *node = &tree->node[i];
        uint8_t here[GROUP];
        memcpy(here, reach[i], GROUP);
        answer(goes_right, tree, node, codes + (uint64_t)node->column * TD_LANE_ROWS);
        uint8_t *left = reach[node->left], *right = reach[node->right];
        for (int j = 0; j < GROUP; j++) goes_right[j] &= here[j];
        for (int j = 0; j < GROUP; j++) left[j] = here[j] ^ goes_right[j];
        memcpy(right, goes_right, GROUP);
        for (int j = 0; j < GROUP; j++) {
            end[j] = (uint8_t)((end[j] & ~goes_right[j]) | (node->right_leaf & goes_right[j]));
        }
    }
    memcpy(leaf, end, GROUP);
}

void td_lane_leaves_scalar(uint8_t *leaf, const td_lane_tree *tree, const uint8_t *codes,
                           void *reach) {
    for (int row = 0; row < TD_LANE_ROWS; row += GROUP) {
        leaves_of_group(leaf + row, tree, codes + row, reach);
    }
}

td_lane_fn td_lanes_kernel_at(td_simd level) {
#if defined(__x86_64__)
    if (level == TD_SIMD_AVX512) return td_lane_leaves_avx512;
    if (level == TD_SIMD_AVX2) return td_lane_leaves_avx2;
#endif
    (void)level;
    return td_lane_leaves_scalar;
}

/* ---- large trees ----------------------------------------------------------------------------- */

static inline int32_t next_of(const td_lane_tree *tree, int32_t at, const uint8_t *codes,
                              uint64_t row) {
    const td_node *from = &tree->source->node[at];
    const td_lane_node *node = &tree->node[at];
    const uint8_t *code = codes + (uint64_t)node->column * TD_LANE_ROWS + row;
    int is_left = *code <= node->code;
    if (from->is_category) {
        uint32_t byte = tree->source->sets[from->set].word[*code / 4] >> 8 * (*code % 4);
        is_left = (byte & code[TD_LANE_ROWS]) != 0;
    }
    return is_left ? from->left : from->right;
}

/* Eight rows take a step in turn, so that their waits for memory overlap. */
static void walk_large(double *out, const td_lane_tree *tree, const uint8_t *codes) {
    for (uint64_t row = 0; row < TD_LANE_ROWS; row += IN_TURN) {
        int32_t at[IN_TURN] = {0}, inner = 0;
        while (inner >= 0) {
            inner = -1;
            for (uint64_t j = 0; j < IN_TURN; j++) {
                if (at[j] >= 0) at[j] = next_of(tree, at[j], codes, row + j);
                inner &= at[j];
            }
        }
        for (uint64_t j = 0; j < IN_TURN; j++) out[row + j] += tree->source->leaf_value[~at[j]];
    }
}

void td_lane_tree_add(double *score, const td_lane_tree *tree, td_lane_fn leaves,
                      const uint8_t *codes, uint8_t *scratch) {
    uint8_t *reach = scratch, *leaf = scratch + TD_LANE_REACH;
    if (!tree->is_small) {
        walk_large(score, tree, codes);
        return;
    }
    leaves(leaf, tree, codes, reach);
    for (int i = 0; i < TD_LANE_ROWS; i++) score[i] += tree->source->leaf_value[leaf[i]];
}

/* ---- a block --------------------------------------------------------------------------------- */

uint64_t td_lanes_scratch_bytes(const td_lanes *lanes) {
    uint64_t scores = lanes->model->n_outputs * sizeof(double);
    return TD_LANE_REACH + TD_LANE_ROWS * (scores + 1 + (uint64_t)lanes->n_columns);
}

const double *td_lanes_score(const td_lanes *lanes, const td_source *source, uint64_t begin,
                             uint64_t n, uint8_t *scratch) {
    uint32_t n_outputs = lanes->model->n_outputs, output = 0;
    double *scores = (double *)(void *)(scratch + TD_LANE_REACH + TD_LANE_ROWS);
    uint8_t *codes = (uint8_t *)(scores + (uint64_t)n_outputs * TD_LANE_ROWS);
    code_block(codes, lanes, source, begin, n);
    for (uint64_t i = 0; i < (uint64_t)n_outputs * TD_LANE_ROWS; i++) {
        scores[i] = lanes->model->base_score[i / TD_LANE_ROWS];
    }
    for (uint32_t t = 0; t < td_model_n_used(lanes->model); t++) {
        double *score = scores + (uint64_t)output * TD_LANE_ROWS;
        output = output + 1 == n_outputs ? 0 : output + 1;
        td_lane_tree_add(score, &lanes->tree[t], lanes->leaves, codes, scratch);
    }
    return scores;
}
