/* cli/load_known.c: the true RetailRocket files by their hashes, and their published figures.
 *
 * Problem: everybody who works with this log publishes counts of it. Whoever has the files wants to
 * know that they are the true ones, and that this program reads them as others do; whoever has
 * something like it (a sample, the synthetic shop) wants to know how near it is.
 *
 *   1. A file of the published size is hashed and compared (datasets/retailrocket/SHA256SUMS).
 *   2. Each published figure is counted again on the log as read, and stands beside it.
 *
 * Sources: datasets/retailrocket/README.md. Published events by kind are less the 460 exact copies
 * here, since copies are dropped in cleaning. */
#include "cli/load_known.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/eda.h"

typedef struct known_file {
    const char *name;
    uint64_t bytes;
    const char *sha256;
} known_file;

static const known_file KNOWN[TD_N_KNOWN_FILES] = {
    {"events.csv", 94237913, "3745aa83238b1e6d44d8fda209807899f420084398f94ddf745f3cbcfecbf9e7"},
    {"item_properties_part1.csv", 484315749,
     "30aad5aeca58b2dc27dcc73e1708565f5818e45adb3eb57401f91e87355b0b81"},
    {"item_properties_part2.csv", 408929907,
     "d5e7d1a91dc40f522aeb596b267e6c87d8aed689a7192d12369cfb165eb987e5"},
    {"category_tree.csv", 14454,
     "94e865eb0a3d48cbbfe3b79079018dd92509315c88f5fd8d00d0b4b5af434f5b"},
};

/* Step 1. */
static td_status is_known(int *out, const char *path, const known_file *known, td_error *err) {
    td_file *file = NULL;
    char hex[65] = "";
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_bytes(file);
    td_status status = TD_OK;
    if (bytes.n == known->bytes) status = td_sha256_of(bytes.data, bytes.n, hex, err);
    td_file_close(file);
    *out = strcmp(hex, known->sha256) == 0;
    return status;
}

td_status td_known_find(td_known *out, const char *folder, td_error *err) {
    *out = (td_known){0};
    if (!td_path_is_folder(folder)) return TD_OK; /* a snapshot: the files are not here */
    for (int i = 0; i < TD_N_KNOWN_FILES; i++) {
        char path[4096];
        if (td_path_find(path, sizeof path, folder, KNOWN[i].name, NULL) != TD_OK) continue;
        TD_TRY(is_known(&out->is_same[i], path, &KNOWN[i], err));
    }
    return TD_OK;
}

/* Step 2. */
static void add(td_known *k, const char *name, td_marginal_style style, double published,
                double own) {
    k->marginal[k->n++] = (td_marginal){name, style, published, own};
}

/* Rows, people, things. */
static void add_events(td_known *k, const td_shop *shop, const td_ratio *kpi) {
    const td_event_log *log = &shop->log;
    add(k, "rows of events.csv", TD_MARGINAL_COUNT, 2756101, (double)log->n_rows_read);
    add(k, "exact copies", TD_MARGINAL_COUNT, 460,
        (double)log->exclusions.n_by_reason[TD_EXACT_DUPLICATE]);
    add(k, "view", TD_MARGINAL_COUNT, 2664312 - 94, (double)kpi[TD_KPI_EVENTS_VIEW].numerator);
    add(k, "addtocart", TD_MARGINAL_COUNT, 69332 - 366,
        (double)kpi[TD_KPI_EVENTS_ADDTOCART].numerator);
    add(k, "transaction", TD_MARGINAL_COUNT, 22457,
        (double)kpi[TD_KPI_EVENTS_TRANSACTION].numerator);
    add(k, "visitors", TD_MARGINAL_COUNT, 1407580, log->events.visitors.n);
    add(k, "items", TD_MARGINAL_COUNT, 235061, log->events.items.n);
    add(k, "transaction ids", TD_MARGINAL_COUNT, 17672, (double)kpi[TD_KPI_ORDERS].numerator);
}

/* Sessions at another gap. */
static td_status count_sessions(double *out, const td_shop *shop, int64_t minutes,
                                const td_exec *exec, td_error *err) {
    td_sessions sessions;
    TD_TRY(td_sessions_build(&sessions, &shop->log.events, minutes * 60000, exec, err));
    *out = (double)sessions.n;
    td_sessions_free(&sessions);
    return TD_OK;
}

