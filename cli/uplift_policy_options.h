/* cli/uplift_policy_options.h: what `tundish uplift policy` can be told. */
#ifndef TD_CLI_UPLIFT_POLICY_OPTIONS_H
#define TD_CLI_UPLIFT_POLICY_OPTIONS_H

#include "cli/uplift_scores.h"

typedef struct td_policy_options {
    td_data_format format;
    td_uplift_score_columns columns;
    const char *cost;   /* list, one for all treated arms or one for each */
    const char *budget; /* NULL = none */
    const char *out;    /* target list */
    const char *curve;  /* profit curve as CSV */
    const char *figure; /* and as SVG */
    double value;
    double top; /* 0 = not given */
    double level;
    int64_t replicates; /* -1: by the number of rows */
} td_policy_options;

#endif
