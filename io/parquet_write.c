/* io/parquet_write.c: columns -> a Parquet file.
 *
 *   1. Rows are cut into row groups of a fixed number of rows, never by threads.
 *   2. Of one row group at a time all columns are encoded side by side (io/parquet_chunk), then
 *      written in the order of the columns. Places and sizes are noted for the footer.
 *   3. The footer: schema, row groups with statistics, notes, order of values; its length; magic.
 *
 *          PAR1  chunk 0 0  chunk 0 1 ...  chunk 1 0 ...  footer  length (4 bytes)  PAR1
 *
 * Version 2 of the file format with data pages of version 1: the combination that every reader
 * knows. Nothing in the file tells when, where or with how many threads it was written.
 * Cost: O(cells); memory of one row group's pages and the scratch of each thread. Not done: nested
 * columns, page indexes, encryption.
 * Reference: Apache Parquet, parquet-format 2.10, parquet.thrift. */
#include "io/parquet_write.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/byte_buffer.h"
#include "io/file.h"
#include "io/parquet_chunk.h"
#include "io/parquet_format.h"
#include "io/thrift.h"

enum { DEFAULT_GROUP_ROWS = 131072 };

/* A chunk once it stands in the file: its bytes are gone. */
typedef struct placed {
    td_pq_chunk chunk;
    uint64_t offset; /* in the file */
    uint64_t size;
} placed;

/* A file at work. */
typedef struct job {
    const td_parquet_source *source;
    uint64_t group_rows;
    uint64_t n_groups;
    uint64_t begin, n;      /* rows of the group at work */
    placed *chunk;          /* [n_groups][n_columns] */
    placed *row;            /* of the group at work */
    td_pq_scratch *scratch; /* [n_threads] */
    int n_threads;
    td_writer *writer;
    uint64_t offset; /* bytes written */
} job;

/* --- step 2 ----------------------------------------------------------------------------------- */

/* One column by one thread, with the scratch of that thread. */
static td_status encode_column(void *ctx, td_chunk chunk, td_error *err) {
    job *j = ctx;
    for (uint64_t c = chunk.begin; c < chunk.end; c++) {
        td_pq_part part = {(uint32_t)c, j->begin, j->n};
        TD_TRY(
            td_pq_chunk_build(&j->row[c].chunk, j->source, part, &j->scratch[chunk.worker], err));
    }
    return TD_OK;
}

/* Encoded side by side, written in order: the file does not show the threads. */
static td_status write_group(job *j, uint64_t g, const td_exec *exec, td_error *err) {
    uint32_t n_columns = j->source->n_columns;
    j->row = j->chunk + g * n_columns;
    j->begin = g * j->group_rows;
    j->n = j->source->n_rows - j->begin;
    if (j->n > j->group_rows) j->n = j->group_rows;
    TD_TRY(td_par_for(exec, n_columns, 1, encode_column, j, err));
    for (uint32_t c = 0; c < n_columns; c++) {
        td_byte_buffer *bytes = &j->row[c].chunk.bytes;
        j->row[c].offset = j->offset;
        j->row[c].size = bytes->n;
        td_writer_bytes(j->writer, bytes->data, bytes->n);
        j->offset += bytes->n;
        td_byte_buffer_free(bytes);
    }
    return TD_OK;
}

/* --- step 3 ----------------------------------------------------------------------------------- */

/* Logical types are unions: the field that is there tells which. */
static void put_logical(td_thrift_out *out, td_parquet_kind kind) {
    enum { STRING = 1, TIMESTAMP = 8, IS_UTC = 1, UNIT = 2, MILLIS = 1 };
    if (kind == TD_PARQUET_TEXT) {
        td_thrift_i32(out, TD_PQ_SCHEMA_CONVERTED, TD_PQ_UTF8);
        td_thrift_open(out, TD_PQ_SCHEMA_LOGICAL);
        td_thrift_open(out, STRING);
        td_thrift_close(out);
        td_thrift_close(out);
    } else if (kind == TD_PARQUET_TIME) {
        td_thrift_i32(out, TD_PQ_SCHEMA_CONVERTED, TD_PQ_TIMESTAMP_MILLIS);
        td_thrift_open(out, TD_PQ_SCHEMA_LOGICAL);
        td_thrift_open(out, TIMESTAMP);
        td_thrift_bool(out, IS_UTC, 1);
        td_thrift_open(out, UNIT);
        td_thrift_open(out, MILLIS);
        td_thrift_close(out);
        td_thrift_close(out);
        td_thrift_close(out);
        td_thrift_close(out);
    }
}

