/* io/json_write.h: JSON text into a td_writer. Keys in the order given, two-space indent, shortest
 * round-trip numbers, NaN and infinities as null.
 *
 *     td_json json = td_json_open(writer);
 *     td_json_object(&json, NULL);  td_json_i64(&json, "rows", 3);  td_json_end(&json);
 * td_json_close(&json);
 *
 * `key` is NULL inside an array and for the outermost value. Nesting up to 32 levels. */
#ifndef TD_IO_JSON_WRITE_H
#define TD_IO_JSON_WRITE_H

#include <stdint.h>

#include "io/file.h"

typedef struct td_json {
    td_writer *writer; /* borrowed */
    int depth;
    uint32_t is_array; /* bit per level */
    uint32_t has_item; /* bit per level */
} td_json;

td_json td_json_open(td_writer *writer);
void td_json_object(td_json *json, const char *key);
void td_json_array(td_json *json, const char *key);
void td_json_end(td_json *json); /* closes the innermost object or array */
void td_json_i64(td_json *json, const char *key, int64_t value);
void td_json_u64(td_json *json, const char *key, uint64_t value);
void td_json_f64(td_json *json, const char *key, double value);
void td_json_bool(td_json *json, const char *key, int value);
void td_json_null(td_json *json, const char *key);
void td_json_text(td_json *json, const char *key, const char *value); /* UTF-8; NULL writes null */
void td_json_close(td_json *json); /* final newline; all levels must be closed */

#endif
