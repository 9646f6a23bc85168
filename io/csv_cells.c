/* io/csv_cells.c: rows of a delimited file -> columns of a table, by all threads.
 *
 * 1. Pieces are parsed in parallel. A piece knows its first row, so cells go straight to their
 *    place. A number is scanned without looking for the cell's end first: in a well-formed file the
 *    delimiter stands where the number stops. Everything else (missing, quoted, padded, wrong)
 *    takes the slow way over td_csv_next.
 * 2. A category cell is coded by the set of texts that its *thread* has seen: which code a text
 *    gets there depends on chance.
 * 3. Per category column: all sets are joined into one dictionary, whose codes are ranks in byte
 *    order and depend on the texts alone; then every piece translates its cells from the code of
 *    the thread that read it.
 *
 * Errors: the first bad cell of the lowest bad piece, for any number of threads.
 * Cost: one pass over the text; scratch is the distinct texts of each thread. */
#include <stdatomic.h>

#include "core/base/mem.h"
#include "core/packed.h"
#include "io/csv_read_parts.h"
#include "io/num_parse.h"
#include "io/text_set.h"

typedef struct parsing {
    const td_csv_plan *plan;
    const td_exec *exec;
    td_text_set *sets;     /* [n_workers][n_columns] */
    uint32_t **ranks;      /* [n_workers][n_columns] -> [set.n] code in the dictionary */
    int *worker_of;        /* [n_pieces] */
    td_csv_others *others; /* [n_pieces] */
    uint64_t n_workers;
    _Atomic uint64_t n_done; /* pieces */
} parsing;

/* Where a row is being read. */
typedef struct row_state {
    td_csv_cursor *cursor;
    td_csv_cursor start;   /* at the row's first byte, for errors */
    td_text_set *sets;     /* [n_columns] of this worker */
    td_csv_others *others; /* of this piece */
    uint64_t row;
    int is_last; /* the cell just read was the last of the record */
} row_state;

/* Name the value as it stands in the file, the column, and why it is no number. */
static td_status fail_cell(const row_state *state, const td_csv_field *field, const char *column,
                           td_num why, td_error *err) {
    char shown[64];
    td_csv_show(shown, field->text, field->n);
    const char *at = field->text - field->is_quoted;
    if (why == TD_NUM_RANGE) {
        return td_csv_fail(err, TD_ERR_FORMAT, &state->start, at,
                           "%s is too large for a number (column '%.60s')", shown, column);
    }
    return td_csv_fail(err, TD_ERR_FORMAT, &state->start, at, "%s is not a number (column '%.60s')",
                       shown, column);
}

/* A number cell that is not just digits up to the delimiter: as a packed cell, or as a double where
 * that is TD_PACKED_NONE. */
static td_status slow_cell(row_state *state, const char *column, uint32_t *cell, double *out,
                           td_error *err) {
    td_csv_field field;
    TD_TRY(td_csv_next(state->cursor, &field, err));
    state->is_last = field.is_last;
    td_csv_field trimmed = td_csv_trim(field);
    const char *end = trimmed.text + trimmed.n;
    *cell = TD_PACKED_MISSING;
    if (td_csv_is_missing(trimmed.text, trimmed.n)) return TD_OK;
    if (td_scan_packed(trimmed.text, end, cell, out) == end) return TD_OK;
    td_num why = td_parse_f64(trimmed.text, trimmed.n, out);
    return fail_cell(state, &field, column, why, err);
}

/* The common cell: `stop` is where its number ends. A delimiter or a line end there makes it a cell
 * and 1 is returned; anything else (and the end of the text, where stop must not be read) is looked
 * at again. */
static inline int ends_cell(row_state *state, const char *stop) {
    td_csv_cursor *cursor = state->cursor;
    if (stop == NULL || stop == cursor->end) return 0;
    if (*stop == cursor->delimiter) {
        cursor->at = stop + 1;
        state->is_last = 0;
        return 1;
    }
    if (*stop == '\r' && stop + 1 < cursor->end) stop++;
    if (*stop != '\n') return 0;
    td_csv_end_record(cursor, stop);
    state->is_last = 1;
    return 1;
}

static inline td_status number_cell(row_state *state, const char *column, double *out,
                                    td_error *err) {
    const td_csv_cursor *cursor = state->cursor;
    if (ends_cell(state, td_scan_f64(cursor->at, cursor->end, out))) return TD_OK;
    uint32_t cell;
    TD_TRY(slow_cell(state, column, &cell, out, err));
    if (cell != TD_PACKED_NONE) *out = td_packed_decimal(cell);
    return TD_OK;
}

static inline td_status packed_cell(row_state *state, const char *column, uint32_t *out,
                                    td_error *err) {
    const td_csv_cursor *cursor = state->cursor;
    double value = 0;
    if (!ends_cell(state, td_scan_packed(cursor->at, cursor->end, out, &value))) {
        TD_TRY(slow_cell(state, column, out, &value, err));
    }
    return *out != TD_PACKED_NONE ? TD_OK : td_csv_add_other(state->others, value, out, err);
}

