/* uplift/policy_report.c: from scores of actions to a policy tree with an honest value.
 *
 *   1. The tree of all rows is what one would use. Its own value is too good: it was chosen.
 *   2. Rows, or clusters, are dealt to two halves by turns, in random order (stream "policy
 *      halves"). The tree of each half decides for the other; over all rows
 *
 *          value      mean of G_decided
 *          over a     mean of G_decided - G_a       for each action a
 *
 *      with their standard errors tell what deciding by such a tree is worth, and worth beside
 *      giving every row one and the same action. G_a(i) is the score of action a on row i: outcome
 *      without bias (arm_scores.c), less the action's cost.
 *   3. Standard errors: sd / sqrt(n); with clusters sqrt(G / (G - 1) sum_c s_c^2) / n over the G
 *      clusters, s_c being the sum of a cluster's deviations from the mean (Liang and Zeger).
 *
 * Cost: three searches of policy_tree.c. What it does not do: count what the scores owe to models
 * that saw rows of both halves (they are out of fold, not out of half). Athey and Wager (2021),
 * doi:10.3982/ECTA15732; Liang and Zeger (1986), doi:10.1093/biomet/73.1.13. */
#include "uplift/policy_report.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/rng.h"
#include "gbdt/binning.h"
#include "gbdt/subset.h"
#include "uplift/inference_parts.h"

typedef struct halves {
    const td_policy_cases *cases;
    const td_policy_params *params;
    const td_exec *exec;
    uint8_t *half;    /* [n] 0 or 1 */
    uint32_t *row;    /* [n] rows of the table: of one half */
    uint32_t *action; /* [n] decided for each row, and of one half */
    uint32_t *part_action;
    double *part;  /* [n_actions * n] scores of one half */
    double *gain;  /* [n] differences */
    double *sum;   /* [2 * n_clusters] of deviations, then rows */
    double *label; /* [rows of the table] zeros: subsets want one */
} halves;

static td_status halves_init(halves *h, td_error *err) {
    const td_policy_cases *cases = h->cases;
    uint64_t n = cases->n;
    TD_NEW(h->half, n, err);
    TD_NEW(h->row, n, err);
    TD_NEW(h->action, n, err);
    TD_NEW(h->part_action, n, err);
    TD_NEW(h->part, cases->n_actions * n, err);
    TD_NEW(h->gain, n, err);
    TD_NEW(h->sum, 2 * (uint64_t)cases->n_clusters + 1, err);
    TD_NEW_ZEROED(h->label, td_binned_rows(cases->bins), err);
    return TD_OK;
}

static void halves_free(halves *h) {
    td_mem_free(h->half);
    td_mem_free(h->row);
    td_mem_free(h->action);
    td_mem_free(h->part_action);
    td_mem_free(h->part);
    td_mem_free(h->gain);
    td_mem_free(h->sum);
    td_mem_free(h->label);
}

/* Units (clusters, else cases) that have a case, ascending; returns how many. */
static uint32_t list_units(uint32_t *unit, uint8_t *is_met, const td_policy_cases *cases) {
    uint32_t n = 0;
    if (cases->cluster == NULL) {
        for (uint32_t i = 0; i < cases->n; i++) unit[i] = i;
        return (uint32_t)cases->n;
    }
    for (uint64_t i = 0; i < cases->n; i++) is_met[cases->cluster[cases->row[i]]] = 1;
    for (uint32_t c = 0; c < cases->n_clusters; c++) {
        if (is_met[c]) unit[n++] = c;
    }
    return n;
}

/* Shuffled (Fisher and Yates), every other unit goes to half 1: sizes differ by one at most. */
static td_status deal(uint8_t *half_of, uint32_t *unit, halves *h, td_error *err) {
    const td_policy_cases *cases = h->cases;
    td_rng rng = td_rng_stream(cases->seed, "policy halves", 0, 0);
    uint32_t n = list_units(unit, half_of, cases);
    TD_CHECK(n >= 2, err, TD_ERR_SHAPE,
             "%s to part into two halves, for a tree's worth on either: %u, at least 2 are needed",
             cases->cluster != NULL ? "clusters" : "rows", n);
    for (uint32_t k = n; k > 1; k--) {
        uint32_t other = (uint32_t)td_rng_below(&rng, k), held = unit[k - 1];
        unit[k - 1] = unit[other];
        unit[other] = held;
    }
    for (uint32_t k = 0; k < n; k++) half_of[unit[k]] = k & 1;
    for (uint64_t i = 0; i < cases->n; i++) {
        h->half[i] = half_of[cases->cluster != NULL ? cases->cluster[cases->row[i]] : i];
    }
    return TD_OK;
}

static td_status draw_halves(halves *h, td_error *err) {
    const td_policy_cases *cases = h->cases;
    uint64_t n_units = (cases->cluster != NULL ? cases->n_clusters : cases->n) + UINT64_C(1);
    uint32_t *unit = td_mem_array(n_units, sizeof *unit, err);
    uint8_t *half_of = td_mem_zeroed(n_units, sizeof *half_of, err);
    td_status status = TD_ERR_NOMEM;
    if (unit != NULL && half_of != NULL) status = deal(half_of, unit, h, err);
    td_mem_free(unit);
    td_mem_free(half_of);
    return status;
}

