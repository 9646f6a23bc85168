/* tests/unit/test_stats_offpolicy.c: values of rules by hand, choice under a budget, profit. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/offpolicy.h"
#include "stats/target.h"
#include "stats/uplift_profit.h"

static const uint32_t arm6[6] = {1, 0, 1, 0, 1, 0};
static const double y6[6] = {1, 0, 1, 1, 0, 0};
static const double half[2] = {.5, .5}, cost2[2] = {0, .25};
static const uint32_t first_four[6] = {1, 1, 1, 1, 0, 0}, nobody[6] = {0};

static td_offpolicy_rows rows6(void) {
    return (td_offpolicy_rows){.n = 6,
                               .n_arms = 2,
                               .arm = arm6,
                               .outcome = y6,
                               .share = half,
                               .value = 2.0,
                               .cost = cost2};
}

/* Rows 0, 2 and 5 were in the arm that the rule gives them: outcomes 1, 1, 0, weights 2 each.
 * IPW: 2 (2 + 2 + 0) / 6 - 4/6 * .25; self-normalised: 2 * 4/6 - 1/6. IPW terms: 3.75, -.25, 3.75,
 * -.25, 0, 0. */
Test(stats_offpolicy, values_by_hand) {
    td_offpolicy_rows rows = rows6();
    td_offpolicy_value got;
    cr_assert_eq(td_offpolicy_measure(&got, &rows, first_four, NULL, 0.95, NULL), TD_OK);
    cr_expect_eq(got.n_chosen[1], 4u);
    cr_expect_eq(got.n_followed, 3u);
    cr_expect_float_eq(got.cost, 1.0 / 6.0, 1e-15);
    cr_expect_float_eq(got.value[TD_POLICY_IPW].value, 8.0 / 6.0 - 1.0 / 6.0, 1e-15);
    cr_expect_float_eq(got.value[TD_POLICY_SELF_NORMALISED].value, 8.0 / 6.0 - 1.0 / 6.0, 1e-15);
    double mean = 7.0 / 6.0, t[6] = {3.75, -.25, 3.75, -.25, 0, 0}, square = 0;
    for (int i = 0; i < 6; i++) square += (t[i] - mean) * (t[i] - mean);
    cr_expect_float_eq(got.se[TD_POLICY_IPW].value, sqrt(square / 30.0), 1e-15);
    cr_expect_float_eq(got.interval[TD_POLICY_IPW].high - mean,
                       1.959963984540054 * sqrt(square / 30.0), 1e-12);
}

/* Expected outcomes that are right leave only their own spread: y = mean, the correction is 0. */
Test(stats_offpolicy, true_expectations_are_the_value) {
    static const double mean[12] = {0, 0, .5, 1, 0, 0, 1, 1, 1, .25, 0, .5};
    td_offpolicy_rows rows = rows6();
    rows.mean = mean;
    td_offpolicy_value got;
    cr_assert_eq(td_offpolicy_measure(&got, &rows, first_four, NULL, 0.95, NULL), TD_OK);
    double expected = 2.0 * (1 + 1 + 1 + .25 + 0 + 0) / 6.0 - 1.0 / 6.0;
    cr_expect_float_eq(got.value[TD_POLICY_DOUBLY_ROBUST].value, expected, 1e-15);
}

