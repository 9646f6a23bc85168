/* cli/evaluate_options.h: what `tundish evaluate` can be told. */
#ifndef TD_CLI_EVALUATE_OPTIONS_H
#define TD_CLI_EVALUATE_OPTIONS_H

#include "cli/data.h"

typedef struct td_evaluate_options {
    td_data_format format;
    const char *label;
    const char *score;
    const char *positive;
    const char *k;
    const char *second;
    const char *cluster;
    const char *by;
    int64_t replicates; /* -1: by the number of rows */
    int is_stratified;
    double level;
    double max_fpr;
    double cost_fp, cost_fn;
} td_evaluate_options;

#endif
