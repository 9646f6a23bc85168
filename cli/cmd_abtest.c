/* cli/cmd_abtest.c: `tundish abtest KIND`: read an experiment that has run.
 *
 *     $ tundish abtest proportions --successes 120,100 --trials 1000,1000
 *
 *   1. Arms come from totals on the command line or from the rows of a table (abtest_read.c). The
 *      first arm is control.
 *   2. Sample ratio first: if units are not split as planned, something broke the randomisation and
 *      no number below it can be trusted.
 *   3. Each other arm against control: intervals, tests, ratios, posterior chances; p-values
 *      adjusted for the number of comparisons by six methods.
 *   4. With --sequential the bound or the always-valid interval of this look.
 *   5. Print with a sentence on how to read it, or write JSON.
 *
 * JSON: kind, alpha, alternative, arms [{name, units, successes|mean, ...}], srm {chi2, df,
 * p_value}, comparisons [{arm, ...}], and for two arms the keys of the only comparison on top:
 * `ci` of first minus second {wald, newcombe, miettinen_nurminen, agresti_caffo}, `p_value`
 * {z_pooled, z_yates, fisher, barnard, boschloo}, risk_ratio, lift, bayes; for means and ratios
 * difference, ci, p_value {welch|z|cluster_t}, lift, bayes. `stratified` {difference, ci, cmh_p,
 * ...} and `sequential` {method, z, bound, p_value, ci, stop} where asked for. A value that does
 * not exist is null with NAME_reason beside it. */
#include <string.h>

#include "cli/abtest.h"
#include "core/base/nearest.h"

#define AT(field) offsetof(td_abtest_options, field)

static const td_option own_options[] = {
    {"successes", "A,B,...", NULL, "proportions: conversions of each arm, control first",
     AT(successes), TD_OPT_TEXT, 0, 0, 0},
    {"trials", "N,M,...", NULL, "units (visitors) of each arm, control first", AT(trials),
     TD_OPT_TEXT, 0, 0, 0},
    {"means", "A,B,...", NULL, "means: mean of each arm, control first", AT(means), TD_OPT_TEXT, 0,
     0, 0},
    {"sds", "A,B,...", NULL, "means: standard deviation of each arm", AT(sds), TD_OPT_TEXT, 0, 0,
     0},
    {"alternative", "two-sided|greater|less", "two-sided",
     "of p-values; greater: the first arm is larger than the second", AT(alternative),
     TD_OPT_CHOICE, 0, 0, 0},
    {"alpha", "A", "0.05", "1 - level of the intervals", AT(alpha), TD_OPT_REAL, 0, 0, 0.5},
    {"expected", "R,S,...", NULL, "planned split of the units over the arms (default: equal)",
     AT(expected), TD_OPT_TEXT, 0, 0, 0},
    {"prior", "A,B", "1,1", "proportions: Beta prior of every arm's conversion", AT(prior),
     TD_OPT_TEXT, 0, 0, 0},
    {"data", "FILE", NULL, "a table with one row per unit, instead of totals", AT(format.data),
     TD_OPT_TEXT, 0, 0, 0},
    {"delimiter", "CHAR", NULL, "--data: what separates cells (default: by content)",
     AT(format.delimiter), TD_OPT_TEXT, 0, 0, 0},
    {"arm", "COL", NULL, "--data: column that names the arm of a row", AT(arm), TD_OPT_TEXT, 0, 0,
     0},
    {"outcome", "COL", NULL, "--data, proportions: column with 0 or 1", AT(outcome), TD_OPT_TEXT, 0,
     0, 0},
    {"value", "COL", NULL, "--data, means and ratio: column with the number per unit", AT(value),
     TD_OPT_TEXT, 0, 0, 0},
    {"units", "COL", NULL,
     "--data with totals: column of the units a row stands for; --outcome then holds their "
     "conversions, --value their mean",
     AT(units), TD_OPT_TEXT, 0, 0, 0},
    {"sd", "COL", NULL, "--data with totals, means: column of the standard deviation", AT(sd),
     TD_OPT_TEXT, 0, 0, 0},
    {"denominator", "COL", NULL, "--data, ratio: column of the denominator per unit",
     AT(denominator), TD_OPT_TEXT, 0, 0, 0},
    {"covariate", "COL", NULL,
     "--data, means: the same number before the experiment; its share is taken out (CUPED)",
     AT(covariate), TD_OPT_TEXT, 0, 0, 0},
    {"stratum", "COL", NULL,
     "--data: compare within the groups of this column and put them together (CMH)", AT(stratum),
     TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL,
     "--data: rows of one value were randomised together (visitor); they count as one unit",
     AT(cluster), TD_OPT_TEXT, 0, 0, 0},
    {"prior-effect", "MEAN,SD", NULL,
     "means, ratio: what was believed of the effect before, second arm minus first",
     AT(prior_effect), TD_OPT_TEXT, 0, 0, 0},
    {"sequential", "METHOD", NULL,
     "this is one look of several: obrien-fleming, pocock, lan-demets-obrien-fleming, "
     "lan-demets-pocock, msprt or confidence-sequence",
     AT(sequential), TD_OPT_TEXT, 0, 0, 0},
    {"looks", "K", NULL, "sequential: number of looks planned, equally far apart", AT(looks),
     TD_OPT_WHOLE, 0, 0, 1000},
    {"look", "K", NULL, "sequential: which one this is (default: the last)", AT(look), TD_OPT_WHOLE,
     0, 0, 1000},
    {"information", "T,U,...", NULL,
     "lan-demets: share of the planned units at each look so far, this one last", AT(information),
     TD_OPT_TEXT, 0, 0, 0},
    {"planned", "N", NULL, "confidence-sequence: units at which it is to be narrowest", AT(planned),
     TD_OPT_TEXT, 0, 0, 0},
    {"tau", "T", NULL, "msprt: usual size of effects here, in the metric's own unit", AT(tau),
     TD_OPT_TEXT, 0, 0, 0},
    {"control", "NAME", NULL, "--data: the control arm (default: the first in sorted order)",
     AT(control), TD_OPT_TEXT, 0, 0, 0},
};

