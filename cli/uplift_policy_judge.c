/* cli/uplift_policy_judge.c: from the options to a chosen rule and its worth: calls in their order.
 *
 *   1. Choose (stats/target): costs and budget, or the top share of one score. Without costs a
 *      budget counts rows: each takes 1 of it.
 *   2. Judge (stats/offpolicy): the rule, every arm for all rows, and the rule minus each of these.
 *      Expected outcomes that were not given are means of the tenths of the first score.
 *   3. With two arms the profit curve (stats/uplift_profit). */
#include <math.h>

#include "cli/uplift_policy.h"
#include "core/base/mem.h"
#include "stats/bootstrap.h"
#include "stats/target.h"

static td_status choose(td_policy_work *w, const td_policy_options *o, const td_cli *cli,
                        td_error *err) {
    const td_uplift_scores *s = &w->scores;
    double budget = HUGE_VAL;
    int is_free = 1;
    for (uint32_t a = 1; a < s->n_arms; a++) is_free &= w->report.cost[a] == 0.0;
    if (o->budget != NULL)
        TD_CHECK(td_text_is_real(o->budget, &budget) && budget >= 0, err, TD_ERR_ARG,
                 "--budget: '%s' is not a number from 0 on", o->budget);
    TD_CHECK(o->top == 0 || s->n_arms == 2, err, TD_ERR_ARG,
             "--top: one score decides about two arms; several arms need costs or a budget");
    TD_CHECK(o->top == 0 || o->budget == NULL, err, TD_ERR_ARG,
             "--top and --budget both say how many are treated: give one");
    TD_CHECK(o->budget == NULL || !is_free || s->n_arms == 2, err, TD_ERR_ARG,
             "--budget: with several arms it needs their --cost");
    static const double one_a_row[2] = {0.0, 1.0};
    int is_counted = o->top > 0 || (o->budget != NULL && is_free);
    td_target_question question = {.n = s->n,
                                   .n_arms = s->n_arms,
                                   .score = (const double *const *)s->score,
                                   .value = o->value,
                                   .cost = w->report.cost,
                                   .price = is_counted ? one_a_row : NULL,
                                   .budget = o->top > 0 ? floor((double)s->n * o->top) : budget,
                                   .is_forced = o->top > 0};
    w->report.rule = o->top > 0          ? "the best share of the score"
                     : o->budget == NULL ? "value x score above the cost"
                                         : "value x score above the cost, within the budget";
    w->report.budget = budget;
    TD_TRY(td_target_choose(w->action, &w->report.spent, &question, &cli->exec, err));
    w->report.spent = 0.0;
    for (uint64_t i = 0; i < s->n; i++) w->report.spent += w->report.cost[w->action[i]];
    return TD_OK;
}

static td_status judge(td_policy_work *w, const td_policy_options *o, const td_cli *cli,
                       td_error *err) {
    const td_uplift_scores *s = &w->scores;
    w->rows = (td_offpolicy_rows){.n = s->n,
                                  .n_arms = s->n_arms,
                                  .arm = s->arm,
                                  .outcome = s->outcome,
                                  .propensity = s->propensity,
                                  .share = s->share,
                                  .mean = s->mean,
                                  .value = o->value,
                                  .cost = w->report.cost,
                                  .cluster = s->cluster,
                                  .n_clusters = s->n_clusters};
    if (s->mean == NULL) {
        TD_NEW(w->group, s->n, err);
        TD_TRY(td_offpolicy_tenths(w->group, s->score[0], s->n, &cli->exec, err));
        TD_NEW(w->mean, s->n_arms * s->n, err);
        TD_TRY(td_offpolicy_group_means(w->mean, &w->rows, w->group, TD_OFFPOLICY_TENTHS, err));
        w->rows.mean = w->mean;
    }
    td_policy_report *r = &w->report;
    TD_TRY(td_offpolicy_measure(&r->chosen, &w->rows, w->action, NULL, o->level, err));
    for (uint32_t a = 0; a < s->n_arms; a++) {
        r->rival[a].arm = a;
        for (uint64_t i = 0; i < s->n; i++) w->same[i] = a;
        TD_TRY(td_offpolicy_measure(&r->rival[a].value, &w->rows, w->same, NULL, o->level, err));
        TD_TRY(td_offpolicy_measure(&r->rival[a].gap, &w->rows, w->action, w->same, o->level, err));
    }
    return TD_OK;
}

static td_status find_profit(td_policy_work *w, const td_policy_options *o, const td_cli *cli,
                             td_error *err) {
    const td_uplift_scores *s = &w->scores;
    if (s->n_arms != 2) return TD_OK;
    w->report.n_replicates =
        o->replicates < 0 ? td_default_replicates(s->n) : (uint32_t)o->replicates;
    td_uplift_request request = {.rows = td_uplift_scores_view(s),
                                 .clusters = {s->cluster, s->n_clusters},
                                 .n_replicates = w->report.n_replicates,
                                 .seed = cli->seed,
                                 .level = o->level};
    TD_TRY(
        td_uplift_profit_build(&w->profit, &request, o->value, w->report.cost[1], &cli->exec, err));
    w->report.profit = &w->profit;
    return TD_OK;
}

td_status td_policy_judge(td_policy_work *w, const td_policy_options *o, const td_cli *cli,
                          td_error *err) {
    TD_NEW(w->action, w->scores.n, err);
    TD_NEW(w->same, w->scores.n, err);
    w->report.action = w->action;
    TD_TRY(choose(w, o, cli, err));
    TD_TRY(judge(w, o, cli, err));
    return find_profit(w, o, cli, err);
}
