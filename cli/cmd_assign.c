/* cli/cmd_assign.c: `tundish assign FILE|DIR`: split visitors into the arms of an experiment.
 *
 *     $ tundish assign visitors.csv --id visitor --salt checkout-2 --arms A,B --out arms.csv
 *
 *   1. Visitors from a table or a shop's log (assign_units.c).
 *   2. An exclusion group keeps experiments apart: only visitors whose point under the group's salt
 *      lies within the slots take part.
 *   3. The arm comes from a salted hash, or within strata from the order of the hashes.
 *   4. With --accept the salts SALT, SALT#1, SALT#2, ... are tried until the covariates are as
 *      balanced as in the best share of all splits; the accepted salt is the one to deploy.
 *   5. Audit: sizes against weights, balance, independence of earlier salts. --audit COL does only
 *      this, for a split made elsewhere.
 *
 * JSON: salt, tries, arms [{name, weight, units}], outside, srm, balance {distance, df, p_value,
 * covariates [{name, smd}]}, earlier [{salt, chi2, df, p_value}]. */
#include <string.h>

#include "cli/assign.h"

#define AT(field) offsetof(td_assign_options, field)

static const td_option own_options[] = {
    {"id", "COL", NULL, "column of the visitor's id (of a table)", AT(id), TD_OPT_TEXT, 0, 0, 0},
    {"salt", "TEXT", NULL, "name of the experiment; another salt is another, independent split",
     AT(salt), TD_OPT_TEXT, 0, 0, 0},
    {"arms", "A,B,...", "A,B", "names of the arms, control first", AT(arms), TD_OPT_TEXT, 0, 0, 0},
    {"weights", "V,W,...", NULL, "their shares, on any scale (default: equal)", AT(weights),
     TD_OPT_TEXT, 0, 0, 0},
    {"out", "FILE", NULL, "write a row per visitor: id, arm (empty: not in the experiment)",
     AT(out), TD_OPT_TEXT, 0, 0, 0},
    {"stratum", "COL", NULL, "deal the arms within each group of this column", AT(stratum),
     TD_OPT_TEXT, 0, 0, 0},
    {"balance", "COL,...", NULL, "numbers from before the experiment that should be balanced",
     AT(balance), TD_OPT_TEXT, 0, 0, 0},
    {"accept", "SHARE", "1", "try salts until the balance is among the best SHARE of all splits",
     AT(accept), TD_OPT_REAL, 0, 0, 1},
    {"max-tries", "N", "1000", "salts to try", AT(max_tries), TD_OPT_WHOLE, 0, 1, 1e6},
    {"group", "NAME", NULL, "exclusion group: experiments in it share no visitor", AT(group),
     TD_OPT_TEXT, 0, 0, 0},
    {"slots", "FROM..TO", NULL, "part of the group's visitors for this experiment, e.g. 0..0.5",
     AT(slots), TD_OPT_TEXT, 0, 0, 0},
    {"earlier", "SALT,...", NULL, "salts of earlier splits, same arms: is there carry-over?",
     AT(earlier), TD_OPT_TEXT, 0, 0, 0},
    {"earlier-column", "COL", NULL, "the same for an earlier split that stands in a column",
     AT(earlier_column), TD_OPT_TEXT, 0, 0, 0},
    {"audit", "COL", NULL, "check the split in this column instead of making one", AT(audit),
     TD_OPT_TEXT, 0, 0, 0},
    {"delimiter", "CHAR", NULL, "what separates cells (default: by content)", AT(delimiter),
     TD_OPT_TEXT, 0, 0, 0},
    {"gap", "SECONDS", "1800", "of a shop: a longer pause starts a session", AT(gap_s),
     TD_OPT_WHOLE, 0, 0, 1e9},
};

const td_usage td_usage_assign = {
    TD_USAGE_ONE_PATH("FILE|DIR"),
    TD_USAGE_OWN(own_options, td_assign_options),
    TD_USAGE_CLEANING(AT(cleaning)),
    .notes =
        "Randomise visitors, not sessions: whoever sees both arms tells nothing about either.\n"
        "The arm is the first 8 bytes of SHA-256(salt:id) as a fraction, cut by the weights, so\n"
        "any language repeats it and new visitors need no list. --stratum needs the list of all\n"
        "visitors; analyse such a split with `abtest --stratum`. Every experiment has a salt of\n"
        "its own: with an old one the last experiment's winners meet again in one arm.\n"
        "When and why: docs/randomisation.md.",
    .examples =
        "  tundish assign visitors.csv --id visitor --salt checkout-2 --out arms.csv\n"
        "  tundish assign visitors.csv --id visitor --salt mail-3 --arms none,mail,call \\\n"
        "      --weights 2,1,1 --balance orders,visits --accept 0.05\n"
        "  tundish assign shop --salt checkout-2 --group spring --slots 0..0.5 \\\n"
        "      --earlier checkout-1\n"
        "  tundish assign old.csv --id visitor --audit variant --balance orders",
};

td_status td_cmd_assign(const td_cli *cli, const void *given, td_error *err) {
    td_arena arena = {0};
    td_assignment *plan = td_arena_array(&arena, 1, sizeof *plan, err);
    if (plan == NULL) return TD_ERR_NOMEM;
    memset(plan, 0, sizeof *plan);
    plan->options = given;
    td_status status = td_assign_plan(plan, cli, err);
    if (status == TD_OK) status = td_assign_write(plan, err);
    if (status == TD_OK) status = td_cli_write_json(cli, td_assign_fill_json, plan, err);
    if (status == TD_OK && td_cli_has_text(cli, plan->options->out)) td_assign_print(plan);
    td_assign_units_free(&plan->units);
    td_arena_free(&arena);
    return status == TD_ERR_RANGE ? TD_ERR_ARG : status;
}
