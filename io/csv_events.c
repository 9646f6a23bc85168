/* io/csv_events.c: the text of events.csv -> clean events and the list of rows left out.
 *
 * Problem: judge every row of the file once (kept, or excluded for the first reason that applies),
 * fast enough that reading is not the slow part, with the same result for any number of threads.
 *
 * Steps:
 *   1. The header names the columns, in any order; further columns are allowed and only counted.
 *   2. The text behind it is cut into pieces at record ends (csv_split), which also numbers the
 *      records. Row r of the file owns slot r of the raw columns, so pieces write side by side:
 *
 *          piece        0             1           2
 *          slot     0 1 2 3 4   |  5 6 7 8  |  9 10 ...
 *          kept     x x . x x   |  x x x x  |  . x          '.' = a hole: an excluded row
 *
 *   3. A row is judged in this order, the first reason wins:
 *          field_count               fields != columns of the header (a blank line has one field)
 *          bad_timestamp             not an integer in 0 .. TD_MAX_TIMESTAMP
 *          bad_visitor               not an integer in 0 .. 2^63-1
 *          unknown_event             not exactly view, addtocart or transaction
 *          bad_item                  as bad_visitor
 *          missing_transactionid     a transaction whose transactionid is empty or not an integer
 *                                    ("8693.0" is one: so does pandas write a column with gaps)
 *          unexpected_transactionid  another kind whose transactionid is not empty
 *      Blanks are not trimmed: " 1" is no integer. Quotes around a field do not belong to it.
 *   4. Holes are closed (io/csv_events_fates.c), keeping the order.
 *   5. td_events_build sorts, codes and finds exact copies; their lines and texts are found again
 *      from the place of every 64th record, kept in step 3 (io/csv_events_fates.c).
 *   6. Check that records read = kept + excluded.
 *
 * Cost: one pass over the text plus the pass of csv_split. Peak: 33 bytes a row for the raw
 * columns, then what td_events_build takes.
 * Not done here: finding the file, inflating it (io/file), the catalog's files (io/csv_catalog). */
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_events_parts.h"
#include "io/csv_header.h"
#include "io/num_parse.h"

enum { PIECES_A_BATCH = 128 /* between two reports of progress */ };

