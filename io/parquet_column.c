/* io/parquet_column.c: pages of one column -> numbers or categories.
 *
 *   1. A dictionary page is converted once: its values become numbers, or codes of texts.
 *   2. A data page is walked row by row: a null is missing, a coded value is looked up, a plain one
 *      converted on the spot.
 *   3. Texts of categories are collected in order of appearance, then ranked in byte order like
 *      those of CSV files, so that the order of rows cannot matter.
 *
 *     number     BOOLEAN 0 or 1; DECIMAL value / 10^scale; TIMESTAMP value / units a ms; NaN and
 *                null missing; a text (asked for as a number) has to be one
 *     category   the text; a number as its shortest text, BOOLEAN "true" or "false"
 *
 * Cost: O(values), about 5 ns a number, 30 ns a text that is not coded. One thread a column. */
#include "io/parquet_column.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/num_format.h"
#include "io/num_parse.h"
#include "io/parquet_format.h"
#include "io/parquet_pages.h"
#include "io/text_set.h"

/* A value as the file has it: one of the three, by the type of the leaf. */
typedef struct raw_value {
    int64_t whole; /* BOOLEAN, INT32, INT64 */
    double real;   /* FLOAT, DOUBLE */
    td_bytes text; /* BYTE_ARRAY */
} raw_value;

/* A cell as the table wants it. */
typedef union cell {
    double number;
    uint32_t code;
} cell;

typedef struct reader {
    const td_pq_leaf *leaf;
    td_column *column;
    td_pq_pages pages;
    td_text_set texts; /* of a category, codes by appearance */
    cell *dictionary;  /* [n_dictionary] of the chunk */
    uint64_t n_dictionary;
    uint32_t *code; /* [code_room] places of a page's values, or its booleans */
    uint64_t code_room;
    uint64_t row; /* next row of the table */
} reader;

static void free_reader(reader *r) {
    td_pq_pages_free(&r->pages);
    td_text_set_free(&r->texts);
    td_mem_free(r->dictionary);
    td_mem_free(r->code);
}

/* --- values ----------------------------------------------------------------------------------- */

