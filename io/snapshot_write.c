/* io/snapshot_write.c: tables in memory -> a snapshot.
 *
 *   1. Everything that is no column (counts, names, excluded rows) is gathered into small blocks
 *      of whole numbers and texts, so that no padding of a struct reaches the file.
 *   2. Blocks are laid out one after the other, each at a multiple of 64 bytes.
 *   3. Checksums of all pieces, side by side; a piece's seed is the number of its block, so that
 *      swapped blocks do not pass.
 *   4. Header, then the blocks as they stand in memory.
 *
 * Names, each with its closing 0: events file, price property, the three catalog files.
 * Cost: one pass for the checksums, one for writing. Not done: compression (mapping is the point),
 * other byte orders. */
#include <stdio.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/mem.h"
#include "io/byte_buffer.h"
#include "io/snapshot.h"
#include "io/snapshot_parts.h"

const char *td_snapshot_block_name(td_snapshot_block block) {
    static const char *const name[TD_N_BLOCKS] = {
        "numbers",          "names",           "events.timestamp",   "events.visitor",
        "events.item",      "events.kind",     "events.transaction", "visitors.id",
        "items.id",         "excluded rows",   "excluded text",      "catalog.begin",
        "catalog.entry",    "categories.id",   "categories.parent",  "categories.root",
        "categories.depth", "categories.flags"};
    return name[block];
}

/* What is written: bytes of each block as they lie in memory, and the header that describes
 * them. */
typedef struct job {
    td_bytes block[TD_N_BLOCKS];
    td_snapshot_entry entry[TD_N_BLOCKS];
    td_snapshot_head head;
    uint64_t n_pieces;
    uint64_t *sum; /* [n_pieces] */
    td_byte_buffer numbers, names, excluded, raw;
} job;

/* --- step 1 ----------------------------------------------------------------------------------- */

static void add_number(td_byte_buffer *to, int64_t value) { td_byte_buffer_add(to, &value, 8); }

static void add_name(td_byte_buffer *to, const char *name) {
    td_byte_buffer_add(to, name, strlen(name) + 1);
}

/* Counts of one catalog file; the reader finds them by the same places (snapshot_parts.h). */
static void add_file(job *j, const td_catalog_counts *file) {
    int64_t number[TD_FILE_NUMBERS] = {[TD_FILE_IS_PRESENT] = file->is_present,
                                       [TD_FILE_READ] = (int64_t)file->n_read,
                                       [TD_FILE_KEPT] = (int64_t)file->n_kept,
                                       [TD_FILE_UNUSED] = (int64_t)file->n_unused,
                                       [TD_FILE_NOT_IN_LOG] = (int64_t)file->n_not_in_log,
                                       [TD_FILE_FIRST_LINE] = (int64_t)file->first_excluded_line,
                                       [TD_FILE_FIRST_REASON] = file->first_excluded_reason};
    for (int p = 0; p < TD_N_PROPERTIES; p++)
        number[TD_FILE_PROPERTIES + p] = (int64_t)file->n_of_property[p];
    for (int r = 0; r < TD_N_CATALOG_REASONS; r++)
        number[TD_FILE_REASONS + r] = (int64_t)file->n_by_reason[r];
    td_byte_buffer_add(&j->numbers, number, sizeof number);
    add_name(&j->names, file->name);
}

