/* cli/opt.c: from argv and a configuration file to a filled options struct.
 *
 * Problem: every command needs options with defaults, ranges, help and errors that help; the table
 * in the command's file should be the only place where an option is written down.
 *
 *     tundish kpi shop --gap=60 --by day --config exp.conf
 *                  |        |        |             |
 *     1. words     path     setting  setting       setting
 *     2. file                                      its lines: settings with file and line
 *     3. store     defaults, then the file's settings, then those of the command line
 *     4. check     required options, number of paths, threads
 *
 * Because of the order of step 3 the command line wins. A setting is stored by the row of a table
 * that bears its name; three tables are looked through: the command's own, one that it shares with
 * others (cleaning, data files), and the options of every command.
 *
 * glibc's getopt_long is not used: it completes abbreviated names without saying so, keeps global
 * state, and cannot treat '-' and '_' as equal or name the nearest option.
 *
 * Cost: O(settings * options) text comparisons, once per run. It does not read the environment, and
 * a repeated option is no error: the last one counts. */
#include "cli/opt.h"

#include <string.h>

#include "cli/opt_config.h"
#include "cli/opt_store.h"
#include "core/base/nearest.h"
#include "io/file.h"

#define COMMON(field) offsetof(td_common, field)
enum { MAX_THREADS = 4096, N_TABLES = 3 };

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

/* Rows of options and the struct that their offsets count from. */
typedef struct table {
    const td_option *option; /* [n] */
    uint32_t n;
    char *base;
} table;

/* What parsing works with: the result, where its bytes come from, and the tables. */
typedef struct parser {
    td_parsed *out;
    td_arena *arena;
    const td_usage *usage;
    table tables[N_TABLES];
    td_setting *setting; /* [n_settings] of the command line, in its order */
    uint32_t n_settings;
    const char **path; /* [n_paths] */
    uint32_t n_paths;
} parser;

/* --- tables ----------------------------------------------------------------------------------- */

/* Offsets of the shared table count from its struct inside the command's. */
static void list_tables(parser *p) {
    const td_usage *usage = p->usage;
    char *own = p->out->options;
    p->tables[0] = (table){usage->options, usage->n_options, own};
    p->tables[1] = (table){usage->shared, usage->n_shared, own + usage->shared_at};
    p->tables[2] = (table){td_common_options, td_n_common_options, (char *)&p->out->common};
}

/* "num_leaves" and "num-leaves" are one name; nothing else is folded. */
static int is_same_name(const char *a, const char *b) {
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        if ((*a == '_' ? '-' : *a) != (*b == '_' ? '-' : *b)) return 0;
    }
    return *a == *b;
}

/* The row with this name and, in *base, its struct; NULL when no table has it. */
static const td_option *find_option(const parser *p, const char *name, char **base) {
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < p->tables[t].n; i++) {
            const td_option *option = &p->tables[t].option[i];
            *base = p->tables[t].base;
            if (is_same_name(option->name, name)) return option;
        }
    }
    return NULL;
}

/* The nearest name is always shown: it costs nothing to read past a wrong guess. */
static td_status fail_unknown(const parser *p, const td_setting *setting, td_error *err) {
    td_nearest nearest = td_nearest_to(setting->name);
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < p->tables[t].n; i++)
            td_nearest_offer(&nearest, p->tables[t].option[i].name);
    }
    const char *dashes = td_setting_dashes(setting);
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                      "unknown %s '%s%s', the nearest is '%s%s'",
                      setting->file == NULL ? "option" : "key", dashes, setting->name, dashes,
                      nearest.name);
}

/* --- settings -> struct ----------------------------------------------------------------------- */

/* What no table knows goes to the command, if it takes such names (train: parameters). */
static td_status store_settings(const parser *p, const td_setting *setting, uint32_t n,
                                td_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        char *base = NULL;
        const td_option *option = find_option(p, setting[i].name, &base);
        if (option != NULL) {
            TD_TRY(td_option_store(base, option, &setting[i], err));
        } else if (p->usage->other != NULL) {
            TD_TRY(p->usage->other(p->out->options, &setting[i], err));
        } else {
            return fail_unknown(p, &setting[i], err);
        }
    }
    return TD_OK;
}

/* Defaults are texts of the table, read like the user's: what help says is what happens. */
static td_status store_defaults(const parser *p, td_error *err) {
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < p->tables[t].n; i++) {
            const td_option *option = &p->tables[t].option[i];
            if (option->standard == NULL) continue;
            td_setting setting = {option->name, option->standard, NULL, 0};
            TD_TRY(td_option_store(p->tables[t].base, option, &setting, err));
        }
    }
    return TD_OK;
}

/* --- argv -> settings and paths --------------------------------------------------------------- */

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

/* Complete an option whose name has been cut off argv[0]: its value may stand in argv[1]. *used
 * receives the number of words taken. A word with two dashes is never a value: `--json --quiet`
 * is a forgotten file name and not a file called "--quiet". */
