/* gbdt/model_text.c: a model as lines of text and back (docs/model_integration.md).
 *
 *     objective binary|regression|multiclass|regression_l1|huber|quantile|poisson|custom
 *     outputs K                          raw scores of a row; version 2 only, else 1
 *     base_score S...                    K raw scores before the first tree
 *     features N
 *     number NAME                        one line a feature, in the order of the nodes' numbers
 *     category NAME LEVELS text...       bin of a level = its place in the line
 *     trees T USED                       tree t adds to score t % K; the first USED are in use
 *     tree LEAVES
 *     node FEATURE below T MISSING GAIN LEFT RIGHT    x <= T goes left; MISSING is left or right
 *     node FEATURE in K level... GAIN LEFT RIGHT      these K levels go left, all else right
 *     leaf VALUE HESSIAN ROWS
 *
 * LEFT and RIGHT: a node number, or -1 - leaf number. Framing, exact numbers and the seal are
 * model_bytes.c's. A reader trusts nothing: counts are bounded by the bytes that are left, numbers
 * by their ranges, and every node and leaf must be the child of exactly one earlier node, so a walk
 * always ends. Cost: O(bytes). */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/model_bytes.h"
#include "gbdt/tree.h"

static const char kind[] = "gbdt";
static const char *const objectives[] = {"binary", "regression", "multiclass", "regression_l1",
                                         "huber",  "quantile",   "poisson",    "custom"};
enum { N_OBJECTIVES = sizeof objectives / sizeof *objectives, VERSION_1_OBJECTIVES = 2 };

/* ---- writing --------------------------------------------------------------------------------- */

static void write_feature(td_model_text *text, const td_model_feature *feature) {
    int is_category = feature->kind == TD_COLUMN_CATEGORY;
    td_model_text_printf(text, is_category ? "category" : "number");
    td_model_text_word(text, feature->name, strlen(feature->name));
    if (is_category) {
        const td_textdict *levels = &feature->levels;
        td_model_text_printf(text, " %u", levels->n);
        for (uint32_t k = 0; k < levels->n; k++) {
            uint64_t from = levels->begin[k];
            td_model_text_word(text, levels->bytes + from, levels->begin[k + 1] - from);
        }
    }
    td_model_text_end_line(text);
}

static void write_set(td_model_text *text, const td_bin_set *set) {
    uint32_t n = 0;
    for (uint32_t b = 0; b < 256; b++) n += (uint32_t)td_bin_set_has(set, b);
    td_model_text_printf(text, " in %u", n);
    for (uint32_t b = 0; b < 256; b++) {
        if (td_bin_set_has(set, b)) td_model_text_printf(text, " %u", b);
    }
}

static void write_node(td_model_text *text, const td_tree *tree, const td_node *node) {
    td_model_text_printf(text, "node %u", node->feature);
    if (node->is_category) {
        write_set(text, &tree->sets[node->set]);
    } else {
        td_model_text_printf(text, " below");
        td_model_text_f64(text, node->threshold);
        td_model_text_printf(text, " %s", node->missing_left ? "left" : "right");
    }
    td_model_text_f64(text, node->gain);
    td_model_text_printf(text, " %d %d", node->left, node->right);
    td_model_text_end_line(text);
}

static void write_tree(td_model_text *text, const td_tree *tree) {
    td_model_text_printf(text, "tree %u", tree->n_leaves);
    td_model_text_end_line(text);
    for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) write_node(text, tree, &tree->node[i]);
    for (uint32_t j = 0; j < tree->n_leaves; j++) {
        td_model_text_printf(text, "leaf");
        td_model_text_f64(text, tree->leaf_value[j]);
        td_model_text_f64(text, tree->leaf_weight[j]);
        td_model_text_printf(text, " %llu", (unsigned long long)tree->leaf_rows[j]);
        td_model_text_end_line(text);
    }
}