/* Step 1. Excluded rows take their raw text along: `load` from a snapshot shows them as well. */
static void gather(job *j, const td_snapshot_source *s) {
    const td_events *events = &s->log->events;
    const td_catalog *catalog = s->catalog;
    int64_t number[TD_NUMBER_FILES] = {[TD_NUMBER_ROWS_READ] = (int64_t)s->log->n_rows_read,
                                       [TD_NUMBER_FIRST] = events->first_timestamp,
                                       [TD_NUMBER_LAST] = events->last_timestamp,
                                       [TD_NUMBER_HAS_PROPERTIES] = catalog->has_properties,
                                       [TD_NUMBER_HAS_TREE] = catalog->has_tree,
                                       [TD_NUMBER_DUPLICATES] = (int64_t)catalog->n_duplicates,
                                       [TD_NUMBER_CONFLICTS] = (int64_t)catalog->n_conflicts,
                                       [TD_NUMBER_MISSING_PARENTS] =
                                           (int64_t)catalog->n_missing_parents,
                                       [TD_NUMBER_CYCLES] = (int64_t)catalog->n_cycles};
    td_byte_buffer_add(&j->numbers, number, sizeof number);
    const char *path = td_file_path(s->events), *slash = strrchr(path, '/');
    add_name(&j->names, slash != NULL ? slash + 1 : path);
    add_name(&j->names, s->price_property);
    for (int f = 0; f < TD_N_CATALOG_FILES; f++) add_file(j, &s->report->file[f]);
    const char *text = td_file_bytes(s->events).data;
    for (uint64_t i = 0; i < s->log->exclusions.n; i++) {
        const td_excluded_row *row = &s->log->exclusions.row[i];
        add_number(&j->excluded, (int64_t)row->line);
        add_number(&j->excluded, (int64_t)row->length);
        add_number(&j->excluded, row->reason);
        td_byte_buffer_add(&j->raw, text + row->offset, row->length);
    }
}

/* A column is its memory: the reader maps it and uses it as it stands. */
static td_bytes column(const void *data, uint64_t n, uint64_t size) {
    return (td_bytes){data, n * size};
}

static td_bytes bytes_of(const td_byte_buffer *buffer) {
    return (td_bytes){(const char *)buffer->data, buffer->n};
}

/* In the order of td_snapshot_block. begin is NULL where no property file was read. */
static void list_blocks(job *j, const td_snapshot_source *s) {
    const td_events *e = &s->log->events;
    const td_catalog *c = s->catalog;
    uint64_t n_lists = c->begin != NULL ? (uint64_t)TD_N_PROPERTIES * c->n_items : 0;
    uint64_t n_begin = c->begin != NULL ? n_lists + 1 : 0;
    uint64_t n_entries = c->begin != NULL ? c->begin[n_lists] : 0;
    td_bytes *b = j->block;
    b[TD_BLOCK_NUMBERS] = bytes_of(&j->numbers);
    b[TD_BLOCK_NAMES] = bytes_of(&j->names);
    b[TD_BLOCK_TIME] = column(e->timestamp, e->n, 8);
    b[TD_BLOCK_VISITOR] = column(e->visitor, e->n, 4);
    b[TD_BLOCK_ITEM] = column(e->item, e->n, 4);
    b[TD_BLOCK_KIND] = column(e->kind, e->n, 1);
    b[TD_BLOCK_TRANSACTION] = column(e->transaction, e->n, 8);
    b[TD_BLOCK_VISITOR_ID] = column(e->visitors.id, e->visitors.n, 8);
    b[TD_BLOCK_ITEM_ID] = column(e->items.id, e->items.n, 8);
    b[TD_BLOCK_EXCLUDED] = bytes_of(&j->excluded);
    b[TD_BLOCK_RAW] = bytes_of(&j->raw);
    b[TD_BLOCK_BEGIN] = column(c->begin, n_begin, 4);
    b[TD_BLOCK_ENTRY] = column(c->entry, n_entries, sizeof *c->entry);
    b[TD_BLOCK_CATEGORY_ID] = column(c->categories.id, c->categories.n, 8);
    b[TD_BLOCK_PARENT] = column(c->parent, c->categories.n, 4);
    b[TD_BLOCK_ROOT] = column(c->root, c->categories.n, 4);
    b[TD_BLOCK_DEPTH] = column(c->depth, c->categories.n, 4);
    b[TD_BLOCK_FLAGS] = column(c->flags, c->categories.n, 1);
}

/* --- steps 2 and 3 ---------------------------------------------------------------------------- */

static uint64_t aligned(uint64_t n) {
    return (n + TD_SNAPSHOT_ALIGN - 1) / TD_SNAPSHOT_ALIGN * TD_SNAPSHOT_ALIGN;
}

