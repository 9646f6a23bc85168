/* cli/train_interim.c: a long training leaves models behind, so that a machine that goes down takes
 * the last few rounds with it and not all of them.
 *
 *     tundish train --model m.tundish --snapshot-freq 100 num_iterations=250
 *
 *     rounds  1 ......... 100 ......... 200 ....... 250
 *                          |             |           |
 *         m.tundish.snapshot_iter_100    |       m.tundish
 *                   m.tundish.snapshot_iter_200
 *
 * 1. The number is read before any table is: a bad one costs no time.
 * 2. Every so many rounds the trainer shows the model as it stands (td_interim); it is written as
 *    the last one is: to a file beside it, renamed when it is complete.
 * 3. The file is the one that a run with num_iterations=N would write, so `predict` and
 *    `--init-model` take it like any other: going on from round 200 for 50 more ends in the bytes
 *    of m.tundish.
 *
 * N counts the rounds of this call, as LightGBM's does, not those of --init-model. Cost: the
 * model's text each time. Older snapshots are kept. */
#include "cli/train_interim.h"

#include <stdio.h>
#include <string.h>

#include "cli/model_file.h"
#include "core/base/mem.h"
#include "io/file.h"

td_status td_train_interim_settle(td_train_args *args, td_error *err) {
    int64_t n = 0;
    if (args->snapshot_freq == NULL) return TD_OK;
    TD_CHECK(td_text_is_whole(args->snapshot_freq, &n) && n >= -1 && n <= INT32_MAX, err,
             TD_ERR_ARG, "snapshot_freq: '%s' is not a whole number of rounds (-1 = none)",
             args->snapshot_freq);
    TD_CHECK(n <= 0 || td_curve_find(args->calibrate) == TD_CURVE_NONE, err, TD_ERR_ARG,
             "snapshot_freq and --calibrate %s: a curve is fitted when all rounds are trained",
             args->calibrate);
    TD_CHECK(
        n <= 0 || strcmp(args->model, "-") != 0, err, TD_ERR_ARG,
        "snapshot_freq: the model goes to standard output, models on the way need a file name");
    args->snapshot_every = n > 0 ? (int32_t)n : 0;
    return TD_OK;
}

td_status td_train_interim_save(void *ctx, const td_model *model, int32_t n_rounds, td_error *err) {
    const td_train_args *args = ctx;
    uint64_t room = strlen(args->model) + sizeof ".snapshot_iter_2147483647";
    char *path, *bytes = NULL;
    uint64_t n = 0;
    TD_NEW(path, room, err);
    snprintf(path, room, "%s.snapshot_iter_%d", args->model, n_rounds);
    td_status status = td_model_to_bytes(&bytes, &n, model, err);
    if (status == TD_OK) status = td_file_write(path, bytes, n, err);
    td_mem_free(bytes);
    td_mem_free(path);
    return status;
}
