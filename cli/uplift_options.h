/* cli/uplift_options.h: option rows that the commands of `uplift` have in common. */
#ifndef TD_CLI_UPLIFT_OPTIONS_H
#define TD_CLI_UPLIFT_OPTIONS_H

#include "cli/opt.h"

/* `at` is the offset of the value in the command's options. */
#define TD_OPTION_TREATMENT(at)                                                                    \
    {                                                                                              \
        "treatment", "COL", NULL,                                                                  \
            "column that says which arm a row was in: 0 and 1, or see --arms", at, TD_OPT_TEXT, 1, \
            0, 0                                                                                   \
    }
#define TD_OPTION_OUTCOME(at)                                                                      \
    {                                                                                              \
        "outcome", "COL", NULL, "column of the outcome: 0 and 1, or any number (revenue)", at,     \
            TD_OPT_TEXT, 1, 0, 0                                                                   \
    }
#define TD_OPTION_POSITIVE(at)                                                                     \
    {                                                                                              \
        "positive", "VALUE", NULL, "value of the outcome that counts as 1, all others as 0", at,   \
            TD_OPT_TEXT, 0, 0, 0                                                                   \
    }
#define TD_OPTION_IGNORE(at)                                                                       \
    { "ignore", "COL,...", NULL, "columns that are no features", at, TD_OPT_TEXT, 0, 0, 0 }
#define TD_OPTION_CATEGORICAL(at)                                                                  \
    {                                                                                              \
        "categorical", "COL,...", NULL, "number columns that are categories; texts always are",    \
            at, TD_OPT_TEXT, 0, 0, 0                                                               \
    }
#define TD_OPTION_CLIP(at, usual)                                                                  \
    {                                                                                              \
        "clip", "C", usual, "propensities are held within [C, 1 - C]", at, TD_OPT_REAL, 0, 1e-6,   \
            0.499                                                                                  \
    }
#define TD_OPTION_FOLDS(at, most)                                                                  \
    {                                                                                              \
        "folds", "K", "5", "parts for whatever is learned on some rows and applied to others", at, \
            TD_OPT_WHOLE, 0, 2, most                                                               \
    }

#endif
