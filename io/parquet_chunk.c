/* io/parquet_chunk.c: one column of one row group as Parquet pages.
 *
 *   1. The caller fills the cells; those that are there are kept as 64 bits each, side by side.
 *   2. Least and greatest value (statistics): NaN does not count, a zero is written as -0 below and
 *      +0 above, texts compare byte by byte, all as the format asks for.
 *   3. Distinct values in order of appearance, by open addressing. The dictionary is used when
 *
 *          n_distinct * size + n * width / 8  <  n * size,     width = bits of (n_distinct - 1)
 *
 *      and always for texts.
 *   4. Values: PLAIN (little-endian, booleans as bits), or the width and the codes as a hybrid of
 *      runs and packed groups of eight (parquet_hybrid.c).
 *   5. A column with nulls has one level a row before its values (1 = there), as such a hybrid of
 *      width 1 behind its length in 4 bytes.
 *   6. zstd, level 3; a CRC-32 of the result goes into the page's header.
 *
 * A dictionary depends on the chunk alone and a chunk on the rows alone: same bytes for any number
 * of threads. Cost: about 10 ns a value, most of it zstd. Not done: delta encodings, several data
 * pages a chunk (a row group is small enough), bloom filters.
 * References: parquet-format 2.10, Encodings.md and README.md; Knuth, TAOCP 3, section 6.4. */
#include "io/parquet_chunk.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/mem.h"
#include "io/parquet_format.h"
#include "io/parquet_hybrid.h"
#include "io/thrift.h"

/* 32,768 distinct values at most: beyond them a dictionary of numbers hardly pays. */
enum { SLOT_BITS = 16, SLOTS = 1 << SLOT_BITS, MOST_DISTINCT = SLOTS / 2, ZSTD_LEVEL = 3 };

td_status td_pq_scratch_init(td_pq_scratch *out, uint64_t room, td_error *err) {
    *out = (td_pq_scratch){.room = room};
    TD_NEW(out->whole, room, err);
    TD_NEW(out->real, room, err);
    TD_NEW(out->is_null, room, err);
    TD_NEW(out->bits, room, err);
    TD_NEW(out->code, room, err);
    TD_NEW(out->key, SLOTS, err);
    TD_NEW(out->slot, SLOTS, err);
    TD_NEW(out->distinct, MOST_DISTINCT, err);
    return TD_OK;
}

void td_pq_scratch_free(td_pq_scratch *scratch) {
    td_mem_free(scratch->whole);
    td_mem_free(scratch->real);
    td_mem_free(scratch->is_null);
    td_mem_free(scratch->bits);
    td_mem_free(scratch->code);
    td_mem_free(scratch->key);
    td_mem_free(scratch->slot);
    td_mem_free(scratch->distinct);
    td_byte_buffer_free(&scratch->page);
    *scratch = (td_pq_scratch){0};
}

int td_pq_type_of(td_parquet_kind kind) {
    static const int type[] = {TD_PQ_BOOLEAN, TD_PQ_INT32,  TD_PQ_INT64,
                               TD_PQ_INT64,   TD_PQ_DOUBLE, TD_PQ_BYTE_ARRAY};
    return type[kind];
}

/* --- steps 1 and 2 ---------------------------------------------------------------------------- */

/* A chunk at work. */
typedef struct builder {
    const td_parquet_column *column;
    td_pq_scratch *s;
    td_pq_chunk *out;
    uint64_t n;          /* rows */
    uint64_t n_present;  /* s->bits[0 .. n_present) */
    uint32_t n_distinct; /* TEXT: words used */
    uint32_t *word;      /* TEXT: [n_distinct] code of each used word */
} builder;

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits;
}

/* With nulls allowed a NaN is one; without, it stays the number that it is. */
static void keep_reals(builder *b) {
    td_pq_scratch *s = b->s;
    for (uint64_t i = 0; i < b->n; i++) {
        if (b->column->has_nulls && s->real[i] != s->real[i]) s->is_null[i] = 1;
        if (!s->is_null[i]) s->bits[b->n_present++] = bits_of(s->real[i]);
    }
}