/* The root, then its columns: the tree is flat. */
static void put_schema(td_thrift_out *out, const td_parquet_source *source) {
    td_thrift_list(out, TD_PQ_FILE_SCHEMA, TD_THRIFT_STRUCT, (uint64_t)source->n_columns + 1);
    td_thrift_item_open(out);
    td_thrift_binary(out, TD_PQ_SCHEMA_NAME, "schema", 6);
    td_thrift_i32(out, TD_PQ_SCHEMA_N_CHILDREN, source->n_columns);
    td_thrift_close(out);
    for (uint32_t c = 0; c < source->n_columns; c++) {
        const td_parquet_column *column = &source->column[c];
        td_thrift_item_open(out);
        td_thrift_i32(out, TD_PQ_SCHEMA_TYPE, td_pq_type_of(column->kind));
        td_thrift_i32(out, TD_PQ_SCHEMA_REPETITION,
                      column->has_nulls ? TD_PQ_OPTIONAL : TD_PQ_REQUIRED);
        td_thrift_binary(out, TD_PQ_SCHEMA_NAME, column->name, strlen(column->name));
        put_logical(out, column->kind);
        td_thrift_close(out);
    }
}

/* MIN_VALUE and MAX_VALUE, not the old MIN and MAX, whose order of texts is undefined. size_of is
 * by Parquet's type. */
static void put_statistics(td_thrift_out *out, const td_pq_chunk *chunk, int type) {
    enum { NULL_COUNT = 3, MAX_VALUE = 5, MIN_VALUE = 6 };
    static const uint64_t size_of[TD_PQ_N_TYPES] = {1, 4, 8, 12, 4, 8, 0, 0};
    td_bytes low = {(const char *)chunk->low, size_of[type]};
    td_bytes high = {(const char *)chunk->high, size_of[type]};
    if (type == TD_PQ_BYTE_ARRAY) low = chunk->low_text, high = chunk->high_text;
    td_thrift_open(out, TD_PQ_META_STATISTICS);
    td_thrift_i64(out, NULL_COUNT, (int64_t)chunk->n_nulls);
    if (chunk->has_range) td_thrift_binary(out, MAX_VALUE, high.data, high.n);
    if (chunk->has_range) td_thrift_binary(out, MIN_VALUE, low.data, low.n);
    td_thrift_close(out);
}

/* PLAIN and RLE are always there: dictionaries are plain, levels RLE. */
static void put_chunk(td_thrift_out *out, const placed *at, const td_parquet_column *column) {
    const td_pq_chunk *chunk = &at->chunk;
    int type = td_pq_type_of(column->kind), has_dictionary = chunk->dictionary_size > 0;
    td_thrift_item_open(out);
    td_thrift_i64(out, 2, (int64_t)at->offset);
    td_thrift_open(out, TD_PQ_CHUNK_META);
    td_thrift_i32(out, TD_PQ_META_TYPE, type);
    td_thrift_list(out, TD_PQ_META_ENCODINGS, TD_THRIFT_I32, has_dictionary ? 3 : 2);
    td_thrift_item_i32(out, TD_PQ_PLAIN);
    td_thrift_item_i32(out, TD_PQ_RLE);
    if (has_dictionary) td_thrift_item_i32(out, TD_PQ_RLE_DICTIONARY);
    td_thrift_list(out, TD_PQ_META_PATH, TD_THRIFT_BINARY, 1);
    td_thrift_item_binary(out, column->name, strlen(column->name));
    td_thrift_i32(out, TD_PQ_META_CODEC, TD_PQ_ZSTD);
    td_thrift_i64(out, TD_PQ_META_NUM_VALUES, (int64_t)chunk->n_values);
    td_thrift_i64(out, TD_PQ_META_UNCOMPRESSED, (int64_t)chunk->uncompressed);
    td_thrift_i64(out, TD_PQ_META_COMPRESSED, (int64_t)at->size);
    td_thrift_i64(out, TD_PQ_META_DATA_OFFSET, (int64_t)(at->offset + chunk->dictionary_size));
    if (has_dictionary) td_thrift_i64(out, TD_PQ_META_DICTIONARY_OFFSET, (int64_t)at->offset);
    put_statistics(out, chunk, type);
    td_thrift_close(out);
    td_thrift_close(out);
}

