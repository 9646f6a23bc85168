/* tests/unit/test_io_json_write.c: JSON texts, compared with what they should be and read back with
 * cJSON. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/json_write.h"

/* Finish the writer and hand out the file's text in a static buffer. */
static const char *text_of(td_writer *writer, const char *path) {
    static char text[8192];
    td_error err = {0};
    cr_assert_eq(td_writer_commit(writer, &err), TD_OK, "%s", err.text);
    td_file *file;
    cr_assert_eq(td_file_open(&file, path, &err), TD_OK);
    td_bytes bytes = td_file_bytes(file);
    cr_assert_lt(bytes.n, sizeof text);
    memcpy(text, bytes.data, bytes.n);
    text[bytes.n] = '\0';
    td_file_close(file);
    unlink(path);
    return text;
}

static td_writer *open_scratch(char *path) {
    strcpy(path, "/tmp/td_json_XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    close(fd);
    td_writer *writer = NULL;
    cr_assert_eq(td_writer_open(&writer, path, NULL), TD_OK);
    return writer;
}

Test(io_json_write, nested_values_are_indented_and_separated) {
    char path[32];
    td_json json = td_json_open(open_scratch(path));
    td_json_object(&json, NULL);
    td_json_i64(&json, "rows", -3);
    td_json_u64(&json, "big", UINT64_MAX);
    td_json_array(&json, "ci");
    td_json_f64(&json, NULL, 0.1);
    td_json_f64(&json, NULL, 0.0 / 0.0);
    td_json_f64(&json, NULL, -1.0 / 0.0);
    td_json_end(&json);
    td_json_object(&json, "empty");
    td_json_end(&json);
    td_json_array(&json, "none");
    td_json_end(&json);
    td_json_bool(&json, "yes", 1);
    td_json_null(&json, "reason");
    td_json_end(&json);
    td_json_close(&json);
    cr_assert_str_eq(text_of(json.writer, path), "{\n"
                                                 "  \"rows\": -3,\n"
                                                 "  \"big\": 18446744073709551615,\n"
                                                 "  \"ci\": [\n"
                                                 "    0.1,\n"
                                                 "    null,\n"
                                                 "    null\n"
                                                 "  ],\n"
                                                 "  \"empty\": {},\n"
                                                 "  \"none\": [],\n"
                                                 "  \"yes\": true,\n"
                                                 "  \"reason\": null\n"
                                                 "}\n");
}

static const char *escaped(const char *value) {
    char path[32];
    td_json json = td_json_open(open_scratch(path));
    td_json_text(&json, NULL, value);
    return text_of(json.writer, path);
}

Test(io_json_write, texts_are_escaped) {
    cr_assert_str_eq(escaped("plain"), "\"plain\"");
    cr_assert_str_eq(escaped("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
    cr_assert_str_eq(escaped("\b\t\n\v\f\r\x01\x1f\x7f"),
                     "\"\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\x7f\"");
    cr_assert_str_eq(escaped(NULL), "null");
    cr_assert_str_eq(escaped(""), "\"\"");
}

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

Test(io_json_write, malformed_utf8_becomes_the_replacement_character) {
    cr_assert_str_eq(escaped("é€𝄞"), "\"é€𝄞\"");
    cr_assert_str_eq(escaped("a\xFF"
                             "b"),
                     "\"a" BAD "b\"");
    cr_assert_str_eq(escaped("\xC0\xAF"), "\"" BAD BAD "\"", "overlong");
    cr_assert_str_eq(escaped("\xED\xA0\x80"), "\"" BAD BAD BAD "\"", "surrogate");
    cr_assert_str_eq(escaped("\xF4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\"", "beyond 10FFFF");
    cr_assert_str_eq(escaped("\xE2\x82"), "\"" BAD BAD "\"", "cut off at the end");
    cr_assert_str_eq(escaped("\xC3\""), "\"" BAD "\\\"\"", "the quote is not swallowed");
}

Test(io_json_write, random_bytes_always_parse) {
    char path[32];
    td_json json = td_json_open(open_scratch(path));
    td_json_object(&json, NULL);
    uint32_t state = 12345;
    for (int round = 0; round < 60; round++) {
        char text[20];
        for (size_t i = 0; i < sizeof text - 1; i++) {
            state = state * 1664525 + 1013904223;
            text[i] = (char)(state >> 24);
            if (text[i] == '\0') text[i] = 'x';
        }
        text[sizeof text - 1] = '\0';
        td_json_text(&json, text, text);
    }
    td_json_end(&json);
    td_json_close(&json);
    cJSON *parsed = cJSON_Parse(text_of(json.writer, path));
    cr_assert_not_null(parsed);
    cr_assert_eq(cJSON_GetArraySize(parsed), 60);
    for (const cJSON *item = parsed->child; item != NULL; item = item->next) {
        cr_assert_str_eq(item->string, item->valuestring);
    }
    cJSON_Delete(parsed);
}

Test(io_json_write, levels_beyond_32_are_dropped) {
    char path[32];
    td_json json = td_json_open(open_scratch(path));
    for (int i = 0; i < 40; i++) td_json_array(&json, NULL);
    cr_assert_eq(json.depth, 32);
    for (int i = 0; i < 40; i++) td_json_end(&json);
    cr_assert_eq(json.depth, 0);
    td_json_close(&json);
    cJSON *parsed = cJSON_Parse(text_of(json.writer, path));
    cr_assert_not_null(parsed);
    cJSON_Delete(parsed);
}
