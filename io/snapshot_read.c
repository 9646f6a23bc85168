/* io/snapshot_read.c: a snapshot, mapped and verified.
 *
 *   1. Open: magic, byte order, the header's checksum, every block inside the file.
 *   2. Events or catalog: the checksums of all pieces of their blocks, side by side; then the codes
 *      in them are checked against the tables they point into, so that no file, however made, can
 *      lead a reader outside.
 *   3. The tables point into the mapping. It is read-only, and so are they.
 *   4. Close: the borrowed pointers are taken out of the tables before these are freed.
 *
 * Cost: one pass over the bytes for the checksums (they have to come from the disk or its cache
 * anyway), one over codes. Not done: files of another byte order, writing in place.
 * The layout stands in snapshot_parts.h. */
#include <stdio.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/mem.h"
#include "io/snapshot.h"
#include "io/snapshot_parts.h"

struct td_snapshot {
    td_file *file;
    td_snapshot_entry entry[TD_N_BLOCKS];
    const char *sum; /* checksums of the pieces, 8 bytes each */
};

/* Bytes of a block: aligned to 64 in the file, and so in the mapping. */
static const char *data_of(const td_snapshot *s, td_snapshot_block block) {
    return td_file_bytes(s->file).data + s->entry[block].offset;
}

static td_status fail(const td_snapshot *s, td_error *err, const char *what) {
    return td_fail_at(err, TD_ERR_FORMAT, td_file_path(s->file), 0, 0, "damaged snapshot: %s",
                      what);
}

/* --- step 1 ----------------------------------------------------------------------------------- */

/* The magic holds the version of the layout: a file of another version is no snapshot. */
static int begins_right(td_bytes bytes) {
    return bytes.n >= sizeof(td_snapshot_head) && memcmp(bytes.data, TD_SNAPSHOT_MAGIC, 8) == 0;
}

/* Asked of every DIR: a folder, an unreadable file and any other file are just no snapshots. */
int td_snapshot_is(const char *path) {
    td_file *file = NULL;
    if (!td_path_exists(path) || td_path_is_folder(path)) return 0;
    if (td_file_open(&file, path, NULL) != TD_OK) return 0;
    int is_snapshot = begins_right(td_file_bytes(file));
    td_file_close(file);
    return is_snapshot;
}

/* The header's own checksum counts as 0. */
static td_status check_sum(const td_snapshot *s, const td_snapshot_head *head, td_error *err) {
    char *copy = td_mem_array(head->header_bytes, 1, err);
    if (copy == NULL) return TD_ERR_NOMEM;
    memcpy(copy, td_file_bytes(s->file).data, head->header_bytes);
    memset(copy + offsetof(td_snapshot_head, checksum), 0, 8);
    uint64_t sum = td_checksum(copy, head->header_bytes, 0);
    td_mem_free(copy);
    return sum == head->checksum ? TD_OK : fail(s, err, "its header");
}

/* Everything that later steps rely on without looking: sizes, places and numbers of pieces. */
static td_status check_header(td_snapshot *s, td_error *err) {
    td_bytes bytes = td_file_bytes(s->file);
    td_snapshot_head head;
    if (!begins_right(bytes))
        return td_fail_at(err, TD_ERR_FORMAT, td_file_path(s->file), 0, 0,
                          "not a snapshot of this version of tundish");
    memcpy(&head, bytes.data, sizeof head);
    if (head.order != TD_SNAPSHOT_ORDER)
        return fail(s, err, "it comes from a machine of another byte order");
    uint64_t least = sizeof head + sizeof s->entry;
    if (head.n_blocks != TD_N_BLOCKS || head.header_bytes < least || head.header_bytes > bytes.n)
        return fail(s, err, "its header");
    TD_TRY(check_sum(s, &head, err));
    memcpy(s->entry, bytes.data + sizeof head, sizeof s->entry);
    s->sum = bytes.data + least;
    uint64_t n_pieces = 0, n_sums = (head.header_bytes - least) / 8;
    for (int b = 0; b < TD_N_BLOCKS; b++) {
        const td_snapshot_entry *e = &s->entry[b];
        if (e->offset > bytes.n || e->bytes > bytes.n - e->offset ||
            e->offset % TD_SNAPSHOT_ALIGN != 0 || e->first_piece != n_pieces)
            return fail(s, err, "the file is cut");
        n_pieces += td_snapshot_pieces(e->bytes);
    }
    return n_pieces == n_sums ? TD_OK : fail(s, err, "its header");
}

td_status td_snapshot_open(td_snapshot **out, const char *path, td_error *err) {
    *out = NULL;
    td_snapshot *s = td_mem_zeroed(1, sizeof *s, err);
    if (s == NULL) return TD_ERR_NOMEM;
    td_status status = td_file_open(&s->file, path, err);
    if (status == TD_OK) status = check_header(s, err);
    if (status == TD_OK)
        *out = s;
    else
        td_snapshot_close(s, NULL, NULL);
    return status;
}

