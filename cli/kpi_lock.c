/* cli/kpi_lock.c: kpi.lock.json, written and checked.
 *
 *     { "lock_version": 1, "parameters": {gap_seconds, revenue, price_property}, "input_sha256",
 *       "figures": { NAME: {definition, definition_sha256, numerator, denominator}, ...
 *                    NAME: {definition_sha256, n, p10, p25, p50, p75, p90}, ... } }
 *
 *   1. Both ways start from one list: each figure with its definition's hash (of the SQL that
 *      counts it, io/sql_text) and its integers. A quantile of no sessions is -1.
 *   2. The input's hash is that of the kept events in canonical order, five little-endian 64-bit
 *      integers a row (visitor, time, kind, item, transaction), and with revenue of each event's
 *      price: the same rows in another order of the file are the same input.
 *   3. A check looks each expected entry up in the parsed file, then looks for entries that nobody
 *      expects: a figure that came or went is a drift like a changed number.
 *
 * Numbers are JSON numbers up to 2^53, the integers that every reader keeps exactly. */
#include "cli/kpi_lock.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "io/sql_text.h"

enum { LOCK_VERSION = 1, MAX_VALUES = 1 + TD_N_QUANTILES, N_FIGURES = TD_N_KPIS + TD_N_DURATIONS };
static const int64_t MAX_EXACT = INT64_C(1) << 53;

/* A key figure, or the quantiles of a waiting time, as it stands in the lock. */
typedef struct figure {
    const char *name;
    const char *definition; /* in words, NULL for a waiting time */
    char hash[65];
    int n_values;
    const char *const *key;
    int64_t value[MAX_VALUES];
} figure;

typedef struct lock {
    char input[65];
    uint32_t n;
    figure figures[N_FIGURES];
} lock;

/* Step 2. -------------------------------------------------------------------------------------- */

/* Little-endian on every machine: the hash is of numbers, not of memory. */
static void add_integer(unsigned char **at, int64_t value) {
    for (int b = 0; b < 8; b++) *(*at)++ = (unsigned char)((uint64_t)value >> (8 * b));
}

static td_status hash_input(char hex[65], const td_kpi_locked *locked, td_error *err) {
    const td_events *events = &locked->shop->log.events;
    td_sha256 *hash = NULL;
    TD_TRY(td_sha256_open(&hash, err));
    for (uint64_t i = 0; i < events->n; i++) {
        unsigned char row[6 * 8];
        unsigned char *at = row;
        add_integer(&at, events->visitors.id[events->visitor[i]]);
        add_integer(&at, events->timestamp[i]);
        add_integer(&at, events->kind[i]);
        add_integer(&at, events->items.id[events->item[i]]);
        add_integer(&at, events->transaction[i]);
        if (locked->price != NULL) add_integer(&at, locked->price[i]);
        td_sha256_add(hash, row, (uint64_t)(at - row));
    }
    td_sha256_close(hash, hex);
    return TD_OK;
}

/* Step 1. -------------------------------------------------------------------------------------- */

static const char *const ratio_keys[] = {"numerator", "denominator"};
static const char *const duration_keys[] = {"n", "p10", "p25", "p50", "p75", "p90"};

/* The hash is that of the SQL that counts the figure: changing what it means changes the lock. */
static td_status add_kpi(lock *out, const td_kpi_row *total, td_kpi_id id, td_error *err) {
    figure *f = &out->figures[out->n++];
    *f = (figure){.name = td_kpi_name(id),
                  .definition = td_kpi_definition(id),
                  .n_values = 2,
                  .key = ratio_keys};
    f->value[0] = (int64_t)total->kpi[id].numerator;
    f->value[1] = (int64_t)total->kpi[id].denominator;
    return td_sql_definition_hash(f->hash, f->name, err);
}

static td_status add_duration(lock *out, const td_kpi_row *total, td_kpi_duration_id id,
                              td_error *err) {
    figure *f = &out->figures[out->n++];
    *f = (figure){.name = td_kpi_duration_name(id), .n_values = MAX_VALUES, .key = duration_keys};
    f->value[0] = (int64_t)total->duration[id].n;
    memcpy(f->value + 1, total->duration[id].quantile, sizeof total->duration[id].quantile);
    return td_sql_definition_hash(f->hash, f->name, err);
}

