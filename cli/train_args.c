/* cli/train_args.c: options of `train`, LightGBM's parameter names, and its train.conf.
 *
 * A name that no option table knows is tried as
 *   1. a parameter of the trainer (gbdt.h: names, aliases, ranges); '-' and '_' are equal; the
 *      command line overrides the configuration file, two different values in one place are an
 *      error of the trainer's parser;
 *   2. LightGBM's name of an option of this program (valid_data = --valid);
 *   3. a key that LightGBM has and that has no meaning here: accepted when its value asks for what
 *      happens anyway, told once on stderr;
 *   4. else it is an error that names the nearest of all names above.
 *
 * Reference: LightGBM 4, "Parameters" and "Parameters Tuning" of its documentation. */
#include "cli/train_args.h"

#include <stdio.h>
#include <string.h>

#include "cli/train_interim.h"
#include "core/base/nearest.h"
#include "gbdt/model_calibration.h"

#define AT(field) offsetof(td_train_args, field)

/* None of these has a default in the table but label-index and calibrate: what is not given is
 * NULL, and td_train_args_finish settles it. */
const td_option td_train_options[TD_N_TRAIN_OPTIONS] = {
    {"label", "COL", NULL, "column to learn (default without a header: c0)", AT(label), TD_OPT_TEXT,
     0, 0, 0},
    {"label-index", "N", "-1", "the same by number, from 0; -1 = by name", AT(label_index),
     TD_OPT_WHOLE, 0, -1, 1e9},
    {"positive", "VALUE", NULL, "value of the label that counts as 1, all others as 0",
     AT(positive), TD_OPT_TEXT, 0, 0, 0},
    {"valid", "FILE", NULL, "table for early stopping and its metrics, same columns", AT(valid),
     TD_OPT_TEXT, 0, 0, 0},
    {"model", "FILE", NULL, "model file to write", AT(model), TD_OPT_TEXT, 1, 0, 0},
    {"learner", "gbdt|logistic", NULL, "boosted trees (the default) or logistic regression",
     AT(learner), TD_OPT_CHOICE, 0, 0, 0},
    {"out", "FILE", NULL, "model file, when --model names the learner: --model logistic --out FILE",
     AT(out), TD_OPT_TEXT, 0, 0, 0},
    {"init-model", "FILE", NULL,
     "model to go on from: its trees are kept, num_iterations more are grown", AT(init_model),
     TD_OPT_TEXT, 0, 0, 0},
    {"snapshot-freq", "N", NULL,
     "write the model as it stands every N rounds, as MODEL.snapshot_iter_N", AT(snapshot_freq),
     TD_OPT_TEXT, 0, 0, 0},
    {"weight", "COL", NULL, "column of row weights, positive", AT(weight), TD_OPT_TEXT, 0, 0, 0},
    {"ignore", "COL,...", NULL, "columns to leave out", AT(ignore), TD_OPT_TEXT, 0, 0, 0},
    {"categorical", "COL,...", NULL, "number columns that are categories; texts always are",
     AT(categorical), TD_OPT_TEXT, 0, 0, 0},
    {"monotone-constraints", "LIST", NULL,
     "directions that predictions keep: 1 = may only rise with the feature, -1 = only fall, 0 = "
     "free; by name as in price:-1,stars:1, or one for each feature as in 1,0,-1",
     AT(monotone), TD_OPT_TEXT, 0, 0, 0},
    {"calibrate", TD_CURVE_CHOICES, "none",
     "make probabilities of the scores by a curve fitted on --valid and saved with the model; "
     "prior: only undo scale_pos_weight",
     AT(calibrate), TD_OPT_CHOICE, 0, 0, 0},
};

/* Other names of an option, separated by blanks, and the field that they fill. */
typedef struct alias {
    const char *keys;
    size_t at;
} alias;

