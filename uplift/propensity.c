/* uplift/propensity.c: P(treated | x) of a pair, where it comes from, and how it is held off 0, 1.
 *
 * 1. Known (a designed experiment): p_arm / (p_arm + p_control) of the row. A value of 0 or 1 is an
 *    error: such a row could have been in one arm only, and nothing can be learned from it.
 * 2. Else cross-fitted trees e(x), if they tell more than the share s of treated rows does. With
 *        l_i(p) = -( w_i log p + (1 - w_i) log(1 - p) ),        g_i = l_i(s) - l_i(e(x_i))
 *    they do when the mean of g is above twice its standard error, sd(g) / sqrt(n). (The number of
 *    trees was chosen by the same loss, so that a bare g > 0 would be met by luck.) In a randomised
 *    experiment the trees are thrown away, and nothing is paid for not having said that it was one.
 * 3. Clip to [c, 1 - c] (default c = 0.01); how many rows that moved is reported, with the range
 *    before clipping: many are a sign that the arms do not overlap.
 *
 * The X-learner wants e(x) of new rows: then the trees are trained once more on all rows and kept.
 * Cost: one cross-fit. Not done here: calibration, trimming of rows.
 *
 * Reference: Crump, Hotz, Imbens, Mitnik, "Dealing with limited overlap in estimation of average
 * treatment effects", Biometrika 96 (2009) 187-199, doi:10.1093/biomet/asn055. */
#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "uplift/learner.h"

static double weight_of(const td_pair *pair, uint32_t row) {
    return pair->weight != NULL ? pair->weight[row] : 1;
}

/* l_i of the head. */
static double row_loss(const td_pair *pair, uint32_t row, double p) {
    return -td_log(pair->w[row] > 0 ? p : 1 - p);
}

/* Step 2: the two mean losses, weighted, and whether the trees' answers in pair->e are kept. */
static void compare(td_uplift_pair_report *report, const td_pair *pair, double share) {
    td_sum gain = {0, 0}, squares = {0, 0}, loss = {0, 0}, total = {0, 0};
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double weight = weight_of(pair, row), l = row_loss(pair, row, pair->e[row]);
        double g = row_loss(pair, row, share) - l;
        td_sum_add(&loss, weight * l);
        td_sum_add(&gain, weight * g);
        td_sum_add(&squares, weight * g * g);
        td_sum_add(&total, weight);
    }
    double n = td_sum_value(&total), mean = td_sum_value(&gain) / n;
    double variance = td_sum_value(&squares) / n - mean * mean;
    report->loss_trees = td_sum_value(&loss) / n;
    report->loss_share = report->loss_trees + mean;
    report->is_estimated = mean > 2 * sqrt(fmax(variance, 0) / (double)pair->n);
}

static double treated_share(const td_pair *pair) {
    td_sum treated = {0, 0}, all = {0, 0};
    for (uint64_t i = 0; i < pair->n; i++) {
        double weight = weight_of(pair, pair->row[i]);
        td_sum_add(&all, weight);
        if (pair->w[pair->row[i]] > 0) td_sum_add(&treated, weight);
    }
    return td_sum_value(&treated) / td_sum_value(&all);
}

static td_status take_known(td_pair *pair, const double *const *known, td_error *err) {
    for (uint64_t i = 0; i < pair->n; i++) {
        uint32_t row = pair->row[i];
        double p0 = known[0][row], p1 = known[1][row], e = p1 / (p0 + p1);
        TD_CHECK(p0 > 0 && p0 < 1 && p1 > 0 && p1 < 1, err, TD_ERR_RANGE,
                 "row %llu: the propensity of arm '%s' is %g and that of '%s' %g; both must lie "
                 "inside (0, 1), or the row says nothing about the effect",
                 (unsigned long long)row + 1, pair->treated, p1, pair->control, p0);
        pair->e[row] = e;
    }
    return TD_OK;
}

static td_status estimate(td_pair *pair, td_uplift_pair_report *report, int is_needed,
                          td_error *err) {
    td_question question = {.label = pair->w,
                            .weight = pair->weight,
                            .objective = TD_OBJECTIVE_BINARY,
                            .side = TD_SIDE_BOTH,
                            .role = TD_ROLE_PROPENSITY};
    double share = treated_share(pair);
    if (pair->params->propensity == TD_PROPENSITY_ESTIMATE) {
        TD_TRY(td_crossfit(pair->e, pair, &question, err));
        compare(report, pair, share);
    }
    if (report->is_estimated && is_needed) {
        return td_learn(&pair->propensity, NULL, pair, &question, err);
    }
    for (uint64_t i = 0; i < pair->n && !report->is_estimated; i++) pair->e[pair->row[i]] = share;
    return TD_OK;
}

/* Step 3. */
static void clip(td_pair *pair, td_uplift_pair_report *report) {
    double c = pair->params->clip;
    report->low = 1;
    report->high = 0;
    report->n_clipped = 0;
    for (uint64_t i = 0; i < pair->n; i++) {
        double *e = &pair->e[pair->row[i]];
        report->low = fmin(report->low, *e);
        report->high = fmax(report->high, *e);
        report->n_clipped += *e < c || *e > 1 - c;
        *e = fmin(fmax(*e, c), 1 - c);
    }
}

td_status td_pair_weigh(td_pair *pair, td_uplift_pair_report *report, const double *const *known,
                        int is_needed, td_error *err) {
    report->is_estimated = 0;
    report->loss_trees = report->loss_share = NAN;
    if (known != NULL) {
        TD_TRY(take_known(pair, known, err));
    } else {
        TD_TRY(estimate(pair, report, is_needed, err));
    }
    clip(pair, report);
    return TD_OK;
}
