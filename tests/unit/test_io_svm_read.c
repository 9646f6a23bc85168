/* tests/unit/test_io_svm_read.c: LibSVM text into tables, bad text into errors. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/svm_read.h"
#include "tests/support/scratch.h"

static td_status read_text(td_table *out, const char *text, const td_csv_options *options,
                           const td_exec *exec, td_error *err) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, text, strlen(text));
    td_status status = td_svm_read(out, path, options, exec, err);
    unlink(path);
    return status;
}

static void expect_row(const td_table *t, uint64_t row, const double *want) {
    for (uint32_t c = 0; c < t->n_columns; c++)
        cr_assert_eq(t->column[c].number[row], want[c], "row %d, %s", (int)row, t->column[c].name);
}

Test(io_svm_read, labels_and_features_with_zeros_between) {
    td_csv_options options = td_csv_options_default();
    td_table t;
    td_error err = {0};
    td_status status = read_text(&t, "# remark\n+1 1:0.5 3:-2e1 # more\r\n\n-1\t2:7\n  0.25  \n",
                                 &options, NULL, &err);
    cr_assert_eq(status, TD_OK, "%s", err.text);
    cr_assert(t.n_rows == 3 && t.n_columns == 4);
    cr_assert_str_eq(t.column[0].name, "label");
    cr_assert_str_eq(t.column[3].name, "f3");
    expect_row(&t, 0, (double[]){1, 0.5, 0, -20});
    expect_row(&t, 1, (double[]){-1, 0, 7, 0});
    expect_row(&t, 2, (double[]){0.25, 0, 0, 0});
    td_table_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_svm_read, features_from_zero_have_a_column_f0) {
    td_csv_options options = td_csv_options_default();
    td_table t;
    cr_assert_eq(read_text(&t, "1 0:4 1:5\n0 1:6\n", &options, NULL, NULL), TD_OK);
    cr_assert(t.n_columns == 3);
    cr_assert_str_eq(t.column[1].name, "f0");
    expect_row(&t, 1, (double[]){0, 0, 6});
    td_table_free(&t);
}

Test(io_svm_read, columns_asked_for_are_there_even_if_no_row_has_them) {
    static const char *const only[] = {"f5", "f0", "f2"};
    td_csv_options options = td_csv_options_default();
    options.only = only, options.n_only = 3;
    td_table t;
    cr_assert_eq(read_text(&t, "1 2:4 3:9\n0 9:1\n", &options, NULL, NULL), TD_OK);
    cr_assert(t.n_columns == 3);
    cr_assert_str_eq(t.column[0].name, "f0");
    cr_assert_str_eq(t.column[2].name, "f5");
    expect_row(&t, 0, (double[]){0, 4, 0});
    expect_row(&t, 1, (double[]){0, 0, 0});
    td_table_free(&t);
}

Test(io_svm_read, a_category_has_the_texts_of_its_numbers) {
    static const char *const text[] = {"f1"}, *const ignore[] = {"f2"};
    td_csv_options options = td_csv_options_default();
    options.categorical = text, options.n_categorical = 1;
    options.ignore = ignore, options.n_ignore = 1;
    td_table t;
    cr_assert_eq(read_text(&t, "1 1:20 2:1\n0 2:3\n0 1:3\n", &options, NULL, NULL), TD_OK);
    cr_assert(t.n_columns == 2 && t.column[1].kind == TD_COLUMN_CATEGORY);
    cr_assert(t.column[1].dict.n == 3);
    cr_assert_eq(memcmp(t.column[1].dict.bytes, "0203", 4), 0);
    cr_assert(t.column[1].code[0] == 1 && t.column[1].code[1] == 0 && t.column[1].code[2] == 2);
    td_table_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_svm_read, pieces_and_threads_do_not_matter) {
    static char text[40000];
    size_t n = 0;
    for (int i = 0; i < 1000; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%d %d:%d 40:%d\n", i % 2, 1 + i % 30, i,
                              -i);
    }
    td_table t[2];
    for (int k = 0; k < 2; k++) {
        td_csv_options options = td_csv_options_default();
        options.piece_bytes = k == 0 ? 0 : 100;
        td_exec exec = {.n_threads = 1 + 3 * k};
        cr_assert_eq(read_text(&t[k], text, &options, &exec, NULL), TD_OK);
    }
    cr_assert(t[0].n_rows == 1000 && t[1].n_rows == 1000 && t[1].n_columns == 41);
    for (uint32_t c = 0; c < 41; c++)
        cr_assert_eq(memcmp(t[0].column[c].number, t[1].column[c].number, 8000), 0);
    cr_assert_eq(t[0].column[40].number[999], -999);
    td_table_free(&t[0]);
    td_table_free(&t[1]);
}

Test(io_svm_read, bad_text_is_refused_with_its_place) {
    static const struct {
        const char *text;
        uint64_t line, column;
        const char *what;
    } bad[] = {{"1 1:2\n0 2:x\n", 2, 5, "not a number: 'x'"},
               {"one 1:2\n", 1, 1, "not a number: 'one'"},
               {"1 2:1 2:3\n", 1, 7, "features do not ascend: '2:3'"},
               {"1 3\n", 1, 3, "not feature:value: '3'"},
               {"1 qid:4 1:2\n", 1, 3, "queries for ranking are not read"},
               {"1 1000001:2\n", 1, 3, "a feature above 1000000"},
               {"1 1:1e999\n", 1, 5, "not a number"},
               {"# nothing\n\n", 0, 0, "holds no rows"},
               {"1 1:\"2\"\n", 0, 0, "quotes have no place"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        td_csv_options options = td_csv_options_default();
        td_table t;
        td_error err = {0};
        cr_assert_neq(read_text(&t, bad[i].text, &options, NULL, &err), TD_OK, "%s", bad[i].text);
        cr_assert(err.line == bad[i].line && err.column == bad[i].column, "%s: %d:%d", err.text,
                  (int)err.line, (int)err.column);
        cr_assert(strstr(err.text, bad[i].what) != NULL, "%s", err.text);
    }
    static const char *const only[] = {"x7"};
    td_csv_options options = td_csv_options_default();
    options.only = only, options.n_only = 1;
    td_table t;
    cr_assert_eq(read_text(&t, "1 1:2\n", &options, NULL, NULL), TD_ERR_ARG);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_svm_read, every_allocation_may_fail) {
    static const char *const text[] = {"f1"};
    td_csv_options options = td_csv_options_default();
    options.categorical = text, options.n_categorical = 1;
    td_status status = TD_ERR_NOMEM;
    for (uint64_t k = 1; status != TD_OK; k++) {
        td_table t;
        td_mem_fail_after(k);
        status = read_text(&t, "1 1:2\n0 1:3 2:2\n", &options, NULL, NULL);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM);
        td_table_free(&t);
        cr_assert_eq(td_mem_live_bytes(), 0, "allocation %d", (int)k);
    }
}
