/* cli/opt.c: from argv and a configuration file to a filled options struct.
 *
 * Problem: every command needs options with defaults, ranges, help and errors that help; the table
 * in the command's file should be the only place where an option is written down.
 *
 *   1. argv becomes a list of settings (name, value) and a list of paths.
 *   2. The file named by --config becomes a list of settings with their lines (config.c).
 *   3. Defaults, then the file's settings, then those of the command line are stored, each by the
 *      row of the table that bears its name; so the command line wins.
 *   4. Required options that are still missing, and a wrong number of paths, are errors.
 *
 * glibc's getopt_long is not used: it completes abbreviated names without saying so, keeps global
 * state, and cannot treat '-' and '_' as equal or name the nearest option.
 *
 * Cost: O(settings * options) text comparisons, once per run. It does not read the environment. */
#include "cli/opt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/opt_config.h"
#include "core/base/nearest.h"
#include "io/file.h"

#define COMMON(field) offsetof(td_common, field)
enum { MAX_THREADS = 4096 };

const td_option td_common_options[] = {
    {"json", "FILE", NULL,
     "write the results as one JSON object; '-' = stdout, and nothing else there", COMMON(json),
     TD_OPT_TEXT, 0, 0, 0},
    {"threads", "N", NULL, "threads to use (default: the cores this process may use)",
     COMMON(threads), TD_OPT_TEXT, 0, 0, 0},
    {"seed", "N", "1", "seed of every random choice", COMMON(seed), TD_OPT_WHOLE, 0, 0, 0},
    {"config", "FILE", NULL,
     "read options from FILE, one `key = value` a line; the command line wins", COMMON(config),
     TD_OPT_TEXT, 0, 0, 0},
    {"quiet", NULL, NULL, "no notes and no progress bar on stderr", COMMON(is_quiet), TD_OPT_FLAG,
     0, 0, 0},
    {"help", NULL, NULL, "show this help", COMMON(is_help), TD_OPT_FLAG, 0, 0, 0},
};
const uint32_t td_n_common_options = sizeof td_common_options / sizeof *td_common_options;

int td_text_is_whole(const char *text, int64_t *value) {
    const char *digits = *text == '-' ? text + 1 : text;
    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits)) return 0;
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno == 0;
}

int td_text_is_real(const char *text, double *value) {
    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text)) return 0;
    char *end = NULL;
    *value = strtod(text, &end);
    return *end == '\0' && *value - *value == 0; /* inf - inf is NaN */
}

/* Where a setting's value goes: the row of the table and the struct that it describes. */
typedef struct target {
    const td_option *option; /* NULL: no such name */
    char *base;
} target;

static int is_same_name(const char *a, const char *b) {
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b)) return 0;
    }
    return *a == *b;
}

/* The three tables of a command: its own, the shared one, and that of every command. */
typedef struct table {
    const td_option *option; /* [n] */
    uint32_t n;
    char *base; /* struct that the offsets count from */
} table;
enum { N_TABLES = 3 };

static void list_tables(table out[N_TABLES], td_parsed *parsed, const td_usage *usage) {
    char *own = parsed->options;
    out[0] = (table){usage->options, usage->n_options, own};
    out[1] = (table){usage->shared, usage->n_shared, own + usage->shared_at};
    out[2] = (table){td_common_options, td_n_common_options, (char *)&parsed->common};
}

static target find_target(td_parsed *parsed, const td_usage *usage, const char *name) {
    table tables[N_TABLES];
    list_tables(tables, parsed, usage);
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < tables[t].n; i++) {
            const td_option *option = &tables[t].option[i];
            if (is_same_name(option->name, name)) return (target){option, tables[t].base};
        }
    }
    return (target){NULL, NULL};
}