/* Revenue is locked only where prices were read. */
static td_status make_lock(lock *out, const td_kpi_locked *locked, td_error *err) {
    out->n = 0;
    for (int id = 0; id < TD_N_KPIS; id++) {
        if (id == TD_KPI_REVENUE && locked->price == NULL) continue;
        TD_TRY(add_kpi(out, locked->total, (td_kpi_id)id, err));
    }
    for (int id = 0; id < TD_N_DURATIONS; id++)
        TD_TRY(add_duration(out, locked->total, (td_kpi_duration_id)id, err));
    return hash_input(out->input, locked, err);
}

/* Writing. ------------------------------------------------------------------------------------- */

/* Definitions in words stand there for people; their hashes are what is checked. */
static void write_json(td_writer *writer, const lock *l, const td_kpi_locked *locked) {
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    td_json_i64(&json, "lock_version", LOCK_VERSION);
    td_json_object(&json, "parameters");
    td_json_i64(&json, "gap_seconds", locked->gap_s);
    td_json_bool(&json, "revenue", locked->price != NULL);
    td_json_text(&json, "price_property", locked->price != NULL ? locked->price_property : "");
    td_json_end(&json);
    td_json_text(&json, "input_sha256", l->input);
    td_json_object(&json, "figures");
    for (uint32_t i = 0; i < l->n; i++) {
        const figure *f = &l->figures[i];
        td_json_object(&json, f->name);
        if (f->definition != NULL) td_json_text(&json, "definition", f->definition);
        td_json_text(&json, "definition_sha256", f->hash);
        for (int v = 0; v < f->n_values; v++) td_json_i64(&json, f->key[v], f->value[v]);
        td_json_end(&json);
    }
    td_json_end(&json);
    td_json_end(&json);
    td_json_close(&json);
}

/* 2^53 and beyond would be rounded by whoever reads the JSON, so they are refused here. */
td_status td_kpi_lock_write(const char *path, const td_kpi_locked *locked, td_error *err) {
    lock l;
    TD_TRY(make_lock(&l, locked, err));
    for (uint32_t i = 0; i < l.n; i++) {
        for (int v = 0; v < l.figures[i].n_values; v++)
            TD_CHECK(l.figures[i].value[v] >= -1 && l.figures[i].value[v] <= MAX_EXACT, err,
                     TD_ERR_RANGE, "%s, %s: %" PRId64 " exceeds 2^53 and cannot be locked exactly",
                     l.figures[i].name, l.figures[i].key[v], l.figures[i].value[v]);
    }
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, path, err));
    write_json(writer, &l, locked);
    return td_writer_commit(writer, err);
}

/* Step 3. -------------------------------------------------------------------------------------- */

/* Drifts beyond TD_MAX_DRIFTS are counted, not kept. */
static void TD_PRINTF(2, 3) note(td_kpi_drift *drift, const char *fmt, ...) {
    if (drift->n++ >= TD_MAX_DRIFTS) return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(drift->line[drift->n - 1], sizeof drift->line[0], fmt, args);
    va_end(args);
}

/* Text of a member, "" when it is no text. */
static const char *text_of(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text != NULL ? text : "";
}

/* Locked integers are below 2^53: the comparison as doubles is exact. */
static void check_number(td_kpi_drift *drift, const cJSON *object, const char *name,
                         const char *key, int64_t now) {
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(member)) {
        note(drift, "%s, %s: not locked, now %" PRId64, name, key, now);
    } else if (member->valuedouble != (double)now) {
        note(drift, "%s, %s: locked %.0f, now %" PRId64, name, key, member->valuedouble, now);
    }
}

static void check_figure(td_kpi_drift *drift, const cJSON *figures, const figure *f) {
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(figures, f->name);
    if (!cJSON_IsObject(object)) {
        note(drift, "%s: not locked", f->name);
        return;
    }
    const char *hash = text_of(object, "definition_sha256");
    if (strcmp(hash, f->hash) != 0)
        note(drift, "%s: definition changed, locked %.12s, now %.12s", f->name, hash, f->hash);
    for (int v = 0; v < f->n_values; v++)
        check_number(drift, object, f->name, f->key[v], f->value[v]);
}

