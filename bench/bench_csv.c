/* bench/bench_csv.c: how fast the CSV layer is on one core, in MB of text per second of CPU time.
 *
 *     build/bench/bench_csv [FILE]     default: a made-up table, 28 columns of %.6g values, 50 MB
 *
 * Prints one line per step; each figure is the best of three passes. The read includes the page
 * faults of the columns it fills. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/tools.h"
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "io/csv_read.h"
#include "io/csv_scan.h"
#include "io/csv_write.h"
#include "io/num_parse.h"

enum { N_COLUMNS = 28, N_ROWS = 200000, N_PASSES = 3 };

static td_status make_file(const char *path, td_error *err) {
    td_writer *writer;
    TD_TRY(td_writer_open(&writer, path, err));
    for (int i = 0; i < N_COLUMNS; i++) td_writer_printf(writer, "%sx%d", i > 0 ? "," : "", i);
    td_writer_text(writer, "\n");
    td_rng rng = td_rng_stream(1, "bench_csv", 0, 0);
    for (int row = 0; row < N_ROWS; row++) {
        for (int i = 0; i < N_COLUMNS; i++) {
            td_writer_printf(writer, "%s%.6g", i > 0 ? "," : "", td_rng_normal(&rng));
        }
        td_writer_text(writer, "\n");
    }
    return td_writer_commit(writer, err);
}

typedef td_status (*step_fn)(const char *path, td_bytes text, td_error *err);

/* Where lines can be cut, quotes respected: nothing else. */
static td_status step_split(const char *path, td_bytes text, td_error *err) {
    (void)path;
    td_csv_split split;
    TD_TRY(td_csv_split_text(&split, text, ',', TD_CSV_PIECE_BYTES, NULL, err));
    td_csv_split_free(&split);
    return TD_OK;
}

/* Fields found and passed over, no number read. */
static td_status step_fields(const char *path, td_bytes text, td_error *err) {
    td_csv_split split;
    TD_TRY(td_csv_split_text(&split, text, ',', TD_CSV_PIECE_BYTES, NULL, err));
    for (uint64_t i = 0; i < split.n_pieces; i++) {
        td_csv_cursor cursor = td_csv_open(&split.piece[i], &split, ',', path);
        while (cursor.at < cursor.end) TD_TRY(td_csv_skip_record(&cursor, err));
    }
    td_csv_split_free(&split);
    return TD_OK;
}

static td_status step_numbers(const char *path, td_bytes text, td_error *err) {
    (void)path;
    (void)err;
    const char *end = text.data + text.n;
    double value;
    for (const char *at = text.data; at < end;) {
        const char *stop = td_scan_f64(at, end, &value);
        at = stop != NULL ? stop + 1 : at + 1;
    }
    return TD_OK;
}

/* All of it, columns filled; packed is what `train --data` does. */
static td_status read_table(const char *path, int is_packed, td_error *err) {
    td_table table;
    td_csv_options options = td_csv_options_default();
    options.is_packed = is_packed;
    TD_TRY(td_csv_read(&table, path, &options, NULL, err));
    td_table_free(&table);
    return TD_OK;
}

static td_status step_read(const char *path, td_bytes text, td_error *err) {
    (void)text;
    return read_table(path, 0, err);
}

static td_status step_packed(const char *path, td_bytes text, td_error *err) {
    (void)text;
    return read_table(path, 1, err);
}

static td_status time_step(const char *name, step_fn step, const char *path, td_bytes text,
                           td_error *err) {
    double best = 1e300;
    for (int pass = 0; pass < N_PASSES; pass++) {
        double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
        TD_TRY(step(path, text, err));
        double seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        if (seconds < best) best = seconds;
    }
    printf("%-22s %8.1f MB/s\n", name, (double)text.n * 1e-6 / best);
    return TD_OK;
}

/* Numbers to shortest text, into /dev/null. */
static td_status time_write(const char *path, td_error *err) {
    td_table table;
    td_csv_options options = td_csv_options_default();
    TD_TRY(td_csv_read(&table, path, &options, NULL, err));
    double start = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
    td_status status = td_csv_write(&table, "/dev/null", err);
    double seconds = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    double n_cells = (double)table.n_rows * table.n_columns;
    printf("%-22s %8.1f ns per cell\n", "write", 1e9 * seconds / n_cells);
    td_table_free(&table);
    return status;
}

static td_status run(const char *path, td_error *err) {
    td_file *file;
    TD_TRY(td_file_open(&file, path, err));
    td_bytes text = td_file_bytes(file);
    printf("%s: %.1f MB\n", path, (double)text.n * 1e-6);
    td_status status = time_step("split", step_split, path, text, err);
    if (status == TD_OK) status = time_step("split + fields", step_fields, path, text, err);
    if (status == TD_OK) status = time_step("numbers", step_numbers, path, text, err);
    if (status == TD_OK) status = time_step("read as doubles", step_read, path, text, err);
    if (status == TD_OK) status = time_step("read packed, as train", step_packed, path, text, err);
    if (status == TD_OK) status = time_write(path, err);
    td_file_close(file);
    return status;
}

int main(int argc, char **argv) {
    td_error err = {0};
    char path[64];
    snprintf(path, sizeof path, "/tmp/bench_csv_%d.csv", (int)getpid());
    td_status status = argc > 1 ? TD_OK : make_file(path, &err);
    if (status == TD_OK) status = run(argc > 1 ? argv[1] : path, &err);
    if (argc <= 1) unlink(path);
    if (status == TD_OK) return 0;
    char text[1024];
    td_error_format(&err, text, sizeof text);
    fprintf(stderr, "bench_csv: %s\n", text);
    return 1;
}