/* A value that the column's type cannot hold is an error and never cut. */
static td_status keep_wholes(builder *b, td_error *err) {
    td_pq_scratch *s = b->s;
    int64_t low = INT64_MIN, high = INT64_MAX;
    if (b->column->kind == TD_PARQUET_I32) low = INT32_MIN, high = INT32_MAX;
    if (b->column->kind == TD_PARQUET_BOOL) low = 0, high = 1;
    if (b->column->kind == TD_PARQUET_TEXT) low = 0, high = (int64_t)b->column->dict->n - 1;
    for (uint64_t i = 0; i < b->n; i++) {
        if (s->is_null[i]) continue;
        TD_CHECK(s->whole[i] >= low && s->whole[i] <= high, err, TD_ERR_RANGE,
                 "column %s: %lld is outside %lld .. %lld", b->column->name, (long long)s->whole[i],
                 (long long)low, (long long)high);
        s->bits[b->n_present++] = (uint64_t)s->whole[i];
    }
    return TD_OK;
}

static void put_little(unsigned char out[8], uint64_t bits) {
    for (int i = 0; i < 8; i++) out[i] = (unsigned char)(bits >> (8 * i));
}

/* Without a number the chunk has no range. */
static void range_of_reals(builder *b) {
    double low = 0, high = 0;
    for (uint64_t i = 0; i < b->n_present; i++) {
        double value;
        memcpy(&value, &b->s->bits[i], 8);
        if (value != value) continue;
        if (!b->out->has_range || value < low) low = value;
        if (!b->out->has_range || value > high) high = value;
        b->out->has_range = 1;
    }
    put_little(b->out->low, bits_of(low == 0 ? -0.0 : low));
    put_little(b->out->high, bits_of(high == 0 ? 0.0 : high));
}

static void range_of_wholes(builder *b) {
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (uint64_t i = 0; i < b->n_present; i++) {
        int64_t value = (int64_t)b->s->bits[i];
        if (value < low) low = value;
        if (value > high) high = value;
    }
    b->out->has_range = b->n_present > 0;
    put_little(b->out->low, (uint64_t)low);
    put_little(b->out->high, (uint64_t)high);
}

static td_bytes word_of(const td_textdict *dict, uint32_t code) {
    return (td_bytes){dict->bytes + dict->begin[code], dict->begin[code + 1] - dict->begin[code]};
}

/* < 0 when a stands before b in byte order. */
static int compare_words(td_bytes a, td_bytes b) {
    uint64_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.data, b.data, n) : 0;
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Over the distinct words, which are fewer than the rows. */
static void range_of_words(builder *b) {
    td_pq_chunk *out = b->out;
    for (uint32_t i = 0; i < b->n_distinct; i++) {
        td_bytes word = word_of(b->column->dict, b->word[i]);
        if (i == 0 || compare_words(word, out->low_text) < 0) out->low_text = word;
        if (i == 0 || compare_words(word, out->high_text) > 0) out->high_text = word;
    }
    out->has_range = b->n_distinct > 0;
}

/* --- step 3 ----------------------------------------------------------------------------------- */

/* Codes of the used words in order of appearance; s->code becomes the place among them. */
static td_status number_words(builder *b, td_error *err) {
    uint32_t *place; /* + 1 of each word */
    TD_NEW_ZEROED(place, b->column->dict->n, err);
    uint64_t most = b->n_present < b->column->dict->n ? b->n_present : b->column->dict->n;
    b->word = td_mem_array(most, sizeof *b->word, err);
    if (b->word == NULL) {
        td_mem_free(place);
        return TD_ERR_NOMEM;
    }
    for (uint64_t i = 0; i < b->n_present; i++) {
        uint32_t word = (uint32_t)b->s->bits[i];
        if (place[word] == 0) {
            b->word[b->n_distinct] = word;
            place[word] = ++b->n_distinct;
        }
        b->s->code[i] = place[word] - 1;
    }
    td_mem_free(place);
    return TD_OK;
}

/* The same for numbers; 0 when there are too many to be worth it. Fibonacci hashing, linear
 * probing, at most half full. */
static int number_values(builder *b) {
    td_pq_scratch *s = b->s;
    memset(s->slot, 0, SLOTS * sizeof *s->slot);
    for (uint64_t i = 0; i < b->n_present; i++) {
        uint64_t value = s->bits[i];
        uint64_t at = (value * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - SLOT_BITS);
        while (s->slot[at] != 0 && s->key[at] != value) at = (at + 1) & (SLOTS - 1);
        if (s->slot[at] == 0) {
            if (b->n_distinct == MOST_DISTINCT) return 0;
            s->key[at] = value;
            s->distinct[b->n_distinct] = value;
            s->slot[at] = ++b->n_distinct;
        }
        s->code[i] = s->slot[at] - 1;
    }
    return 1;
}

