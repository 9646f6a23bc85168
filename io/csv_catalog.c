/* io/csv_catalog.c: item_properties and category_tree texts -> the raw tables of core/catalog.
 *
 * Problem: twenty million property rows (0.9 GB), of which a fifth is wanted: judge every row once,
 * keep three properties of the items in the log, and count the rest so that nothing is silent.
 *
 * 1. The header names the columns, in any order; further columns are allowed and only counted.
 * 2. The text is cut into pieces at record ends; each piece is read by one thread into a list of
 *    its own, and the lists are joined in file order.
 * 3. Each row meets one fate (csv_catalog_rows.c): kept, excluded for a reason, unused, or of an
 *    item that is not in the log.
 * 4. A kept row is appended to its piece's list; fates are counted per piece and then added up.
 * 5. read = kept + excluded + unused + not in the log, checked per file.
 *
 * Kept values point into the text, which decides ties in td_catalog_build; so the files stay open
 * until the catalog is built. Item ids are looked up in a table by id where ids are dense, else
 * by binary search.
 *
 * Cost: one pass over the text besides that of csv_split; 40 bytes a kept row. */
#include "io/csv_catalog.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_catalog_rows.h"
#include "io/csv_header.h"
#include "io/csv_scan.h"
#include "io/csv_split.h"
#include "io/file.h"

enum { PATH_BYTES = 4096, MAX_ROLES = TD_N_PROPERTY_COLUMNS, FIRST_ROWS = 256 };

static const char *const PROPERTY_COLUMNS[TD_N_PROPERTY_COLUMNS] = {"timestamp", "itemid",
                                                                    "property", "value"};
static const char *const TREE_COLUMNS[TD_N_TREE_COLUMNS] = {"categoryid", "parentid"};
static const char *const FILE_NAMES[TD_N_CATALOG_FILES] = {
    "item_properties_part1.csv", "item_properties_part2.csv", "category_tree.csv"};

/* What one piece gives. */
typedef struct piece_rows {
    uint64_t n;
    uint64_t capacity;
    char *row; /* [n] of the job's row size */
    td_catalog_counts counts;
} piece_rows;

typedef struct file_job {
    const td_file *file;
    const char *const *column; /* [n_columns] wanted names */
    uint32_t n_columns;
    td_judge_fn judge;
    int is_tree;
    size_t row_size;
    const td_judge_context *context;
    uint32_t n_fields; /* columns of the header */
    uint8_t *role;     /* [n_fields] index into column, n_columns = not used */
    td_csv_split split;
    piece_rows *piece; /* [n_pieces] */
} file_job;

const char *td_catalog_reason_name(td_catalog_reason reason) {
    static const char *const name[TD_N_CATALOG_REASONS] = {
        "field_count", "bad_timestamp", "bad_item",  "empty_property",
        "bad_value",   "bad_category",  "bad_parent"};
    return name[reason];
}

td_catalog_source td_catalog_source_default(const char *folder) {
    return (td_catalog_source){.folder = folder, .price_property = "790"};
}

/* Reading. ------------------------------------------------------------------------------------- */

/* Append; the list doubles, so a row costs two copies at most. */
static td_status add_row(piece_rows *to, const void *row, size_t size, td_error *err) {
    if (to->n == to->capacity) {
        uint64_t capacity = to->capacity > 0 ? 2 * to->capacity : FIRST_ROWS;
        char *grown = td_mem_resize(to->row, capacity, size, err);
        if (grown == NULL) return TD_ERR_NOMEM;
        to->row = grown;
        to->capacity = capacity;
    }
    memcpy(to->row + to->n++ * size, row, size);
    return TD_OK;
}

/* Fields of the next record into their roles; returns with *n_fields = how many there are. */
static td_status read_fields(const file_job *job, td_csv_cursor *cursor,
                             td_csv_field field[MAX_ROLES + 1], uint32_t *n_fields, td_error *err) {
    uint32_t n = 0;
    for (int is_last = 0; !is_last; n++) {
        td_csv_field *into = &field[n < job->n_fields ? job->role[n] : job->n_columns];
        TD_TRY(td_csv_next(cursor, into, err));
        is_last = into->is_last != 0;
    }
    *n_fields = n;
    return TD_OK;
}

/* The first excluded row of a piece is remembered for the error text. */
static void count_fate(td_catalog_counts *counts, int fate, uint64_t line) {
    counts->n_read++;
    if (fate == TD_FATE_UNUSED) {
        counts->n_unused++;
    } else if (fate == TD_FATE_NOT_IN_LOG) {
        counts->n_not_in_log++;
    } else if (fate == TD_FATE_KEPT) {
        counts->n_kept++;
    } else {
        counts->n_by_reason[fate]++;
        if (counts->first_excluded_line != 0) return;
        counts->first_excluded_line = line;
        counts->first_excluded_reason = (td_catalog_reason)fate;
    }
}