/* Codes of one half's rows (2: of all), their scores packed into h->part. */
static td_status take_half(td_binned **out, halves *h, int half, td_error *err) {
    const td_policy_cases *cases = h->cases;
    uint64_t n_half = 0, k = 0;
    for (uint64_t i = 0; i < cases->n; i++) n_half += half == 2 || h->half[i] == half;
    for (uint64_t i = 0; i < cases->n; i++) {
        if (half != 2 && h->half[i] != half) continue;
        h->row[k] = cases->row[i];
        for (uint32_t a = 0; a < cases->n_actions; a++) {
            h->part[a * n_half + k] = cases->score[a * cases->n + i];
        }
        k++;
    }
    td_subset subset = {h->row, n_half, h->label, NULL, TD_OBJECTIVE_REGRESSION, 0};
    return td_binned_take(out, cases->bins, &subset, h->exec, err);
}

static td_status fit_half(td_policy_tree *tree, halves *h, int half, td_error *err) {
    td_binned *binned;
    TD_TRY(take_half(&binned, h, half, err));
    td_policy_rows rows = {binned, h->part, h->cases->n_actions};
    td_status status = td_policy_tree_fit(tree, &rows, h->params, h->exec, err);
    td_binned_free(binned);
    return status;
}

/* action[i] of the rows of `half` (2: of all) by a tree. */
static td_status decide_half(halves *h, int half, const td_policy_tree *tree, td_error *err) {
    td_binned *binned;
    TD_TRY(take_half(&binned, h, half, err));
    td_policy_tree_apply(h->part_action, tree, binned);
    uint64_t k = 0;
    for (uint64_t i = 0; i < h->cases->n; i++) {
        if (half == 2 || h->half[i] == half) h->action[i] = h->part_action[k++];
    }
    td_binned_free(binned);
    return TD_OK;
}

/* Step 3, of h->gain. */
static td_effect_estimate estimate(const halves *h, double level) {
    const td_policy_cases *cases = h->cases;
    td_effect_estimate alone = td_effect_mean(h->gain, cases->n, level);
    if (cases->cluster == NULL) return alone;
    double *sum = h->sum, *rows = sum + cases->n_clusters, n_met = 0;
    memset(sum, 0, 2 * (uint64_t)cases->n_clusters * sizeof *sum);
    for (uint64_t i = 0; i < cases->n; i++) {
        uint32_t c = cases->cluster[cases->row[i]];
        sum[c] += h->gain[i] - alone.value;
        rows[c]++;
    }
    td_sum squares = {0, 0};
    for (uint32_t c = 0; c < cases->n_clusters; c++) {
        td_sum_add(&squares, sum[c] * sum[c]);
        n_met += rows[c] > 0; /* clusters of left-out arms have no case */
    }
    double se = sqrt(n_met / (n_met - 1) * td_sum_value(&squares)) / (double)cases->n;
    return td_effect_estimate_of(alone.value, n_met > 1 ? se : 0, level);
}

/* Shares of the actions among h->action. */
static void count_shares(double *share, const halves *h) {
    uint64_t n = h->cases->n, chosen[TD_POLICY_MAX_ACTIONS] = {0};
    for (uint64_t i = 0; i < n; i++) chosen[h->action[i]]++;
    for (uint32_t a = 0; a < h->cases->n_actions; a++) share[a] = (double)chosen[a] / (double)n;
}

static td_status build(td_policy_report *out, halves *h, double level, td_error *err) {
    const td_policy_cases *cases = h->cases;
    uint64_t n = cases->n;
    TD_TRY(fit_half(&out->tree, h, 2, err));
    TD_TRY(decide_half(h, 2, &out->tree, err));
    count_shares(out->tree_share, h);
    for (int half = 0; half < 2; half++) {
        td_policy_tree tree;
        TD_TRY(fit_half(&tree, h, half, err));
        TD_TRY(decide_half(h, !half, &tree, err));
    }
    count_shares(out->share, h);
    for (uint64_t i = 0; i < n; i++) h->gain[i] = cases->score[h->action[i] * n + i];
    out->value = estimate(h, level);
    for (uint32_t a = 0; a < cases->n_actions; a++) {
        for (uint64_t i = 0; i < n; i++) {
            h->gain[i] = cases->score[h->action[i] * n + i] - cases->score[a * n + i];
        }
        out->over[a] = estimate(h, level);
    }
    return TD_OK;
}

td_status td_policy_report_build(td_policy_report *out, const td_policy_cases *cases,
                                 const td_policy_params *params, double level, const td_exec *exec,
                                 td_error *err) {
    halves h = {.cases = cases, .params = params, .exec = exec};
    memset(out, 0, sizeof *out);
    td_status status = halves_init(&h, err);
    if (status == TD_OK) status = draw_halves(&h, err);
    if (status == TD_OK) status = build(out, &h, level, err);
    halves_free(&h);
    return status;
}
