/* cli/uplift_tree_options.h: what `tundish uplift tree` can be told. */
#ifndef TD_CLI_UPLIFT_TREE_OPTIONS_H
#define TD_CLI_UPLIFT_TREE_OPTIONS_H

#include "cli/uplift_table.h"

typedef struct td_tree_options {
    td_data_format format;
    td_uplift_columns columns; /* id: copied into the list of actions */
    const char *cost;          /* list, one for all treated arms or one for each */
    const char *out;           /* list of actions, NULL = none */
    int64_t folds, depth, min_rows;
    double value, clip, level;
} td_tree_options;

#endif