/* One thread, one piece, one list. */
static td_status read_piece(void *ctx, td_chunk chunk, td_error *err) {
    const file_job *job = ctx;
    piece_rows *to = &job->piece[chunk.index];
    td_csv_cursor cursor =
        td_csv_open(&job->split.piece[chunk.index], &job->split, ',', td_file_path(job->file));
    while (cursor.at < cursor.end) {
        uint64_t line = cursor.line;
        td_csv_field field[MAX_ROLES + 1];
        uint32_t n_fields = 0;
        TD_TRY(read_fields(job, &cursor, field, &n_fields, err));
        union {
            td_raw_property property;
            td_raw_category category;
        } row;
        int fate = n_fields == job->n_fields ? job->judge(job->context, field, &row)
                                             : (int)TD_CATALOG_FIELD_COUNT;
        count_fate(&to->counts, fate, line);
        if (!job->is_tree && (fate == TD_FATE_KEPT || fate == TD_FATE_NOT_IN_LOG))
            to->counts.n_of_property[row.property.property]++;
        if (fate == TD_FATE_KEPT) TD_TRY(add_row(to, &row, job->row_size, err));
    }
    return TD_OK;
}

/* Which field of a row is which wanted column. */
static td_status assign_roles(file_job *job, const td_csv_header *header, td_error *err) {
    job->n_fields = header->n;
    TD_NEW(job->role, header->n, err);
    memset(job->role, (int)job->n_columns, header->n);
    for (uint32_t c = 0; c < job->n_columns; c++) {
        uint32_t at = 0;
        TD_TRY(td_csv_header_find(header, td_file_path(job->file), job->column[c], &at, err));
        job->role[at] = (uint8_t)c;
    }
    return TD_OK;
}

/* Header, cut, read. */
static td_status read_pieces(file_job *job, const td_exec *exec, td_error *err) {
    td_bytes text = td_csv_skip_bom(td_file_bytes(job->file));
    td_csv_cursor cursor = {.at = text.data,
                            .end = text.data + text.n,
                            .record = text.data,
                            .line = 1,
                            .path = td_file_path(job->file),
                            .delimiter = ',',
                            .has_quotes = 1};
    td_csv_header header;
    TD_TRY(td_csv_header_read(&header, &cursor, err));
    td_status status = assign_roles(job, &header, err);
    td_csv_header_free(&header);
    TD_TRY(status);
    td_bytes rows = {cursor.at, (uint64_t)(cursor.end - cursor.at)};
    TD_TRY(td_csv_split_text(&job->split, rows, ',', TD_CSV_PIECE_BYTES, exec, err));
    for (uint64_t i = 0; i < job->split.n_pieces; i++) {
        job->split.piece[i].line += cursor.line - 1;
    }
    TD_NEW_ZEROED(job->piece, job->split.n_pieces, err);
    return td_par_for(exec, job->split.n_pieces, 1, read_piece, job, err);
}

/* Pieces come in file order: the first line that is set is the file's first. */
static void add_counts(td_catalog_counts *to, const td_catalog_counts *from) {
    to->n_read += from->n_read;
    to->n_kept += from->n_kept;
    to->n_unused += from->n_unused;
    to->n_not_in_log += from->n_not_in_log;
    for (int p = 0; p < TD_N_PROPERTIES; p++) to->n_of_property[p] += from->n_of_property[p];
    for (int r = 0; r < TD_N_CATALOG_REASONS; r++) to->n_by_reason[r] += from->n_by_reason[r];
    if (to->first_excluded_line != 0) return;
    to->first_excluded_line = from->first_excluded_line;
    to->first_excluded_reason = from->first_excluded_reason;
}

static uint64_t n_excluded(const td_catalog_counts *counts) {
    uint64_t n = 0;
    for (int r = 0; r < TD_N_CATALOG_REASONS; r++) n += counts->n_by_reason[r];
    return n;
}

/* Append the pieces' rows to rows [*n] and their counts to *counts. */
static td_status join_pieces(const file_job *job, void **rows, uint64_t *n,
                             td_catalog_counts *counts, td_error *err) {
    for (uint64_t i = 0; i < job->split.n_pieces; i++) add_counts(counts, &job->piece[i].counts);
    char *all = td_mem_resize(*rows, *n + counts->n_kept, job->row_size, err);
    if (all == NULL) return TD_ERR_NOMEM;
    *rows = all;
    for (uint64_t i = 0; i < job->split.n_pieces; i++) {
        const piece_rows *piece = &job->piece[i];
        if (piece->n > 0) memcpy(all + *n * job->row_size, piece->row, piece->n * job->row_size);
        *n += piece->n;
    }
    uint64_t n_accounted =
        counts->n_kept + n_excluded(counts) + counts->n_unused + counts->n_not_in_log;
    TD_CHECK(counts->n_read == job->split.n_records && counts->n_read == n_accounted, err,
             TD_ERR_INTERNAL, "%s: %llu rows read, %llu accounted for", td_file_path(job->file),
             (unsigned long long)job->split.n_records, (unsigned long long)n_accounted);
    return TD_OK;
}

