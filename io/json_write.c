/* io/json_write.c: see json_write.h. One open object or array per level; two bits per level say
 * whether it is an array and whether a comma is due.
 *
 * Texts (RFC 8259): quote, backslash and control characters are escaped, everything else is passed
 * on as UTF-8. A byte that does not start or continue a well-formed sequence (Unicode 15, table
 * 3-7: overlong forms, surrogates and values above 10FFFF are not well formed) becomes U+FFFD, so
 * the output is valid UTF-8 whatever a user's file holds.
 *
 * A call that does not fit (an end without a begin, more than 32 levels) is a mistake of the
 * program: it is dropped, and td_json_close appends nothing that would repair it. */
#include "io/json_write.h"

#include <string.h>

enum { MAX_DEPTH = 32 };

td_json td_json_open(td_writer *writer) { return (td_json){.writer = writer}; }

/* Two spaces a level, cut from one constant. */
static void newline(td_json *json) {
    static const char spaces[2 * MAX_DEPTH + 1] =
        "                                                                ";
    td_writer_text(json->writer, "\n");
    td_writer_bytes(json->writer, spaces, 2 * (uint64_t)json->depth);
}

/* Length of the well-formed UTF-8 sequence at `at`, 0 when there is none. */
static unsigned utf8_length(const unsigned char *at) {
    unsigned lead = at[0];
    if (lead < 0x80) return 1;
    unsigned n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high) return 0;
    for (unsigned i = 2; i < n; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0; /* a closing 0 stops here too */
    }
    return n;
}

/* Control characters have five short forms; the rest is \u00XX. */
static void write_control(td_writer *writer, unsigned char c) {
    static const char short_form[] = "btn.fr"; /* \b \t \n (\v has none) \f \r: 8 .. 13 */
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    if (c >= 8 && c <= 13 && c != 11) {
        text[1] = short_form[c - 8];
        td_writer_bytes(writer, text, 2);
    } else {
        td_writer_bytes(writer, text, 6);
    }
}

static void write_text(td_writer *writer, const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    td_writer_text(writer, "\"");
    while (*at != '\0') {
        const unsigned char *run = at; /* bytes that need no escape go out together */
        unsigned n = 0;
        while (*at >= 0x20 && *at != '"' && *at != '\\' && (n = utf8_length(at)) > 0) at += n;
        td_writer_bytes(writer, run, (uint64_t)(at - run));
        if (*at == '\0') break;
        if (*at == '"' || *at == '\\') {
            char escaped[2] = {'\\', (char)*at};
            td_writer_bytes(writer, escaped, 2);
        } else if (*at < 0x20) {
            write_control(writer, *at);
        } else {
            td_writer_text(writer, "\xEF\xBF\xBD");
        }
        at++;
    }
    td_writer_text(writer, "\"");
}

/* Comma, line, indent and key before a value. */
static void begin_value(td_json *json, const char *key) {
    if (json->depth == 0) return;
    uint32_t bit = UINT32_C(1) << (json->depth - 1);
    if (json->has_item & bit) td_writer_text(json->writer, ",");
    json->has_item |= bit;
    newline(json);
    if (json->is_array & bit) return;
    write_text(json->writer, key != NULL ? key : "");
    td_writer_text(json->writer, ": ");
}

/* A level's two bits are cleared here, as an earlier sibling may have left them set. */
static void open_level(td_json *json, const char *key, int is_array) {
    if (json->depth >= MAX_DEPTH) return;
    begin_value(json, key);
    td_writer_text(json->writer, is_array ? "[" : "{");
    uint32_t bit = UINT32_C(1) << json->depth;
    json->is_array = is_array ? json->is_array | bit : json->is_array & ~bit;
    json->has_item &= ~bit;
    json->depth++;
}

void td_json_object(td_json *json, const char *key) { open_level(json, key, 0); }

void td_json_array(td_json *json, const char *key) { open_level(json, key, 1); }

void td_json_end(td_json *json) {
    if (json->depth == 0) return;
    json->depth--;
    uint32_t bit = UINT32_C(1) << json->depth;
    if (json->has_item & bit) newline(json);
    td_writer_text(json->writer, json->is_array & bit ? "]" : "}");
}

void td_json_i64(td_json *json, const char *key, int64_t value) {
    begin_value(json, key);
    td_writer_i64(json->writer, value);
}

void td_json_u64(td_json *json, const char *key, uint64_t value) {
    begin_value(json, key);
    td_writer_u64(json->writer, value);
}

void td_json_f64(td_json *json, const char *key, double value) {
    begin_value(json, key);
    if (value - value != 0)
        td_writer_text(json->writer, "null"); /* NaN or infinite */
    else
        td_writer_f64(json->writer, value);
}

void td_json_bool(td_json *json, const char *key, int value) {
    begin_value(json, key);
    td_writer_text(json->writer, value ? "true" : "false");
}

void td_json_null(td_json *json, const char *key) {
    begin_value(json, key);
    td_writer_text(json->writer, "null");
}

void td_json_text(td_json *json, const char *key, const char *value) {
    begin_value(json, key);
    if (value == NULL)
        td_writer_text(json->writer, "null");
    else
        write_text(json->writer, value);
}

void td_json_close(td_json *json) { td_writer_text(json->writer, "\n"); }
