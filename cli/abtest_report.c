/* cli/abtest_report.c: an experiment for people.
 *
 *     arm  units  converted  rate   95 % interval      split, and a warning when it is off
 *     A v B: difference, four intervals, five p-values, lift, chance to win
 *     In words: ...
 *
 * The sentence names the interval to prefer and says what it means. Rates are shown in percent with
 * as many digits as a conversion of 0.8 % needs, differences in points. Nothing is computed here
 * but roundings. */
#include <stdio.h>
#include <string.h>

#include "cli/abtest.h"
#include "cli/report_text.h"

/* Below this p-value of the split, results are not to be trusted; Kohavi, Tang, Xu 2020, ch. 21. */
#define SRM_ALARM 0.001

/* Expected conversions below which the exact test is the one to read. */
enum { FEW = 50 };

/* Arms with Wilson's interval, the one Newcombe's is made of; below 10 conversions, where it holds
 * 93 % instead of 95, with the exact one. */
static void print_rates(const td_abtest *test) {
    const td_arms *arms = &test->arms;
    td_grid grid;
    td_grid_open(&grid, "lrrrr");
    td_grid_cell(&grid, "arm");
    td_grid_cell(&grid, "units");
    td_grid_cell(&grid, "converted");
    td_grid_cell(&grid, "rate");
    td_grid_cell(&grid, "%.4g %% interval", 100.0 * (1.0 - test->options->alpha));
    for (uint32_t i = 0; i < arms->n; i++) {
        td_rate_interval how = arms->successes[i] < 10 ? TD_RATE_CLOPPER_PEARSON : TD_RATE_WILSON;
        td_interval ci =
            td_rate_interval_of(how, arms->successes[i], arms->units[i], test->options->alpha);
        td_grid_cell(&grid, "%s", arms->name[i]);
        td_grid_count(&grid, arms->units[i]);
        td_grid_count(&grid, arms->successes[i]);
        td_grid_cell(&grid, "%.3f %%", 100.0 * (double)arms->successes[i] / (double)arms->units[i]);
        td_grid_cell(&grid, "%.3f to %.3f %%", 100.0 * ci.low, 100.0 * ci.high);
    }
    td_grid_print(&grid, 0);
}

/* How far rows of a cluster go together: variance of the control's rate over that of as many
 * independent rows. */
static void print_clusters(const td_abtest *test) {
    const td_arms *arms = &test->arms;
    double rows = (double)arms->rows[0], p = arms->sample[0].mean;
    char text[32];
    printf("%s: %s rows in its clusters", arms->name[0], td_text_count(text, arms->rows[0]));
    if (strcmp(test->kind, "proportions") == 0 && p > 0 && p < 1)
        printf("; the rate varies %.2f times as much as that of independent rows",
               arms->sample[0].variance / arms->sample[0].n / (p * (1.0 - p) / rows));
    putchar('\n');
}

/* Arms; a ratio's variance is that of the delta method's linear form. */
static void print_means(const td_abtest *test) {
    const td_arms *arms = &test->arms;
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    int is_share = strcmp(test->kind, "proportions") == 0;
    td_grid_cell(&grid, "arm");
    td_grid_cell(&grid, "%s", arms->is_clustered ? "clusters" : "units");
    td_grid_cell(&grid, "%s", is_share ? "rate" : arms->is_ratio ? "ratio" : "mean");
    td_grid_cell(&grid, "variance of a unit");
    for (uint32_t i = 0; i < arms->n; i++) {
        td_grid_cell(&grid, "%s", arms->name[i]);
        td_grid_count(&grid, arms->units[i]);
        td_grid_cell(&grid, "%.6g", arms->sample[i].mean);
        td_grid_cell(&grid, "%.6g", arms->sample[i].variance);
    }
    td_grid_print(&grid, 0);
    if (arms->has_cuped)
        printf("CUPED: theta %.4g; the variance of %s falls from %.6g to %.6g\n", arms->theta,
               arms->name[0], arms->unadjusted[0].variance, arms->sample[0].variance);
    if (arms->n_strata > 0)
        printf("%u strata: means weighed by the strata's shares; the variance of %s goes from %.6g "
               "to %.6g\n",
               arms->n_strata, arms->name[0], arms->unadjusted[0].variance,
               arms->sample[0].variance);
    if (arms->is_clustered) print_clusters(test);
}

/* Above every result, because a broken split makes them all meaningless. */
static void print_split(const td_abtest *test) {
    const td_srm *srm = &test->arms.srm;
    if (srm->p_value < SRM_ALARM) {
        printf(
            "\nWARNING: the split of the units is not the planned one (chi-square %.2f, p %.2g).\n"
            "Something loses or gains units in one arm; do not read on before it is found.\n",
            srm->chi2, srm->p_value);
    } else {
        printf("\nsplit of the units as planned: p %.3g\n", srm->p_value);
    }
}

