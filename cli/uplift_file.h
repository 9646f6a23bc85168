/* cli/uplift_file.h: models of effects in files. */
#ifndef TD_CLI_UPLIFT_FILE_H
#define TD_CLI_UPLIFT_FILE_H

#include "uplift/uplift.h"

/* Write the model, whole or not at all. Errors of io/file. */
td_status td_uplift_file_write(const char *path, const td_uplift_model *model,
                               td_error *err) TD_MUST_USE;

/* Read one. *out owned*. TD_ERR_FORMAT names file and line of a foreign, cut or changed one. */
td_status td_uplift_file_read(td_uplift_model **out, const char *path, td_error *err) TD_MUST_USE;

#endif
