/* cli/cmd_features.c: `tundish features DIR --out FILE`: what was known about each session at
 * its decision, as a table that any tool can train on.
 *
 *     session   |--- prefix: seen ---|decision|--- label: a purchase here? ---|
 *     before    visitor's past, market, catalog: as of the start or the decision, by scope
 *
 *   1. events, catalog -> sessions -> population (who is scored, when, label).
 *   2. Split by time into train, valid, test; a purged strip before each boundary.
 *   3. Features, each from what its scope may see; a missing catalog file takes its features away,
 *      by name, with one note.
 *   4. The CSV: session_id, visitorid, start, decision, split, label, features.
 *
 * --features FILE chooses some of them, by window, under names of the user's own.
 *
 * --list prints the whitelist of features with scope and definition and reads nothing. Leave
 * session_id, visitorid, start, decision and split out when training (--ignore). JSON:
 *
 *     target, hide_cart, rows, positives, censored, bought_before
 *     split     {train, valid, test, purged: {rows, positives}}
 *     features  [{name, scope, definition}]         columns of the table, in order
 *     removed   [name] */
#include <stdio.h>
#include <string.h>

#include "cli/export.h"
#include "cli/scoring.h"

typedef struct options {
    td_scoring scoring;
    const char *out;
    int is_list;
    int is_markdown;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"out", "FILE", NULL,
     "table to write, CSV or .parquet: ids, times, split, label, then the features", AT(out),
     TD_OPT_TEXT, 0, 0, 0},
    {"list", NULL, NULL, "print all features with scope and definition, and stop", AT(is_list),
     TD_OPT_FLAG, 0, 0, 0},
    {"markdown", NULL, NULL, "with --list: as the table of docs/data_dictionary.md",
     AT(is_markdown), TD_OPT_FLAG, 0, 0, 0},
};

const td_usage td_usage_features = {
    .paths = "DIR",
    .min_paths = 0,
    .max_paths = 1,
    TD_USAGE_OWN(own_options, options),
    TD_USAGE_SCORING(AT(scoring)),
    .notes =
        "A feature sees only what its scope allows; docs/leak_safety.md explains scopes, labels\n"
        "and the split. Features that need a missing catalog file are left out by name.",
    .examples = "  tundish features shop --out features.csv\n"
                "  tundish features --list --markdown",
};

typedef struct work {
    td_shop shop;
    td_scored scored;
} work;

/* Name, scope and definition: the whitelist as the user sees it. id NULL = all of the registry. */
static void json_features(td_json *json, const uint32_t *id, uint32_t n) {
    td_json_array(json, "features");
    for (uint32_t i = 0; i < n; i++) {
        const td_feature_info *info = td_feature_at(id == NULL ? i : id[i]);
        td_json_object(json, NULL);
        td_json_text(json, "name", info->name);
        td_json_text(json, "scope", td_scope_name(info->scope));
        td_json_text(json, "definition", info->definition);
        td_json_end(json);
    }
    td_json_end(json);
}

static void fill_list(td_json *json, const void *ctx) {
    (void)ctx;
    json_features(json, NULL, td_feature_count());
}

static void fill_json(td_json *json, const void *ctx) {
    const td_feature_set *set = &((const work *)ctx)->scored.set;
    td_scoring_json(json, &((const work *)ctx)->scored);
    json_features(json, set->id, set->features.n_columns);
    td_json_array(json, "removed");
    for (uint32_t i = 0; i < set->n_removed; i++)
        td_json_text(json, NULL, td_feature_at(set->removed[i])->name);
    td_json_end(json);
}

/* The registry in column order. */
static void print_list(void) {
    td_grid grid;
    td_grid_open(&grid, "lll");
    for (uint32_t i = 0; i < td_feature_count(); i++) {
        const td_feature_info *info = td_feature_at(i);
        td_grid_cell(&grid, "%s", info->name);
        td_grid_cell(&grid, "%s", td_scope_name(info->scope));
        td_grid_cell(&grid, "%s", info->definition);
    }
    td_grid_print(&grid, 0);
}