static td_status fail_unknown(const td_setting *setting, td_parsed *parsed, const td_usage *usage,
                              td_error *err) {
    td_nearest nearest = td_nearest_to(setting->name);
    table tables[N_TABLES];
    list_tables(tables, parsed, usage);
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < tables[t].n; i++)
            td_nearest_offer(&nearest, tables[t].option[i].name);
    }
    const char *dashes = setting->file == NULL ? "--" : "";
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                      "unknown %s '%s%s', the nearest is '%s%s'",
                      setting->file == NULL ? "option" : "key", dashes, setting->name, dashes,
                      nearest.name);
}

/* --- storing one value ------------------------------------------------------------------------ */

static td_status fail_value(const td_setting *setting, const char *expected, td_error *err) {
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s%s: '%s' is not %s",
                      setting->file == NULL ? "--" : "", setting->name, setting->value, expected);
}

static td_status check_range(const td_option *option, double x, const td_setting *setting,
                             td_error *err) {
    int has_top = option->high > 0;
    if (x >= option->low && (!has_top || x <= option->high)) return TD_OK;
    const char *dashes = setting->file == NULL ? "--" : "";
    if (has_top) {
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                          "%s%s: %s lies outside %.10g to %.10g", dashes, setting->name,
                          setting->value, option->low, option->high);
    }
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                      "%s%s: %s is below the least value %.10g", dashes, setting->name,
                      setting->value, option->low);
}

static td_status store_flag(int *out, const td_setting *setting, td_error *err) {
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes"};
    if (setting->value == NULL) {
        *out = 1;
        return TD_OK;
    }
    for (int i = 0; i < 6; i++) {
        if (strcmp(words[i], setting->value) == 0) {
            *out = i & 1;
            return TD_OK;
        }
    }
    return fail_value(setting, "true or false", err);
}

static td_status store_choice(const char **out, const td_option *option, const td_setting *setting,
                              td_error *err) {
    uint64_t length = strlen(setting->value);
    for (const char *word = option->argument; *word != '\0';) {
        uint64_t n = strcspn(word, "|");
        if (n == length && memcmp(word, setting->value, n) == 0) {
            *out = setting->value;
            return TD_OK;
        }
        word += n + (word[n] == '|');
    }
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s%s: '%s' is none of %s",
                      setting->file == NULL ? "--" : "", setting->name, setting->value,
                      option->argument);
}

static td_status store(target to, const td_setting *setting, td_error *err) {
    void *field = to.base + to.option->at;
    int64_t whole = 0;
    double real = 0;
    switch (to.option->kind) {
    case TD_OPT_FLAG:
        return store_flag(field, setting, err);
    case TD_OPT_CHOICE:
        return store_choice(field, to.option, setting, err);
    case TD_OPT_TEXT:
        memcpy(field, &setting->value, sizeof setting->value);
        return TD_OK;
    case TD_OPT_WHOLE:
        if (!td_text_is_whole(setting->value, &whole))
            return fail_value(setting, "a whole number", err);
        TD_TRY(check_range(to.option, (double)whole, setting, err));
        memcpy(field, &whole, sizeof whole);
        return TD_OK;
    case TD_OPT_REAL:
        if (!td_text_is_real(setting->value, &real)) return fail_value(setting, "a number", err);
        TD_TRY(check_range(to.option, real, setting, err));
        memcpy(field, &real, sizeof real);
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_INTERNAL, "option kind %d", (int)to.option->kind);
}

static td_status store_all(td_parsed *parsed, const td_usage *usage, const td_setting *setting,
                           uint32_t n, td_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        target to = find_target(parsed, usage, setting[i].name);
        if (to.option != NULL) {
            TD_TRY(store(to, &setting[i], err));
        } else if (usage->other != NULL) {
            TD_TRY(usage->other(parsed->options, &setting[i], err));
        } else {
            return fail_unknown(&setting[i], parsed, usage, err);
        }
    }
    return TD_OK;
}

