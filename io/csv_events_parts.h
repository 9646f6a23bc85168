/* io/csv_events_parts.h: shared by io/csv_events.c (judges rows) and io/csv_events_fates.c (closes
 * holes, finds copies again); not part of the public API. */
#ifndef TD_IO_CSV_EVENTS_PARTS_H
#define TD_IO_CSV_EVENTS_PARTS_H

#include "io/csv_events.h"
#include "io/csv_scan.h"
#include "io/csv_split.h"

/* The place of every 64th record is kept: dense enough to walk on from, 1/4 byte a row. */
enum { TD_MARK_STRIDE = 64 };

/* An excluded row with the number of its record. */
typedef struct td_hole {
    uint64_t record; /* from 0, header not counted */
    td_excluded_row row;
} td_hole;

typedef struct td_hole_list {
    uint64_t n;
    uint64_t capacity;
    td_hole *at;
} td_hole_list;

/* Where a record starts. */
typedef struct td_record_mark {
    uint64_t offset; /* in the file's text */
    uint64_t line;
} td_record_mark;

typedef struct td_event_reader {
    const td_file *file;
    td_bytes text;     /* whole file, offsets count from here */
    uint32_t n_fields; /* columns of the header */
    uint8_t *role;     /* [n_fields] COLUMN_..., N_COLUMNS = not used */
    td_csv_split split;
    uint64_t first_piece; /* of the batch */
    td_raw_events raw;
    td_record_mark *mark; /* [n_records / TD_MARK_STRIDE + 1] of records 0, 64, 128, ... */
    td_hole_list *holes;  /* [n_pieces + 1], the last one holds all of them in the end */
} td_event_reader;

/* Place of the record that began at `begin` on `line`; the cursor stands behind it. */
td_excluded_row td_event_locate(const td_event_reader *reader, const char *begin, uint64_t line,
                                const td_csv_cursor *cursor, td_exclusion_reason reason);

/* Step 4: gather the holes of all pieces in the last list and move the rows behind them up. */
td_status td_event_close_holes(td_event_reader *reader, td_error *err) TD_MUST_USE;

/* Step 5: holes and copies, merged in file order. `duplicate` [n] ascending, indexes of kept rows
 * as td_events_build reports them. *out owned*. */
td_status td_event_list_exclusions(td_exclusions *out, const td_event_reader *reader,
                                   const uint64_t *duplicate, uint64_t n,
                                   td_error *err) TD_MUST_USE;

#endif
