/* cli/uplift_fit_options.c: options and help of `tundish uplift fit`. */
#include "cli/uplift_fit_options.h"

#include "cli/uplift_options.h"

#include <stdio.h>

#define AT(field) offsetof(td_uplift_fit_options, field)

static const td_option own_options[] = {
    {"learner", "NAME", NULL,
     "t, s, transformed, class, x, r, dr, dependent, uplift_tree or uplift_forest; see below",
     AT(learner), TD_OPT_TEXT, 1, 0, 0},
    TD_OPTION_TREATMENT(AT(columns.treatment)),
    TD_OPTION_OUTCOME(AT(columns.outcome)),
    {"model", "FILE", NULL, "model file to write", AT(model), TD_OPT_TEXT, 1, 0, 0},
    {"arms", "CONTROL,ARM,...", NULL,
     "values of the treatment, the control first; rows of other arms are left out",
     AT(columns.arms), TD_OPT_TEXT, 0, 0, 0},
    {"propensity", "HOW", "estimate",
     "P(treated): estimate, share (of the rows), or what is known: a number or a column, one for "
     "each treated arm",
     AT(columns.propensity), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_CLIP(AT(clip), "0.01"),
    TD_OPTION_FOLDS(AT(folds), 100),
    {"criterion", "kl|euclidean|chi2|cts|ddp", NULL,
     "of uplift_tree and uplift_forest: what a split is to gain (default: euclidean)",
     AT(criterion), TD_OPT_CHOICE, 0, 0, 0},
    {"honest", "yes|no", NULL,
     "of the same: half of a tree's rows choose its splits, the others fill its leaves (default: "
     "yes of a forest, no of a tree)",
     AT(honest), TD_OPT_CHOICE, 0, 0, 0},
    {"joint", "yes|no", NULL,
     "of the same, with several arms: one set of nodes for all arms, or trees for each arm by "
     "itself "
     "(default: yes)",
     AT(joint), TD_OPT_CHOICE, 0, 0, 0},
    TD_OPTION_POSITIVE(AT(columns.positive)),
    {"weight", "COL", NULL, "column of row weights, positive", AT(columns.weight), TD_OPT_TEXT, 0,
     0, 0},
    {"cluster", "COL", NULL,
     "rows of one value depend on each other (sessions of a visitor): never on both sides of a "
     "fold, drawn whole by a forest's bags and halves",
     AT(columns.cluster), TD_OPT_TEXT, 0, 0, 0},
    TD_OPTION_IGNORE(AT(columns.ignore)),
    TD_OPTION_CATEGORICAL(AT(columns.categorical)),
};

/* Parameters of the trainer; the command line overrides the configuration file. */
static td_status take_setting(void *given, const td_setting *setting, td_error *err) {
    td_uplift_fit_options *o = given;
    if (!o->has_trees) o->trees = td_train_params_default();
    o->has_trees = 1;
    TD_CHECK(setting->value != NULL, err, TD_ERR_ARG, "%s needs a value: %s=VALUE", setting->name,
             setting->name);
    int i = td_params_find(setting->name);
    uint64_t bit = i >= 0 ? UINT64_C(1) << i : 0;
    if (setting->file == NULL && (o->from_file & bit)) {
        o->trees.given &= ~bit;
        o->from_file &= ~bit;
    }
    td_error inner = {0};
    if (td_params_set(&o->trees, setting->name, setting->value, &inner) != TD_OK)
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s", inner.text);
    if (setting->file != NULL) o->from_file |= bit;
    return TD_OK;
}

static void print_learners(void) {
    puts("\nlearners");
    for (int k = 0; k < TD_UPLIFT_N_LEARNERS; k++) {
        const td_uplift_spec *spec = td_uplift_spec_of((td_uplift_learner)k);
        printf("  %-12s ", spec->name);
        td_help_wrapped(spec->help, 15, 15);
        printf("%15s%s\n", "", spec->reference);
    }
}

const td_usage td_usage_uplift_fit = {
    TD_USAGE_OWN(own_options, td_uplift_fit_options),
    TD_USAGE_SHARED(td_data_options, TD_N_DATA_OPTIONS, AT(format)),
    .other = take_setting,
    .print_more = print_learners,
    .notes =
        "Parameters of the trees are given as in `tundish train` (num_leaves=15); those that are\n"
        "not given follow from the number of rows, the number of trees is chosen out of fold.",
    .examples =
        "  tundish uplift fit --learner t --data rct.csv --treatment treated --outcome bought \\\n"
        "      --propensity 0.5 --model m.uplift\n"
        "  tundish uplift fit --learner x --data mails.csv --treatment segment \\\n"
        "      --arms 'No E-Mail,Womens E-Mail' --outcome visit --ignore conversion,spend \\\n"
        "      --model m.uplift\n"
        "  tundish uplift fit --learner uplift_tree --data mails.csv --treatment segment \\\n"
        "      --arms 'No E-Mail,Mens E-Mail,Womens E-Mail' --outcome visit \\\n"
        "      --ignore conversion,spend --propensity share --model both.uplift",
};