/* Code of a text with doubled quotes: it is copied first. */
static td_status add_escaped(td_text_set *set, const td_csv_field *field, uint32_t *code,
                             td_error *err) {
    char *text;
    TD_NEW(text, field->n, err);
    td_status status = td_text_set_add(set, text, td_csv_unescape(text, field), code, err);
    td_mem_free(text);
    return status;
}

/* A text is checked for 0 bytes when the thread sees it for the first time; the set grew then. */
static td_status category_cell(row_state *state, td_text_set *set, const char *column,
                               uint32_t *code, td_error *err) {
    td_csv_field field;
    TD_TRY(td_csv_next(state->cursor, &field, err));
    state->is_last = field.is_last;
    *code = TD_CODE_NONE;
    if (td_csv_is_missing(field.text, field.n)) return TD_OK;
    uint32_t n_known = set->n;
    if (field.has_escape)
        TD_TRY(add_escaped(set, &field, code, err));
    else
        TD_TRY(td_text_set_add(set, field.text, field.n, code, err));
    if (set->n == n_known) return TD_OK;
    const char *zero = memchr(field.text, 0, field.n); /* once per distinct text */
    if (zero == NULL) return TD_OK;
    return td_csv_fail(err, TD_ERR_FORMAT, &state->start, zero, "0 byte in column '%.60s'", column);
}

/* The record ended early or goes on: say how many fields it has. */
static td_status fail_width(const row_state *state, uint32_t n_columns, td_error *err) {
    td_csv_cursor cursor = state->start;
    td_csv_field field;
    uint64_t n = 0;
    do {
        TD_TRY(td_csv_next(&cursor, &field, err));
        n++;
    } while (!field.is_last);
    const char *kind = n == 1 && field.n == 0 ? "blank line"
                       : n < n_columns        ? "short row"
                                              : "long row";
    return td_csv_fail(err, TD_ERR_FORMAT, &state->start, state->start.at,
                       "%s: %llu field%s where %u are expected", kind, (unsigned long long)n,
                       n == 1 ? "" : "s", n_columns);
}

/* One record. Too few or too many fields show at the first field whose is_last is not as
 * expected. */
static td_status read_row(const td_csv_plan *plan, row_state *state, td_error *err) {
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        td_column *target = plan->target[i];
        if (plan->kind[i] == TD_CELL_NUMBER && target->packed != NULL) {
            TD_TRY(packed_cell(state, target->name, &target->packed[state->row], err));
        } else if (plan->kind[i] == TD_CELL_NUMBER) {
            TD_TRY(number_cell(state, target->name, &target->number[state->row], err));
        } else if (plan->kind[i] == TD_CELL_CATEGORY) {
            TD_TRY(category_cell(state, &state->sets[i], target->name, &target->code[state->row],
                                 err));
        } else {
            td_csv_field field;
            TD_TRY(td_csv_next(state->cursor, &field, err));
            state->is_last = field.is_last;
        }
        if (state->is_last != (i + 1 == plan->n_columns)) {
            return fail_width(state, plan->n_columns, err);
        }
    }
    return TD_OK;
}

/* Step 1 and 2. */
static td_status parse_piece(void *ctx, td_chunk chunk, td_error *err) {
    parsing *p = ctx;
    const td_csv_plan *plan = p->plan;
    td_csv_cursor cursor = td_csv_plan_open(plan, chunk.index);
    row_state state = {.cursor = &cursor,
                       .sets = p->sets + (uint64_t)chunk.worker * plan->n_columns,
                       .others = &p->others[chunk.index],
                       .row = plan->split.piece[chunk.index].record - plan->first_record};
    p->worker_of[chunk.index] = chunk.worker;
    for (; cursor.at < cursor.end; state.row++) {
        state.start = cursor;
        TD_TRY(read_row(plan, &state, err));
    }
    const td_csv_piece *piece = &plan->split.piece[chunk.index];
    td_file_release(plan->file, piece->begin, piece->end);
    uint64_t n_done = atomic_fetch_add(&p->n_done, 1) + 1;
    if (chunk.worker != 0) return TD_OK; /* one thread reports */
    return td_exec_progress(p->exec, "read", n_done, plan->split.n_pieces, err);
}

/* All texts of a column, end to end. */
typedef struct joined {
    char *bytes;
    uint64_t *begin;
    uint32_t *length;
} joined;

