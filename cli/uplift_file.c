/* cli/uplift_file.c: models of effects in files; the bytes are the library's (uplift/model.c).
 *
 * As in model_file.c the bytes are whole in memory before the file is opened, so that a failure
 * leaves no partial file, and the reader's errors get the path that it does not know. */
#include "cli/uplift_file.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "io/file.h"

td_status td_uplift_file_write(const char *path, const td_uplift_model *model, td_error *err) {
    char *bytes = NULL;
    uint64_t n = 0;
    TD_TRY(td_uplift_to_bytes(&bytes, &n, model, err));
    td_status status = td_file_write(path, bytes, n, err);
    td_mem_free(bytes);
    return status;
}

td_status td_uplift_file_read(td_uplift_model **out, const char *path, td_error *err) {
    td_file *file = NULL;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes bytes = td_file_bytes(file);
    td_status status = td_uplift_from_bytes(out, bytes.data, bytes.n, err);
    td_file_close(file);
    if (status != TD_OK && err != NULL && err->file[0] == '\0')
        snprintf(err->file, sizeof err->file, "%s", path);
    return status;
}
