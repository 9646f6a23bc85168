/* io/snapshot.h: a shop that was read and cleaned, in one file that is mapped instead of parsed.
 *
 *     events.csv, item_properties, category_tree  --load --save-->  FILE  --mmap-->  same tables
 *
 * The file holds the kept events in canonical order, the excluded rows with their text, and the
 * catalog if there is one, as columns. Each column is cut into pieces of 256 KiB with a checksum
 * each; the pieces of the tables that are asked for are verified, and a damaged one is named. Files
 * are for machines of the same byte order and version of the format; others are refused. */
#ifndef TD_IO_SNAPSHOT_H
#define TD_IO_SNAPSHOT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/par.h"
#include "core/catalog.h"
#include "io/csv_catalog.h"
#include "io/csv_events.h"
#include "io/file.h"

typedef struct td_snapshot td_snapshot; /* opaque: an open snapshot */

typedef struct td_snapshot_source { /* all borrowed */
    const td_event_log *log;
    const td_file *events; /* of the log: excluded rows point into it */
    const td_catalog *catalog;
    const td_catalog_report *report;
    const char *price_property;
} td_snapshot_source;

/* Write one, whole or not at all. Same bytes for any number of threads. Errors of td_writer_commit.
 * About 1 GB/s. */
td_status td_snapshot_write(const char *path, const td_snapshot_source *source, const td_exec *exec,
                            td_error *err) TD_MUST_USE;

/* 1 when the file at this path begins like a snapshot; 0 otherwise, also when it cannot be read. */
int td_snapshot_is(const char *path);

/* Open and check the header. *out owned*. TD_ERR_FORMAT for a foreign, cut or damaged file. */
td_status td_snapshot_open(td_snapshot **out, const char *path, td_error *err) TD_MUST_USE;

/* The event log, verified; its columns are *borrowed* from the snapshot (read-only) until
 * td_snapshot_close, only the list of excluded rows is the log's own. *events* stands for the file
 * that was read: its name, and the text of the excluded rows; *owned*, td_file_close. TD_ERR_FORMAT
 * names the damaged piece. O(bytes), 2.8 M events in 20 ms. */
td_status td_snapshot_events(td_event_log *log, td_file **events, const td_snapshot *snapshot,
                             const td_exec *exec, td_error *err) TD_MUST_USE;

/* The catalog and what was counted while it was read, in the same way. TD_ERR_ARG when the snapshot
 * was saved with another price property. */
td_status td_snapshot_catalog(td_catalog *catalog, td_catalog_report *report,
                              const td_snapshot *snapshot, const char *price_property,
                              const td_exec *exec, td_error *err) TD_MUST_USE;

/* Take back what the two borrowed (either may be zeroed), free what is theirs, and close. */
void td_snapshot_close(td_snapshot *snapshot, td_event_log *log, td_catalog *catalog);

#endif
