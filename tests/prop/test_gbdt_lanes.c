/* tests/prop/test_gbdt_lanes.c: the fast ways of prediction give the bits of the plain walk.
 *
 * Models are made by hand, not trained: any shape of tree, up to chains of 600 nodes, thresholds
 * that rows hit exactly, signed zeros, infinities, levels that the model has never seen. The
 * reference below walks td_tree as tree.h describes it; it shares no code with predict.c and
 * lanes*.c. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/lanes.h"
#include "tests/support/rows.h"

enum { N_FEATURES = 7, N_LEVELS = 200, N_ROWS = 1111 };

/* ---- random models --------------------------------------------------------------------------- */

typedef struct shape {
    uint32_t n_leaves;
    uint32_t n_values; /* distinct thresholds to choose from */
    int is_chain;      /* always split the newest leaf */
} shape;

static int is_category(uint32_t feature) { return feature % 3 == 2; }

/* Thresholds and rows are drawn from the same few values, so that they meet. */
static double pool_value(uint64_t k) {
    static const double edges[] = {0.0,    -0.0,     INFINITY, -INFINITY, 5e-324,
                                   -1e308, 0x1p1023, 1.0,      -1.0};
    uint64_t n = sizeof edges / sizeof *edges;
    return k < n ? edges[k] : (double)(k - n) * 0.37 - 20;
}

static void ask(td_node *node, td_tree *tree, const shape *how, td_rng *rng) {
    node->feature = (uint32_t)td_rng_below(rng, N_FEATURES);
    node->is_category = (uint8_t)is_category(node->feature);
    if (node->is_category) {
        node->set = tree->n_sets++;
        for (uint32_t l = 0; l < N_LEVELS; l++) {
            if (td_rng_below(rng, 2)) td_bin_set_add(&tree->sets[node->set], l);
        }
    } else {
        node->threshold = pool_value(td_rng_below(rng, how->n_values));
        node->missing_left = (uint8_t)td_rng_below(rng, 2);
    }
}

static td_tree random_tree(const shape *how, td_rng *rng) {
    td_tree tree;
    cr_assert_eq(td_tree_init(&tree, how->n_leaves, NULL), TD_OK);
    int32_t **place = malloc(how->n_leaves * sizeof *place); /* who points at leaf j */
    int32_t root = ~0;
    place[0] = &root;
    for (; tree.n_leaves < how->n_leaves; tree.n_leaves++) {
        uint32_t last = tree.n_leaves - 1;
        uint32_t leaf = how->is_chain ? last : (uint32_t)td_rng_below(rng, tree.n_leaves);
        td_node *node = &tree.node[last];
        ask(node, &tree, how, rng);
        *place[leaf] = (int32_t)last;
        int is_left = td_rng_below(rng, 2) == 0;
        node->left = is_left ? ~(int32_t)leaf : ~(int32_t)tree.n_leaves;
        node->right = is_left ? ~(int32_t)tree.n_leaves : ~(int32_t)leaf;
        place[leaf] = is_left ? &node->left : &node->right;
        place[tree.n_leaves] = is_left ? &node->right : &node->left;
    }
    for (uint32_t j = 0; j < tree.n_leaves; j++) {
        tree.leaf_value[j] = td_rng_normal(rng) * pow(10, 16 * td_rng_uniform(rng) - 8);
    }
    free(place);
    return tree;
}

static void add_level(td_textdict *levels, const char *text) {
    memcpy(levels->bytes + levels->begin[levels->n], text, strlen(text));
    levels->begin[levels->n + 1] = levels->begin[levels->n] + strlen(text);
    levels->n++;
}

static td_model *random_model(const shape *shapes, uint32_t n_trees, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "lanes model", 0, 0);
    td_model *model;
    uint32_t n_outputs = n_trees % 3 == 0 && seed % 2 == 0 ? 3 : 1;
    cr_assert_eq(td_model_init(&model, N_FEATURES, n_outputs, n_trees / n_outputs, NULL), TD_OK);
    model->n_trees = n_trees;
    model->best_iteration = n_trees / n_outputs;
    model->objective = TD_OBJECTIVE_REGRESSION;
    for (uint32_t k = 0; k < n_outputs; k++) model->base_score[k] = td_rng_normal(&rng);
    for (uint32_t t = 0; t < n_trees; t++) model->tree[t] = random_tree(&shapes[t], &rng);
    for (uint32_t f = 0; f < N_FEATURES; f++) {
        char text[16];
        td_model_feature *feature = &model->feature[f];
        snprintf(text, sizeof text, "f%u", f);
        feature->name = td_mem_text(text, NULL);
        feature->kind = is_category(f) ? TD_COLUMN_CATEGORY : TD_COLUMN_NUMBER;
        feature->levels.begin = td_mem_zeroed(N_LEVELS + 1, sizeof(uint64_t), NULL);
        feature->levels.bytes = td_mem_array(N_LEVELS * 16, 1, NULL);
        for (uint32_t l = 0; is_category(f) && l < N_LEVELS; l++) {
            snprintf(text, sizeof text, "c%u", 1000 + 2 * l); /* in byte order */
            add_level(&feature->levels, text);
        }
    }
    return model;
}

