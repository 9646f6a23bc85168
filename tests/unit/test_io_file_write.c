/* tests/unit/test_io_file_write.c: output files are whole or absent. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/file.h"
#include "tests/support/scratch.h"

typedef struct fixture {
    char folder[TD_SCRATCH_PATH];
    char path[TD_SCRATCH_PATH + 32];
    char partial[TD_SCRATCH_PATH + 32];
} fixture;

static fixture make_fixture(void) {
    fixture f;
    td_test_scratch_folder(f.folder);
    snprintf(f.path, sizeof f.path, "%s/out.csv", f.folder);
    snprintf(f.partial, sizeof f.partial, "%s/out.csv.partial", f.folder);
    return f;
}

static td_writer *open_writer(const char *path) {
    td_writer *writer = NULL;
    td_error err = {0};
    cr_assert_eq(td_writer_open(&writer, path, &err), TD_OK, "%s", err.text);
    return writer;
}

static void put_file(const char *path, const char *text) {
    td_writer *writer = open_writer(path);
    td_writer_text(writer, text);
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
}

static void expect_content(const char *path, const char *text) {
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, path, NULL), TD_OK);
    td_bytes bytes = td_file_bytes(file);
    cr_assert_eq(bytes.n, strlen(text));
    cr_assert_eq(memcmp(bytes.data, text, bytes.n), 0);
    td_file_close(file);
}

static void clean(const fixture *f) {
    cr_assert_eq(td_path_remove(f->folder, NULL), TD_OK);
    cr_assert_eq(td_path_exists(f->folder), 0);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_file_write, the_target_appears_at_commit_only) {
    fixture f = make_fixture();
    put_file(f.path, "old");
    td_writer *writer = open_writer(f.path);
    td_writer_text(writer, "new ");
    td_writer_i64(writer, -5);
    td_writer_u64(writer, UINT64_MAX);
    td_writer_f64(writer, 0.25);
    td_writer_printf(writer, "[%03d]", 7);
    cr_assert(td_path_exists(f.partial));
    expect_content(f.path, "old");
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
    cr_assert_not(td_path_exists(f.partial));
    expect_content(f.path, "new -5184467440737095516150.25[007]");
    clean(&f);
}

Test(io_file_write, abort_leaves_the_old_file) {
    fixture f = make_fixture();
    put_file(f.path, "old");
    td_writer *writer = open_writer(f.path);
    td_writer_text(writer, "new");
    td_writer_abort(writer);
    td_writer_abort(NULL);
    cr_assert_not(td_path_exists(f.partial));
    expect_content(f.path, "old");
    clean(&f);
}

Test(io_file_write, long_pieces_pass_the_buffer_whole) {
    fixture f = make_fixture();
    uint64_t n = 700001;
    char *text;
    text = td_mem_array(n + 1, 1, NULL);
    for (uint64_t i = 0; i < n; i++) text[i] = (char)('a' + i % 23);
    text[n] = '\0';
    td_writer *writer = open_writer(f.path);
    for (uint64_t at = 0, step = 1; at < n; at += step, step = step * 3 + 1) {
        if (step > n - at) step = n - at;
        td_writer_bytes(writer, text + at, step);
    }
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
    expect_content(f.path, text);
    writer = open_writer(f.path);
    td_writer_bytes(writer, text, 262000);
    td_writer_printf(writer, "%.200000s", text); /* does not fit behind it: flushed first */
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, f.path, NULL), TD_OK);
    cr_assert_eq(td_file_bytes(file).n, 462000);
    cr_assert_eq(memcmp(td_file_bytes(file).data + 262000, text, 200000), 0);
    td_file_close(file);
    writer = open_writer(f.path);
    td_writer_printf(writer, "%s", text); /* longer than the buffer: refused, not cut */
    cr_assert_eq(td_writer_commit(writer, NULL), TD_ERR_IO);
    td_mem_free(text);
    clean(&f);
}

Test(io_file_write, a_full_disk_is_an_error_at_commit) {
    td_error err = {0};
    td_writer *writer = open_writer("/dev/full");
    td_writer_text(writer, "x");
    cr_assert_eq(td_writer_commit(writer, &err), TD_ERR_IO);
    cr_assert_str_eq(err.file, "/dev/full");
    cr_assert_str_eq(err.text, "cannot write: No space left on device");
    cr_assert_not(td_path_exists("/dev/full.partial"));
    cr_assert(td_path_exists("/dev/full"));
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_file_write, a_closed_pipe_is_an_error_at_commit) {
    signal(SIGPIPE, SIG_IGN);
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
    td_error err = {0};
    td_writer *writer = open_writer(path);
    close(ends[0]);
    for (int i = 0; i < 100000; i++) td_writer_text(writer, "0123456789");
    cr_assert_eq(td_writer_commit(writer, &err), TD_ERR_IO);
    cr_assert_str_eq(err.text, "cannot write: Broken pipe");
}

Test(io_file_write, standard_output_is_checked_and_stays_open) {
    int full = open("/dev/full", O_WRONLY);
    int saved = dup(STDOUT_FILENO);
    dup2(full, STDOUT_FILENO);
    td_error err = {0};
    td_writer *writer = open_writer("-");
    td_writer_text(writer, "{}");
    td_status status = td_writer_commit(writer, &err);
    int is_open = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
    dup2(saved, STDOUT_FILENO);
    cr_assert_eq(status, TD_ERR_IO);
    cr_assert_str_eq(err.file, "standard output");
    cr_assert(is_open);
}

