/* io/csv_write.c: tables -> delimited text.
 *
 * 1. The header: names, quoted where needed.
 * 2. Row by row, cell by cell, straight into the writer's buffer: a number as its shortest text, a
 *    category as the text of its code, a missing cell as nothing.
 *
 * Quoting asks for no state: a field is quoted when it holds the delimiter, a quote, CR or LF, and
 * quotes inside are doubled. A row of a table with one column may be a blank line, which reads back
 * as a missing cell, which it is.
 *
 * Cost: about 60 ns a number, most of it the shortest decimal. One thread: rows are columns apart
 * in memory, but a writer is one stream. Not done: fixed numbers of digits, other encodings. */
#include "io/csv_write.h"

#include <string.h>

/* RFC 4180, section 2: fields with line breaks, quotes or the delimiter are enclosed in quotes. */
static int needs_quotes(char delimiter, const char *text, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == delimiter || c == '"' || c == '\n' || c == '\r') return 1;
    }
    return 0;
}

void td_csv_write_text(td_writer *writer, char delimiter, const char *text, uint64_t n) {
    if (!needs_quotes(delimiter, text, n)) {
        td_writer_bytes(writer, text, n);
        return;
    }
    td_writer_bytes(writer, "\"", 1);
    const char *end = text + n;
    while (text < end) { /* up to and including a quote, which is then written once more */
        const char *quote = memchr(text, '"', (uint64_t)(end - text));
        const char *stop = quote != NULL ? quote + 1 : end;
        td_writer_bytes(writer, text, (uint64_t)(stop - text));
        if (quote != NULL) td_writer_bytes(writer, "\"", 1);
        text = stop;
    }
    td_writer_bytes(writer, "\"", 1);
}

/* NaN and TD_CODE_NONE both become an empty cell: td_writer_f64 writes nothing for NaN. */
static void write_cell(td_writer *writer, const td_column *column, uint64_t row, char delimiter) {
    if (column->kind == TD_COLUMN_NUMBER) {
        td_writer_f64(writer, column->number[row]);
        return;
    }
    uint32_t code = column->code[row];
    if (code == TD_CODE_NONE) return;
    const uint64_t *begin = column->dict.begin + code;
    td_csv_write_text(writer, delimiter, column->dict.bytes + begin[0], begin[1] - begin[0]);
}

void td_csv_write_columns(td_writer *writer, const td_table *table, const uint32_t *index,
                          uint32_t n_columns, char delimiter) {
    for (uint32_t i = 0; i < n_columns; i++) {
        const char *name = table->column[index != NULL ? index[i] : i].name;
        if (i > 0) td_writer_bytes(writer, &delimiter, 1);
        td_csv_write_text(writer, delimiter, name, strlen(name));
    }
    td_writer_bytes(writer, "\n", 1);
    for (uint64_t row = 0; row < table->n_rows; row++) {
        for (uint32_t i = 0; i < n_columns; i++) {
            if (i > 0) td_writer_bytes(writer, &delimiter, 1);
            write_cell(writer, &table->column[index != NULL ? index[i] : i], row, delimiter);
        }
        td_writer_bytes(writer, "\n", 1);
    }
}

td_status td_csv_write(const td_table *table, const char *path, td_error *err) {
    td_writer *writer;
    TD_TRY(td_writer_open(&writer, path, err));
    td_csv_write_columns(writer, table, NULL, table->n_columns, ',');
    return td_writer_commit(writer, err);
}
