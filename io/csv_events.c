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
 *   4. Holes are closed (only when there are any), keeping the order.
 *   5. td_events_build sorts, codes and finds exact copies. Kept row k of step 4 was record
 *          r = k + j,   j = number of holes at or before r,
 *      found by walking both ascending lists. Its line and text are found again by stepping on from
 *      the last marked record: the place of every 64th one is kept in step 3.
 *   6. Check that records read = kept + excluded.
 *
 * Cost: one pass over the text plus the pass of csv_split. Peak: 33 bytes a row for the raw
 * columns, then what td_events_build takes.
 * Not done here: finding the file, inflating it (io/file), the catalog's files (io/csv_catalog). */
#include "io/csv_events.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/csv_header.h"
#include "io/csv_scan.h"
#include "io/csv_split.h"
#include "io/num_parse.h"

enum {
    PIECES_A_BATCH = 128, /* between two reports of progress */
    MARK_STRIDE = 64      /* every 64th record's place is kept */
};

enum { COLUMN_TIMESTAMP, COLUMN_VISITOR, COLUMN_EVENT, COLUMN_ITEM, COLUMN_TRANSACTION, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {"timestamp", "visitorid", "event", "itemid",
                                                    "transactionid"};

/* An excluded row with the number of its record. */
typedef struct hole {
    uint64_t record; /* from 0, header not counted */
    td_excluded_row row;
} hole;

typedef struct hole_list {
    uint64_t n;
    uint64_t capacity;
    hole *at;
} hole_list;

/* Where a record starts. */
typedef struct record_mark {
    uint64_t offset; /* in the file's text */
    uint64_t line;
} record_mark;

typedef struct read_ctx {
    const td_file *file;
    td_bytes text;     /* whole file, offsets count from here */
    uint32_t n_fields; /* columns of the header */
    uint8_t *role;     /* [n_fields] COLUMN_..., N_COLUMNS = not used */
    td_csv_split split;
    uint64_t first_piece; /* of the batch */
    td_raw_events raw;
    record_mark *mark; /* [n_records / MARK_STRIDE + 1] of records 0, 64, 128, ... */
    hole_list *holes;  /* [n_pieces + 1], the last one holds all of them in the end */
} read_ctx;

/* Step 3. ------------------------------------------------------------------------------------- */

static int equals(const td_csv_field *field, const char *text, uint64_t n) {
    return field->n == n && memcmp(field->text, text, n) == 0;
}

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

static td_status add_hole(hole_list *list, const hole *added, td_error *err) {
    if (list->n == list->capacity) {
        uint64_t capacity = list->capacity > 0 ? 2 * list->capacity : 64;
        hole *grown = td_mem_resize(list->at, capacity, sizeof *grown, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        list->at = grown;
        list->capacity = capacity;
    }
    list->at[list->n++] = *added;
    return TD_OK;
}

/* Place of the record that began at `begin` on `line`; the cursor stands behind it. */
static td_excluded_row locate(const read_ctx *r, const char *begin, uint64_t line,
                              const td_csv_cursor *cursor, td_exclusion_reason reason) {
    uint64_t n = (uint64_t)(cursor->at - begin);
    if (n > 0 && begin[n - 1] == '\n') n--;
    if (n > 0 && begin[n - 1] == '\r') n--;
    return (td_excluded_row){.line = line,
                             .offset = (uint64_t)(begin - r->text.data),
                             .length = n,
                             .reason = (uint8_t)reason};
}

/* Fields of the next record into their roles; *n_fields counts all of them. */
static td_status read_fields(const read_ctx *r, td_csv_cursor *cursor,
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

static td_status read_piece(void *ctx, td_chunk chunk, td_error *err) {
    read_ctx *r = ctx;
    uint64_t index = r->first_piece + chunk.index;
    const td_csv_piece *piece = &r->split.piece[index];
    td_csv_cursor cursor = td_csv_open(piece, &r->split, ',', td_file_path(r->file));
    for (uint64_t record = piece->record; cursor.at < cursor.end; record++) {
        const char *begin = cursor.at;
        uint64_t line = cursor.line;
        if (record % MARK_STRIDE == 0) {
            uint64_t offset = (uint64_t)(begin - r->text.data);
            r->mark[record / MARK_STRIDE] = (record_mark){offset, line};
        }
        td_csv_field field[N_COLUMNS + 1];
        uint32_t n_fields = 0;
        TD_TRY(read_fields(r, &cursor, field, &n_fields, err));
        td_exclusion_reason reason =
            n_fields == r->n_fields ? judge(&r->raw, record, field) : TD_FIELD_COUNT;
        if (reason == TD_KEPT) continue;
        hole added = {record, locate(r, begin, line, &cursor, reason)};
        TD_TRY(add_hole(&r->holes[index], &added, err));
    }
    return TD_OK;
}

/* Steps 1 and 2. ------------------------------------------------------------------------------ */

static td_status assign_roles(read_ctx *r, const td_csv_header *header, td_error *err) {
    r->n_fields = header->n;
    TD_NEW(r->role, header->n, err);
    memset(r->role, N_COLUMNS, header->n);
    for (uint8_t role = 0; role < N_COLUMNS; role++) {
        uint32_t column = 0;
        TD_TRY(td_csv_header_find(header, td_file_path(r->file), column_names[role], &column, err));
        r->role[column] = role;
    }
    return TD_OK;
}

/* Read the header and step over it; *line is that of the first data row. */
static td_status read_header(read_ctx *r, td_bytes *rows, uint64_t *line, td_error *err) {
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

static td_status read_rows(read_ctx *r, td_bytes rows, uint64_t line, const td_exec *exec,
                           td_error *err) {
    TD_TRY(td_csv_split_text(&r->split, rows, ',', TD_CSV_PIECE_BYTES, exec, err));
    for (uint64_t i = 0; i < r->split.n_pieces; i++) r->split.piece[i].line += line - 1;
    TD_NEW_ZEROED(r->holes, r->split.n_pieces + 1, err);
    TD_NEW(r->mark, r->split.n_records / MARK_STRIDE + 1, err);
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

/* Step 4. ------------------------------------------------------------------------------------- */

/* Gather the holes of all pieces in the last list, in file order. */
static td_status join_holes(read_ctx *r, td_error *err) {
    hole_list *all = &r->holes[r->split.n_pieces];
    uint64_t n = 0;
    for (uint64_t i = 0; i < r->split.n_pieces; i++) n += r->holes[i].n;
    TD_NEW(all->at, n, err);
    for (uint64_t i = 0; i < r->split.n_pieces; i++) {
        if (r->holes[i].n == 0) continue;
        memcpy(all->at + all->n, r->holes[i].at, r->holes[i].n * sizeof(hole));
        all->n += r->holes[i].n;
    }
    return TD_OK;
}

static void move_rows(td_raw_events *raw, uint64_t to, uint64_t from, uint64_t n) {
    memmove(raw->timestamp + to, raw->timestamp + from, n * sizeof *raw->timestamp);
    memmove(raw->visitor + to, raw->visitor + from, n * sizeof *raw->visitor);
    memmove(raw->item + to, raw->item + from, n * sizeof *raw->item);
    memmove(raw->transaction + to, raw->transaction + from, n * sizeof *raw->transaction);
    memmove(raw->kind + to, raw->kind + from, n * sizeof *raw->kind);
}

/* Rows behind hole i move i + 1 slots to the front. */
static void close_holes(td_raw_events *raw, const hole_list *holes) {
    for (uint64_t i = 0; i < holes->n; i++) {
        uint64_t from = holes->at[i].record + 1;
        uint64_t end = i + 1 < holes->n ? holes->at[i + 1].record : raw->n;
        move_rows(raw, from - (i + 1), from, end - from);
    }
    raw->n -= holes->n;
}

/* Step 5. ------------------------------------------------------------------------------------- */

static const td_csv_piece *find_piece(const td_csv_split *split, uint64_t record) {
    uint64_t low = 0;
    uint64_t high = split->n_pieces;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (split->piece[middle].record <= record) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &split->piece[low];
}

/* Place of a record that is an exact copy: walk there from the last mark, or from the start of its
 * piece when that is nearer. */
static td_status locate_copy(const read_ctx *r, hole *copy, td_error *err) {
    const td_csv_piece *piece = find_piece(&r->split, copy->record);
    td_csv_cursor cursor = td_csv_open(piece, &r->split, ',', td_file_path(r->file));
    uint64_t at = copy->record / MARK_STRIDE * MARK_STRIDE;
    if (at > piece->record) {
        const record_mark *mark = &r->mark[at / MARK_STRIDE];
        cursor.at = cursor.record = r->text.data + mark->offset;
        cursor.line = mark->line;
    } else {
        at = piece->record;
    }
    for (; at < copy->record; at++) TD_TRY(td_csv_skip_record(&cursor, err));
    const char *begin = cursor.at;
    uint64_t line = cursor.line;
    TD_TRY(td_csv_skip_record(&cursor, err));
    copy->row = locate(r, begin, line, &cursor, TD_EXACT_DUPLICATE);
    return TD_OK;
}

/* Kept row -> record: as many holes stand before it as have record - rank <= row. */
static void number_copies(hole *copies, const uint64_t *duplicate, uint64_t n,
                          const hole_list *holes) {
    uint64_t before = 0;
    for (uint64_t i = 0; i < n; i++) {
        while (before < holes->n && holes->at[before].record - before <= duplicate[i]) before++;
        copies[i].record = duplicate[i] + before;
    }
}

/* Merge two ascending lists into the exclusions. */
static td_status merge_exclusions(td_exclusions *out, const hole_list *holes, const hole *copies,
                                  uint64_t n_copies, td_error *err) {
    TD_NEW(out->row, holes->n + n_copies, err);
    out->n = holes->n + n_copies;
    uint64_t hole_at = 0;
    uint64_t copy_at = 0;
    for (uint64_t i = 0; i < out->n; i++) {
        int take_hole = copy_at == n_copies ||
                        (hole_at < holes->n && holes->at[hole_at].record < copies[copy_at].record);
        out->row[i] = take_hole ? holes->at[hole_at++].row : copies[copy_at++].row;
        out->n_by_reason[out->row[i].reason]++;
    }
    return TD_OK;
}

static td_status list_exclusions(td_exclusions *out, const read_ctx *r, const uint64_t *duplicate,
                                 uint64_t n_duplicates, td_error *err) {
    const hole_list *holes = &r->holes[r->split.n_pieces];
    hole *copies;
    TD_NEW(copies, n_duplicates, err);
    number_copies(copies, duplicate, n_duplicates, holes);
    td_status status = TD_OK;
    for (uint64_t i = 0; i < n_duplicates && status == TD_OK; i++) {
        status = locate_copy(r, &copies[i], err);
    }
    if (status == TD_OK) status = merge_exclusions(out, holes, copies, n_duplicates, err);
    td_mem_free(copies);
    return status;
}

/* Driving. ------------------------------------------------------------------------------------ */

static td_status build_events(td_event_log *out, read_ctx *r, const td_exec *exec, td_error *err) {
    uint64_t *duplicate = NULL;
    uint64_t n_duplicates = 0;
    TD_TRY(td_events_build(&out->events, &duplicate, &n_duplicates, &r->raw, exec, err));
    td_status status = list_exclusions(&out->exclusions, r, duplicate, n_duplicates, err);
    td_mem_free(duplicate);
    return status;
}

static td_status read_log(td_event_log *out, read_ctx *r, const td_exec *exec, td_error *err) {
    td_bytes rows;
    uint64_t line = 0;
    TD_TRY(read_header(r, &rows, &line, err));
    TD_TRY(read_rows(r, rows, line, exec, err));
    TD_TRY(join_holes(r, err));
    close_holes(&r->raw, &r->holes[r->split.n_pieces]);
    TD_TRY(build_events(out, r, exec, err));
    out->n_rows_read = r->split.n_records;
    TD_CHECK(out->n_rows_read == out->events.n + out->exclusions.n, err, TD_ERR_INTERNAL,
             "%s: %llu rows read, but %llu kept and %llu excluded", td_file_path(r->file),
             (unsigned long long)out->n_rows_read, (unsigned long long)out->events.n,
             (unsigned long long)out->exclusions.n);
    return TD_OK;
}

static void free_reader(read_ctx *r) {
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
    read_ctx r = {.file = file, .text = td_file_bytes(file)};
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
