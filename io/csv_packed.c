/* io/csv_packed.c: numbers of a delimited file as packed cells (core/packed.h).
 *
 * 1. Which columns? Those whose numbers among the first rows are short decimals but for one in
 *    eight: ids of twenty digits and floats printed to the last bit stay doubles.
 * 2. While a piece is parsed, numbers that do not fit go to a list of the piece; a cell holds the
 *    place there.
 *
 *        piece 0   cell | 3.25 | #0 | 17 | #1 |     others | 0.1234567890123 | 1e300 |
 *        piece 1   cell | #0 | 4 |                  others | 1e-300 |
 *
 * 3. The lists are joined in the order of the pieces, so the table is the same for any number of
 *    threads; places of a piece grow by the number of others before it.
 * 4. Where more than one cell in 16 is such a place the columns become doubles after all: a place
 *    and a double are twelve bytes.
 *
 * Cost: nothing beside parsing, as long as no piece has others. */
#include "core/base/mem.h"
#include "core/packed.h"
#include "io/csv_read_parts.h"
#include "io/num_parse.h"

enum { PROBED_ROWS = 256, PROBED_SHARE = 8, OTHERS_SHARE = 16 };

/* ---- which columns --------------------------------------------------------------------------- */

/* How the numbers of a column look. */
typedef struct looks {
    uint32_t n_numbers, n_long;
} looks;

static void look_at(looks *column, td_csv_field field) {
    td_csv_field trimmed = td_csv_trim(field);
    if (td_csv_is_missing(trimmed.text, trimmed.n)) return;
    uint32_t cell = TD_PACKED_NONE;
    double value;
    const char *end = trimmed.text + trimmed.n;
    if (td_scan_packed(trimmed.text, end, &cell, &value) != end) return;
    column->n_numbers++;
    column->n_long += cell == TD_PACKED_NONE;
}

/* A row that cannot be read ends the search: parsing will name it. */
static void probe(looks *columns, const td_csv_plan *plan) {
    td_csv_cursor cursor = td_csv_plan_open(plan, 0);
    for (int row = 0; row < PROBED_ROWS && cursor.at < cursor.end; row++) {
        for (uint32_t i = 0; i < plan->n_columns; i++) {
            td_csv_field field;
            if (td_csv_next(&cursor, &field, NULL) != TD_OK) return;
            if (plan->kind[i] == TD_CELL_NUMBER) look_at(&columns[i], field);
            if (field.is_last != (i + 1 == plan->n_columns)) return;
        }
    }
}

td_status td_csv_choose_packed(td_csv_plan *plan, td_error *err) {
    looks *columns;
    TD_NEW_ZEROED(plan->is_packed, plan->n_columns, err);
    TD_NEW_ZEROED(columns, plan->n_columns, err);
    probe(columns, plan);
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        plan->is_packed[i] = plan->kind[i] == TD_CELL_NUMBER &&
                             columns[i].n_long * PROBED_SHARE <= columns[i].n_numbers;
    }
    td_mem_free(columns);
    return TD_OK;
}

/* ---- others ---------------------------------------------------------------------------------- */

td_status td_csv_add_other(td_csv_others *others, double value, uint32_t *cell, td_error *err) {
    TD_CHECK(others->n < TD_PACKED_DIGITS, err, TD_ERR_RANGE, "more than %d long numbers a piece",
             TD_PACKED_DIGITS);
    if (others->n == others->room) {
        uint32_t room = others->room > 0 ? 2 * others->room : 64;
        double *grown = td_mem_resize(others->value, room, sizeof *grown, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        others->value = grown;
        others->room = room;
    }
    *cell = TD_PACKED_OTHER | others->n;
    others->value[others->n++] = value;
    return TD_OK;
}

typedef struct joining {
    const td_csv_plan *plan;
    const td_csv_others *others; /* [n_pieces] */
    uint64_t *before;            /* [n_pieces] others of the pieces before */
    double *all;                 /* the table's */
} joining;

/* First row of a piece in the table. */
static uint64_t first_row(const td_csv_plan *plan, uint64_t piece) {
    return plan->split.piece[piece].record - plan->first_record;
}

static td_status join_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const joining *job = ctx;
    const td_csv_others *others = &job->others[chunk.index];
    uint32_t before = (uint32_t)job->before[chunk.index];
    if (others->n == 0) return TD_OK;
    memcpy(job->all + before, others->value, others->n * sizeof *job->all);
    for (uint32_t i = 0; i < job->plan->n_columns; i++) {
        const td_column *column = job->plan->target[i];
        if (column == NULL || column->packed == NULL) continue;
        uint32_t *cell = column->packed + first_row(job->plan, chunk.index);
        for (uint64_t row = 0; row < job->plan->split.piece[chunk.index].n_records; row++) {
            if (td_packed_is_other(cell[row])) cell[row] += before;
        }
    }
    return TD_OK;
}

/* Step 4 for one column. */
static td_status unpack_column(void *ctx, td_chunk chunk, td_error *err) {
    const joining *job = ctx;
    td_column *column = job->plan->target[chunk.index];
    if (column == NULL || column->packed == NULL) return TD_OK;
    TD_NEW(column->number, job->plan->n_rows, err);
    for (uint64_t p = 0; p < job->plan->split.n_pieces; p++) {
        uint64_t row = first_row(job->plan, p);
        td_packed_decode(column->number + row, column->packed + row,
                         job->plan->split.piece[p].n_records, job->others[p].value);
    }
    td_mem_free(column->packed);
    column->packed = NULL;
    return TD_OK;
}

static td_status join(td_table *table, joining *job, const td_exec *exec, td_error *err) {
    const td_csv_plan *plan = job->plan;
    uint64_t n_others = 0, n_cells = 0;
    for (uint32_t i = 0; i < plan->n_columns; i++) n_cells += plan->is_packed[i] * plan->n_rows;
    for (uint64_t p = 0; p < plan->split.n_pieces; p++) {
        job->before[p] = n_others;
        n_others += job->others[p].n;
    }
    if (n_others == 0) return TD_OK;
    if (n_others > n_cells / OTHERS_SHARE || n_others >= TD_PACKED_DIGITS)
        return td_par_for(exec, plan->n_columns, 1, unpack_column, job, err);
    TD_NEW(table->other, n_others, err);
    job->all = table->other;
    for (uint32_t c = 0; c < table->n_columns; c++) table->column[c].other = table->other;
    return td_par_for(exec, plan->split.n_pieces, 1, join_piece, job, err);
}

td_status td_csv_join_others(td_table *table, const td_csv_plan *plan, const td_csv_others *others,
                             const td_exec *exec, td_error *err) {
    joining job = {plan, others, NULL, NULL};
    TD_NEW(job.before, plan->split.n_pieces, err);
    td_status status = join(table, &job, exec, err);
    td_mem_free(job.before);
    return status;
}
