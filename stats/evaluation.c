/* stats/evaluation.c: one ranking, read by every metric.
 *
 * Steps: (1) sort once; (2) AUC, average precision, KS and the cuts walk the blocks of equal score;
 * (3) the gains table and the curves; (4) log-loss, Brier and reliability in one pass over the
 * rows, and the Brier score taken apart off the blocks. O(n). Intervals are not computed here. */
#include "stats/evaluation.h"

uint32_t td_default_cuts(td_cut *cut, uint64_t n) {
    static const td_cut standard[] = {{100, 0},  {500, 0}, {1000, 0}, {0, 0.01},
                                      {0, 0.05}, {0, 0.1}, {0, 0.2}};
    uint32_t n_cuts = 0;
    for (uint32_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        if (standard[i].k <= n) cut[n_cuts++] = standard[i];
    }
    return n_cuts;
}

static void measure_cuts(td_evaluation *out, const td_ranking *ranking,
                         const td_scored_rows *rows) {
    out->n_cuts = rows->n_cuts;
    for (uint32_t i = 0; i < rows->n_cuts; i++) {
        td_cut cut = rows->cut[i];
        uint64_t k = cut.share > 0 ? td_ranking_k_of_share(ranking, cut.share) : cut.k;
        out->cut[i] = cut;
        out->at[i] = td_ranking_top_k(ranking, k);
    }
}

static td_status measure(td_evaluation *out, const td_ranking *ranking, const td_scored_rows *rows,
                         td_error *err) {
    out->roc_auc = td_ranking_auc(ranking);
    out->average_precision = td_ranking_average_precision(ranking);
    out->pr_area = td_ranking_pr_area(ranking);
    out->ks = td_ranking_ks(ranking);
    measure_cuts(out, ranking, rows);
    td_gain_table(out->gain, TD_GAIN_GROUPS, ranking);
    if (td_metric_is_defined(out->roc_auc)) TD_TRY(td_curve_roc(&out->roc, ranking, err));
    if (td_metric_is_defined(out->average_precision)) TD_TRY(td_curve_pr(&out->pr, ranking, err));
    return TD_OK;
}

static td_status measure_all(td_evaluation *out, const td_ranking *ranking,
                             const td_scored_rows *rows, const td_exec *exec, td_error *err) {
    out->n = rows->n;
    out->n_positives = ranking->n_positives;
    TD_TRY(measure(out, ranking, rows, err));
    double level = rows->level > 0 ? rows->level : 0.95;
    TD_TRY(td_reliability_measure(&out->reliability, ranking, level, err));
    return td_probability_measure(&out->probability, rows->score, rows->label, rows->n, exec, err);
}

td_status td_evaluation_measure(td_evaluation *out, const td_ranking *ranking,
                                const td_scored_rows *rows, const td_exec *exec, td_error *err) {
    TD_CHECK(rows->n_cuts <= TD_MAX_CUTS, err, TD_ERR_ARG, "%u cuts, at most %d are possible",
             rows->n_cuts, TD_MAX_CUTS);
    td_status status = measure_all(out, ranking, rows, exec, err);
    if (status != TD_OK) td_evaluation_free(out);
    return status;
}

td_status td_evaluation_build(td_evaluation *out, const td_scored_rows *rows, const td_exec *exec,
                              td_error *err) {
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, rows->score, rows->label, rows->n, exec, err));
    td_status status = td_evaluation_measure(out, &ranking, rows, exec, err);
    td_ranking_free(&ranking);
    return status;
}

void td_evaluation_free(td_evaluation *evaluation) {
    td_curve_free(&evaluation->roc);
    td_curve_free(&evaluation->pr);
    *evaluation = (td_evaluation){0};
}
