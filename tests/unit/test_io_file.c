/* tests/unit/test_io_file.c: reading whole files, plain and packed, and what can go wrong. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/mem.h"
#include "io/file.h"
#include "tests/support/scratch.h"

/* Open a file with these bytes, expect success and this text, padding included. */
static void expect_text(const void *bytes, uint64_t n, const void *text, uint64_t n_text) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, bytes, n);
    td_error err = {0};
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, path, &err), TD_OK, "%s", err.text);
    unlink(path);
    cr_assert_str_eq(td_file_path(file), path);
    td_bytes raw = td_file_raw_bytes(file);
    cr_assert(raw.n == n && (n == 0 || memcmp(raw.data, bytes, n) == 0));
    td_bytes got = td_file_bytes(file);
    cr_assert_eq(got.n, n_text);
    cr_assert(n_text == 0 || memcmp(got.data, text, n_text) == 0);
    for (int i = 0; i < TD_FILE_PADDING; i++) cr_assert_eq(got.data[got.n + (uint64_t)i], 0);
    td_file_close(file);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Open a file with these bytes, expect a failure whose text holds `part`. */
static void expect_failure(const void *bytes, uint64_t n, td_status status, const char *part) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, bytes, n);
    td_error err = {0};
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, path, &err), status);
    unlink(path);
    cr_assert_null(file);
    cr_assert_str_eq(err.file, path);
    cr_assert(strstr(err.text, part) != NULL, "'%s' not in '%s'", part, err.text);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void expect_open_error(const char *path, const char *part) {
    td_error err = {0};
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, path, &err), TD_ERR_IO);
    cr_assert_str_eq(err.file, path);
    cr_assert(strstr(err.text, part) != NULL, "'%s' not in '%s'", part, err.text);
}

static uint64_t gzip(char *out, uint64_t room, const char *text, uint64_t n) {
    z_stream stream = {0};
    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (uInt)n;
    stream.next_out = (unsigned char *)out;
    stream.avail_out = (uInt)room;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    uint64_t packed = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

/* 300 KB of text that packs well, so that the output block has to grow. */
static char *long_text(uint64_t *n) {
    *n = 300000;
    char *text = malloc(*n);
    for (uint64_t i = 0; i < *n; i++) text[i] = (char)('a' + i / 7 % 26);
    return text;
}

Test(io_file, plain_files_of_every_size_around_a_page_are_mapped_and_padded) {
    static char bytes[3 * 4096];
    memset(bytes, 'x', sizeof bytes);
    static const uint64_t sizes[] = {0, 1, 63, 64, 4031, 4032, 4033, 4095, 4096, 4097, 8192, 12288};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        expect_text(bytes, sizes[i], bytes, sizes[i]);
    }
}

Test(io_file, gzip_and_zstd_are_inflated_by_content) {
    uint64_t n;
    char *text = long_text(&n);
    static char packed[100000];
    uint64_t n_gzip = gzip(packed, sizeof packed, text, n);
    expect_text(packed, n_gzip, text, n);
    uint64_t n_zstd = ZSTD_compress(packed, sizeof packed, text, n, 3);
    expect_text(packed, n_zstd, text, n);
    expect_text(packed, gzip(packed, sizeof packed, "", 0), "", 0);
    expect_text(packed, ZSTD_compress(packed, sizeof packed, "", 0, 3), "", 0);
    free(text);
}

