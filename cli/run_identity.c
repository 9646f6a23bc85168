/* cli/run_identity.c: run_id, the SHA-256 of all that shapes the result.
 *
 * Hashed in this order, integers as little-endian 64 bits:
 *   1. "tundish run", the program's version, the models, each parameter as key=value and a newline
 *   2. every kept event in canonical order: visitor, timestamp, kind, item, transaction
 *   3. every kept item property (item, property, time, value) and category (id, parent)
 *   4. the SHA-256 of truth/sessions.csv where effects are learned from it, else "none"
 *
 * Threads, paths, file order and excluded rows are not hashed: two runs that must give the same
 * artefacts have the same id. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/run.h"
#include "core/base/hash.h"

enum { BATCH = 1024, FIELDS = 5 };

static void add(td_run_parameter *out, uint32_t *n, const char *key, const char *value) {
    snprintf(out[*n].key, sizeof out[*n].key, "%s", key);
    snprintf(out[*n].value, sizeof out[*n].value, "%s", value);
    *n += 1;
}

static void add_whole(td_run_parameter *out, uint32_t *n, const char *key, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    add(out, n, key, text);
}

static void add_real(td_run_parameter *out, uint32_t *n, const char *key, double value) {
    char text[40];
    snprintf(text, sizeof text, "%.17g", value);
    add(out, n, key, text);
}

/* All of the trainer's parameters, straight from its table: one that is added there cannot be
 * forgotten here. As given, not as trained: rounds that are fixed for want of purchases follow from
 * the rows. */
static void add_trainer(td_run_parameter *out, uint32_t *n, const td_train_params *params) {
    uint32_t n_specs = 0;
    const td_param_spec *spec = td_param_table(&n_specs);
    for (uint32_t i = 0; i < n_specs; i++) {
        char text[40];
        td_params_value(params, i, text);
        add(out, n, spec[i].name, text);
    }
}

uint32_t td_run_parameters(td_run_parameter *out, const td_run *run) {
    const td_scoring *scoring = &run->options->scoring;
    uint32_t n = 0;
    add_whole(out, &n, "gap_seconds", scoring->gap_s);
    add_whole(out, &n, "decision_seconds", scoring->decision_s);
    add_whole(out, &n, "purge_seconds", scoring->purge_s);
    add(out, &n, "target", scoring->target);
    add_whole(out, &n, "hide_cart", scoring->hide_cart);
    add(out, &n, "price_property", scoring->price_property);
    add(out, &n, "audit", run->options->audit);
    add(out, &n, "uplift", run->options->uplift != NULL ? run->options->uplift : "none");
    add_real(out, &n, "max_excluded", scoring->cleaning.max_excluded);
    add(out, &n, "leak_audit", run->options->leak_audit);
    add(out, &n, "features", run->features);
    add(out, &n, "calibrate", run->options->calibrate);
    add_real(out, &n, "plan_lift", run->options->plan_lift);
    add_real(out, &n, "margin", run->options->margin);
    add_real(out, &n, "contact_cost", run->options->contact_cost);
    add_trainer(out, &n, &run->options->params);
    return n;
}

/* Rows of five integers, collected so that the hash sees large blocks. */
typedef struct row_hash {
    td_sha256 *hash;
    uint32_t n;
    unsigned char bytes[BATCH * FIELDS * 8];
} row_hash;

static void flush(row_hash *rows) {
    td_sha256_add(rows->hash, rows->bytes, (uint64_t)rows->n * FIELDS * 8);
    rows->n = 0;
}

static void add_row(row_hash *rows, const int64_t value[FIELDS]) {
    unsigned char *at = rows->bytes + (size_t)rows->n * FIELDS * 8;
    for (int f = 0; f < FIELDS; f++) {
        for (int b = 0; b < 8; b++) at[8 * f + b] = (unsigned char)((uint64_t)value[f] >> (8 * b));
    }
    if (++rows->n == BATCH) flush(rows);
}

static void hash_events(row_hash *rows, const td_events *events) {
    for (uint64_t i = 0; i < events->n; i++) {
        int64_t row[FIELDS] = {events->visitors.id[events->visitor[i]], events->timestamp[i],
                               events->kind[i], events->items.id[events->item[i]],
                               events->transaction[i]};
        add_row(rows, row);
    }
    flush(rows);
}

static void hash_catalog(row_hash *rows, const td_catalog *catalog, const td_events *events) {
    uint64_t n_lists = catalog->has_properties ? (uint64_t)TD_N_PROPERTIES * catalog->n_items : 0;
    for (uint64_t k = 0; k < n_lists; k++) {
        int64_t property = (int64_t)(k % TD_N_PROPERTIES);
        for (uint32_t e = catalog->begin[k]; e < catalog->begin[k + 1]; e++) {
            int64_t value = catalog->entry[e].value;
            if (property == TD_CATEGORY) value = catalog->categories.id[value];
            int64_t row[FIELDS] = {events->items.id[k / TD_N_PROPERTIES], property,
                                   catalog->entry[e].time, value, 0};
            add_row(rows, row);
        }
    }
    for (uint32_t c = 0; c < catalog->categories.n; c++) {
        uint32_t parent = catalog->parent[c];
        int64_t row[FIELDS] = {catalog->categories.id[c],
                               parent == TD_CODE_NONE ? TD_NO_PARENT
                                                      : catalog->categories.id[parent],
                               catalog->flags[c], catalog->has_properties, catalog->has_tree};
        add_row(rows, row);
    }
    flush(rows);
}

td_status td_run_identity(td_run *run, td_error *err) {
    row_hash rows = {.n = 0};
    TD_TRY(td_sha256_open(&rows.hash, err));
    const char *opening =
        "tundish run\nversion=" TD_VERSION "\nmodels=primary,alternative,baseline\n";
    td_sha256_add(rows.hash, opening, strlen(opening));
    td_run_parameter parameter[TD_RUN_MAX_PARAMETERS];
    uint32_t n = td_run_parameters(parameter, run);
    for (uint32_t i = 0; i < n; i++) {
        char line[128];
        int length = snprintf(line, sizeof line, "%s=%s\n", parameter[i].key, parameter[i].value);
        td_sha256_add(rows.hash, line, (uint64_t)length);
    }
    hash_events(&rows, &run->shop.log.events);
    hash_catalog(&rows, &run->shop.catalog, &run->shop.log.events);
    td_sha256_add(rows.hash, run->truth, strlen(run->truth));
    td_sha256_close(rows.hash, run->run_id);
    return TD_OK;
}