/* A rule against itself differs by nothing; against nobody by what treating adds, row by row. */
Test(stats_offpolicy, differences_are_paired) {
    td_offpolicy_rows rows = rows6();
    td_offpolicy_value got, first, second;
    cr_assert_eq(td_offpolicy_measure(&got, &rows, first_four, first_four, 0.95, NULL), TD_OK);
    cr_expect_eq(got.value[TD_POLICY_IPW].value, 0.0);
    cr_expect_eq(got.se[TD_POLICY_IPW].value, 0.0);
    cr_expect_not(td_metric_is_defined(got.p_value[TD_POLICY_IPW]));
    cr_assert_eq(td_offpolicy_measure(&got, &rows, first_four, nobody, 0.95, NULL), TD_OK);
    cr_assert_eq(td_offpolicy_measure(&first, &rows, first_four, NULL, 0.95, NULL), TD_OK);
    cr_assert_eq(td_offpolicy_measure(&second, &rows, nobody, NULL, 0.95, NULL), TD_OK);
    for (int how = 0; how < TD_N_POLICY_VALUES; how++)
        cr_expect_float_eq(got.value[how].value, first.value[how].value - second.value[how].value,
                           1e-15, "%s", td_offpolicy_name((td_offpolicy_how)how));
}

/* Every row twice, as a cluster of two copies: n doubles, the error must not shrink. */
Test(stats_offpolicy, copies_in_one_cluster_count_once) {
    uint32_t arm[12], action[12], cluster[12];
    double y[12];
    for (uint32_t i = 0; i < 12; i++) {
        arm[i] = arm6[i / 2];
        y[i] = y6[i / 2];
        action[i] = first_four[i / 2];
        cluster[i] = i / 2;
    }
    td_offpolicy_rows rows = rows6(), twice = rows6();
    twice.n = 12;
    twice.arm = arm;
    twice.outcome = y;
    twice.cluster = cluster;
    twice.n_clusters = 6;
    td_offpolicy_value one, two;
    cr_assert_eq(td_offpolicy_measure(&one, &rows, first_four, NULL, 0.95, NULL), TD_OK);
    cr_assert_eq(td_offpolicy_measure(&two, &twice, action, NULL, 0.95, NULL), TD_OK);
    for (int how = 0; how < TD_N_POLICY_VALUES; how++) {
        cr_expect_float_eq(two.value[how].value, one.value[how].value, 1e-15);
        cr_expect_float_eq(two.se[how].value, one.se[how].value, 1e-14);
    }
}

/* Group 0: rows 0, 2 treated with 1, 1 and row 1 control with 0; group 1: row 4 treated 0, rows 3,
 * 5 control 1, 0. Left out: row 0 sees 1 of row 2; row 1 is the only control of its group and sees
 * the other controls, (1 + 0) / 2. */