/* Sessions and what became of them. */
static td_status add_sessions(td_known *k, const td_shop *shop, const td_kpi_row *row,
                              const td_eda *eda, const td_exec *exec, td_error *err) {
    const td_ratio *kpi = row->kpi;
    double at_15, at_60;
    TD_TRY(count_sessions(&at_15, shop, 15, exec, err));
    TD_TRY(count_sessions(&at_60, shop, 60, exec, err));
    add(k, "sessions at 15 minutes", TD_MARGINAL_COUNT, 1809161, at_15);
    add(k, "sessions at 30 minutes", TD_MARGINAL_COUNT, 1761675,
        (double)kpi[TD_KPI_SESSIONS].numerator);
    add(k, "sessions at 60 minutes", TD_MARGINAL_COUNT, 1726714, at_60);
    add(k, "sessions of one event", TD_MARGINAL_SHARE, 0.7827,
        td_ratio_value(kpi[TD_KPI_BOUNCE_RATE]));
    add(k, "events per session", TD_MARGINAL_PLAIN, 1.564,
        td_ratio_value(kpi[TD_KPI_EVENTS_PER_SESSION]));
    add(k, "longest session, events", TD_MARGINAL_COUNT, 417,
        (double)eda->spread[TD_SPREAD_SESSION_EVENTS].greatest);
    add(k, "sessions with a cart", TD_MARGINAL_COUNT, 43924,
        (double)kpi[TD_KPI_CART_RATE].numerator);
    add(k, "sessions with a transaction", TD_MARGINAL_COUNT, 14297,
        (double)kpi[TD_KPI_SESSION_CONVERSION].numerator);
    add(k, "their share", TD_MARGINAL_SHARE, 0.00812,
        td_ratio_value(kpi[TD_KPI_SESSION_CONVERSION]));
    add(k, "of these without any cart", TD_MARGINAL_COUNT, 2365,
        (double)kpi[TD_KPI_PURCHASE_WITHOUT_CART].numerator);
    const td_kpi_duration *duration = row->duration;
    for (int d = 0; d < TD_N_DURATIONS; d++) {
        int64_t median = duration[d].quantile[2];
        add(k, d == TD_TIME_TO_CART ? "median view to cart" : "median cart to purchase",
            TD_MARGINAL_SECONDS, d == TD_TIME_TO_CART ? 124 : 262,
            median == TD_NO_TIME ? NAN : (double)median / 1000);
    }
    return TD_OK;
}

/* The heaviest three are published one by one: they are no people. */
static void add_visitors(td_known *k, const td_eda *eda) {
    static const double published[] = {7757, 4328, 3024};
    static const char *const name[] = {"events of the busiest visitor", "of the second",
                                       "of the third"};
    for (uint32_t i = 0; i < 3; i++) {
        const uint64_t *n = eda->visitor[i].n_of_kind;
        uint64_t own = n[TD_VIEW] + n[TD_ADDTOCART] + n[TD_TRANSACTION];
        add(k, name[i], TD_MARGINAL_COUNT, published[i], i < eda->n_visitors ? (double)own : NAN);
    }
}

/* Rows of both parts that tell a category or an availability, of whatever item. */
static double rows_of(const td_shop *shop, td_property property) {
    const td_catalog_counts *file = shop->catalog_report.file;
    if (!shop->catalog.has_properties) return NAN;
    return (double)(file[TD_PROPERTIES_1].n_of_property[property] +
                    file[TD_PROPERTIES_2].n_of_property[property]);
}

/* What was known as of the events, and the shape of the tree. Without the files: not to be told. */
static void add_catalog(td_known *k, const td_shop *shop, const td_eda *eda) {
    const td_catalog *catalog = &shop->catalog;
    double n_events = (double)shop->log.events.n;
    int is_known = catalog->has_properties && n_events > 0;
    add(k, "events of known category", TD_MARGINAL_SHARE, 0.7616,
        is_known ? (double)eda->events_with[TD_CATEGORY] / n_events : NAN);
    add(k, "events of known availability", TD_MARGINAL_SHARE, 0.8070,
        is_known ? (double)eda->events_with[TD_AVAILABLE] / n_events : NAN);
    add(k, "rows of categoryid", TD_MARGINAL_COUNT, 788214, rows_of(shop, TD_CATEGORY));
    add(k, "rows of available", TD_MARGINAL_COUNT, 1503639, rows_of(shop, TD_AVAILABLE));
    uint64_t n_roots = 0;
    for (uint32_t c = 0; c < catalog->categories.n; c++)
        n_roots +=
            catalog->parent[c] == TD_CODE_NONE && !(catalog->flags[c] & TD_CATEGORY_WITHOUT_ROW);
    add(k, "roots of the category tree", TD_MARGINAL_COUNT, 25,
        catalog->has_tree ? (double)n_roots : NAN);
    add(k, "cycles in it", TD_MARGINAL_COUNT, 0,
        catalog->has_tree ? (double)catalog->n_cycles : NAN);
}