static td_status join_texts(joined *out, const parsing *p, uint64_t column, uint64_t *n,
                            td_error *err) {
    uint64_t n_columns = p->plan->n_columns;
    uint64_t n_bytes = 0;
    *n = 0;
    for (uint64_t w = 0; w < p->n_workers; w++) {
        const td_text_set *set = &p->sets[w * n_columns + column];
        *n += set->n;
        n_bytes += set->n > 0 ? set->begin[set->n] : 0;
    }
    TD_NEW(out->bytes, n_bytes, err);
    TD_NEW(out->begin, *n, err);
    TD_NEW(out->length, *n, err);
    uint64_t i = 0;
    uint64_t at = 0;
    for (uint64_t w = 0; w < p->n_workers; w++) {
        const td_text_set *set = &p->sets[w * n_columns + column];
        if (set->n == 0) continue;
        memcpy(out->bytes + at, set->bytes, set->begin[set->n]);
        for (uint32_t code = 0; code < set->n; code++, i++) {
            out->begin[i] = at + set->begin[code];
            out->length[i] = (uint32_t)(set->begin[code + 1] - set->begin[code]);
        }
        at += set->begin[set->n];
    }
    return TD_OK;
}

/* The dictionary of a column, and for each thread's set the rank of each of its codes. */
static td_status rank_texts(const parsing *p, uint64_t column, td_error *err) {
    td_textdict *dict = &p->plan->target[column]->dict;
    joined all = {0};
    uint64_t n = 0;
    td_status status = join_texts(&all, p, column, &n, err);
    if (status == TD_OK) status = td_textdict_build(dict, n, all.bytes, all.begin, all.length, err);
    td_mem_free(all.bytes);
    td_mem_free(all.begin);
    td_mem_free(all.length);
    TD_TRY(status);
    for (uint64_t w = 0; w < p->n_workers; w++) {
        const td_text_set *set = &p->sets[w * p->plan->n_columns + column];
        uint32_t *rank;
        TD_NEW(rank, set->n, err);
        p->ranks[w * p->plan->n_columns + column] = rank;
        for (uint32_t code = 0; code < set->n; code++) {
            rank[code] = td_textdict_find(dict, set->bytes + set->begin[code],
                                          set->begin[code + 1] - set->begin[code]);
        }
    }
    return TD_OK;
}

/* Step 3, first half: one column a chunk. */
static td_status rank_column(void *ctx, td_chunk chunk, td_error *err) {
    parsing *p = ctx;
    if (p->plan->kind[chunk.index] != TD_CELL_CATEGORY) return TD_OK;
    return rank_texts(p, chunk.index, err);
}

/* Step 3, second half. */
static td_status translate_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    parsing *p = ctx;
    const td_csv_piece *piece = &p->plan->split.piece[chunk.index];
    uint64_t first = piece->record - p->plan->first_record;
    uint64_t n_columns = p->plan->n_columns;
    for (uint64_t i = 0; i < n_columns; i++) {
        if (p->plan->kind[i] != TD_CELL_CATEGORY) continue;
        const uint32_t *rank = p->ranks[(uint64_t)p->worker_of[chunk.index] * n_columns + i];
        uint32_t *code = p->plan->target[i]->code + first;
        for (uint64_t row = 0; row < piece->n_records; row++) {
            if (code[row] != TD_CODE_NONE) code[row] = rank[code[row]];
        }
    }
    return TD_OK;
}

static td_status parse_all(td_table *table, parsing *p, const td_exec *exec, td_error *err) {
    uint64_t n_pieces = p->plan->split.n_pieces;
    uint64_t n_sets = p->n_workers * p->plan->n_columns;
    TD_NEW_ZEROED(p->sets, n_sets, err);
    TD_NEW_ZEROED(p->ranks, n_sets, err);
    TD_NEW_ZEROED(p->worker_of, n_pieces, err);
    TD_NEW_ZEROED(p->others, n_pieces, err);
    TD_TRY(td_par_for(exec, n_pieces, 1, parse_piece, p, err));
    if (p->plan->is_packed != NULL)
        TD_TRY(td_csv_join_others(table, p->plan, p->others, exec, err));
    TD_TRY(td_par_for(exec, p->plan->n_columns, 1, rank_column, p, err));
    return td_par_for(exec, n_pieces, 1, translate_piece, p, err);
}

td_status td_csv_parse(td_table *table, const td_csv_plan *plan, const td_exec *exec,
                       td_error *err) {
    parsing p = {.plan = plan, .exec = exec, .n_workers = (uint64_t)td_exec_threads(exec)};
    td_status status = parse_all(table, &p, exec, err);
    uint64_t n_sets = p.n_workers * plan->n_columns, n_pieces = plan->split.n_pieces;
    for (uint64_t i = 0; i < n_sets && p.sets != NULL; i++) td_text_set_free(&p.sets[i]);
    for (uint64_t i = 0; i < n_sets && p.ranks != NULL; i++) td_mem_free(p.ranks[i]);
    for (uint64_t i = 0; i < n_pieces && p.others != NULL; i++) td_mem_free(p.others[i].value);
    td_mem_free(p.sets);
    td_mem_free(p.ranks);
    td_mem_free(p.worker_of);
    td_mem_free(p.others);
    return status;
}
