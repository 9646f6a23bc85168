/* cli/export.h: tables of the pipeline as CSV files, the same bytes from every command. A path that
 * ends in .parquet gets the same columns as Parquet (cli/export_parquet.h). */
#ifndef TD_CLI_EXPORT_H
#define TD_CLI_EXPORT_H

#include "core/events.h"
#include "core/features.h"
#include "core/funnel.h"
#include "core/sessions.h"
#include "core/split.h"
#include "io/file.h"

/* One row per session: session_id, visitorid, start, end, is_censored, is_left_truncated, n_view,
 * n_addtocart, n_transaction, stage, the twelve funnel flags (0 or 1), first_view, first_addtocart,
 * first_transaction (empty = never). Times in ms since 1970 UTC. Errors of td_writer_commit;
 * TD_ERR_INTERRUPTED leaves no file. O(sessions). */
td_status td_export_sessions(const char *path, const td_events *events, const td_sessions *sessions,
                             const td_funnel *funnel, const td_exec *exec,
                             td_error *err) TD_MUST_USE;

/* One row per scored session: session_id, visitorid, start, decision, split, label, then one column
 * per feature (empty = missing). `split` has as many rows. Errors as above. */
td_status td_export_features(const char *path, const td_feature_set *set, const td_split *split,
                             const td_exec *exec, td_error *err) TD_MUST_USE;

#endif
