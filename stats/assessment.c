/* stats/assessment.c: every statistic of one or two scores from one sort each.
 *
 *   1. Sort each score (td_ranking). Both see the same labels.
 *   2. Evaluate it; DeLong's variance; partial AUC, cheapest cut and scores by class off the
 * blocks.
 *   3. With two scores DeLong's paired test.
 *   4. The bootstrap, for both scores with the same draws; the interval of a KS by folds.
 *   5. The interval of an AUC is DeLong's, which needs no draws, unless rows come in clusters: then
 *      its independence is false and the bootstrap's interval takes its place.
 * Cost: O(n) a score, O(n) a score and replicate. Memory as td_bootstrap_run beside 20 n bytes a
 * score. */
#include "stats/assessment.h"

static const char *const CLUSTERED =
    "rows come in clusters, DeLong's formula holds for single rows";

static td_status check(const td_assessment_request *request, td_error *err) {
    TD_CHECK(request->max_fpr >= 0.0 && request->max_fpr <= 1.0, err, TD_ERR_RANGE,
             "a false positive rate of %g lies outside [0, 1]", request->max_fpr);
    double cost = request->cost_fp + request->cost_fn;
    TD_CHECK(request->cost_fp >= 0.0 && request->cost_fn >= 0.0 && cost - cost == 0.0, err,
             TD_ERR_RANGE, "costs %g and %g, must be finite and not negative", request->cost_fp,
             request->cost_fn);
    return TD_OK;
}

static td_status judge_score(td_assessment *out, uint32_t s, const td_ranking *ranking,
                             const td_exec *exec, td_error *err) {
    td_scored_rows rows = out->request.rows;
    double level = out->request.bootstrap.level;
    rows.level = level;
    if (s == 1) rows.score = out->request.second;
    TD_TRY(td_evaluation_measure(&out->evaluation[s], ranking, &rows, exec, err));
    out->delong[s] = td_delong_measure(ranking);
    out->auc_interval[s] = td_delong_interval(out->delong[s], level, TD_AUC_PLAIN);
    out->auc_logit[s] = td_delong_interval(out->delong[s], level, TD_AUC_LOGIT);
    out->partial[s] = td_partial_auc_of(ranking, out->request.max_fpr);
    out->cheapest[s] = td_cheapest_cut_of(ranking, out->request.cost_fp, out->request.cost_fn);
    for (int label = 0; label < 2; label++)
        out->spread[s][label] = td_score_spread_of(ranking, label);
    return TD_OK;
}

/* The interval of a KS needs no draws; it takes the place of theirs. */
static td_status judge_ks(td_assessment *out, uint32_t s, const td_ranking *ranking,
                          td_error *err) {
    const td_bootstrap_params *params = &out->request.bootstrap;
    td_ks_rows rows = {.ranking = ranking, .label = out->request.rows.label};
    if (params->resample == TD_RESAMPLE_CLUSTERS) {
        rows.cluster = params->cluster;
        rows.n_clusters = params->n_clusters;
    }
    TD_TRY(td_ks_interval_of(&out->ks[s], &rows, params->level, params->seed, err));
    out->bootstrap.of[s][TD_BOOT_KS].interval = out->ks[s].interval;
    return TD_OK;
}

static td_status resample(td_assessment *out, const td_ranking *ranking, const td_exec *exec,
                          td_error *err) {
    const td_assessment_request *request = &out->request;
    td_bootstrap_rows rows = {.n = request->rows.n,
                              .label = request->rows.label,
                              .n_scores = out->n_scores,
                              .score = {request->rows.score, request->second},
                              .ranking = {&ranking[0], &ranking[1]},
                              .cut = request->rows.cut,
                              .n_cuts = request->rows.n_cuts};
    td_bootstrap_clear(&out->bootstrap, out->n_scores);
    if (request->bootstrap.n_replicates > 0)
        TD_TRY(td_bootstrap_run(&out->bootstrap, &rows, &request->bootstrap, exec, err));
    for (uint32_t s = 0; s < out->n_scores; s++) TD_TRY(judge_ks(out, s, &ranking[s], err));
    if (request->bootstrap.resample != TD_RESAMPLE_CLUSTERS) return TD_OK;
    for (uint32_t s = 0; s < out->n_scores; s++) {
        out->auc_interval[s] = out->bootstrap.of[s][TD_BOOT_AUC].interval;
        out->auc_logit[s] = td_interval_undefined(CLUSTERED);
    }
    return TD_OK;
}

static td_status judge(td_assessment *out, td_ranking *ranking, const td_exec *exec,
                       td_error *err) {
    const td_scored_rows *rows = &out->request.rows;
    const double *score[2] = {rows->score, out->request.second};
    for (uint32_t s = 0; s < 2 && score[s] != NULL; s++) {
        TD_TRY(td_ranking_build(&ranking[s], score[s], rows->label, rows->n, exec, err));
        TD_TRY(judge_score(out, s, &ranking[s], exec, err));
    }
    if (out->n_scores == 2)
        TD_TRY(td_delong_compare(&out->pair, &ranking[0], &ranking[1], rows->label,
                                 out->request.bootstrap.level, err));
    return resample(out, ranking, exec, err);
}

td_status td_assessment_build(td_assessment *out, const td_assessment_request *request,
                              const td_exec *exec, td_error *err) {
    TD_TRY(check(request, err));
    out->request = *request;
    out->n_scores = request->second != NULL ? 2 : 1;
    td_ranking ranking[2] = {0};
    td_status status = judge(out, ranking, exec, err);
    for (int s = 0; s < 2; s++) td_ranking_free(&ranking[s]);
    if (status != TD_OK) td_assessment_free(out);
    return status;
}

void td_assessment_free(td_assessment *assessment) {
    for (int s = 0; s < 2; s++) td_evaluation_free(&assessment->evaluation[s]);
    *assessment = (td_assessment){0};
}
