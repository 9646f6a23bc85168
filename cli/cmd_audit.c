/* cli/cmd_audit.c: `tundish audit WORD ...`: checks that do the same work a second way and compare.
 *
 *   1. The first path is the word of the check; an unknown one is answered with the nearest.
 *   2. The check runs (audit_WORD.c) and reports; a finding is a failure, exit 1.
 *
 * The checks have one table of options, because a command has one; each option's help names the
 * check that listens to it. */
#include <string.h>

#include "cli/audit.h"
#include "core/base/nearest.h"

#define AT(field) offsetof(td_audit_options, field)

static const td_option own_options[] = {
    {"full", NULL, NULL, "sql: revenue and figures by category too, from the item properties",
     AT(is_full), TD_OPT_FLAG, 0, 0, 0},
    {"cuts", "N", "64", "leaks: decision times at which the log is cut", AT(n_cuts), TD_OPT_WHOLE,
     0, 1, 1e6},
    {"all", NULL, NULL, "leaks: cut at every decision time (up to 100,000 events)", AT(is_all),
     TD_OPT_FLAG, 0, 0, 0},
    {"demo", NULL, NULL, "leaks: four planted leaks on a synthetic shop, and what each one fakes",
     AT(is_demo), TD_OPT_FLAG, 0, 0, 0},
};

const td_usage td_usage_audit = {
    .paths = "sql|leaks DIR",
    .min_paths = 1,
    .max_paths = 2,
    TD_USAGE_OWN(own_options, td_audit_options),
    TD_USAGE_SCORING(AT(scoring)),
    .notes = "sql: sessions and key figures are counted once more by SQL in SQLite, from the raw\n"
             "file, and must agree to the last integer (docs/sql_audit.md).\n"
             "leaks: features are built again from logs that end at decision times, and from logs\n"
             "whose later rows are random, and must be the same bit by bit (docs/leak_safety.md).",
    .examples = "  tundish audit sql shop\n"
                "  tundish audit sql shop --full\n"
                "  tundish audit leaks shop\n"
                "  tundish audit leaks --demo",
};

static const struct {
    const char *word;
    td_audit_fn run;
} checks[] = {
    {"sql", td_audit_sql},
    {"leaks", td_audit_leaks},
};
enum { N_CHECKS = sizeof checks / sizeof *checks };

td_status td_cmd_audit(const td_cli *cli, const void *given, td_error *err) {
    td_nearest nearest = td_nearest_to(cli->path[0]);
    for (int i = 0; i < N_CHECKS; i++) {
        if (strcmp(checks[i].word, cli->path[0]) == 0) return checks[i].run(cli, given, err);
        td_nearest_offer(&nearest, checks[i].word);
    }
    TD_FAIL(err, TD_ERR_ARG, "no check '%s', the nearest is '%s'", cli->path[0], nearest.name);
}
