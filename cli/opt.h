/* cli/opt.h: options of a command: one table from which both parsing and help are made.
 *
 *     static const td_option options[] = {
 *         {"gap", "SECONDS", "1800", "a longer pause starts a session", AT(gap), TD_OPT_WHOLE}};
 *
 * A command keeps its options in a plain struct; each row of the table says at which offset its
 * value is stored. Rules for the user: `--name value` or `--name=value`, '-' and '_' between
 * words are equal, names are never abbreviated, `--` ends the options. The same keys, one `key =
 * value` a line, may stand in the file named by --config; the command line wins. */
#ifndef TD_CLI_OPT_H
#define TD_CLI_OPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"

typedef enum td_option_kind {
    TD_OPT_TEXT = 0, /* const char *, NULL = not given; borrowed until the command ends */
    TD_OPT_FLAG,     /* int, 0 or 1 */
    TD_OPT_CHOICE,   /* const char *, one of the words of `argument` ("day|hour") */
    TD_OPT_WHOLE,    /* int64_t in [low, high] */
    TD_OPT_REAL      /* double, finite, in [low, high] */
} td_option_kind;

typedef struct td_option {
    const char *name;     /* without the dashes, words joined by '-' */
    const char *argument; /* what help shows as the value, NULL for a flag */
    const char *standard; /* default as text, read like a user's value; NULL = none */
    const char *help;     /* one sentence for help */
    size_t at;            /* offset of the value in the command's struct */
    td_option_kind kind;
    int is_required;
    double low, high; /* of a number; high = 0 stands for no upper limit */
} td_option;

/* One `name = value` of the user. `file` is NULL on the command line; `line` counts from 1. */
typedef struct td_setting {
    const char *name;
    const char *value; /* NULL for a flag without a value */
    const char *file;
    uint64_t line;
} td_setting;

/* Takes a setting that no table knows (a trainer's parameter); the error names the nearest. */
typedef td_status (*td_setting_fn)(void *options, const td_setting *setting, td_error *err);

/* What a command can be told: its own options beside those of every command. */
typedef struct td_usage {
    const char *paths; /* "DIR" in the synopsis, NULL = none */
    uint32_t min_paths, max_paths;
    const td_option *options; /* [n_options] */
    uint32_t n_options;
    const td_option *shared; /* [n_shared] a table that several commands have; its struct stands */
    uint32_t n_shared;       /* at shared_at inside the command's */
    size_t shared_at;
    size_t size;              /* bytes of the options struct, which starts zeroed */
    td_setting_fn other;      /* NULL: unknown names are errors, `key=value` is a path */
    void (*print_more)(void); /* further help on stdout after the options, or NULL */
    const char *notes;        /* paragraphs for help after that, or NULL */
    const char *examples;     /* lines for help, each indented by two spaces */
} td_usage;

/* Parts of a td_usage that most commands have: a table of its own with the struct that it fills; a
 * table of several commands, [n] rows, whose struct stands at `at`; one path. */
#define TD_USAGE_OWN(table, type)                                                                  \
    .options = (table), .n_options = sizeof(table) / sizeof *(table), .size = sizeof(type)
#define TD_USAGE_SHARED(table, n, at) .shared = (table), .n_shared = (n), .shared_at = (at)
#define TD_USAGE_ONE_PATH(word)       .paths = (word), .min_paths = 1, .max_paths = 1

/* Options that every command has. */
typedef struct td_common {
    const char *json;
    const char *config;
    const char *threads; /* text: its default is the machine's */
    int64_t seed;
    int is_quiet;
    int is_help;
} td_common;

extern const td_option td_common_options[];
extern const uint32_t td_n_common_options;

/* What the user said. Owned by `arena`, which the caller frees. */
typedef struct td_parsed {
    td_common common;
    void *options;           /* usage->size bytes */
    const char *const *path; /* [n_paths] */
    uint32_t n_paths;
    int n_threads;
} td_parsed;

/* Read argv[0 .. argc) (after the command's name) and the --config file. TD_ERR_ARG for whatever
 * the user got wrong; the text names the value and the nearest known name. With --help nothing else
 * is checked. */
td_status td_options_parse(td_parsed *out, td_arena *arena, const td_usage *usage, int argc,
                           char **argv, td_error *err) TD_MUST_USE;

/* Cut "a,b,c" at the commas. list receives [n] texts in the arena; NULL or "" gives n = 0.
 * TD_ERR_ARG for an empty piece; `option` names the option in that error. */
td_status td_list_split(const char *const **list, uint32_t *n, const char *text, const char *option,
                        td_arena *arena, td_error *err) TD_MUST_USE;

/* Whole number or finite real from a complete text. Returns 1 when it is one. */
int td_text_is_whole(const char *text, int64_t *value);
int td_text_is_real(const char *text, double *value);

#endif
