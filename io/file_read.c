/* io/file_read.c: a whole file as one block of bytes.
 *
 * 1. open and fstat: a folder is refused, a regular file is mapped, anything else (a pipe) is read
 *    to its end into the heap.
 * 2. The first bytes tell gzip (1f 8b) and zstd (28 b5 2f fd, or a skippable frame) from text;
 *    archives are inflated into the heap by io/file_inflate.c.
 *
 * Padding: readers load whole vectors, so 64 bytes behind the end must be readable. A mapping ends
 * at a page border, which may be the file's last byte; so the pages are reserved first and the file
 * is laid over their beginning:
 *
 *     anonymous  |0000|0000|0000|0000|      n bytes + padding, rounded up to pages
 *     file       |text|text|tex0|           MAP_FIXED over it; the rest of its last page is zero
 *
 * A file that another process shortens while it is mapped raises SIGBUS; that is not handled.
 *
 * Cost: mapping is free, pages come in as they are touched (read-ahead is asked for); an archive
 * costs its inflated size in memory. */
#include "io/file_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"

enum { READ_BYTES = 1 << 20 };

struct td_file {
    char *path;      /* as given, owned */
    td_bytes raw;    /* as on disk */
    char *read;      /* heap block of raw when it was read, NULL when mapped */
    uint64_t mapped; /* bytes of the mapping, 0 when read */
    char *inflated;  /* heap block, NULL for a plain file */
    td_bytes text;   /* what td_file_bytes gives */
};

td_status td_file_fail(td_error *err, const char *path, const char *doing) {
    char reason[128];
    int number = errno;
    if (strerror_r(number, reason, sizeof reason) != 0) reason[0] = '\0';
    return td_fail_at(err, TD_ERR_IO, path, 0, 0, "%s: %s", doing, reason);
}

/* Lay the file over reserved pages; see the drawing above. */
static td_status map_file(td_file *file, int fd, uint64_t n, td_error *err) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes = (n + TD_FILE_PADDING + page - 1) / page * page;
    char *base = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return td_file_fail(err, file->path, "cannot map");
    if (n > 0 && mmap(base, n, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        td_file_fail(err, file->path, "cannot map");
        munmap(base, bytes);
        return TD_ERR_IO;
    }
    if (n > 0) madvise(base, n, MADV_WILLNEED);
    file->mapped = bytes;
    file->raw = (td_bytes){base, n};
    return TD_OK;
}

/* Read a pipe to its end. */
static td_status read_all(td_file *file, int fd, td_error *err) {
    uint64_t n = 0;
    uint64_t room = 0;
    for (;;) {
        if (room < n + READ_BYTES + TD_FILE_PADDING) {
            room = 2 * room + 2 * READ_BYTES;
            char *grown = td_mem_resize(file->read, room, 1, err);
            if (grown == NULL) return TD_ERR_NOMEM;
            file->read = grown;
        }
        ssize_t got = read(fd, file->read + n, READ_BYTES);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return td_file_fail(err, file->path, "cannot read");
        if (got == 0) break;
        n += (uint64_t)got;
    }
    memset(file->read + n, 0, TD_FILE_PADDING);
    file->raw = (td_bytes){file->read, n};
    return TD_OK;
}

static td_status load(td_file *file, int fd, td_error *err) {
    struct stat info;
    if (fstat(fd, &info) != 0) return td_file_fail(err, file->path, "cannot read");
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return td_file_fail(err, file->path, "cannot read");
    }
    if (S_ISREG(info.st_mode))
        TD_TRY(map_file(file, fd, (uint64_t)info.st_size, err));
    else
        TD_TRY(read_all(file, fd, err));
    file->text = file->raw;
    if (!td_inflate_is_archive(file->raw)) return TD_OK;
    TD_TRY(td_inflate(&file->inflated, &file->text.n, file->raw, file->path, err));
    file->text.data = file->inflated;
    return TD_OK;
}

td_status td_file_open(td_file **out, const char *path, td_error *err) {
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return td_file_fail(err, path, "cannot open");
    td_file *file = td_mem_zeroed(1, sizeof *file, err);
    td_status status = file == NULL ? TD_ERR_NOMEM : TD_OK;
    if (status == TD_OK) {
        file->path = td_mem_text(path, err);
        status = file->path == NULL ? TD_ERR_NOMEM : load(file, fd, err);
    }
    close(fd);
    if (status != TD_OK)
        td_file_close(file);
    else
        *out = file;
    return status;
}

td_status td_file_view(td_file **out, td_bytes bytes, const char *name, td_error *err) {
    *out = NULL;
    td_file *file = td_mem_zeroed(1, sizeof *file, err);
    if (file == NULL) return TD_ERR_NOMEM;
    file->raw = file->text = bytes;
    file->path = td_mem_text(name, err);
    if (file->path == NULL) {
        td_mem_free(file);
        return TD_ERR_NOMEM;
    }
    *out = file;
    return TD_OK;
}

td_bytes td_file_bytes(const td_file *file) { return file->text; }

td_bytes td_file_raw_bytes(const td_file *file) { return file->raw; }

const char *td_file_path(const td_file *file) { return file->path; }

/* The kernel maps pages around the one that is touched, within a window of 64 KiB: the windows at
 * both ends go as well. A neighbour that is still being read gets them again. */
void td_file_release(const td_file *file, const char *begin, const char *end) {
    enum { WINDOW = 1 << 16 };
    if (file == NULL || file->mapped == 0 || file->inflated != NULL) return;
    uintptr_t first = (uintptr_t)file->raw.data, behind = first + file->mapped;
    uintptr_t from = (uintptr_t)begin & ~(uintptr_t)(WINDOW - 1);
    uintptr_t to = ((uintptr_t)end + WINDOW - 1) & ~(uintptr_t)(WINDOW - 1);
    if (from < first) from = first;
    if (to > behind) to = behind;
    madvise((void *)from, to - from, MADV_DONTNEED);
}

void td_file_close(td_file *file) {
    if (file == NULL) return;
    if (file->mapped > 0) munmap((void *)(uintptr_t)file->raw.data, file->mapped);
    td_mem_free(file->read);
    td_mem_free(file->inflated);
    td_mem_free(file->path);
    td_mem_free(file);
}
