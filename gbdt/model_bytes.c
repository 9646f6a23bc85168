/* gbdt/model_bytes.c: see model_bytes.h for the format.
 *
 * Writing appends to one growing block. Reading first checks the seal over the whole text, so that
 * what follows only guards against files that someone sealed by hand: every read is bounded by the
 * text, and nothing is allocated beyond the length of a word. */
#include "gbdt/model_bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

enum { SEAL_BYTES = 7 + 64 + 1, NUMBER_BYTES = 48, SHORT_BYTES = 96 };
static const char opening[] = "tundish model ";

/* --- writing ---------------------------------------------------------------------------------- */

static char *reserve(td_model_text *text, uint64_t more) {
    if (text->is_out_of_memory) return NULL;
    if (text->n + more + 1 > text->capacity) {
        uint64_t capacity = 2 * (text->n + more) + 4096;
        char *grown = td_mem_resize(text->bytes, capacity, 1, NULL);
        if (grown == NULL) {
            text->is_out_of_memory = 1;
            return NULL;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    return text->bytes + text->n;
}

void td_model_text_open(td_model_text *text, const char *kind) {
    td_model_text_open_version(text, kind, 1);
}

void td_model_text_open_version(td_model_text *text, const char *kind, int version) {
    *text = (td_model_text){0};
    td_model_text_printf(text, "%s%d %s\n", opening, version, kind);
}

void td_model_text_printf(td_model_text *text, const char *fmt, ...) {
    va_list args;
    int length = 0;
    uint64_t room = SHORT_BYTES; /* enough but for a long name: then once more */
    do {
        char *at = reserve(text, room);
        if (at == NULL) return;
        va_start(args, fmt);
        length = vsnprintf(at, room + 1, fmt, args);
        va_end(args);
    } while ((uint64_t)length > room && (room = (uint64_t)length) > 0);
    text->n += (uint64_t)length;
}

static int is_escaped(unsigned char byte) { return byte <= ' ' || byte == '%' || byte == 127; }

void td_model_text_word(td_model_text *text, const char *word, uint64_t length) {
    static const char digits[] = "0123456789ABCDEF";
    char *at = reserve(text, 3 * length + 4);
    if (at == NULL) return;
    char *start = at;
    *at++ = ' ';
    for (uint64_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)word[i];
        if (!is_escaped(byte)) {
            *at++ = word[i];
            continue;
        }
        *at++ = '%';
        *at++ = digits[byte >> 4];
        *at++ = digits[byte & 15];
    }
    if (length == 0) {
        *at++ = '%';
        *at++ = '0';
        *at++ = '0';
    }
    text->n += (uint64_t)(at - start);
}

/* Whole decimal number with its sign, as %+d. */
static char *put_exponent(char *at, int exponent) {
    char digit[8];
    int n = 0;
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    *at++ = exponent < 0 ? '-' : '+';
    do digit[n++] = (char)('0' + size % 10);
    while ((size /= 10) > 0);
    while (n > 0) *at++ = digit[--n];
    return at;
}

/* " %a" as glibc prints it, written out because a model has hundreds of thousands of numbers:
 * sign, 0x1 (0x0 below the normal ones), the 52 bits of the fraction as hexadecimal digits without
 * zeros at the end, p and the exponent of two. */
void td_model_text_f64(td_model_text *text, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int biased = (int)(bits >> 52 & 0x7ff);
    if (biased == 0x7ff) { /* inf, nan */
        td_model_text_printf(text, " %a", value);
        return;
    }
    char *start = reserve(text, NUMBER_BYTES), *at = start;
    if (at == NULL) return;
    uint64_t fraction = bits << 12;
    *at++ = ' ';
    if (bits >> 63) *at++ = '-';
    *at++ = '0';
    *at++ = 'x';
    *at++ = biased > 0 ? '1' : '0';
    if (fraction != 0) *at++ = '.';
    for (; fraction != 0; fraction <<= 4) *at++ = "0123456789abcdef"[fraction >> 60];
    *at++ = 'p';
    at = put_exponent(at, bits << 1 == 0 ? 0 : biased > 0 ? biased - 1023 : -1022);
    text->n += (uint64_t)(at - start);
}

void td_model_text_block(td_model_text *text, const char *bytes, uint64_t n) {
    char *at = reserve(text, n);
    if (at == NULL) return;
    memcpy(at, bytes, n);
    text->n += n;
}

void td_model_text_end_line(td_model_text *text) { td_model_text_block(text, "\n", 1); }

td_status td_model_text_seal(td_model_text *text, char **bytes, uint64_t *n, td_error *err) {
    char hex[65];
    td_status status = TD_OK;
    if (!text->is_out_of_memory) status = td_sha256_of(text->bytes, text->n, hex, err);
    if (status == TD_OK) td_model_text_printf(text, "sha256 %s\n", hex);
    if (status == TD_OK && text->is_out_of_memory) {
        status = td_fail(err, TD_ERR_NOMEM, "out of memory while writing a model");
    }
    if (status != TD_OK) {
        td_mem_free(text->bytes);
    } else {
        text->bytes[text->n] = '\0';
        *bytes = text->bytes;
        *n = text->n;
    }
    *text = (td_model_text){0};
    return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Version, at most `newest`, in a first line of this kind; 0 = it is none. */
static int version_of(const char *bytes, uint64_t n, const char *kind, int newest) {
    for (int version = 1; version <= newest; version++) {
        char first[128];
        int length = snprintf(first, sizeof first, "%s%d %s\n", opening, version, kind);
        if (n >= (uint64_t)length && memcmp(bytes, first, (size_t)length) == 0) return version;
    }
    return 0;
}

int td_model_bytes_are(const char *bytes, uint64_t n, const char *kind) {
    return version_of(bytes, n, kind, TD_MODEL_VERSION) > 0;
}

/* Why the first line is not the expected one. */
static td_status fail_first_line(const char *bytes, uint64_t n, const char *kind, td_error *err) {
    uint64_t length = sizeof opening - 1;
    if (n < length || memcmp(bytes, opening, length) != 0) {
        return td_fail_at(err, TD_ERR_FORMAT, NULL, 1, 1, "not a tundish model");
    }
    const char *newline = memchr(bytes, '\n', n < 128 ? n : 128);
    int shown = newline == NULL ? 0 : (int)(newline - bytes);
    return td_fail_at(err, TD_ERR_FORMAT, NULL, 1, 1,
                      "first line is '%.*s', expected '%s1 %s': another version or kind of model",
                      shown, bytes, opening, kind);
}

td_status td_model_reader_open(td_model_reader *out, const char *bytes, uint64_t n,
                               const char *kind, td_error *err) {
    return td_model_reader_open_version(out, bytes, n, kind, 1, err);
}

td_status td_model_reader_open_version(td_model_reader *out, const char *bytes, uint64_t n,
                                       const char *kind, int newest, td_error *err) {
    int version = version_of(bytes, n, kind, newest);
    if (version == 0) return fail_first_line(bytes, n, kind, err);
    const char *seal = n > SEAL_BYTES ? bytes + n - SEAL_BYTES : bytes;
    TD_CHECK(seal > bytes && memcmp(seal, "sha256 ", 7) == 0 && seal[-1] == '\n' &&
                 bytes[n - 1] == '\n',
             err, TD_ERR_FORMAT, "the model file is cut: it does not end with its checksum");
    char hex[65];
    TD_TRY(td_sha256_of(bytes, n - SEAL_BYTES, hex, err));
    TD_CHECK(memcmp(seal + 7, hex, 64) == 0, err, TD_ERR_FORMAT,
             "the model file was changed: its checksum does not match");
    const char *newline = memchr(bytes, '\n', n);
    *out = (td_model_reader){.at = newline, .end = seal, .line = 1, .version = version};
    return TD_OK;
}

td_status td_model_reader_fail(const td_model_reader *reader, td_error *err, const char *what) {
    return td_fail_at(err, TD_ERR_FORMAT, NULL, reader->line, 0, "model file: %s", what);
}

int td_model_reader_is_done(const td_model_reader *reader) { return reader->at + 1 >= reader->end; }

td_status td_model_reader_line(td_model_reader *reader, const char *key, td_error *err) {
    if (*reader->at != '\n') return td_model_reader_fail(reader, err, "more words than expected");
    uint64_t length = strlen(key);
    reader->at++;
    reader->line++;
    uint64_t left = (uint64_t)(reader->end - reader->at);
    int is_key = left > length && memcmp(reader->at, key, length) == 0 &&
                 (reader->at[length] == ' ' || reader->at[length] == '\n');
    if (!is_key) {
        return td_fail_at(err, TD_ERR_FORMAT, NULL, reader->line, 1,
                          "model file: a line starting with '%s' was expected", key);
    }
    reader->at += length;
    return TD_OK;
}

/* Bytes of the next word, [start, start + length), and move behind it. The text ends with '\n'. */
static td_status next_word(td_model_reader *reader, const char **start, uint64_t *length,
                           td_error *err) {
    if (*reader->at != ' ') return td_model_reader_fail(reader, err, "a word is missing");
    const char *at = reader->at + 1;
    *start = at;
    while (*at != ' ' && *at != '\n') at++;
    *length = (uint64_t)(at - *start);
    reader->at = at;
    return *length > 0 ? TD_OK : td_model_reader_fail(reader, err, "an empty word");
}

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

td_status td_model_reader_word(td_model_reader *reader, char **word, uint64_t *length,
                               td_error *err) {
    const char *start = "";
    uint64_t n = 0;
    TD_TRY(next_word(reader, &start, &n, err));
    char *out = td_mem_array(n + 1, 1, err);
    if (out == NULL) return TD_ERR_NOMEM;
    uint64_t used = 0;
    int is_bad = 0;
    int is_empty = n == 3 && memcmp(start, "%00", 3) == 0;
    for (uint64_t i = 0; i < n && !is_empty && !is_bad; i++) {
        int high = 0;
        int low = 0;
        if (start[i] == '%') {
            high = i + 2 < n ? hex_value(start[i + 1]) : -1;
            low = i + 2 < n ? hex_value(start[i + 2]) : -1;
            is_bad = high < 0 || low < 0;
            out[used++] = (char)(16 * high + low);
            i += 2;
        } else {
            out[used++] = start[i];
        }
    }
    out[used] = '\0';
    if (is_bad) {
        td_mem_free(out);
        return td_model_reader_fail(reader, err, "a broken %XX in a word");
    }
    *word = out;
    if (length != NULL) *length = used;
    return TD_OK;
}

/* Word as a 0-terminated number text; numbers are short. */
static td_status number_word(td_model_reader *reader, char out[NUMBER_BYTES], td_error *err) {
    const char *start = "";
    uint64_t n = 0;
    TD_TRY(next_word(reader, &start, &n, err));
    if (n >= NUMBER_BYTES) return td_model_reader_fail(reader, err, "a number that is too long");
    memcpy(out, start, n);
    out[n] = '\0';
    return TD_OK;
}

td_status td_model_reader_f64(td_model_reader *reader, double *value, td_error *err) {
    char text[NUMBER_BYTES];
    TD_TRY(number_word(reader, text, err));
    char *end;
    *value = strtod(text, &end);
    return *end == '\0' ? TD_OK : td_model_reader_fail(reader, err, "a word that is no number");
}

td_status td_model_reader_i64(td_model_reader *reader, int64_t *value, int64_t low, int64_t high,
                              td_error *err) {
    char text[NUMBER_BYTES];
    TD_TRY(number_word(reader, text, err));
    char *end;
    errno = 0;
    long long whole = strtoll(text, &end, 10);
    int is_good = *end == '\0' && errno == 0 && whole >= low && whole <= high;
    if (!is_good) {
        return td_fail_at(err, TD_ERR_FORMAT, NULL, reader->line, 0,
                          "model file: '%s' is no integer in %lld .. %lld", text, (long long)low,
                          (long long)high);
    }
    *value = whole;
    return TD_OK;
}
