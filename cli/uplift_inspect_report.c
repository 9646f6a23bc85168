/* cli/uplift_inspect_report.c: an inspection as tables for people and as a JSON object. */
#include <math.h>
#include <stdio.h>

#include "cli/uplift_inspect.h"
#include "cli/uplift_tree_report.h"

/* ---- text ------------------------------------------------------------------------------------ */

static void cell_estimate(td_grid *grid, td_effect_estimate e) {
    if (td_interval_is_defined(e.interval)) {
        td_grid_cell(grid, "%.4g [%.4g, %.4g]", e.value, e.interval.low, e.interval.high);
    } else {
        td_grid_cell(grid, "-");
    }
}

static void cell_metric(td_grid *grid, td_metric metric) {
    if (td_metric_is_defined(metric)) {
        td_grid_cell(grid, "%.3g", metric.value);
    } else {
        td_grid_cell(grid, "-");
    }
}

static void cell_number(td_grid *grid, double x) {
    if (x == x) {
        td_grid_cell(grid, "%.3g", x);
    } else {
        td_grid_cell(grid, "-");
    }
}

static void print_models(const td_inspection *all) {
    td_grid grid;
    td_grid_open(&grid, "lrrrrrrrr");
    static const char *const heads[] = {"model",   "loading", "p",    "slope",      "error",
                                        "gain DR", "gain R",  "Qini", "rows needed"};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) td_grid_cell(&grid, "%s", heads[k]);
    for (uint32_t k = 0; k < all->plan->n_models; k++) {
        const td_inspected *m = &all->model[k];
        td_grid_cell(&grid, "%s%s", m->name, k == all->best ? " *" : "");
        if (m->has_blp) {
            cell_estimate(&grid, m->blp.loading);
            cell_metric(&grid, m->blp.loading.p_value);
        } else {
            td_grid_cell(&grid, "all effects equal");
            td_grid_cell(&grid, "-");
        }
        cell_estimate(&grid, m->calibration.slope);
        cell_metric(&grid, m->calibration.error);
        cell_estimate(&grid, m->loss.dr_gain);
        td_grid_cell(&grid, "%.3g", m->loss.r_gain.value);
        cell_number(&grid, m->qini);
        if (m->rows_needed <= 1e15) td_grid_count(&grid, (uint64_t)ceil(m->rows_needed));
        if (!(m->rows_needed <= 1e15)) td_grid_cell(&grid, "-");
    }
    td_grid_print(&grid, 0);
}

static void print_groups(const td_inspected *m) {
    td_grid grid;
    printf("\neffect by group of predicted effect (%s)\n", m->name);
    td_grid_open(&grid, "rrrr");
    td_grid_cell(&grid, "group");
    td_grid_cell(&grid, "rows");
    td_grid_cell(&grid, "predicted");
    td_grid_cell(&grid, "effect");
    for (uint32_t k = 0; k < m->groups.n_groups; k++) {
        const td_effect_group *group = &m->groups.group[k];
        td_grid_cell(&grid, "%u", k + 1);
        td_grid_count(&grid, group->n);
        td_grid_cell(&grid, "%.4g", group->predicted);
        cell_estimate(&grid, group->mean);
    }
    td_grid_print(&grid, 0);
    td_effect_estimate d = m->groups.difference;
    if (td_interval_is_defined(d.interval)) {
        printf("highest minus lowest: %.4g [%.4g, %.4g]\n", d.value, d.interval.low,
               d.interval.high);
    }
    if (td_metric_is_defined(m->groups.p_value)) {
        printf("one effect for all groups: chi-square %.4g, p = %.3g\n", m->groups.chi2.value,
               m->groups.p_value.value);
    }
}

static void print_refutations(const td_inspection *all) {
    static const char *const kinds[] = {"placebo", "random cause"};
    td_grid grid;
    td_grid_open(&grid, "llrrrr");
    static const char *const heads[] = {"model", "refutation", "mean effect", "p", "loading", "p"};
    puts("");
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) td_grid_cell(&grid, "%s", heads[k]);
    for (uint32_t k = 0; k < all->plan->n_models; k++) {
        for (uint32_t i = 0; i < 2 * all->plan->n_draws; i++) {
            uint32_t kind = i / all->plan->n_draws;
            const td_refutation *r = &all->model[k].refutation[kind][i % all->plan->n_draws];
            td_grid_cell(&grid, "%s", all->model[k].name);
            td_grid_cell(&grid, "%s", kinds[kind]);
            cell_number(&grid, r->mean.value);
            cell_metric(&grid, r->mean.p_value);
            cell_number(&grid, r->loading.value);
            cell_metric(&grid, r->loading.p_value);
        }
    }
    td_grid_print(&grid, 0);
}

static td_tree_report tree_of(const td_inspection *all) {
    const td_uplift_data *learn = &all->plan->table->learn;
    return (td_tree_report){&all->policy, all->nuisance.bins, learn->arm_name, learn->n_arms};
}