/* Locked figures that are not counted any more. */
static void check_gone(td_kpi_drift *drift, const cJSON *figures, const lock *l) {
    for (const cJSON *item = figures->child; item != NULL; item = item->next) {
        uint32_t i = 0;
        while (i < l->n && strcmp(l->figures[i].name, item->string) != 0) i++;
        if (i == l->n) note(drift, "%.60s: locked, not counted now", item->string);
    }
}

/* Figures of another gap or price property cannot be compared: say that first. */
static void check_parameters(td_kpi_drift *drift, const cJSON *root, const td_kpi_locked *locked) {
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(root, "parameters");
    check_number(drift, parameters, "parameters", "gap_seconds", locked->gap_s);
    int had_revenue = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(parameters, "revenue"));
    if (had_revenue != (locked->price != NULL))
        note(drift, "parameters, revenue: locked %s, now %s", had_revenue ? "true" : "false",
             had_revenue ? "false" : "true");
    const char *property = text_of(parameters, "price_property");
    if (had_revenue && locked->price != NULL && strcmp(property, locked->price_property) != 0)
        note(drift, "parameters, price_property: locked %.60s, now %.60s", property,
             locked->price_property);
}

/* Drifts are collected, not returned as errors: all of them are shown. */
static td_status check_parsed(td_kpi_drift *drift, const cJSON *root, const char *path,
                              const td_kpi_locked *locked, td_error *err) {
    lock l;
    const cJSON *figures = cJSON_GetObjectItemCaseSensitive(root, "figures");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(root, "lock_version");
    TD_CHECK(cJSON_IsObject(figures) && cJSON_IsNumber(version), err, TD_ERR_FORMAT,
             "%s is no lock of key figures: it has no lock_version or no figures", path);
    TD_CHECK(version->valueint == LOCK_VERSION, err, TD_ERR_FORMAT,
             "%s: lock_version %d, this program knows %d", path, version->valueint, LOCK_VERSION);
    TD_TRY(make_lock(&l, locked, err));
    check_parameters(drift, root, locked);
    const char *input = text_of(root, "input_sha256");
    if (strcmp(input, l.input) != 0)
        note(drift, "input changed: locked %.12s, now %.12s", input, l.input);
    for (uint32_t i = 0; i < l.n; i++) check_figure(drift, figures, &l.figures[i]);
    check_gone(drift, figures, &l);
    return TD_OK;
}

td_status td_kpi_lock_check(td_kpi_drift *out, const char *path, const td_kpi_locked *locked,
                            td_error *err) {
    memset(out, 0, sizeof *out);
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes text = td_file_bytes(file);
    const char *end = text.data;
    cJSON *root = cJSON_ParseWithLengthOpts(text.data, text.n, &end, 0);
    td_status status = root != NULL ? check_parsed(out, root, path, locked, err)
                                    : td_fail(err, TD_ERR_FORMAT, "%s: not JSON from byte %llu on",
                                              path, (unsigned long long)(end - text.data));
    cJSON_Delete(root);
    td_file_close(file);
    return status;
}

/* Telling. ------------------------------------------------------------------------------------- */

static uint32_t n_lines(const td_kpi_drift *drift) {
    return drift->n < TD_MAX_DRIFTS ? drift->n : TD_MAX_DRIFTS;
}

void td_kpi_drift_json(td_json *json, const td_kpi_drift *drift) {
    td_json_array(json, "drift");
    for (uint32_t i = 0; i < n_lines(drift); i++) td_json_text(json, NULL, drift->line[i]);
    td_json_end(json);
}

void td_kpi_drift_print(const td_kpi_drift *drift) {
    if (drift->n > 0) puts("\ndrifted from the lock:");
    for (uint32_t i = 0; i < n_lines(drift); i++) printf("  %s\n", drift->line[i]);
}

/* After text and JSON are out, so that a failed check still tells everything. */
td_status td_kpi_drift_verdict(const td_kpi_drift *drift, const char *path, td_error *err) {
    TD_CHECK(drift->n == 0, err, TD_ERR_FORMAT, "%s: %u entries drifted; the first: %s", path,
             drift->n, drift->line[0]);
    return TD_OK;
}
