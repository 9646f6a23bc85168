/* tests/unit/test_io_csv_read.c: whole files into tables, bad files into errors, tables back into
 * files. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/csv_read.h"
#include "io/csv_write.h"
#include "tests/support/data.h"
#include "tests/support/scratch.h"

static td_status read_bytes(td_table *out, const char *text, uint64_t n,
                            const td_csv_options *options, td_error *err) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, text, n);
    td_status status = td_csv_read(out, path, options, NULL, err);
    unlink(path);
    if (status != TD_OK && err->code == TD_ERR_FORMAT) cr_assert_str_eq(err->file, path);
    return status;
}

static td_table read_table(const char *text, td_csv_options options) {
    td_table table;
    td_error err = {0};
    td_status status = read_bytes(&table, text, strlen(text), &options, &err);
    cr_assert_eq(status, TD_OK, "%d:%d: %s", (int)err.line, (int)err.column, err.text);
    return table;
}

static const char *text_at(const td_column *column, uint64_t row) {
    static char text[64];
    uint32_t code = column->code[row];
    if (code == TD_CODE_NONE) return NULL;
    uint64_t n = column->dict.begin[code + 1] - column->dict.begin[code];
    memcpy(text, column->dict.bytes + column->dict.begin[code], n);
    text[n] = '\0';
    return text;
}

Test(io_csv_read, numbers_and_categories_with_missing_cells) {
    td_table t = read_table("\xEF\xBB\xBFid,x,city,when\r\n"
                            "1,NA,Ulm,\r\n"
                            "2, -2.5e1 ,\"Bad \"\"X\"\"\",\r\n"
                            "\"9007199254740993\",?,,\r\n"
                            "4,nan,null,\r\n"
                            "5,7,Aachen,",
                            td_csv_options_default());
    cr_assert(t.n_rows == 5 && t.n_columns == 4);
    cr_assert_str_eq(t.column[0].name, "id");
    cr_assert_eq(t.column[0].number[2], 9007199254740992.0, "rounded to even");
    cr_assert(isnan(t.column[1].number[0]) && isnan(t.column[1].number[2]));
    cr_assert_eq(t.column[1].number[1], -25);
    const td_column *city = &t.column[2];
    cr_assert(city->kind == TD_COLUMN_CATEGORY && city->dict.n == 3);
    cr_assert_eq(city->code[4], 0, "codes are ranks in byte order");
    cr_assert_eq(city->code[1], 1);
    cr_assert_eq(city->code[0], 2);
    cr_assert_str_eq(text_at(city, 1), "Bad \"X\"");
    cr_assert(city->code[2] == TD_CODE_NONE && city->code[3] == TD_CODE_NONE);
    cr_assert_eq(t.column[3].kind, TD_COLUMN_NUMBER, "a column without values is a number");
    for (int i = 0; i < 5; i++) cr_assert(isnan(t.column[3].number[i]));
    td_table_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_read, every_word_for_missing_is_known) {
    td_table t =
        read_table("x\n\nNA\nN/A\nNaN\nnan\nnull\nNULL\n?\n\"\"\n1\n", td_csv_options_default());
    cr_assert_eq(t.n_rows, 10);
    for (int i = 0; i < 9; i++) cr_assert(isnan(t.column[0].number[i]), "row %d", i);
    cr_assert_eq(t.column[0].number[9], 1);
    td_table_free(&t);
}

Test(io_csv_read, options_choose_columns_kinds_header_and_delimiter) {
    const char *ignore[] = {"b"};
    const char *categorical[] = {"c"};
    td_csv_options options = td_csv_options_default();
    options.ignore = ignore;
    options.n_ignore = 1;
    options.categorical = categorical;
    options.n_categorical = 1;
    td_table t = read_table("a;b;c\n1;x;10\n2;9;9\n", options);
    cr_assert_eq(t.n_columns, 2);
    cr_assert_str_eq(t.column[1].name, "c");
    cr_assert_eq(t.column[1].kind, TD_COLUMN_CATEGORY);
    cr_assert_eq(t.column[1].code[0], 0, "10 before 9 in byte order");
    td_table_free(&t);

    options = td_csv_options_default();
    options.has_header = 0;
    t = read_table("1\t2\n3\t4\n", options);
    cr_assert(t.n_rows == 2 && t.n_columns == 2);
    cr_assert_str_eq(t.column[1].name, "c1");
    cr_assert_eq(t.column[1].number[0], 2);
    td_table_free(&t);

    options = td_csv_options_default();
    options.delimiter = '|';
    t = read_table("a,b|c\n1|2\n", options);
    cr_assert_str_eq(t.column[0].name, "a,b");
    td_table_free(&t);
}

Test(io_csv_read, only_the_listed_columns_are_read_and_numbers_win) {
    const char *name[] = {"id", "kept", "x"};
    td_csv_options options = td_csv_options_default();
    options.only = name;
    options.n_only = 3;
    options.categorical = name;
    options.n_categorical = 2;
    options.numeric = name + 1;
    options.n_numeric = 2;
    td_table t = read_table("x,mess,id,kept\n1,1,007,3\n,two,08,4\n", options);
    cr_assert_eq(t.n_columns, 3, "mess is neither read nor judged");
    cr_assert_str_eq(text_at(&t.column[1], 0), "007");
    cr_assert_eq(t.column[2].kind, TD_COLUMN_NUMBER, "in both lists");
    cr_assert_eq(t.column[2].number[1], 4);
    td_table_free(&t);

    td_error err = {0};
    const char *text = "x,id,kept\n,1,2\nfar,1,2\n";
    cr_assert_eq(read_bytes(&t, text, strlen(text), &options, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "'far' is not a number (column 'x')", "its first value is a text");
    cr_assert_eq(err.line, 3);
    text = "x,id\n1,2\n";
    cr_assert_eq(read_bytes(&t, text, strlen(text), &options, &err), TD_ERR_ARG);
    cr_assert(strstr(err.text, "no column 'kept'") != NULL, "%s", err.text);
}

Test(io_csv_read, the_first_value_decides_even_far_below) {
    char text[4000];
    char *at = text + sprintf(text, "a,b\n");
    for (int i = 0; i < 200; i++) at += sprintf(at, "%d,\n", i);
    sprintf(at, "0,x\n0,7\n");
    td_csv_options options = td_csv_options_default();
    options.piece_bytes = 64;
    td_table t = read_table(text, options);
    cr_assert_eq(t.column[1].kind, TD_COLUMN_CATEGORY);
    cr_assert_eq(t.column[1].dict.n, 2);
    cr_assert_str_eq(text_at(&t.column[1], 201), "7");
    td_table_free(&t);
}

typedef struct bad_file {
    const char *text;
    uint64_t line;
    uint64_t column;
    const char *message;
} bad_file;

static const bad_file bad_files[] = {
    {"", 0, 0, "is empty"},
    {"\xEF\xBB\xBF", 0, 0, "is empty"},
    {"a,b\n", 0, 0, "holds a header and no rows"},
    {"a,b", 0, 0, "holds a header and no rows"},
    {"a,b,a\n1,2,3\n", 1, 5, "column name 'a' stands twice"},
    {"a,,b\n1,2,3\n", 1, 3, "column 2 has no name"},
    {"a,b\n1,2\n3\n", 3, 1, "short row: 1 field where 2 are expected"},
    {"a,b,c\n1,2,3\n\n", 3, 1, "blank line: 1 field where 3 are expected"},
    {"a,b\n1,2,3\n", 2, 1, "long row: 3 fields where 2 are expected"},
    {"a,b\n1,2\n1,x\n", 3, 3, "'x' is not a number (column 'b')"},
    {"a,b\n1,2\n1, 2 3 \n", 3, 3, "' 2 3 ' is not a number (column 'b')"},
    {"a,b\n1,1e400\n", 2, 3, "'1e400' is too large for a number (column 'b')"},
    {"a,b\n\"x\ny\",-1e999\n", 3, 4, "'-1e999' is too large for a number (column 'b')"},
    {"a\n1\n\"2\n", 3, 1, "quote is never closed"},
    {"a,b\n1,\"2\"3\n", 2, 6, "text after a closing quote: '\"2\"3'"},
    {"a\n1\n0123456789012345678901234567890123456789x\n", 3, 1,
     "'0123456789012345678901234567890123456789...' is not a number (column 'a')"},
    {"a,b\n1,x,\n\n2,3\n", 2, 1, "long row: 3 fields where 2 are expected"},
    {"a,b\n1\n2,x\n", 2, 1, "short row: 1 field where 2 are expected"},
    {"a,b\n1,inf\n2,3\n1,\n", 0, 0, NULL}, /* a category then */
    {"a,b\n1,0\n2,inf\n", 3, 3, "'inf' is not a number (column 'b')"},
    {"a,b\n1,0\n2,0x1p3\n", 3, 3, "'0x1p3' is not a number (column 'b')"},
};

