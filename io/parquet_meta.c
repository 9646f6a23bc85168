/* io/parquet_meta.c: the footer of a Parquet file.
 *
 *     ... row groups ... | footer (Thrift) | length of it, 4 bytes | PAR1
 *
 *   1. Magic at both ends, the length, the footer inside the file.
 *   2. The schema is a tree written depth first. Columns below the root are read; the leaves of a
 *      group are counted, because chunks are listed by leaf, but refused by name:
 *
 *          root(3)  a  b(2) b.x b.y  c      pending counts what is left of the open group
 *
 *   3. Row groups: rows, and for each leaf the bytes of its pages. Every place lies between the
 *      magic and the footer, the rows add up.
 *   4. Notes (key-value metadata) stay in the file and are pointed to.
 *
 * Nothing is believed: numbers of items were checked against the bytes behind them (io/thrift), so
 * what is allocated is bounded by the size of the footer. Cost: O(footer). Not done: footers that
 * are encrypted (magic PARE), columns in other files.
 * Reference: Apache Parquet, parquet-format 2.10. */
#include "io/parquet_meta.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/parquet_format.h"
#include "io/thrift.h"

void td_pq_meta_free(td_pq_meta *meta) {
    for (uint32_t i = 0; meta->leaf != NULL && i < meta->n_leaves; i++)
        td_mem_free(meta->leaf[i].name);
    td_mem_free(meta->leaf);
    td_mem_free(meta->group_rows);
    td_mem_free(meta->place);
    td_mem_free(meta->note);
    *meta = (td_pq_meta){0};
}

/* A footer at work. */
typedef struct reader {
    td_thrift_in in;
    td_pq_meta *meta;
    const char *path;
    uint64_t footer_begin;
    uint64_t pending; /* step 2: elements left of the open group */
    td_bytes group;   /* its name */
} reader;

static td_status fail(const reader *r, td_error *err, const char *what) {
    return td_fail_at(err, TD_ERR_FORMAT, r->path, 0, 0, "damaged Parquet footer: %s", what);
}

/* --- step 2: schema --------------------------------------------------------------------------- */

typedef struct element {
    int type, repetition, converted, scale;
    int64_t n_children;
    double unit;
    td_bytes name;
} element;

/* TIMESTAMP { 1: is UTC, 2: unit { 1: ms | 2: us | 3: ns } } */
static double take_unit(td_thrift_in *in) {
    static const double per_ms[] = {0, 1, 1000, 1000000};
    double unit = 1;
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        if (field.id != 2 || field.type != TD_THRIFT_STRUCT) {
            td_thrift_skip(in, &field);
            continue;
        }
        td_thrift_field which = {0};
        while (td_thrift_next(in, &which)) {
            if (which.id >= 1 && which.id <= 3) unit = per_ms[which.id];
            td_thrift_skip(in, &which);
        }
    }
    return unit;
}

/* Of the logical types only TIMESTAMP changes how numbers are read. */
static void take_logical(element *e, td_thrift_in *in) {
    enum { TIMESTAMP = 8 };
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        if (field.id == TIMESTAMP && field.type == TD_THRIFT_STRUCT)
            e->unit = take_unit(in);
        else
            td_thrift_skip(in, &field);
    }
}

/* type -1 = a group; converted -1 = none. */
static element take_element(td_thrift_in *in) {
    element e = {.type = -1, .converted = -1};
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        switch (field.id) {
        case TD_PQ_SCHEMA_TYPE:
            e.type = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_SCHEMA_REPETITION:
            e.repetition = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_SCHEMA_NAME:
            e.name = td_thrift_take_binary(in, &field);
            break;
        case TD_PQ_SCHEMA_N_CHILDREN:
            e.n_children = td_thrift_take_int(in, &field);
            break;
        case TD_PQ_SCHEMA_CONVERTED:
            e.converted = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_SCHEMA_SCALE:
            e.scale = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_SCHEMA_LOGICAL:
            if (field.type == TD_THRIFT_STRUCT)
                take_logical(&e, in);
            else
                in->is_bad = 1;
            break;
        default:
            td_thrift_skip(in, &field);
        }
    }
    return e;
}

