/* gbdt/resume.h: training that goes on from a model. */
#ifndef TD_GBDT_RESUME_H
#define TD_GBDT_RESUME_H

#include "gbdt/binning.h"

/* Rounds of the model that is gone on from; 0 without one. */
static inline uint32_t td_init_rounds(const td_train_params *params) {
    return params->init != NULL ? (uint32_t)td_model_best_iteration(params->init->model) : 0;
}

/* TD_ERR_ARG when the model of params->init has another objective, another number of outputs, other
 * features (names, order, kinds) or other levels of a category than the rows, or when scores are
 * missing. Nothing to check without an init. O(features + levels). */
td_status td_init_check(const td_train_params *params, const td_binned *train, int has_valid,
                        td_error *err) TD_MUST_USE;

/* Base scores and used trees of the model that is gone on from, copied into `model`, which has room
 * for them. Nothing without an init. */
td_status td_init_copy(td_model *model, const td_train_params *params, td_error *err) TD_MUST_USE;

#endif