td_status td_model_to_bytes(char **bytes, uint64_t *n, const td_model *model, td_error *err) {
    td_model_text text;
    int version = (int)model->objective < VERSION_1_OBJECTIVES ? 1 : 2;
    td_model_text_open_version(&text, kind, version);
    td_model_text_printf(&text, "objective %s", objectives[model->objective]);
    if (version > 1) td_model_text_printf(&text, "\noutputs %u", model->n_outputs);
    td_model_text_printf(&text, "\nbase_score");
    for (uint32_t k = 0; k < model->n_outputs; k++) td_model_text_f64(&text, model->base_score[k]);
    td_model_text_printf(&text, "\nfeatures %u\n", model->n_features);
    for (uint32_t f = 0; f < model->n_features; f++) write_feature(&text, &model->feature[f]);
    td_model_text_printf(&text, "trees %u %u\n", model->n_trees, td_model_n_used(model));
    for (uint32_t t = 0; t < model->n_trees; t++) write_tree(&text, &model->tree[t]);
    return td_model_text_seal(&text, bytes, n, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* An integer in [low, high]. */
static td_status read_count(td_model_reader *reader, uint32_t *out, int64_t low, int64_t high,
                            td_error *err) {
    int64_t value = 0;
    TD_TRY(td_model_reader_i64(reader, &value, low, high, err));
    *out = (uint32_t)value;
    return TD_OK;
}

/* Things that take at least two bytes each: no more of them than fit into the text. */
static int64_t most_left(const td_model_reader *reader) { return (reader->end - reader->at) / 2; }

/* One of n_words fixed words; its place in *out. */
static td_status read_choice(td_model_reader *reader, uint32_t *out, const char *const *words,
                             uint32_t n_words, td_error *err) {
    char *word = NULL;
    TD_TRY(td_model_reader_word(reader, &word, NULL, err));
    uint32_t k = 0;
    while (k < n_words && strcmp(word, words[k]) != 0) k++;
    td_mem_free(word);
    if (k == n_words) return td_model_reader_fail(reader, err, "unknown word");
    *out = k;
    return TD_OK;
}

/* Append one word to the levels; texts must ascend, as td_textdict_find needs. */
static td_status read_level(td_model_reader *reader, td_textdict *levels, uint32_t k,
                            td_error *err) {
    char *word = NULL;
    uint64_t length = 0;
    TD_TRY(td_model_reader_word(reader, &word, &length, err));
    uint64_t end = levels->begin[k];
    char *grown = td_mem_resize(levels->bytes, end + length, 1, err);
    if (grown == NULL) {
        td_mem_free(word);
        return TD_ERR_NOMEM;
    }
    levels->bytes = grown;
    memcpy(grown + end, word, length);
    td_mem_free(word);
    levels->begin[k + 1] = end + length;
    levels->n = k + 1;
    if (k == 0) return TD_OK;
    uint64_t before = end - levels->begin[k - 1], shorter = before < length ? before : length;
    int order = memcmp(grown + levels->begin[k - 1], grown + end, shorter);
    if (order < 0 || (order == 0 && before < length)) return TD_OK;
    return td_model_reader_fail(reader, err, "levels are not in byte order");
}

static td_status read_feature(td_model_reader *reader, td_model_feature *feature, td_error *err) {
    int is_category = reader->end - reader->at > 8 && memcmp(reader->at + 1, "category", 8) == 0;
    TD_TRY(td_model_reader_line(reader, is_category ? "category" : "number", err));
    TD_TRY(td_model_reader_word(reader, &feature->name, NULL, err));
    feature->kind = is_category ? TD_COLUMN_CATEGORY : TD_COLUMN_NUMBER;
    if (!is_category) return TD_OK;
    uint32_t n = 0;
    TD_TRY(read_count(reader, &n, 0, most_left(reader) < 255 ? most_left(reader) : 255, err));
    TD_NEW_ZEROED(feature->levels.begin, (uint64_t)n + 1, err);
    for (uint32_t k = 0; k < n; k++) TD_TRY(read_level(reader, &feature->levels, k, err));
    return TD_OK;
}

static td_status read_set(td_model_reader *reader, td_tree *tree, td_node *node, uint32_t n_levels,
                          td_error *err) {
    uint32_t n = 0, level = 0;
    TD_TRY(read_count(reader, &n, 1, n_levels, err));
    node->set = tree->n_sets++;
    for (uint32_t k = 0; k < n; k++) {
        TD_TRY(read_count(reader, &level, 0, (int64_t)n_levels - 1, err));
        td_bin_set_add(&tree->sets[node->set], level);
    }
    return TD_OK;
}

/* A child of node i: a later node or a leaf, nobody's child so far. */
static td_status read_child(td_model_reader *reader, int32_t *out, const td_tree *tree,
                            uint8_t *has_parent, uint32_t i, td_error *err) {
    int64_t child = 0, n_nodes = (int64_t)tree->n_leaves - 1;
    TD_TRY(td_model_reader_i64(reader, &child, -n_nodes - 1, n_nodes - 1, err));
    if (child >= 0 && child <= (int64_t)i) {
        return td_model_reader_fail(reader, err, "a child's number is not above its parent's");
    }
    uint8_t *mark = has_parent + (child >= 0 ? child : n_nodes + ~child);
    if (*mark) return td_model_reader_fail(reader, err, "a node or leaf has two parents");
    *mark = 1;
    *out = (int32_t)child;
    return TD_OK;
}

static td_status read_node(td_model_reader *reader, td_tree *tree, const td_model *model,
                           uint32_t i, uint8_t *has_parent, td_error *err) {
    static const char *const questions[] = {"below", "in"}, *const sides[] = {"right", "left"};
    td_node *node = &tree->node[i];
    uint32_t question = 0, side = 0;
    TD_TRY(td_model_reader_line(reader, "node", err));
    TD_TRY(read_count(reader, &node->feature, 0, (int64_t)model->n_features - 1, err));
    TD_TRY(read_choice(reader, &question, questions, 2, err));
    const td_model_feature *feature = &model->feature[node->feature];
    if ((question == 1) != (feature->kind == TD_COLUMN_CATEGORY)) {
        return td_model_reader_fail(reader, err, "the question does not fit the feature");
    }
    node->is_category = (uint8_t)question;
    if (question == 1) {
        TD_TRY(read_set(reader, tree, node, feature->levels.n, err));
    } else {
        TD_TRY(td_model_reader_f64(reader, &node->threshold, err));
        if (isnan(node->threshold)) return td_model_reader_fail(reader, err, "a threshold is NaN");
        TD_TRY(read_choice(reader, &side, sides, 2, err));
        node->missing_left = (uint8_t)side;
    }
    TD_TRY(td_model_reader_f64(reader, &node->gain, err));
    TD_TRY(read_child(reader, &node->left, tree, has_parent, i, err));
    return read_child(reader, &node->right, tree, has_parent, i, err);
}

static td_status read_leaf(td_model_reader *reader, td_tree *tree, uint32_t j, td_error *err) {
    int64_t rows = 0;
    TD_TRY(td_model_reader_line(reader, "leaf", err));
    TD_TRY(td_model_reader_f64(reader, &tree->leaf_value[j], err));
    TD_TRY(td_model_reader_f64(reader, &tree->leaf_weight[j], err));
    TD_TRY(td_model_reader_i64(reader, &rows, 0, INT64_MAX, err));
    tree->leaf_rows[j] = (uint64_t)rows;
    if (fabs(tree->leaf_value[j]) <= 1e300) return TD_OK;
    return td_model_reader_fail(reader, err, "a leaf value is not finite");
}

static td_status read_tree(td_model_reader *reader, td_tree *out, const td_model *model,
                           td_error *err) {
    uint32_t n_leaves = 0;
    TD_TRY(td_model_reader_line(reader, "tree", err));
    TD_TRY(read_count(reader, &n_leaves, 1, most_left(reader), err));
    TD_TRY(td_tree_init(out, n_leaves, err));
    out->n_leaves = n_leaves;
    uint8_t *has_parent;
    TD_NEW_ZEROED(has_parent, 2 * (uint64_t)n_leaves, err);
    td_status status = TD_OK;
    for (uint32_t i = 0; status == TD_OK && i + 1 < n_leaves; i++) {
        status = read_node(reader, out, model, i, has_parent, err);
    }
    td_mem_free(has_parent);
    for (uint32_t j = 0; status == TD_OK && j < n_leaves; j++) {
        status = read_leaf(reader, out, j, err);
    }
    return status;
}

/* Objective, outputs (one in version 1) and base scores: a model without features. */
static td_status read_head(td_model_reader *reader, td_model **out, td_error *err) {
    uint32_t objective = 0, n_outputs = 1, n_known = N_OBJECTIVES;
    if (reader->version == 1) n_known = VERSION_1_OBJECTIVES;
    TD_TRY(td_model_reader_line(reader, "objective", err));
    TD_TRY(read_choice(reader, &objective, objectives, n_known, err));
    if (reader->version > 1) {
        TD_TRY(td_model_reader_line(reader, "outputs", err));
        TD_TRY(read_count(reader, &n_outputs, 1, most_left(reader), err));
    }
    int is_multiclass = (td_objective)objective == TD_OBJECTIVE_MULTICLASS;
    int is_custom = (td_objective)objective == TD_OBJECTIVE_CUSTOM;
    if (!is_custom && is_multiclass != (n_outputs > 1)) {
        return td_model_reader_fail(reader, err, "the outputs do not fit the objective");
    }
    TD_TRY(td_model_reader_line(reader, "base_score", err));
    TD_TRY(td_model_init(out, 0, n_outputs, 0, err));
    (*out)->objective = (td_objective)objective;
    for (uint32_t k = 0; k < n_outputs; k++) {
        TD_TRY(td_model_reader_f64(reader, &(*out)->base_score[k], err));
    }
    return TD_OK;
}

static td_status read_features(td_model_reader *reader, td_model **out, td_error *err) {
    uint32_t n_features = 0;
    TD_TRY(read_head(reader, out, err));
    TD_TRY(td_model_reader_line(reader, "features", err));
    TD_TRY(read_count(reader, &n_features, 1, most_left(reader), err));
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a head that was read made the model
    td_mem_free((*out)->feature);
    TD_NEW_ZEROED((*out)->feature, n_features, err);
    (*out)->n_features = n_features;
    for (uint32_t f = 0; f < n_features; f++) {
        TD_TRY(read_feature(reader, &(*out)->feature[f], err));
    }
    return TD_OK;
}

static td_status read_model(td_model_reader *reader, td_model **out, td_error *err) {
    uint32_t n_trees = 0, n_used = 0;
    TD_TRY(read_features(reader, out, err));
    td_model *model = *out;
    TD_TRY(td_model_reader_line(reader, "trees", err));
    TD_TRY(read_count(reader, &n_trees, 0, most_left(reader), err));
    TD_TRY(read_count(reader, &n_used, 0, n_trees, err));
    if (n_trees % model->n_outputs != 0 || n_used % model->n_outputs != 0) {
        return td_model_reader_fail(reader, err, "a round of trees is not whole");
    }
    model->best_iteration = n_used / model->n_outputs;
    td_mem_free(model->tree);
    TD_NEW_ZEROED(model->tree, n_trees, err);
    model->n_trees = n_trees;
    for (uint32_t t = 0; t < n_trees; t++) {
        TD_TRY(read_tree(reader, &model->tree[t], model, err));
    }
    if (td_model_reader_is_done(reader)) return TD_OK;
    return td_model_reader_fail(reader, err, "lines after the last tree");
}

td_status td_model_from_bytes(td_model **out, const char *bytes, uint64_t n, td_error *err) {
    *out = NULL;
    td_model_reader reader;
    TD_TRY(td_model_reader_open_version(&reader, bytes, n, kind, TD_MODEL_VERSION, err));
    td_model *model = NULL;
    td_status status = read_model(&reader, &model, err);
    if (status == TD_OK) {
        *out = model;
    } else {
        td_model_free(model);
    }
    return status;
}
