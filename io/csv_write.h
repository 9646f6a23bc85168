/* io/csv_write.h: tables -> delimited text that io/csv_read reads back to the same table.
 *
 * Numbers are the shortest text that reads back equal, missing cells are empty, texts are quoted
 * where RFC 4180 asks for it, lines end in LF. Two things do not come back: an infinity is written
 * "inf" and read as a text, and a category that is spelt like a missing value ("NA") is read as
 * missing. */
#ifndef TD_IO_CSV_WRITE_H
#define TD_IO_CSV_WRITE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/table.h"
#include "io/file.h"

/* One text cell, quoted if it holds the delimiter, a quote, CR or LF. For writers of rows of their
 * own. */
void td_csv_write_text(td_writer *writer, char delimiter, const char *text, uint64_t n);

/* Header and rows of the columns index[0 .. n_columns) in that order; index NULL = the first
 * n_columns of the table. Into an open writer, whose commit reports errors. About 60 ns a cell. */
void td_csv_write_columns(td_writer *writer, const td_table *table, const uint32_t *index,
                          uint32_t n_columns, char delimiter);

/* The whole table into a file (or "-"), comma separated. TD_ERR_IO as td_writer_commit. */
td_status td_csv_write(const td_table *table, const char *path, td_error *err) TD_MUST_USE;

#endif
