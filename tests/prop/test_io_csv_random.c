/* tests/prop/test_io_csv_random.c: random tables written with random quoting, line ends, delimiter
 * and byte order mark, read with random piece sizes and 1 to 4 threads, equal what the slow reader
 * below makes of the same bytes; random damage gives the same error for any pieces and threads. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/csv_read.h"
#include "io/csv_write.h"
#include "tests/support/scratch.h"

enum { MAX_TEXT = 1 << 16, MAX_ROWS = 120, MAX_COLUMNS = 6, MAX_CELL = 200 };

static uint64_t state;

static uint64_t next_random(void) {
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint64_t below(uint64_t bound) { return next_random() % bound; }

/* ---- random files ---- */

typedef struct style {
    char delimiter;
    int quote_share; /* percent of cells quoted without need */
    int is_crlf;
} style;

static void random_text(char *out) {
    static const char *const parts[] = {
        "a",    "bc", ",", ";", "\t", "\"", "\n",
        "\r\n", " ",  "é", "0", "x1", "NA", "long text of some thirty letters"};
    uint64_t n = 1 + below(4);
    *out = '\0';
    for (uint64_t i = 0; i < n; i++) strcat(out, parts[below(sizeof parts / sizeof *parts)]);
}

static void random_number(char *out) {
    switch (below(4)) {
    case 0:
        sprintf(out, "%d", (int)below(1000) - 500);
        break;
    case 1:
        sprintf(out, "%.6g", ((double)below(1000000) - 5e5) / 777);
        break;
    case 2:
        sprintf(out, "%.17g", (double)next_random() * 1e-30);
        break;
    default:
        sprintf(out, " %llu ", (unsigned long long)next_random());
        break;
    }
}

static char *put_cell(char *at, const char *cell, style s) {
    int needs = strpbrk(cell, "\"\r\n") != NULL || strchr(cell, s.delimiter) != NULL;
    if (!needs && (int)below(100) >= s.quote_share) return at + sprintf(at, "%s", cell);
    *at++ = '"';
    for (; *cell != '\0'; cell++) {
        if (*cell == '"') *at++ = '"';
        *at++ = *cell;
    }
    *at++ = '"';
    return at;
}

static char *put_line_end(char *at, style s) {
    if (s.is_crlf) *at++ = '\r';
    *at++ = '\n';
    return at;
}

/* A file of n_columns columns, even ones of numbers; its bytes. */
static uint64_t random_file(char *out, style s, uint64_t n_rows, uint64_t n_columns) {
    char *at = out;
    if (below(3) == 0) at += sprintf(at, "\xEF\xBB\xBF");
    for (uint64_t i = 0; i < n_columns; i++) {
        char name[32];
        sprintf(name, "col%c%d", below(4) == 0 ? '"' : '_', (int)i);
        if (i > 0) *at++ = s.delimiter;
        at = put_cell(at, name, s);
    }
    at = put_line_end(at, s);
    for (uint64_t row = 0; row < n_rows; row++) {
        for (uint64_t i = 0; i < n_columns; i++) {
            char cell[MAX_CELL] = "";
            if (i > 0) *at++ = s.delimiter;
            if (below(8) > 0 || (row == 0 && i % 2 == 1)) {
                if (i % 2 == 0)
                    random_number(cell);
                else
                    random_text(cell);
            }
            if (row == 0 && i % 2 == 1) strcat(cell, "text"); /* the first value decides */
            at = put_cell(at, cell, s);
        }
        if (row + 1 < n_rows || below(2) > 0) at = put_line_end(at, s);
    }
    return (uint64_t)(at - out);
}

/* ---- the slow reader: one byte at a time, everything kept as text ---- */

typedef struct slow_table {
    uint64_t n_rows; /* header included */
    uint64_t n_columns;
    char cell[MAX_ROWS + 1][MAX_COLUMNS][MAX_CELL];
} slow_table;

