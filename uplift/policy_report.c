/* uplift/policy_report.c: from nuisance models to a policy tree with an honest value.
 *
 *   1. Score of an action: G0 = mu0 + (1 - w)/(1 - e) (y - mu0), G1 = mu1 + w/e (y - mu1) - cost:
 *      each row's outcome under the action, without bias when e or mu is right.
 *   2. The tree of all rows is what one would use. Its own value is too good: it was chosen.
 *   3. Rows draw a half (stream "policy halves"). The tree of each half decides for the other; over
 *      all rows the mean of G(decided) - G0 and of G(decided) - G1, with their standard errors,
 *      tell what deciding by such a tree is worth beside treating nobody and everybody.
 *
 * Cost: three searches of policy_tree.c. Athey and Wager (2021), doi:10.3982/ECTA15732. */
#include "uplift/policy_report.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"
#include "gbdt/binning.h"
#include "gbdt/subset.h"

typedef struct halves {
    const td_nuisance *nuisance;
    const td_exec *exec;
    double *score;    /* [2 * n] actions' scores of the nuisance's rows */
    uint8_t *half;    /* [n] 0 or 1 */
    uint32_t *row;    /* [n] rows of the table: of one half */
    uint32_t *action; /* [n] */
    double *part;     /* [2 * n] scores of one half, then differences */
    double *label;    /* [rows of the table] zeros: subsets want one */
} halves;

static td_status halves_init(halves *h, double cost, td_error *err) {
    const td_nuisance *rows = h->nuisance;
    uint64_t n = rows->n;
    TD_NEW(h->score, 2 * n, err);
    TD_NEW(h->half, n, err);
    TD_NEW(h->row, n, err);
    TD_NEW(h->action, n, err);
    TD_NEW(h->part, 2 * n, err);
    TD_NEW_ZEROED(h->label, td_binned_rows(rows->bins), err);
    td_rng rng = td_rng_stream(0, "policy halves", 0, 0);
    for (uint64_t i = 0; i < n; i++) {
        double w = rows->treated[i], e = rows->propensity[i], y = rows->outcome[i];
        h->half[i] = (uint8_t)td_rng_below(&rng, 2);
        h->score[i] = rows->mu0[i] + (1 - w) / (1 - e) * (y - rows->mu0[i]);
        h->score[n + i] = rows->mu1[i] + w / e * (y - rows->mu1[i]) - cost;
    }
    return TD_OK;
}

static void halves_free(halves *h) {
    td_mem_free(h->score);
    td_mem_free(h->half);
    td_mem_free(h->row);
    td_mem_free(h->action);
    td_mem_free(h->part);
    td_mem_free(h->label);
}

/* Codes of one half's rows (2: of all), their scores packed into h->part. */
static td_status take_half(td_binned **out, halves *h, int half, td_error *err) {
    uint64_t n = h->nuisance->n, n_half = 0;
    for (uint64_t i = 0; i < n; i++) n_half += half == 2 || h->half[i] == half;
    uint64_t k = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (half != 2 && h->half[i] != half) continue;
        h->row[k] = h->nuisance->row[i];
        h->part[k] = h->score[i];
        h->part[n_half + k++] = h->score[n + i];
    }
    td_subset subset = {h->row, n_half, h->label, NULL, TD_OBJECTIVE_REGRESSION};
    return td_binned_take(out, h->nuisance->bins, &subset, h->exec, err);
}

static td_status fit_half(td_policy_tree *tree, halves *h, int half, td_error *err) {
    td_binned *binned;
    td_policy_params params = td_policy_params_default();
    TD_TRY(take_half(&binned, h, half, err));
    td_policy_rows rows = {binned, h->part, 2};
    td_status status = td_policy_tree_fit(tree, &rows, &params, h->exec, err);
    td_binned_free(binned);
    return status;
}

/* action[i] of the rows of `half` by a tree. */
static td_status decide_half(halves *h, int half, const td_policy_tree *tree, td_error *err) {
    td_binned *binned;
    uint32_t *action;
    TD_NEW(action, h->nuisance->n, err);
    td_status status = take_half(&binned, h, half, err);
    if (status == TD_OK) {
        td_policy_tree_apply(action, tree, binned);
        uint64_t k = 0;
        for (uint64_t i = 0; i < h->nuisance->n; i++) {
            if (h->half[i] == half) h->action[i] = action[k++];
        }
        td_binned_free(binned);
    }
    td_mem_free(action);
    return status;
}

static td_status build(td_policy_report *out, halves *h, double level, td_error *err) {
    uint64_t n = h->nuisance->n, treated = 0;
    TD_TRY(fit_half(&out->tree, h, 2, err));
    for (int half = 0; half < 2; half++) {
        td_policy_tree tree;
        TD_TRY(fit_half(&tree, h, half, err));
        TD_TRY(decide_half(h, !half, &tree, err));
    }
    for (uint64_t i = 0; i < n; i++) {
        double value = h->score[h->action[i] * n + i];
        treated += h->action[i];
        h->part[i] = value - h->score[i];
        h->part[n + i] = value - h->score[n + i];
    }
    out->over_none = td_effect_mean(h->part, n, level);
    out->over_all = td_effect_mean(h->part + n, n, level);
    out->share_treated = (double)treated / (double)n;
    return TD_OK;
}

td_status td_policy_report_build(td_policy_report *out, const td_nuisance *nuisance, double cost,
                                 double level, const td_exec *exec, td_error *err) {
    halves h = {.nuisance = nuisance, .exec = exec};
    memset(out, 0, sizeof *out);
    td_status status = halves_init(&h, cost, err);
    if (status == TD_OK) status = build(out, &h, level, err);
    halves_free(&h);
    return status;
}
