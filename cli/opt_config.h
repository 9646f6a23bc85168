/* cli/opt_config.h: the file of --config -> settings. One `key = value` a line; '#' starts a
 * comment, so does ';' at the start of a line. Also reads a LightGBM train.conf. */
#ifndef TD_CLI_OPT_CONFIG_H
#define TD_CLI_OPT_CONFIG_H

#include <stdint.h>

#include "cli/opt.h"

/* setting receives [n] settings in file order, all in the arena. TD_ERR_ARG with file and line for
 * a line that is no pair. */
td_status td_config_read(td_setting **setting, uint32_t *n, const char *path, td_arena *arena,
                         td_error *err) TD_MUST_USE;

#endif