/* Read with one piece a record or one piece in all. */
static void expect_bad(const bad_file *bad, uint64_t piece_bytes) {
    td_csv_options options = td_csv_options_default();
    options.piece_bytes = piece_bytes;
    td_table t;
    td_error err = {0};
    td_status status = read_bytes(&t, bad->text, strlen(bad->text), &options, &err);
    if (bad->message == NULL) {
        cr_assert_eq(status, TD_OK);
        td_table_free(&t);
        return;
    }
    cr_assert_eq(status, TD_ERR_FORMAT, "%s", bad->text);
    cr_assert_str_eq(err.text, bad->message);
    cr_assert(err.line == bad->line && err.column == bad->column, "%s at %d:%d", bad->text,
              (int)err.line, (int)err.column);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_read, bad_files_are_named_with_line_column_and_value) {
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        expect_bad(&bad_files[i], 1);
        expect_bad(&bad_files[i], 0);
    }
}

Test(io_csv_read, zero_bytes_are_errors) {
    td_csv_options options = td_csv_options_default();
    td_table t;
    td_error err = {0};
    cr_assert_eq(read_bytes(&t, "a,b\nx\0y,2\n", 10, &options, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "0 byte in column 'a'");
    cr_assert(err.line == 2 && err.column == 2);
    cr_assert_eq(read_bytes(&t, "a,b\n1,2\n3\0,4\n", 13, &options, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "'3?' is not a number (column 'a')");
    cr_assert_eq(read_bytes(&t, "a,\0\n1,2\n", 8, &options, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "0 byte in a column name");
}

Test(io_csv_read, unknown_columns_and_delimiters_are_refused) {
    const char *names[] = {"aeg"};
    td_csv_options options = td_csv_options_default();
    options.categorical = names;
    options.n_categorical = 1;
    td_table t;
    td_error err = {0};
    cr_assert_eq(read_bytes(&t, "age,sex\n1,2\n", 12, &options, &err), TD_ERR_ARG);
    cr_assert_str_eq(err.text, "no column 'aeg'; the nearest is 'age'");
    static const char delimiters[] = {'"', '\n', '\r', '.', '-', '+', 'e', '7'};
    for (size_t i = 0; i < sizeof delimiters; i++) {
        options = td_csv_options_default();
        options.delimiter = delimiters[i];
        cr_assert_eq(read_bytes(&t, "a\n1\n", 4, &options, &err), TD_ERR_ARG);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_read, the_error_of_the_lowest_line_wins_for_any_threads) {
    static char text[40000];
    char *at = text + sprintf(text, "a,b\n");
    for (int i = 2; i < 2000; i++) {
        at += sprintf(at, i == 700 || i % 450 == 0 ? "%d,x\n" : "%d,1\n", i);
        if (i == 1500) at += sprintf(at, "\"\n"); /* never closed: the last piece of all */
    }
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, text, (uint64_t)(at - text));
    td_csv_options options = td_csv_options_default();
    options.piece_bytes = 256;
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        td_exec exec = {.n_threads = n_threads};
        td_table t;
        td_error err = {0};
        cr_assert_eq(td_csv_read(&t, path, &options, &exec, &err), TD_ERR_FORMAT);
        cr_assert(err.line == 450 && err.column == 5, "line %d", (int)err.line);
    }
    unlink(path);
}

static int stop_at_once(void *ctx, const char *stage, uint64_t done, uint64_t total) {
    (void)stage;
    *(uint64_t *)ctx = total;
    return done > 0;
}

Test(io_csv_read, progress_can_stop_it) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, "a\n1\n2\n3\n", 8);
    uint64_t total = 0;
    td_exec exec = {.n_threads = 1, .progress = stop_at_once, .progress_ctx = &total};
    td_csv_options options = td_csv_options_default();
    options.piece_bytes = 2;
    td_table t;
    cr_assert_eq(td_csv_read(&t, path, &options, &exec, NULL), TD_ERR_INTERRUPTED);
    cr_assert_gt(total, 1);
    cr_assert_eq(td_mem_live_bytes(), 0);
    unlink(path);
}