static td_status store_defaults(td_parsed *parsed, const td_usage *usage, td_error *err) {
    table tables[N_TABLES];
    list_tables(tables, parsed, usage);
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < tables[t].n; i++) {
            const td_option *option = &tables[t].option[i];
            if (option->standard == NULL) continue;
            td_setting setting = {option->name, option->standard, NULL, 0};
            TD_TRY(store((target){option, tables[t].base}, &setting, err));
        }
    }
    return TD_OK;
}

/* --- argv -> settings and paths --------------------------------------------------------------- */

typedef struct words {
    td_setting *setting; /* [n_settings] */
    uint32_t n_settings;
    const char **path; /* [n_paths] */
    uint32_t n_paths;
} words;

/* "name=value" cut at the first '='; a name alone leaves value NULL. */
static td_status cut_pair(td_setting *out, const char *text, td_arena *arena, td_error *err) {
    uint64_t n = strcspn(text, "=");
    char *name = td_arena_array(arena, n + 1, 1, err);
    if (name == NULL) return TD_ERR_NOMEM;
    memcpy(name, text, n);
    name[n] = '\0';
    *out = (td_setting){name, text[n] == '=' ? text + n + 1 : NULL, NULL, 0};
    return TD_OK;
}

/* The option in argv[i], with its value from argv[i + 1] when it takes one there; *used receives
 * how many words that was. */
static td_status take_option(td_setting *out, uint32_t *used, td_parsed *parsed,
                             const td_usage *usage, char **argv, td_error *err) {
    *used = 1;
    target to = find_target(parsed, usage, out->name);
    if (to.option == NULL && usage->other == NULL) return fail_unknown(out, parsed, usage, err);
    int is_flag = to.option != NULL && to.option->kind == TD_OPT_FLAG;
    if (is_flag || out->value != NULL) return TD_OK;
    if (argv[1] == NULL || strncmp(argv[1], "--", 2) == 0) {
        /* an unknown name is reported as such rather than as a missing value */
        if (to.option == NULL) return usage->other(parsed->options, out, err);
        TD_FAIL(err, TD_ERR_ARG, "option --%s needs a value (%s)", out->name, to.option->argument);
    }
    out->value = argv[1];
    *used = 2;
    return TD_OK;
}

static td_status take_word(words *out, uint32_t *used, td_parsed *parsed, td_arena *arena,
                           const td_usage *usage, char **argv, td_error *err) {
    const char *word = argv[0];
    td_setting *next = &out->setting[out->n_settings];
    *used = 1;
    if (strncmp(word, "--", 2) == 0) {
        TD_TRY(cut_pair(next, word + 2, arena, err));
        TD_TRY(take_option(next, used, parsed, usage, argv, err));
        out->n_settings++;
    } else if (strcmp(word, "-h") == 0) {
        *next = (td_setting){"help", NULL, NULL, 0};
        out->n_settings++;
    } else if (word[0] == '-' && word[1] != '\0') {
        TD_FAIL(err, TD_ERR_ARG, "unknown option '%s'; options have two dashes", word);
    } else if (usage->other != NULL && strchr(word, '=') != NULL) {
        TD_TRY(cut_pair(next, word, arena, err));
        out->n_settings++;
    } else {
        out->path[out->n_paths++] = word;
    }
    return TD_OK;
}

