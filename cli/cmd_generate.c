/* cli/cmd_generate.c: `tundish generate`: write a synthetic shop whose truth is known.
 *
 *     $ tundish generate --preset demo --seed 1 --out shop
 *     shop/events.csv  item_properties_part1.csv  item_properties_part2.csv  category_tree.csv
 *     shop/truth/sessions.csv          true probabilities, both outcomes, arm of every session
 *
 * The files are those of a RetailRocket shop, so every other command reads them; the law they
 * are drawn from stands with its formulas in datasets/README.md. The counts printed are the ones
 * that `kpi` finds, and `truth` is the best ranking that anybody could reach: the true
 * probability itself.
 *
 *   1. Options become td_synth_params.
 *   2. The library draws and writes.
 *   3. A folder that was made for a shop that then failed is removed again.
 *
 * One (preset, scale, properties, seed) gives the same bytes on any machine with any thread
 * count. JSON:
 *
 *     counts   keys of `kpi`, and property_rows, categories
 *     truth    {auc, average_precision, population, positives, mean_p0, mean_p1,
 *              share_negative_effect}; p0, p1 = purchase probability without and with treatment
 *     timings  {wall} */
#include <stdio.h>

#include "cli/progress.h"
#include "cli/report_text.h"
#include "datasets/synth.h"

typedef struct options {
    const char *preset;
    const char *properties;
    const char *out;
    double scale;
} options;

#define AT(field) offsetof(options, field)

static const td_option own_options[] = {
    {"preset", "demo|retailrocket", NULL,
     "demo: about 60,000 events; retailrocket: the size and marginals of that log (2.7 million)",
     AT(preset), TD_OPT_CHOICE, 1, 0, 0},
    {"out", "DIR", NULL, "folder to write; files of the same names are replaced", AT(out),
     TD_OPT_TEXT, 1, 0, 0},
    {"scale", "X", "1", "visitors and items relative to the preset", AT(scale), TD_OPT_REAL, 0,
     0.001, 100},
    {"properties", "none|light|full", "light",
     "item_properties: none, the three that are used, or the size of the original", AT(properties),
     TD_OPT_CHOICE, 0, 0, 0},
};

const td_usage td_usage_generate = {
    TD_USAGE_OWN(own_options, options),
    .examples = "  tundish generate --preset demo --seed 1 --out shop\n"
                "  tundish generate --preset retailrocket --seed 1 --properties full --out big",
};

typedef struct report {
    const td_synth_summary *made;
    double seconds;
} report;

/* `counts` has the keys of `kpi`, so that the two can be compared line by line. */
static void fill_json(td_json *json, const void *ctx) {
    const td_synth_summary *made = ((const report *)ctx)->made;
    td_json_object(json, "counts");
    td_json_u64(json, "rows_read", made->n_rows);
    td_json_u64(json, "rows_kept", made->n_rows - made->n_duplicates);
    td_json_u64(json, "rows_excluded", made->n_duplicates);
    td_json_u64(json, "visitors", made->n_visitors);
    td_json_u64(json, "items", made->n_items);
    td_json_u64(json, "sessions", made->n_sessions);
    td_json_u64(json, "events_view", made->n_events[TD_VIEW]);
    td_json_u64(json, "events_addtocart", made->n_events[TD_ADDTOCART]);
    td_json_u64(json, "events_transaction", made->n_events[TD_TRANSACTION]);
    td_json_u64(json, "orders", made->n_orders);
    td_json_u64(json, "property_rows", made->n_property_rows);
    td_json_u64(json, "categories", made->n_categories);
    td_json_end(json);
    td_json_object(json, "truth");
    td_json_f64(json, "auc", made->truth_auc);
    td_json_f64(json, "average_precision", made->truth_average_precision);
    td_json_u64(json, "population", made->n_population);
    td_json_u64(json, "positives", made->n_positives);
    td_json_f64(json, "mean_p0", made->mean_p0);
    td_json_f64(json, "mean_p1", made->mean_p1);
    td_json_f64(json, "share_negative_effect", made->share_negative_effect);
    td_json_end(json);
    td_json_object(json, "timings");
    td_json_f64(json, "wall", ((const report *)ctx)->seconds);
    td_json_end(json);
}

/* A row of the table. */
static void add_count(td_grid *grid, const char *name, uint64_t n) {
    td_grid_cell(grid, "%s", name);
    td_grid_count(grid, n);
}

static void print_text(const report *r, const char *folder) {
    const td_synth_summary *made = r->made;
    td_grid grid;
    td_grid_open(&grid, "lr");
    add_count(&grid, "rows of events.csv", made->n_rows);
    add_count(&grid, "  exact copies", made->n_duplicates);
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        add_count(&grid, td_event_kind_name((td_event_kind)kind), made->n_events[kind]);
    add_count(&grid, "visitors", made->n_visitors);
    add_count(&grid, "items", made->n_items);
    add_count(&grid, "sessions", made->n_sessions);
    add_count(&grid, "orders", made->n_orders);
    add_count(&grid, "rows of item_properties", made->n_property_rows);
    add_count(&grid, "categories", made->n_categories);
    add_count(&grid, "sessions to score", made->n_population);
    add_count(&grid, "  that buy later", made->n_positives);
    td_grid_print(&grid, 0);
    printf("\nbest possible ranking: ROC AUC %.4f, average precision %.4f\n", made->truth_auc,
           made->truth_average_precision);
    printf("written to %s in %.1f s\n", folder, r->seconds);
}

td_status td_cmd_generate(const td_cli *cli, const void *given, td_error *err) {
    const options *o = given;
    td_synth_preset preset;
    td_synth_summary made = {0};
    double start = td_clock_seconds();
    TD_TRY(td_synth_preset_find(&preset, o->preset, err));
    td_synth_params params = td_synth_params_default(preset);
    params.scale = o->scale;
    params.seed = cli->seed;
    TD_TRY(td_synth_properties_find(&params.properties, o->properties, err));
    int is_new = !td_path_exists(o->out);
    td_status status = td_synth_generate(&made, &params, o->out, &cli->exec, err);
    if (status != TD_OK) {
        if (is_new) (void)!td_path_remove(o->out, NULL); /* whatever is in it is half a shop */
        return status;
    }
    report r = {&made, td_clock_seconds() - start};
    TD_TRY(td_cli_write_json(cli, fill_json, &r, err));
    if (td_cli_has_text(cli, NULL)) print_text(&r, o->out);
    return TD_OK;
}
