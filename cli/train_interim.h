/* cli/train_interim.h: models written while `tundish train` goes on, LightGBM's snapshot_freq. */
#ifndef TD_CLI_TRAIN_INTERIM_H
#define TD_CLI_TRAIN_INTERIM_H

#include "cli/train_args.h"

/* --snapshot-freq as a number: args->snapshot_every, 0 = no models on the way. TD_ERR_ARG for what
 * is no whole number, and together with --calibrate, whose curve is fitted when all is trained. */
td_status td_train_interim_settle(td_train_args *args, td_error *err) TD_MUST_USE;

/* A td_interim's save, ctx = the td_train_args: writes MODEL.snapshot_iter_N, whole or not at all.
 * Errors of io/file. */
td_status td_train_interim_save(void *ctx, const td_model *model, int32_t n_rounds,
                                td_error *err) TD_MUST_USE;

#endif
