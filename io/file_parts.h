/* io/file_parts.h: what the files behind io/file.h share. Not for other modules. */
#ifndef TD_IO_FILE_PARTS_H
#define TD_IO_FILE_PARTS_H

#include "io/file.h"

/* Fail with TD_ERR_IO, the path and "doing: text of errno". */
td_status td_file_fail(td_error *err, const char *path, const char *doing);

/* 1 when the block starts like gzip or zstd. */
int td_inflate_is_archive(td_bytes raw);

/* Inflate all members or frames into one block followed by TD_FILE_PADDING zero bytes. *out owned*
 * (td_mem_free). TD_ERR_FORMAT names the path when the archive is damaged or ends early. */
td_status td_inflate(char **out, uint64_t *n, td_bytes raw, const char *path,
                     td_error *err) TD_MUST_USE;

#endif