enum { COLUMN_TIMESTAMP, COLUMN_VISITOR, COLUMN_EVENT, COLUMN_ITEM, COLUMN_TRANSACTION, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {"timestamp", "visitorid", "event", "itemid",
                                                    "transactionid"};

/* Step 3. ------------------------------------------------------------------------------------- */

/* The field is exactly this text. */
static int equals(const td_csv_field *field, const char *text, uint64_t n) {
    return field->n == n && memcmp(field->text, text, n) == 0;
}

/* Case and blanks matter: the words of the file are fixed. */
static int parse_kind(const td_csv_field *field, uint8_t *kind) {
    if (equals(field, "view", 4)) {
        *kind = TD_VIEW;
    } else if (equals(field, "addtocart", 9)) {
        *kind = TD_ADDTOCART;
    } else if (equals(field, "transaction", 11)) {
        *kind = TD_TRANSACTION;
    } else {
        return 0;
    }
    return 1;
}

/* Length of an integer's digits, without the ".0" that pandas appends in a column with gaps. */
static uint64_t integer_length(const char *text, uint64_t n) {
    return n > 2 && text[n - 2] == '.' && text[n - 1] == '0' ? n - 2 : n;
}

/* Judge the fields of one row and write it to `slot`; an excluded row leaves its slot undefined. */
static td_exclusion_reason judge(td_raw_events *raw, uint64_t slot, const td_csv_field *field) {
    int64_t timestamp;
    const td_csv_field *f = &field[COLUMN_TIMESTAMP];
    if (td_parse_id(f->text, f->n, &timestamp) != TD_NUM_OK) return TD_BAD_TIMESTAMP;
    if (timestamp > TD_MAX_TIMESTAMP) return TD_BAD_TIMESTAMP;
    raw->timestamp[slot] = timestamp;
    f = &field[COLUMN_VISITOR];
    if (td_parse_id(f->text, f->n, &raw->visitor[slot]) != TD_NUM_OK) return TD_BAD_VISITOR;
    uint8_t kind;
    if (!parse_kind(&field[COLUMN_EVENT], &kind)) return TD_UNKNOWN_EVENT;
    raw->kind[slot] = kind;
    f = &field[COLUMN_ITEM];
    if (td_parse_id(f->text, f->n, &raw->item[slot]) != TD_NUM_OK) return TD_BAD_ITEM;
    f = &field[COLUMN_TRANSACTION];
    raw->transaction[slot] = TD_NO_TRANSACTION;
    if (kind != TD_TRANSACTION) return f->n == 0 ? TD_KEPT : TD_UNEXPECTED_TRANSACTIONID;
    uint64_t n = integer_length(f->text, f->n);
    return td_parse_id(f->text, n, &raw->transaction[slot]) == TD_NUM_OK ? TD_KEPT
                                                                         : TD_MISSING_TRANSACTIONID;
}

/* Most pieces have no hole, so a list starts empty and grows by doubling. */
static td_status add_hole(td_hole_list *list, const td_hole *added, td_error *err) {
    if (list->n == list->capacity) {
        uint64_t capacity = list->capacity > 0 ? 2 * list->capacity : 64;
        td_hole *grown = td_mem_resize(list->at, capacity, sizeof *grown, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        list->at = grown;
        list->capacity = capacity;
    }
    list->at[list->n++] = *added;
    return TD_OK;
}

/* Fields of the next record into their roles; *n_fields counts all of them. */
static td_status read_fields(const td_event_reader *r, td_csv_cursor *cursor,
                             td_csv_field field[N_COLUMNS + 1], uint32_t *n_fields, td_error *err) {
    uint32_t n = 0;
    for (int is_last = 0; !is_last; n++) {
        td_csv_field *into = &field[n < r->n_fields ? r->role[n] : N_COLUMNS];
        TD_TRY(td_csv_next(cursor, into, err));
        is_last = into->is_last;
    }
    *n_fields = n;
    return TD_OK;
}

/* Step 3 for one piece. Nothing is shared with other pieces but the columns, and slots are its
 * own. */
static td_status read_piece(void *ctx, td_chunk chunk, td_error *err) {
    td_event_reader *r = ctx;
    uint64_t index = r->first_piece + chunk.index;
    const td_csv_piece *piece = &r->split.piece[index];
    td_csv_cursor cursor = td_csv_open(piece, &r->split, ',', td_file_path(r->file));
    for (uint64_t record = piece->record; cursor.at < cursor.end; record++) {
        const char *begin = cursor.at;
        uint64_t line = cursor.line;
        if (record % TD_MARK_STRIDE == 0) {
            uint64_t offset = (uint64_t)(begin - r->text.data);
            r->mark[record / TD_MARK_STRIDE] = (td_record_mark){offset, line};
        }
        td_csv_field field[N_COLUMNS + 1];
        uint32_t n_fields = 0;
        TD_TRY(read_fields(r, &cursor, field, &n_fields, err));
        td_exclusion_reason reason =
            n_fields == r->n_fields ? judge(&r->raw, record, field) : TD_FIELD_COUNT;
        if (reason == TD_KEPT) continue;
        td_hole added = {record, td_event_locate(r, begin, line, &cursor, reason)};
        TD_TRY(add_hole(&r->holes[index], &added, err));
    }
    return TD_OK;
}

/* Steps 1 and 2. ------------------------------------------------------------------------------ */

/* Which column of the file plays which part; a needed one that is not there is named. */
static td_status assign_roles(td_event_reader *r, const td_csv_header *header, td_error *err) {
    r->n_fields = header->n;
    TD_NEW(r->role, header->n, err);
    memset(r->role, N_COLUMNS, header->n);
    for (int role = 0; role < N_COLUMNS; role++) {
        uint32_t column = 0;
        TD_TRY(td_csv_header_find(header, td_file_path(r->file), column_names[role], &column, err));
        r->role[column] = (uint8_t)role;
    }
    return TD_OK;
}

/* Read the header and step over it; *line is that of the first data row. */
static td_status read_header(td_event_reader *r, td_bytes *rows, uint64_t *line, td_error *err) {
    td_bytes text = td_csv_skip_bom(r->text);
    td_csv_cursor cursor = {.at = text.data,
                            .end = text.data + text.n,
                            .record = text.data,
                            .line = 1,
                            .path = td_file_path(r->file),
                            .delimiter = ',',
                            .has_quotes = 1};
    td_csv_header header;
    TD_TRY(td_csv_header_read(&header, &cursor, err));
    td_status status = assign_roles(r, &header, err);
    td_csv_header_free(&header);
    rows->data = cursor.at;
    rows->n = (uint64_t)(cursor.end - cursor.at);
    *line = cursor.line;
    return status;
}

/* Pieces are read in batches, so that a bar can move and an interruption is heard. */
static td_status read_rows(td_event_reader *r, td_bytes rows, uint64_t line, const td_exec *exec,
                           td_error *err) {
    TD_TRY(td_csv_split_text(&r->split, rows, ',', TD_CSV_PIECE_BYTES, exec, err));
    for (uint64_t i = 0; i < r->split.n_pieces; i++) r->split.piece[i].line += line - 1;
    TD_NEW_ZEROED(r->holes, r->split.n_pieces + 1, err);
    TD_NEW(r->mark, r->split.n_records / TD_MARK_STRIDE + 1, err);
    TD_TRY(td_raw_events_init(&r->raw, r->split.n_records, err));
    uint64_t n = r->split.n_pieces;
    for (r->first_piece = 0; r->first_piece < n; r->first_piece += PIECES_A_BATCH) {
        uint64_t left = n - r->first_piece;
        TD_TRY(td_exec_progress(exec, "read events", r->first_piece, n, err));
        TD_TRY(
            td_par_for(exec, left < PIECES_A_BATCH ? left : PIECES_A_BATCH, 1, read_piece, r, err));
    }
    return td_exec_progress(exec, "read events", n, n, err);
}

/* Driving. ------------------------------------------------------------------------------------ */

/* Step 5. The raw columns are consumed; lines of copies need the marks and the text alone. */
static td_status build_events(td_event_log *out, td_event_reader *r, const td_exec *exec,
                              td_error *err) {
    uint64_t *duplicate = NULL;
    uint64_t n_duplicates = 0;
    TD_TRY(td_events_build(&out->events, &duplicate, &n_duplicates, &r->raw, exec, err));
    td_status status = td_event_list_exclusions(&out->exclusions, r, duplicate, n_duplicates, err);
    td_mem_free(duplicate);
    return status;
}

/* Steps 1 to 6. The check at the end is about this program, not about the data. */
static td_status read_log(td_event_log *out, td_event_reader *r, const td_exec *exec,
                          td_error *err) {
    td_bytes rows;
    uint64_t line = 0;
    TD_TRY(read_header(r, &rows, &line, err));
    TD_TRY(read_rows(r, rows, line, exec, err));
    TD_TRY(td_event_close_holes(r, err));
    TD_TRY(build_events(out, r, exec, err));
    out->n_rows_read = r->split.n_records;
    TD_CHECK(out->n_rows_read == out->events.n + out->exclusions.n, err, TD_ERR_INTERNAL,
             "%s: %llu rows read, but %llu kept and %llu excluded", td_file_path(r->file),
             (unsigned long long)out->n_rows_read, (unsigned long long)out->events.n,
             (unsigned long long)out->exclusions.n);
    return TD_OK;
}

static void free_reader(td_event_reader *r) {
    for (uint64_t i = 0; r->holes != NULL && i <= r->split.n_pieces; i++) {
        td_mem_free(r->holes[i].at);
    }
    td_mem_free(r->holes);
    td_mem_free(r->mark);
    td_mem_free(r->role);
    td_raw_events_free(&r->raw);
    td_csv_split_free(&r->split);
}

td_status td_event_log_read(td_event_log *out, const td_file *file, const td_exec *exec,
                            td_error *err) {
    memset(out, 0, sizeof *out);
    td_event_reader r = {.file = file, .text = td_file_bytes(file)};
    td_status status = read_log(out, &r, exec, err);
    free_reader(&r);
    if (status != TD_OK) td_event_log_free(out);
    return status;
}

void td_event_log_free(td_event_log *log) {
    td_events_free(&log->events);
    td_mem_free(log->exclusions.row);
    memset(log, 0, sizeof *log);
}
