/* cli/report_text.c: what all commands share when they print.
 *
 *     cells   "figure" "value"  "sessions" "6,229"  "orders" "40"          in reading order
 *     align   "lr"                                                         two columns
 *     print   figure    value
 *             sessions  6,229
 *             orders       40
 *
 * A td_grid keeps its cells as texts in an arena, in reading order; printing makes two passes,
 * the widest cell of each column first, then the rows. Width is counted in UTF-8 characters,
 * because names from the user's data may hold any. Nothing here computes a result; numbers for
 * people are rounded here and nowhere else, JSON has the exact ones.
 *
 * Times are civil UTC after H. Hinnant, "chrono-compatible low-level date algorithms" (2013):
 * days since 1970 -> era of 400 years -> year of era -> day of year -> month counted from March,
 * so that the leap day is the last of its year.
 *
 * Cost O(cells). stdout is stdio's here; dispatch.c checks its close. */
#include "cli/report_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

enum { GAP_WIDTH = 2, MAX_COLUMNS = 16 };

void td_grid_open(td_grid *grid, const char *align) {
    memset(grid, 0, sizeof *grid);
    grid->align = align;
    grid->n_columns = (uint32_t)strlen(align);
}

/* A lost cell is an empty cell: a report must not fail because a table is short of memory. */
static void keep_cell(td_grid *grid, const char *text) {
    if (grid->n_cells == grid->capacity) {
        uint64_t more = grid->capacity * 2 + 64;
        const char **cell = td_mem_resize(grid->cell, more, sizeof *cell, NULL);
        if (cell == NULL) return;
        grid->cell = cell;
        grid->capacity = more;
    }
    uint64_t size = strlen(text) + 1;
    char *copy = td_arena_array(&grid->arena, size, 1, NULL);
    if (copy != NULL) memcpy(copy, text, size);
    grid->cell[grid->n_cells++] = copy != NULL ? copy : "";
}

void td_grid_cell(td_grid *grid, const char *fmt, ...) {
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    keep_cell(grid, text);
}

void td_grid_count(td_grid *grid, uint64_t n) {
    char text[32];
    keep_cell(grid, td_text_count(text, n));
}

/* Characters of a UTF-8 text: bytes that do not continue one. */
static int text_width(const char *text) {
    int n = 0;
    for (; *text != '\0'; text++) n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Nothing is padded behind the last cell, so lines do not end in blanks. */
static void print_row(const td_grid *grid, uint64_t first, const int *width, int indent) {
    uint32_t n = grid->n_columns; /* without the empty cells at the end of the row */
    while (n > 0 && (first + n > grid->n_cells || *grid->cell[first + n - 1] == '\0')) n--;
    printf("%*s", indent, "");
    for (uint32_t c = 0; c < n; c++) {
        const char *text = grid->cell[first + c];
        int pad = width[c] - text_width(text);
        int is_last = c + 1 == n;
        if (grid->align[c] == 'r') {
            printf("%*s%s", pad, "", text);
        } else {
            printf("%s%*s", text, is_last ? 0 : pad, "");
        }
        if (!is_last) printf("%*s", GAP_WIDTH, "");
    }
    putchar('\n');
}

/* First pass: widest cell of each column. Second pass: the rows. */
void td_grid_print(td_grid *grid, int indent) {
    int width[MAX_COLUMNS] = {0};
    for (uint64_t i = 0; i < grid->n_cells; i++) {
        int w = text_width(grid->cell[i]);
        int *widest = &width[i % grid->n_columns % MAX_COLUMNS];
        if (w > *widest) *widest = w;
    }
    for (uint64_t i = 0; i < grid->n_cells; i += grid->n_columns) print_row(grid, i, width, indent);
    td_mem_free(grid->cell);
    td_arena_free(&grid->arena);
    memset(grid, 0, sizeof *grid);
}

/* A separator before every group of three digits, counted from the right. */
const char *td_text_count(char out[32], uint64_t n) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    char *to = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *td_text_time(char out[32], int64_t ms) {
    int64_t seconds = ms / 1000, days = seconds / 86400;
    int clock = (int)(seconds % 86400);
    int64_t z = days + 719468; /* days since 0000-03-01 */
    int64_t era = z / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 = March */
    int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    int civil_month = (int)(month < 10 ? month + 3 : month - 9);
    int civil_year = (int)(year + era * 400 + (civil_month <= 2));
    snprintf(out, 32, "%04d-%02d-%02d %02d:%02d:%02d", civil_year, civil_month, day, clock / 3600,
             clock / 60 % 60, clock % 60);
    return out;
}

/* Two units at most: nobody reads "3 h 20 min 14 s" to the end. */
const char *td_text_duration(char out[32], int64_t ms) {
    long long s = (ms + 500) / 1000, minutes = s / 60, hours = minutes / 60;
    if (ms < 1000) {
        snprintf(out, 32, "%lld ms", (long long)ms);
    } else if (ms < 60000) {
        snprintf(out, 32, "%.1f s", (double)ms / 1000);
    } else if (minutes < 60) {
        snprintf(out, 32, "%lld min %lld s", minutes, s % 60);
    } else if (hours < 48) {
        snprintf(out, 32, "%lld h %lld min", hours, minutes % 60);
    } else {
        snprintf(out, 32, "%lld d %lld h", hours / 24, hours % 24);
    }
    return out;
}

const char *td_text_bytes(char out[32], uint64_t n) {
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB"};
    double x = (double)n;
    int u = 0;
    while (x >= 999.5 && u < 4) {
        x /= 1000;
        u++;
    }
    snprintf(out, 32, u == 0 ? "%.0f %s" : "%.1f %s", x, unit[u]);
    return out;
}

/* fill cannot fail: a writer keeps its first error and commit reports it. */
td_status td_cli_write_json(const td_cli *cli, td_json_fill_fn fill, const void *ctx,
                            td_error *err) {
    if (cli->json == NULL) return TD_OK;
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, cli->json, err));
    td_json json = td_json_open(writer);
    td_json_object(&json, NULL);
    fill(&json, ctx);
    td_json_end(&json);
    td_json_close(&json);
    return td_writer_commit(writer, err);
}
