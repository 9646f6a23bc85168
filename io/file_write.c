/* io/file_write.c: output files that are whole or absent.
 *
 *     open      NAME.partial is created beside NAME and noted in a table
 *     append    into a buffer, written when it is full; the first error is kept, the rest skipped
 *     commit    flush, fsync, close, rename NAME.partial -> NAME, fsync the folder
 *     abort     close and unlink NAME.partial
 *
 * Rename is atomic within a folder (POSIX), so a reader sees the old file or the new one. What is
 * no regular file (/dev/full, a pipe, "-" for standard output) is written in place; a closed pipe
 * is an error here when the program ignores SIGPIPE.
 *
 * The table of partial files is written by ordinary code and read by td_file_remove_partials, which
 * may run in a signal handler: a slot's path is filled before its state says so. */
#include "io/file_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/num_format.h"

enum { BUFFER_BYTES = 1 << 18, MAX_PATH = 4096, MAX_PARTIALS = 64 };
enum { SLOT_FREE = 0, SLOT_TAKEN, SLOT_SET };

typedef struct partial_slot {
    _Atomic int state;
    char path[MAX_PATH];
} partial_slot;

static partial_slot partials[MAX_PARTIALS];

struct td_writer {
    int fd;
    int first_errno; /* of the first failed write, 0 = none */
    int slot;        /* of the partial file in the table, -1 = not there */
    int is_in_place; /* no partial file: a device, a pipe, standard output */
    char *path;      /* target, owned */
    char *partial;   /* owned */
    char *buffer;    /* [BUFFER_BYTES] owned */
    uint64_t n;      /* bytes in the buffer */
};

/* Note a partial file; -1 when the table is full (then only the signal path misses it). */
static int partial_add(const char *path) {
    if (strlen(path) >= MAX_PATH) return -1;
    for (int i = 0; i < MAX_PARTIALS; i++) {
        int expected = SLOT_FREE;
        if (!atomic_compare_exchange_strong(&partials[i].state, &expected, SLOT_TAKEN)) continue;
        strcpy(partials[i].path, path);
        atomic_store(&partials[i].state, SLOT_SET);
        return i;
    }
    return -1;
}

static void partial_drop(int slot) {
    if (slot >= 0) atomic_store(&partials[slot].state, SLOT_FREE);
}

void td_file_remove_partials(void) {
    for (int i = 0; i < MAX_PARTIALS; i++) {
        if (atomic_load(&partials[i].state) == SLOT_SET) unlink(partials[i].path);
    }
}

/* Three kinds of target: standard output (a duplicate, so that closing it finds delayed errors and
 * the program can still print), something that is no regular file, a file to be. */