static const alias aliases[] = {
    {"train train_data train_data_file data_filename", AT(format.data)},
    {"test test_data test_data_file valid_data valid_data_file valid_filenames", AT(valid)},
    {"output_model model_output model_out", AT(model)},
    {"init_model input_model model_input model_in", AT(init_model)},
    {"label_column", AT(label)},
    {"weight_column", AT(weight)},
    {"ignore_column ignore_feature blacklist", AT(ignore)},
    {"categorical_feature categorical_column cat_feature cat_column", AT(categorical)},
    {"monotone_constraints monotone_constraint monotonic_cst mc", AT(monotone)},
    {"snapshot_freq save_period", AT(snapshot_freq)},
    {"num_threads num_thread nthread nthreads n_jobs", AT(threads)},
};

/* Keys without meaning here, separated by blanks. `allowed` lists the values that ask for what
 * happens anyway, NULL = any. */
typedef struct unused {
    const char *keys;
    const char *allowed;
    const char *why;
} unused;

static const char ALWAYS[] = "it is always so";
static const char SPEED[] = "a matter of speed or memory that is settled by itself";
static const char CLUSTER[] = "training runs on one machine";
static const char WHOLE[] = "tables are read as they are, each time";
static const char REPORT[] = "metrics of both tables are always reported";
static const char TALK[] = "--quiet says how much is told";
static const char ONE_SEED[] = "all random choices follow from --seed";

static const unused unused_keys[] = {
    /* What LightGBM could do otherwise: the value must be the one that is done here. */
    {"task", "train training", ALWAYS},
    {"boosting boosting_type boost", "gbdt gbrt", ALWAYS},
    {"booster", "gbtree", ALWAYS},
    {"tree_method", "hist auto", ALWAYS},
    {"device_type device", "cpu", ALWAYS},
    {"deterministic use_missing", "true 1", ALWAYS},
    {"zero_as_missing linear_tree", "false 0", ALWAYS},
    {"data_sample_strategy", "bagging", ALWAYS},
    {"extra_trees extra_tree is_unbalance unbalance unbalanced_sets reg_sqrt", "false 0", ALWAYS},
    {"path_smooth max_delta_step max_tree_output max_leaf_output", "0 0.0", ALWAYS},
    {"feature_fraction_bynode sub_feature_bynode colsample_bynode sigmoid", "1 1.0", ALWAYS},
    {"monotone_constraints_method monotone_constraining_method mc_method", "basic", ALWAYS},
    {"monotone_penalty monotone_splits_penalty ms_penalty mc_penalty", "0 0.0", ALWAYS},
    {"tree_learner tree", "serial", CLUSTER},
    {"num_machines num_machine", "1", CLUSTER},
    /* Whatever they say, the model is the same. */
    {"machines machine_list_file machine_list_filename", NULL, CLUSTER},
    {"local_listen_port local_port time_out pre_partition is_pre_partition", NULL, CLUSTER},
    {"enable_bundle is_enable_bundle force_col_wise force_row_wise", NULL, SPEED},
    {"is_enable_sparse enable_sparse is_sparse sparse feature_pre_filter", NULL, SPEED},
    {"two_round two_round_loading use_two_round_loading", NULL, SPEED},
    {"histogram_pool_size hist_pool_size", NULL, SPEED},
    {"save_binary is_save_binary is_save_binary_file", NULL, WHOLE},
    {"metric_freq output_freq auc_mu_weights", NULL, REPORT},
    {"is_training_metric training_metric train_metric is_provide_training_metric", NULL, REPORT},
    {"verbosity verbose silent", NULL, TALK},
    /* Several seeds would be several ways to lose one. */
    {"data_random_seed bagging_seed feature_fraction_seed extra_seed", NULL, ONE_SEED},
};

/* Lengths of the tables, and the longest key that is known. */
enum { N_ALIASES = sizeof aliases / sizeof *aliases };
enum { N_UNUSED = sizeof unused_keys / sizeof *unused_keys, MAX_KEY = 64 };

/* "num-leaves" -> "num_leaves". A name that is cut matches nothing: no known one is that long. */
static void fold_key(char out[MAX_KEY], const char *name) {
    snprintf(out, MAX_KEY, "%s", name);
    for (char *c = out; *c != '\0'; c++) *c = *c == '-' ? '_' : *c;
}