/* All figures at 30 minutes, but for the two other gaps. */
td_status td_known_compare(td_known *out, const td_shop *shop, const td_exec *exec, td_error *err) {
    td_kpi_input input = {&shop->log.events, &shop->sessions, &shop->funnel, NULL};
    td_kpi_row total;
    TD_TRY(td_kpi_group(&total, 1, NULL, &input, err));
    td_eda_rule rule = td_eda_rule_default();
    const td_catalog *catalog = shop->catalog.has_properties ? &shop->catalog : NULL;
    td_eda eda;
    td_eda_input seen = {&shop->log.events, &shop->sessions, catalog};
    TD_TRY(td_eda_build(&eda, &seen, &rule, exec, err));
    out->n = 0;
    add_events(out, shop, total.kpi);
    TD_TRY(add_sessions(out, shop, &total, &eda, exec, err));
    add_visitors(out, &eda);
    add_catalog(out, shop, &eda);
    out->is_compared = 1;
    return TD_OK;
}

/* --- report ----------------------------------------------------------------------------------- */

static double relative(const td_marginal *m) {
    if (m->published == 0) return m->own == 0 ? 0 : NAN;
    return m->own / m->published - 1;
}

void td_known_json(td_json *json, const td_known *known) {
    td_json_object(json, "known");
    for (int i = 0; i < TD_N_KNOWN_FILES; i++) td_json_bool(json, KNOWN[i].name, known->is_same[i]);
    td_json_end(json);
    if (!known->is_compared) return;
    td_json_array(json, "marginals");
    for (uint32_t i = 0; i < known->n; i++) {
        const td_marginal *m = &known->marginal[i];
        td_json_object(json, NULL);
        td_json_text(json, "name", m->name);
        td_json_f64(json, "published", m->published);
        td_json_f64(json, "own", m->own);
        td_json_f64(json, "relative_difference", relative(m));
        td_json_end(json);
    }
    td_json_end(json);
}

/* As the source writes it: counts whole, shares in percent, times in seconds. */
static void add_number(td_grid *grid, td_marginal_style style, double value) {
    if (isnan(value)) {
        td_grid_cell(grid, "-");
    } else if (style == TD_MARGINAL_COUNT) {
        td_grid_count(grid, (uint64_t)value);
    } else if (style == TD_MARGINAL_SHARE) {
        td_grid_cell(grid, "%.3f %%", 100 * value);
    } else {
        td_grid_cell(grid, style == TD_MARGINAL_SECONDS ? "%.0f s" : "%.3f", value);
    }
}

/* Files first, figures after: a difference means something else for a file that is the true one. */
void td_known_print(const td_known *known) {
    int n_same = 0;
    for (int i = 0; i < TD_N_KNOWN_FILES; i++) {
        if (!known->is_same[i]) continue;
        if (n_same++ == 0) putchar('\n');
        printf("%s is the published RetailRocket file (SHA-256)\n", KNOWN[i].name);
    }
    if (!known->is_compared) return;
    td_grid grid;
    td_grid_open(&grid, "lrrr");
    td_grid_cell(&grid, "RetailRocket, 2015");
    td_grid_cell(&grid, "published");
    td_grid_cell(&grid, "here");
    td_grid_cell(&grid, "difference");
    for (uint32_t i = 0; i < known->n; i++) {
        const td_marginal *m = &known->marginal[i];
        td_grid_cell(&grid, "%s", m->name);
        add_number(&grid, m->style, m->published);
        add_number(&grid, m->style, m->own);
        if (isnan(relative(m))) {
            td_grid_cell(&grid, "-");
        } else {
            td_grid_cell(&grid, "%+.2f %%", 100 * relative(m));
        }
    }
    putchar('\n');
    td_grid_print(&grid, 0);
}