const td_usage td_usage_abtest = {
    TD_USAGE_ONE_PATH("proportions|means|ratio"),
    TD_USAGE_OWN(own_options, td_abtest_options),
    .notes =
        "Intervals are of first arm minus second. At conversions around 1 % prefer\n"
        "`miettinen_nurminen` (it holds its level with few conversions) and, below some 50\n"
        "conversions an arm, `boschloo`; `wald` is there for comparison with other tools.\n"
        "barnard and boschloo count every table and stop at n1 * n2 = 10^7; beyond that take\n"
        "z_pooled, or fisher while an arm has fewer than 50 conversions. P-values hold for one\n"
        "look at the end: looking every day and stopping at the first p < 0.05 raises false\n"
        "alarms several times over. To look more often, plan it (`tundish power --looks`) and\n"
        "read with --sequential: lan-demets-obrien-fleming for planned looks at any time,\n"
        "confidence-sequence to look whenever you like. If visitors were randomised and rows are\n"
        "sessions, give --cluster visitor: rows of one visitor are no independent witnesses.\n"
        "Formulas: docs/experiments.md.",
    .examples =
        "  tundish abtest proportions --successes 84,101 --trials 10000,10000\n"
        "  tundish abtest proportions --successes 84,101,95 --trials 9990,10010,10050\n"
        "  tundish abtest proportions --data visits.csv --arm variant --outcome bought\n"
        "  tundish abtest proportions --data daily.csv --arm variant --units visitors \\\n"
        "      --outcome buyers\n"
        "  tundish abtest means --data visits.csv --arm variant --value revenue \\\n"
        "      --covariate revenue_before --control A\n"
        "  tundish abtest proportions --data sessions.csv --arm variant --outcome bought \\\n"
        "      --cluster visitor\n"
        "  tundish abtest proportions --successes 50,70 --trials 4000,4000 \\\n"
        "      --sequential obrien-fleming --looks 5 --look 2\n"
        "  tundish abtest ratio --data visitors.csv --arm variant --value orders \\\n"
        "      --denominator sessions",
};

