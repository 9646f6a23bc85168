/* cli/shop.c: a shop folder -> events, catalog, sessions, funnel, in that order, as much as a
 * command asks for.
 *
 *     events.csv ----------> log (events, exclusions) ----> sessions ----> funnel
 *     item_properties*.csv -> catalog of the log's items
 *     category_tree.csv ----/
 *
 *   1. events.csv (or .gz, .zst) is mapped and parsed; every row is kept or excluded for a reason.
 *   2. The excluded rows are written where --exclusions says, also when step 3 then fails: they
 *      show why.
 *   3. More than the allowed share excluded is an error that names the first such row.
 *   4. The catalog files follow the same rule, each on its own; a missing one is no error.
 *
 * The file stays open because excluded rows are kept as places in it. Everything else is owned
 * by td_shop and given back by td_shop_free in the reverse order. Cost: that of the calls; for
 * 2.8 million events about 0.5 s of processor time up to the funnel. */
#include "cli/shop.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

const td_option td_cleaning_options[TD_N_CLEANING_OPTIONS] = {
    TD_OPTION_MAX_EXCLUDED(offsetof(td_cleaning, max_excluded)),
    TD_OPTION_EXCLUSIONS(offsetof(td_cleaning, exclusions)),
};

void td_shop_free(td_shop *shop) {
    td_funnel_free(&shop->funnel);
    td_sessions_free(&shop->sessions);
    if (shop->snapshot != NULL) td_snapshot_close(shop->snapshot, &shop->log, &shop->catalog);
    if (shop->has_catalog) td_catalog_free(&shop->catalog);
    td_event_log_free(&shop->log);
    td_file_close(shop->file);
    memset(shop, 0, sizeof *shop);
}

const char *td_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Step 1. A file in place of the folder is told apart from nothing at all. */
static td_status read_log(td_shop *shop, const char *folder, const td_exec *exec, td_error *err) {
    char path[4096];
    if (td_snapshot_is(folder)) {
        TD_TRY(td_snapshot_open(&shop->snapshot, folder, err));
        return td_snapshot_events(&shop->log, &shop->file, shop->snapshot, exec, err);
    }
    if (!td_path_is_folder(folder))
        TD_FAIL(err, TD_ERR_IO, "%s: %s", folder,
                td_path_exists(folder) ? "is a file; a shop folder is expected, or a snapshot"
                                       : "no such folder");
    TD_TRY(td_path_find(path, sizeof path, folder, "events.csv", err));
    TD_TRY(td_file_open(&shop->file, path, err));
    return td_event_log_read(&shop->log, shop->file, exec, err);
}

/* Steps 1 to 3. */
static td_status read_events(td_shop *shop, const char *folder, const td_cleaning *cleaning,
                             const td_exec *exec, td_error *err) {
    TD_TRY(read_log(shop, folder, exec, err));
    if (cleaning->exclusions != NULL)
        TD_TRY(td_exclusions_write(&shop->log, shop->file, cleaning->exclusions, err));
    return td_event_log_check_excluded(&shop->log, shop->file, cleaning->max_excluded, err);
}

/* On failure nothing stays open. */
td_status td_shop_open(td_shop *out, const char *folder, const td_cleaning *cleaning,
                       const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = read_events(out, folder, cleaning, exec, err);
    if (status != TD_OK) td_shop_free(out);
    return status;
}

td_status td_shop_read_catalog(td_shop *shop, const td_catalog_source *source,
                               const td_cleaning *cleaning, const td_exec *exec, td_error *err) {
    const td_events *events = &shop->log.events;
    TD_TRY(shop->snapshot != NULL
               ? td_snapshot_catalog(&shop->catalog, &shop->catalog_report, shop->snapshot,
                                     source->price_property, exec, err)
               : td_catalog_read(&shop->catalog, &shop->catalog_report, source, events, exec, err));
    shop->has_catalog = 1;
    return td_catalog_check_excluded(&shop->catalog_report, cleaning->max_excluded, err);
}

td_status td_shop_need_raw(const td_shop *shop, const char *what, td_error *err) {
    TD_CHECK(shop->snapshot == NULL, err, TD_ERR_ARG,
             "%s counts raw rows, which a snapshot does not hold: give the shop's folder", what);
    return TD_OK;
}

void td_shop_note_missing(const td_shop *shop, int is_by_category, const td_cli *cli) {
    const char *what = is_by_category ? "categories" : "prices";
    if (!shop->catalog.has_properties) {
        td_cli_note(cli, "there is no item_properties file, so %s are unknown", what);
    } else if (is_by_category && !shop->catalog.has_tree) {
        td_cli_note(cli, "there is no category_tree file, so every category is its own top level");
    }
}

/* Seconds are what a person types, milliseconds are what the log has. */
td_status td_shop_cut_sessions(td_shop *shop, int64_t gap_s, const td_exec *exec, td_error *err) {
    const td_events *events = &shop->log.events;
    TD_TRY(td_sessions_build(&shop->sessions, events, gap_s * 1000, exec, err));
    return td_funnel_build(&shop->funnel, events, &shop->sessions, exec, err);
}