/* ---- random rows ----------------------------------------------------------------------------- */

/* Every other text of a category is unknown to the model. */
static td_test_rows random_rows(uint64_t n_rows, uint64_t n_values, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "lanes rows", 0, 0);
    td_test_rows rows = td_test_rows_new(n_rows, N_FEATURES);
    for (uint32_t f = 0; f < N_FEATURES; f++) {
        double *x = rows.table.column[f].number;
        for (uint64_t i = 0; i < n_rows; i++) {
            uint64_t kind = td_rng_below(&rng, 8);
            x[i] = pool_value(td_rng_below(&rng, n_values));
            if (kind == 1) x[i] = td_rng_normal(&rng);
            if (is_category(f)) x[i] = (double)(1000 + td_rng_below(&rng, 2 * N_LEVELS + 4));
            if (kind == 0) x[i] = NAN;
        }
        if (is_category(f)) td_test_rows_make_category(&rows, f);
    }
    return rows;
}

/* ---- the plain walk -------------------------------------------------------------------------- */

/* Level of a row's text, found by comparing with every level. */
static uint32_t level_of(const td_model_feature *feature, const td_column *column, uint64_t row) {
    const td_textdict *dict = &column->dict, *levels = &feature->levels;
    uint32_t code = column->code[row];
    if (code == TD_CODE_NONE) return TD_CODE_NONE;
    uint64_t length = dict->begin[code + 1] - dict->begin[code];
    for (uint32_t l = 0; l < levels->n; l++) {
        if (levels->begin[l + 1] - levels->begin[l] == length &&
            memcmp(levels->bytes + levels->begin[l], dict->bytes + dict->begin[code], length) == 0)
            return l;
    }
    return TD_CODE_NONE;
}

static int goes_left(const td_model *model, const td_tree *tree, const td_node *node,
                     const td_test_rows *rows, uint64_t row) {
    const td_column *column = &rows->table.column[node->feature];
    if (node->is_category) {
        uint32_t level = level_of(&model->feature[node->feature], column, row);
        return level != TD_CODE_NONE && td_bin_set_has(&tree->sets[node->set], level);
    }
    double x = column->number[row];
    return isnan(x) ? node->missing_left : x <= node->threshold;
}

/* [n_outputs][n_rows] */
static double *walk_all(const td_model *model, const td_test_rows *rows) {
    uint64_t n = rows->view.n_rows;
    double *score = malloc(n * model->n_outputs * sizeof *score);
    for (uint64_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < model->n_outputs; k++) score[k * n + i] = model->base_score[k];
        for (uint32_t t = 0; t < model->n_trees; t++) {
            const td_tree *tree = &model->tree[t];
            int32_t at = tree->n_leaves > 1 ? 0 : ~0;
            while (at >= 0) {
                const td_node *node = &tree->node[at];
                at = goes_left(model, tree, node, rows, i) ? node->left : node->right;
            }
            score[t % model->n_outputs * n + i] += tree->leaf_value[~at];
        }
    }
    return score;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static void assert_same(const double *expected, const double *score, uint64_t n, const char *way) {
    for (uint64_t i = 0; i < n; i++) {
        cr_assert_eq(memcmp(&expected[i], &score[i], sizeof *score), 0, "%s, row %llu: %a != %a",
                     way, (unsigned long long)i, score[i], expected[i]);
    }
}