static void slow_read(slow_table *t, const char *text, uint64_t n, char delimiter) {
    enum { FIELD_START, PLAIN, QUOTED, AFTER_QUOTE } mode = FIELD_START;
    uint64_t row = 0;
    uint64_t column = 0;
    memset(t, 0, sizeof *t);
    for (uint64_t i = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; i < n; i++) {
        char c = text[i];
        char *cell = t->cell[row][column];
        if (mode == QUOTED) {
            if (c == '"')
                mode = AFTER_QUOTE;
            else
                cell[strlen(cell)] = c;
        } else if (mode == AFTER_QUOTE && c == '"') {
            cell[strlen(cell)] = c;
            mode = QUOTED;
        } else if (c == delimiter) {
            column++;
            mode = FIELD_START;
        } else if (c == '\n') {
            row++;
            t->n_columns = column + 1;
            column = 0;
            mode = FIELD_START;
        } else if (c == '\r' && (i + 1 == n || text[i + 1] == '\n')) {
            continue;
        } else if (mode == FIELD_START && c == '"') {
            mode = QUOTED;
        } else {
            cell[strlen(cell)] = c;
            mode = PLAIN;
        }
    }
    t->n_rows = row + (n > 0 && text[n - 1] != '\n');
}

static int is_missing(const char *cell) {
    static const char *const words[] = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(cell, words[i]) == 0) return 1;
    }
    return 0;
}

/* Rank of a text among the distinct ones of its column, by counting. */
static uint32_t slow_rank(const slow_table *t, uint64_t column, const char *text) {
    uint32_t rank = 0;
    for (uint64_t row = 1; row < t->n_rows; row++) {
        const char *other = t->cell[row][column];
        if (is_missing(other) || strcmp(other, text) >= 0) continue;
        int is_first = 1;
        for (uint64_t k = 1; k < row && is_first; k++) is_first = strcmp(t->cell[k][column], other);
        rank += is_first != 0;
    }
    return rank;
}

static void compare_number(double got, const char *cell) {
    if (is_missing(cell)) {
        cr_assert(got != got);
        return;
    }
    cr_assert_eq(got, strtod(cell, NULL), "%.17g and %s", got, cell);
}

static void compare_text(const td_column *column, uint64_t row, const slow_table *slow,
                         uint64_t i) {
    const char *cell = slow->cell[row + 1][i];
    uint32_t code = column->code[row];
    if (is_missing(cell)) {
        cr_assert_eq(code, TD_CODE_NONE);
        return;
    }
    cr_assert_eq(code, slow_rank(slow, i, cell));
    uint64_t n = column->dict.begin[code + 1] - column->dict.begin[code];
    cr_assert(n == strlen(cell) &&
              memcmp(column->dict.bytes + column->dict.begin[code], cell, n) == 0);
}

static void compare(const td_table *t, const slow_table *slow) {
    cr_assert_eq(t->n_rows + 1, slow->n_rows);
    cr_assert_eq(t->n_columns, slow->n_columns);
    for (uint64_t i = 0; i < t->n_columns; i++) {
        const td_column *column = &t->column[i];
        cr_assert_str_eq(column->name, slow->cell[0][i]);
        cr_assert_eq(column->kind, i % 2 == 0 ? TD_COLUMN_NUMBER : TD_COLUMN_CATEGORY);
        for (uint64_t row = 0; row < t->n_rows; row++) {
            if (i % 2 == 0)
                compare_number(column->number[row], slow->cell[row + 1][i]);
            else
                compare_text(column, row, slow, i);
        }
    }
}

static char text[MAX_TEXT];
static slow_table slow;

/* A random file below TMPDIR; its delimiter. */
static char make_file(char *path, uint64_t *n) {
    static const char delimiters[] = {',', ';', '\t'};
    style s = {.delimiter = delimiters[below(3)],
               .quote_share = below(2) == 0 ? 0 : (int)below(100),
               .is_crlf = below(2) == 0};
    *n = random_file(text, s, 1 + below(MAX_ROWS - 1), 2 + below(MAX_COLUMNS - 1));
    cr_assert_lt(*n, MAX_TEXT);
    td_test_scratch_file(path, text, *n);
    return s.delimiter;
}

