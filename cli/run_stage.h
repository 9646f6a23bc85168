/* cli/run_stage.h: results of the long stages of a run, kept in RUN.partial/stages until the run is
 * whole, so that a killed run can go on.
 *
 *     tundish stage 1 KEY SHA256\n      KEY = hash of all that shapes the result (run->key),
 *     content                           SHA256 = of the content
 *
 * A kept result is used again when both are right; anything else is as if it were not there. */
#ifndef TD_CLI_RUN_STAGE_H
#define TD_CLI_RUN_STAGE_H

#include "cli/run.h"

/* Hash the raw input files into run->input, unless they are there. */
td_status td_run_inputs(td_run *run, td_error *err) TD_MUST_USE;

/* Keep a result under a name. Nothing happens in a run without a key. */
td_status td_run_keep(const td_run *run, const char *stage, td_bytes content,
                      td_error *err) TD_MUST_USE;

/* A kept result: *content points into *file, which is the caller's to close; *file is NULL when
 * there is none, and always without --resume. */
td_status td_run_recall(td_file **file, td_bytes *content, const td_run *run, const char *stage,
                        td_error *err) TD_MUST_USE;

/* Every stage up to the manifest, below run->folder. */
td_status td_run_all(td_run *run, td_error *err) TD_MUST_USE;

/* SHA-256 and size of a file as it stands on disk. */
td_status td_file_hash(char hex[65], uint64_t *n_bytes, const char *path,
                       td_error *err) TD_MUST_USE;

#endif