Test(io_csv_read, every_failing_allocation_is_reported_and_nothing_stays) {
    static const char text[] = "a,b,\"c\"\n1,x,\"p\"\"q\"\n2,y,r\n,,\n3,x,s\n4,z,\"\"\"\"\n";
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, text, sizeof text - 1);
    for (int n_threads = 1; n_threads <= 2; n_threads++) {
        td_exec exec = {.n_threads = n_threads};
        td_csv_options options = td_csv_options_default();
        options.piece_bytes = 8;
        td_status status = TD_ERR_NOMEM;
        int n_failed = 0;
        for (uint64_t at = 1; status != TD_OK; at++, n_failed++) {
            td_table t;
            td_error err = {0};
            td_mem_fail_after(at);
            status = td_csv_read(&t, path, &options, &exec, &err);
            td_mem_fail_after(0);
            cr_assert(status == TD_OK || status == TD_ERR_NOMEM, "%s", err.text);
            if (status == TD_OK) cr_assert(t.n_rows == 5 && t.column[1].dict.n == 3);
            td_table_free(&t);
            cr_assert_eq(td_mem_live_bytes(), 0, "allocation %d", (int)at);
        }
        cr_assert_gt(n_failed, 30);
    }
    unlink(path);
}

Test(io_csv_read, what_is_written_reads_back_equal) {
    static const char text[] = "\"na,me\",\"q\"\"\",t\n"
                               "0.1,\"a,b\",\"x\ny\"\n"
                               ",\"\"\"\",\" \"\n"
                               "-5e-324,é,\"\r\"\n";
    td_table t = read_table(text, td_csv_options_default());
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, "", 0);
    cr_assert_eq(td_csv_write(&t, path, NULL), TD_OK);
    td_file *file = NULL;
    cr_assert_eq(td_file_open(&file, path, NULL), TD_OK);
    td_bytes bytes = td_file_bytes(file);
    cr_assert_eq(bytes.n, strlen("\"na,me\",\"q\"\"\",t\n0.1,\"a,b\",\"x\ny\"\n,\"\"\"\", \n"
                                 "-5e-324,é,\"\r\"\n"));
    td_file_close(file);
    td_table back;
    td_csv_options options = td_csv_options_default();
    cr_assert_eq(td_csv_read(&back, path, &options, NULL, NULL), TD_OK);
    cr_assert_eq(back.n_rows, t.n_rows);
    cr_assert_eq(memcmp(back.column[0].number, t.column[0].number, 3 * sizeof(double)), 0);
    for (uint32_t i = 1; i < 3; i++) {
        cr_assert_eq(memcmp(back.column[i].code, t.column[i].code, 3 * sizeof(uint32_t)), 0);
        cr_assert_str_eq(back.column[i].name, t.column[i].name);
    }
    td_writer *writer = NULL;
    cr_assert_eq(td_writer_open(&writer, path, NULL), TD_OK);
    uint32_t index[2] = {1, 0};
    td_csv_write_columns(writer, &t, index, 2, ';');
    cr_assert_eq(td_writer_commit(writer, NULL), TD_OK);
    cr_assert_eq(td_file_open(&file, path, NULL), TD_OK);
    bytes = td_file_bytes(file);
    cr_assert_eq(strncmp(bytes.data, "\"q\"\"\";na,me\na,b;0.1\n\"\"\"\";\né;-5e-324\n", bytes.n),
                 0);
    td_file_close(file);
    unlink(path);
    td_table_free(&back);
    td_table_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Facts counted with Python's csv module. */