/* --- step 2: checksums ------------------------------------------------------------------------ */

/* Blocks [begin, end) and the pieces in them, which are numbered through the file. */
typedef struct range {
    const td_snapshot *s;
    uint64_t first_piece;
    int begin, end; /* blocks */
} range;

/* The block of a piece is the last one that begins at or before it; empty blocks have none. The
 * error names bytes of the file: that is where to look for a bad disk. */
static td_status verify_piece(void *ctx, td_chunk chunk, td_error *err) {
    const range *r = ctx;
    uint64_t piece = r->first_piece + chunk.index, sum;
    int b = r->end - 1;
    while (r->s->entry[b].first_piece > piece || r->s->entry[b].bytes == 0) b--;
    const td_snapshot_entry *e = &r->s->entry[b];
    uint64_t at = (piece - e->first_piece) * TD_SNAPSHOT_PIECE, n = e->bytes - at;
    if (n > TD_SNAPSHOT_PIECE) n = TD_SNAPSHOT_PIECE;
    memcpy(&sum, r->s->sum + 8 * piece, 8);
    if (td_checksum(data_of(r->s, (td_snapshot_block)b) + at, n, (uint64_t)b) == sum) return TD_OK;
    char what[128];
    snprintf(what, sizeof what, "piece %llu of %s (bytes %llu to %llu of the file)",
             (unsigned long long)(piece - e->first_piece),
             td_snapshot_block_name((td_snapshot_block)b), (unsigned long long)(e->offset + at),
             (unsigned long long)(e->offset + at + n - 1));
    return fail(r->s, err, what);
}

/* All pieces side by side; of several damaged ones the lowest is reported. */
static td_status verify(const td_snapshot *s, int begin, int end, const td_exec *exec,
                        td_error *err) {
    range r = {s, s->entry[begin].first_piece, begin, end};
    const td_snapshot_entry *last = &s->entry[end - 1];
    uint64_t n = last->first_piece + td_snapshot_pieces(last->bytes) - r.first_piece;
    return td_par_for(exec, n, 1, verify_piece, &r, err);
}

/* Elements of `size` bytes in a block. *n is their number, or UINT64_MAX to be told. A broken size,
 * another number than *n, or as many as TD_CODE_NONE make *is_bad 1. */
static const void *take(const td_snapshot *s, td_snapshot_block block, uint64_t size, uint64_t *n,
                        int *is_bad) {
    uint64_t bytes = s->entry[block].bytes;
    if (*n == UINT64_MAX) *n = bytes / size;
    if (bytes != *n * size || *n >= UINT32_MAX) *is_bad = 1;
    return data_of(s, block);
}

/* One comparison with the table's size checks all codes. */
static uint32_t greatest_code(const uint32_t *code, uint64_t n) {
    uint32_t most = 0;
    for (uint64_t i = 0; i < n; i++) most = code[i] > most ? code[i] : most;
    return most;
}

/* --- steps 2 and 3: events -------------------------------------------------------------------- */

/* Place k of TD_BLOCK_NUMBERS, copied: the block is bytes, not an array of int64_t. */
static int64_t number_of(const td_snapshot *s, int place) {
    int64_t value;
    memcpy(&value, data_of(s, TD_BLOCK_NUMBERS) + 8 * (size_t)place, 8);
    return value;
}

/* Name k of TD_BLOCK_NAMES; the block ends in a 0 and has enough of them. */
static const char *name_of(const td_snapshot *s, int k) {
    const char *name = data_of(s, TD_BLOCK_NAMES);
    for (; k > 0; k--) name += strlen(name) + 1;
    return name;
}

/* As many closing zeros as names: name_of then cannot leave the block. */
static int has_all_names(const td_snapshot *s) {
    const char *names = data_of(s, TD_BLOCK_NAMES);
    uint64_t n = s->entry[TD_BLOCK_NAMES].bytes, zeros = 0;
    for (uint64_t i = 0; i < n; i++) zeros += names[i] == 0;
    return zeros == 2 + TD_N_CATALOG_FILES && names[n - 1] == 0;
}

/* Tables have plain pointers, as they are freed elsewhere; td_snapshot_close takes these out
 * before. */
static void *mutable(const void *p) { return (void *)(uintptr_t)p; }

