/* cli/train_resume.c: reading a model to go on from.
 *
 *     model file --> trees ----------------------------\
 *     tables ------> td_predict, raw --> a score a row --> td_init --> td_train
 *
 * Scores come from the columns, before they are binned: the thresholds of old trees need not be
 * bounds of new bins. A calibration around the model is left behind, because its curve belongs to
 * the old scores; --calibrate makes a new one. Holds no algorithm. */
#include "cli/train_resume.h"

#include <string.h>

#include "core/base/mem.h"

void td_resume_free(td_resume *resume) {
    td_any_model_free(&resume->model);
    for (int t = 0; t < 2; t++) td_mem_free(resume->raw[t]);
    memset(resume, 0, sizeof *resume);
}

td_status td_resume_open(td_resume *out, const char *path, const td_matrix_view view[2],
                         const td_cli *cli, td_error *err) {
    TD_TRY(td_any_model_read(&out->model, path, err));
    const td_model *trees = out->model.trees;
    if (trees == NULL)
        return td_fail_at(err, TD_ERR_ARG, path, 0, 0,
                          "is a logistic regression: --init-model goes on from trees");
    if (out->model.calibration.choice != TD_CURVE_NONE)
        td_cli_note(cli, "%s: its calibration is left behind; --calibrate makes a new one", path);
    for (int t = 0; t < 2; t++) {
        if (view[t].n_rows == 0) continue;
        TD_NEW(out->raw[t], view[t].n_rows * td_model_n_outputs(trees), err);
        TD_TRY(td_predict(out->raw[t], trees, &view[t], TD_SCORE_RAW, &cli->exec, err));
    }
    out->init = (td_init){trees, out->raw[0], out->raw[1]};
    return TD_OK;
}
