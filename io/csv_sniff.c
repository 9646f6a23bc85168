/* io/csv_sniff.c: is a column of numbers or of texts? Its first cell with a value decides.
 *
 * 1. The first piece is read row by row until every column is decided; for nearly every file these
 *    are a few rows.
 * 2. Columns that are empty all through the first piece: the other pieces look for their own first
 *    value, in parallel, and the lowest piece that found one decides.
 *
 * Reading fails at a row that is too short, too long or badly quoted, if not before; the search
 * ends there too, in its piece and for all later ones, so that the kinds (and with them the error)
 * do not depend on where the text was cut. */
#include "core/base/mem.h"
#include "io/csv_read_parts.h"
#include "io/num_parse.h"

typedef struct sniffing {
    const td_csv_plan *plan;
    uint8_t *found;     /* [n_pieces][n_columns] td_cell_kind */
    uint8_t *is_broken; /* [n_pieces] 1 = the search ended at a bad row */
} sniffing;

/* A number out of range is a number: reading will say that it is too large. */
static td_cell_kind kind_of(td_csv_field field) {
    double value;
    td_csv_field trimmed = td_csv_trim(field);
    if (td_csv_is_missing(trimmed.text, trimmed.n)) return TD_CELL_UNKNOWN;
    int is_text = td_parse_f64(trimmed.text, trimmed.n, &value) == TD_NUM_BAD;
    return is_text ? TD_CELL_CATEGORY : TD_CELL_NUMBER;
}

/* Decide what the rows of one piece can; plan->kind says which columns are open. 1 when a bad row
 * ended the search. */
static uint8_t sniff_rows(const td_csv_plan *plan, uint64_t piece, uint8_t *found) {
    uint32_t n_open = 0;
    for (uint32_t i = 0; i < plan->n_columns; i++) n_open += plan->kind[i] == TD_CELL_UNKNOWN;
    td_csv_cursor cursor = td_csv_plan_open(plan, piece);
    while (n_open > 0 && cursor.at < cursor.end) {
        for (uint32_t i = 0; i < plan->n_columns; i++) {
            td_csv_field field;
            if (td_csv_next(&cursor, &field, NULL) != TD_OK) return 1;
            if (plan->kind[i] == TD_CELL_UNKNOWN && found[i] == TD_CELL_UNKNOWN) {
                found[i] = (uint8_t)kind_of(field);
                n_open -= found[i] != TD_CELL_UNKNOWN;
            }
            if (field.is_last != (i + 1 == plan->n_columns)) return 1;
        }
    }
    return 0;
}

static td_status sniff_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const sniffing *s = ctx;
    uint8_t *found = s->found + chunk.index * s->plan->n_columns;
    s->is_broken[chunk.index] = sniff_rows(s->plan, chunk.index, found);
    return TD_OK;
}

/* Take over what a piece found; the number of columns still open. */
static uint32_t adopt(td_csv_plan *plan, const uint8_t *found) {
    uint32_t n_open = 0;
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        if (plan->kind[i] == TD_CELL_UNKNOWN) plan->kind[i] = found[i];
        n_open += plan->kind[i] == TD_CELL_UNKNOWN;
    }
    return n_open;
}

static td_status sniff_all(td_csv_plan *plan, sniffing *s, const td_exec *exec, td_error *err) {
    uint64_t n_pieces = plan->split.n_pieces;
    TD_NEW_ZEROED(s->found, n_pieces * plan->n_columns, err);
    TD_NEW_ZEROED(s->is_broken, n_pieces, err);
    s->is_broken[0] = sniff_rows(plan, 0, s->found);
    if (adopt(plan, s->found) == 0 || s->is_broken[0]) return TD_OK;
    TD_TRY(td_par_for(exec, n_pieces, 1, sniff_piece, s, err));
    for (uint64_t i = 1; i < n_pieces && !s->is_broken[i - 1]; i++) {
        adopt(plan, s->found + i * plan->n_columns);
    }
    return TD_OK;
}

td_status td_csv_sniff(td_csv_plan *plan, const td_exec *exec, td_error *err) {
    sniffing s = {.plan = plan};
    td_status status = sniff_all(plan, &s, exec, err);
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        if (plan->kind[i] == TD_CELL_UNKNOWN) plan->kind[i] = TD_CELL_NUMBER;
    }
    td_mem_free(s.found);
    td_mem_free(s.is_broken);
    return status;
}
