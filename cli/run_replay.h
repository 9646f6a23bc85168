/* cli/run_replay.h: a run's manifest, and the run made once more from it. */
#ifndef TD_CLI_RUN_REPLAY_H
#define TD_CLI_RUN_REPLAY_H

#include <stdint.h>

#include "cli/cmd.h"

enum { TD_REPLAY_MAX_NOTED = 16 };

typedef struct td_replay {
    const char *run; /* folder, borrowed */
    char run_id[65];
    struct cJSON *manifest; /* owned */
    uint64_t n_artefacts;   /* in the manifest */
    uint64_t n_equal;       /* of these: on disk, or once it is made in the copy */
    uint64_t n_differences;
    uint32_t n_noted;
    struct {
        char file[256];
        char what[96];
    } difference[TD_REPLAY_MAX_NOTED]; /* the first ones */
} td_replay;

void td_replay_free(td_replay *replay);

/* Read RUN/manifest.json. TD_ERR_FORMAT when it is none, or of another version of tundish. *out
 * owned*. */
td_status td_replay_open(td_replay *out, const char *run, td_error *err) TD_MUST_USE;

/* Hash every file of RUN and compare with the manifest; differences are counted, no error. */
td_status td_replay_check_files(td_replay *replay, td_error *err) TD_MUST_USE;

/* Make the run again from `shop` (NULL = where it was made from) and compare. TD_ERR_FORMAT when
 * the inputs are not those of the manifest; errors of the run. */
td_status td_replay_run(td_replay *replay, const char *shop, const td_cli *cli,
                        td_error *err) TD_MUST_USE;

#endif