/* Pieces are numbered through all blocks; the first one of a block stands in its entry. */
static void lay_out(job *j) {
    for (int b = 0; b < TD_N_BLOCKS; b++) {
        j->entry[b].bytes = j->block[b].n;
        j->entry[b].first_piece = j->n_pieces;
        j->n_pieces += td_snapshot_pieces(j->block[b].n);
    }
    memcpy(j->head.magic, TD_SNAPSHOT_MAGIC, 8);
    j->head.order = TD_SNAPSHOT_ORDER;
    j->head.n_blocks = TD_N_BLOCKS;
    j->head.header_bytes = sizeof j->head + sizeof j->entry + 8 * j->n_pieces;
    uint64_t at = aligned(j->head.header_bytes);
    for (int b = 0; b < TD_N_BLOCKS; b++) {
        j->entry[b].offset = at;
        at = aligned(at + j->block[b].n);
    }
}

/* Finds the block of its piece as the reader does. */
static td_status sum_piece(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    job *j = ctx;
    int b = TD_N_BLOCKS - 1;
    while (j->entry[b].first_piece > chunk.index || j->block[b].n == 0) b--;
    uint64_t at = (chunk.index - j->entry[b].first_piece) * TD_SNAPSHOT_PIECE;
    uint64_t n = j->block[b].n - at;
    if (n > TD_SNAPSHOT_PIECE) n = TD_SNAPSHOT_PIECE;
    j->sum[chunk.index] = td_checksum(j->block[b].data + at, n, (uint64_t)b);
    return TD_OK;
}

/* The header as one text, with its own checksum in it. */
static td_status build_header(td_byte_buffer *header, job *j, td_error *err) {
    td_byte_buffer_add(header, &j->head, sizeof j->head);
    td_byte_buffer_add(header, j->entry, sizeof j->entry);
    td_byte_buffer_add(header, j->sum, 8 * j->n_pieces);
    TD_TRY(td_byte_buffer_status(header, err));
    uint64_t sum = td_checksum(header->data, header->n, 0);
    memcpy(header->data + offsetof(td_snapshot_head, checksum), &sum, 8);
    return TD_OK;
}

/* --- step 4 ----------------------------------------------------------------------------------- */

static void write_padded(td_writer *writer, const void *bytes, uint64_t n) {
    static const char zeros[TD_SNAPSHOT_ALIGN];
    td_writer_bytes(writer, bytes, n);
    td_writer_bytes(writer, zeros, aligned(n) - n);
}

/* Whole or absent, as every file: td_writer renames it into place. */
static td_status write_file(const char *path, job *j, td_error *err) {
    td_byte_buffer header = {0};
    td_writer *writer = NULL;
    td_status status = build_header(&header, j, err);
    if (status == TD_OK) status = td_writer_open(&writer, path, err);
    if (status == TD_OK) {
        write_padded(writer, header.data, header.n);
        for (int b = 0; b < TD_N_BLOCKS; b++) write_padded(writer, j->block[b].data, j->block[b].n);
        status = td_writer_commit(writer, err);
    }
    td_byte_buffer_free(&header);
    return status;
}

static td_status write_all(const char *path, job *j, const td_exec *exec, td_error *err) {
    TD_TRY(td_byte_buffer_status(&j->numbers, err));
    TD_TRY(td_byte_buffer_status(&j->names, err));
    TD_TRY(td_byte_buffer_status(&j->excluded, err));
    TD_TRY(td_byte_buffer_status(&j->raw, err));
    lay_out(j);
    TD_NEW(j->sum, j->n_pieces, err);
    TD_TRY(td_par_for(exec, j->n_pieces, 1, sum_piece, j, err));
    return write_file(path, j, err);
}

td_status td_snapshot_write(const char *path, const td_snapshot_source *source, const td_exec *exec,
                            td_error *err) {
    job j = {.n_pieces = 0};
    gather(&j, source);
    list_blocks(&j, source);
    td_status status = write_all(path, &j, exec, err);
    td_mem_free(j.sum);
    td_byte_buffer_free(&j.numbers);
    td_byte_buffer_free(&j.names);
    td_byte_buffer_free(&j.excluded);
    td_byte_buffer_free(&j.raw);
    return status;
}
