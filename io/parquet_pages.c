/* io/parquet_pages.c: pages of a chunk -> levels and values.
 *
 *   1. The header (Thrift): kind, sizes before and after compression, number of values, encoding,
 *      perhaps a CRC-32 of the bytes as they stand in the file, which is then checked.
 *   2. Decompression:
 *
 *          version 1   [levels with their length | values]            all of it compressed
 *          version 2   [levels] [values]                              only the values
 *
 *   3. Definition levels of an optional column, a hybrid of width 1; their sum is the number of
 *      values that follow.
 *
 * The hybrid (Encodings.md, "RLE"): varint h; h even: h / 2 times the value that follows; h odd:
 * h / 2 groups of eight packed values, low bits first.
 *
 * A page may claim any size: what is allocated is limited to 1 GiB, and what is read to the bytes
 * that are there. Cost: O(bytes of the page, unpacked). Not done: repetition levels, the old
 * BIT_PACKED levels, delta encodings: refused.
 * Reference: Apache Parquet, parquet-format 2.10, README.md and Encodings.md. */
#include "io/parquet_pages.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/mem.h"
#include "io/parquet_format.h"
#include "io/snappy.h"
#include "io/thrift.h"

enum { MOST_PAGE_BYTES = 1 << 30 };

/* Fields of a page's header that matter. */
typedef struct header {
    int type, encoding, level_encoding, is_compressed, has_crc;
    int64_t unpacked, packed, n, level_bytes, repetition_bytes;
    uint32_t crc;
} header;

void td_pq_pages_open(td_pq_pages *pages, td_bytes chunk, int codec, uint64_t group) {
    pages->left = chunk;
    pages->codec = codec;
    pages->group = group;
}

void td_pq_pages_free(td_pq_pages *pages) {
    td_byte_buffer_free(&pages->unpacked);
    td_mem_free(pages->level);
    pages->level = NULL;
    pages->level_room = 0;
}

td_status td_pq_pages_fail(const td_pq_pages *pages, td_error *err, const char *what) {
    return td_fail_at(err, TD_ERR_FORMAT, pages->path, 0, 0, "column %s, row group %llu: %s",
                      pages->leaf->name, (unsigned long long)pages->group, what);
}

/* --- step 1 ----------------------------------------------------------------------------------- */

/* The inner struct of version 1, version 2 or a dictionary: field numbers differ. */
static void take_inner(header *h, td_thrift_in *in, int is_v2) {
    int encoding_id = is_v2 ? 4 : 2;
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        if (field.id == 1)
            h->n = td_thrift_take_int(in, &field);
        else if (field.id == encoding_id)
            h->encoding = (int)td_thrift_take_int(in, &field);
        else if (!is_v2 && field.id == 3 && h->type == TD_PQ_DATA_PAGE)
            h->level_encoding = (int)td_thrift_take_int(in, &field);
        else if (is_v2 && field.id == 5)
            h->level_bytes = td_thrift_take_int(in, &field);
        else if (is_v2 && field.id == 6)
            h->repetition_bytes = td_thrift_take_int(in, &field);
        else if (is_v2 && field.id == 7)
            h->is_compressed = (int)td_thrift_take_int(in, &field);
        else
            td_thrift_skip(in, &field);
    }
}

/* -1 = not said; a page without the fields it needs is refused later. */
static header take_header(td_thrift_in *in) {
    header h = {.type = -1, .n = -1, .level_encoding = TD_PQ_RLE, .is_compressed = 1};
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) {
        switch (field.id) {
        case TD_PQ_PAGE_TYPE:
            h.type = (int)td_thrift_take_int(in, &field);
            break;
        case TD_PQ_PAGE_UNCOMPRESSED:
            h.unpacked = td_thrift_take_int(in, &field);
            break;
        case TD_PQ_PAGE_COMPRESSED:
            h.packed = td_thrift_take_int(in, &field);
            break;
        case TD_PQ_PAGE_CRC:
            h.crc = (uint32_t)td_thrift_take_int(in, &field);
            h.has_crc = 1;
            break;
        case TD_PQ_PAGE_DATA:
        case TD_PQ_PAGE_DICTIONARY:
        case TD_PQ_PAGE_DATA_V2:
            if (field.type == TD_THRIFT_STRUCT)
                take_inner(&h, in, field.id == TD_PQ_PAGE_DATA_V2);
            else
                in->is_bad = 1;
            break;
        default:
            td_thrift_skip(in, &field);
        }
    }
    return h;
}

/* --- step 2 ----------------------------------------------------------------------------------- */

/* 15 + 32: the largest window, gzip or zlib header by what stands there. */
static int inflate_gzip(unsigned char *out, uint64_t n_out, td_bytes from) {
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)from.data,
                       .avail_in = (unsigned)from.n,
                       .next_out = out,
                       .avail_out = (unsigned)n_out};
    if (inflateInit2(&stream, 15 + 32) != Z_OK) return 0;
    int result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return result == Z_STREAM_END && stream.avail_out == 0;
}

