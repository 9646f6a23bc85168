/* cli/uplift_evaluate_options.h: what `tundish uplift evaluate` can be told. */
#ifndef TD_CLI_UPLIFT_EVALUATE_OPTIONS_H
#define TD_CLI_UPLIFT_EVALUATE_OPTIONS_H

#include "cli/uplift_scores.h"
#include "stats/uplift_assessment.h"

/* As given; zeroed and NULL = not given. td_usage_uplift_evaluate fills it. */
typedef struct td_uplift_evaluate_options {
    td_data_format format;
    td_uplift_score_columns columns;
    const char *k;
    const char *figures;
    int64_t replicates;
    double level;
} td_uplift_evaluate_options;

/* Shares of --k, "10%,0.2"; NULL = the default ones. TD_ERR_ARG names what is no share. */
td_status td_uplift_cuts_read(td_uplift_cuts *out, const char *text, td_arena *arena,
                              td_error *err) TD_MUST_USE;

#endif
