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

/* A block of bytes, borrowed. Blocks that td_file_bytes gives have TD_FILE_PADDING readable bytes
 * behind the end, so that a scanner may load whole vectors. */
typedef struct td_bytes {
    const char *data; /* [n] */
    uint64_t n;
} td_bytes;

enum { TD_FILE_PADDING = 64 };

typedef struct td_file td_file; /* opaque: an open input file */

/* Open and map or inflate. TD_ERR_IO names the path and the reason (also for a directory),
 * TD_ERR_FORMAT for a damaged or truncated archive. Several gzip members or zstd frames in a row
 * are read as one text. A pipe is read to its end into memory. *out owned*. A plain file must not
 * be shortened by others while it is open. */
td_status td_file_open(td_file **out, const char *path, td_error *err) TD_MUST_USE;

/* Bytes in memory (borrowed until close, with padding behind them) as an open file of that name.
 * *out owned*. */
td_status td_file_view(td_file **out, td_bytes bytes, const char *name, td_error *err) TD_MUST_USE;

td_bytes td_file_bytes(const td_file *file);     /* content, inflated, padded; until close */
td_bytes td_file_raw_bytes(const td_file *file); /* bytes as on disk, for hashes; until close */
const char *td_file_path(const td_file *file);
void td_file_close(td_file *file); /* NULL allowed */

/* The text from begin to end (of td_file_bytes) is not needed for now: the memory of a mapped
 * file's pages is given back, and comes again when they are touched. Nothing happens to other
 * files, nor without a file (NULL). */
void td_file_release(const td_file *file, const char *begin, const char *end);

/* 1 when something exists at the path (td_path_exists) or a folder does (td_path_is_folder). */
int td_path_exists(const char *path);
int td_path_is_folder(const char *path);

/* "folder/name" into out; TD_ERR_RANGE when it does not fit. */
td_status td_path_join(char *out, uint64_t size, const char *folder, const char *name,
                       td_error *err) TD_MUST_USE;

/* The way from a folder to `to`, both existing: "../shop". */
td_status td_path_relative(char *out, uint64_t size, const char *folder, const char *to,
                           td_error *err) TD_MUST_USE;

/* First of name, name.gz, name.zst that exists in folder; TD_ERR_IO when none does. */
td_status td_path_find(char *out, uint64_t size, const char *folder, const char *name,
                       td_error *err) TD_MUST_USE;

typedef struct td_writer td_writer; /* opaque: an output file under construction, with a buffer */

/* Open for writing at `path`; "-" is standard output. What is no regular file (a device, a pipe) is
 * written in place. *out owned*; ends with commit or abort. TD_ERR_IO when it cannot be created. */
td_status td_writer_open(td_writer **out, const char *path, td_error *err) TD_MUST_USE;

/* Append. Errors are kept and reported by commit, so callers need not check each piece. */
void td_writer_bytes(td_writer *writer, const void *bytes, uint64_t n);
void td_writer_text(td_writer *writer, const char *text);
void td_writer_printf(td_writer *writer, const char *fmt, ...) TD_PRINTF(2, 3);
void td_writer_i64(td_writer *writer, int64_t value);
void td_writer_u64(td_writer *writer, uint64_t value);
void td_writer_f64(td_writer *writer, double value); /* td_format_f64: nothing for NaN */

/* Flush, sync, close, check all (full disk, closed pipe), rename into place. The writer is consumed
 * either way; on failure the target is untouched and the partial file is gone. */
td_status td_writer_commit(td_writer *writer, td_error *err) TD_MUST_USE;
void td_writer_abort(td_writer *writer); /* drop what was written; NULL allowed */

/* Open, append n bytes, commit. */
td_status td_file_write(const char *path, const void *bytes, uint64_t n, td_error *err) TD_MUST_USE;

/* Make a folder and its parents (no error when it is there), rename, remove with all content (no
 * error when nothing is there; links are removed, not followed). TD_ERR_IO. */
td_status td_folder_make(const char *path, td_error *err) TD_MUST_USE;
td_status td_path_rename(const char *from, const char *to, td_error *err) TD_MUST_USE;
td_status td_path_remove(const char *path, td_error *err) TD_MUST_USE;

/* Names of all files below a folder, relative to it, in byte order; links are not followed. */
typedef struct td_file_list {
    uint32_t n;
    char **name; /* [n] */
} td_file_list;

td_status td_folder_files(td_file_list *out, const char *folder, td_error *err) TD_MUST_USE;
void td_file_list_free(td_file_list *list);

/* Remove every partial file that writers of this process have open: for the signal path of a
 * program that ends at once (only unlink is called). Up to 64 open writers are known, in a table
 * that is, with the choice of the CPU level, the library's one piece of process state. Folders
 * under construction are the caller's to remove. */
void td_file_remove_partials(void);

/* Cores this process may use (affinity mask and cgroup quota), at least 1; greatest resident set so
 * far in bytes. */
int td_system_cores(void);
uint64_t td_system_peak_bytes(void);

#endif