/* Append `from`, unpacked to n bytes, to pages->unpacked. */
static td_status unpack(td_pq_pages *pages, td_bytes from, uint64_t n, int codec, td_error *err) {
    unsigned char *out = td_byte_buffer_reserve(&pages->unpacked, n);
    if (out == NULL) return td_byte_buffer_status(&pages->unpacked, err);
    int is_whole;
    switch (codec) {
    case TD_PQ_UNCOMPRESSED:
        is_whole = from.n == n;
        if (is_whole && n > 0) memcpy(out, from.data, n);
        break;
    case TD_PQ_SNAPPY:
        is_whole = td_snappy_decode(out, n, (const unsigned char *)from.data, from.n);
        break;
    case TD_PQ_GZIP:
        is_whole = inflate_gzip(out, n, from);
        break;
    case TD_PQ_ZSTD:
        is_whole = ZSTD_decompress(out, n, from.data, from.n) == n;
        break;
    default: {
        char what[96];
        snprintf(what, sizeof what, "compression %d cannot be read (none, snappy, gzip, zstd can)",
                 codec);
        return td_pq_pages_fail(pages, err, what);
    }
    }
    if (!is_whole) return td_pq_pages_fail(pages, err, "a page cannot be unpacked");
    pages->unpacked.n += n;
    return TD_OK;
}

/* --- step 3 ----------------------------------------------------------------------------------- */

/* 1 when a whole number was there. */
static int take_varint(const unsigned char **at, const unsigned char *end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 63 && *at < end; shift += 7) {
        unsigned byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return 1;
    }
    return 0;
}

/* n packed values; the bytes are there. */
static uint32_t take_packed(uint32_t *out, uint64_t n, const unsigned char *at, int width) {
    uint64_t pending = 0;
    uint32_t greatest = 0, mask = width == 32 ? UINT32_MAX : (UINT32_C(1) << width) - 1;
    int n_bits = 0;
    for (uint64_t i = 0; i < n; i++) {
        for (; n_bits < width; n_bits += 8) pending |= (uint64_t)*at++ << n_bits;
        out[i] = (uint32_t)pending & mask;
        pending >>= width;
        n_bits -= width;
        if (out[i] > greatest) greatest = out[i];
    }
    return greatest;
}

/* `limit` bounds every value: codes of a dictionary may not point outside it. */
int td_pq_hybrid_take(uint32_t *out, uint64_t n, td_bytes bytes, int width, uint64_t limit) {
    const unsigned char *at = (const unsigned char *)bytes.data, *end = at + bytes.n;
    if (width < 0 || width > 32) return 0;
    while (n > 0) {
        uint64_t head;
        if (!take_varint(&at, end, &head)) return 0;
        uint64_t count = head >> 1, greatest = 0;
        if ((head & 1) != 0) {
            if (count > n / 8 + 1) count = n / 8 + 1; /* the last groups may go beyond n */
            count = count * 8 < n ? count * 8 : n;
            if ((count * (uint64_t)width + 7) / 8 > (uint64_t)(end - at)) return 0;
            greatest = take_packed(out, count, at, width);
            uint64_t used = (head >> 1) > (uint64_t)(end - at) ? (uint64_t)(end - at)
                                                               : (head >> 1) * (uint64_t)width;
            at = used > (uint64_t)(end - at) ? end : at + used;
        } else {
            int n_bytes = (width + 7) / 8;
            if (end - at < n_bytes || count == 0) return 0;
            for (int i = 0; i < n_bytes; i++) greatest |= (uint64_t)*at++ << (8 * i);
            if (count > n) count = n;
            for (uint64_t i = 0; i < count; i++) out[i] = (uint32_t)greatest;
        }
        if (greatest >= limit || count == 0) return 0;
        out += count;
        n -= count;
    }
    return 1;
}

/* Level 1 = present, 0 = missing; memory is kept from page to page. */
static td_status take_levels(td_pq_pages *pages, td_pq_page *page, td_bytes bytes, td_error *err) {
    if (pages->level_room < page->n) {
        td_mem_free(pages->level);
        pages->level_room = 0;
        pages->level = td_mem_array(page->n, sizeof *pages->level, err);
        if (pages->level == NULL) return TD_ERR_NOMEM;
        pages->level_room = page->n;
    }
    if (!td_pq_hybrid_take(pages->level, page->n, bytes, 1, 2))
        return td_pq_pages_fail(pages, err, "damaged definition levels");
    page->level = pages->level;
    page->n_present = 0;
    for (uint64_t i = 0; i < page->n; i++) page->n_present += pages->level[i];
    return TD_OK;
}

