/* io/file_inflate.c: gzip and zstd archives -> text in memory.
 *
 * Both libraries are driven as streams: feed input, let them fill a block, grow the block by
 * doubling when it is full. An archive may consist of several members (gzip) or frames (zstd) that
 * stand one after another; their texts are joined, as gunzip and zstd -d do.
 *
 * An archive that ends inside a member, or that is followed by anything but zero bytes (tape
 * padding, gzip only), is an error: half a log must not pass for a whole one. Checksums are checked
 * by the libraries. zlib takes its working memory from core/base/mem; libzstd's stable interface
 * has no hook for that and uses the C heap (about 130 KB and the window, at most 128 MiB).
 *
 * Formats: RFC 1952 (gzip), RFC 8878 (zstd). */
#include "io/file_parts.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/mem.h"

enum { FIRST_ROOM = 1 << 16 };

typedef struct sink {
    char *block; /* [room + TD_FILE_PADDING] owned */
    uint64_t n;
    uint64_t room;
} sink;

static td_status sink_grow(sink *to, td_error *err) {
    uint64_t room = 2 * to->room;
    char *grown = td_mem_resize(to->block, room + TD_FILE_PADDING, 1, err);
    if (grown == NULL) return TD_ERR_NOMEM;
    to->block = grown;
    to->room = room;
    return TD_OK;
}

static int is_gzip(td_bytes raw) { return raw.n >= 2 && memcmp(raw.data, "\x1f\x8b", 2) == 0; }

/* A frame, or a skippable frame (magic 184D2A5? little-endian). */
static int is_zstd(td_bytes raw) {
    if (raw.n < 4) return 0;
    if (memcmp(raw.data, "\x28\xb5\x2f\xfd", 4) == 0) return 1;
    return (raw.data[0] & 0xF0) == 0x50 && memcmp(raw.data + 1, "\x2a\x4d\x18", 3) == 0;
}

int td_inflate_is_archive(td_bytes raw) { return is_gzip(raw) || is_zstd(raw); }

/* zlib allocates through the one door to the heap, so injected faults reach it. */
static void *zlib_alloc(void *unused, uInt n, uInt size) {
    (void)unused;
    return td_mem_array(n, size, NULL);
}

static void zlib_free(void *unused, void *block) {
    (void)unused;
    td_mem_free(block);
}

static int is_zero(const unsigned char *bytes, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        if (bytes[i] != 0) return 0;
    }
    return 1;
}

static uInt at_most_1g(uint64_t n) { return n < (1u << 30) ? (uInt)n : 1u << 30; }

static td_status fail_gzip(td_error *err, const char *path, const char *why) {
    return td_fail_at(err, TD_ERR_FORMAT, path, 0, 0, "damaged gzip archive: %s",
                      why != NULL ? why : "bad data");
}

/* zlib counts in 32 bits, so input and output are offered in turns of at most 1 GiB. */
static td_status gunzip(sink *to, z_stream *stream, td_bytes raw, const char *path, td_error *err) {
    const unsigned char *end = (const unsigned char *)raw.data + raw.n;
    stream->next_in = (unsigned char *)(uintptr_t)raw.data;
    for (;;) {
        if (to->n == to->room) TD_TRY(sink_grow(to, err));
        stream->avail_in = at_most_1g((uint64_t)(end - stream->next_in));
        stream->next_out = (unsigned char *)to->block + to->n;
        stream->avail_out = at_most_1g(to->room - to->n);
        int code = inflate(stream, Z_NO_FLUSH);
        to->n = (uint64_t)(stream->next_out - (unsigned char *)to->block);
        uint64_t left = (uint64_t)(end - stream->next_in);
        if (code == Z_STREAM_END) {
            if (is_zero(stream->next_in, left)) return TD_OK;
            code = inflateReset(stream);
        }
        if (code == Z_MEM_ERROR) return td_fail(err, TD_ERR_NOMEM, "out of memory in zlib");
        if (code == Z_BUF_ERROR && left > 0) continue;
        if (code == Z_BUF_ERROR || (code == Z_OK && left == 0 && stream->avail_out > 0)) {
            return fail_gzip(err, path, "it ends too early");
        }
        if (code != Z_OK) return fail_gzip(err, path, stream->msg);
    }
}

static td_status inflate_gzip(sink *to, td_bytes raw, const char *path, td_error *err) {
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) {
        return td_fail(err, TD_ERR_NOMEM, "out of memory in zlib");
    }
    td_status status = gunzip(to, &stream, raw, path, err);
    inflateEnd(&stream);
    return status;
}

/* ZSTD_decompressStream returns 0 when a frame is complete and fully flushed, else a hint of how
 * much it wants: input used up, room left and not 0 means the archive was cut off. */
static td_status unzstd(sink *to, ZSTD_DStream *stream, td_bytes raw, const char *path,
                        td_error *err) {
    ZSTD_inBuffer in = {raw.data, raw.n, 0};
    for (;;) {
        if (to->n == to->room) TD_TRY(sink_grow(to, err));
        ZSTD_outBuffer out = {to->block, to->room, to->n};
        size_t code = ZSTD_decompressStream(stream, &out, &in);
        to->n = out.pos;
        if (ZSTD_isError(code)) {
            return td_fail_at(err, TD_ERR_FORMAT, path, 0, 0, "damaged zstd archive: %s",
                              ZSTD_getErrorName(code));
        }
        if (in.pos < in.size || out.pos == out.size) {
            if (code == 0 && in.pos == in.size) return TD_OK;
            continue;
        }
        if (code == 0) return TD_OK; /* all input used and the last frame complete */
        return td_fail_at(err, TD_ERR_FORMAT, path, 0, 0,
                          "damaged zstd archive: it ends too early");
    }
}

static td_status inflate_zstd(sink *to, td_bytes raw, const char *path, td_error *err) {
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (stream == NULL) return td_fail(err, TD_ERR_NOMEM, "out of memory in zstd");
    td_status status = unzstd(to, stream, raw, path, err);
    ZSTD_freeDStream(stream);
    return status;
}

/* The first block is four times the archive: enough for most texts without a second growth. */
td_status td_inflate(char **out, uint64_t *n, td_bytes raw, const char *path, td_error *err) {
    sink to = {.room = raw.n > FIRST_ROOM / 4 ? 2 * raw.n : FIRST_ROOM / 2};
    TD_TRY(sink_grow(&to, err));
    td_status status =
        is_gzip(raw) ? inflate_gzip(&to, raw, path, err) : inflate_zstd(&to, raw, path, err);
    if (status != TD_OK) {
        td_mem_free(to.block);
        return status;
    }
    memset(to.block + to.n, 0, TD_FILE_PADDING);
    *out = to.block;
    *n = to.n;
    return TD_OK;
}
