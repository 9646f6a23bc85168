/* cli/export.c: sessions and features as CSV, or as Parquet where the name says so.
 *
 *     session_id,visitorid,start,end,...,stage,has_view,...,first_view,first_addtocart,...
 *     17,340,1440188437419,1440188437419,...,view,1,...,1440188437419,,
 *
 * Rows are written in the order of the tables, which is canonical, so the file depends on the
 * data alone: no thread count, no order of the input rows. Integers are plain decimals, times
 * milliseconds since 1970 UTC, flags 0 or 1, reals the shortest text that reads back equal,
 * missing values empty fields. Every ROWS_PER_REPORT rows the progress callback is asked, so
 * that Ctrl-C works; the partial file is then dropped.
 *
 * Cost: about 50 ns a field, one thread: formatting is cheap beside making the features. */
#include "cli/export.h"

#include <string.h>

#include "cli/export_parquet.h"
#include "io/csv_write.h"
#include "io/parquet_read.h"

enum { ROWS_PER_REPORT = 1 << 15 };

/* Separator first: every row starts with an integer. */
static void comma_i64(td_writer *writer, int64_t value) {
    td_writer_bytes(writer, ",", 1);
    td_writer_i64(writer, value);
}

/* Commit when all rows are written, drop the file otherwise. */
static td_status finish(td_writer *writer, td_status status, td_error *err) {
    if (status == TD_OK) return td_writer_commit(writer, err);
    td_writer_abort(writer);
    return status;
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Names come from the engine, so that a new flag or kind is a new column and never a shifted one.
 */
static void sessions_header(td_writer *writer) {
    td_writer_text(writer, "session_id,visitorid,start,end,is_censored,is_left_truncated");
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        td_writer_printf(writer, ",n_%s", td_event_kind_name((td_event_kind)kind));
    td_writer_text(writer, ",stage");
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
        td_writer_printf(writer, ",%s", td_funnel_flag_name(bit));
    for (int kind = 0; kind < TD_N_KINDS; kind++)
        td_writer_printf(writer, ",first_%s", td_event_kind_name((td_event_kind)kind));
    td_writer_text(writer, "\n");
}

/* session_id is the rank by (visitor, start), as everywhere. */
static void session_row(td_writer *writer, const td_events *events, const td_sessions *sessions,
                        const td_funnel_row *row, uint64_t s) {
    td_writer_i64(writer, (int64_t)s);
    comma_i64(writer, events->visitors.id[sessions->visitor[s]]);
    comma_i64(writer, sessions->start[s]);
    comma_i64(writer, sessions->end[s]);
    comma_i64(writer, sessions->is_censored[s]);
    comma_i64(writer, sessions->is_left_truncated[s]);
    for (int kind = 0; kind < TD_N_KINDS; kind++) comma_i64(writer, row->n_of_kind[kind]);
    td_writer_text(writer, ",");
    td_writer_text(writer, td_event_kind_name((td_event_kind)row->stage));
    for (int bit = 0; bit < TD_N_FUNNEL_FLAGS; bit++)
        td_writer_text(writer, row->flags >> bit & 1 ? ",1" : ",0");
    for (int kind = 0; kind < TD_N_KINDS; kind++) {
        if (row->first_of_kind[kind] == TD_NO_TIME) {
            td_writer_text(writer, ",");
        } else {
            comma_i64(writer, row->first_of_kind[kind]);
        }
    }
    td_writer_text(writer, "\n");
}

td_status td_export_sessions(const char *path, const td_events *events, const td_sessions *sessions,
                             const td_funnel *funnel, const td_exec *exec, td_error *err) {
    td_writer *writer = NULL;
    td_extract extract = {path, NULL, exec};
    if (td_parquet_is_path(path))
        return td_extract_sessions(&extract, events, sessions, funnel, err);
    TD_TRY(td_writer_open(&writer, path, err));
    sessions_header(writer);
    td_status status = TD_OK;
    for (uint64_t s = 0; s < sessions->n && status == TD_OK; s++) {
        if (s % ROWS_PER_REPORT == 0)
            status = td_exec_progress(exec, "write sessions", s, sessions->n, err);
        session_row(writer, events, sessions, &funnel->row[s], s);
    }
    return finish(writer, status, err);
}

/* --- features --------------------------------------------------------------------------------- */

/* Keys first, label last of them, so that `cut` and `--ignore` are easy. */
static void feature_row(td_writer *writer, const td_feature_set *set, const td_split *split,
                        uint64_t i) {
    td_writer_i64(writer, set->session[i]);
    comma_i64(writer, set->visitor[i]);
    comma_i64(writer, set->start[i]);
    comma_i64(writer, set->decision[i]);
    td_writer_text(writer, ",");
    td_writer_text(writer, td_part_name((td_part)split->part[i]));
    comma_i64(writer, set->label[i] > 0);
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        td_writer_bytes(writer, ",", 1);
        double value = set->features.column[c].number[i];
        if (value == value) td_writer_f64(writer, value); /* NaN stays an empty field */
    }
    td_writer_text(writer, "\n");
}

td_status td_export_features(const char *path, const td_feature_set *set, const td_split *split,
                             const td_exec *exec, td_error *err) {
    td_writer *writer = NULL;
    td_extract extract = {path, NULL, exec};
    if (td_parquet_is_path(path)) return td_extract_features(&extract, set, split, err);
    TD_TRY(td_writer_open(&writer, path, err));
    td_writer_text(writer, "session_id,visitorid,start,decision,split,label");
    for (uint32_t c = 0; c < set->features.n_columns; c++) {
        td_writer_text(writer, ",");
        td_csv_write_text(writer, ',', set->features.column[c].name,
                          strlen(set->features.column[c].name));
    }
    td_writer_text(writer, "\n");
    td_status status = TD_OK;
    for (uint64_t i = 0; i < set->n && status == TD_OK; i++) {
        if (i % ROWS_PER_REPORT == 0)
            status = td_exec_progress(exec, "write features", i, set->n, err);
        feature_row(writer, set, split, i);
    }
    return finish(writer, status, err);
}