/* A row of the table, or the reason why it is empty. */
static void add_p(td_grid *grid, const char *name, td_metric p, const char *note) {
    td_grid_cell(grid, "p, %s", name);
    if (td_metric_is_defined(p)) {
        td_grid_cell(grid, "%.4g", p.value);
        td_grid_cell(grid, "%s", note);
    } else {
        td_grid_cell(grid, "-");
        td_grid_cell(grid, "%s", p.undefined_reason);
    }
}

/* Relative to control, as plans and headlines put it. */
static void print_ratio(const td_comparison *c) {
    if (!td_metric_is_defined(c->risk_ratio)) {
        printf("lift: %s\n", c->risk_ratio.undefined_reason);
        return;
    }
    printf("lift of the second arm: %+.2f %%, interval %+.2f to %+.2f %%\n",
           100.0 * (c->risk_ratio.value - 1.0), 100.0 * (c->risk_ratio_ci.low - 1.0),
           100.0 * (c->risk_ratio_ci.high - 1.0));
}

/* What the preferred interval says, which p-value to read, and the posterior beside it. */
static void print_words(const td_abtest *test, const td_comparison *c, const char *other) {
    td_interval mn = c->ci[TD_DIFF_MIETTINEN_NURMINEN];
    const char *control = test->arms.name[0];
    int is_few = c->counts.x1 < FEW || c->counts.x2 < FEW;
    printf("\nIn words: true differences %s - %s from %+.3f to %+.3f points fit these counts "
           "(intervals\nmade this way hold the truth in %.4g of 100 experiments), ",
           control, other, 100.0 * mn.low, 100.0 * mn.high, 100.0 * (1.0 - test->options->alpha));
    if (mn.low > 0) {
        printf("so %s converts better.\n", control);
    } else if (mn.high < 0) {
        printf("so %s converts better.\n", other);
    } else {
        puts("no difference among them:\nthis experiment does not tell which arm is better.");
    }
    if (is_few)
        printf("An arm has fewer than %d conversions: of the p-values read %s.\n", FEW,
               td_metric_is_defined(c->boschloo) ? "boschloo" : "fisher");
    printf("Given the prior, %s is the better arm with probability %.4f; choosing it and being "
           "wrong\ncosts %.4g points of conversion on average.\n",
           other, c->posterior.chance_to_win, 100.0 * c->posterior.loss_if_chosen);
}

/* What bench/coverage found: Wald's interval holds less than it says with unequal arms and few
 * conversions. */
static const char *interval_note(int method, const td_two_counts *c) {
    double ratio = (double)c->n1 / (double)c->n2;
    int is_bare = (c->x1 < FEW || c->x2 < FEW) && (ratio > 1.5 || ratio < 1 / 1.5);
    if (method == TD_DIFF_MIETTINEN_NURMINEN) return "preferred";
    if (method == TD_DIFF_WALD_YATES) return "conservative";
    if (method == TD_DIFF_WALD && is_bare) return "holds too little here: use miettinen_nurminen";
    return "";
}

/* Differences and limits in points, first arm minus second. */
static void print_rate_comparison(const td_abtest *test, const td_comparison *c,
                                  const char *other) {
    double d =
        (double)c->counts.x1 / (double)c->counts.n1 - (double)c->counts.x2 / (double)c->counts.n2;
    td_grid grid;
    td_grid_open(&grid, "lrl");
    td_grid_cell(&grid, "difference");
    td_grid_cell(&grid, "%+.4f points", 100.0 * d);
    td_grid_cell(&grid, "%s", "");
    for (int m = 0; m < TD_N_DIFF_INTERVALS; m++) {
        td_grid_cell(&grid, "%s", td_diff_interval_name((td_diff_interval)m));
        if (td_interval_is_defined(c->ci[m])) {
            td_grid_cell(&grid, "%+.4f to %+.4f", 100.0 * c->ci[m].low, 100.0 * c->ci[m].high);
        } else {
            td_grid_cell(&grid, "-");
        }
        td_grid_cell(&grid, "%s",
                     td_interval_is_defined(c->ci[m]) ? interval_note(m, &c->counts)
                                                      : c->ci[m].undefined_reason);
    }
    add_p(&grid, "z pooled", c->z_pooled, "");
    add_p(&grid, "z with Yates", c->z_yates, "conservative");
    add_p(&grid, "fisher", c->fisher, "exact, conservative");
    add_p(&grid, "barnard", c->barnard, "exact");
    add_p(&grid, "boschloo", c->boschloo, "exact, preferred with few conversions");
    td_grid_print(&grid, 0);
    print_ratio(c);
    print_words(test, c, other);
}