/* Bits of the greatest code; at least 1, which every reader understands. */
static int width_of(uint32_t n_distinct) {
    int width = 1;
    while (width < 32 && (uint64_t)1 << width < n_distinct) width++;
    return width;
}

static int value_size(td_parquet_kind kind) { return kind == TD_PARQUET_I32 ? 4 : 8; }

/* The inequality of step 3, before compression. */
static int is_dictionary_worth_it(const builder *b) {
    uint64_t size = (uint64_t)value_size(b->column->kind);
    uint64_t codes = b->n_present * (uint64_t)width_of(b->n_distinct) / 8;
    return b->n_distinct > 0 && b->n_distinct * size + codes < b->n_present * size;
}

/* --- steps 4 and 5 ---------------------------------------------------------------------------- */

/* Levels: 1 where a value is there. They stand in `real`, whose values are in s->bits by now. */
static void put_levels(builder *b) {
    uint32_t *level = (uint32_t *)(void *)b->s->real;
    for (uint64_t i = 0; i < b->n; i++) level[i] = !b->s->is_null[i];
    td_byte_buffer *page = &b->s->page;
    uint64_t at = page->n;
    td_byte_buffer_little(page, 0, 4);
    td_pq_put_hybrid(page, level, b->n, 1);
    if (page->is_out_of_mem) return;
    uint64_t length = page->n - at - 4;
    for (int i = 0; i < 4; i++) page->data[at + (uint64_t)i] = (unsigned char)(length >> (8 * i));
}

/* Byte by byte: the file is little-endian on every machine. */
static void put_plain(const builder *b, const uint64_t *bits, uint64_t n) {
    td_byte_buffer *page = &b->s->page;
    if (b->column->kind == TD_PARQUET_BOOL) {
        for (uint64_t i = 0; i < n; i += 8) {
            unsigned byte = 0;
            for (uint64_t k = i; k < n && k < i + 8; k++) byte |= (unsigned)bits[k] << (k - i);
            td_byte_buffer_byte(page, byte);
        }
        return;
    }
    uint64_t size = (uint64_t)value_size(b->column->kind);
    unsigned char *to = td_byte_buffer_reserve(page, n * size);
    if (to == NULL) return;
    for (uint64_t i = 0; i < n; i++) {
        for (uint64_t k = 0; k < size; k++) to[i * size + k] = (unsigned char)(bits[i] >> (8 * k));
    }
    page->n += n * size;
}

/* Length in 4 bytes, then the text. */
static void put_words(const builder *b) {
    for (uint32_t i = 0; i < b->n_distinct; i++) {
        td_bytes word = word_of(b->column->dict, b->word[i]);
        td_byte_buffer_little(&b->s->page, word.n, 4);
        td_byte_buffer_add(&b->s->page, word.data, word.n);
    }
}

/* --- step 6 ----------------------------------------------------------------------------------- */

/* Fields of the header of a data page or, with n_words > 0, of a dictionary. */
static void put_page_header(td_byte_buffer *to, const builder *b, uint64_t packed, uint32_t crc,
                            uint32_t n_words, int encoding) {
    td_thrift_out head = {.to = to};
    int is_dictionary = n_words > 0;
    td_thrift_i32(&head, TD_PQ_PAGE_TYPE, is_dictionary ? TD_PQ_DICTIONARY_PAGE : TD_PQ_DATA_PAGE);
    td_thrift_i32(&head, TD_PQ_PAGE_UNCOMPRESSED, (int64_t)b->s->page.n);
    td_thrift_i32(&head, TD_PQ_PAGE_COMPRESSED, (int64_t)packed);
    td_thrift_i32(&head, TD_PQ_PAGE_CRC, (int32_t)crc);
    td_thrift_open(&head, is_dictionary ? TD_PQ_PAGE_DICTIONARY : TD_PQ_PAGE_DATA);
    td_thrift_i32(&head, 1, is_dictionary ? n_words : (int64_t)b->n);
    td_thrift_i32(&head, 2, encoding);
    if (!is_dictionary) {
        td_thrift_i32(&head, 3, TD_PQ_RLE); /* of definition levels */
        td_thrift_i32(&head, 4, TD_PQ_RLE); /* of repetition levels: there are none */
    }
    td_thrift_close(&head);
    td_thrift_close(&head);
}

