/* cli/scoring.h: a shop folder -> scored sessions with features, label and time split, for the
 * commands that learn from a shop. Holds no algorithm: each call is a sequence of library calls. */
#ifndef TD_CLI_SCORING_H
#define TD_CLI_SCORING_H

#include "cli/shop.h"
#include "core/features.h"
#include "core/population.h"
#include "core/split.h"
#include "gbdt/params.h"

/* Options of these commands: cleaning, and what is scored when. */
typedef struct td_scoring {
    td_cleaning cleaning;
    int64_t gap_s;
    int64_t decision_s;
    int64_t purge_s;
    const char *target;
    const char *price_property;
    const char *features; /* file of chosen features, NULL = all */
    int hide_cart;
} td_scoring;

extern const td_option td_scoring_options[];
enum { TD_N_SCORING_OPTIONS = 9 };
#define TD_USAGE_SCORING(at) TD_USAGE_SHARED(td_scoring_options, TD_N_SCORING_OPTIONS, at)

/* What is learned from; zeroed = empty. */
typedef struct td_scored {
    td_feature_choice choice; /* n = 0: all */
    td_population population;
    td_feature_set set;
    td_split split;
} td_scored;

void td_scored_free(td_scored *scored);

/* What the engine is told of the choice: NULL when there is none. */
const td_feature_choice *td_scored_choice(const td_scored *scored);

/* The choice as a features file, and its SHA-256; "all" without one. */
void td_scored_write_choice(td_writer *writer, const td_scored *scored);
td_status td_scored_choice_hash(char hex[65], const td_feature_choice *choice,
                                td_error *err) TD_MUST_USE;

/* events.csv and the catalog of `folder`, cleaned, with sessions and funnel. *out owned*. */
td_status td_scoring_open(td_shop *out, const char *folder, const td_scoring *scoring,
                          const td_exec *exec, td_error *err) TD_MUST_USE;

/* Population, split and features of an open shop. *out owned*. */
td_status td_scoring_build(td_scored *out, const td_shop *shop, const td_scoring *scoring,
                           const td_exec *exec, td_error *err) TD_MUST_USE;

/* Set a parameter of the trainer, by LightGBM's name or an alias. A value that is missing or out of
 * range is wrong usage like any other: TD_ERR_ARG, with the place in the --config file. */
td_status td_scoring_set_parameter(td_train_params *params, const td_setting *setting,
                                   td_error *err) TD_MUST_USE;

/* JSON: target, hide_cart, rows, positives, censored, bought_before, split {part: {rows,
 * positives}}. */
void td_scoring_json(td_json *json, const td_scored *scored);

#endif
