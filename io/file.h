/* io/file.h: the one door to the file system. Nothing else in the library opens, reads, writes,
 * maps or renames.
 *
 * Reading: a whole file as one block of bytes, memory-mapped when plain, inflated into memory when
 * it is gzip or zstd (recognised by content, not by name). Writing: into "NAME.partial" beside the
 * target, renamed over it at commit, so a reader sees the old file or the new one and never half of
 * one. */
#ifndef TD_IO_FILE_H
#define TD_IO_FILE_H

#include <stdint.h>

#include "core/base/err.h"

typedef struct td_bytes {
    const char *data; /* [n], borrowed from the file until td_file_close */
    uint64_t n;
} td_bytes;

typedef struct td_file td_file; /* opaque: an open input file */

/* Open and map or inflate. TD_ERR_IO names the path and the reason (also for a directory). *out
 * owned*. */
td_status td_file_open(td_file **out, const char *path, td_error *err) TD_MUST_USE;
td_bytes td_file_bytes(const td_file *file);     /* content, inflated */
td_bytes td_file_raw_bytes(const td_file *file); /* bytes as on disk, for hashes */
const char *td_file_path(const td_file *file);
void td_file_close(td_file *file); /* NULL allowed */

/* 1 when something exists at the path (td_path_exists) or a folder does (td_path_is_folder). */
int td_path_exists(const char *path);
int td_path_is_folder(const char *path);

/* "folder/name" into out; TD_ERR_RANGE when it does not fit. */
td_status td_path_join(char *out, uint64_t size, const char *folder, const char *name,
                       td_error *err) TD_MUST_USE;

/* First of name, name.gz, name.zst that exists in folder; TD_ERR_IO when none does. */
td_status td_path_find(char *out, uint64_t size, const char *folder, const char *name,
                       td_error *err) TD_MUST_USE;

typedef struct td_writer td_writer; /* opaque: an output file under construction, with a buffer */

/* Open for writing at `path`; "-" is standard output. *out owned*; ends with commit or abort. */
td_status td_writer_open(td_writer **out, const char *path, td_error *err) TD_MUST_USE;

/* Append. Errors are kept and reported by commit, so callers need not check each piece. */
void td_writer_bytes(td_writer *writer, const void *bytes, uint64_t n);
void td_writer_text(td_writer *writer, const char *text);
void td_writer_printf(td_writer *writer, const char *fmt, ...) TD_PRINTF(2, 3);
void td_writer_i64(td_writer *writer, int64_t value);
void td_writer_f64(td_writer *writer, double value); /* shortest text that reads back equal */

/* Flush, sync, close, check all (full disk, closed pipe), rename into place. The writer is consumed
 * either way; on failure the target is untouched and the partial file is gone. */
td_status td_writer_commit(td_writer *writer, td_error *err) TD_MUST_USE;
void td_writer_abort(td_writer *writer); /* drop what was written; NULL allowed */

/* Folders: make (parents too), rename, remove with all content, list names in byte order. */
td_status td_folder_make(const char *path, td_error *err) TD_MUST_USE;
td_status td_path_rename(const char *from, const char *to, td_error *err) TD_MUST_USE;
td_status td_path_remove(const char *path, td_error *err) TD_MUST_USE;

/* Remove every partial file and registered folder of this process: for the signal path of a
 * program. */
void td_file_remove_partials(void);

/* Cores this process may use (affinity mask and cgroup quota), at least 1; greatest resident set so
 * far in bytes. */
int td_system_cores(void);
uint64_t td_system_peak_bytes(void);

#endif
