/* io/feature_file.c: INI text -> a choice from the whitelist.
 *
 *   1. libinih cuts the text into sections, names and values, and tells the line of each.
 *   2. A section is a scope. The value's words make the name of a feature of the whitelist:
 *
 *          market_item_cart_rate 7d   ->   market_item_cart_rate_7d
 *
 *      so a window is one that the engine computes, and nothing else can be asked for.
 *   3. The feature has to be in the section's scope: what a scope may see is decided by the engine,
 *      never by the file.
 *
 * The first fault ends it, with file and line. Cost: O(bytes + lines * features). Not done:
 * formulas, new windows, new features: those are code (docs/leak_safety.md). */
#include "io/feature_file.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "io/file.h"

typedef struct reader {
    td_feature_choice *out;
    const char *path;
    td_error *err;
    const char *at, *end; /* of the text not handed to libinih yet */
    uint64_t line;        /* handed over last */
    td_status status;
} reader;

/* One line at a time, so that the line at hand is known. */
static char *next_line(char *out, int size, void *stream) {
    reader *r = stream;
    if (r->at == r->end || r->status != TD_OK) return NULL;
    const char *stop = memchr(r->at, '\n', (uint64_t)(r->end - r->at));
    uint64_t n = stop != NULL ? (uint64_t)(stop + 1 - r->at) : (uint64_t)(r->end - r->at);
    r->line++;
    if (n >= (uint64_t)size) {
        r->status = td_fail_at(r->err, TD_ERR_ARG, r->path, r->line, 0, "line of %llu bytes",
                               (unsigned long long)n);
        return NULL;
    }
    memcpy(out, r->at, n);
    out[n] = '\0';
    r->at += n;
    return out;
}

static int fail(reader *r, const char *what, const char *word, const char *hint) {
    r->status = td_fail_at(r->err, TD_ERR_ARG, r->path, r->line, 0, "%s '%s'%s", what, word, hint);
    return 0;
}

/* Windows of a family: what stands behind "name_" in the whitelist, like "1d". */
static int list_windows(char *out, size_t size, const char *family) {
    size_t n = strlen(family), used = 0;
    int found = 0;
    for (uint32_t i = 0; i < td_feature_count(); i++) {
        const char *name = td_feature_at(i)->name;
        size_t length = strlen(name);
        if (strncmp(name, family, n) != 0 || name[n] != '_' || name[length - 1] != 'd' ||
            name[n + 1] < '0' || name[n + 1] > '9' || used >= size)
            continue;
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", found++ ? ", " : "", name + n + 1);
    }
    return found;
}

/* The feature of "name" or "name window". */
static int find_feature(reader *r, const char *value, uint32_t *id) {
    char name[128], windows[128];
    size_t n = strcspn(value, " \t"), blank = strspn(value + n, " \t");
    const char *window = value + n + blank;
    if (strlen(value) + 1 >= sizeof name) return fail(r, "no feature", value, "");
    snprintf(name, sizeof name, "%.*s%s%s", (int)n, value, *window != '\0' ? "_" : "", window);
    td_nearest nearest = td_nearest_to(name);
    for (*id = 0; *id < td_feature_count(); ++*id) {
        if (strcmp(td_feature_at(*id)->name, name) == 0) return 1;
        td_nearest_offer(&nearest, td_feature_at(*id)->name);
    }
    char family[128], hint[320];
    snprintf(family, sizeof family, "%.*s", (int)n, value);
    if (list_windows(windows, sizeof windows, family))
        snprintf(hint, sizeof hint, ": %s has the windows %s", family, windows);
    else
        snprintf(hint, sizeof hint, "; the nearest is '%s' (tundish features --list)",
                 nearest.name);
    return fail(r, "not in the whitelist:", value, hint);
}

static int add(reader *r, uint32_t id, const char *name) {
    td_feature_choice *out = r->out;
    char hint[96];
    size_t length = strlen(name);
    if (length >= TD_FEATURE_NAME) return fail(r, "name too long:", name, "");
    if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != length)
        return fail(r, "a name is letters, digits and _, not", name, "");
    for (uint32_t i = 0; i < out->n; i++) {
        if (strcmp(out->name[i], name) == 0) return fail(r, "two columns are called", name, "");
        snprintf(hint, sizeof hint, ", already called '%s'", out->name[i]);
        if (out->id[i] == id) return fail(r, "a feature twice:", td_feature_at(id)->name, hint);
    }
    out->id[out->n] = id;
    memcpy(out->name[out->n++], name, length + 1);
    return 1;
}

/* Called by libinih for each line with a name. */
static int take(void *user, const char *section, const char *name, const char *value) {
    reader *r = user;
    uint32_t id = 0;
    int scope = 0;
    if (r->status != TD_OK) return 0;
    while (scope < TD_N_SCOPES && strcmp(td_scope_name((td_scope)scope), section) != 0) scope++;
    if (scope == TD_N_SCOPES)
        return fail(r, "no scope", section, ": [prefix], [visitor], [market], [catalog], [clock]");
    const char *wanted = value != NULL && *value != '\0' ? value : name;
    if (!find_feature(r, wanted, &id)) return 0;
    td_scope has = td_feature_at(id)->scope;
    if ((int)has != scope) {
        char hint[64];
        snprintf(hint, sizeof hint, " is of scope %s and not %s", td_scope_name(has), section);
        return fail(r, "feature", td_feature_at(id)->name, hint);
    }
    return add(r, id, value != NULL && *value != '\0' ? name : td_feature_at(id)->name);
}

static td_status read_text(reader *r) {
    int line = ini_parse_stream(next_line, r, take, r);
    /* libinih reads on behind a line that it cannot read: the first fault counts */
    int is_syntax = line > 0 && (r->status == TD_OK || (uint64_t)line < r->line);
    if (r->status != TD_OK && !is_syntax) return r->status;
    if (is_syntax)
        return td_fail_at(r->err, TD_ERR_ARG, r->path, (uint64_t)line, 0,
                          "expected [scope] or `name = feature window`");
    if (r->out->n == 0) return td_fail_at(r->err, TD_ERR_ARG, r->path, 0, 0, "chooses no feature");
    return TD_OK;
}

td_status td_feature_file_read(td_feature_choice *out, const char *path, td_error *err) {
    td_file *file = NULL;
    TD_TRY(td_feature_choice_init(out, err));
    td_status status = td_file_open(&file, path, err);
    if (status == TD_OK) {
        td_bytes text = td_file_bytes(file);
        reader r = {
            .out = out, .path = path, .err = err, .at = text.data, .end = text.data + text.n};
        status = read_text(&r);
    }
    td_file_close(file);
    if (status != TD_OK) td_feature_choice_free(out);
    return status;
}