void td_inspect_print(const td_inspection *all) {
    char count[32];
    printf("%s rows", td_text_count(count, all->nuisance.n));
    if (all->nuisance.cluster != NULL)
        printf(" in %s clusters", td_text_count(count, all->nuisance.n_clusters));
    printf("; %smean effect %.4g [%.4g, %.4g], propensity %s in [%.3g, %.3g]\n\n",
           all->nuisance.weight != NULL ? "weighted " : "", all->mean.value, all->mean.interval.low,
           all->mean.interval.high,
           all->nuisance.report.is_estimated ? "estimated" : "known or the share",
           all->nuisance.report.low, all->nuisance.report.high);
    print_models(all);
    print_groups(&all->model[all->best]);
    if (all->plan->n_draws > 0 && !all->plan->are_columns) print_refutations(all);
    if (!all->plan->wants_tree) return;
    td_tree_report tree = tree_of(all);
    puts("");
    td_tree_print(&tree);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_metric(td_json *json, const char *key, td_metric metric) {
    if (td_metric_is_defined(metric)) {
        td_json_f64(json, key, metric.value);
    } else {
        td_json_null(json, key);
    }
}

static void json_groups(td_json *json, const td_effect_groups *groups) {
    td_json_array(json, "groups");
    for (uint32_t k = 0; k < groups->n_groups; k++) {
        const td_effect_group *group = &groups->group[k];
        td_json_object(json, NULL);
        td_json_u64(json, "rows", group->n);
        td_json_f64(json, "predicted", group->predicted);
        td_json_f64(json, "low", group->low);
        td_json_f64(json, "high", group->high);
        td_json_effect_estimate(json, "effect", group->mean);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_effect_estimate(json, "highest_minus_lowest", groups->difference);
    json_metric(json, "one_effect_chi2", groups->chi2);
    json_metric(json, "one_effect_p_value", groups->p_value);
}

static void json_refutations(td_json *json, const td_inspected *m, uint32_t n_draws) {
    static const char *const kinds[] = {"placebo", "random_cause"};
    td_json_object(json, "refutation");
    for (int kind = 0; kind < 2; kind++) {
        td_json_array(json, kinds[kind]);
        for (uint32_t draw = 0; draw < n_draws; draw++) {
            const td_refutation *r = &m->refutation[kind][draw];
            td_json_object(json, NULL);
            td_json_effect_estimate(json, "mean_effect", r->mean);
            td_json_effect_estimate(json, "loading", r->loading);
            td_json_f64(json, "mean_predicted", r->mean_predicted);
            json_metric(json, "correlation", r->correlation);
            td_json_end(json);
        }
        td_json_end(json);
    }
    td_json_end(json);
}

static void json_model(td_json *json, const td_inspection *all, const td_inspected *m) {
    const td_effect_calibration *c = &m->calibration;
    td_json_object(json, NULL);
    td_json_text(json, "model", m->name);
    if (m->has_blp) {
        td_json_effect_estimate(json, "loading", m->blp.loading);
    } else {
        td_json_null(json, "loading");
    }
    td_json_effect_estimate(json, "calibration_intercept", c->intercept);
    td_json_effect_estimate(json, "calibration_slope", c->slope);
    json_metric(json, "slope_is_one_p_value", c->slope_is_one_p);
    json_metric(json, "calibration_error", c->error);
    json_metric(json, "calibration_r2", c->r2);
    td_json_f64(json, "dr_loss", m->loss.dr);
    td_json_f64(json, "r_loss", m->loss.r);
    td_json_effect_estimate(json, "dr_gain", m->loss.dr_gain);
    td_json_effect_estimate(json, "r_gain", m->loss.r_gain);
    td_json_f64(json, "qini_area", m->qini);
    td_json_f64(json, "qini_se", m->qini_se);
    td_json_f64(json, "qini_rows_needed", m->rows_needed);
    json_groups(json, &m->groups);
    if (all->plan->n_draws > 0 && !all->plan->are_columns) {
        json_refutations(json, m, all->plan->n_draws);
    }
    td_json_end(json);
}

void td_inspect_json(td_json *json, const void *inspection) {
    const td_inspection *all = inspection;
    td_json_u64(json, "rows", all->nuisance.n);
    if (all->nuisance.cluster != NULL) td_json_u64(json, "clusters", all->nuisance.n_clusters);
    td_json_bool(json, "is_weighted", all->nuisance.weight != NULL);
    td_json_effect_estimate(json, "mean_effect", all->mean);
    td_json_object(json, "propensity");
    td_json_bool(json, "is_estimated", all->nuisance.report.is_estimated);
    td_json_f64(json, "low", all->nuisance.report.low);
    td_json_f64(json, "high", all->nuisance.report.high);
    td_json_u64(json, "clipped", all->nuisance.report.n_clipped);
    td_json_end(json);
    td_json_text(json, "best", all->model[all->best].name);
    td_json_array(json, "models");
    for (uint32_t k = 0; k < all->plan->n_models; k++) json_model(json, all, &all->model[k]);
    td_json_end(json);
    if (!all->plan->wants_tree) return;
    td_tree_report tree = tree_of(all);
    td_json_object(json, "policy_tree");
    td_tree_json(json, &tree);
    td_json_end(json);
}