/* Version 1: everything is unpacked; levels stand behind their length. */
static td_status open_v1(td_pq_pages *pages, td_pq_page *page, const header *h, td_error *err) {
    td_bytes values = {(const char *)pages->unpacked.data, pages->unpacked.n};
    if (pages->leaf->is_optional) {
        const unsigned char *at = pages->unpacked.data;
        uint64_t n = values.n < 4 ? UINT64_MAX
                                  : at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
                                        (uint64_t)at[3] << 24;
        if (h->level_encoding != TD_PQ_RLE || n > values.n - 4 || values.n < 4)
            return td_pq_pages_fail(pages, err, "damaged or old definition levels");
        TD_TRY(take_levels(pages, page, (td_bytes){values.data + 4, n}, err));
        values = (td_bytes){values.data + 4 + n, values.n - 4 - n};
    }
    page->values = values;
    return TD_OK;
}

/* Unpack the body of a page and split it. */
static td_status open_page(td_pq_pages *pages, td_pq_page *page, const header *h, td_bytes body,
                           td_error *err) {
    pages->unpacked.n = 0;
    if (h->type != TD_PQ_DATA_PAGE_V2) {
        TD_TRY(unpack(pages, body, (uint64_t)h->unpacked, pages->codec, err));
        if (h->type == TD_PQ_DATA_PAGE) return open_v1(pages, page, h, err);
        page->values = (td_bytes){(const char *)pages->unpacked.data, pages->unpacked.n};
        return TD_OK;
    }
    uint64_t levels = (uint64_t)h->level_bytes;
    if (h->level_bytes < 0 || h->repetition_bytes != 0 || levels > body.n ||
        levels > (uint64_t)h->unpacked)
        return td_pq_pages_fail(pages, err, "damaged sizes of levels");
    if (pages->leaf->is_optional)
        TD_TRY(take_levels(pages, page, (td_bytes){body.data, levels}, err));
    td_bytes values = {body.data + levels, body.n - levels};
    int codec = h->is_compressed ? pages->codec : TD_PQ_UNCOMPRESSED;
    TD_TRY(unpack(pages, values, (uint64_t)h->unpacked - levels, codec, err));
    page->values = (td_bytes){(const char *)pages->unpacked.data, pages->unpacked.n};
    return TD_OK;
}

/* PLAIN_DICTIONARY is the old name for both: plain values in a dictionary page, codes in a data
 * page. */
static td_status check_encoding(const td_pq_pages *pages, td_pq_page *page, const header *h,
                                td_error *err) {
    int e = h->encoding;
    page->is_dictionary = h->type == TD_PQ_DICTIONARY_PAGE;
    page->is_coded =
        !page->is_dictionary && (e == TD_PQ_PLAIN_DICTIONARY || e == TD_PQ_RLE_DICTIONARY);
    page->is_run_length = e == TD_PQ_RLE && pages->leaf->type == TD_PQ_BOOLEAN;
    int is_known = e == TD_PQ_PLAIN || e == TD_PQ_PLAIN_DICTIONARY || page->is_coded ||
                   (page->is_run_length && !page->is_dictionary);
    if (is_known) return TD_OK;
    char what[96];
    snprintf(what, sizeof what, "encoding %d cannot be read (plain, dictionary, RLE can)", e);
    return td_pq_pages_fail(pages, err, what);
}

/* Index pages are passed over. */
td_status td_pq_pages_next(td_pq_pages *pages, td_pq_page *page, uint64_t most, td_error *err) {
    for (;;) {
        td_thrift_in in = td_thrift_open_bytes(pages->left);
        header h = take_header(&in);
        uint64_t left = (uint64_t)(in.end - in.at);
        if (in.is_bad || h.packed < 0 || (uint64_t)h.packed > left || h.unpacked < 0 ||
            h.unpacked > MOST_PAGE_BYTES)
            return td_pq_pages_fail(pages, err, "a damaged page header, or too few pages");
        td_bytes body = {(const char *)in.at, (uint64_t)h.packed};
        pages->left = (td_bytes){body.data + body.n, left - body.n};
        if (h.has_crc && h.crc != crc32(0, (const unsigned char *)body.data, (unsigned)body.n))
            return td_pq_pages_fail(pages, err, "the checksum of a page is wrong");
        if (h.type == TD_PQ_INDEX_PAGE) continue;
        if (h.type != TD_PQ_DATA_PAGE && h.type != TD_PQ_DATA_PAGE_V2 &&
            h.type != TD_PQ_DICTIONARY_PAGE)
            return td_pq_pages_fail(pages, err, "a page of unknown kind");
        *page = (td_pq_page){.n = (uint64_t)h.n, .n_present = (uint64_t)h.n};
        TD_TRY(check_encoding(pages, page, &h, err));
        if (h.n < 0 || (!page->is_dictionary && page->n > most) || page->n > UINT32_MAX)
            return td_pq_pages_fail(pages, err, "a page with too many values");
        return open_page(pages, page, &h, body, err);
    }
}
