/* stats/assessment.c: every statistic of one to three scores from one sort each.
 *
 *   1. Sort each score (td_ranking). All see the same labels.
 *   2. Evaluate it; DeLong's variance; partial AUC, cheapest cut and scores by class off the
 * blocks.
 *   3. For every two scores DeLong's paired test.
 *   4. The bootstrap, for all scores with the same draws; intervals of a
 *      KS and of other numbers that are the best of many choices by folds, and of their
 *      differences likewise.
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

/* What the rows of every cut are worth. */
static void judge_money(td_assessment *out, uint32_t s, const td_ranking *ranking) {
    const int64_t *amount = out->request.amount;
    td_metric total = td_metric_undefined("no amounts are known");
    if (amount != NULL) total = td_top_amount_of(ranking, amount, ranking->n);
    for (uint32_t c = 0; c < out->evaluation[s].n_cuts; c++) {
        td_metric *found = &out->amount[s][c], *share = &out->amount_share[s][c];
        *found = *share = total;
        if (amount == NULL) continue;
        *found = *share = td_top_amount_of(ranking, amount, out->evaluation[s].at[c].k);
        if (!td_metric_is_defined(*found)) continue;
        *share = total.value > 0.0 ? td_metric_of(found->value / total.value)
                                   : td_metric_undefined("all amounts are 0");
    }
}