static const char *const kinds[] = {"proportions", "means", "ratio"};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static td_status find_kind(td_abtest *test, const char *word, td_error *err) {
    td_nearest nearest = td_nearest_to(word);
    for (int i = 0; i < N_KINDS; i++) {
        td_nearest_offer(&nearest, kinds[i]);
        if (strcmp(kinds[i], word) == 0) test->kind = kinds[i];
    }
    TD_CHECK(test->kind != NULL, err, TD_ERR_ARG, "no kind '%s', the nearest is '%s'", word,
             nearest.name);
    return TD_OK;
}

/* "A,B": two numbers. 0 when it is not that. */
static int read_pair(const char *text, double *a, double *b) {
    char first[64] = "";
    size_t comma = strcspn(text, ",");
    if (comma >= sizeof first || text[comma] != ',') return 0;
    memcpy(first, text, comma);
    return td_text_is_real(first, a) && td_text_is_real(text + comma + 1, b);
}

static td_status read_settings(td_abtest *test, td_error *err) {
    const td_abtest_options *o = test->options;
    int has_totals =
        o->successes != NULL || o->trials != NULL || o->means != NULL || o->sds != NULL;
    TD_CHECK(o->format.data == NULL || !has_totals, err, TD_ERR_ARG,
             "--data has the rows, --successes, --trials, --means and --sds are totals: give one");
    TD_CHECK(o->alpha > 0 && o->alpha < 0.5, err, TD_ERR_ARG,
             "--alpha: %.10g is not between 0 and 0.5", o->alpha);
    test->side = strcmp(o->alternative, "greater") == 0 ? TD_GREATER
                 : strcmp(o->alternative, "less") == 0  ? TD_LESS
                                                        : TD_TWO_SIDED;
    TD_CHECK(read_pair(o->prior, &test->prior_a, &test->prior_b) && test->prior_a > 0 &&
                 test->prior_b > 0,
             err, TD_ERR_ARG, "--prior: '%s' is not two positive numbers A,B", o->prior);
    td_normal_prior *effect = &test->prior_effect;
    TD_CHECK(o->prior_effect == NULL ||
                 (read_pair(o->prior_effect, &effect->mean, &effect->sd) && effect->sd > 0),
             err, TD_ERR_ARG, "--prior-effect: '%s' is not MEAN,SD with SD above 0",
             o->prior_effect);
    return td_abtest_check_sequential(o, err);
}

static td_status run(td_abtest *test, const td_cli *cli, td_error *err) {
    TD_TRY(find_kind(test, cli->path[0], err));
    TD_TRY(read_settings(test, err));
    TD_TRY(td_abtest_read(test, cli, err));
    TD_TRY(td_abtest_compare(test, err));
    TD_TRY(td_cli_write_json(cli, td_abtest_fill_json, test, err));
    if (td_cli_has_text(cli, NULL)) td_abtest_print(test);
    return TD_OK;
}

/* About 40 kB, so it lies on the heap of one call rather than in every frame. */
td_status td_cmd_abtest(const td_cli *cli, const void *given, td_error *err) {
    td_arena arena = {0};
    td_abtest *test = td_arena_array(&arena, 1, sizeof *test, err);
    td_status status = test == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) {
        memset(test, 0, sizeof *test);
        test->options = given;
        test->arena = &arena;
        status = run(test, cli, err);
    }
    td_arena_free(&arena);
    const td_abtest_options *o = given; /* impossible totals are wrong usage, impossible rows not */
    return status == TD_ERR_RANGE && o->format.data == NULL ? TD_ERR_ARG : status;
}