Test(io_file, members_and_frames_in_a_row_are_one_text) {
    char packed[512];
    uint64_t n = gzip(packed, sizeof packed, "first,", 6);
    n += gzip(packed + n, sizeof packed - n, "", 0);
    n += gzip(packed + n, sizeof packed - n, "second", 6);
    memset(packed + n, 0, 20);
    expect_text(packed, n + 20, "first,second", 12);
    n = ZSTD_compress(packed, sizeof packed, "first,", 6, 3);
    memcpy(packed + n, "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11); /* a skippable frame */
    n += 11;
    n += ZSTD_compress(packed + n, sizeof packed - n, "second", 6, 3);
    expect_text(packed, n, "first,second", 12);
}

Test(io_file, archives_cut_off_anywhere_are_errors) {
    char text[200];
    for (int i = 0; i < 200; i++) text[i] = (char)(i * 37);
    char packed[512];
    uint64_t n = gzip(packed, sizeof packed, text, sizeof text);
    for (uint64_t cut = 2; cut < n; cut++) {
        expect_failure(packed, cut, TD_ERR_FORMAT, "damaged gzip archive: it ends too early");
    }
    n = ZSTD_compress(packed, sizeof packed, text, sizeof text, 3);
    for (uint64_t cut = 4; cut < n; cut++) {
        expect_failure(packed, cut, TD_ERR_FORMAT, "damaged zstd archive: it ends too early");
    }
}

Test(io_file, damage_and_trailing_garbage_are_errors) {
    char packed[512];
    uint64_t n = gzip(packed, sizeof packed, "some text", 9);
    memcpy(packed + n, "trash", 5);
    expect_failure(packed, n + 5, TD_ERR_FORMAT, "damaged gzip archive");
    packed[n - 5] ^= 1; /* the checksum's last byte */
    expect_failure(packed, n, TD_ERR_FORMAT, "damaged gzip archive: incorrect data check");
    n = ZSTD_compress(packed, sizeof packed, "some text", 9, 3);
    memcpy(packed + n, "trash", 5);
    expect_failure(packed, n + 5, TD_ERR_FORMAT, "damaged zstd archive");
}

Test(io_file, missing_files_folders_and_unreadable_files_are_named) {
    expect_open_error("/nonexistent/events.csv", "No such file or directory");
    expect_open_error("", "No such file or directory");
    char folder[TD_SCRATCH_PATH];
    td_test_scratch_folder(folder);
    expect_open_error(folder, "Is a directory");
    rmdir(folder);
    if (geteuid() == 0) return; /* root may read everything */
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, "x", 1);
    chmod(path, 0);
    expect_open_error(path, "Permission denied");
    unlink(path);
}

Test(io_file, a_pipe_is_read_to_its_end) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "a,b\n1,2\n", 8), 8);
    close(ends[1]);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    td_file *file = NULL;
    td_error err = {0};
    cr_assert_eq(td_file_open(&file, path, &err), TD_OK, "%s", err.text);
    td_bytes text = td_file_bytes(file);
    cr_assert(text.n == 8 && memcmp(text.data, "a,b\n1,2\n\0\0", 10) == 0);
    td_file_close(file);
    close(ends[0]);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_file, every_failing_allocation_is_reported_and_nothing_stays) {
    uint64_t n;
    char *text = long_text(&n);
    static char packed[2][100000];
    uint64_t size[2] = {gzip(packed[0], sizeof packed[0], text, n),
                        ZSTD_compress(packed[1], sizeof packed[1], text, n, 3)};
    for (int kind = 0; kind < 2; kind++) {
        char path[TD_SCRATCH_PATH];
        td_test_scratch_file(path, packed[kind], size[kind]);
        td_status status = TD_ERR_NOMEM;
        int n_failed = 0;
        for (uint64_t at = 1; status != TD_OK; at++, n_failed++) {
            td_file *file = NULL;
            td_error err = {0};
            td_mem_fail_after(at);
            status = td_file_open(&file, path, &err);
            td_mem_fail_after(0);
            cr_assert(status == TD_OK || status == TD_ERR_NOMEM, "%s", err.text);
            td_file_close(file);
            cr_assert_eq(td_mem_live_bytes(), 0);
        }
        cr_assert_gt(n_failed, 3);
        unlink(path);
    }
    free(text);
}

Test(io_file, released_pages_come_back_with_the_same_text) {
    enum { N = 1 << 19 };
    char *text = malloc(N), path[TD_SCRATCH_PATH];
    for (int i = 0; i < N; i++) text[i] = (char)('a' + i % 23);
    td_test_scratch_file(path, text, N);
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, path, NULL), TD_OK);
    td_bytes bytes = td_file_bytes(file);
    cr_assert_eq(memcmp(bytes.data, text, N), 0);
    td_file_release(file, bytes.data + 100, bytes.data + N - 5);
    td_file_release(file, bytes.data, bytes.data + N);
    cr_assert_eq(memcmp(bytes.data, text, N), 0);
    for (int i = 0; i < TD_FILE_PADDING; i++) cr_assert_eq(bytes.data[N + i], 0);
    td_file_close(file);
    td_file_release(NULL, text, text + N); /* no file: nothing happens */
    unlink(path);
    free(text);
}
