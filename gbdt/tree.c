/* gbdt/tree.c: life of trees and models, and what can be read off them without data.
 *
 * A tree is five flat arrays (tree.h); growing one needs arrays for the largest number of leaves,
 * keeping it needs only what it used, so td_tree_copy makes the compact version that stays in the
 * model. Importance follows LightGBM's two kinds: "split" counts the nodes that use a feature,
 * "gain" sums the gains of these nodes, both over the trees in use. Cost: O(nodes). */
#include "gbdt/tree.h"

#include <string.h>

#include "core/base/mem.h"

void td_tree_free(td_tree *tree) {
    td_mem_free(tree->node);
    td_mem_free(tree->leaf_value);
    td_mem_free(tree->leaf_weight);
    td_mem_free(tree->leaf_rows);
    td_mem_free(tree->sets);
    memset(tree, 0, sizeof *tree);
}

static td_status allocate(td_tree *tree, uint32_t n_leaves, uint32_t n_sets, td_error *err) {
    TD_NEW_ZEROED(tree->node, n_leaves - 1, err);
    TD_NEW_ZEROED(tree->leaf_value, n_leaves, err);
    TD_NEW_ZEROED(tree->leaf_weight, n_leaves, err);
    TD_NEW_ZEROED(tree->leaf_rows, n_leaves, err);
    TD_NEW_ZEROED(tree->sets, n_sets, err);
    return TD_OK;
}

td_status td_tree_init(td_tree *out, uint32_t max_leaves, td_error *err) {
    memset(out, 0, sizeof *out);
    out->n_leaves = 1;
    td_status status = allocate(out, max_leaves, max_leaves - 1, err);
    if (status != TD_OK) td_tree_free(out);
    return status;
}

td_status td_tree_copy(td_tree *out, const td_tree *tree, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = allocate(out, tree->n_leaves, tree->n_sets, err);
    if (status != TD_OK) {
        td_tree_free(out);
        return status;
    }
    uint64_t n = tree->n_leaves;
    out->n_leaves = tree->n_leaves;
    out->n_sets = tree->n_sets;
    memcpy(out->node, tree->node, (n - 1) * sizeof *tree->node);
    memcpy(out->leaf_value, tree->leaf_value, n * sizeof *tree->leaf_value);
    memcpy(out->leaf_weight, tree->leaf_weight, n * sizeof *tree->leaf_weight);
    memcpy(out->leaf_rows, tree->leaf_rows, n * sizeof *tree->leaf_rows);
    memcpy(out->sets, tree->sets, tree->n_sets * sizeof *tree->sets);
    return TD_OK;
}

td_status td_levels_copy(td_textdict *out, const td_textdict *levels, td_error *err) {
    memset(out, 0, sizeof *out);
    uint64_t n_bytes = levels->begin != NULL ? levels->begin[levels->n] : 0;
    out->begin = td_mem_zeroed((uint64_t)levels->n + 1, sizeof *out->begin, err);
    out->bytes = td_mem_array(n_bytes, 1, err);
    if (out->begin == NULL || out->bytes == NULL) {
        td_textdict_free(out);
        return TD_ERR_NOMEM;
    }
    out->n = levels->n;
    if (levels->begin == NULL) return TD_OK;
    memcpy(out->begin, levels->begin, ((uint64_t)levels->n + 1) * sizeof *out->begin);
    memcpy(out->bytes, levels->bytes, n_bytes);
    return TD_OK;
}

td_status td_model_init(td_model **out, uint32_t n_features, uint32_t n_outputs, uint32_t n_rounds,
                        td_error *err) {
    *out = NULL;
    td_model *model = td_mem_zeroed(1, sizeof *model, err);
    if (model == NULL) return TD_ERR_NOMEM;
    model->feature = td_mem_zeroed(n_features, sizeof *model->feature, err);
    model->tree = td_mem_zeroed((uint64_t)n_rounds * n_outputs, sizeof *model->tree, err);
    model->base_score = td_mem_zeroed(n_outputs, sizeof *model->base_score, err);
    if (model->feature == NULL || model->tree == NULL || model->base_score == NULL) {
        td_model_free(model);
        return TD_ERR_NOMEM;
    }
    model->n_features = n_features;
    model->n_outputs = n_outputs;
    *out = model;
    return TD_OK;
}

void td_model_free(td_model *model) {
    if (model == NULL) return;
    for (uint32_t t = 0; model->tree != NULL && t < model->n_trees; t++)
        td_tree_free(&model->tree[t]);
    for (uint32_t f = 0; model->feature != NULL && f < model->n_features; f++) {
        td_mem_free(model->feature[f].name);
        td_textdict_free(&model->feature[f].levels);
    }
    td_mem_free(model->feature);
    td_mem_free(model->tree);
    td_mem_free(model->base_score);
    td_mem_free(model);
}

td_objective td_model_objective(const td_model *model) { return model->objective; }

uint32_t td_model_n_outputs(const td_model *model) { return model->n_outputs; }

uint32_t td_model_n_features(const td_model *model) { return model->n_features; }

const char *td_model_feature_name(const td_model *model, uint32_t feature) {
    return model->feature[feature].name;
}

td_column_kind td_model_feature_kind(const td_model *model, uint32_t feature) {
    return model->feature[feature].kind;
}

int32_t td_model_best_iteration(const td_model *model) { return (int32_t)model->best_iteration; }

void td_model_importance(const td_model *model, uint64_t *split, double *gain) {
    if (split != NULL) memset(split, 0, model->n_features * sizeof *split);
    for (uint32_t f = 0; gain != NULL && f < model->n_features; f++) gain[f] = 0;
    for (uint32_t t = 0; t < td_model_n_used(model); t++) {
        const td_tree *tree = &model->tree[t];
        for (uint32_t i = 0; i + 1 < tree->n_leaves; i++) {
            if (split != NULL) split[tree->node[i].feature]++;
            if (gain != NULL) gain[tree->node[i].feature] += tree->node[i].gain;
        }
    }
}
