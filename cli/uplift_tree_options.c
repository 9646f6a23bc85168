/* cli/uplift_tree_options.c: options and help of `tundish uplift tree`. */
#include "cli/uplift_tree_options.h"

#include "cli/uplift_options.h"

#define AT(field) offsetof(td_tree_options, field)

static const td_option own_options[] = {
    TD_OPTION_TREATMENT(AT(columns.treatment)),
    TD_OPTION_OUTCOME(AT(columns.outcome)),
    {"arms", "CONTROL,ARM,...", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    {"value", "V", "1", "what one unit of the outcome is worth", AT(value), TD_OPT_REAL, 0, 1e-300,
     1e300},
    {"cost", "C,...", "0", "what treating one row costs, one for all treated arms or one for each",
     AT(cost), TD_OPT_TEXT, 0, 0, 0},
    {"depth", "D", "2", "questions in a row, 1 or 2", AT(depth), TD_OPT_WHOLE, 0, 1, 2},
    {"min-rows", "N", "20", "fewest rows of a leaf", AT(min_rows), TD_OPT_WHOLE, 0, 1, 1e9},
    {"propensity", "HOW", "estimate",
     "chances of the arms: estimate, share (of the rows), or what is known: a number or a column, "
     "one for each treated arm",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_CLIP(AT(clip), "0.01"),
    TD_OPTION_FOLDS(AT(folds), 100),
    {"cluster", "COL", NULL,
     "rows of one value depend on each other: one fold, one half, errors count them together",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    {"level", "L", "0.95", "of the intervals", AT(level), TD_OPT_REAL, 0, 0.5, 0.9999},
    {"out", "FILE", NULL, "write the tree's arm of every row: row, id, action", AT(out),
     TD_OPT_TEXT, 0, 0, 0},
    {"id", "COL", NULL, "column to copy into that list; no feature", AT(columns.id), TD_OPT_TEXT, 0,
     0, 0},
    TD_OPTION_POSITIVE(AT(columns.positive)),
    TD_OPTION_IGNORE(AT(columns.ignore)),
    TD_OPTION_CATEGORICAL(AT(columns.categorical)),
};

const td_usage td_usage_uplift_tree = {
    TD_USAGE_OWN(own_options, td_tree_options),
    TD_USAGE_SHARED(td_data_options, TD_N_DATA_OPTIONS, AT(format)),
    .notes =
        "The search is exact: no other rule of so many questions over the same bins is worth\n"
        "more on these rows. Its worth is measured on the half of the rows that the other half's\n"
        "tree decides for: the tree printed, of all rows, was chosen on them and looks too good.",
    .examples =
        "  tundish uplift tree --data rct.csv --treatment treated --outcome bought --value 40 \\\n"
        "      --cost 0.5\n"
        "  tundish uplift tree --data mail.csv --treatment segment --arms none,men,women \\\n"
        "      --outcome spend --cost 0.1,0.15 --propensity share --out actions.csv",
};