/* ORDINAL has 16 bits and is optional: left out beyond them. */
static void put_group(td_thrift_out *out, const job *j, uint64_t g) {
    enum { FILE_OFFSET = 5, COMPRESSED = 6, ORDINAL = 7 };
    uint32_t n_columns = j->source->n_columns;
    const placed *row = j->chunk + g * n_columns;
    uint64_t uncompressed = 0, size = 0;
    td_thrift_item_open(out);
    td_thrift_list(out, TD_PQ_GROUP_COLUMNS, TD_THRIFT_STRUCT, n_columns);
    for (uint32_t c = 0; c < n_columns; c++) {
        put_chunk(out, &row[c], &j->source->column[c]);
        uncompressed += row[c].chunk.uncompressed;
        size += row[c].size;
    }
    td_thrift_i64(out, TD_PQ_GROUP_BYTES, (int64_t)uncompressed);
    td_thrift_i64(out, TD_PQ_GROUP_NUM_ROWS, (int64_t)row[0].chunk.n_values);
    td_thrift_i64(out, FILE_OFFSET, (int64_t)row[0].offset);
    td_thrift_i64(out, COMPRESSED, (int64_t)size);
    if (g <= INT16_MAX) td_thrift_i16(out, ORDINAL, (int64_t)g);
    td_thrift_close(out);
}

/* The user's notes, who wrote the file, and how values are ordered. */
static void put_notes(td_thrift_out *out, const td_parquet_source *source) {
    static const char made_by[] = "tundish version " TD_VERSION;
    if (source->n_notes > 0) {
        td_thrift_list(out, TD_PQ_FILE_KEY_VALUES, TD_THRIFT_STRUCT, source->n_notes);
    }
    for (uint32_t i = 0; i < source->n_notes; i++) {
        td_thrift_item_open(out);
        td_thrift_binary(out, 1, source->note[i].key, strlen(source->note[i].key));
        td_thrift_binary(out, 2, source->note[i].value, strlen(source->note[i].value));
        td_thrift_close(out);
    }
    td_thrift_binary(out, TD_PQ_FILE_CREATED_BY, made_by, sizeof made_by - 1);
    /* "values are ordered by their type": without it readers may not use the statistics */
    td_thrift_list(out, TD_PQ_FILE_COLUMN_ORDERS, TD_THRIFT_STRUCT, source->n_columns);
    for (uint32_t c = 0; c < source->n_columns; c++) {
        td_thrift_item_open(out);
        td_thrift_open(out, 1);
        td_thrift_close(out);
        td_thrift_close(out);
    }
}

static td_status write_footer(job *j, td_error *err) {
    td_byte_buffer bytes = {0};
    td_thrift_out out = {.to = &bytes};
    td_thrift_i32(&out, TD_PQ_FILE_VERSION, 2);
    put_schema(&out, j->source);
    td_thrift_i64(&out, TD_PQ_FILE_NUM_ROWS, (int64_t)j->source->n_rows);
    td_thrift_list(&out, TD_PQ_FILE_ROW_GROUPS, TD_THRIFT_STRUCT, j->n_groups);
    for (uint64_t g = 0; g < j->n_groups; g++) put_group(&out, j, g);
    put_notes(&out, j->source);
    td_thrift_close(&out);
    td_byte_buffer_little(&bytes, bytes.n, 4);
    td_byte_buffer_add(&bytes, TD_PARQUET_MAGIC, 4);
    td_status status = td_byte_buffer_status(&bytes, err);
    if (status == TD_OK) td_writer_bytes(j->writer, bytes.data, bytes.n);
    td_byte_buffer_free(&bytes);
    return status;
}

