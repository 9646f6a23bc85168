/* tests/fuzz/fuzz_parquet_read.c: any bytes through td_parquet_read. Checked beyond the sanitizers:
 * one and two threads agree, codes lie in their dictionary, nothing stays allocated. Files that
 * promise many rows are left out: they are refused only by the heap. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/parquet_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int is_true, const char *what) {
    if (is_true) return;
    fprintf(stderr, "fuzz_parquet_read: %s\n", what);
    abort();
}

static void compare_tables(const td_table *a, const td_table *b) {
    demand(a->n_rows == b->n_rows && a->n_columns == b->n_columns, "shapes differ");
    for (uint32_t i = 0; i < a->n_columns; i++) {
        const td_column *x = &a->column[i];
        const td_column *y = &b->column[i];
        int order = x->kind == TD_COLUMN_NUMBER
                        ? memcmp(x->number, y->number, a->n_rows * sizeof *x->number)
                        : memcmp(x->code, y->code, a->n_rows * sizeof *x->code);
        demand(order == 0, "cells differ");
        for (uint64_t row = 0; x->kind == TD_COLUMN_CATEGORY && row < a->n_rows; row++)
            demand(x->code[row] < x->dict.n || x->code[row] == TD_CODE_NONE,
                   "a code outside its dictionary");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int fd = memfd_create("fuzz", 0);
    demand(fd >= 0 && write(fd, data, size) == (ssize_t)size, "no scratch file");
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    uint64_t rows = 0;
    char note[16];
    td_csv_options options = td_csv_options_default();
    td_exec exec = {.n_threads = 2};
    if (td_parquet_note_read(&rows, note, sizeof note, path, "run_id", NULL) == TD_OK &&
        rows <= 4096) {
        td_table one, two;
        td_error err_one = {0}, err_two = {0};
        td_status status = td_parquet_read(&one, path, &options, NULL, &err_one);
        demand(td_parquet_read(&two, path, &options, &exec, &err_two) == status, "statuses differ");
        demand(memcmp(&err_one, &err_two, sizeof err_one) == 0, "errors differ");
        compare_tables(&one, &two);
        td_table_free(&one);
        td_table_free(&two);
    }
    close(fd);
    demand(td_mem_live_bytes() == 0, "memory is left");
    return 0;
}
