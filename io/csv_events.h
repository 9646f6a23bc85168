/* io/csv_events.h: events.csv -> td_raw_events and a list of excluded rows (docs: cleaning). */
#ifndef TD_IO_CSV_EVENTS_H
#define TD_IO_CSV_EVENTS_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/events.h"
#include "io/file.h"

/* One row that is not kept. `offset`, `length` give its raw text in td_file_bytes of the file. */
typedef struct td_excluded_row {
    uint64_t line; /* from 1, header included */
    uint64_t offset;
    uint64_t length; /* without the line end */
    uint8_t reason;  /* td_exclusion_reason */
} td_excluded_row;

typedef struct td_exclusions {
    uint64_t n;
    td_excluded_row *row; /* [n] ascending by line */
    uint64_t n_by_reason[TD_N_REASONS];
} td_exclusions;

typedef struct td_event_log {
    td_events events;         /* kept rows in canonical order */
    td_exclusions exclusions; /* all excluded rows, duplicates included */
    uint64_t n_rows_read;     /* data rows: kept + excluded, checked */
} td_event_log;

void td_event_log_free(td_event_log *log);

/* Parse, clean, sort and code the open file (borrowed). *out owned*. TD_ERR_FORMAT for a missing
 * column, an empty file or an unterminated quote; a header without rows gives an empty log. */
td_status td_event_log_read(td_event_log *out, const td_file *file, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

/* Fail when more than max(share * rows read, 10) rows are excluded; the error names the first
 * excluded row. */
td_status td_event_log_check_excluded(const td_event_log *log, const td_file *file,
                                      double max_share, td_error *err) TD_MUST_USE;

/* exclusions.csv: file,line,reason,raw (file = the base name). */
td_status td_exclusions_write(const td_event_log *log, const td_file *file, const char *path,
                              td_error *err) TD_MUST_USE;

#endif
