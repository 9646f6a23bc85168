/* cli/export_parquet.h: tables of the pipeline as Parquet files, typed, with the run's id in the
 * footer; the columns are those of cli/export.h. */
#ifndef TD_CLI_EXPORT_PARQUET_H
#define TD_CLI_EXPORT_PARQUET_H

#include "cli/export.h"

/* A file to write; run_id goes into the footer (NULL = none). */
typedef struct td_extract {
    const char *path;
    const char *run_id;
    const td_exec *exec;
} td_extract;

/* One row per session: ids and counts whole numbers, times TIMESTAMP, flags BOOLEAN, stage STRING,
 * first times null where there is none. Errors of td_parquet_write. */
td_status td_extract_sessions(const td_extract *extract, const td_events *events,
                              const td_sessions *sessions, const td_funnel *funnel,
                              td_error *err) TD_MUST_USE;

/* One row per scored session: ids, times, split, label, then each feature as DOUBLE, null where it
 * is missing. */
td_status td_extract_features(const td_extract *extract, const td_feature_set *set,
                              const td_split *split, td_error *err) TD_MUST_USE;

/* Scores of one part of the split: session_id, visitorid, decision, split, label, then a DOUBLE for
 * each model. */
typedef struct td_extract_scores {
    const td_feature_set *set;
    const td_split *split;
    td_part part;
    uint32_t n_models; /* at most 8 */
    const char *const *name;
    const double *const *score; /* [n_models] of [set->n] */
} td_extract_scores;

td_status td_extract_predictions(const td_extract *extract, const td_extract_scores *scores,
                                 td_error *err) TD_MUST_USE;

#endif
