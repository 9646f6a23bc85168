/* cli/train_args.h: everything that `tundish train` can be told, trainer parameters included. */
#ifndef TD_CLI_TRAIN_ARGS_H
#define TD_CLI_TRAIN_ARGS_H

#include "cli/data.h"
#include "gbdt/gbdt.h"

enum { TD_MAX_UNUSED_KEYS = 64 };

typedef struct td_train_args {
    td_data_format format;
    const char *valid;
    const char *label;
    int64_t label_index;
    const char *positive;
    const char *weight;
    const char *ignore;
    const char *categorical;
    const char *monotone;
    const char *model; /* output file; or "gbdt", "logistic" beside --out */
    const char *out;
    const char *learner;
    const char *init_model;    /* to go on from, NULL = start anew */
    const char *snapshot_freq; /* NULL = not given */
    int32_t snapshot_every;    /* the same as a number of rounds, 0 = no models on the way */
    const char *calibrate;     /* one of td_curve_name */
    const char *threads;       /* LightGBM's num_threads, NULL = not given */
    td_train_params params;
    int has_params;     /* params holds the defaults */
    uint64_t from_file; /* bit i: parameter i was set by the configuration file */
    uint32_t n_unused;  /* keys that mean something to LightGBM but nothing here */
    const char *unused_key[TD_MAX_UNUSED_KEYS];
    const char *unused_why[TD_MAX_UNUSED_KEYS];
} td_train_args;

enum { TD_N_TRAIN_OPTIONS = 14 };
extern const td_option td_train_options[TD_N_TRAIN_OPTIONS];

/* A td_setting_fn: a trainer's parameter by any of its names, or a key of a LightGBM train.conf.
 * TD_ERR_ARG names the nearest parameter or option. */
td_status td_train_setting(void *args, const td_setting *setting, td_error *err);

/* After parsing: settle --model/--out/--learner, hand over the seed, take num_threads into cli,
 * tell about keys without effect, check parameters together. */
td_status td_train_args_finish(td_train_args *args, td_cli *cli, td_error *err) TD_MUST_USE;

/* Help text of the parameters, printed after the options. */
void td_train_print_parameters(void);

#endif
