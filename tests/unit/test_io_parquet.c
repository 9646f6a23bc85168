/* tests/unit/test_io_parquet.c: tables into Parquet files and back, files of other writers, damaged
 * files. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/file.h"
#include "io/parquet_read.h"
#include "io/parquet_write.h"
#include "tests/support/scratch.h"

/* A table that a function of (column, row) describes: one column of each kind, with and without
 * nulls. */
enum { N_MIXED = 8 };

static const char *const words[] = {"view", "", "addtocart", "Grüße", "transaction"};

typedef struct mixed {
    uint64_t n;
    uint64_t group_rows;
    td_textdict dict;
    char bytes[64];
    uint64_t begin[6];
    td_parquet_column column[N_MIXED];
} mixed;

static int64_t whole_at(uint32_t c, uint64_t row) {
    switch (c) {
    case 0: /* BOOL */
        return row % 3 == 0;
    case 1: /* I32, few values: a dictionary */
        return (int64_t)(row % 7) * 1000 - 3000;
    case 2: /* I64, all different */
        return INT64_MAX - (int64_t)(row * row);
    case 3: /* TIME */
        return INT64_C(1430622004384) + (int64_t)row * 60000;
    default: /* TEXT */
        return (int64_t)(row / 3 % 5);
    }
}

static double real_at(uint32_t c, uint64_t row) {
    if (c == 5) return row % 5 == 1 ? NAN : (double)row / 7 - 1;
    return row == 0 ? -0.0 : (double)(row / 100);
}

static int is_null_at(uint32_t c, uint64_t row) { return c == 7 && (row % 4 == 2 || row > 90); }

static void fill(td_parquet_cells *cells, const void *source, uint32_t c) {
    (void)source;
    for (uint64_t i = 0; i < cells->n; i++) {
        uint64_t row = cells->begin + i;
        if (c == 5 || c == 6)
            cells->real[i] = real_at(c, row);
        else
            cells->whole[i] = whole_at(c, row);
        if (is_null_at(c, row)) cells->is_null[i] = 1;
    }
}

static mixed *mixed_new(uint64_t n, uint64_t group_rows) {
    static mixed m;
    m = (mixed){.n = n, .group_rows = group_rows};
    for (uint32_t w = 0; w < 5; w++) {
        memcpy(m.bytes + m.begin[w], words[w], strlen(words[w]));
        m.begin[w + 1] = m.begin[w] + strlen(words[w]);
    }
    m.dict = (td_textdict){.n = 5, .begin = m.begin, .bytes = m.bytes};
    static const td_parquet_kind kind[N_MIXED] = {TD_PARQUET_BOOL, TD_PARQUET_I32,  TD_PARQUET_I64,
                                                  TD_PARQUET_TIME, TD_PARQUET_TEXT, TD_PARQUET_F64,
                                                  TD_PARQUET_F64,  TD_PARQUET_TEXT};
    static const char *const name[N_MIXED] = {"flag", "few",  "all",   "time",
                                              "kind", "real", "steps", "gaps"};
    for (int c = 0; c < N_MIXED; c++)
        m.column[c] = (td_parquet_column){name[c], kind[c], c == 5 || c == 7, &m.dict};
    return &m;
}

static td_status write_mixed(const char *path, const mixed *m, int n_threads, td_error *err) {
    static const td_parquet_note note[] = {{"run_id", "0123abcd"}, {"made for", "a test"}};
    td_parquet_source source = {.n_rows = m->n,
                                .n_columns = N_MIXED,
                                .column = m->column,
                                .fill = fill,
                                .n_notes = 2,
                                .note = note,
                                .group_rows = m->group_rows};
    td_exec exec = {.n_threads = n_threads};
    return td_parquet_write(path, &source, &exec, err);
}

static void scratch_path(char path[TD_SCRATCH_PATH]) { td_test_scratch_file(path, "", 0); }

static void expect_text(const td_column *column, uint64_t row, const char *text) {
    uint32_t code = column->code[row];
    cr_assert_neq(code, TD_CODE_NONE, "row %d", (int)row);
    uint64_t begin = column->dict.begin[code], n = column->dict.begin[code + 1] - begin;
    cr_assert(n == strlen(text) && memcmp(column->dict.bytes + begin, text, n) == 0, "row %d: %.*s",
              (int)row, (int)n, column->dict.bytes + begin);
}

