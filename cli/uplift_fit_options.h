/* cli/uplift_fit_options.h: what `tundish uplift fit` can be told. */
#ifndef TD_CLI_UPLIFT_FIT_OPTIONS_H
#define TD_CLI_UPLIFT_FIT_OPTIONS_H

#include "cli/uplift_table.h"

typedef struct td_uplift_fit_options {
    td_data_format format;
    td_uplift_columns columns;
    const char *learner;
    const char *model;
    const char *criterion, *honest, *joint; /* of effect trees; NULL = not given */
    int64_t folds;
    double clip;
    td_train_params trees;
    int has_trees; /* trees hold the defaults */
    uint64_t from_file;
} td_uplift_fit_options;

#endif
