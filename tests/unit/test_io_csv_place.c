/* tests/unit/test_io_csv_place.c: a cell of a table is found again in its file. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/csv_place.h"
#include "tests/support/scratch.h"

/* Look for (column, row) in a file of these bytes; err receives the answer. */
static void place(td_error *err, const char *bytes, int has_header, const char *column,
                  uint64_t row) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, bytes, strlen(bytes));
    td_csv_options options = td_csv_options_default();
    options.has_header = has_header;
    td_csv_place cell = {path, &options, column, row};
    cr_assert_eq(td_csv_fail_place(&cell, "is odd", err), TD_ERR_FORMAT);
    unlink(path);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_place, line_and_column_below_a_header) {
    td_error err = {0};
    place(&err, "y,abc\n1,2\n0,345\n", 1, "abc", 1);
    cr_assert_eq(err.line, 3);
    cr_assert_eq(err.column, 3);
    cr_assert_str_eq(err.text, "is odd (column abc: '345')");
}

Test(io_csv_place, names_without_a_header_are_numbers) {
    td_error err = {0};
    place(&err, "1\t2\t3\n4\t5\t6\n", 0, "c2", 1);
    cr_assert_eq(err.line, 2);
    cr_assert_eq(err.column, 5);
    cr_assert_str_eq(err.text, "is odd (column c2: '6')");
}

/* Line ends inside quotes count as lines of the file but not as rows. */
Test(io_csv_place, quotes_move_lines_and_not_rows) {
    td_error err = {0};
    place(&err, "\xEF\xBB\xBF\"a\nb\",y\r\n\"1\r\n2\",7\r\nx,8\r\n", 1, "y", 1);
    cr_assert_eq(err.line, 5);
    cr_assert_eq(err.column, 3);
    cr_assert_str_eq(err.text, "is odd (column y: '8')");
}

/* Rows far into a file lie in later pieces. */
Test(io_csv_place, rows_of_later_pieces) {
    enum { N = 400000 };
    char *bytes = td_mem_array(N * 8 + 16, 1, NULL);
    uint64_t n = (uint64_t)sprintf(bytes, "y\n");
    for (int i = 0; i < N; i++) n += (uint64_t)sprintf(bytes + n, "%d\n", i);
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, bytes, n);
    td_mem_free(bytes);
    td_csv_options options = td_csv_options_default();
    td_error err = {0};
    td_csv_place cell = {path, &options, "y", 399999};
    cr_assert_eq(td_csv_fail_place(&cell, "is odd", &err), TD_ERR_FORMAT);
    unlink(path);
    cr_assert_eq(err.line, 400001);
    cr_assert_str_eq(err.text, "is odd (column y: '399999')");
}

/* A file that is gone, or that has changed, still gives an error with the row. */
Test(io_csv_place, a_lost_file_is_told_by_row) {
    td_csv_options options = td_csv_options_default();
    td_csv_place cell = {"/no/such/file.csv", &options, "y", 6};
    td_error err = {0};
    cr_assert_eq(td_csv_fail_place(&cell, "is odd", &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "is odd (column y, row 7)");
    cr_assert_str_eq(err.file, "/no/such/file.csv");
    place(&err, "y\n1\n", 1, "y", 5);
    cr_assert_str_eq(err.text, "is odd (column y, row 6)");
    place(&err, "y\n1\n", 1, "z", 0);
    cr_assert_str_eq(err.text, "is odd (column z, row 1)");
    cr_assert_eq(td_mem_live_bytes(), 0);
}