static uint64_t little(const unsigned char *at, int n) {
    uint64_t value = 0;
    for (int i = 0; i < n; i++) value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* Value i of PLAIN booleans, or the next one of `bytes`; 0 when they end. */
static int take_plain(const reader *r, td_bytes *bytes, uint64_t i, raw_value *value) {
    static const uint64_t size_of[TD_PQ_N_TYPES] = {0, 4, 8, 12, 4, 8, 4, 0};
    const unsigned char *at = (const unsigned char *)bytes->data;
    uint64_t size = size_of[r->leaf->type];
    if (r->leaf->type == TD_PQ_BOOLEAN) {
        if (i / 8 >= bytes->n) return 0;
        value->whole = at[i / 8] >> (i % 8) & 1;
        return 1;
    }
    if (bytes->n < size) return 0;
    uint64_t bits = little(at, (int)size);
    uint32_t half = (uint32_t)bits;
    float single;
    switch (r->leaf->type) {
    case TD_PQ_INT32:
        value->whole = r->leaf->is_unsigned ? (int64_t)half : (int32_t)half;
        break;
    case TD_PQ_INT64:
        value->whole = (int64_t)bits;
        break;
    case TD_PQ_FLOAT:
        memcpy(&single, &half, 4);
        value->real = (double)single;
        break;
    case TD_PQ_DOUBLE:
        memcpy(&value->real, &bits, 8);
        break;
    default: /* BYTE_ARRAY: length, bytes */
        if (bits > bytes->n - 4) return 0;
        value->text = (td_bytes){bytes->data + 4, bits};
        size += bits;
    }
    *bytes = (td_bytes){bytes->data + size, bytes->n - size};
    return 1;
}

static int is_real(const td_pq_leaf *leaf) {
    return leaf->type == TD_PQ_FLOAT || leaf->type == TD_PQ_DOUBLE;
}

static int is_whole_64(const td_pq_leaf *leaf) {
    return leaf->type == TD_PQ_INT64 && leaf->is_unsigned;
}

static double number_of(const td_pq_leaf *leaf, const raw_value *value) {
    double number = is_real(leaf)       ? value->real
                    : is_whole_64(leaf) ? (double)(uint64_t)value->whole
                                        : (double)value->whole;
    double divisor = 1;
    for (int i = 0; i < leaf->scale; i++) divisor *= 10; /* exact up to 10^18 */
    if (leaf->scale > 0) number /= divisor;
    if (leaf->unit > 1) number /= leaf->unit;
    return number;
}

/* Text of a value that is to be a category: its length, the text in `room` or in the page. */
static td_bytes text_of(const td_pq_leaf *leaf, const raw_value *value, char room[TD_NUM_TEXT]) {
    if (leaf->type == TD_PQ_BYTE_ARRAY) return value->text;
    if (leaf->type == TD_PQ_BOOLEAN)
        return value->whole ? (td_bytes){"true", 4} : (td_bytes){"false", 5};
    if (is_real(leaf) || leaf->scale > 0 || leaf->unit > 1)
        return (td_bytes){room, td_format_f64(room, number_of(leaf, value))};
    return (td_bytes){room, is_whole_64(leaf) ? td_format_u64(room, (uint64_t)value->whole)
                                              : td_format_i64(room, value->whole)};
}

static td_status convert(reader *r, const raw_value *value, cell *out, td_error *err) {
    if (r->column->kind == TD_COLUMN_CATEGORY) {
        char room[TD_NUM_TEXT];
        td_bytes text = text_of(r->leaf, value, room);
        out->code = TD_CODE_NONE;
        if (is_real(r->leaf) && text.n == 0) return TD_OK; /* NaN */
        if (text.n > 0 && memchr(text.data, 0, text.n) != NULL)
            return td_pq_pages_fail(&r->pages, err, "a text with a 0 byte");
        return td_text_set_add(&r->texts, text.data, text.n, &out->code, err);
    }
    if (r->leaf->type != TD_PQ_BYTE_ARRAY) {
        out->number = number_of(r->leaf, value);
        return TD_OK;
    }
    if (td_parse_f64(value->text.data, value->text.n, &out->number) == TD_NUM_OK) return TD_OK;
    int shown = value->text.n < 40 ? (int)value->text.n : 40;
    return td_fail_at(err, TD_ERR_FORMAT, r->pages.path, 0, 0,
                      "column %s, row group %llu: '%.*s' is not a number", r->leaf->name,
                      (unsigned long long)r->pages.group, shown, value->text.data);
}

/* --- pages ------------------------------------------------------------------------------------ */

static td_status take_dictionary(reader *r, const td_pq_page *page, td_error *err) {
    td_bytes bytes = page->values;
    if (page->n > 8 * bytes.n + 8)
        return td_pq_pages_fail(&r->pages, err, "a dictionary too short");
    td_mem_free(r->dictionary);
    r->n_dictionary = 0;
    r->dictionary = td_mem_array(page->n, sizeof *r->dictionary, err);
    if (r->dictionary == NULL) return TD_ERR_NOMEM;
    for (uint64_t i = 0; i < page->n; i++) {
        raw_value value = {0};
        if (!take_plain(r, &bytes, i, &value))
            return td_pq_pages_fail(&r->pages, err, "a dictionary too short");
        TD_TRY(convert(r, &value, &r->dictionary[i], err));
    }
    r->n_dictionary = page->n;
    return TD_OK;
}

/* Codes of a page, or the booleans of one in runs: r->code[0 .. n_present). */
static td_status take_codes(reader *r, const td_pq_page *page, td_error *err) {
    if (r->code_room < page->n_present) {
        td_mem_free(r->code);
        r->code_room = 0;
        r->code = td_mem_array(page->n_present, sizeof *r->code, err);
        if (r->code == NULL) return TD_ERR_NOMEM;
        r->code_room = page->n_present;
    }
    uint64_t head = page->is_coded ? 1 : 4; /* the width; the length of the runs */
    if (page->n_present == 0) return TD_OK;
    if (page->values.n < head) return td_pq_pages_fail(&r->pages, err, "a page without codes");
    int width = page->is_coded ? (unsigned char)page->values.data[0] : 1;
    td_bytes hybrid = {page->values.data + head, page->values.n - head};
    uint64_t limit = page->is_coded ? r->n_dictionary : 2;
    if (!td_pq_hybrid_take(r->code, page->n_present, hybrid, width, limit))
        return td_pq_pages_fail(&r->pages, err, "codes that are cut or outside their dictionary");
    return TD_OK;
}

static void put_cell(const reader *r, uint64_t row, cell value) {
    if (r->column->kind == TD_COLUMN_NUMBER)
        r->column->number[row] = value.number;
    else
        r->column->code[row] = value.code;
}

/* The value of row i of the page, k-th of those that are there. */
static td_status take_value(reader *r, const td_pq_page *page, td_bytes *bytes, uint64_t k,
                            cell *out, td_error *err) {
    if (page->is_coded) {
        *out = r->dictionary[r->code[k]];
        return TD_OK;
    }
    raw_value value = {0};
    if (page->is_run_length)
        value.whole = r->code[k];
    else if (!take_plain(r, bytes, k, &value))
        return td_pq_pages_fail(&r->pages, err, "a page with too few values");
    return convert(r, &value, out, err);
}

static td_status take_data(reader *r, const td_pq_page *page, td_error *err) {
    if (page->is_coded || page->is_run_length) TD_TRY(take_codes(r, page, err));
    td_bytes bytes = page->values;
    cell missing = {.number = __builtin_nan("")};
    if (r->column->kind == TD_COLUMN_CATEGORY) missing.code = TD_CODE_NONE;
    uint64_t k = 0;
    for (uint64_t i = 0; i < page->n; i++) {
        cell value = missing;
        if (page->level == NULL || page->level[i] != 0)
            TD_TRY(take_value(r, page, &bytes, k++, &value, err));
        put_cell(r, r->row + i, value);
    }
    r->row += page->n;
    return TD_OK;
}

static td_status take_chunk(reader *r, const td_pq_request *q, uint64_t group, td_error *err) {
    const td_pq_place *place = &q->meta->place[group * q->meta->n_leaves + q->leaf];
    td_bytes bytes = {q->file.data + place->begin, place->n};
    td_pq_pages_open(&r->pages, bytes, place->codec, group);
    r->n_dictionary = 0;
    uint64_t end = r->row + q->meta->group_rows[group];
    while (r->row < end) {
        td_pq_page page;
        TD_TRY(td_pq_pages_next(&r->pages, &page, end - r->row, err));
        if (page.is_dictionary)
            TD_TRY(take_dictionary(r, &page, err));
        else
            TD_TRY(take_data(r, &page, err));
    }
    return TD_OK;
}

td_status td_pq_column_read(td_column *column, const td_pq_request *request, td_error *err) {
    const td_pq_leaf *leaf = &request->meta->leaf[request->leaf];
    reader r = {.leaf = leaf, .column = column, .pages = {.leaf = leaf, .path = request->path}};
    td_status status = TD_OK;
    for (uint64_t g = 0; g < request->meta->n_groups && status == TD_OK; g++)
        status = take_chunk(&r, request, g, err);
    if (status == TD_OK && column->kind == TD_COLUMN_CATEGORY)
        status =
            td_text_set_rank(&column->dict, column->code, request->meta->n_rows, &r.texts, err);
    free_reader(&r);
    return status;
}