/* 1 when `value` is one of the words, which are separated by blanks. */
static int is_listed(const char *words, const char *value) {
    uint64_t n = strlen(value);
    for (const char *at = words; *at != '\0';) {
        uint64_t length = strcspn(at, " ");
        if (length == n && memcmp(at, value, n) == 0) return 1;
        at += length + (at[length] == ' ');
    }
    return 0;
}

/* Offer each of the words; `best` keeps the closest one, because a piece of a longer text cannot be
 * borrowed as a name. */
static void offer_words(td_nearest *nearest, char best[MAX_KEY], const char *words) {
    for (const char *at = words; *at != '\0';) {
        char word[MAX_KEY];
        int length = (int)strcspn(at, " ");
        snprintf(word, sizeof word, "%.*s", length, at);
        uint32_t before = nearest->distance;
        td_nearest_offer(nearest, word);
        if (nearest->distance < before) {
            memcpy(best, word, MAX_KEY);
            nearest->name = best;
        }
        at += length + (at[length] == ' ');
    }
}

/* All names that would have been accepted are offered; the closest one is shown. */
static td_status fail_unknown(const td_setting *setting, td_error *err) {
    td_nearest nearest = td_nearest_to(setting->name);
    char best[MAX_KEY] = "";
    uint32_t n = 0;
    const td_param_spec *spec = td_param_table(&n);
    for (uint32_t i = 0; i < n; i++) td_nearest_offer(&nearest, spec[i].name);
    for (int i = 0; i < TD_N_TRAIN_OPTIONS; i++)
        td_nearest_offer(&nearest, td_train_options[i].name);
    for (int i = 0; i < TD_N_DATA_OPTIONS; i++) td_nearest_offer(&nearest, td_data_options[i].name);
    for (uint32_t i = 0; i < td_n_common_options; i++)
        td_nearest_offer(&nearest, td_common_options[i].name);
    for (int i = 0; i < N_ALIASES; i++) offer_words(&nearest, best, aliases[i].keys);
    for (int i = 0; i < N_UNUSED; i++) offer_words(&nearest, best, unused_keys[i].keys);
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                      "unknown option or parameter '%s', the nearest is '%s'", setting->name,
                      nearest.name);
}

/* --- parameters of the trainer ---------------------------------------------------------------- */

/* "binary_logloss,auc" -> its first metric; the others are reported anyway. */
static void cut_metric_list(char out[MAX_KEY], const char *value) {
    snprintf(out, MAX_KEY, "%.*s", (int)strcspn(value, ","), value);
}

/* `from_file` tells a second value on the command line (a contradiction) from one that overrides
 * the file (a wish). */
static td_status set_parameter(td_train_args *args, int i, const char *key,
                               const td_setting *setting, td_error *err) {
    uint64_t bit = UINT64_C(1) << i;
    if (setting->file == NULL && (args->from_file & bit)) {
        args->params.given &= ~bit; /* the command line wins */
        args->from_file &= ~bit;
    }
    char metric[MAX_KEY];
    const char *value = setting->value;
    if (i == td_params_find("metric")) {
        cut_metric_list(metric, value);
        value = metric;
    }
    td_error inner = {0};
    if (td_params_set(&args->params, key, value, &inner) != TD_OK)
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s", inner.text);
    if (setting->file != NULL) args->from_file |= bit;
    return TD_OK;
}

/* --- LightGBM's other keys -------------------------------------------------------------------- */

/* A value that asks for something else than what happens is refused: being silent about
 * boosting=dart would be a lie. */
static td_status note_unused(td_train_args *args, const unused *key, const td_setting *setting,
                             td_error *err) {
    if (key->allowed != NULL && !is_listed(key->allowed, setting->value))
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                          "%s: '%s' is not available; possible: %s", setting->name, setting->value,
                          key->allowed);
    for (uint32_t i = 0; i < args->n_unused; i++) {
        if (strcmp(args->unused_key[i], setting->name) == 0) return TD_OK;
    }
    if (args->n_unused == TD_MAX_UNUSED_KEYS) return TD_OK;
    args->unused_key[args->n_unused] = setting->name;
    args->unused_why[args->n_unused++] = key->why;
    return TD_OK;
}

