/* cli/opt_store.h: one value of the user -> one field of an options struct. Used by opt.c only. */
#ifndef TD_CLI_OPT_STORE_H
#define TD_CLI_OPT_STORE_H

#include "cli/opt.h"

/* Store the setting's value in the field of `base` that the row describes. TD_ERR_ARG names
 * option, value and what was expected; for a setting from a file, file and line too. The text of
 * the value is borrowed. */
td_status td_option_store(char *base, const td_option *option, const td_setting *setting,
                          td_error *err) TD_MUST_USE;

/* "--" for an option of the command line, "" for a key of a file: how its name is shown. */
const char *td_setting_dashes(const td_setting *setting);

#endif
