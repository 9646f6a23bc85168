/* tests/fuzz/fuzz_csv_read.c: any bytes through td_csv_read. Checked beyond the sanitizers: one and
 * two threads and two piece sizes agree on the table or on the error, codes lie in their
 * dictionary, and nothing stays allocated. The first byte of the input chooses options. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/csv_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int is_true, const char *what) {
    if (is_true) return;
    fprintf(stderr, "fuzz_csv_read: %s\n", what);
    abort();
}

static void check_table(const td_table *t) {
    for (uint32_t i = 0; i < t->n_columns; i++) {
        const td_column *column = &t->column[i];
        demand(column->name != NULL, "a column without a name");
        if (column->kind == TD_COLUMN_NUMBER) continue;
        for (uint64_t row = 0; row < t->n_rows; row++) {
            demand(column->code[row] < column->dict.n || column->code[row] == TD_CODE_NONE,
                   "a code outside its dictionary");
        }
    }
}

static void compare_tables(const td_table *a, const td_table *b) {
    demand(a->n_rows == b->n_rows && a->n_columns == b->n_columns, "shapes differ");
    for (uint32_t i = 0; i < a->n_columns; i++) {
        const td_column *x = &a->column[i];
        const td_column *y = &b->column[i];
        demand(x->kind == y->kind, "kinds differ");
        int order = x->kind == TD_COLUMN_NUMBER
                        ? memcmp(x->number, y->number, a->n_rows * sizeof *x->number)
                        : memcmp(x->code, y->code, a->n_rows * sizeof *x->code);
        demand(order == 0, "cells differ");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    int fd = memfd_create("fuzz", 0);
    demand(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)size - 1, "no scratch file");
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    td_csv_options options = td_csv_options_default();
    options.has_header = data[0] & 1;
    options.delimiter = data[0] & 2 ? ',' : 0;
    options.piece_bytes = 1 + (data[0] >> 2);
    td_exec exec = {.n_threads = 2};
    td_table one;
    td_table two;
    td_error err_one = {0};
    td_error err_two = {0};
    td_status status = td_csv_read(&one, path, &options, NULL, &err_one);
    options.piece_bytes = 0;
    demand(td_csv_read(&two, path, &options, &exec, &err_two) == status, "statuses differ");
    demand(memcmp(&err_one, &err_two, sizeof err_one) == 0, "errors differ");
    check_table(&one);
    compare_tables(&one, &two);
    td_table_free(&one);
    td_table_free(&two);
    close(fd);
    demand(td_mem_live_bytes() == 0, "memory is left");
    return 0;
}