/* The same for means: one interval, one p-value. */
static void print_mean_comparison(const td_abtest *test, const td_comparison *c,
                                  const char *other) {
    const td_mean_diff *m = &c->mean;
    const char *control = test->arms.name[0];
    printf("difference %.6g, interval %.6g to %.6g, standard error %.4g\n", m->difference,
           m->ci.low, m->ci.high, m->se);
    if (test->arms.is_ratio && !test->arms.is_clustered) {
        printf("p, z by the delta method: %.4g\n", m->p_value);
    } else if (test->arms.is_clustered) {
        printf("p, t over clusters by the delta method: %.4g (t %.4f, %.1f degrees of freedom)\n",
               m->p_value, m->statistic, m->df);
    } else {
        printf("p, Welch: %.4g (t %.4f, %.1f degrees of freedom)\n", m->p_value, m->statistic,
               m->df);
    }
    if (td_metric_is_defined(m->lift))
        printf("lift of the second arm: %+.2f %%, interval %+.2f to %+.2f %%\n",
               100.0 * m->lift.value, 100.0 * m->lift_ci.low, 100.0 * m->lift_ci.high);
    if (m->ci.low > 0 || m->ci.high < 0) {
        printf("\nIn words: %s is higher; a gap this large would be rare if the arms were alike.\n",
               m->ci.low > 0 ? control : other);
    } else {
        puts(
            "\nIn words: no difference at all fits these numbers too: the experiment does not tell "
            "which\narm is higher.");
    }
    printf("%s, %s is the better arm with probability %.4f; choosing it and being wrong costs "
           "%.4g\non average.\n",
           test->options->prior_effect == NULL ? "Without a belief from before"
                                               : "Given the belief from before",
           other, c->effect.chance_to_win, c->effect.loss_if_chosen);
}

/* A row "name, ratio, interval" relative to control. */
static void print_stratum_ratio(const char *name, td_metric ratio, td_interval ci) {
    if (!td_metric_is_defined(ratio)) {
        printf("  %s: %s\n", name, ratio.undefined_reason);
    } else {
        printf("  %s %.4f, interval %.4f to %.4f\n", name, ratio.value, ci.low, ci.high);
    }
}

/* --stratum: what is left when like is compared with like. */
static void print_strata(const td_abtest *test, const td_stratified *s) {
    printf("\nwithin %u of %u strata (Mantel-Haenszel):\n", s->n_used, test->arms.n_strata);
    if (td_interval_is_defined(s->ci))
        printf("  difference %+.4f points, interval %+.4f to %+.4f\n", 100.0 * s->difference.value,
               100.0 * s->ci.low, 100.0 * s->ci.high);
    if (td_interval_is_defined(s->post_ci))
        printf("  post-stratified %+.4f points, interval %+.4f to %+.4f\n", 100.0 * s->post.value,
               100.0 * s->post_ci.low, 100.0 * s->post_ci.high);
    print_stratum_ratio("risk ratio", s->risk_ratio, s->risk_ci);
    print_stratum_ratio("odds ratio", s->odds_ratio, s->odds_ci);
    if (td_metric_is_defined(s->cmh_p))
        printf("  p, Cochran-Mantel-Haenszel: %.4g (chi-square %.4f; corrected p %.4g)\n",
               s->cmh_p.value, s->cmh_chi2.value, s->cmh_corrected.value);
}

/* Only with three arms or more. */
static void print_adjusted(const td_abtest *test) {
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrr");
    td_grid_cell(&grid, "p-values");
    td_grid_cell(&grid, "raw");
    for (int m = 0; m < TD_N_MULTIPLE; m++)
        td_grid_cell(&grid, "%s", td_multiple_name((td_multiple)m));
    for (uint32_t i = 0; i + 1 < test->arms.n; i++) {
        const td_comparison *c = &test->comparison[i];
        td_grid_cell(&grid, "%s v %s", test->arms.name[0], test->arms.name[i + 1]);
        td_grid_cell(&grid, "%.4g", td_metric_is_defined(c->p_value) ? c->p_value.value : 1.0);
        for (int m = 0; m < TD_N_MULTIPLE; m++) td_grid_cell(&grid, "%.4g", c->adjusted[m]);
    }
    putchar('\n');
    td_grid_print(&grid, 0);
    puts("\nSeveral arms give chance several tries: read the holm column, or bh when a share of "
         "false\nfinds among all finds is acceptable.");
}

/* Arms, split, each comparison with control, adjustment. */
void td_abtest_print(const td_abtest *test) {
    if (td_abtest_is_rates(test)) {
        print_rates(test);
    } else {
        print_means(test);
    }
    print_split(test);
    for (uint32_t i = 0; i + 1 < test->arms.n; i++) {
        const char *other = test->arms.name[i + 1];
        printf("\n%s - %s\n", test->arms.name[0], other);
        if (td_abtest_is_rates(test)) {
            print_rate_comparison(test, &test->comparison[i], other);
            if (test->arms.n_strata > 0) print_strata(test, &test->comparison[i].stratified);
        } else {
            print_mean_comparison(test, &test->comparison[i], other);
        }
        if (test->options->sequential != NULL)
            td_abtest_print_look(test, &test->comparison[i], other);
    }
    if (test->arms.n > 2) print_adjusted(test);
}
