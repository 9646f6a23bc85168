/* io/csv_exclusions.c: the rows of events.csv that were left out, as a limit and as a file.
 *
 * Problem: nothing is dropped in silence. Each excluded row is written with file, line, reason and
 * raw text, and a log with too many of them stops the work and names the first.
 *
 * Limit: excluded > max(share * rows read, 10), so that a small file may hold a few bad rows.
 *
 * exclusions.csv (RFC 4180): file,line,reason,raw. `file` is the base name, so that the folder of
 * the data does not matter; `raw` is always quoted, with its quotes doubled:
 *
 *     file,line,reason,raw
 *     events.csv,17,bad_item,"1433221332117,257597,view,x,"
 *
 * Cost: O(excluded rows and their bytes). Not done here: judging rows (io/csv_events.c). */
#include <string.h>

#include "io/csv_events.h"
#include "io/csv_scan.h"

enum { MIN_EXCLUDED_LIMIT = 10 };

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

td_status td_event_log_check_excluded(const td_event_log *log, const td_file *file,
                                      double max_share, td_error *err) {
    double limit = max_share * (double)log->n_rows_read;
    if (limit < MIN_EXCLUDED_LIMIT) limit = MIN_EXCLUDED_LIMIT;
    const td_exclusions *excluded = &log->exclusions;
    if ((double)excluded->n <= limit) return TD_OK;
    const td_excluded_row *first = &excluded->row[0];
    char shown[64];
    td_csv_show(shown, td_file_bytes(file).data + first->offset, first->length);
    return td_fail_at(err, TD_ERR_FORMAT, td_file_path(file), first->line, 0,
                      "%llu of %llu rows excluded, more than the limit of %llu; the first: %s: %s",
                      (unsigned long long)excluded->n, (unsigned long long)log->n_rows_read,
                      (unsigned long long)limit, td_exclusion_reason_name(first->reason), shown);
}

static void write_quoted(td_writer *writer, const char *text, uint64_t n) {
    td_writer_bytes(writer, "\"", 1);
    while (n > 0) {
        const char *quote = memchr(text, '"', n);
        uint64_t head = quote != NULL ? (uint64_t)(quote - text) + 1 : n;
        td_writer_bytes(writer, text, head);
        if (quote != NULL) td_writer_bytes(writer, "\"", 1);
        text += head;
        n -= head;
    }
    td_writer_bytes(writer, "\"", 1);
}

static void write_name(td_writer *writer, const char *name) {
    if (strpbrk(name, ",\"\r\n") != NULL) {
        write_quoted(writer, name, strlen(name));
    } else {
        td_writer_text(writer, name);
    }
}

td_status td_exclusions_write(const td_event_log *log, const td_file *file, const char *path,
                              td_error *err) {
    td_writer *writer;
    TD_TRY(td_writer_open(&writer, path, err));
    const char *name = base_name(td_file_path(file));
    const char *text = td_file_bytes(file).data;
    td_writer_text(writer, "file,line,reason,raw\n");
    for (uint64_t i = 0; i < log->exclusions.n; i++) {
        const td_excluded_row *row = &log->exclusions.row[i];
        write_name(writer, name);
        td_writer_bytes(writer, ",", 1);
        td_writer_i64(writer, (int64_t)row->line);
        td_writer_bytes(writer, ",", 1);
        td_writer_text(writer, td_exclusion_reason_name(row->reason));
        td_writer_bytes(writer, ",", 1);
        write_quoted(writer, text + row->offset, row->length);
        td_writer_bytes(writer, "\n", 1);
    }
    return td_writer_commit(writer, err);
}
