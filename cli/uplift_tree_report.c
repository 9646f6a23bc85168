/* cli/uplift_tree_report.c: a policy tree as text and JSON.
 *
 *     x3 <= 1.5?
 *       yes: region in {north, west}?
 *         yes: mail
 *         no:  none
 *       no:  call
 *
 * A question about a category lists the levels that say yes; levels that were rare or are new say
 * no. The worth printed is that of trees of one half of the rows on the other half. */
#include "cli/uplift_tree_report.h"

#include <stdio.h>
#include <string.h>

#include "gbdt/binning.h"

enum { MAX_LEVELS_SHOWN = 12 };

const char *td_tree_action(const td_tree_report *report, uint32_t action) {
    const char *name = report->arm_name[action];
    if (report->n_arms != 2 || strcmp(name, action == 0 ? "0" : "1") != 0) return name;
    return action == 0 ? "do not treat" : "treat";
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_levels(const td_policy_question *q, const td_bins *bins) {
    uint32_t n_shown = 0;
    printf("%s in {", bins->name);
    for (uint32_t c = 0; c < bins->n_values; c++) {
        if (!td_bin_set_has(&q->levels, c)) continue;
        uint64_t begin = bins->levels.begin[c];
        if (n_shown < MAX_LEVELS_SHOWN)
            printf("%s%.*s", n_shown > 0 ? ", " : "", (int)(bins->levels.begin[c + 1] - begin),
                   bins->levels.bytes + begin);
        n_shown++;
    }
    if (n_shown > MAX_LEVELS_SHOWN) printf(" and %u more", n_shown - MAX_LEVELS_SHOWN);
    printf("}?\n");
}

static void print_question(const td_tree_report *r, int which, int depth, const char *answer) {
    const td_policy_tree *tree = &r->policy->tree;
    const td_policy_question *q = &tree->question[which];
    printf("%*s%s", 2 * depth, "", answer);
    if (!q->is_asked) {
        printf("%s\n", td_tree_action(r, q->action[0]));
        return;
    }
    const td_bins *bins = &r->bins->bin[q->feature];
    if (q->is_category) {
        print_levels(q, bins);
    } else {
        printf("%s <= %.6g?\n", bins->name, q->threshold);
    }
    for (int k = 0; k < 2; k++) {
        const char *said = k == 0 ? "yes: " : "no:  ";
        if (which == 0 && tree->depth == 2) {
            print_question(r, 1 + k, depth + 1, said);
        } else {
            printf("%*s%s%s\n", 2 * depth + 2, "", said, td_tree_action(r, q->action[k]));
        }
    }
}

static void estimate_row(td_grid *grid, const char *name, td_effect_estimate e) {
    td_grid_cell(grid, "%s", name);
    td_grid_cell(grid, "%.4g", e.value);
    td_grid_cell(grid, "%.2g", e.se);
    if (td_interval_is_defined(e.interval)) {
        td_grid_cell(grid, "%.4g to %.4g", e.interval.low, e.interval.high);
    } else {
        td_grid_cell(grid, "-");
    }
}

void td_tree_print(const td_tree_report *r) {
    static const char *const heads[] = {"worth per row on held-out halves", "value", "error",
                                        "interval"};
    char name[96];
    td_grid grid;
    puts("policy tree");
    print_question(r, 0, 1, "");
    printf("  gives");
    for (uint32_t a = 0; a < r->n_arms; a++) {
        printf("%s %.1f %% of the rows: %s", a > 0 ? "," : "", 100 * r->policy->tree_share[a],
               td_tree_action(r, a));
    }
    printf("\n\n");
    td_grid_open(&grid, "lrrl");
    for (int k = 0; k < 4; k++) td_grid_cell(&grid, "%s", heads[k]);
    estimate_row(&grid, "the tree's", r->policy->value);
    for (uint32_t a = 0; a < r->n_arms; a++) {
        snprintf(name, sizeof name, "minus all rows: %.60s", td_tree_action(r, a));
        estimate_row(&grid, name, r->policy->over[a]);
    }
    td_grid_print(&grid, 2);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

void td_json_effect_estimate(td_json *json, const char *key, td_effect_estimate e) {
    td_json_object(json, key);
    td_json_f64(json, "value", e.value);
    td_json_f64(json, "se", e.se);
    td_json_array(json, "ci");
    if (td_interval_is_defined(e.interval)) {
        td_json_f64(json, NULL, e.interval.low);
        td_json_f64(json, NULL, e.interval.high);
    }
    td_json_end(json);
    if (td_metric_is_defined(e.p_value)) {
        td_json_f64(json, "p_value", e.p_value.value);
    } else {
        td_json_null(json, "p_value");
    }
    td_json_end(json);
}

/* Texts of a dictionary do not end in a zero byte. */
static void json_level(td_json *json, const td_textdict *levels, uint32_t c) {
    char text[256];
    uint64_t n = levels->begin[c + 1] - levels->begin[c];
    if (n >= sizeof text) n = sizeof text - 1;
    memcpy(text, levels->bytes + levels->begin[c], n);
    text[n] = '\0';
    td_json_text(json, NULL, text);
}

static void json_question(td_json *json, const td_tree_report *r, int which) {
    const td_policy_question *q = &r->policy->tree.question[which];
    td_json_object(json, NULL);
    td_json_bool(json, "is_asked", q->is_asked);
    if (q->is_asked) {
        const td_bins *bins = &r->bins->bin[q->feature];
        td_json_text(json, "feature", bins->name);
        if (!q->is_category) td_json_f64(json, "threshold", q->threshold);
        if (q->is_category) {
            td_json_array(json, "levels");
            for (uint32_t c = 0; c < bins->n_values; c++) {
                if (td_bin_set_has(&q->levels, c)) json_level(json, &bins->levels, c);
            }
            td_json_end(json);
        }
    }
    if (which > 0 || r->policy->tree.depth < 2) {
        td_json_text(json, "yes", r->arm_name[q->action[0]]);
        td_json_text(json, "no", r->arm_name[q->action[1]]);
    }
    td_json_end(json);
}

void td_tree_json(td_json *json, const td_tree_report *r) {
    const td_policy_report *p = r->policy;
    td_json_u64(json, "depth", p->tree.depth);
    td_json_array(json, "questions");
    for (int k = 0; k < (p->tree.depth == 2 ? 3 : 1); k++) json_question(json, r, k);
    td_json_end(json);
    td_json_object(json, "share_fitted");
    for (uint32_t a = 0; a < r->n_arms; a++) td_json_f64(json, r->arm_name[a], p->tree_share[a]);
    td_json_end(json);
    td_json_f64(json, "value_fitted", p->tree.value);
    td_json_object(json, "held_out");
    td_json_effect_estimate(json, "value", p->value);
    td_json_object(json, "share");
    for (uint32_t a = 0; a < r->n_arms; a++) td_json_f64(json, r->arm_name[a], p->share[a]);
    td_json_end(json);
    td_json_array(json, "against");
    for (uint32_t a = 0; a < r->n_arms; a++) {
        td_json_object(json, NULL);
        td_json_text(json, "all_rows_get", r->arm_name[a]);
        td_json_effect_estimate(json, "difference", p->over[a]);
        td_json_end(json);
    }
    td_json_end(json);
    td_json_end(json);
}
