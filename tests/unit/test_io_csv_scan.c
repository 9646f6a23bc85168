/* tests/unit/test_io_csv_scan.c: pieces, records, fields and names of delimited text. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_header.h"
#include "io/csv_scan.h"

/* Text with the padding that scanners may touch, filled with bytes that must not matter. */
typedef struct padded {
    char bytes[1024];
    td_bytes text;
} padded;

static padded *pad(const char *text) {
    static padded p;
    memset(p.bytes, ',', sizeof p.bytes);
    memcpy(p.bytes, text, strlen(text));
    p.text = (td_bytes){p.bytes, strlen(text)};
    return &p;
}

static td_csv_split split_of(const padded *p, uint64_t piece_bytes) {
    td_csv_split split;
    td_error err = {0};
    cr_assert_eq(td_csv_split_text(&split, p->text, ',', piece_bytes, NULL, &err), TD_OK);
    return split;
}

/* All records as "line:field|field;" */
static const char *fields_of(const char *text, uint64_t piece_bytes) {
    static char out[4096];
    padded *p = pad(text);
    td_csv_split split = split_of(p, piece_bytes);
    char *at = out;
    uint64_t record = 0;
    for (uint64_t i = 0; i < split.n_pieces; i++) {
        td_csv_cursor cursor = td_csv_open(&split.piece[i], &split, ',', "t.csv");
        cr_assert_eq(split.piece[i].record, record);
        while (cursor.at < cursor.end) {
            at += sprintf(at, "%d:", (int)cursor.line);
            td_csv_field field;
            do {
                td_error err = {0};
                cr_assert_eq(td_csv_next(&cursor, &field, &err), TD_OK, "%s", err.text);
                at += td_csv_unescape(at, &field);
                *at++ = field.is_last ? ';' : '|';
            } while (!field.is_last);
            record++;
        }
        cr_assert_eq(record, split.piece[i].record + split.piece[i].n_records);
    }
    cr_assert_eq(record, split.n_records);
    td_csv_split_free(&split);
    *at = '\0';
    return out;
}

Test(io_csv_scan, records_and_line_numbers_do_not_depend_on_the_piece_size) {
    static const struct {
        const char *text;
        const char *fields;
    } cases[] = {
        {"", ""},
        {"a,b\n1,2\n", "1:a|b;2:1|2;"},
        {"a,b\r\n1,2", "1:a|b;2:1|2;"},
        {"a\n\nb\n", "1:a;2:;3:b;"},
        {"\n", "1:;"},
        {",\n,", "1:|;2:|;"},
        {"\"a\nb\",c\nd,\"e\r\n\n\"\nf,g\n", "1:a\nb|c;3:d|e\r\n\n;6:f|g;"},
        {"\"a\"\"b\",\"\"\"\"\n\"\",x\n", "1:a\"b|\";2:|x;"},
        {"a\"b,c\"\n\"d\",5\"\n", "1:a\"b|c\";2:d|5\";"},
        {"x,\"\n\n\n\"\r\ny,z\r\n", "1:x|\n\n\n;5:y|z;"},
        {"a,\"b\"", "1:a|b;"},
        {"\"a,b\n\",\"c\"\"\n\"\"\",d\ne,f,g\n", "1:a,b\n|c\"\n\"|d;4:e|f|g;"},
        {"long field without any delimiter at all,and another one of twenty+\nx,y\n",
         "1:long field without any delimiter at all|and another one of twenty+;2:x|y;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (uint64_t piece_bytes = 1; piece_bytes < 80; piece_bytes++) {
            const char *got = fields_of(cases[i].text, piece_bytes);
            cr_assert_str_eq(got, cases[i].fields, "case %d, pieces of %d: %s", (int)i,
                             (int)piece_bytes, got);
        }
    }
}

static void expect_error(const char *text, uint64_t line, uint64_t column, const char *message) {
    padded *p = pad(text);
    td_csv_split split = split_of(p, 1 << 20);
    td_csv_cursor cursor = td_csv_open(&split.piece[0], &split, ',', "t.csv");
    td_error err = {0};
    td_status status = TD_OK;
    while (status == TD_OK && cursor.at < cursor.end) status = td_csv_skip_record(&cursor, &err);
    cr_assert_eq(status, TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, message);
    cr_assert_str_eq(err.file, "t.csv");
    cr_assert(err.line == line && err.column == column, "at %d:%d", (int)err.line, (int)err.column);
    td_csv_split_free(&split);
}

