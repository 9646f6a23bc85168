/* cli/assign_plan.c: `tundish assign` from options to a split and its audit; the steps stand in
 * cli/cmd_assign.c.
 *
 *     arms, weights -> units -> outside the slots? -> salt, salt#1, ... -> sizes, earlier splits
 *
 *   point(id) = first 8 bytes of SHA-256(salt:id) / 2^64          uniform in [0, 1)
 *   arm       = the one whose running share holds the point; within strata the order of the points
 *
 *   Groups have a salt of their own ("group:NAME"): a visitor's point in the group says nothing of
 *   his arm, and experiments with disjoint slots of one group share no visitor. Re-randomisation
 *   (--accept) tries salts rather than seeds, so that the accepted split can be repeated by anybody
 *   who knows the salt (Morgan and Rubin 2012, doi:10.1214/12-AOS1008).
 *
 * Cost: one SHA-256 a visitor and salt tried. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/assign.h"

/* --- the plan --------------------------------------------------------------------------------- */

/* One weight an arm, on any scale; equal ones when --weights is not given. */
static td_status read_weights(td_assignment *p, td_error *err) {
    const char *const *weight = NULL;
    uint32_t n = 0;
    TD_TRY(td_list_split(&weight, &n, p->options->weights, "weights", &p->units.arena, err));
    TD_CHECK(n == 0 || n == p->arms.n, err, TD_ERR_ARG, "--weights: %u values for %u arms", n,
             p->arms.n);
    for (uint32_t a = 0; a < p->arms.n; a++) {
        p->weight[a] = 1.0;
        TD_CHECK(n == 0 || td_text_is_real(weight[a], &p->weight[a]), err, TD_ERR_ARG,
                 "--weights: '%s' is not a number", weight[a]);
    }
    return td_arm_weights_check(&p->arms, err);
}

static td_status read_arms(td_assignment *p, td_error *err) {
    const char *const *name = NULL;
    TD_TRY(td_list_split(&name, &p->arms.n, p->options->arms, "arms", &p->units.arena, err));
    TD_CHECK(p->arms.n <= TD_ASSIGN_ARMS, err, TD_ERR_ARG, "--arms: at most %d", TD_ASSIGN_ARMS);
    for (uint32_t a = 0; a < p->arms.n; a++) {
        p->name[a] = name[a];
        for (uint32_t b = 0; b < a; b++)
            TD_CHECK(strcmp(name[a], name[b]) != 0, err, TD_ERR_ARG, "--arms: '%s' is there twice",
                     name[a]);
    }
    return read_weights(p, err);
}

/* Step 2: arm[i] is TD_ARM_NONE outside the slots, 0 within. */
static td_status exclude(td_assignment *p, const td_cli *cli, td_error *err) {
    const td_assign_options *o = p->options;
    char salt[256], first[32] = "";
    double from = 0, to = 1;
    memset(p->arm, 0, p->units.ids.n * sizeof *p->arm);
    TD_CHECK((o->group == NULL) == (o->slots == NULL), err, TD_ERR_ARG,
             "--group and --slots belong together");
    if (o->group == NULL) return TD_OK;
    const char *dots = strstr(o->slots, "..");
    int is_read = dots != NULL && (size_t)(dots - o->slots) < sizeof first;
    if (is_read) memcpy(first, o->slots, (size_t)(dots - o->slots));
    is_read = is_read && td_text_is_real(first, &from) && td_text_is_real(dots + 2, &to);
    TD_CHECK(is_read && from >= 0 && from < to && to <= 1, err, TD_ERR_ARG,
             "--slots: '%s' is not FROM..TO within 0..1", o->slots);
    snprintf(salt, sizeof salt, "group:%.190s", o->group);
    TD_TRY(td_assign_points(p->point, salt, &p->units.ids, &cli->exec, err));
    for (uint64_t i = 0; i < p->units.ids.n; i++)
        if (p->point[i] < from || p->point[i] >= to) p->arm[i] = TD_ARM_NONE;
    return TD_OK;
}

/* Step 3 for one salt. */
static td_status split(td_assignment *p, const char *salt, uint32_t *arm, const td_cli *cli,
                       td_error *err) {
    TD_TRY(td_assign_points(p->point, salt, &p->units.ids, &cli->exec, err));
    if (p->options->stratum != NULL)
        return td_assign_strata(arm, &p->arms, p->point, p->units.strata.code, p->units.ids.n, err);
    for (uint64_t i = 0; i < p->units.ids.n; i++)
        if (arm[i] != TD_ARM_NONE) arm[i] = td_assign_arm(&p->arms, p->point[i]);
    return TD_OK;
}

