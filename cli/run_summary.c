/* cli/run_summary.c: what figures and tables of a run are drawn from, made once so that drawing
 * cannot fail: thinned test curves of all models and the importances of the primary one.
 *
 *   1. ROC and precision-recall curves of the test part are copied and thinned to MAX_POINTS: a
 *      curve of 350,000 points would be 10 MB of SVG and look the same.
 *   2. Importances: the share of a feature in the gain of all splits, greatest first; features that
 *      no tree uses are left out.
 *
 * Metrics are never taken from the thinned curves. Cost: O(points of the curves + features log). */
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "core/base/mem.h"

enum { MAX_POINTS = 400 };

/* A copy of the curve with at most MAX_POINTS points. */
static td_status copy_thin(td_curve *out, const td_curve *curve, td_error *err) {
    if (curve->n == 0) return TD_OK;
    TD_NEW(out->x, curve->n, err);
    TD_NEW(out->y, curve->n, err);
    TD_NEW(out->threshold, curve->n, err);
    memcpy(out->x, curve->x, curve->n * sizeof *out->x);
    memcpy(out->y, curve->y, curve->n * sizeof *out->y);
    memcpy(out->threshold, curve->threshold, curve->n * sizeof *out->threshold);
    out->n = curve->n;
    td_curve_thin(out, MAX_POINTS);
    return TD_OK;
}

/* Greater share first, lower feature on a tie. */
static int by_share(const void *a, const void *b) {
    const td_run_importance *x = a;
    const td_run_importance *y = b;
    if (x->share != y->share) return x->share > y->share ? -1 : 1;
    return x->feature < y->feature ? -1 : 1;
}

/* share = gain of all splits on the feature / gain of all splits of the model. */
static td_status rank_features(td_run *run, td_error *err) {
    uint32_t n = td_model_n_features(run->trees[TD_RUN_PRIMARY]);
    TD_NEW_ZEROED(run->importance, n, err);
    double *gain = td_mem_array(n, sizeof *gain, err);
    if (gain == NULL) return TD_ERR_NOMEM;
    td_model_importance(run->trees[TD_RUN_PRIMARY], NULL, gain);
    double total = 0;
    for (uint32_t f = 0; f < n; f++) total += gain[f];
    for (uint32_t f = 0; f < n; f++) {
        if (!(gain[f] > 0)) continue;
        run->importance[run->n_importances++] = (td_run_importance){f, gain[f] / total};
    }
    td_mem_free(gain);
    if (run->n_importances > 1) {
        qsort(run->importance, run->n_importances, sizeof *run->importance, by_share);
    }
    return TD_OK;
}

/* Train and valid curves are not drawn. */
td_status td_run_summary(td_run *run, td_error *err) {
    for (int m = 0; m < TD_N_RUN_MODELS; m++) {
        TD_TRY(copy_thin(&run->roc[m], &run->evaluation[m][TD_TEST].roc, err));
        TD_TRY(copy_thin(&run->pr[m], &run->evaluation[m][TD_TEST].pr, err));
    }
    return rank_features(run, err);
}
