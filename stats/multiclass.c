/* stats/multiclass.c: log-loss, error, confusion counts and one-against-the-rest AUC of classes.
 *
 *     log-loss     -(1/n) sum over rows of log(max(p of the row's class, 2^-52))
 *     error        (1/n) rows where some other class has a probability >= that of the row's own
 *     mean recall  mean over classes i with rows of (rows of i predicted i) / (rows of i)
 *
 * A tie is an error: a model that gives every class the same probability has found nothing (the
 * rule of LightGBM's multi_error). The confusion counts follow it, so that error is exactly the
 * share of the counts off the diagonal. Sums run in row order with Neumaier's compensation.
 * Weights are not known here. Cost: one pass, a logarithm a row. */
#include "stats/multiclass.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/ranking.h"

/* Labels come from a file, probabilities perhaps from another program: both are checked. */
static td_status check_row(const td_class_rows *rows, uint64_t i, td_error *err) {
    unsigned long long number = i + 1;
    double label = rows->label[i], sum = 0;
    TD_CHECK(label >= 0 && label < rows->n_classes && label == floor(label), err, TD_ERR_RANGE,
             "row %llu: label %.17g is no class 0 .. %u", number, label, rows->n_classes - 1);
    for (uint32_t k = 0; k < rows->n_classes; k++) {
        double p = rows->probability[k * rows->n + i];
        TD_CHECK(p >= 0 && p <= 1, err, TD_ERR_RANGE,
                 "row %llu: %.17g is no probability of class %u", number, p, k);
        sum += p;
    }
    TD_CHECK(fabs(sum - 1) <= 1e-6, err, TD_ERR_RANGE,
             "row %llu: the probabilities of its %u classes add up to %.9g", number,
             rows->n_classes, sum);
    return TD_OK;
}

/* The row's own class only when it beats all others; else the lowest of the most probable ones. */
static uint32_t predicted_class(const td_class_rows *rows, uint64_t i) {
    const double *p = rows->probability + i;
    uint32_t own = (uint32_t)rows->label[i], best = own == 0 ? 1 : 0;
    for (uint32_t k = 0; k < rows->n_classes; k++) {
        if (k != own && p[k * rows->n] > p[best * rows->n]) best = k;
    }
    return p[own * rows->n] > p[best * rows->n] ? own : best;
}

/* The counts are integers, so error and recall are exact ratios; only the log-loss is a sum. */
static void sum_up(td_multiclass_metrics *out, const uint64_t *count, const td_class_rows *rows,
                   double loss) {
    uint64_t hits = 0, n_classes = rows->n_classes, n_seen = 0;
    double recall = 0;
    for (uint64_t i = 0; i < n_classes; i++) {
        uint64_t of_class = 0, found = count[i * n_classes + i];
        for (uint64_t j = 0; j < n_classes; j++) of_class += count[i * n_classes + j];
        hits += found;
        n_seen += of_class > 0;
        if (of_class > 0) recall += (double)found / (double)of_class;
    }
    double n = (double)rows->n;
    out->log_loss = td_metric_of(loss / n);
    out->error = td_metric_of((double)(rows->n - hits) / n);
    out->mean_recall = td_metric_of(recall / (double)n_seen);
}

static td_status measure(td_multiclass_metrics *out, uint64_t *count, const td_class_rows *rows,
                         td_error *err) {
    td_sum loss = {0};
    memset(count, 0, (uint64_t)rows->n_classes * rows->n_classes * sizeof *count);
    for (uint64_t i = 0; i < rows->n; i++) {
        TD_TRY(check_row(rows, i, err));
        uint32_t own = (uint32_t)rows->label[i];
        count[own * rows->n_classes + predicted_class(rows, i)]++;
        td_sum_add(&loss, -td_log(fmax(rows->probability[own * rows->n + i], 0x1p-52)));
    }
    if (rows->n > 0) sum_up(out, count, rows, td_sum_value(&loss));
    return TD_OK;
}

td_status td_multiclass_measure(td_multiclass_metrics *out, uint64_t *count,
                                const td_class_rows *rows, td_error *err) {
    td_metric none = td_metric_undefined("no rows");
    *out = (td_multiclass_metrics){none, none, none};
    if (count != NULL) return measure(out, count, rows, err);
    uint64_t *own;
    TD_NEW(own, (uint64_t)rows->n_classes * rows->n_classes, err);
    td_status status = measure(out, own, rows, err);
    td_mem_free(own);
    return status;
}

/* One class against the rest is a question with two classes: ranking.c answers it. */
td_status td_multiclass_auc(td_metric *auc, const td_class_rows *rows, uint32_t of_class,
                            const td_exec *exec, td_error *err) {
    td_ranking ranking = {0};
    double *is_class;
    TD_NEW(is_class, rows->n, err);
    for (uint64_t i = 0; i < rows->n; i++) is_class[i] = rows->label[i] == of_class;
    td_status status = td_ranking_build(&ranking, rows->probability + of_class * rows->n, is_class,
                                        rows->n, exec, err);
    if (status == TD_OK) *auc = td_ranking_auc(&ranking);
    td_ranking_free(&ranking);
    td_mem_free(is_class);
    return status;
}