Test(io_file_write, impossible_targets_are_refused_at_open) {
    fixture f = make_fixture();
    td_writer *writer = NULL;
    td_error err = {0};
    cr_assert_eq(td_writer_open(&writer, f.folder, &err), TD_ERR_IO);
    cr_assert_str_eq(err.text, "cannot write: Is a directory");
    cr_assert_eq(td_writer_open(&writer, "/nonexistent/out.csv", &err), TD_ERR_IO);
    cr_assert_str_eq(err.file, "/nonexistent/out.csv");
    cr_assert_str_eq(err.text, "cannot write: No such file or directory");
    cr_assert_null(writer);
    clean(&f);
}

Test(io_file_write, a_target_that_becomes_a_folder_fails_at_commit_without_a_trace) {
    fixture f = make_fixture();
    td_writer *writer = open_writer(f.path);
    cr_assert_eq(mkdir(f.path, 0777), 0);
    td_error err = {0};
    cr_assert_eq(td_writer_commit(writer, &err), TD_ERR_IO);
    cr_assert_not(td_path_exists(f.partial));
    clean(&f);
}

Test(io_file_write, the_signal_path_removes_open_partials_only) {
    fixture f = make_fixture();
    td_writer *first = open_writer(f.path);
    char other[TD_SCRATCH_PATH + 32];
    snprintf(other, sizeof other, "%s/other.csv", f.folder);
    put_file(other, "done");
    char third[TD_SCRATCH_PATH + 32];
    snprintf(third, sizeof third, "%s/third.csv", f.folder);
    td_writer *second = open_writer(third);
    td_file_remove_partials();
    cr_assert_not(td_path_exists(f.partial));
    cr_assert(td_path_exists(other));
    strcat(third, ".partial");
    cr_assert_not(td_path_exists(third));
    td_writer_abort(first);
    td_writer_abort(second);
    clean(&f);
}

Test(io_file_write, more_writers_than_the_table_holds_still_work) {
    fixture f = make_fixture();
    td_writer *writers[70];
    char path[TD_SCRATCH_PATH + 32];
    for (int i = 0; i < 70; i++) {
        snprintf(path, sizeof path, "%s/%d", f.folder, i);
        writers[i] = open_writer(path);
    }
    for (int i = 0; i < 70; i++) {
        if (i % 2 == 0)
            cr_assert_eq(td_writer_commit(writers[i], NULL), TD_OK);
        else
            td_writer_abort(writers[i]);
    }
    for (int i = 0; i < 70; i++) {
        snprintf(path, sizeof path, "%s/%d", f.folder, i);
        cr_assert_eq(td_path_exists(path), i % 2 == 0);
        strcat(path, ".partial");
        cr_assert_not(td_path_exists(path));
    }
    clean(&f);
}

Test(io_file_write, every_failing_allocation_of_open_leaves_nothing) {
    fixture f = make_fixture();
    for (uint64_t at = 1; at <= 4; at++) {
        td_writer *writer = NULL;
        td_mem_fail_after(at);
        cr_assert_eq(td_writer_open(&writer, f.path, NULL), TD_ERR_NOMEM);
        td_mem_fail_after(0);
        cr_assert_not(td_path_exists(f.partial));
        cr_assert_eq(td_mem_live_bytes(), 0);
    }
    clean(&f);
}

Test(io_file_write, paths_are_joined_found_made_and_removed) {
    fixture f = make_fixture();
    td_error err = {0};
    char path[TD_SCRATCH_PATH + 64];
    cr_assert_eq(td_path_join(path, sizeof path, "a/", "b", NULL), TD_OK);
    cr_assert_str_eq(path, "a/b");
    cr_assert_eq(td_path_join(path, 4, "a", "b", NULL), TD_OK);
    cr_assert_eq(td_path_join(path, 3, "a", "b", &err), TD_ERR_RANGE);
    cr_assert_eq(td_path_find(path, sizeof path, f.folder, "log.csv", &err), TD_ERR_IO);
    cr_assert_str_eq(err.text, "holds no log.csv (nor .gz, .zst)");
    cr_assert_eq(td_path_find(path, sizeof path, "/nonexistent", "log.csv", &err), TD_ERR_IO);
    cr_assert_str_eq(err.text, "no such folder");

    char deep[TD_SCRATCH_PATH + 64];
    snprintf(deep, sizeof deep, "%s/a/b//c/", f.folder);
    cr_assert_eq(td_folder_make(deep, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_folder_make(deep, &err), TD_OK);
    cr_assert(td_path_is_folder(deep));
    strcat(deep, "log.csv.zst");
    put_file(deep, "x");
    snprintf(deep, sizeof deep, "%s/a/b/c", f.folder);
    cr_assert_eq(td_path_find(path, sizeof path, deep, "log.csv", NULL), TD_OK);
    cr_assert_eq(td_folder_make(path, &err), TD_ERR_IO, "a file stands there");

    char moved[TD_SCRATCH_PATH + 64];
    snprintf(moved, sizeof moved, "%s/moved", f.folder);
    cr_assert_eq(td_path_rename(deep, moved, NULL), TD_OK);
    cr_assert_eq(td_path_rename(deep, moved, &err), TD_ERR_IO);
    cr_assert_eq(symlink("/tmp", deep), 0);
    cr_assert_eq(td_path_remove(f.folder, &err), TD_OK, "%s", err.text);
    cr_assert(td_path_is_folder("/tmp"), "links are removed, not followed");
    cr_assert_eq(td_path_remove(f.folder, &err), TD_OK, "nothing there is no error");
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_file_write, the_machine_grants_at_least_one_core) {
    int cores = td_system_cores();
    cr_assert(cores >= 1 && cores <= sysconf(_SC_NPROCESSORS_CONF));
    cr_assert_gt(td_system_peak_bytes(), 100000);
}