Test(io_csv_read, real_files_have_their_rows_and_categories) {
    const char *path = td_test_data("tabular/adult_train.csv");
    if (path == NULL) return;
    td_csv_options options = td_csv_options_default();
    td_table t;
    td_error err = {0};
    cr_assert_eq(td_csv_read(&t, path, &options, NULL, &err), TD_OK, "%s", err.text);
    cr_assert(t.n_rows == 22792 && t.n_columns == 15);
    uint32_t income;
    cr_assert_eq(td_table_find(&t, "income", &income, NULL), TD_OK);
    cr_assert_eq(t.column[income].dict.n, 2);
    td_table_free(&t);
    path = td_test_data("lightgbm_examples/binary.train");
    if (path == NULL) return;
    options.has_header = 0;
    cr_assert_eq(td_csv_read(&t, path, &options, NULL, &err), TD_OK, "%s", err.text);
    cr_assert(t.n_rows == 7000 && t.n_columns == 29);
    cr_assert(t.column[0].number[0] == 1 && t.column[1].number[0] == 0.869);
    td_table_free(&t);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* The same text as packed cells and as doubles, cut into pieces of a given size. */
static void expect_packed_equal(const char *text, uint64_t piece_bytes, int stays_packed) {
    td_csv_options options = td_csv_options_default();
    options.piece_bytes = piece_bytes;
    td_table plain = read_table(text, options);
    options.is_packed = 1;
    td_table packed = read_table(text, options);
    cr_assert_eq(packed.n_rows, plain.n_rows);
    for (uint32_t c = 0; c < plain.n_columns; c++) {
        td_column *column = &packed.column[c];
        cr_assert_eq(column->kind, plain.column[c].kind);
        if (column->kind == TD_COLUMN_CATEGORY) continue;
        cr_assert_eq(column->packed != NULL, stays_packed, "column %u", c);
        cr_assert_eq(td_column_unpack(column, packed.n_rows, NULL), TD_OK);
        for (uint64_t i = 0; i < plain.n_rows; i++) {
            double a = column->number[i], b = plain.column[c].number[i];
            cr_assert(memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)), "%u %d: %g %g", c,
                      (int)i, a, b);
        }
    }
    td_table_free(&plain);
    td_table_free(&packed);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_read, packed_numbers_are_the_same_numbers_wherever_the_text_is_cut) {
    static char text[60000];
    size_t n = (size_t)sprintf(text, "x,word,y\r\n");
    for (int i = 0; i < 2000; i++) {
        const char *x = i % 97 == 96   ? "0.1234567890123"
                        : i % 13 == 5  ? "NA"
                        : i % 31 == 30 ? "\" -7.50\""
                                       : NULL;
        if (x != NULL)
            n += (size_t)sprintf(text + n, "%s,w%d,-0\r\n", x, i % 7);
        else
            n += (size_t)sprintf(text + n, "%d.%03d,w%d,1e%d\r\n", i, i % 1000, i % 7, i % 9);
    }
    cr_assert_lt(n, sizeof text);
    uint64_t pieces[] = {64, 1000, 0};
    for (int k = 0; k < 3; k++) expect_packed_equal(text, pieces[k], 1);
}

Test(io_csv_read, columns_of_long_numbers_become_doubles) {
    static char text[60000];
    size_t n = (size_t)sprintf(text, "x\n");
    for (int i = 0; i < 1000; i++) n += (size_t)sprintf(text + n, "0.%d%09d\n", i + 1, 7 * i + 1);
    expect_packed_equal(text, 500, 0); /* seen by the probe */
    n = (size_t)sprintf(text, "x\n");
    for (int i = 0; i < 1000; i++)
        n += (size_t)sprintf(text + n, i < 300 ? "%d\n" : "0.%d123456789\n", i);
    expect_packed_equal(text, 500, 0); /* seen when all is read */
}