/* "group.name", or the name alone. */
static td_status copy_name(td_pq_leaf *leaf, const reader *r, td_bytes name, td_error *err) {
    uint64_t group = r->pending > 0 ? r->group.n + 1 : 0;
    if (name.n > 0 && memchr(name.data, 0, name.n) != NULL)
        return fail(r, err, "a 0 byte in the name of a column");
    leaf->name = td_mem_array(group + name.n + 1, 1, err);
    if (leaf->name == NULL) return TD_ERR_NOMEM;
    if (group > 0) {
        memcpy(leaf->name, r->group.data, r->group.n);
        leaf->name[r->group.n] = '.';
    }
    if (name.n > 0) memcpy(leaf->name + group, name.data, name.n);
    leaf->name[group + name.n] = '\0';
    return TD_OK;
}

/* A refused column is an error only for who asks for it: a file is read without it. */
static const char *reason_to_refuse(const reader *r, const element *e) {
    if (r->pending > 0) return "is nested in a group";
    if (e->repetition == TD_PQ_REPEATED) return "is repeated";
    if (e->type == TD_PQ_INT96) return "is of the old type INT96";
    if (e->type == TD_PQ_FIXED) return "is of type FIXED_LEN_BYTE_ARRAY";
    if (e->type == TD_PQ_BYTE_ARRAY && e->converted == TD_PQ_DECIMAL)
        return "is a DECIMAL in bytes";
    if (e->scale < 0 || e->scale > 18) return "has a scale outside 0 .. 18";
    return NULL;
}

/* converted 11 to 14 are UINT_8 .. UINT_64. The logical unit of a time beats the older converted
 * one. */
static td_status add_leaf(reader *r, const element *e, td_error *err) {
    if (e->type < 0 || e->type >= TD_PQ_N_TYPES) return fail(r, err, "a column of unknown type");
    td_pq_leaf *leaf = &r->meta->leaf[r->meta->n_leaves++];
    TD_TRY(copy_name(leaf, r, e->name, err));
    leaf->type = e->type;
    leaf->is_optional = e->repetition == TD_PQ_OPTIONAL;
    leaf->is_unsigned = e->converted >= 11 && e->converted <= TD_PQ_UINT_64;
    leaf->scale = e->converted == TD_PQ_DECIMAL ? e->scale : 0;
    leaf->unit = e->unit;
    if (e->unit == 0 && e->converted == TD_PQ_TIMESTAMP_MILLIS) leaf->unit = 1;
    if (e->unit == 0 && e->converted == TD_PQ_TIMESTAMP_MICROS) leaf->unit = 1000;
    leaf->refused = reason_to_refuse(r, e);
    return TD_OK;
}

/* Step 2. An element that has children opens a group of that many; `pending` counts them down. */
static td_status take_schema(reader *r, const td_thrift_field *field, td_error *err) {
    if (r->meta->leaf != NULL) return fail(r, err, "two schemas");
    uint64_t n = td_thrift_take_list(&r->in, field, TD_THRIFT_STRUCT);
    if (n < 2 || n > UINT32_MAX / 2) return fail(r, err, "a schema without columns");
    TD_NEW_ZEROED(r->meta->leaf, n, err);
    element root = take_element(&r->in);
    (void)root;
    for (uint64_t i = 1; i < n; i++) {
        element e = take_element(&r->in);
        if (r->in.is_bad || e.n_children < 0 || (uint64_t)e.n_children >= n)
            return fail(r, err, "the schema");
        if (e.n_children == 0) {
            TD_TRY(add_leaf(r, &e, err));
        } else if (r->pending == 0) {
            r->group = e.name;
        }
        if (r->pending > 0) r->pending--;
        r->pending += (uint64_t)e.n_children;
    }
    return TD_OK;
}

/* --- step 3: row groups ----------------------------------------------------------------------- */

typedef struct chunk {
    int type, codec;
    int64_t n_values, size, data_offset, dictionary_offset;
    int is_elsewhere; /* in another file, or encrypted */
} chunk;

