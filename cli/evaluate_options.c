/* cli/evaluate_options.c: options and help of `tundish evaluate`. */
#include "cli/evaluate_options.h"

#define AT(field) offsetof(td_evaluate_options, field)

static const td_option own_options[] = {
    {"label", "COL", NULL, "column of what happened: 0 or 1, or the class", AT(label), TD_OPT_TEXT,
     1, 0, 0},
    {"score", "COL", NULL,
     "column of the score; higher means more likely. Several classes: a column of probabilities "
     "for "
     "each, as in p0,p1,p2 or, for p0, p1, ... as far as there are any, 'p*'",
     AT(score), TD_OPT_TEXT, 1, 0, 0},
    {"positive", "VALUE", NULL, "value of the label that counts as 1, all others as 0",
     AT(positive), TD_OPT_TEXT, 0, 0, 0},
    {"k", "LIST", NULL, "cuts of the ranking: rows or shares (default: 100,500,1000,1%,5%,10%,20%)",
     AT(k), TD_OPT_TEXT, 0, 0, 0},
    {"score2", "COL", NULL, "another score of the same rows: which of the two is better?",
     AT(second), TD_OPT_TEXT, 0, 0, 0},
    {"by", "COL", NULL, "the same numbers for every value of this column (country, device, day)",
     AT(by), TD_OPT_TEXT, 0, 0, 0},
    {"cluster", "COL", NULL,
     "rows of one value belong together (sessions of a visitor): they are "
     "drawn together, so that intervals do not promise too much",
     AT(cluster), TD_OPT_TEXT, 0, 0, 0},
    {"replicates", "N", "-1",
     "random draws of the rows behind the intervals; 0 = none, -1 = 1000 up to 200,000 rows, 200 "
     "up to 5 million, none beyond",
     AT(replicates), TD_OPT_WHOLE, 0, -1, 100000},
    {"stratified", NULL, NULL, "draw positives and negatives apart, so that their numbers stay",
     AT(is_stratified), TD_OPT_FLAG, 0, 0, 0},
    {"level", "SHARE", "0.95", "confidence of the intervals", AT(level), TD_OPT_REAL, 0, 0.5,
     0.9999},
    {"pauc", "RATE", NULL, "also the ROC area up to this false positive rate", AT(max_fpr),
     TD_OPT_REAL, 0, 0, 1},
    {"cost-fp", "COST", NULL, "what acting on one negative row costs; finds the cheapest threshold",
     AT(cost_fp), TD_OPT_REAL, 0, 0, 1e15},
    {"cost-fn", "COST", NULL, "what missing one positive row costs", AT(cost_fn), TD_OPT_REAL, 0, 0,
     1e15},
};

const td_usage td_usage_evaluate = {
    .options = own_options,
    .n_options = sizeof own_options / sizeof *own_options,
    .shared = td_data_options,
    .n_shared = TD_N_DATA_OPTIONS,
    .shared_at = AT(format),
    .size = sizeof(td_evaluate_options),
    .notes =
        "Log-loss and Brier score need a score that is a probability. A metric without a value\n"
        "(one class only, k beyond the rows) is null in JSON, with the reason beside it.\n"
        "Rows of equal score are credited by their mean at every cut.\n"
        "\n"
        "An interval says how far a number could lie from the truth by chance alone: of 100 such\n"
        "intervals about 95 hold it. Two scores differ beyond chance when the interval of\n"
        "their difference leaves out 0; a p-value below 0.05 says the same. With several rows per\n"
        "visitor name the visitor's column in --cluster.",
    .examples = "  tundish evaluate --data scores.csv --label bought --score prediction\n"
                "  tundish evaluate --data scores.csv --label bought --score prediction --k 50,1% "
                "--json -\n"
                "  tundish evaluate --data scores.csv --label kind --score 'prediction_*'\n"
                "  tundish evaluate --data scores.csv --label bought --score new --score2 old \\\n"
                "      --cluster visitorid --by country --cost-fp 0.2 --cost-fn 5",
};