/* --- the file --------------------------------------------------------------------------------- */

/* Scratch of one row group a thread; places of all chunks. */
static td_status prepare(job *j, const td_exec *exec, td_error *err) {
    j->n_threads = td_exec_threads(exec);
    TD_NEW_ZEROED(j->chunk, j->n_groups * j->source->n_columns, err);
    TD_NEW_ZEROED(j->scratch, (uint64_t)j->n_threads, err);
    uint64_t room = j->source->n_rows < j->group_rows ? j->source->n_rows : j->group_rows;
    for (int t = 0; t < j->n_threads; t++) TD_TRY(td_pq_scratch_init(&j->scratch[t], room, err));
    return TD_OK;
}

static void free_job(job *j) {
    for (int t = 0; j->scratch != NULL && t < j->n_threads; t++) td_pq_scratch_free(&j->scratch[t]);
    uint64_t n_chunks = j->n_groups * j->source->n_columns;
    for (uint64_t i = 0; j->chunk != NULL && i < n_chunks; i++) {
        td_byte_buffer_free(&j->chunk[i].chunk.bytes);
    }
    td_mem_free(j->scratch);
    td_mem_free(j->chunk);
}

static td_status write_all(job *j, const td_exec *exec, td_error *err) {
    TD_TRY(prepare(j, exec, err));
    td_writer_bytes(j->writer, TD_PARQUET_MAGIC, 4);
    j->offset = 4;
    for (uint64_t g = 0; g < j->n_groups; g++) {
        TD_TRY(td_exec_progress(exec, "write parquet", g, j->n_groups, err));
        TD_TRY(write_group(j, g, exec, err));
    }
    return write_footer(j, err);
}

/* The file is there when all of it is: td_writer renames it at the end. */
td_status td_parquet_write(const char *path, const td_parquet_source *source, const td_exec *exec,
                           td_error *err) {
    TD_CHECK(source->n_columns > 0, err, TD_ERR_ARG, "%s: a Parquet file needs a column", path);
    job j = {.source = source, .group_rows = source->group_rows};
    if (j.group_rows == 0) j.group_rows = DEFAULT_GROUP_ROWS;
    j.n_groups = source->n_rows / j.group_rows + (source->n_rows % j.group_rows != 0);
    TD_TRY(td_writer_open(&j.writer, path, err));
    td_status status = write_all(&j, exec, err);
    free_job(&j);
    if (status == TD_OK) return td_writer_commit(j.writer, err);
    td_writer_abort(j.writer);
    return status;
}

/* NaN is null by itself (keep_reals); a missing code has to be said. */
static void fill_from_table(td_parquet_cells *cells, const void *source, uint32_t c) {
    const td_column *column = &((const td_table *)source)->column[c];
    if (column->kind == TD_COLUMN_NUMBER) {
        memcpy(cells->real, column->number + cells->begin, cells->n * sizeof *cells->real);
        return;
    }
    for (uint64_t i = 0; i < cells->n; i++) {
        uint32_t code = column->code[cells->begin + i];
        cells->is_null[i] = code == TD_CODE_NONE;
        cells->whole[i] = code;
    }
}

td_status td_parquet_write_table(const char *path, const td_table *table, const td_exec *exec,
                                 td_error *err) {
    td_parquet_column *column;
    TD_NEW(column, table->n_columns, err);
    for (uint32_t c = 0; c < table->n_columns; c++) {
        const td_column *from = &table->column[c];
        column[c] = (td_parquet_column){.name = from->name,
                                        .kind = from->kind == TD_COLUMN_NUMBER ? TD_PARQUET_F64
                                                                               : TD_PARQUET_TEXT,
                                        .has_nulls = 1,
                                        .dict = &from->dict};
    }
    td_parquet_source source = {.n_rows = table->n_rows,
                                .n_columns = table->n_columns,
                                .column = column,
                                .fill = fill_from_table,
                                .source = table};
    td_status status = td_parquet_write(path, &source, exec, err);
    td_mem_free(column);
    return status;
}