Test(stats_offpolicy, group_means_leave_the_row_out) {
    static const uint32_t group[6] = {0, 0, 0, 1, 1, 1};
    td_offpolicy_rows rows = rows6();
    double mean[12];
    cr_assert_eq(td_offpolicy_group_means(mean, &rows, group, 2, NULL), TD_OK);
    static const double expected[12] = {0, .5, 0, 0, .5, 1, 1, 1, 1, 0, 1, 0};
    for (int i = 0; i < 12; i++) cr_expect_float_eq(mean[i], expected[i], 1e-15, "place %d", i);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* The same with rows 0 and 2 in one cluster: neither sees the other, and the treated rows left are
 * row 4 with 0. Rows 3 and 5 in another: group 1 has no other control, so all controls less both,
 * row 1 with 0. Row 4 sees both of them. */
Test(stats_offpolicy, group_means_leave_the_cluster_out) {
    static const uint32_t group[6] = {0, 0, 0, 1, 1, 1}, cluster[6] = {2, 0, 2, 3, 4, 3};
    td_offpolicy_rows rows = rows6();
    rows.cluster = cluster;
    rows.n_clusters = 5; /* 1 has no row */
    double mean[12];
    cr_assert_eq(td_offpolicy_group_means(mean, &rows, group, 2, NULL), TD_OK);
    static const double expected[12] = {0, .5, 0, 0, .5, 0, 0, 1, 0, 0, 1, 0};
    for (int i = 0; i < 12; i++) cr_expect_float_eq(mean[i], expected[i], 1e-15, "place %d", i);
    for (uint64_t n = 1; n <= 4; n++) {
        td_mem_fail_after(n);
        cr_expect_eq(td_offpolicy_group_means(mean, &rows, group, 2, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
    }
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* Three clusters: 4.302653 standard errors (Student, 2 degrees of freedom), not 1.96. */
Test(stats_offpolicy, few_clusters_have_wide_intervals) {
    static const uint32_t cluster[6] = {0, 0, 1, 1, 2, 2};
    td_offpolicy_rows rows = rows6();
    rows.cluster = cluster;
    rows.n_clusters = 3;
    td_offpolicy_value got;
    cr_assert_eq(td_offpolicy_measure(&got, &rows, nobody, NULL, 0.95, NULL), TD_OK);
    td_interval ci = got.interval[TD_POLICY_IPW];
    cr_expect_float_eq(ci.high - ci.low, 2 * 4.302652729911275 * got.se[TD_POLICY_IPW].value, 1e-9);
    double t = got.value[TD_POLICY_IPW].value / got.se[TD_POLICY_IPW].value;
    /* F(t; 2 df) = 1/2 + t / (2 sqrt(2 + t^2)) */
    cr_expect_float_eq(got.p_value[TD_POLICY_IPW].value, 1 - fabs(t) / sqrt(2 + t * t), 1e-12);
}

/* Twelve rows: ranks 0 and 1 are the first tenth, tied rows share the tenth of the first. */
Test(stats_offpolicy, tenths_of_a_score_keep_ties_together) {
    static const double score[12] = {1, 12, 3, 4, 5, 8, 8, 8, 9, 10, 11, 2};
    static const uint32_t expected[12] = {9, 0, 7, 6, 5, 3, 3, 3, 2, 1, 0, 8};
    uint32_t group[12];
    cr_assert_eq(td_offpolicy_tenths(group, score, 12, NULL, NULL), TD_OK);
    for (int i = 0; i < 12; i++) cr_expect_eq(group[i], expected[i], "row %d: %u", i, group[i]);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

static void expect_refusal(const td_offpolicy_rows *rows, const uint32_t *action, double level,
                           const char *text) {
    td_offpolicy_value got;
    td_error err = {0};
    cr_expect_neq(td_offpolicy_measure(&got, rows, action, NULL, level, &err), TD_OK);
    cr_expect(strstr(err.text, text) != NULL, "%s", err.text);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

Test(stats_offpolicy, impossible_questions_are_named) {
    static const uint32_t third[6] = {0, 0, 2, 0, 0, 0}, treated[6] = {1, 1, 1, 1, 1, 1};
    static const double edge[12] = {.5, .5, .5, 1, .5, .5, .5, .5, .5, .5, .5, .5};
    td_offpolicy_rows rows = rows6();
    expect_refusal(&rows, third, .95, "action of row 3 is 2, there are 2");
    expect_refusal(&rows, nobody, 1, "level of 1");
    rows.arm = third;
    expect_refusal(&rows, nobody, .95, "arm of row 3 is 2, there are 2");
    rows.arm = treated;
    expect_refusal(&rows, nobody, .95, "no rows in arm 0");
    rows.arm = arm6;
    rows.propensity = edge;
    expect_refusal(&rows, nobody, .95, "propensity of arm 0 in row 4 is 1");
    rows.propensity = NULL;
    rows.n = 1;
    expect_refusal(&rows, nobody, .95, "fewer than 2 rows");
    static const uint32_t opposite[6] = {0, 1, 0, 1, 0, 1};
    rows = rows6();
    td_offpolicy_value got;
    cr_assert_eq(td_offpolicy_measure(&got, &rows, opposite, NULL, .95, NULL), TD_OK);
    cr_expect_str_eq(got.value[0].undefined_reason, "no row was in the arm that the rule gives it");
}

/* ---- choosing ---- */

static void expect_choice(const td_target_question *q, const uint32_t *expected, double spent) {
    uint32_t action[8];
    double got = -1;
    cr_assert_eq(td_target_choose(action, &got, q, NULL, NULL), TD_OK);
    cr_expect_float_eq(got, spent, 1e-12);
    for (uint64_t i = 0; i < q->n; i++)
        cr_expect_eq(action[i], expected[i], "row %d: arm %u, expected %u", (int)i, action[i],
                     expected[i]);
}

Test(stats_target, two_arms_are_the_ranking_cut_where_it_stops_to_pay) {
    static const double s[5] = {.1, .4, -.2, .3, .4}, cost[2] = {0, 2};
    const double *score[1] = {s};
    td_target_question q = {
        .n = 5, .n_arms = 2, .score = score, .value = 10, .cost = cost, .budget = HUGE_VAL};
    expect_choice(&q, (uint32_t[]){0, 1, 0, 1, 1}, 6); /* .1 gains 1 and costs 2 */
    q.budget = 4.5;
    expect_choice(&q, (uint32_t[]){0, 1, 0, 0, 1}, 4);
    q.budget = 2;
    expect_choice(&q, (uint32_t[]){0, 1, 0, 0, 0}, 2); /* equal scores: the first row */
    q.budget = 0;
    expect_choice(&q, (uint32_t[]){0, 0, 0, 0, 0}, 0);
    q.budget = 8;
    q.is_forced = 1;
    expect_choice(&q, (uint32_t[]){1, 1, 0, 1, 1}, 8);
}

/* Net gains over cost: A costs 1, B costs 3. Row 0: A 4, B 5: slopes 4 and .5. Row 1: A 1, B 6: the
 * hull goes straight to B with slope 2. Row 2: A -1, B 1: B with slope 1/3. */
Test(stats_target, upgrades_follow_the_hull) {
    static const double a[3] = {5, 2, 0}, b[3] = {8, 9, 4}, cost[3] = {0, 1, 3};
    const double *score[2] = {a, b};
    td_target_question q = {
        .n = 3, .n_arms = 3, .score = score, .value = 1, .cost = cost, .budget = HUGE_VAL};
    expect_choice(&q, (uint32_t[]){2, 2, 2}, 9);
    q.budget = 6;
    expect_choice(&q, (uint32_t[]){2, 2, 0}, 6);
    q.budget = 5;
    expect_choice(&q, (uint32_t[]){1, 2, 0}, 4);
    q.budget = 1;
    expect_choice(&q, (uint32_t[]){1, 0, 0}, 1);
}

Test(stats_target, an_arm_without_cost_is_taken_where_it_gains) {
    static const double a[3] = {5, -2, 0}, b[3] = {4, 9, 1}, cost[3] = {0, 0, 1};
    const double *score[2] = {a, b};
    td_target_question q = {
        .n = 3, .n_arms = 3, .score = score, .value = 1, .cost = cost, .budget = 1};
    expect_choice(&q, (uint32_t[]){1, 2, 0}, 1);
}

/* No choice of arms within the same money is worth more: all 3^5 are tried. */
Test(stats_target, no_choice_for_the_money_spent_is_worth_more) {
    static const double cost[3] = {0, 1, 2.5};
    uint64_t state = 12345;
    for (int c = 0; c < 40; c++) {
        double s[2][5];
        for (int i = 0; i < 10; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            s[i / 5][i % 5] = 4.0 * (double)(state >> 40) / (double)(1 << 24) - 1.0;
        }
        const double *score[2] = {s[0], s[1]};
        td_target_question q = {
            .n = 5, .n_arms = 3, .score = score, .value = 1, .cost = cost, .budget = c % 9};
        uint32_t action[5];
        double spent = 0, got = 0, best = 0;
        cr_assert_eq(td_target_choose(action, &spent, &q, NULL, NULL), TD_OK);
        for (int i = 0; i < 5; i++)
            if (action[i] > 0) got += s[action[i] - 1][i] - cost[action[i]];
        for (int code = 0; code < 243; code++) {
            double money = 0, worth = 0;
            for (int i = 0, rest = code; i < 5; i++, rest /= 3) {
                money += cost[rest % 3];
                if (rest % 3 > 0) worth += s[rest % 3 - 1][i] - cost[rest % 3];
            }
            if (money <= spent + 1e-9) best = fmax(best, worth);
        }
        cr_expect(spent <= q.budget + 1e-9);
        cr_expect_float_eq(got, best, 1e-9, "case %d: %g, possible %g", c, got, best);
    }
}

Test(stats_target, impossible_questions_are_named) {
    static const double s[2] = {1, NAN}, cost[2] = {0, -1}, free_of_charge[2] = {0, 0};
    const double *score[1] = {s};
    uint32_t action[2];
    double spent = 0;
    td_error err = {0};
    td_target_question q = {.n = 2, .n_arms = 2, .score = score, .value = 1, .cost = cost};
    cr_expect_eq(td_target_choose(action, &spent, &q, NULL, &err), TD_ERR_ARG);
    cr_expect(strstr(err.text, "a cost of -1") != NULL);
    q.cost = free_of_charge;
    cr_expect_eq(td_target_choose(action, &spent, &q, NULL, &err), TD_ERR_RANGE);
    cr_expect(strstr(err.text, "score of row 2 is nan") != NULL, "%s", err.text);
    q.budget = -1;
    cr_expect_eq(td_target_choose(action, &spent, &q, NULL, &err), TD_ERR_ARG);
    cr_expect_eq(td_mem_live_bytes(), 0);
}

/* ---- profit ---- */

/* 40 rows, treated and control in turn, sorted by score. Everybody's outcome is 1 when treated in
 * the upper half and 0 otherwise: U at share s is s up to a half, then .5. */
Test(stats_uplift_profit, a_step_of_effect_by_hand) {
    double y[40], w[40], s[40];
    for (int i = 0; i < 40; i++) {
        w[i] = i % 2 == 0;
        y[i] = w[i] == 1.0 && i < 20;
        s[i] = -i;
    }
    const double *score[1] = {s};
    td_uplift_request request = {
        .rows = {.n = 40, .treatment = w, .outcome = y, .n_scores = 1, .score = score},
        .level = 0.95};
    td_uplift_profit got;
    cr_assert_eq(td_uplift_profit_build(&got, &request, 10.0, 6.25, NULL, NULL), TD_OK);
    cr_expect_float_eq(got.point[9].share, 0.5, 1e-15);
    cr_expect_float_eq(got.point[9].effect.value, 1.0, 1e-15);
    cr_expect_float_eq(got.point[9].profit.value, 5.0 - 3.125, 1e-14);
    cr_expect_float_eq(got.best_share.value, 0.5, 1e-15);
    cr_expect_float_eq(got.point[19].profit.value, 5.0 - 6.25, 1e-14);
    cr_expect_float_eq(got.break_even.value, 0.8, 1e-14); /* 5 = 6.25 s */
    cr_expect_not(td_interval_is_defined(got.break_even_interval));
    request.n_replicates = 100;
    cr_assert_eq(td_uplift_profit_build(&got, &request, 10.0, 6.25, NULL, NULL), TD_OK);
    cr_expect(got.break_even_interval.low < 0.8 && got.break_even_interval.high > 0.8);
    cr_expect(got.corrected_profit.value < got.best_profit.value);
    cr_assert_eq(td_uplift_profit_build(&got, &request, 10.0, 11.0, NULL, NULL), TD_OK);
    cr_expect_eq(got.best_share.value, 0.0);
    cr_expect_eq(got.break_even.value, 0.0);
    cr_expect_eq(td_uplift_profit_build(&got, &request, 0.0, 1.0, NULL, NULL), TD_ERR_ARG);
    cr_expect_eq(td_mem_live_bytes(), 0);
}
