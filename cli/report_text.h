/* cli/report_text.h: tables for people and JSON for programs, as all commands print them. */
#ifndef TD_CLI_REPORT_TEXT_H
#define TD_CLI_REPORT_TEXT_H

#include <stdint.h>

#include "cli/cmd.h"
#include "core/base/arena.h"
#include "io/json_write.h"

/* A table whose columns fit their widest cell:
 *
 *     td_grid grid;
 *     TD_TRY(td_grid_open(&grid, "lrr", err));       one letter a column: l(eft) or r(ight)
 *     td_grid_cell(&grid, "sessions");  ...          row by row
 *     td_grid_print(&grid, 2);                       to stdout, indented; frees it
 *
 * Cells are added in reading order; a failed allocation is kept and makes the cell empty. */
typedef struct td_grid {
    td_arena arena;
    const char *align;
    uint32_t n_columns;
    uint64_t n_cells;
    uint64_t capacity;
    const char **cell; /* [n_cells] */
} td_grid;

void td_grid_open(td_grid *grid, const char *align);
void td_grid_cell(td_grid *grid, const char *fmt, ...) TD_PRINTF(2, 3);
void td_grid_count(td_grid *grid, uint64_t n); /* with thousands separators */
void td_grid_print(td_grid *grid, int indent);

/* 1234567 -> "1,234,567". */
const char *td_text_count(char out[32], uint64_t n);

/* Milliseconds since 1970 -> "2015-05-03 03:02:00" (UTC). */
const char *td_text_time(char out[32], int64_t ms);

/* A length of time: "124 ms", "4.2 s", "12 min 5 s", "3 h 20 min", "12 d 3 h". */
const char *td_text_duration(char out[32], int64_t ms);

/* Bytes: "512 B", "94.2 MB". */
const char *td_text_bytes(char out[32], uint64_t n);

/* Writes the keys of the outermost object. */
typedef void (*td_json_fill_fn)(td_json *json, const void *ctx);

/* The JSON object of --json, whole or not at all: opens the object, calls fill, closes, commits.
 * Does nothing without --json. TD_ERR_IO when it cannot be written. */
td_status td_cli_write_json(const td_cli *cli, td_json_fill_fn fill, const void *ctx,
                            td_error *err) TD_MUST_USE;

#endif