Test(io_csv_scan, broken_quotes_are_reported_where_they_stand) {
    expect_error("a,b\n1,\"2\n3,4\n", 2, 3, "quote is never closed");
    expect_error("\"a\n\",\"x", 2, 3, "quote is never closed");
    expect_error("a\n\"b\"c,d\n", 2, 4, "text after a closing quote: '\"b\"c'");
    expect_error("\"x\ny\" ,1\n", 2, 3, "text after a closing quote: '\"x?y\" '");
}

Test(io_csv_scan, a_mark_is_skipped_and_the_delimiter_is_guessed) {
    td_bytes text = td_csv_skip_bom((td_bytes){"\xEF\xBB\xBFx", 4});
    cr_assert(text.n == 1 && *text.data == 'x');
    text = td_csv_skip_bom((td_bytes){"\xEF\xBBx", 3});
    cr_assert_eq(text.n, 3);
    static const struct {
        const char *text;
        char delimiter;
    } cases[] = {{"", ','},           {"abc", ','},   {"a\tb,c\td", '\t'}, {"a;b\n,,,,,", ';'},
                 {"\";;;;\",a", ','}, {"a,b;c", ','}, {"a;b\tc\td", '\t'}, {"\"\n\t\t\",a\n", ','}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        td_bytes line = {cases[i].text, strlen(cases[i].text)};
        cr_assert_eq(td_csv_guess_delimiter(line), cases[i].delimiter, "%s", cases[i].text);
    }
}

Test(io_csv_scan, values_in_errors_are_short_and_printable) {
    char shown[64];
    cr_assert_str_eq(td_csv_show(shown, "abc", 3), "'abc'");
    cr_assert_str_eq(td_csv_show(shown, "a\n\0b", 4), "'a??b'");
    cr_assert_str_eq(td_csv_show(shown, "0123456789012345678901234567890123456789", 40),
                     "'0123456789012345678901234567890123456789'");
    cr_assert_str_eq(td_csv_show(shown, "01234567890123456789012345678901234567890", 41),
                     "'0123456789012345678901234567890123456789...'");
    cr_assert_str_eq(td_csv_show(shown, "012345678901234567890123456789012345678é!", 42),
                     "'012345678901234567890123456789012345678...'", "no half character");
}

static td_status read_header(const char *text, td_csv_header *header, td_error *err) {
    padded *p = pad(text);
    td_csv_split split = split_of(p, 1 << 20);
    td_csv_piece empty = {.begin = p->bytes, .end = p->bytes, .line = 1};
    td_csv_cursor cursor =
        td_csv_open(split.n_pieces > 0 ? &split.piece[0] : &empty, &split, ',', "t.csv");
    td_status status = td_csv_header_read(header, &cursor, err);
    td_csv_split_free(&split);
    return status;
}

Test(io_csv_scan, names_are_unescaped_and_found) {
    td_csv_header header;
    td_error err = {0};
    cr_assert_eq(read_header(",b b,\"c\"\"c\",d\r\n", &header, &err), TD_OK, "%s", err.text);
    cr_assert_eq(header.n, 4);
    cr_assert_str_eq(header.name[0], "c0");
    cr_assert_str_eq(header.name[2], "c\"c");
    uint32_t index = 9;
    cr_assert_eq(td_csv_header_find(&header, "t.csv", "d", &index, &err), TD_OK);
    cr_assert_eq(index, 3);
    cr_assert_eq(td_csv_header_find(&header, "t.csv", "B_b", &index, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, "no column 'B_b'; the nearest is 'b b'");
    td_csv_header_free(&header);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

static void expect_bad_header(const char *text, uint64_t line, uint64_t column,
                              const char *message) {
    td_csv_header header;
    td_error err = {0};
    cr_assert_eq(read_header(text, &header, &err), TD_ERR_FORMAT);
    cr_assert_str_eq(err.text, message);
    cr_assert(err.line == line && err.column == column, "at %d:%d", (int)err.line, (int)err.column);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_csv_scan, bad_names_are_reported_where_they_stand) {
    expect_bad_header("", 0, 0, "is empty");
    expect_bad_header("\nx\n", 1, 1, "the header is blank");
    expect_bad_header("a,b,,d\n", 1, 5, "column 3 has no name");
    expect_bad_header("a,\"b\nb\",a,c,c\n", 2, 4, "column name 'a' stands twice");
    expect_bad_header(",c0\n", 1, 2, "column name 'c0' stands twice");
}
