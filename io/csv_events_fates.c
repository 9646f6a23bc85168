/* io/csv_events_fates.c: from judged rows to kept rows without gaps, and the list of all others.
 *
 * Problem: pieces wrote kept rows into the slots of their records, which leaves holes; and the
 * copies that td_events_build finds are numbered among the kept rows, while exclusions.csv wants
 * their lines and texts.
 *
 * Steps (numbers as in io/csv_events.c):
 *   4. Close the holes. With holes at records h[0] < h[1] < ... the rows between h[i] and h[i+1]
 *      move up by i + 1 slots:
 *
 *          record   0 1 2 3 4 5 6        holes 2 and 4
 *          slot     a b . c . d e   ->   a b c d e
 *          row      0 1   2   3 4
 *
 *   5. Kept row k was record k + j, j = number of holes i with h[i] - i <= k (hole i has h[i] - i
 *      kept rows before it). Both lists ascend, so one walk numbers all copies. Line and text of a
 *      copy are found by stepping on from the marked record before it, at most 63 records.
 *
 * Cost: 4 moves the rows behind the first hole once; 5 is O(holes + 64 copies). Not done here:
 * judging (io/csv_events.c), finding copies (core/events.c), writing (io/csv_exclusions.c). */
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_events_parts.h"

/* The line end, LF or CRLF, does not belong to the raw text. */
td_excluded_row td_event_locate(const td_event_reader *r, const char *begin, uint64_t line,
                                const td_csv_cursor *cursor, td_exclusion_reason reason) {
    uint64_t n = (uint64_t)(cursor->at - begin);
    if (n > 0 && begin[n - 1] == '\n') n--;
    if (n > 0 && begin[n - 1] == '\r') n--;
    return (td_excluded_row){.line = line,
                             .offset = (uint64_t)(begin - r->text.data),
                             .length = n,
                             .reason = (uint8_t)reason};
}

/* Step 4. ------------------------------------------------------------------------------------- */

/* Gather the holes of all pieces in the last list, in file order. */
static td_status join_holes(td_event_reader *r, td_error *err) {
    td_hole_list *all = &r->holes[r->split.n_pieces];
    uint64_t n = 0;
    for (uint64_t i = 0; i < r->split.n_pieces; i++) n += r->holes[i].n;
    TD_NEW(all->at, n, err);
    for (uint64_t i = 0; i < r->split.n_pieces; i++) {
        if (r->holes[i].n == 0) continue;
        memcpy(all->at + all->n, r->holes[i].at, r->holes[i].n * sizeof(td_hole));
        all->n += r->holes[i].n;
    }
    return TD_OK;
}

/* The five columns move alike. Ranges may overlap: rows only move to the front. */
static void move_rows(td_raw_events *raw, uint64_t to, uint64_t from, uint64_t n) {
    memmove(raw->timestamp + to, raw->timestamp + from, n * sizeof *raw->timestamp);
    memmove(raw->visitor + to, raw->visitor + from, n * sizeof *raw->visitor);
    memmove(raw->item + to, raw->item + from, n * sizeof *raw->item);
    memmove(raw->transaction + to, raw->transaction + from, n * sizeof *raw->transaction);
    memmove(raw->kind + to, raw->kind + from, n * sizeof *raw->kind);
}

/* Rows behind hole i move i + 1 slots to the front; nothing moves when there is no hole. */
static void move_up(td_raw_events *raw, const td_hole_list *holes) {
    for (uint64_t i = 0; i < holes->n; i++) {
        uint64_t from = holes->at[i].record + 1;
        uint64_t end = i + 1 < holes->n ? holes->at[i + 1].record : raw->n;
        move_rows(raw, from - (i + 1), from, end - from);
    }
    raw->n -= holes->n;
}

td_status td_event_close_holes(td_event_reader *r, td_error *err) {
    TD_TRY(join_holes(r, err));
    move_up(&r->raw, &r->holes[r->split.n_pieces]);
    return TD_OK;
}

/* Step 5. ------------------------------------------------------------------------------------- */

/* The piece that holds a record: the last one that starts at or before it. */
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
static td_status locate_copy(const td_event_reader *r, td_hole *copy, td_error *err) {
    const td_csv_piece *piece = find_piece(&r->split, copy->record);
    td_csv_cursor cursor = td_csv_open(piece, &r->split, ',', td_file_path(r->file));
    uint64_t at = copy->record / TD_MARK_STRIDE * TD_MARK_STRIDE;
    if (at > piece->record) {
        const td_record_mark *mark = &r->mark[at / TD_MARK_STRIDE];
        cursor.at = cursor.record = r->text.data + mark->offset;
        cursor.line = mark->line;
    } else {
        at = piece->record;
    }
    for (; at < copy->record; at++) TD_TRY(td_csv_skip_record(&cursor, err));
    const char *begin = cursor.at;
    uint64_t line = cursor.line;
    TD_TRY(td_csv_skip_record(&cursor, err));
    copy->row = td_event_locate(r, begin, line, &cursor, TD_EXACT_DUPLICATE);
    return TD_OK;
}

/* Kept row -> record: as many holes stand before it as have record - rank <= row. */
static void number_copies(td_hole *copies, const uint64_t *duplicate, uint64_t n,
                          const td_hole_list *holes) {
    uint64_t before = 0;
    for (uint64_t i = 0; i < n; i++) {
        while (before < holes->n && holes->at[before].record - before <= duplicate[i]) before++;
        copies[i].record = duplicate[i] + before;
    }
}

/* Merge two ascending lists into the exclusions. */
static td_status merge_exclusions(td_exclusions *out, const td_hole_list *holes,
                                  const td_hole *copies, uint64_t n_copies, td_error *err) {
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

td_status td_event_list_exclusions(td_exclusions *out, const td_event_reader *r,
                                   const uint64_t *duplicate, uint64_t n_duplicates,
                                   td_error *err) {
    const td_hole_list *holes = &r->holes[r->split.n_pieces];
    td_hole *copies;
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
