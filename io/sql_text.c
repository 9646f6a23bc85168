/* io/sql_text.c: the SQL files as constants, and the hash of a figure's definition.
 *
 * Problem: the audit must run without files beside the program, and a lock must notice when the
 * meaning of a key figure changes, but not when a comment is reworded.
 *
 *   1. The assembler copies each file into the read-only data, with a 0 behind it (.incbin; paths
 *      count from the repository's root, where the build runs).
 *   2. A definition is hashed from plain SQL: comments (from -- to the end of the line) are left
 *      out, runs of blanks and line ends are one blank. Text between single quotes is taken as it
 *      is, so '--' inside a literal is no comment.
 *   3. Of file 05 a figure takes its own statement, CREATE VIEW kpi_NAME AS ... ; and all the views
 *      that are not called kpi_ (waiting times rest on them).
 *
 * Cost: one pass over some 20 KB a figure. Not done here: running it (io/sql_audit.c). */
#include "io/sql_text.h"

#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"

/* Step 1: symbol = bytes of the file and a 0. */
#define INCLUDE_TEXT(symbol, file)                                                                 \
    __asm__(".section .rodata\n" #symbol ":\n.incbin \"io/sql/" file "\"\n.byte 0\n.previous\n");  \
    extern const char symbol[] __attribute__((visibility("hidden")))

INCLUDE_TEXT(td_sql_text_0, "00_create_tables.sql");
INCLUDE_TEXT(td_sql_text_1, "01_clean_events.sql");
INCLUDE_TEXT(td_sql_text_2, "02_cut_sessions.sql");
INCLUDE_TEXT(td_sql_text_3, "03_build_funnel.sql");
INCLUDE_TEXT(td_sql_text_4, "04_count_groups.sql");
INCLUDE_TEXT(td_sql_text_5, "05_compute_kpis.sql");
INCLUDE_TEXT(td_sql_text_6, "06_clean_category_tree.sql");
INCLUDE_TEXT(td_sql_text_7, "07_join_item_properties.sql");

static const struct {
    const char *name;
    const char *text;
} files[TD_SQL_N_FILES] = {
    {"00_create_tables.sql", td_sql_text_0},       {"01_clean_events.sql", td_sql_text_1},
    {"02_cut_sessions.sql", td_sql_text_2},        {"03_build_funnel.sql", td_sql_text_3},
    {"04_count_groups.sql", td_sql_text_4},        {"05_compute_kpis.sql", td_sql_text_5},
    {"06_clean_category_tree.sql", td_sql_text_6}, {"07_join_item_properties.sql", td_sql_text_7},
};

const char *td_sql_file_name(td_sql_file file) { return files[file].name; }

const char *td_sql_file_text(td_sql_file file) { return files[file].text; }

/* Step 2. -------------------------------------------------------------------------------------- */

/* Where the next piece of SQL starts: behind blanks and comments. */
static const char *skip_blank(const char *at) {
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (at[0] != '-' || at[1] != '-') return at;
        at += strcspn(at, "\n");
    }
}

/* Length of the word, literal or sign at `at` (not blank, not the end). */
static size_t token_length(const char *at) {
    if (*at == '\'') {
        const char *close = strchr(at + 1, '\'');
        return close != NULL ? (size_t)(close - at) + 1 : strlen(at);
    }
    size_t n = strcspn(at, " \t\r\n'-;");
    return n > 0 ? n : 1;
}

/* Hash the tokens from `at` up to and with the first ';', each with a blank behind it; returns what
 * follows. */
static const char *hash_statement(td_sha256 *hash, const char *at) {
    for (at = skip_blank(at); *at != '\0'; at = skip_blank(at)) {
        size_t n = token_length(at);
        td_sha256_add(hash, at, n);
        td_sha256_add(hash, " ", 1);
        if (*at == ';') return at + 1;
        at += n;
    }
    return at;
}

/* Behind the next ';'. */
static const char *skip_statement(const char *at) {
    for (at = skip_blank(at); *at != '\0' && *at != ';'; at = skip_blank(at))
        at += token_length(at);
    return *at == ';' ? at + 1 : at;
}

static void hash_file(td_sha256 *hash, td_sql_file file) {
    for (const char *at = skip_blank(files[file].text); *at != '\0'; at = skip_blank(at))
        at = hash_statement(hash, at);
}

/* Step 3. -------------------------------------------------------------------------------------- */

/* Statements of 05 that count for the figure; 1 when its own view was among them. */
static int hash_view(td_sha256 *hash, const char *name) {
    static const char opening[] = "CREATE VIEW kpi_";
    char own[96];
    snprintf(own, sizeof own, "%s%s AS", opening, name);
    int is_found = 0;
    const char *at = skip_blank(files[TD_SQL_COMPUTE_KPIS].text);
    while (*at != '\0') {
        int is_own = strncmp(at, own, strlen(own)) == 0;
        int is_other = !is_own && strncmp(at, opening, sizeof opening - 1) == 0;
        is_found |= is_own;
        at = skip_blank(is_other ? skip_statement(at) : hash_statement(hash, at));
    }
    return is_found;
}

td_status td_sql_definition_hash(char hex[65], const char *name, td_error *err) {
    td_sha256 *hash = NULL;
    TD_TRY(td_sha256_open(&hash, err));
    for (int f = TD_SQL_CLEAN_EVENTS; f <= TD_SQL_COUNT_GROUPS; f++)
        hash_file(hash, (td_sql_file)f);
    if (strcmp(name, "revenue") == 0) hash_file(hash, TD_SQL_JOIN_ITEM_PROPERTIES);
    int is_found = hash_view(hash, name);
    td_sha256_close(hash, hex);
    TD_CHECK(is_found, err, TD_ERR_ARG, "no view kpi_%s in %s", name,
             files[TD_SQL_COMPUTE_KPIS].name);
    return TD_OK;
}