/* Five columns of n rows, then the ids that codes of visitors and items point to. */
static td_status point_to_events(td_events *e, const td_snapshot *s, td_error *err) {
    int is_bad = 0;
    uint64_t n = UINT64_MAX, n_visitors = UINT64_MAX, n_items = UINT64_MAX;
    e->timestamp = mutable(take(s, TD_BLOCK_TIME, 8, &n, &is_bad));
    e->visitor = mutable(take(s, TD_BLOCK_VISITOR, 4, &n, &is_bad));
    e->item = mutable(take(s, TD_BLOCK_ITEM, 4, &n, &is_bad));
    e->kind = mutable(take(s, TD_BLOCK_KIND, 1, &n, &is_bad));
    e->transaction = mutable(take(s, TD_BLOCK_TRANSACTION, 8, &n, &is_bad));
    e->visitors.id = mutable(take(s, TD_BLOCK_VISITOR_ID, 8, &n_visitors, &is_bad));
    e->items.id = mutable(take(s, TD_BLOCK_ITEM_ID, 8, &n_items, &is_bad));
    if (is_bad) return fail(s, err, "columns of different lengths");
    e->n = n;
    e->visitors.n = (uint32_t)n_visitors;
    e->items.n = (uint32_t)n_items;
    e->first_timestamp = number_of(s, TD_NUMBER_FIRST);
    e->last_timestamp = number_of(s, TD_NUMBER_LAST);
    uint8_t kind = 0;
    for (uint64_t i = 0; i < n; i++) kind = e->kind[i] > kind ? e->kind[i] : kind;
    if (n > 0 && (greatest_code(e->visitor, n) >= n_visitors ||
                  greatest_code(e->item, n) >= n_items || kind >= TD_N_KINDS))
        return fail(s, err, "codes outside their tables");
    return TD_OK;
}

/* The raw rows lie one after the other, so each begins where the last one ended. */
static td_status list_exclusions(td_exclusions *out, const td_snapshot *s, td_error *err) {
    uint64_t n = UINT64_MAX, at = 0;
    int is_bad = 0;
    const int64_t *triple = take(s, TD_BLOCK_EXCLUDED, 24, &n, &is_bad);
    if (is_bad) return fail(s, err, "the excluded rows");
    TD_NEW(out->row, n, err);
    out->n = n;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t length = (uint64_t)triple[3 * i + 1];
        int64_t reason = triple[3 * i + 2];
        if (length > s->entry[TD_BLOCK_RAW].bytes - at || reason < 1 || reason >= TD_N_REASONS)
            return fail(s, err, "the excluded rows");
        out->row[i] = (td_excluded_row){(uint64_t)triple[3 * i], at, length, (uint8_t)reason};
        out->n_by_reason[reason]++;
        at += length;
    }
    return TD_OK;
}

td_status td_snapshot_events(td_event_log *log, td_file **events, const td_snapshot *s,
                             const td_exec *exec, td_error *err) {
    enum { N_NUMBERS = TD_NUMBER_FILES + TD_N_CATALOG_FILES * TD_FILE_NUMBERS };
    _Static_assert(TD_FILE_NUMBERS == TD_FILE_REASONS + TD_N_CATALOG_REASONS, "room for reasons");
    *log = (td_event_log){0};
    TD_TRY(verify(s, 0, TD_N_EVENT_BLOCKS, exec, err));
    if (s->entry[TD_BLOCK_NUMBERS].bytes != 8 * N_NUMBERS || !has_all_names(s))
        return fail(s, err, "its numbers and names");
    TD_TRY(point_to_events(&log->events, s, err));
    TD_TRY(list_exclusions(&log->exclusions, s, err));
    log->n_rows_read = (uint64_t)number_of(s, TD_NUMBER_ROWS_READ);
    if (log->n_rows_read != log->events.n + log->exclusions.n)
        return fail(s, err, "rows read = kept + excluded does not hold");
    td_bytes raw = {data_of(s, TD_BLOCK_RAW), s->entry[TD_BLOCK_RAW].bytes};
    return td_file_view(events, raw, name_of(s, 0), err);
}

/* --- steps 2 and 3: catalog ------------------------------------------------------------------- */

/* The counts of `load`, file by file, as they were when the snapshot was written. */
static void fill_report(td_catalog_report *report, const td_snapshot *s) {
    *report = (td_catalog_report){0};
    for (int f = 0; f < TD_N_CATALOG_FILES; f++) {
        td_catalog_counts *file = &report->file[f];
        int at = TD_NUMBER_FILES + f * TD_FILE_NUMBERS;
        file->is_present = (int)number_of(s, at + TD_FILE_IS_PRESENT);
        file->n_read = (uint64_t)number_of(s, at + TD_FILE_READ);
        file->n_kept = (uint64_t)number_of(s, at + TD_FILE_KEPT);
        file->n_unused = (uint64_t)number_of(s, at + TD_FILE_UNUSED);
        file->n_not_in_log = (uint64_t)number_of(s, at + TD_FILE_NOT_IN_LOG);
        file->first_excluded_line = (uint64_t)number_of(s, at + TD_FILE_FIRST_LINE);
        int64_t reason = number_of(s, at + TD_FILE_FIRST_REASON);
        if (reason >= 0 && reason < TD_N_CATALOG_REASONS)
            file->first_excluded_reason = (td_catalog_reason)reason;
        for (int p = 0; p < TD_N_PROPERTIES; p++)
            file->n_of_property[p] = (uint64_t)number_of(s, at + TD_FILE_PROPERTIES + p);
        for (int r = 0; r < TD_N_CATALOG_REASONS; r++)
            file->n_by_reason[r] = (uint64_t)number_of(s, at + TD_FILE_REASONS + r);
        snprintf(file->name, sizeof file->name, "%s", name_of(s, 2 + f));
    }
}

