/* gbdt/resume.c: what a training takes over from the model that it goes on from.
 *
 *     given model     base | tree 0 | tree 1 | ... | tree m - 1 |
 *     new model       base | tree 0 | tree 1 | ... | tree m - 1 | tree m | ... | tree m + n - 1 |
 *                     copied ---------------------------------->| grown here
 *
 * 1. The rows must be those of the same question: objective, number of scores, features by name,
 *    order and kind, and the levels of each category, because a split by a category is a set of
 *    numbers of levels.
 * 2. Base scores and trees in use (best_iteration of them; what early stopping threw away stays
 *    away) are copied. Raw scores of the rows come from the caller, who has the columns; codes
 *    cannot give them, as the thresholds of the old trees may lie between the bounds of new bins.
 * 3. Everything that is drawn at random (dither, rows, features) is a function of the round, and
 *    rounds are counted on from m. So m rounds and n more are m + n rounds, bit for bit, on the
 *    same rows with the same parameters, unless the m rounds had ended for want of a split. Early
 *    stopping looks at the new rounds only, as LightGBM's does.
 *
 * Cost: one copy of the trees. Not done here: new levels of a category (an error), other features.
 */
#include "gbdt/resume.h"

#include <string.h>

#include "core/base/mem.h"
#include "gbdt/tree.h"

static int same_levels(const td_textdict *a, const td_textdict *b) {
    if (a->n != b->n || a->n == 0) return a->n == b->n;
    uint64_t n_begin = (uint64_t)a->n + 1;
    return memcmp(a->begin, b->begin, n_begin * sizeof *a->begin) == 0 &&
           memcmp(a->bytes, b->bytes, a->begin[a->n]) == 0;
}

static td_status check_feature(const td_model_feature *feature, const td_bins *bins, uint32_t f,
                               td_error *err) {
    TD_CHECK(strcmp(feature->name, bins->name) == 0, err, TD_ERR_ARG,
             "feature %u of the given model is '%s', of the rows '%s'", f + 1, feature->name,
             bins->name);
    TD_CHECK(feature->kind == bins->kind, err, TD_ERR_ARG,
             "'%s' holds %s, the given model expects %s", bins->name,
             bins->kind == TD_COLUMN_NUMBER ? "numbers" : "categories",
             feature->kind == TD_COLUMN_NUMBER ? "numbers" : "categories");
    TD_CHECK(bins->kind == TD_COLUMN_NUMBER || same_levels(&feature->levels, &bins->levels), err,
             TD_ERR_ARG, "category '%s' has other values than the given model knows", bins->name);
    return TD_OK;
}

td_status td_init_check(const td_train_params *params, const td_binned *train, int has_valid,
                        td_error *err) {
    if (params->init == NULL) return TD_OK;
    const td_model *model = params->init->model;
    TD_CHECK(model->objective == params->objective, err, TD_ERR_ARG,
             "the given model was trained for another objective");
    TD_CHECK(model->n_outputs == td_params_n_outputs(params), err, TD_ERR_ARG,
             "the given model has %u scores a row, num_class=%d", model->n_outputs,
             params->num_class);
    TD_CHECK(model->n_features == train->n_features, err, TD_ERR_ARG,
             "the given model has %u features, the rows have %u", model->n_features,
             train->n_features);
    TD_CHECK(params->init->train_raw != NULL && (params->init->valid_raw != NULL || !has_valid),
             err, TD_ERR_ARG, "the scores of the given model are missing");
    for (uint32_t f = 0; f < model->n_features; f++) {
        TD_TRY(check_feature(&model->feature[f], &train->bin[f], f, err));
    }
    return TD_OK;
}

td_status td_init_copy(td_model *model, const td_train_params *params, td_error *err) {
    if (params->init == NULL) return TD_OK;
    const td_model *from = params->init->model;
    memcpy(model->base_score, from->base_score, from->n_outputs * sizeof *from->base_score);
    for (uint32_t t = 0; t < td_model_n_used(from); t++) {
        TD_TRY(td_tree_copy(&model->tree[t], &from->tree[t], err));
        model->n_trees++;
    }
    return TD_OK;
}
