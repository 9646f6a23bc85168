/* uplift/s_learner.c: a single model in which the arm is a feature like any other.
 *
 * Problem: as in t_learner.c, with one smoothness for both arms.
 *
 * 1. Append w (0 or 1) to the features; the other bins stay as they are.
 * 2. mu: the outcome, learned from the rows of both arms.
 * 3. tau(x) = mu(x, 1) - mu(x, 0).
 *
 * Strong where the effect is often zero: trees that never ask for w say so exactly. Its weakness is
 * the same thing: a weak effect beside strong other features is shrunk towards zero, because few
 * splits are spent on w. The propensity is not used. Cost: one training; two predictions.
 *
 * Reference: Kuenzel et al., PNAS 116 (2019) 4156-4165, doi:10.1073/pnas.1804597116; as "true lift"
 * by Lo, SIGKDD Explorations 4 (2002) 78-86, doi:10.1145/772862.772872. */
#include "core/base/mem.h"
#include "uplift/learner.h"
#include "uplift/with_column.h"

/* No table has a column of this name by accident. */
static const char ARM_COLUMN[] = "(treated)";

static td_status fit(td_part *out, const td_pair *pair, td_error *err) {
    td_binned *bins = NULL;
    td_question question = td_question_outcome(pair, TD_SIDE_BOTH);
    TD_TRY(td_bins_with(&bins, pair, ARM_COLUMN, pair->w, err)); /* 1 */
    question.bins = bins;
    td_status status = td_learn(&out->model[0], NULL, pair, &question, err); /* 2 */
    td_binned_free(bins);
    return status;
}

/* mu(x, w) for the same w in every row. */
static td_status predict_as(double *out, double w, const td_part *part, const td_matrix_view *rows,
                            const td_exec *exec, td_error *err) {
    double *column;
    TD_NEW(column, rows->n_rows, err);
    for (uint64_t i = 0; i < rows->n_rows; i++) column[i] = w;
    td_status status =
        td_predict_with(out, part->model[0], rows, (td_extra){ARM_COLUMN, column}, exec, err);
    td_mem_free(column);
    return status;
}

/* Step 3. */
static td_status effect(double *out, const td_part *part, const td_new_rows *rows,
                        const td_exec *exec, td_error *err) {
    const td_matrix_view *view = rows->view;
    double *mu0;
    TD_NEW(mu0, view->n_rows, err);
    td_status status = predict_as(mu0, 0, part, view, exec, err);
    if (status == TD_OK) status = predict_as(out, 1, part, view, exec, err);
    for (uint64_t i = 0; status == TD_OK && i < view->n_rows; i++) out[i] -= mu0[i];
    td_mem_free(mu0);
    return status;
}

const td_learner td_learner_s = {
    .spec = {"s", "one model with the arm as a feature",
             "Kuenzel et al. 2019, doi:10.1073/pnas.1804597116"},
    .fit = fit,
    .effect = effect,
    .n_models = 1,
};