/* "name:a,b" -> "a,b". Numbers of columns mean other columns in LightGBM than they would here (it
 * does not count the label), so they are refused for features. */
static td_status set_alias(td_train_args *args, const alias *other, const td_setting *setting,
                           td_error *err) {
    const char *value = setting->value;
    int is_feature = other->at == AT(ignore) || other->at == AT(categorical);
    if (strncmp(value, "name:", 5) == 0) {
        value += 5;
    } else if (is_feature) {
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                          "%s: columns are given by name, as in %s = name:a,b", setting->name,
                          setting->name);
    }
    memcpy((char *)args + other->at, &value, sizeof value);
    return TD_OK;
}

/* LightGBM's header = true is --no-header turned round. */
static td_status set_header(td_train_args *args, const td_setting *setting, td_error *err) {
    int has_header = is_listed("true 1 yes", setting->value);
    if (!has_header && !is_listed("false 0 no", setting->value))
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                          "%s: '%s' is not true or false", setting->name, setting->value);
    args->format.is_headerless = !has_header;
    return TD_OK;
}

/* Steps 1 to 4 of the head. A name is looked up before its value is asked for, so that an unknown
 * name is reported as such. */
td_status td_train_setting(void *given, const td_setting *setting, td_error *err) {
    td_train_args *args = given;
    char key[MAX_KEY];
    fold_key(key, setting->name);
    if (!args->has_params) {
        args->params = td_train_params_default();
        args->has_params = 1;
    }
    int parameter = td_params_find(key);
    const alias *other = NULL;
    const unused *without = NULL;
    for (int i = 0; i < N_ALIASES; i++) {
        if (is_listed(aliases[i].keys, key)) other = &aliases[i];
    }
    for (int i = 0; i < N_UNUSED; i++) {
        if (is_listed(unused_keys[i].keys, key)) without = &unused_keys[i];
    }
    int is_header = is_listed("header has_header", key);
    if (parameter < 0 && other == NULL && without == NULL && !is_header)
        return fail_unknown(setting, err);
    if (setting->value == NULL)
        TD_FAIL(err, TD_ERR_ARG, "%s needs a value: %s=VALUE", setting->name, setting->name);
    if (parameter >= 0) return set_parameter(args, parameter, key, setting, err);
    if (other != NULL) return set_alias(args, other, setting, err);
    if (without != NULL) return note_unused(args, without, setting, err);
    return set_header(args, setting, err);
}

/* --- after parsing ---------------------------------------------------------------------------- */

/* --model FILE, or --model LEARNER --out FILE; anything between is ambiguous and refused. */
static td_status settle_model(td_train_args *args, td_error *err) {
    int is_learner = is_listed("gbdt logistic", args->model);
    if (is_learner && args->out != NULL) {
        if (args->learner == NULL) args->learner = args->model;
        TD_CHECK(strcmp(args->learner, args->model) == 0, err, TD_ERR_ARG,
                 "--model %s contradicts --learner %s", args->model, args->learner);
        args->model = args->out;
    } else {
        TD_CHECK(args->out == NULL, err, TD_ERR_ARG,
                 "--model %s and --out %s both name a model file", args->model, args->out);
        TD_CHECK(!is_learner, err, TD_ERR_ARG,
                 "--model %s names the learner: say with --out FILE where to write the model",
                 args->model);
    }
    if (args->learner == NULL) args->learner = "gbdt";
    return TD_OK;
}

/* LightGBM's num_threads: 0 stands for all cores there. */
static td_status take_threads(const td_train_args *args, td_cli *cli, td_error *err) {
    int64_t n = 0;
    if (args->threads == NULL || strcmp(args->threads, "0") == 0) return TD_OK;
    TD_CHECK(td_text_is_whole(args->threads, &n) && n >= 1 && n <= 4096, err, TD_ERR_ARG,
             "num_threads: '%s' is not a whole number from 1 to 4096", args->threads);
    cli->exec.n_threads = (int)n;
    return TD_OK;
}

