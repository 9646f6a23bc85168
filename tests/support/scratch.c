/* tests/support/scratch.c: see scratch.h. */
#include "tests/support/scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void template_of(char *path) {
    const char *folder = getenv("TMPDIR");
    snprintf(path, TD_SCRATCH_PATH, "%s/tundish_XXXXXX", folder != NULL ? folder : "/tmp");
}

void td_test_scratch_file(char path[TD_SCRATCH_PATH], const void *bytes, uint64_t n) {
    template_of(path);
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

void td_test_scratch_folder(char path[TD_SCRATCH_PATH]) {
    template_of(path);
    cr_assert_not_null(mkdtemp(path));
}