/* Statistics, encodings and notes of a chunk are skipped: pages say what they hold. */
static void take_chunk_meta(chunk *c, td_thrift_in *in) {
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        switch (field.id) {
        case TD_PQ_META_TYPE:
            c->type = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_META_CODEC:
            c->codec = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_META_NUM_VALUES:
            c->n_values = td_thrift_take_int(in, &field);
            break;
        case TD_PQ_META_COMPRESSED:
            c->size = td_thrift_take_int(in, &field);
            break;
        case TD_PQ_META_DATA_OFFSET:
            c->data_offset = td_thrift_take_int(in, &field);
            break;
        case TD_PQ_META_DICTIONARY_OFFSET:
            c->dictionary_offset = td_thrift_take_int(in, &field);
            break;
        default:
            td_thrift_skip(in, &field);
        }
    }
}

static chunk take_chunk(td_thrift_in *in) {
    enum { FILE_PATH = 1, CRYPTO = 8 };
    chunk c = {.type = -1};
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        if (field.id == TD_PQ_CHUNK_META && field.type == TD_THRIFT_STRUCT) {
            take_chunk_meta(&c, in);
            continue;
        }
        if (field.id == FILE_PATH || field.id >= CRYPTO) c.is_elsewhere = 1;
        td_thrift_skip(in, &field);
    }
    return c;
}

/* A dictionary page, where there is one, stands before the data: the chunk begins there. */
static td_status take_chunks(reader *r, uint64_t group, const td_thrift_field *field,
                             int64_t *n_values, td_error *err) {
    td_pq_meta *meta = r->meta;
    uint64_t n = td_thrift_take_list(&r->in, field, TD_THRIFT_STRUCT);
    if (n != meta->n_leaves) return fail(r, err, "a row group lacks columns");
    for (uint64_t i = 0; i < n; i++) {
        chunk c = take_chunk(&r->in);
        uint64_t begin = (uint64_t)c.data_offset;
        if (c.dictionary_offset >= 4 && c.dictionary_offset < c.data_offset)
            begin = (uint64_t)c.dictionary_offset;
        if (r->in.is_bad || c.is_elsewhere || c.type != meta->leaf[i].type)
            return fail(r, err,
                        c.is_elsewhere ? "columns in other files or encrypted ones"
                                       : "a column of a row group");
        if (begin < 4 || begin > r->footer_begin || c.size < 0 ||
            (uint64_t)c.size > r->footer_begin - begin)
            return fail(r, err, "pages outside the file");
        if (meta->leaf[i].refused == NULL) { /* a nested one has another number of values */
            if (*n_values >= 0 && c.n_values != *n_values)
                return fail(r, err, "columns of different lengths");
            *n_values = c.n_values;
        }
        meta->place[group * n + i] = (td_pq_place){begin, (uint64_t)c.size, c.codec};
    }
    return TD_OK;
}

static td_status take_group(reader *r, uint64_t group, td_error *err) {
    int64_t rows = -1, n_values = -1;
    td_thrift_field field = {0};
    while (td_thrift_next(&r->in, &field)) {
        if (field.id == TD_PQ_GROUP_COLUMNS)
            TD_TRY(take_chunks(r, group, &field, &n_values, err));
        else if (field.id == TD_PQ_GROUP_NUM_ROWS)
            rows = td_thrift_take_int(&r->in, &field);
        else
            td_thrift_skip(&r->in, &field);
    }
    if (r->in.is_bad || rows < 0 || rows > UINT32_MAX || (n_values >= 0 && n_values != rows))
        return fail(r, err, "the rows of a row group");
    r->meta->group_rows[group] = (uint64_t)rows;
    return TD_OK;
}