static td_status open_target(td_writer *writer, td_error *err) {
    struct stat info;
    if (strcmp(writer->path, "-") == 0) {
        writer->is_in_place = 1;
        writer->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    } else if (stat(writer->path, &info) == 0 && !S_ISREG(info.st_mode)) {
        writer->is_in_place = 1;
        writer->fd = open(writer->path, O_WRONLY | O_CLOEXEC); /* EISDIR for a folder */
    } else {
        writer->fd = open(writer->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (writer->fd >= 0) writer->slot = partial_add(writer->partial);
    }
    return writer->fd >= 0 ? TD_OK : td_file_fail(err, writer->path, "cannot write");
}

/* Names and buffer first: a failed allocation must not leave an empty partial file behind. */
static td_status prepare(td_writer *writer, const char *path, td_error *err) {
    writer->path = td_mem_text(path, err);
    if (writer->path == NULL) return TD_ERR_NOMEM;
    TD_NEW(writer->partial, strlen(path) + sizeof ".partial", err);
    strcpy(writer->partial, path);
    strcat(writer->partial, ".partial");
    TD_NEW(writer->buffer, BUFFER_BYTES, err);
    return open_target(writer, err);
}

static void writer_free(td_writer *writer) {
    td_mem_free(writer->path);
    td_mem_free(writer->partial);
    td_mem_free(writer->buffer);
    td_mem_free(writer);
}

td_status td_writer_open(td_writer **out, const char *path, td_error *err) {
    *out = NULL;
    td_writer *writer = td_mem_zeroed(1, sizeof *writer, err);
    if (writer == NULL) return TD_ERR_NOMEM;
    writer->fd = -1;
    writer->slot = -1;
    td_status status = prepare(writer, path, err);
    if (status != TD_OK)
        writer_free(writer);
    else
        *out = writer;
    return status;
}

/* Write all of it or keep the error. */
static void write_all(td_writer *writer, const char *bytes, uint64_t n) {
    while (n > 0 && writer->first_errno == 0) {
        ssize_t done = write(writer->fd, bytes, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            writer->first_errno = errno;
        } else {
            bytes += done;
            n -= (uint64_t)done;
        }
    }
}

/* After a failure the buffer is emptied all the same: later pieces must find room. */
static void flush(td_writer *writer) {
    write_all(writer, writer->buffer, writer->n);
    writer->n = 0;
}

/* Room for n <= BUFFER_BYTES bytes at the end of the buffer. */
static char *reserve(td_writer *writer, uint64_t n) {
    if (BUFFER_BYTES - writer->n < n) flush(writer);
    return writer->buffer + writer->n;
}

void td_writer_bytes(td_writer *writer, const void *bytes, uint64_t n) {
    if (n == 0) return; /* bytes may be NULL */
    if (n > BUFFER_BYTES) {
        flush(writer);
        write_all(writer, bytes, n);
        return;
    }
    memcpy(reserve(writer, n), bytes, n);
    writer->n += n;
}

void td_writer_text(td_writer *writer, const char *text) {
    td_writer_bytes(writer, text, strlen(text));
}

void td_writer_i64(td_writer *writer, int64_t value) {
    writer->n += td_format_i64(reserve(writer, TD_NUM_TEXT), value);
}

void td_writer_u64(td_writer *writer, uint64_t value) {
    writer->n += td_format_u64(reserve(writer, TD_NUM_TEXT), value);
}

void td_writer_f64(td_writer *writer, double value) {
    writer->n += td_format_f64(reserve(writer, TD_NUM_TEXT), value);
}

/* Formats straight into the buffer; when the text does not fit behind what is there, flush and do
 * it again. A text longer than the whole buffer is refused rather than cut. */
void td_writer_printf(td_writer *writer, const char *fmt, ...) {
    va_list args;
    va_list again;
    va_start(args, fmt);
    va_copy(again, args);
    uint64_t room = BUFFER_BYTES - writer->n;
    int n = vsnprintf(writer->buffer + writer->n, room, fmt, args);
    if (n >= 0 && (uint64_t)n >= room) {
        flush(writer);
        n = vsnprintf(writer->buffer, BUFFER_BYTES, fmt, again);
    }
    va_end(args);
    va_end(again);
    if (n < 0 || n >= BUFFER_BYTES) {
        if (writer->first_errno == 0) writer->first_errno = n < 0 ? EILSEQ : EOVERFLOW;
        return;
    }
    writer->n += (uint64_t)n;
}

/* Make the new name durable; a file system that cannot sync a folder is left alone. */
static void sync_folder(const char *path) {
    char folder[MAX_PATH];
    const char *slash = strrchr(path, '/');
    uint64_t n = slash == NULL ? 0 : (uint64_t)(slash - path) + (slash == path);
    if (n >= sizeof folder) return;
    memcpy(folder, path, n);
    folder[n] = '\0';
    int fd = open(n == 0 ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

/* Flush, sync and close; the first error in errno and -1. Pipes and devices refuse fsync with
 * EINVAL or EROFS. */
static int finish(td_writer *writer) {
    flush(writer);
    if (writer->first_errno == 0 && fsync(writer->fd) != 0 && !writer->is_in_place) {
        writer->first_errno = errno;
    }
    if (close(writer->fd) != 0 && writer->first_errno == 0) writer->first_errno = errno;
    writer->fd = -1;
    errno = writer->first_errno;
    return writer->first_errno == 0 ? 0 : -1;
}

/* A failure at any step ends like td_writer_abort: the target is untouched. Once the rename is done
 * the new file is there, whatever the folder's fsync says. */
td_status td_writer_commit(td_writer *writer, td_error *err) {
    td_status status = TD_OK;
    const char *name = strcmp(writer->path, "-") == 0 ? "standard output" : writer->path;
    if (finish(writer) != 0) {
        status = td_file_fail(err, name, "cannot write");
    } else if (!writer->is_in_place && rename(writer->partial, writer->path) != 0) {
        status = td_file_fail(err, name, "cannot rename into place");
    }
    if (status != TD_OK) {
        td_writer_abort(writer);
        return status;
    }
    partial_drop(writer->slot);
    if (!writer->is_in_place) sync_folder(writer->path);
    writer_free(writer);
    return TD_OK;
}

void td_writer_abort(td_writer *writer) {
    if (writer == NULL) return;
    if (writer->fd >= 0) close(writer->fd);
    if (!writer->is_in_place) unlink(writer->partial);
    partial_drop(writer->slot);
    writer_free(writer);
}

td_status td_file_write(const char *path, const void *bytes, uint64_t n, td_error *err) {
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, path, err));
    td_writer_bytes(writer, bytes, n);
    return td_writer_commit(writer, err);
}