/* Lists ascend and end inside, categories exist. */
static int is_sound(const td_catalog *c, uint64_t n_lists, uint64_t n_entries) {
    for (uint64_t k = 0; k < n_lists; k++) {
        if (c->begin[k] > c->begin[k + 1] || c->begin[k + 1] > n_entries) return 0;
        for (uint32_t e = c->begin[k]; k % TD_N_PROPERTIES == TD_CATEGORY && e < c->begin[k + 1];
             e++) {
            if (c->entry[e].value < 0 || c->entry[e].value >= c->categories.n) return 0;
        }
    }
    for (uint32_t i = 0; i < c->categories.n; i++) {
        if (c->parent[i] != TD_CODE_NONE && c->parent[i] >= c->categories.n) return 0;
        if (c->root[i] >= c->categories.n) return 0;
    }
    return 1;
}

/* A shop without properties has no lists at all: begin is empty then. */
static td_status point_to_catalog(td_catalog *c, const td_snapshot *s, td_error *err) {
    int is_bad = 0;
    uint64_t n_begin = UINT64_MAX, n_entries = UINT64_MAX, n = UINT64_MAX;
    c->begin = mutable(take(s, TD_BLOCK_BEGIN, 4, &n_begin, &is_bad));
    c->entry = mutable(take(s, TD_BLOCK_ENTRY, sizeof *c->entry, &n_entries, &is_bad));
    c->categories.id = mutable(take(s, TD_BLOCK_CATEGORY_ID, 8, &n, &is_bad));
    c->parent = mutable(take(s, TD_BLOCK_PARENT, 4, &n, &is_bad));
    c->root = mutable(take(s, TD_BLOCK_ROOT, 4, &n, &is_bad));
    c->depth = mutable(take(s, TD_BLOCK_DEPTH, 4, &n, &is_bad));
    c->flags = mutable(take(s, TD_BLOCK_FLAGS, 1, &n, &is_bad));
    uint64_t n_items = s->entry[TD_BLOCK_ITEM_ID].bytes / 8, n_lists = TD_N_PROPERTIES * n_items;
    c->categories.n = (uint32_t)n;
    c->n_items = (uint32_t)n_items;
    if (n_begin == 0) n_lists = 0;
    if (is_bad || (n_begin != 0 && (n_begin != n_lists + 1 || c->begin[0] != 0)) ||
        !is_sound(c, n_lists, n_entries))
        return fail(s, err, "the catalog");
    return TD_OK;
}

td_status td_snapshot_catalog(td_catalog *catalog, td_catalog_report *report, const td_snapshot *s,
                              const char *price_property, const td_exec *exec, td_error *err) {
    *catalog = (td_catalog){0};
    TD_CHECK(strcmp(price_property, name_of(s, 1)) == 0, err, TD_ERR_ARG,
             "%s was saved with --price-property %s, not %s", td_file_path(s->file), name_of(s, 1),
             price_property);
    TD_TRY(verify(s, TD_N_EVENT_BLOCKS, TD_N_BLOCKS, exec, err));
    TD_TRY(point_to_catalog(catalog, s, err));
    catalog->has_properties = number_of(s, TD_NUMBER_HAS_PROPERTIES) != 0;
    catalog->has_tree = number_of(s, TD_NUMBER_HAS_TREE) != 0;
    catalog->n_duplicates = (uint64_t)number_of(s, TD_NUMBER_DUPLICATES);
    catalog->n_conflicts = (uint64_t)number_of(s, TD_NUMBER_CONFLICTS);
    catalog->n_missing_parents = (uint64_t)number_of(s, TD_NUMBER_MISSING_PARENTS);
    catalog->n_cycles = (uint64_t)number_of(s, TD_NUMBER_CYCLES);
    fill_report(report, s);
    return TD_OK;
}

/* --- step 4 ----------------------------------------------------------------------------------- */

void td_snapshot_close(td_snapshot *snapshot, td_event_log *log, td_catalog *catalog) {
    if (log != NULL) {
        log->events = (td_events){0};
        td_event_log_free(log);
    }
    if (catalog != NULL) *catalog = (td_catalog){0};
    if (snapshot == NULL) return;
    td_file_close(snapshot->file);
    td_mem_free(snapshot);
}