/* Codes of categories serve as groups; "none" becomes one more at the end. */
td_status td_shop_count_categories(td_kpi_row **rows, const td_shop *shop,
                                   const td_kpi_input *input, const td_exec *exec, td_error *err) {
    uint32_t unknown = shop->catalog.categories.n, *group = NULL;
    TD_TRY(td_catalog_session_groups(&group, &shop->catalog, input->events, input->sessions, exec,
                                     err));
    for (uint64_t s = 0; s < input->sessions->n; s++) {
        if (group[s] == TD_CODE_NONE) group[s] = unknown;
    }
    *rows = td_mem_zeroed((uint64_t)unknown + 1, sizeof **rows, err);
    td_status status =
        *rows == NULL ? TD_ERR_NOMEM : td_kpi_group(*rows, unknown + 1, group, input, err);
    td_mem_free(group);
    if (status == TD_OK) return TD_OK;
    td_mem_free(*rows);
    *rows = NULL;
    return status;
}

void td_shop_json_excluded(td_json *json, const td_shop *shop) {
    td_json_object(json, "excluded");
    for (int reason = TD_KEPT + 1; reason < TD_N_REASONS; reason++)
        td_json_u64(json, td_exclusion_reason_name((td_exclusion_reason)reason),
                    shop->log.exclusions.n_by_reason[reason]);
    td_json_end(json);
}

void td_shop_json_catalog(td_json *json, const char *name, const td_shop *shop) {
    td_json_array(json, name);
    for (int f = 0; f < TD_N_CATALOG_FILES; f++) {
        const td_catalog_counts *file = &shop->catalog_report.file[f];
        if (!file->is_present) continue;
        td_json_object(json, NULL);
        td_json_text(json, "file", file->name);
        td_json_u64(json, "rows_read", file->n_read);
        td_json_u64(json, "rows_kept", file->n_kept);
        td_json_u64(json, "rows_unused", file->n_unused);
        td_json_u64(json, "rows_not_in_log", file->n_not_in_log);
        td_json_object(json, "excluded");
        for (int r = 0; r < TD_N_CATALOG_REASONS; r++) {
            td_json_u64(json, td_catalog_reason_name((td_catalog_reason)r), file->n_by_reason[r]);
        }
        td_json_end(json);
        td_json_end(json);
    }
    td_json_end(json);
}

/* A reason that did not occur gets no line. */
static void add_reason(td_grid *grid, const char *name, uint64_t n) {
    if (n == 0) return;
    td_grid_cell(grid, "  %s", name);
    td_grid_cell(grid, "%s", "");
    td_grid_cell(grid, "%s", "");
    td_grid_count(grid, n);
    td_grid_cell(grid, "%s", "");
    td_grid_cell(grid, "%s", "");
}

/* excluded = what is left of read when the other fates are taken off; the reader has checked that
 * the reasons add up to it. */
static void add_catalog_file(td_grid *grid, const td_catalog_counts *file) {
    uint64_t excluded = file->n_read - file->n_kept - file->n_unused - file->n_not_in_log;
    td_grid_cell(grid, "%s", file->name);
    td_grid_count(grid, file->n_read);
    td_grid_count(grid, file->n_kept);
    td_grid_count(grid, excluded);
    td_grid_count(grid, file->n_unused);
    td_grid_count(grid, file->n_not_in_log);
    for (int reason = 0; reason < TD_N_CATALOG_REASONS; reason++)
        add_reason(grid, td_catalog_reason_name((td_catalog_reason)reason),
                   file->n_by_reason[reason]);
}

void td_shop_print_files(const td_shop *shop) {
    static const char *const heads[] = {"file",     "rows read", "kept",
                                        "excluded", "unused",    "not in log"};
    td_grid grid;
    td_grid_open(&grid, "lrrrrr");
    for (int i = 0; i < 6; i++) td_grid_cell(&grid, "%s", heads[i]);
    td_grid_cell(&grid, "%s", td_base_name(td_file_path(shop->file)));
    td_grid_count(&grid, shop->log.n_rows_read);
    td_grid_count(&grid, shop->log.events.n);
    td_grid_count(&grid, shop->log.exclusions.n);
    td_grid_cell(&grid, "%s", "");
    td_grid_cell(&grid, "%s", "");
    for (int reason = TD_KEPT + 1; reason < TD_N_REASONS; reason++)
        add_reason(&grid, td_exclusion_reason_name((td_exclusion_reason)reason),
                   shop->log.exclusions.n_by_reason[reason]);
    for (int i = 0; shop->has_catalog && i < TD_N_CATALOG_FILES; i++) {
        if (shop->catalog_report.file[i].is_present)
            add_catalog_file(&grid, &shop->catalog_report.file[i]);
    }
    td_grid_print(&grid, 0);
}