/* td_predict on the first n_rows rows, for several thread counts. */
static void check_predict(const td_model *model, const td_test_rows *rows, const double *expected,
                          uint64_t n_rows) {
    td_matrix_view view = rows->view;
    view.n_rows = n_rows;
    uint64_t n_outputs = model->n_outputs, n_all = rows->view.n_rows;
    double *score = malloc(n_rows * n_outputs * sizeof *score);
    for (int threads = 1; threads <= 8; threads += threads == 1 ? 2 : 5) {
        td_exec exec = {.n_threads = threads};
        memset(score, 255, n_rows * n_outputs * sizeof *score);
        cr_assert_eq(td_predict(score, model, &view, TD_SCORE_RAW, &exec, NULL), TD_OK);
        for (uint64_t k = 0; k < n_outputs; k++) {
            assert_same(expected + k * n_all, score + k * n_rows, n_rows, "td_predict");
        }
    }
    free(score);
}

/* Every kernel that this machine can run, on a model that fits. */
static void check_kernels(const td_model *model, const td_test_rows *rows, const double *expected) {
    td_lanes lanes;
    td_source source[N_FEATURES] = {{0}};
    cr_assert_eq(td_lanes_build(&lanes, model, NULL), TD_OK);
    cr_assert(lanes.fits);
    for (uint32_t f = 0; f < N_FEATURES; f++) {
        const td_column *column = source[f].column = &rows->table.column[f];
        source[f].level_of = malloc((column->dict.n + 1) * sizeof(uint32_t));
        for (uint64_t i = 0; column->code != NULL && i < rows->view.n_rows; i++) {
            uint32_t level = level_of(&model->feature[f], column, i);
            if (column->code[i] != TD_CODE_NONE) source[f].level_of[column->code[i]] = level;
        }
    }
    uint8_t *scratch = td_mem_zeroed(td_lanes_scratch_bytes(&lanes), 1, NULL);
    for (td_simd level = TD_SIMD_SCALAR; level <= td_cpu_simd(); level++) {
        lanes.leaves = td_lanes_kernel_at(level);
        lanes.rank = td_lane_rank_at(level);
        for (uint64_t begin = 0; begin < rows->view.n_rows; begin += TD_LANE_ROWS) {
            uint64_t left = rows->view.n_rows - begin,
                     n = left < TD_LANE_ROWS ? left : TD_LANE_ROWS;
            const double *score = td_lanes_score(&lanes, source, begin, n, scratch);
            for (uint64_t k = 0; k < model->n_outputs; k++) {
                assert_same(expected + k * rows->view.n_rows + begin, score + k * TD_LANE_ROWS, n,
                            td_cpu_simd_name(level));
            }
        }
    }
    for (uint32_t f = 0; f < N_FEATURES; f++) free(source[f].level_of);
    td_mem_free(scratch);
    td_lanes_free(&lanes);
}

static void check(const shape *shapes, uint32_t n_trees, uint64_t seed) {
    uint64_t n_values = 30;
    for (uint32_t t = 0; t < n_trees; t++) {
        if (shapes[t].n_values > n_values) n_values = shapes[t].n_values;
    }
    td_model *model = random_model(shapes, n_trees, seed);
    td_test_rows rows = random_rows(N_ROWS, n_values, seed);
    double *expected = walk_all(model, &rows);
    check_predict(model, &rows, expected, N_ROWS);
    check_predict(model, &rows, expected, 100);
    if (n_values <= 250) check_kernels(model, &rows, expected);
    free(expected);
    td_test_rows_free(&rows);
    td_model_free(model);
}

/* ---- claims ---------------------------------------------------------------------------------- */

Test(gbdt_lanes, small_trees_of_every_size_up_to_256_leaves) {
    for (uint64_t seed = 1; seed <= 40; seed++) {
        td_rng rng = td_rng_stream(seed, "lanes shapes", 0, 0);
        shape shapes[6];
        for (int t = 0; t < 6; t++) {
            shapes[t].n_leaves = 1 + (uint32_t)td_rng_below(&rng, t < 3 ? 256 : 8);
            shapes[t].n_values = 1 + (uint32_t)td_rng_below(&rng, 250);
            shapes[t].is_chain = td_rng_below(&rng, 3) == 0;
        }
        check(shapes, 6, seed);
    }
}

Test(gbdt_lanes, trees_around_the_limit_and_far_above_it) {
    static const shape shapes[] = {{255, 200, 0}, {256, 200, 0}, {257, 200, 0}, {256, 200, 1},
                                   {600, 200, 1}, {1, 1, 0},     {900, 250, 0}};
    check(shapes, 7, 101);
}