static void expect_mixed(const td_table *t, uint64_t n) {
    cr_assert(t->n_rows == n && t->n_columns == N_MIXED);
    for (uint64_t row = 0; row < n; row++) {
        for (uint32_t c = 0; c < 4; c++)
            cr_assert_eq(t->column[c].number[row], (double)whole_at(c, row), "%d %d", (int)c,
                         (int)row);
        expect_text(&t->column[4], row, words[whole_at(4, row)]);
        for (uint32_t c = 5; c < 7; c++) {
            double want = real_at(c, row), got = t->column[c].number[row];
            cr_assert(isnan(want) ? isnan(got) : memcmp(&got, &want, 8) == 0, "%d %d", (int)c,
                      (int)row);
        }
        if (is_null_at(7, row))
            cr_assert_eq(t->column[7].code[row], TD_CODE_NONE);
        else
            expect_text(&t->column[7], row, words[whole_at(7, row)]);
    }
}

Test(io_parquet, every_kind_comes_back_for_any_size_of_row_groups) {
    static const uint64_t sizes[][2] = {{1, 0}, {7, 3}, {100, 100}, {100, 33}, {100, 8}, {3000, 0}};
    for (int i = 0; i < 6; i++) {
        char path[TD_SCRATCH_PATH];
        td_error err = {0};
        scratch_path(path);
        cr_assert_eq(write_mixed(path, mixed_new(sizes[i][0], sizes[i][1]), 1, &err), TD_OK, "%s",
                     err.text);
        td_table t;
        td_csv_options options = td_csv_options_default();
        cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_OK, "%s", err.text);
        expect_mixed(&t, sizes[i][0]);
        td_table_free(&t);
        unlink(path);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static td_bytes slurp(const char *path, td_file **file) {
    cr_assert_eq(td_file_open(file, path, NULL), TD_OK);
    return td_file_bytes(*file);
}

Test(io_parquet, the_bytes_do_not_depend_on_the_number_of_threads) {
    char path[2][TD_SCRATCH_PATH];
    td_file *file[2];
    td_bytes bytes[2];
    for (int i = 0; i < 2; i++) {
        scratch_path(path[i]);
        cr_assert_eq(write_mixed(path[i], mixed_new(5000, 700), i == 0 ? 1 : 5, NULL), TD_OK);
        bytes[i] = slurp(path[i], &file[i]);
    }
    cr_assert(bytes[0].n == bytes[1].n && memcmp(bytes[0].data, bytes[1].data, bytes[0].n) == 0);
    for (int i = 0; i < 2; i++) {
        td_file_close(file[i]);
        unlink(path[i]);
    }
}

Test(io_parquet, notes_and_rows_stand_in_the_footer) {
    char path[TD_SCRATCH_PATH], value[32];
    uint64_t rows = 0;
    scratch_path(path);
    cr_assert_eq(write_mixed(path, mixed_new(12, 5), 1, NULL), TD_OK);
    cr_assert_eq(td_parquet_note_read(&rows, value, sizeof value, path, "run_id", NULL), TD_OK);
    cr_assert_eq(rows, 12);
    cr_assert_str_eq(value, "0123abcd");
    cr_assert_eq(td_parquet_note_read(&rows, value, sizeof value, path, "none", NULL), TD_OK);
    cr_assert_str_eq(value, "");
    unlink(path);
}

Test(io_parquet, options_choose_columns_and_their_kinds) {
    char path[TD_SCRATCH_PATH];
    scratch_path(path);
    cr_assert_eq(write_mixed(path, mixed_new(9, 4), 1, NULL), TD_OK);
    static const char *const only[] = {"flag", "all", "few"}, *const text[] = {"all", "flag"};
    td_csv_options options = td_csv_options_default();
    options.only = only, options.n_only = 3;
    options.categorical = text, options.n_categorical = 2;
    td_table t;
    td_error err = {0};
    cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_OK, "%s", err.text);
    cr_assert_eq(t.n_columns, 3);
    cr_assert_str_eq(t.column[0].name, "flag");
    expect_text(&t.column[0], 0, "true");
    expect_text(&t.column[0], 1, "false");
    cr_assert_eq(t.column[1].kind, TD_COLUMN_NUMBER);
    expect_text(&t.column[2], 1, "9223372036854775806"); /* the last digits survive as a text */
    td_table_free(&t);
    static const char *const wrong[] = {"fleg"};
    options.only = wrong, options.n_only = 1;
    cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_ERR_ARG);
    cr_assert(strstr(err.text, "'fleg'; the nearest is 'flag'") != NULL, "%s", err.text);
    unlink(path);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_parquet, a_text_asked_for_as_a_number_has_to_be_one) {
    char path[TD_SCRATCH_PATH];
    scratch_path(path);
    cr_assert_eq(write_mixed(path, mixed_new(9, 4), 1, NULL), TD_OK);
    static const char *const numeric[] = {"kind"};
    td_csv_options options = td_csv_options_default();
    options.numeric = numeric, options.n_numeric = 1;
    td_table t;
    td_error err = {0};
    cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_ERR_FORMAT);
    cr_assert(strstr(err.text, "column kind, row group 0: 'view' is not a number") != NULL, "%s",
              err.text);
    unlink(path);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void fill_bad(td_parquet_cells *cells, const void *source, uint32_t c) {
    (void)c;
    for (uint64_t i = 0; i < cells->n; i++) cells->whole[i] = *(const int64_t *)source;
}

