/* cli/audit.h: the checks of `tundish audit`, one word each:
 *
 *     tundish audit sql DIR      the key figures, counted once more by SQL
 *     tundish audit leaks DIR    the features, built once more from a log that ends earlier
 *
 * A check is a row of the table in cmd_audit.c and a file audit_WORD.c. They share one struct of
 * options; the help of an option says whose it is. */
#ifndef TD_CLI_AUDIT_H
#define TD_CLI_AUDIT_H

#include "cli/cmd.h"
#include "cli/scoring.h"

typedef struct td_audit_options {
    td_scoring scoring;
    int is_full;    /* sql: revenue and categories as well */
    int64_t n_cuts; /* leaks: decision times to cut at */
    int is_all;     /* leaks: every decision time */
    int is_demo;    /* leaks: the lessons on a shop of their own */
} td_audit_options;

/* A check: cli->path[0] is its word, the others belong to it. Fails (exit 1) when the check finds
 * something. */
typedef td_status (*td_audit_fn)(const td_cli *cli, const td_audit_options *options, td_error *err);

td_status td_audit_sql(const td_cli *cli, const td_audit_options *options, td_error *err);
td_status td_audit_leaks(const td_cli *cli, const td_audit_options *options, td_error *err);

#endif
