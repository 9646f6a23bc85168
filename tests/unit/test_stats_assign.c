/* stats/assign: points as any other language computes them, shares, strata, and the audit by R. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/assign.h"

/* python3: int(hashlib.sha256((salt + ":" + id).encode()).hexdigest()[:16], 16) / 2**64 */
Test(stats_assign, points_are_those_of_python) {
    const struct {
        const char *salt, *id;
        double want;
    } row[] = {{"exp1", "17", .433005000329495},
               {"exp1", "visitor-9", .6364704265477023},
               {"", "0", .10120506792978942},
               {"exp2", "17", .030013568616775732}};
    for (int i = 0; i < 4; i++) {
        double point = 0;
        cr_assert_eq(td_assign_point(&point, row[i].salt, row[i].id, strlen(row[i].id), NULL),
                     TD_OK);
        cr_assert_float_eq(point, row[i].want, 1e-15, "%.17g", point);
    }
}

Test(stats_assign, arms_own_their_parts_of_the_line) {
    const double weight[] = {2, 1, 1};
    td_arm_weights arms = {3, weight};
    cr_assert_eq(td_assign_arm(&arms, 0), 0);
    cr_assert_eq(td_assign_arm(&arms, .4999), 0);
    cr_assert_eq(td_assign_arm(&arms, .5), 1);
    cr_assert_eq(td_assign_arm(&arms, .7499), 1);
    cr_assert_eq(td_assign_arm(&arms, .75), 2);
    cr_assert_eq(td_assign_arm(&arms, 1 - 0x1p-53), 2);
}

enum { UNITS = 6000 };

typedef struct visitors {
    char text[UNITS][8];
    uint64_t begin[UNITS];
    uint32_t length[UNITS], arm[UNITS], other[UNITS], stratum[UNITS];
    double point[UNITS];
    td_ids ids;
} visitors;

static visitors *make_visitors(void) {
    visitors *v = calloc(1, sizeof *v);
    for (int i = 0; i < UNITS; i++) {
        v->begin[i] = (uint64_t)i * 8;
        v->length[i] = (uint32_t)snprintf(v->text[i], 8, "%d", i);
        v->stratum[i] = (uint32_t)(i * i) % 7;
    }
    v->ids = (td_ids){v->text[0], v->begin, v->length, UNITS};
    return v;
}

/* Shares within five standard errors, two salts independent, threads without effect. */
Test(stats_assign, salts_split_by_weight_and_do_not_know_of_each_other) {
    visitors *v = make_visitors();
    const double weight[] = {3, 1};
    td_arm_weights arms = {2, weight};
    double again[UNITS], hits = 0;
    td_exec exec = {.n_threads = 3};
    cr_assert_eq(td_assign_points(again, "spring", &v->ids, NULL, NULL), TD_OK);
    cr_assert_eq(td_assign_points(v->point, "spring", &v->ids, &exec, NULL), TD_OK);
    cr_assert_eq(memcmp(again, v->point, sizeof again), 0);
    for (int i = 0; i < UNITS; i++) hits += (v->arm[i] = td_assign_arm(&arms, v->point[i]));
    cr_assert_float_eq(hits / UNITS, .25, 5 * sqrt(.1875 / UNITS));
    cr_assert_eq(td_assign_points(v->point, "summer", &v->ids, NULL, NULL), TD_OK);
    for (int i = 0; i < UNITS; i++) v->other[i] = td_assign_arm(&arms, v->point[i]);
    td_crosstab cross;
    cr_assert_eq(td_crosstab_measure(&cross, v->arm, v->other, UNITS, NULL), TD_OK);
    cr_assert_gt(cross.p_value, .001);
    cr_assert_eq(cross.df, 1);
    cr_assert_eq(td_crosstab_measure(&cross, v->arm, v->arm, UNITS, NULL), TD_OK);
    cr_assert_float_eq(cross.chi2, UNITS, 1e-8); /* the same salt: nothing but carry-over */
    free(v);
}