static void free_job(file_job *job) {
    for (uint64_t i = 0; job->piece != NULL && i < job->split.n_pieces; i++) {
        td_mem_free(job->piece[i].row);
    }
    td_mem_free(job->piece);
    td_mem_free(job->role);
    td_csv_split_free(&job->split);
}

/* One folder's files while they are being read. */
typedef struct reader {
    const td_catalog_source *source;
    td_catalog_report *report;
    td_judge_context context;
    td_file *file[TD_N_CATALOG_FILES];
    td_raw_catalog raw;
} reader;

/* One file into the raw tables; both property files append to the same one. */
static td_status read_file(reader *r, int which, const td_exec *exec, td_error *err) {
    td_catalog_counts *counts = &r->report->file[which];
    snprintf(counts->name, sizeof counts->name, "%s", FILE_NAMES[which]);
    char path[PATH_BYTES];
    td_error absent = {0};
    td_status status =
        td_path_find(path, sizeof path, r->source->folder, FILE_NAMES[which], &absent);
    if (status == TD_ERR_IO) return TD_OK; /* an optional file that is not there */
    if (status != TD_OK) {
        if (err != NULL) *err = absent;
        return status;
    }
    counts->is_present = 1;
    TD_TRY(td_exec_progress(exec, "read catalog", (uint64_t)which, TD_N_CATALOG_FILES, err));
    TD_TRY(td_file_open(&r->file[which], path, err));
    counts->n_bytes = td_file_bytes(r->file[which]).n;
    int is_tree = which == TD_TREE;
    file_job job = {.file = r->file[which],
                    .column = is_tree ? TREE_COLUMNS : PROPERTY_COLUMNS,
                    .n_columns = is_tree ? TD_N_TREE_COLUMNS : TD_N_PROPERTY_COLUMNS,
                    .judge = is_tree ? td_judge_category : td_judge_property,
                    .is_tree = is_tree,
                    .row_size = is_tree ? sizeof(td_raw_category) : sizeof(td_raw_property),
                    .context = &r->context};
    void *rows = is_tree ? (void *)r->raw.category : (void *)r->raw.property;
    uint64_t *n = is_tree ? &r->raw.n_categories : &r->raw.n_properties;
    status = read_pieces(&job, exec, err);
    if (status == TD_OK) status = join_pieces(&job, &rows, n, counts, err);
    if (is_tree) {
        r->raw.category = rows;
        r->raw.has_tree = 1;
    } else {
        r->raw.property = rows;
        r->raw.has_properties = 1;
    }
    free_job(&job);
    return status;
}

/* Two rows that cannot both be right are found when the tree is built, which knows no file. */
static void name_tree(const reader *r, td_error *err) {
    if (err == NULL || r->file[TD_TREE] == NULL) return;
    snprintf(err->file, sizeof err->file, "%s", td_file_path(r->file[TD_TREE]));
}

td_status td_catalog_read(td_catalog *out, td_catalog_report *report,
                          const td_catalog_source *source, const td_events *events,
                          const td_exec *exec, td_error *err) {
    *out = (td_catalog){0};
    *report = (td_catalog_report){0};
    reader r = {.source = source, .report = report};
    td_status status = td_judge_open(&r.context, &events->items, source->price_property, err);
    for (int which = 0; status == TD_OK && which < TD_N_CATALOG_FILES; which++) {
        status = read_file(&r, which, exec, err);
    }
    td_judge_close(&r.context);
    if (status == TD_OK) {
        status = td_catalog_build(out, &r.raw, events->items.n, exec, err);
        if (status == TD_ERR_FORMAT) name_tree(&r, err);
    } else {
        td_raw_catalog_free(&r.raw);
    }
    for (int which = 0; which < TD_N_CATALOG_FILES; which++) td_file_close(r.file[which]);
    return status;
}

td_status td_catalog_check_excluded(const td_catalog_report *report, double max_share,
                                    td_error *err) {
    for (int which = 0; which < TD_N_CATALOG_FILES; which++) {
        const td_catalog_counts *counts = &report->file[which];
        uint64_t n = n_excluded(counts);
        double limit = max_share * (double)counts->n_read;
        if (n <= 10 || (double)n <= limit) continue;
        return td_fail_at(err, TD_ERR_FORMAT, counts->name, counts->first_excluded_line, 0,
                          "%llu of %llu rows are excluded, more than %.4g allowed; the first: %s",
                          (unsigned long long)n, (unsigned long long)counts->n_read,
                          limit > 10 ? limit : 10.0,
                          td_catalog_reason_name(counts->first_excluded_reason));
    }
    return TD_OK;
}