/* Of the trainer's parameters only two mean something to logistic regression. */
static void note_tree_parameters(const td_train_args *args, const td_cli *cli) {
    uint32_t n = 0;
    const td_param_spec *spec = td_param_table(&n);
    for (uint32_t i = 0; i < n; i++) {
        if ((args->params.given >> i & 1) == 0) continue;
        if (is_listed("lambda_l2 objective seed", spec[i].name)) continue;
        td_cli_note(cli, "%s has no effect on logistic regression", spec[i].name);
    }
}

/* A curve has to have rows that trained nothing, and log-odds to bend. */
static td_status check_calibration(const td_train_args *args, const td_cli *cli, td_error *err) {
    td_curve_choice choice = td_curve_find(args->calibrate);
    TD_CHECK(choice == TD_CURVE_NONE || args->params.objective == TD_OBJECTIVE_BINARY, err,
             TD_ERR_ARG, "--calibrate %s: only objective=binary has probabilities",
             args->calibrate);
    TD_CHECK(choice < TD_CURVE_PLATT || args->valid != NULL, err, TD_ERR_ARG,
             "--calibrate %s needs --valid FILE: a curve fitted on rows that trained the model "
             "would promise too much",
             args->calibrate);
    if (choice == TD_CURVE_NONE && args->params.scale_pos_weight != 1.0)
        td_cli_note(cli,
                    "scale_pos_weight %g: scores are probabilities of the weighted rows; "
                    "--calibrate prior puts them right",
                    args->params.scale_pos_weight);
    return TD_OK;
}

/* The seed of --seed counts unless a parameter (random_state=7) has set one. */
td_status td_train_args_finish(td_train_args *args, td_cli *cli, td_error *err) {
    if (!args->has_params) args->params = td_train_params_default();
    args->has_params = 1;
    TD_TRY(settle_model(args, err));
    if ((args->params.given >> td_params_find("seed") & 1) == 0) args->params.seed = cli->seed;
    for (uint32_t i = 0; i < args->n_unused; i++)
        td_cli_note(cli, "%s has no effect: %s", args->unused_key[i], args->unused_why[i]);
    TD_TRY(take_threads(args, cli, err));
    TD_TRY(check_calibration(args, cli, err));
    TD_TRY(td_train_interim_settle(args, err));
    if (strcmp(args->learner, "logistic") == 0) {
        TD_CHECK(args->params.objective == TD_OBJECTIVE_BINARY, err, TD_ERR_ARG,
                 "logistic regression needs objective=binary");
        TD_CHECK(args->monotone == NULL, err, TD_ERR_ARG,
                 "--monotone-constraints: only trees keep directions");
        TD_CHECK(args->init_model == NULL, err, TD_ERR_ARG,
                 "--init-model: only trees are gone on from");
        TD_CHECK(args->snapshot_every == 0, err, TD_ERR_ARG,
                 "snapshot_freq: only trees are written on the way");
        note_tree_parameters(args, cli);
        return TD_OK;
    }
    TD_CHECK(args->params.early_stopping_round == 0 || args->valid != NULL, err, TD_ERR_ARG,
             "early_stopping_round needs --valid FILE");
    return td_params_check(&args->params, err);
}

/* "a|b|c": behind name and default, a long list over several lines, broken behind a '|'. */
static void print_choice(const char *range) {
    int at = 37;
    while (*range != '\0') {
        int n = (int)strcspn(range, "|");
        n += range[n] == '|';
        if (at + n > 96) at = printf("\n%37s", "") - 1;
        at += printf("%.*s", n, range);
        range += n;
    }
    putchar('\n');
}

/* Straight from the trainer's table: nothing to keep in step by hand. */
void td_train_print_parameters(void) {
    uint32_t n = 0;
    const td_param_spec *spec = td_param_table(&n);
    puts("\nparameters (name, default, range or choice)");
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(spec[i].name, "seed") == 0) continue; /* an option of every command */
        const char *range = *spec[i].range != '\0' ? spec[i].range : spec[i].type;
        printf("  %-24s %-9s ", spec[i].name, spec[i].initial);
        print_choice(range);
        printf("      ");
        td_help_wrapped(spec[i].help, 6, 6);
        if (*spec[i].aliases == '\0') continue;
        printf("      also: ");
        td_help_wrapped(spec[i].aliases, 12, 12);
    }
}