/* s->page, compressed, behind its header. */
static td_status close_page(builder *b, uint32_t n_words, int encoding, td_error *err) {
    td_byte_buffer *page = &b->s->page, *to = &b->out->bytes;
    TD_TRY(td_byte_buffer_status(page, err));
    TD_CHECK(page->n <= INT32_MAX, err, TD_ERR_RANGE, "column %s: a page of %llu bytes",
             b->column->name, (unsigned long long)page->n);
    uint64_t bound = ZSTD_compressBound(page->n);
    void *packed = td_mem_array(bound, 1, err);
    if (packed == NULL) return TD_ERR_NOMEM;
    uint64_t n = ZSTD_compress(packed, bound, page->data, page->n, ZSTD_LEVEL);
    td_status status = TD_OK;
    if (ZSTD_isError(n)) {
        status = td_fail(err, TD_ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(n));
    } else {
        uint64_t before = to->n;
        put_page_header(to, b, n, (uint32_t)crc32(0, packed, (unsigned)n), n_words, encoding);
        b->out->uncompressed += to->n - before + page->n;
        td_byte_buffer_add(to, packed, n);
        status = td_byte_buffer_status(to, err);
    }
    td_mem_free(packed);
    page->n = 0;
    return status;
}

/* Dictionary page, then the one data page: levels, width, codes or plain values. */
static td_status write_pages(builder *b, int has_dictionary, td_error *err) {
    td_byte_buffer *page = &b->s->page;
    page->n = 0;
    if (has_dictionary) {
        if (b->column->kind == TD_PARQUET_TEXT)
            put_words(b);
        else
            put_plain(b, b->s->distinct, b->n_distinct);
        TD_TRY(close_page(b, b->n_distinct, TD_PQ_PLAIN, err));
        b->out->dictionary_size = b->out->bytes.n;
    }
    if (b->column->has_nulls) put_levels(b);
    if (has_dictionary) {
        int width = width_of(b->n_distinct);
        td_byte_buffer_byte(page, (unsigned)width);
        td_pq_put_hybrid(page, b->s->code, b->n_present, width);
    } else if (b->n_present > 0) {
        put_plain(b, b->s->bits, b->n_present);
    }
    return close_page(b, 0, has_dictionary ? TD_PQ_RLE_DICTIONARY : TD_PQ_PLAIN, err);
}

/* Texts are coded even when it does not pay: readers get categories. */
static td_status build(builder *b, td_error *err) {
    int has_dictionary = 0;
    if (b->column->kind == TD_PARQUET_F64) {
        keep_reals(b);
        range_of_reals(b);
    } else {
        TD_TRY(keep_wholes(b, err));
        if (b->column->kind != TD_PARQUET_TEXT) range_of_wholes(b);
    }
    if (b->column->kind == TD_PARQUET_TEXT) {
        TD_TRY(number_words(b, err));
        range_of_words(b);
        has_dictionary = b->n_distinct > 0;
    } else if (b->column->kind != TD_PARQUET_BOOL) {
        has_dictionary = number_values(b) && is_dictionary_worth_it(b);
    }
    b->out->n_values = b->n;
    b->out->n_nulls = b->n - b->n_present;
    return write_pages(b, has_dictionary, err);
}

td_status td_pq_chunk_build(td_pq_chunk *out, const td_parquet_source *source, td_pq_part part,
                            td_pq_scratch *scratch, td_error *err) {
    *out = (td_pq_chunk){0};
    const td_parquet_column *column = &source->column[part.column];
    memset(scratch->is_null, 0, part.n);
    td_parquet_cells cells = {.begin = part.begin,
                              .n = part.n,
                              .whole = scratch->whole,
                              .real = scratch->real,
                              .is_null = scratch->is_null};
    source->fill(&cells, source->source, part.column);
    if (!column->has_nulls) memset(scratch->is_null, 0, part.n);
    builder b = {.column = column, .s = scratch, .out = out, .n = part.n};
    td_status status = build(&b, err);
    td_mem_free(b.word);
    if (status != TD_OK) td_byte_buffer_free(&out->bytes);
    return status;
}