static td_status judge_score(td_assessment *out, uint32_t s, const td_ranking *ranking,
                             const td_exec *exec, td_error *err) {
    td_scored_rows rows = out->request.rows;
    double level = out->request.bootstrap.level;
    rows.level = level;
    if (s > 0) rows.score = out->request.other[s - 1];
    TD_TRY(td_evaluation_measure(&out->evaluation[s], ranking, &rows, exec, err));
    out->delong[s] = td_delong_measure(ranking);
    out->auc_interval[s] = td_delong_interval(out->delong[s], level, TD_AUC_PLAIN);
    out->auc_logit[s] = td_delong_interval(out->delong[s], level, TD_AUC_LOGIT);
    out->partial[s] = td_partial_auc_of(ranking, out->request.max_fpr);
    out->cheapest[s] = td_cheapest_cut_of(ranking, out->request.cost_fp, out->request.cost_fn);
    for (int label = 0; label < 2; label++)
        out->spread[s][label] = td_score_spread_of(ranking, label);
    judge_money(out, s, ranking);
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

/* Place in the bootstrap of every choice that folds judge. */
static const uint32_t place_of_choice[TD_N_FOLD_CHOICES] = {
    [TD_FOLD_ECE] = TD_BOOT_ECE,
    [TD_FOLD_ECE_MASS] = TD_BOOT_ECE_MASS,
    [TD_FOLD_WORST_GAP] = TD_BOOT_WORST_GAP,
    [TD_FOLD_MISCALIBRATION] = TD_BOOT_CORP_MISCALIBRATION,
    [TD_FOLD_DISCRIMINATION] = TD_BOOT_CORP_DISCRIMINATION,
    [TD_FOLD_COST] = TD_BOOT_CUT_COST};

static td_fold_rows fold_rows_of(const td_assessment *out, const td_ranking *ranking) {
    const td_bootstrap_params *params = &out->request.bootstrap;
    td_fold_rows rows = {.ranking = ranking,
                         .label = out->request.rows.label,
                         .level = params->level,
                         .seed = params->seed,
                         .cost_fp = out->request.cost_fp,
                         .cost_fn = out->request.cost_fn};
    if (params->resample == TD_RESAMPLE_CLUSTERS) {
        rows.cluster = params->cluster;
        rows.n_clusters = params->n_clusters;
    }
    return rows;
}

static td_status judge_choices(td_assessment *out, uint32_t s, const td_ranking *ranking,
                               const td_exec *exec, td_error *err) {
    td_fold_rows rows = fold_rows_of(out, ranking);
    td_metric found[TD_N_FOLD_CHOICES];
    for (int c = 0; c < TD_N_FOLD_CHOICES; c++)
        found[c] = td_statistic_of(out, s, place_of_choice[c]);
    TD_TRY(td_fold_intervals(out->folds[s], &rows, found, exec, err));
    for (int c = 0; c < TD_N_FOLD_CHOICES; c++)
        out->bootstrap.of[s][place_of_choice[c]].interval = out->folds[s][c].interval;
    return TD_OK;
}

static const uint32_t place_of_gap[TD_N_FOLD_GAPS] = {
    [TD_GAP_MISCALIBRATION] = TD_BOOT_CORP_MISCALIBRATION,
    [TD_GAP_DISCRIMINATION] = TD_BOOT_CORP_DISCRIMINATION,
    [TD_GAP_COST] = TD_BOOT_CUT_COST,
    [TD_GAP_KS] = TD_BOOT_KS};

static td_fold_known known_of(const td_assessment *out, uint32_t s) {
    const td_fold_result *folds = out->folds[s];
    td_fold_known known = {
        .held_out = {[TD_GAP_MISCALIBRATION] = folds[TD_FOLD_MISCALIBRATION].held_out,
                     [TD_GAP_DISCRIMINATION] = folds[TD_FOLD_DISCRIMINATION].held_out,
                     [TD_GAP_COST] = folds[TD_FOLD_COST].held_out,
                     [TD_GAP_KS] = out->ks[s].held_out}};
    for (int g = 0; g < TD_N_FOLD_GAPS; g++)
        known.found[g] = td_statistic_of(out, s, place_of_gap[g]);
    return known;
}

/* Differences by folds, where draws have none. */
static td_status judge_difference(td_assessment *out, uint32_t first, uint32_t second,
                                  const td_ranking *ranking, td_error *err) {
    const td_fold_rows rows[2] = {fold_rows_of(out, &ranking[first]),
                                  fold_rows_of(out, &ranking[second])};
    const td_fold_known known[2] = {known_of(out, first), known_of(out, second)};
    td_fold_difference gap[TD_N_FOLD_GAPS];
    td_spread *spread = out->bootstrap.difference[td_pair_at(first, second)];
    TD_TRY(td_fold_differences(gap, rows, known, err));
    for (int g = 0; g < TD_N_FOLD_GAPS; g++)
        spread[place_of_gap[g]] = (td_spread){gap[g].se, gap[g].interval, gap[g].p_value};
    return TD_OK;
}

static td_status resample(td_assessment *out, const td_ranking *ranking, const td_exec *exec,
                          td_error *err) {
    const td_assessment_request *request = &out->request;
    td_bootstrap_rows rows = {.n = request->rows.n,
                              .label = request->rows.label,
                              .n_scores = out->n_scores,
                              .score = {request->rows.score},
                              .cut = request->rows.cut,
                              .n_cuts = request->rows.n_cuts,
                              .amount = request->amount,
                              .max_fpr = request->max_fpr,
                              .cost_fp = request->cost_fp,
                              .cost_fn = request->cost_fn};
    for (uint32_t s = 0; s < out->n_scores; s++) {
        rows.ranking[s] = &ranking[s];
        if (s > 0) rows.score[s] = request->other[s - 1];
    }
    td_bootstrap_clear(&out->bootstrap, out->n_scores);
    if (request->bootstrap.n_replicates > 0)
        TD_TRY(td_bootstrap_run(&out->bootstrap, &rows, &request->bootstrap, exec, err));
    for (uint32_t s = 0; s < out->n_scores; s++) {
        TD_TRY(judge_ks(out, s, &ranking[s], err));
        TD_TRY(judge_choices(out, s, &ranking[s], exec, err));
        for (uint32_t a = 0; a < s; a++) TD_TRY(judge_difference(out, a, s, ranking, err));
    }
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
    double level = out->request.bootstrap.level;
    for (uint32_t s = 0; s < out->n_scores; s++) {
        const double *score = s > 0 ? out->request.other[s - 1] : rows->score;
        TD_TRY(td_ranking_build(&ranking[s], score, rows->label, rows->n, exec, err));
        TD_TRY(judge_score(out, s, &ranking[s], exec, err));
        for (uint32_t a = 0; a < s; a++)
            TD_TRY(td_delong_compare(&out->pair[td_pair_at(a, s)], &ranking[a], &ranking[s],
                                     rows->label, level, err));
    }
    return resample(out, ranking, exec, err);
}

td_status td_assessment_build(td_assessment *out, const td_assessment_request *request,
                              const td_exec *exec, td_error *err) {
    TD_TRY(check(request, err));
    out->request = *request;
    out->n_scores = 1;
    while (out->n_scores < TD_MAX_SCORES && request->other[out->n_scores - 1] != NULL)
        out->n_scores++;
    td_ranking ranking[TD_MAX_SCORES] = {0};
    td_status status = judge(out, ranking, exec, err);
    for (int s = 0; s < TD_MAX_SCORES; s++) td_ranking_free(&ranking[s]);
    if (status != TD_OK) td_assessment_free(out);
    return status;
}

/* ---- one statistic by its place ---- */

static td_metric value_of_cut(const td_assessment *a, uint32_t s, uint32_t place) {
    uint32_t cut = place / TD_BOOT_PER_CUT;
    if (cut >= a->evaluation[s].n_cuts) return td_metric_undefined("no such cut");
    const td_top_k *at = &a->evaluation[s].at[cut];
    const td_metric value[TD_BOOT_PER_CUT] = {[TD_BOOT_PRECISION] = at->precision,
                                              [TD_BOOT_RECALL] = at->recall,
                                              [TD_BOOT_LIFT] = at->lift,
                                              [TD_BOOT_AMOUNT] = a->amount[s][cut],
                                              [TD_BOOT_AMOUNT_SHARE] = a->amount_share[s][cut]};
    return value[place % TD_BOOT_PER_CUT];
}

static td_metric value_of_group(const td_gain_row *group, uint32_t which) {
    const td_metric value[TD_BOOT_PER_GROUP] = {
        [TD_BOOT_GROUP_RATE] = group->rate,
        [TD_BOOT_GROUP_LIFT] = group->lift,
        [TD_BOOT_GROUP_CUMULATIVE_RECALL] = group->cumulative.recall,
        [TD_BOOT_GROUP_CUMULATIVE_LIFT] = group->cumulative.lift};
    return value[which];
}

static td_metric value_of_cheapest(const td_assessment *a, uint32_t s, uint32_t place) {
    const td_cheapest_cut *cut = &a->cheapest[s];
    if (a->request.cost_fp + a->request.cost_fn <= 0.0) return td_metric_undefined("no costs");
    if (place == TD_BOOT_CUT_THRESHOLD) return cut->threshold;
    if (place == TD_BOOT_CUT_COST) return td_metric_of(cut->cost);
    return td_metric_of((double)(place == TD_BOOT_CUT_ROWS ? cut->rows : cut->hits));
}

td_metric td_statistic_of(const td_assessment *a, uint32_t s, uint32_t place) {
    const td_evaluation *e = &a->evaluation[s];
    const td_probability_metrics *p = &e->probability;
    const td_reliability *r = &e->reliability;
    if (place >= TD_BOOT_AT_K) return value_of_cut(a, s, place - TD_BOOT_AT_K);
    if (place >= TD_BOOT_GAINS) {
        place -= TD_BOOT_GAINS;
        return value_of_group(&e->gain[place / TD_BOOT_PER_GROUP], place % TD_BOOT_PER_GROUP);
    }
    if (place >= TD_BOOT_BIN_RATE) return p->bins[place - TD_BOOT_BIN_RATE].rate;
    if (place >= TD_BOOT_CUT_THRESHOLD) return value_of_cheapest(a, s, place);
    const td_metric value[TD_BOOT_CUT_THRESHOLD] = {
        [TD_BOOT_AUC] = e->roc_auc,
        [TD_BOOT_AP] = e->average_precision,
        [TD_BOOT_KS] = e->ks.value,
        [TD_BOOT_LOG_LOSS] = p->log_loss,
        [TD_BOOT_BRIER] = p->brier,
        [TD_BOOT_PR_AREA] = e->pr_area,
        [TD_BOOT_BASE_RATE] = p->base_rate,
        [TD_BOOT_MEAN_SCORE] = p->mean_score,
        [TD_BOOT_ECE] = p->ece,
        [TD_BOOT_ECE_MASS] = r->ece_mass,
        [TD_BOOT_WORST_GAP] = r->worst_gap,
        [TD_BOOT_UNCERTAINTY] = r->uncertainty,
        [TD_BOOT_CORP_MISCALIBRATION] = r->corp.miscalibration,
        [TD_BOOT_CORP_DISCRIMINATION] = r->corp.discrimination,
        [TD_BOOT_MURPHY_MISCALIBRATION] = r->murphy.miscalibration,
        [TD_BOOT_MURPHY_DISCRIMINATION] = r->murphy.discrimination,
        [TD_BOOT_PARTIAL_AREA] = a->partial[s].area,
        [TD_BOOT_PARTIAL_CORRECTED] = a->partial[s].corrected};
    return value[place];
}

void td_assessment_free(td_assessment *assessment) {
    for (int s = 0; s < TD_MAX_SCORES; s++) td_evaluation_free(&assessment->evaluation[s]);
    *assessment = (td_assessment){0};
}
