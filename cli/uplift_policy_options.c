/* cli/uplift_policy_options.c: options and help of `tundish uplift policy`. */
#include "cli/uplift_policy_options.h"

#include "cli/uplift_options.h"

#define AT(field) offsetof(td_policy_options, field)

static const td_option own_options[] = {
    TD_OPTION_TREATMENT(AT(columns.treatment)),
    {"outcome", "COL", NULL, "column of what happened: 0 and 1, or an amount", AT(columns.outcome),
     TD_OPT_TEXT, 1, 0, 0},
    {"score", "COL,...", NULL,
     "expected effect of each treated arm: what it adds to the outcome of a row", AT(columns.score),
     TD_OPT_TEXT, 1, 0, 0},
    {"arms", "CONTROL,ARM,...", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_POSITIVE(AT(columns.positive)),
    {"propensity", "E|COL,...", NULL,
     "chance of each treated arm: a number or a column (default: the arms' shares)",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    {"mu", "COL,...", NULL,
     "expected outcome under each arm, control first, made without the row (default: means of the "
     "tenths of the score)",
     AT(columns.mean), TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL, "rows of one value depend on each other (sessions of a visitor)",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    {"value", "V", "1", "what one unit of the outcome is worth", AT(value), TD_OPT_REAL, 0, 1e-300,
     1e300},
    {"cost", "C,...", "0", "what treating one row costs, for each treated arm", AT(cost),
     TD_OPT_TEXT, 0, 0, 0},
    {"budget", "B", NULL, "to be spent on all rows together; without costs: rows to be treated",
     AT(budget), TD_OPT_TEXT, 0, 0, 0},
    {"top", "SHARE", NULL, "treat this share of the rows, the highest scores first", AT(top),
     TD_OPT_REAL, 0, 0, 1},
    {"out", "FILE", NULL, "write the target list: row, id, scores, action, expected_gain", AT(out),
     TD_OPT_TEXT, 0, 0, 0},
    {"id", "COL", NULL, "column to copy into the target list", AT(columns.keep), TD_OPT_TEXT, 0, 0,
     0},
    {"curve", "FILE", NULL, "write the profit curve: share, effect, effect_se, profit ...",
     AT(curve), TD_OPT_TEXT, 0, 0, 0},
    {"figure", "FILE", NULL, "draw the profit curve as SVG", AT(figure), TD_OPT_TEXT, 0, 0, 0},
    {"replicates", "N", "-1",
     "random draws behind the profit curve's intervals; 0 = none, -1 = by the number of rows",
     AT(replicates), TD_OPT_WHOLE, 0, -1, 100000},
    {"level", "SHARE", "0.95", "confidence of the intervals", AT(level), TD_OPT_REAL, 0, 0.5,
     0.9999},
};

const td_usage td_usage_uplift_policy = {
    TD_USAGE_OWN(own_options, td_policy_options),
    TD_USAGE_SHARED(td_data_options, TD_N_DATA_OPTIONS, AT(format)),
    .notes =
        "A row is treated when value x score is above the cost, the best gain per cost first "
        "until\n"
        "the budget ends; of several arms each row gets the one that pays best. --top takes the\n"
        "best share of one score instead and does not ask what it says.\n"
        "\n"
        "The worth is net of costs and per row of all. It is measured on the rows whose arm by\n"
        "chance was the one the rule gives: on other rows than the score was learned from it is\n"
        "unbiased. The best share of the profit curve is chosen on the same rows and so a little\n"
        "too good; `corrected` takes that off.",
    .examples =
        "  tundish uplift policy --data rct.csv --treatment treated --outcome bought --score tau "
        "\\\n"
        "      --value 40 --cost 0.5 --out targets.csv --id visitorid\n"
        "  tundish uplift policy --data rct.csv --treatment w --outcome revenue --score tau --top "
        "0.3\n"
        "  tundish uplift policy --data mail.csv --treatment segment --arms none,men,women \\\n"
        "      --outcome spend --score tau_men,tau_women --cost 0.1,0.15 --budget 2000",
};