/* Needs the schema, which therefore has to stand before it; every writer puts it there. */
static td_status take_groups(reader *r, const td_thrift_field *field, td_error *err) {
    td_pq_meta *meta = r->meta;
    if (meta->place != NULL || meta->n_leaves == 0) return fail(r, err, "row groups, no schema");
    uint64_t n = td_thrift_take_list(&r->in, field, TD_THRIFT_STRUCT);
    TD_NEW_ZEROED(meta->group_rows, n, err);
    /* a chunk takes bytes of the footer: more than these cannot be real */
    if (n > 0 && meta->n_leaves > (uint64_t)(r->in.end - r->in.at) / n)
        return fail(r, err, "more chunks than bytes");
    TD_NEW_ZEROED(meta->place, n * meta->n_leaves, err);
    meta->n_groups = n;
    for (uint64_t g = 0; g < n; g++) TD_TRY(take_group(r, g, err));
    return TD_OK;
}

/* --- step 4 and the whole --------------------------------------------------------------------- */

/* KeyValue { 1: key, 2: value }: note[2 i] and note[2 i + 1]. */
static td_status take_notes(reader *r, const td_thrift_field *field, td_error *err) {
    uint64_t n = td_thrift_take_list(&r->in, field, TD_THRIFT_STRUCT);
    if (r->meta->note != NULL) return fail(r, err, "two lists of notes");
    TD_NEW_ZEROED(r->meta->note, 2 * n, err);
    for (uint64_t i = 0; i < n; i++) {
        td_thrift_field part = {0};
        while (td_thrift_next(&r->in, &part)) {
            if (part.id == 1 || part.id == 2)
                r->meta->note[2 * i + (uint64_t)part.id - 1] = td_thrift_take_binary(&r->in, &part);
            else
                td_thrift_skip(&r->in, &part);
        }
    }
    r->meta->n_notes = (uint32_t)n;
    return TD_OK;
}

/* Row numbers are 32 bits in all tables. */
static td_status take_footer(reader *r, td_error *err) {
    td_thrift_field field = {0};
    int64_t n_rows = -1;
    while (td_thrift_next(&r->in, &field)) {
        switch (field.id) {
        case TD_PQ_FILE_SCHEMA:
            TD_TRY(take_schema(r, &field, err));
            break;
        case TD_PQ_FILE_NUM_ROWS:
            n_rows = td_thrift_take_int(&r->in, &field);
            break;
        case TD_PQ_FILE_ROW_GROUPS:
            TD_TRY(take_groups(r, &field, err));
            break;
        case TD_PQ_FILE_KEY_VALUES:
            TD_TRY(take_notes(r, &field, err));
            break;
        default:
            td_thrift_skip(&r->in, &field);
        }
    }
    if (r->in.is_bad || r->meta->n_leaves == 0) return fail(r, err, "it ends early");
    uint64_t sum = 0;
    for (uint64_t g = 0; g < r->meta->n_groups; g++) sum += r->meta->group_rows[g];
    if (n_rows < 0 || sum != (uint64_t)n_rows) return fail(r, err, "rows do not add up");
    if (n_rows >= UINT32_MAX)
        return td_fail_at(err, TD_ERR_RANGE, r->path, 0, 0, "%lld rows: 2^32 - 2 are the most",
                          (long long)n_rows);
    r->meta->n_rows = (uint64_t)n_rows;
    return TD_OK;
}

td_status td_pq_meta_read(td_pq_meta *out, td_bytes file, const char *path, td_error *err) {
    *out = (td_pq_meta){0};
    reader r = {.meta = out, .path = path};
    if (file.n < 12 || memcmp(file.data, TD_PARQUET_MAGIC, 4) != 0 ||
        memcmp(file.data + file.n - 4, TD_PARQUET_MAGIC, 4) != 0)
        return td_fail_at(err, TD_ERR_FORMAT, path, 0, 0,
                          "not a whole Parquet file: 'PAR1' does not stand at both ends");
    const unsigned char *length = (const unsigned char *)file.data + file.n - 8;
    uint64_t n = length[0] | (uint64_t)length[1] << 8 | (uint64_t)length[2] << 16 |
                 (uint64_t)length[3] << 24;
    if (n > file.n - 12) return fail(&r, err, "it is longer than the file");
    r.footer_begin = file.n - 8 - n;
    r.in = td_thrift_open_bytes((td_bytes){file.data + r.footer_begin, n});
    td_status status = take_footer(&r, err);
    if (status != TD_OK) td_pq_meta_free(out);
    return status;
}