/* The table of docs/data_dictionary.md, which `make dictionary` writes there. */
static void print_markdown(void) {
    puts("| name | scope | needs | definition |\n|---|---|---|---|");
    for (uint32_t i = 0; i < td_feature_count(); i++) {
        const td_feature_info *info = td_feature_at(i);
        const char *needs = info->needs == TD_NEEDS_NOTHING      ? ""
                            : info->needs == TD_NEEDS_PROPERTIES ? "properties"
                                                                 : "properties, tree";
        printf("| `%s` | %s | %s | %s |\n", info->name, td_scope_name(info->scope), needs,
               info->definition);
    }
}

static void print_text(const work *w, const char *out) {
    td_grid grid;
    td_grid_open(&grid, "lrr");
    td_grid_cell(&grid, "part");
    td_grid_cell(&grid, "sessions");
    td_grid_cell(&grid, "buyers");
    for (int part = 0; part < TD_N_PARTS; part++) {
        td_grid_cell(&grid, "%s", td_part_name((td_part)part));
        td_grid_count(&grid, w->scored.split.n_of_part[part]);
        td_grid_count(&grid, w->scored.split.n_positives[part]);
    }
    td_grid_cell(&grid, "all");
    td_grid_count(&grid, w->scored.set.n);
    td_grid_count(&grid, w->scored.set.n_positives);
    td_grid_print(&grid, 0);
    printf("\n%u features of target %s written to %s\n", w->scored.set.features.n_columns,
           td_target_name(w->scored.population.rule.target), out);
}

/* One line per missing file, naming the features that need it. */
static void note_removed(const td_cli *cli, const td_feature_set *set) {
    static const char *const file[] = {"item_properties file", "category_tree.csv"};
    for (int k = 0; k < 2; k++) {
        char names[2048] = "";
        size_t used = 0;
        uint32_t n = 0;
        for (uint32_t i = 0; i < set->n_removed && used < sizeof names; i++) {
            const td_feature_info *info = td_feature_at(set->removed[i]);
            if ((info->needs & TD_NEEDS_PROPERTIES ? 0 : 1) != k) continue;
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", n++ ? ", " : "",
                                     info->name);
        }
        if (n > 0)
            td_cli_note(cli, "there is no %s, so %u features are left out: %s", file[k], n, names);
    }
}

static td_status run(work *w, const td_cli *cli, const options *o, td_error *err) {
    TD_CHECK(cli->n_paths == 1, err, TD_ERR_ARG, "DIR is missing");
    TD_CHECK(o->out != NULL, err, TD_ERR_ARG, "--out FILE is missing");
    TD_TRY(td_cli_check_out(cli, o->out, err));
    TD_TRY(td_scoring_open(&w->shop, cli->path[0], &o->scoring, &cli->exec, err));
    TD_TRY(td_scoring_build(&w->scored, &w->shop, &o->scoring, &cli->exec, err));
    note_removed(cli, &w->scored.set);
    TD_TRY(td_export_features(o->out, &w->scored.set, &w->scored.split, &cli->exec, err));
    TD_TRY(td_cli_write_json(cli, fill_json, w, err));
    if (td_cli_has_text(cli, o->out)) print_text(w, o->out);
    return TD_OK;
}

td_status td_cmd_features(const td_cli *cli, const void *given, td_error *err) {
    const options *o = given;
    TD_CHECK(o->is_list || !o->is_markdown, err, TD_ERR_ARG, "--markdown is a form of --list");
    if (o->is_list) {
        TD_TRY(td_cli_write_json(cli, fill_list, NULL, err));
        if (td_cli_has_text(cli, NULL)) (o->is_markdown ? print_markdown : print_list)();
        return TD_OK;
    }
    work w = {0};
    td_status status = run(&w, cli, o, err);
    td_scored_free(&w.scored);
    td_shop_free(&w.shop);
    return status;
}