static td_status take_option(const parser *p, td_setting *out, uint32_t *used, char **argv,
                             td_error *err) {
    char *base = NULL;
    const td_option *option = find_option(p, out->name, &base);
    if (option == NULL && p->usage->other == NULL) return fail_unknown(p, out, err);
    int is_flag = option != NULL && option->kind == TD_OPT_FLAG;
    if (is_flag || out->value != NULL) return TD_OK;
    if (argv[1] == NULL || strncmp(argv[1], "--", 2) == 0) {
        /* the command reports an unknown name as such rather than as a missing value */
        if (option == NULL) return p->usage->other(p->out->options, out, err);
        TD_FAIL(err, TD_ERR_ARG, "option --%s needs a value (%s)", out->name, option->argument);
    }
    out->value = argv[1];
    *used = 2;
    return TD_OK;
}

/* One word, or two: an option, a pair `key=value` where the command takes them, or a path ("-" is
 * one: it stands for stdout). */
static td_status take_word(parser *p, uint32_t *used, char **argv, td_error *err) {
    const char *word = argv[0];
    td_setting *next = &p->setting[p->n_settings];
    *used = 1;
    if (strncmp(word, "--", 2) == 0) {
        TD_TRY(cut_pair(next, word + 2, p->arena, err));
        TD_TRY(take_option(p, next, used, argv, err));
        p->n_settings++;
    } else if (word[0] == '-' && word[1] != '\0') {
        TD_FAIL(err, TD_ERR_ARG, "unknown option '%s'; options have two dashes", word);
    } else if (p->usage->other != NULL && strchr(word, '=') != NULL) {
        TD_TRY(cut_pair(next, word, p->arena, err));
        p->n_settings++;
    } else {
        p->path[p->n_paths++] = word;
    }
    return TD_OK;
}

/* Step 1. argv ends with a NULL, as main's does. */
static td_status read_words(parser *p, int argc, char **argv, td_error *err) {
    p->setting = td_arena_array(p->arena, (uint64_t)argc + 1, sizeof *p->setting, err);
    p->path = td_arena_array(p->arena, (uint64_t)argc + 1, sizeof *p->path, err);
    if (p->setting == NULL || p->path == NULL) return TD_ERR_NOMEM;
    int i = 0;
    while (i < argc && strcmp(argv[i], "--") != 0) {
        uint32_t used = 0;
        TD_TRY(take_word(p, &used, argv + i, err));
        i += (int)used;
    }
    for (i++; i < argc; i++) p->path[p->n_paths++] = argv[i]; /* after "--" all are paths */
    return TD_OK;
}

/* --help wins over whatever else stands on the line, right or wrong. */
static int is_help_wanted(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return 1;
    }
    return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Step 2 and the middle of step 3. */
static td_status store_config(const parser *p, td_error *err) {
    const char *path = NULL;
    for (uint32_t i = 0; i < p->n_settings; i++) {
        if (strcmp(p->setting[i].name, "config") == 0) path = p->setting[i].value;
    }
    if (path == NULL) return TD_OK;
    td_setting *setting = NULL;
    uint32_t n = 0;
    TD_TRY(td_config_read(&setting, &n, path, p->arena, err));
    return store_settings(p, setting, n, err);
}

/* A required option is a text or a choice; it is missing when its field is still NULL, whatever way
 * could have filled it. */
static td_status check_required(const parser *p, td_error *err) {
    for (int t = 0; t < N_TABLES; t++) {
        for (uint32_t i = 0; i < p->tables[t].n; i++) {
            const td_option *option = &p->tables[t].option[i];
            const char *value = NULL;
            if (!option->is_required) continue;
            memcpy(&value, p->tables[t].base + option->at, sizeof value);
            TD_CHECK(value != NULL, err, TD_ERR_ARG, "--%s %s is missing", option->name,
                     option->argument);
        }
    }
    const td_usage *usage = p->usage;
    TD_CHECK(p->n_paths >= usage->min_paths, err, TD_ERR_ARG, "%s is missing", usage->paths);
    TD_CHECK(p->n_paths <= usage->max_paths, err, TD_ERR_ARG, "unexpected argument '%s'",
             p->path[usage->max_paths]);
    return TD_OK;
}

/* The default depends on the machine, so it cannot stand in the table. */
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
    out->common.is_help = is_help_wanted(argc, argv);
    if (out->common.is_help) return TD_OK;
    out->options = td_arena_array(arena, usage->size + 1, 1, err);
    if (out->options == NULL) return TD_ERR_NOMEM;
    memset(out->options, 0, usage->size + 1);
    parser p = {.out = out, .arena = arena, .usage = usage};
    list_tables(&p);
    TD_TRY(read_words(&p, argc, argv, err));
    TD_TRY(store_defaults(&p, err));
    TD_TRY(store_config(&p, err));
    TD_TRY(store_settings(&p, p.setting, p.n_settings, err));
    out->path = p.path;
    out->n_paths = p.n_paths;
    TD_TRY(read_threads(out, err));
    return check_required(&p, err);
}

td_status td_list_split(const char *const **list, uint32_t *n, const char *text, const char *option,
                        td_arena *arena, td_error *err) {
    *n = 0;
    *list = NULL;
    if (text == NULL || *text == '\0') return TD_OK;
    uint64_t size = strlen(text) + 1; /* bounds the number of pieces, too */
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
