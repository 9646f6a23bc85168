/* cli/uplift_policy_json.c: a judged rule as JSON, and its target list and profit curve as CSV. */
#include <math.h>
#include <stdio.h>

#include "cli/report_evaluation.h"
#include "cli/uplift_policy.h"
#include "io/csv_write.h"

/* Three estimates with their errors. */
static void json_value(td_json *json, const char *name, const td_offpolicy_value *v) {
    char key[64];
    td_json_object(json, name);
    for (int how = 0; how < TD_N_POLICY_VALUES; how++) {
        const char *estimator = td_offpolicy_name((td_offpolicy_how)how);
        td_json_metric(json, estimator, v->value[how]);
        if (!td_metric_is_defined(v->value[how])) continue;
        snprintf(key, sizeof key, "%s_se", estimator);
        td_json_metric(json, key, v->se[how]);
        td_json_interval(json, estimator, v->interval[how]);
        snprintf(key, sizeof key, "%s_p_value", estimator);
        td_json_metric(json, key, v->p_value[how]);
    }
    td_json_end(json);
}

static void json_profit(td_json *json, const td_policy_report *r) {
    const td_uplift_profit *p = r->profit;
    td_json_object(json, "profit");
    td_json_u64(json, "replicates", r->n_replicates);
    td_json_array(json, "curve");
    for (int i = 0; i < TD_PROFIT_POINTS; i++) {
        td_json_object(json, NULL);
        td_json_f64(json, "share", p->point[i].share);
        td_json_metric(json, "effect", p->point[i].effect);
        td_json_metric(json, "effect_se", p->point[i].effect_se);
        td_json_metric(json, "profit", p->point[i].profit);
        td_json_interval(json, "profit", p->point[i].interval);
        td_json_metric(json, "p_value", p->point[i].p_value);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_metric(json, "best_share", p->best_share);
    td_json_interval(json, "best_share", p->best_share_interval);
    td_json_metric(json, "best_profit", p->best_profit);
    td_json_metric(json, "corrected_profit", p->corrected_profit);
    td_json_metric(json, "break_even_share", p->break_even);
    td_json_interval(json, "break_even_share", p->break_even_interval);
    td_json_end(json);
}

void td_json_policy_report(td_json *json, const td_policy_report *r) {
    const td_uplift_scores *s = r->scores;
    double treated = (double)(s->n - r->chosen.n_chosen[0]);
    td_json_u64(json, "rows", s->n);
    td_json_u64(json, "left_out", s->n_left_out);
    td_json_text(json, "rule", r->rule);
    td_json_f64(json, "value_of_outcome", r->value);
    td_json_object(json, "cost");
    for (uint32_t a = 1; a < s->n_arms; a++) td_json_f64(json, s->arm_name[a], r->cost[a]);
    td_json_end(json);
    td_json_f64(json, "budget", r->budget); /* null = none */
    td_json_f64(json, "spent", r->spent);
    td_json_object(json, "chosen");
    for (uint32_t a = 0; a < s->n_arms; a++)
        td_json_u64(json, s->arm_name[a], r->chosen.n_chosen[a]);
    td_json_end(json);
    td_json_f64(json, "treated_share", treated / (double)s->n);
    td_json_f64(json, "cost_per_row", r->chosen.cost);
    td_json_u64(json, "followed", r->chosen.n_followed);
    td_json_text(json, "expected_outcomes", r->has_means ? "given" : "tenths of the score");
    td_json_f64(json, "level", r->level);
    json_value(json, "value", &r->chosen);
    td_json_array(json, "against");
    for (uint32_t a = 0; a < s->n_arms; a++) {
        td_json_object(json, NULL);
        td_json_text(json, "all_rows_get", s->arm_name[a]);
        json_value(json, "value", &r->rival[a].value);
        json_value(json, "difference", &r->rival[a].gap);
        td_json_end(json);
    }
    td_json_end(json);
    if (r->profit != NULL) json_profit(json, r);
}

/* ---- CSV ---- */

static void put_name(td_writer *writer, const char *name) {
    uint64_t n = 0;
    while (name[n] != '\0') n++;
    td_writer_text(writer, ",");
    td_csv_write_text(writer, ',', name, n);
}

td_status td_policy_write_targets(const char *path, const td_policy_report *r, const char *id,
                                  td_error *err) {
    const td_uplift_scores *s = r->scores;
    td_writer *writer = NULL;
    uint32_t c = 0;
    if (id != NULL) TD_TRY(td_data_find(&c, &s->data, id, err));
    TD_TRY(td_writer_open(&writer, path, err));
    td_writer_text(writer, "row");
    if (id != NULL) put_name(writer, id);
    for (uint32_t k = 0; k < s->n_scores; k++) put_name(writer, s->name[k]);
    td_writer_text(writer, ",action,expected_gain\n");
    for (uint64_t i = 0; i < s->n; i++) {
        uint32_t action = r->action[i];
        td_writer_u64(writer, (uint64_t)s->row[i] + 1);
        if (id != NULL) {
            td_writer_text(writer, ",");
            td_data_write_cell(writer, &s->data.table.column[c], s->row[i]);
        }
        for (uint32_t k = 0; k < s->n_scores; k++) {
            td_writer_text(writer, ",");
            td_writer_f64(writer, s->score[k][i]);
        }
        put_name(writer, s->arm_name[action]);
        td_writer_text(writer, ",");
        td_writer_f64(writer,
                      action > 0 ? r->value * s->score[action - 1][i] - r->cost[action] : 0.0);
        td_writer_text(writer, "\n");
    }
    return td_writer_commit(writer, err);
}

/* A value that does not exist is an empty field. */
static void put_metric(td_writer *writer, td_metric metric, const char *before) {
    td_writer_text(writer, before);
    if (td_metric_is_defined(metric)) td_writer_f64(writer, metric.value);
}

td_status td_policy_write_curve(const char *path, const td_uplift_profit *p, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, path, err));
    td_writer_text(writer, "share,effect,effect_se,profit,profit_low,profit_high\n");
    for (int i = 0; i < TD_PROFIT_POINTS; i++) {
        const td_profit_point *point = &p->point[i];
        int is_made = td_interval_is_defined(point->interval);
        td_writer_f64(writer, point->share);
        put_metric(writer, point->effect, ",");
        put_metric(writer, point->effect_se, ",");
        put_metric(writer, point->profit, ",");
        td_writer_text(writer, ",");
        td_writer_f64(writer, is_made ? point->interval.low : (double)NAN);
        td_writer_text(writer, ",");
        td_writer_f64(writer, is_made ? point->interval.high : (double)NAN);
        td_writer_text(writer, "\n");
    }
    return td_writer_commit(writer, err);
}