Test(io_csv_random, tables_equal_the_slow_reader_for_any_pieces_and_threads) {
    state = 1;
    for (int round = 0; round < 200; round++) {
        char path[TD_SCRATCH_PATH];
        uint64_t n;
        char delimiter = make_file(path, &n);
        slow_read(&slow, text, n, delimiter);
        td_csv_options options = td_csv_options_default();
        options.delimiter = delimiter;
        options.piece_bytes = 1 + below(below(2) == 0 ? 40 : 4000);
        td_exec exec = {.n_threads = 1 + round % 4};
        td_table t;
        td_error err = {0};
        cr_assert_eq(td_csv_read(&t, path, &options, &exec, &err), TD_OK, "round %d: %d:%d: %s",
                     round, (int)err.line, (int)err.column, err.text);
        unlink(path);
        compare(&t, &slow);
        td_table_free(&t);
        cr_assert_eq(td_mem_live_bytes(), 0);
    }
}

Test(io_csv_random, written_tables_read_back_to_the_same_bytes) {
    state = 2;
    for (int round = 0; round < 60; round++) {
        char path[TD_SCRATCH_PATH];
        uint64_t n;
        td_csv_options options = td_csv_options_default();
        options.delimiter = make_file(path, &n);
        td_table t;
        cr_assert_eq(td_csv_read(&t, path, &options, NULL, NULL), TD_OK);
        static char first[2 * MAX_TEXT];
        uint64_t n_first = 0;
        for (int pass = 0; pass < 2; pass++) {
            cr_assert_eq(td_csv_write(&t, path, NULL), TD_OK);
            td_table_free(&t);
            td_file *file = NULL;
            cr_assert_eq(td_file_open(&file, path, NULL), TD_OK);
            td_bytes bytes = td_file_bytes(file);
            cr_assert_leq(bytes.n, sizeof first);
            if (pass == 0)
                memcpy(first, bytes.data, n_first = bytes.n);
            else
                cr_assert(bytes.n == n_first && memcmp(first, bytes.data, n_first) == 0);
            td_file_close(file);
            options.delimiter = ',';
            cr_assert_eq(td_csv_read(&t, path, &options, NULL, NULL), TD_OK);
        }
        td_table_free(&t);
        unlink(path);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* One byte is replaced, added or taken away. */
static uint64_t damage(uint64_t n) {
    static const char bytes[] = {'"', ',', '\n', 'x', '\0', ';', '\t', '1'};
    uint64_t at = below(n);
    switch (below(3)) {
    case 0:
        text[at] = bytes[below(sizeof bytes)];
        return n;
    case 1:
        memmove(text + at, text + at + 1, n - at - 1);
        return n - 1;
    default:
        memmove(text + at + 1, text + at, n - at);
        text[at] = bytes[below(sizeof bytes)];
        return n + 1;
    }
}

Test(io_csv_random, damaged_files_give_one_and_the_same_error_or_table) {
    state = 3;
    int n_failed = 0;
    for (int round = 0; round < 150; round++) {
        char path[TD_SCRATCH_PATH];
        uint64_t n;
        td_csv_options options = td_csv_options_default();
        options.delimiter = make_file(path, &n);
        unlink(path);
        n = damage(n);
        td_test_scratch_file(path, text, n);
        td_error expected = {0};
        td_table t;
        td_status status = td_csv_read(&t, path, &options, NULL, &expected);
        uint64_t n_rows = t.n_rows;
        td_table_free(&t);
        n_failed += status != TD_OK;
        for (int n_threads = 1; n_threads <= 3; n_threads += 2) {
            td_exec exec = {.n_threads = n_threads};
            td_error err = {0};
            options.piece_bytes = 1 + below(500);
            cr_assert_eq(td_csv_read(&t, path, &options, &exec, &err), status);
            cr_assert_eq(memcmp(&err, &expected, sizeof err), 0,
                         "round %d: %d:%d: %s and %d:%d: %s", round, (int)err.line, (int)err.column,
                         err.text, (int)expected.line, (int)expected.column, expected.text);
            cr_assert_eq(t.n_rows, n_rows);
            td_table_free(&t);
        }
        unlink(path);
    }
    cr_assert_gt(n_failed, 20);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