/* Every arm has its share of every stratum, but for one unit; those outside stay outside. */
Test(stats_assign, strata_are_dealt_to_within_one_unit) {
    visitors *v = make_visitors();
    const double weight[] = {2, 1, 4};
    td_arm_weights arms = {3, weight};
    cr_assert_eq(td_assign_points(v->point, "s", &v->ids, NULL, NULL), TD_OK);
    for (int i = 0; i < UNITS; i += 5) v->arm[i] = TD_ARM_NONE;
    cr_assert_eq(td_assign_strata(v->arm, &arms, v->point, v->stratum, UNITS, NULL), TD_OK);
    double size[7] = {0}, count[7][3] = {{0}};
    for (int i = 0; i < UNITS; i++) {
        cr_assert_eq(v->arm[i] == TD_ARM_NONE, i % 5 == 0);
        if (i % 5 == 0) continue;
        size[v->stratum[i]]++;
        count[v->stratum[i]][v->arm[i]]++;
    }
    for (int h = 0; h < 7; h++)
        for (int a = 0; a < 3; a++)
            cr_assert_lt(fabs(count[h][a] - size[h] * weight[a] / 7), 1.0000001, "%d %d", h, a);
    free(v);
}

/* R: pooled covariance, n0 n1/N d' S^-1 d, pchisq; chisq.test without correction. */
Test(stats_assign, audit_agrees_with_r) {
    const double x[] = {1, 2, 4, 8, 3, 9, 5, 7}, y[] = {2, 1, 0, 3, 5, 1, 1, 4};
    const double twice[] = {2, 4, 8, 16, 6, 18, 10, 14}, flat[8] = {0};
    const uint32_t arm[] = {0, 0, 1, 1, 0, 1, 0, 1};
    const double *column[] = {x, flat, y, twice};
    td_balance b;
    cr_assert_eq(td_balance_measure(&b, arm, 8, 2, &(td_covariates){4, column}, NULL), TD_OK);
    cr_assert_eq(b.n_used, 2); /* one is constant, one is a multiple of the first */
    cr_assert_float_eq(b.distance, 10.1828193832599, 1e-12);
    cr_assert_float_eq(b.p_value, .00614934509390514, 1e-14);
    cr_assert_float_eq(b.smd[0][1], 2.182598511805656, 1e-13);
    cr_assert_float_eq(b.smd[2][1], -.134433214484466, 1e-13);
    cr_assert_eq(b.smd[1][1], 0);
    cr_assert_float_eq(td_balance_threshold(2, .1), -2 * log(.9), 1e-12);
    uint32_t first[85], second[85];
    const int cells[4] = {10, 30, 20, 25};
    int n = 0;
    for (int c = 0; c < 4; c++) {
        for (int i = 0; i < cells[c]; i++, n++) {
            first[n] = (uint32_t)c / 2;
            second[n] = (uint32_t)c % 2;
        }
    }
    td_crosstab cross;
    cr_assert_eq(td_crosstab_measure(&cross, first, second, 85, NULL), TD_OK);
    cr_assert_float_eq(cross.chi2, 3.50589225589226, 1e-12);
    cr_assert_float_eq(cross.p_value, .0611508975760677, 1e-13);
}

Test(stats_assign, impossible_plans_are_named) {
    td_error err = {0};
    const double weight[] = {1, 0};
    cr_assert_eq(td_arm_weights_check(&(td_arm_weights){2, weight}, &err), TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "weight 0 of arm 2 is not above 0"), "%s", err.text);
    cr_assert_eq(td_arm_weights_check(&(td_arm_weights){1, weight}, &err), TD_ERR_RANGE);
    const uint32_t arm[] = {0, 0, 1};
    const double x[] = {1, 2, 3}, *column[] = {x};
    td_balance b;
    cr_assert_eq(td_balance_measure(&b, arm, 3, 2, &(td_covariates){1, column}, &err),
                 TD_ERR_RANGE);
    cr_assert_not_null(strstr(err.text, "arm 2 has 1 units"), "%s", err.text);
    char salt[300];
    memset(salt, 'x', 299);
    salt[299] = '\0';
    double point;
    cr_assert_eq(td_assign_point(&point, salt, "1", 1, &err), TD_ERR_RANGE);
}