/* Step 4. */
static td_status try_salts(td_assignment *p, const td_cli *cli, td_error *err) {
    const td_assign_options *o = p->options;
    td_covariates *x = &p->units.covariates;
    p->has_balance = x->n > 0;
    p->threshold = (double)NAN;
    TD_CHECK(o->accept > 0, err, TD_ERR_ARG, "--accept: 0 accepts no split");
    TD_CHECK(o->accept >= 1 || x->n > 0, err, TD_ERR_ARG,
             "--accept needs --balance: balanced in which columns?");
    for (p->n_tries = 1; p->n_tries <= o->max_tries; p->n_tries++) {
        snprintf(p->salt, sizeof p->salt, p->n_tries == 1 ? "%.190s" : "%.190s#%lld", o->salt,
                 (long long)p->n_tries - 1);
        TD_TRY(split(p, p->salt, p->arm, cli, err));
        if (!p->has_balance) return TD_OK;
        TD_TRY(td_balance_measure(&p->balance, p->arm, p->units.ids.n, p->arms.n, x, err));
        TD_CHECK(o->accept >= 1 || p->balance.df > 0, err, TD_ERR_RANGE,
                 "--accept: the columns of --balance do not vary: every split is balanced");
        if (o->accept >= 1) return TD_OK;
        p->threshold = td_balance_threshold(p->balance.df, o->accept);
        if (p->balance.distance <= p->threshold) return TD_OK;
    }
    TD_FAIL(err, TD_ERR_NUMERIC,
            "none of %lld salts is balanced enough (distance below %.4g): raise --accept or "
            "--max-tries",
            (long long)o->max_tries, p->threshold);
}

/* --- audit ------------------------------------------------------------------------------------ */

/* Sizes of those in the experiment, against the weights: sample ratio mismatch. */
static td_status count_arms(td_assignment *p, td_error *err) {
    for (uint64_t i = 0; i < p->units.ids.n; i++) {
        if (p->arm[i] == TD_ARM_NONE) {
            p->n_outside++;
        } else {
            p->size[p->arm[i]]++;
        }
    }
    return td_srm_check(&p->srm, p->size, p->weight, p->arms.n, err);
}

/* Step 5: every earlier salt, then the column. */
static td_status compare_earlier(td_assignment *p, const td_cli *cli, td_error *err) {
    const td_assign_options *o = p->options;
    td_arena *arena = &p->units.arena;
    const char *const *salt = NULL;
    uint32_t n = 0;
    uint64_t n_units = p->units.ids.n;
    TD_TRY(td_list_split(&salt, &n, o->earlier, "earlier", arena, err));
    TD_CHECK(n + 1 <= TD_ASSIGN_EARLIER, err, TD_ERR_ARG, "--earlier: at most %d salts",
             TD_ASSIGN_EARLIER - 1);
    p->n_earlier = n + (o->earlier_column != NULL);
    if (p->n_earlier == 0) return TD_OK;
    p->cross = td_arena_array(arena, p->n_earlier, sizeof *p->cross, err);
    uint32_t *old = td_arena_array(arena, n_units, sizeof *old, err);
    if (p->cross == NULL || old == NULL) return TD_ERR_NOMEM;
    for (uint32_t e = 0; e < p->n_earlier; e++) {
        p->earlier[e] = e < n ? salt[e] : o->earlier_column;
        memset(old, 0, n_units * sizeof *old);
        if (e < n) TD_TRY(split(p, salt[e], old, cli, err));
        if (e == n) TD_TRY(td_assign_read_arms(p, o->earlier_column, old, err));
        TD_TRY(td_crosstab_measure(&p->cross[e], old, p->arm, n_units, err));
    }
    return TD_OK;
}

/* Arms of a column; their names are its texts. */
static td_status audit_column(td_assignment *p, td_error *err) {
    TD_TRY(td_assign_read_arms(p, p->options->audit, p->arm, err));
    TD_TRY(read_weights(p, err));
    p->has_balance = p->units.covariates.n > 0;
    p->threshold = (double)NAN;
    if (!p->has_balance) return TD_OK;
    return td_balance_measure(&p->balance, p->arm, p->units.ids.n, p->arms.n, &p->units.covariates,
                              err);
}

/* Steps 1 to 5; a split is either made or audited. */
td_status td_assign_plan(td_assignment *p, const td_cli *cli, td_error *err) {
    const td_assign_options *o = p->options;
    TD_CHECK((o->salt == NULL) != (o->audit == NULL), err, TD_ERR_ARG,
             "give --salt to make a split, or --audit COL to check one");
    TD_CHECK(o->audit == NULL || o->out == NULL, err, TD_ERR_ARG, "--audit writes no --out");
    TD_TRY(td_cli_check_out(cli, o->out, err));
    p->arms.weight = p->weight;
    if (o->audit == NULL) TD_TRY(read_arms(p, err));
    TD_TRY(td_assign_read(&p->units, o, cli, err));
    p->arm = td_arena_array(&p->units.arena, p->units.ids.n, sizeof *p->arm, err);
    p->point = td_arena_array(&p->units.arena, p->units.ids.n, sizeof *p->point, err);
    if (p->arm == NULL || p->point == NULL) return TD_ERR_NOMEM;
    if (o->audit != NULL) {
        TD_TRY(audit_column(p, err));
    } else {
        TD_TRY(exclude(p, cli, err));
        TD_TRY(try_salts(p, cli, err));
    }
    TD_TRY(count_arms(p, err));
    return compare_earlier(p, cli, err);
}