/* Little work is left to one thread: 10,000 rows of 40 large trees are enough for three. */
Test(gbdt_lanes, several_threads_give_the_bits_of_one) {
    enum { N_TREES = 40, N_MANY = 10000 };
    shape shapes[N_TREES];
    for (int t = 0; t < N_TREES; t++) shapes[t] = (shape){256, 200, 0};
    td_model *model = random_model(shapes, N_TREES, 109);
    td_test_rows rows = random_rows(N_MANY, 200, 109);
    double *one = malloc(N_MANY * sizeof *one), *score = malloc(N_MANY * sizeof *score);
    cr_assert_eq(td_predict(one, model, &rows.view, TD_SCORE_RAW, NULL, NULL), TD_OK);
    for (int threads = 2; threads <= 8; threads += 3) {
        td_exec exec = {.n_threads = threads};
        memset(score, 255, N_MANY * sizeof *score);
        cr_assert_eq(td_predict(score, model, &rows.view, TD_SCORE_RAW, &exec, NULL), TD_OK);
        assert_same(one, score, N_MANY, "threads");
    }
    free(one);
    free(score);
    td_test_rows_free(&rows);
    td_model_free(model);
}

Test(gbdt_lanes, no_tree_and_trees_of_one_leaf) {
    static const shape shapes[] = {{1, 1, 0}, {1, 1, 0}};
    check(shapes, 0, 102);
    check(shapes, 2, 103);
}

Test(gbdt_lanes, more_thresholds_than_codes_are_walked) {
    static const shape shapes[] = {{2000, 300, 0}, {100, 300, 0}, {3000, 100000, 0}};
    check(shapes, 2, 104);
    check(shapes, 3, 105);
}

/* One chain of `n` distinct thresholds of one feature. The root has the greatest and sends missing
 * to the right: of all questions the nearest to the end of the codes. */
static td_model *staircase(uint32_t n) {
    shape how = {n + 1, 1, 1};
    td_model *model = random_model(&how, 1, 106);
    td_tree *tree = &model->tree[0];
    for (uint32_t i = 0; i < n; i++) {
        tree->node[i].feature = 0;
        tree->node[i].is_category = 0;
        tree->node[i].threshold = (double)(n - 1 - i * 7 % n);
    }
    tree->node[0].missing_left = 0;
    return model;
}

Test(gbdt_lanes, codes_hold_exactly_255_thresholds) {
    for (uint32_t n = 253; n <= 258; n++) {
        td_model *model = staircase(n);
        td_test_rows rows = td_test_rows_new(N_ROWS, N_FEATURES);
        for (uint32_t f = 0; f < N_FEATURES; f++) {
            for (uint64_t i = 0; i < N_ROWS; i++) {
                double x = (double)(i % 600) * 0.5 - 5;
                rows.table.column[f].number[i] = i == 17 ? NAN : i == 18 ? INFINITY : x;
            }
            if (is_category(f)) td_test_rows_make_category(&rows, f);
        }
        td_lanes lanes;
        cr_assert_eq(td_lanes_build(&lanes, model, NULL), TD_OK);
        cr_assert_eq(lanes.fits, n <= 255);
        td_lanes_free(&lanes);
        double *expected = walk_all(model, &rows);
        check_predict(model, &rows, expected, N_ROWS);
        if (n <= 255) check_kernels(model, &rows, expected);
        free(expected);
        td_test_rows_free(&rows);
        td_model_free(model);
    }
}

Test(gbdt_lanes, a_threshold_that_is_no_number_sends_everybody_right) {
    td_model *model = staircase(20);
    model->tree[0].node[3].threshold = NAN;
    td_test_rows rows = random_rows(N_ROWS, 30, 107);
    double *expected = walk_all(model, &rows);
    check_predict(model, &rows, expected, N_ROWS);
    free(expected);
    td_test_rows_free(&rows);
    td_model_free(model);
}

Test(gbdt_lanes, running_out_of_memory_leaves_nothing_behind) {
    shape shapes[] = {{200, 100, 0}, {300, 100, 0}};
    td_model *model = random_model(shapes, 2, 108);
    td_test_rows rows = random_rows(N_ROWS, 100, 108);
    double *score = malloc(N_ROWS * sizeof *score);
    uint64_t live = td_mem_live_bytes();
    td_status status = TD_ERR_NOMEM;
    for (uint64_t n = 1; status == TD_ERR_NOMEM; n++) {
        cr_assert_lt(n, 100);
        td_mem_fail_after(n);
        status = td_predict(score, model, &rows.view, TD_SCORE_RAW, NULL, NULL);
        td_mem_fail_after(0);
        cr_assert_eq(td_mem_live_bytes(), live);
    }
    cr_assert_eq(status, TD_OK);
    free(score);
    td_test_rows_free(&rows);
    td_model_free(model);
}