static td_status read_words(words *out, td_parsed *parsed, td_arena *arena, const td_usage *usage,
                            int argc, char **argv, td_error *err) {
    out->setting = td_arena_array(arena, (uint64_t)argc + 1, sizeof *out->setting, err);
    out->path = td_arena_array(arena, (uint64_t)argc + 1, sizeof *out->path, err);
    if (out->setting == NULL || out->path == NULL) return TD_ERR_NOMEM;
    int i = 0;
    while (i < argc && strcmp(argv[i], "--") != 0) {
        uint32_t used = 0;
        TD_TRY(take_word(out, &used, parsed, arena, usage, argv + i, err));
        i += (int)used;
    }
    for (i++; i < argc; i++) out->path[out->n_paths++] = argv[i]; /* after "--" */
    return TD_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static td_status read_config(td_parsed *parsed, td_arena *arena, const td_usage *usage,
                             const words *said, td_error *err) {
    const char *path = NULL;
    for (uint32_t i = 0; i < said->n_settings; i++) {
        if (strcmp(said->setting[i].name, "config") == 0) path = said->setting[i].value;
    }
    if (path == NULL) return TD_OK;
    td_setting *setting = NULL;
    uint32_t n = 0;
    TD_TRY(td_config_read(&setting, &n, path, arena, err));
    return store_all(parsed, usage, setting, n, err);
}

static td_status check_required(td_parsed *parsed, const td_usage *usage, td_error *err) {
    table tables[N_TABLES];
    list_tables(tables, parsed, usage);
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < tables[t].n; i++) {
            const td_option *option = &tables[t].option[i];
            const char *value = NULL;
            if (!option->is_required) continue;
            memcpy(&value, tables[t].base + option->at, sizeof value);
            TD_CHECK(value != NULL, err, TD_ERR_ARG, "--%s %s is missing", option->name,
                     option->argument);
        }
    }
    TD_CHECK(parsed->n_paths >= usage->min_paths, err, TD_ERR_ARG, "%s is missing", usage->paths);
    TD_CHECK(parsed->n_paths <= usage->max_paths, err, TD_ERR_ARG, "unexpected argument '%s'",
             parsed->path[usage->max_paths]);
    return TD_OK;
}

static td_status read_threads(td_parsed *parsed, td_error *err) {
    int64_t n = 0;
    const char *text = parsed->common.threads;
    if (text == NULL) {
        parsed->n_threads = td_system_cores();
        return TD_OK;
    }
    TD_CHECK(td_text_is_whole(text, &n) && n >= 1 && n <= MAX_THREADS, err, TD_ERR_ARG,
             "--threads: '%s' is not a whole number from 1 to %d", text, MAX_THREADS);
    parsed->n_threads = (int)n;
    return TD_OK;
}

td_status td_options_parse(td_parsed *out, td_arena *arena, const td_usage *usage, int argc,
                           char **argv, td_error *err) {
    memset(out, 0, sizeof *out);
    out->options = td_arena_array(arena, usage->size + 1, 1, err);
    if (out->options == NULL) return TD_ERR_NOMEM;
    memset(out->options, 0, usage->size + 1);
    TD_TRY(store_defaults(out, usage, err));
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) out->common.is_help = 1;
    }
    if (out->common.is_help) return TD_OK;
    words said = {0};
    TD_TRY(read_words(&said, out, arena, usage, argc, argv, err));
    TD_TRY(read_config(out, arena, usage, &said, err));
    TD_TRY(store_all(out, usage, said.setting, said.n_settings, err));
    out->path = said.path;
    out->n_paths = said.n_paths;
    TD_TRY(read_threads(out, err));
    return check_required(out, usage, err);
}

td_status td_list_split(const char *const **list, uint32_t *n, const char *text, const char *option,
                        td_arena *arena, td_error *err) {
    *n = 0;
    *list = NULL;
    if (text == NULL || *text == '\0') return TD_OK;
    uint64_t size = strlen(text) + 1;
    char *copy = td_arena_array(arena, size, 1, err);
    const char **piece = td_arena_array(arena, size, sizeof *piece, err);
    if (copy == NULL || piece == NULL) return TD_ERR_NOMEM;
    memcpy(copy, text, size);
    for (char *at = copy; at != NULL;) {
        char *comma = strchr(at, ',');
        if (comma != NULL) *comma = '\0';
        TD_CHECK(*at != '\0', err, TD_ERR_ARG, "--%s: empty name in '%s'", option, text);
        piece[(*n)++] = at;
        at = comma == NULL ? NULL : comma + 1;
    }
    *list = piece;
    return TD_OK;
}