Test(io_parquet, a_value_that_does_not_fit_its_kind_is_an_error_and_leaves_no_file) {
    static const int64_t value[] = {INT64_C(1) << 31, 2, 5};
    static const td_parquet_kind kind[] = {TD_PARQUET_I32, TD_PARQUET_BOOL, TD_PARQUET_TEXT};
    for (int i = 0; i < 3; i++) {
        char path[TD_SCRATCH_PATH];
        scratch_path(path);
        unlink(path);
        td_parquet_column column = {"x", kind[i], 0, &mixed_new(1, 0)->dict};
        td_parquet_source source = {
            .n_rows = 3, .n_columns = 1, .column = &column, .fill = fill_bad, .source = &value[i]};
        td_error err = {0};
        cr_assert_eq(td_parquet_write(path, &source, NULL, &err), TD_ERR_RANGE);
        cr_assert(strncmp(err.text, "column x: ", 10) == 0);
        cr_assert(!td_path_exists(path));
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Every third byte changed: the reader says so or gives a table of the right shape; pages are
 * covered by their checksums, so in them no change goes unnoticed. */
Test(io_parquet, a_changed_byte_in_a_page_is_found) {
    char path[TD_SCRATCH_PATH], changed[TD_SCRATCH_PATH];
    scratch_path(path);
    cr_assert_eq(write_mixed(path, mixed_new(40, 16), 1, NULL), TD_OK);
    td_file *file;
    td_bytes bytes = slurp(path, &file);
    char *copy = malloc(bytes.n);
    memcpy(copy, bytes.data, bytes.n);
    uint32_t footer;
    memcpy(&footer, copy + bytes.n - 8, 4);
    uint64_t n_found = 0, n_pages = bytes.n - 8 - footer;
    for (uint64_t at = 0; at < bytes.n; at += 3) {
        copy[at] = (char)(copy[at] ^ 0x15);
        td_test_scratch_file(changed, copy, bytes.n);
        copy[at] = bytes.data[at];
        td_table t;
        td_csv_options options = td_csv_options_default();
        td_error err = {0};
        td_status status = td_parquet_read(&t, changed, &options, NULL, &err);
        if (status != TD_OK) cr_assert(strlen(err.text) > 0 && strcmp(err.file, changed) == 0);
        n_found += at < n_pages && status != TD_OK;
        td_table_free(&t);
        unlink(changed);
    }
    /* left over: bytes of a header whose change does not matter, like unused statistics */
    cr_assert_geq(3 * n_found * 100, n_pages * 97, "%d of %d", (int)n_found, (int)n_pages);
    free(copy);
    td_file_close(file);
    unlink(path);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_parquet, a_file_cut_anywhere_is_refused) {
    char path[TD_SCRATCH_PATH], cut[TD_SCRATCH_PATH];
    scratch_path(path);
    cr_assert_eq(write_mixed(path, mixed_new(20, 16), 1, NULL), TD_OK);
    td_file *file;
    td_bytes bytes = slurp(path, &file);
    for (uint64_t n = 0; n < bytes.n; n += 1 + n / 64) {
        td_test_scratch_file(cut, bytes.data, n);
        td_table t;
        td_csv_options options = td_csv_options_default();
        cr_assert_neq(td_parquet_read(&t, cut, &options, NULL, NULL), TD_OK, "%d", (int)n);
        unlink(cut);
    }
    td_file_close(file);
    unlink(path);
}

Test(io_parquet, every_allocation_may_fail) {
    char path[TD_SCRATCH_PATH];
    scratch_path(path);
    const mixed *m = mixed_new(40, 16);
    td_csv_options options = td_csv_options_default();
    td_status status = TD_ERR_NOMEM;
    for (uint64_t k = 1; status != TD_OK; k++) {
        td_error err = {0};
        td_mem_fail_after(k);
        status = write_mixed(path, m, 1, &err);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM, "%d: %s", (int)k, err.text);
        cr_assert_eq(td_mem_live_bytes(), 0, "writing, allocation %d", (int)k);
    }
    status = TD_ERR_NOMEM;
    for (uint64_t k = 1; status != TD_OK; k++) {
        td_table t;
        td_error err = {0};
        td_mem_fail_after(k);
        status = td_parquet_read(&t, path, &options, NULL, &err);
        td_mem_fail_after(0);
        cr_assert(status == TD_OK || status == TD_ERR_NOMEM, "%d: %s", (int)k, err.text);
        td_table_free(&t);
        cr_assert_eq(td_mem_live_bytes(), 0, "reading, allocation %d", (int)k);
    }
    unlink(path);
}

Test(io_parquet, a_table_comes_back) {
    td_table t, back;
    cr_assert_eq(td_table_init(&t, 3, 2, NULL), TD_OK);
    cr_assert_eq(td_table_set_number(&t, 0, "x", NULL), TD_OK);
    t.column[0].number[1] = NAN;
    t.column[0].number[2] = 0.1;
    static const char bytes[] = "ba";
    static const uint64_t begin[] = {0, 1};
    static const uint32_t length[] = {1, 1};
    td_column *text = &t.column[1];
    text->kind = TD_COLUMN_CATEGORY;
    text->name = td_mem_text("text", NULL);
    text->code = td_mem_array(3, sizeof *text->code, NULL);
    text->code[0] = 1, text->code[1] = TD_CODE_NONE, text->code[2] = 0;
    cr_assert_eq(td_textdict_build(&text->dict, 2, bytes, begin, length, NULL), TD_OK);
    char path[TD_SCRATCH_PATH];
    scratch_path(path);
    cr_assert_eq(td_parquet_write_table(path, &t, NULL, NULL), TD_OK);
    td_csv_options options = td_csv_options_default();
    cr_assert_eq(td_parquet_read(&back, path, &options, NULL, NULL), TD_OK);
    cr_assert(isnan(back.column[0].number[1]) && back.column[0].number[2] == 0.1);
    cr_assert(memcmp(back.column[1].code, text->code, 12) == 0);
    expect_text(&back.column[1], 0, "b");
    td_table_free(&t);
    td_table_free(&back);
    unlink(path);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Files of other writers, made by tests/interop/make_parquet_seeds.mjs: the same six rows. */
static void expect_foreign(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "tests/fuzz/seeds/fuzz_parquet_read/%s", name);
    td_table t;
    td_error err = {0};
    td_csv_options options = td_csv_options_default();
    cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_OK, "%s: %s", name, err.text);
    cr_assert(t.n_rows == 6 && t.n_columns == 7, "%s", name);
    static const double i32[] = {1, NAN, -3, 1, 1, 2147483647};
    static const double i64[] = {9007199254740992.0, 2, NAN, -4, 5, 6};
    static const double f64[] = {0.1, NAN, -1e300, 3, 3, 3};
    static const double time[] = {1430622004384, 0, NAN, 1, 2, 3};
    static const char *const text[] = {"view", "Grüße", NULL, "", "view", "view"};
    static const double flag[] = {1, 0, NAN, 1, 1, 1};
    static const double money[] = {12.5, -0.01, NAN, 0, 1, 99999.99};
    const double *numbers[] = {i32, i64, f64, time, NULL, flag, money};
    for (uint32_t c = 0; c < 7; c++) {
        for (uint64_t row = 0; row < 6; row++) {
            if (c == 4) {
                if (text[row] == NULL)
                    cr_assert_eq(t.column[c].code[row], TD_CODE_NONE);
                else
                    expect_text(&t.column[c], row, text[row]);
                continue;
            }
            double want = numbers[c][row], got = t.column[c].number[row];
            cr_assert(isnan(want) ? isnan(got) : got == want, "%s: %s, row %d: %.17g", name,
                      t.column[c].name, (int)row, got);
        }
    }
    td_table_free(&t);
}

Test(io_parquet, files_of_arrow_are_read) { /* as pyarrow, pandas and polars write them */
    expect_foreign("arrow_snappy");
    expect_foreign("arrow_v2_gzip");
    expect_foreign("arrow_v2_zstd");
}

Test(io_parquet, files_of_duckdb_are_read) {
    expect_foreign("duckdb");
    expect_foreign("duckdb_plain");
}

Test(io_parquet, nested_columns_are_refused_by_name_unless_left_out) {
    const char *path = "tests/fuzz/seeds/fuzz_parquet_read/duckdb_nested";
    static const char *const ignore[] = {"pair.a", "pair.b", "list.element"};
    td_table t;
    td_error err = {0};
    td_csv_options options = td_csv_options_default();
    cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_ERR_ARG);
    cr_assert(strstr(err.text, "column 'pair.a' is nested in a group") != NULL, "%s", err.text);
    options.ignore = ignore, options.n_ignore = 3;
    cr_assert_eq(td_parquet_read(&t, path, &options, NULL, &err), TD_OK, "%s", err.text);
    cr_assert(t.n_columns == 1 && t.column[0].number[1] == 8);
    td_table_free(&t);
}
