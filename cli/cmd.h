/* cli/cmd.h: what a command of the program is and what it is handed.
 *
 * A command is one row of the table in main.c and one file cmd_NAME.c with one function:
 *
 *     parse (done for it, by the table)  ->  io  ->  call the library  ->  report
 *
 * It holds no algorithm. It returns a status and fills err; exit codes, the message, partial files
 * and signals are the business of dispatch.c. Data goes to stdout, talk goes to stderr. */
#ifndef TD_CLI_CMD_H
#define TD_CLI_CMD_H

#include <stdint.h>

#include "cli/opt.h"
#include "core/base/err.h"
#include "core/base/par.h"

typedef struct td_command td_command;

/* What every command gets. Borrowed for the length of the call. */
typedef struct td_cli {
    const td_command *command;
    td_exec exec; /* threads, and progress that also carries Ctrl-C */
    double start; /* td_clock_seconds when the process began */
    uint64_t seed;
    int is_quiet;
    const char *json;        /* --json: path, "-" = stdout, NULL = not wanted */
    const char *const *path; /* [n_paths] */
    uint32_t n_paths;
} td_cli;

/* Does the work. `options` is the struct that the usage table has filled; texts in it live as long
 * as the call. */
typedef td_status (*td_command_fn)(const td_cli *cli, const void *options, td_error *err);

struct td_command {
    const char *name;
    const char *group; /* heading in the overview */
    td_command_fn run;
    const char *line; /* what it does, in one line */
    const td_usage *usage;
};

/* Offset of a field, for option tables: #define AT(field) offsetof(options, field). */

/* 1 when a report for people belongs on stdout, 0 when JSON or data takes that place. `out` is the
 * path of the command's data, NULL = none. */
int td_cli_has_text(const td_cli *cli, const char *out);

/* To call before long work: TD_ERR_IO when `out` (NULL = none) or --json cannot be written where
 * they are to go, TD_ERR_ARG when both are to go to stdout. */
td_status td_cli_check_out(const td_cli *cli, const char *out, td_error *err) TD_MUST_USE;

/* A line on stderr, "tundish CMD: note: ...", unless --quiet. */
void td_cli_note(const td_cli *cli, const char *fmt, ...) TD_PRINTF(2, 3);

/* Run the program: find the command in the table [n], parse, run, report, clean up. Returns the
 * exit code: 0 done, 1 failed, 2 usage, 130 interrupted. */
int td_cli_main(const td_command *commands, uint32_t n, int argc, char **argv);

/* Help texts (help.c), written to stdout. */
void td_help_overview(const td_command *commands, uint32_t n);
void td_help_group(const td_command *commands, uint32_t n, const char *word); /* "word ..." */
void td_help_command(const td_command *command);

/* Print text wrapped at spaces to 80 columns, from column `at`; further lines are indented. */
void td_help_wrapped(const char *text, int at, int indent);

/* The commands, one file cmd_NAME.c each, and what they can be told. */
td_status td_cmd_generate(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_load(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_kpi(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_funnel(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_eda(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_features(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_run(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_replay(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_train(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_predict(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_evaluate(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_audit(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_power(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_abtest(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_evaluate(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_policy(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_fit(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_predict(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_inspect(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_tree(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_uplift_simulate(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_roi(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_assign(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_cv(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_monitor(const td_cli *cli, const void *options, td_error *err);
td_status td_cmd_version(const td_cli *cli, const void *options, td_error *err);
extern const td_usage td_usage_generate;
extern const td_usage td_usage_load;
extern const td_usage td_usage_kpi;
extern const td_usage td_usage_funnel;
extern const td_usage td_usage_eda;
extern const td_usage td_usage_features;
extern const td_usage td_usage_run;
extern const td_usage td_usage_replay;
extern const td_usage td_usage_train;
extern const td_usage td_usage_predict;
extern const td_usage td_usage_evaluate;
extern const td_usage td_usage_audit;
extern const td_usage td_usage_cv;
extern const td_usage td_usage_monitor;
extern const td_usage td_usage_power;
extern const td_usage td_usage_abtest;
extern const td_usage td_usage_uplift_evaluate;
extern const td_usage td_usage_uplift_policy;
extern const td_usage td_usage_uplift_fit;
extern const td_usage td_usage_uplift_predict;
extern const td_usage td_usage_uplift_inspect;
extern const td_usage td_usage_uplift_tree;
extern const td_usage td_usage_uplift_simulate;
extern const td_usage td_usage_roi;
extern const td_usage td_usage_assign;
extern const td_usage td_usage_version;

#endif
