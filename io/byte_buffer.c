/* io/byte_buffer.c: a block of bytes that doubles when it is full.
 *
 * 1. Nothing is allocated before the first byte.
 * 2. An addition that does not fit takes a block of twice the size, or of what is asked for.
 * 3. When the heap refuses, the buffer notes it and drops everything that follows: writers of
 *    nested formats then need one check and not one per field.
 *
 * Cost: each byte is copied at most twice on average. Not done: shrinking, removing from the
 * front. */
#include "io/byte_buffer.h"

#include <string.h>

#include "core/base/mem.h"

enum { FIRST_ROOM = 256 };

void td_byte_buffer_free(td_byte_buffer *buffer) {
    td_mem_free(buffer->data);
    *buffer = (td_byte_buffer){0};
}

unsigned char *td_byte_buffer_reserve(td_byte_buffer *buffer, uint64_t n) {
    if (buffer->is_out_of_mem) return NULL;
    if (buffer->room - buffer->n < n || buffer->data == NULL) {
        uint64_t room = 2 * buffer->room + n + FIRST_ROOM;
        unsigned char *data = td_mem_resize(buffer->data, room, 1, NULL);
        if (data == NULL) {
            buffer->is_out_of_mem = 1;
            return NULL;
        }
        buffer->data = data;
        buffer->room = room;
    }
    return buffer->data + buffer->n;
}

void td_byte_buffer_add(td_byte_buffer *buffer, const void *bytes, uint64_t n) {
    if (n == 0) return;
    unsigned char *to = td_byte_buffer_reserve(buffer, n);
    if (to == NULL) return;
    memcpy(to, bytes, n);
    buffer->n += n;
}

void td_byte_buffer_byte(td_byte_buffer *buffer, unsigned value) {
    unsigned char byte = (unsigned char)value;
    td_byte_buffer_add(buffer, &byte, 1);
}

void td_byte_buffer_varint(td_byte_buffer *buffer, uint64_t value) {
    unsigned char bytes[10];
    uint64_t n = 0;
    for (; value >= 0x80; value >>= 7) bytes[n++] = (unsigned char)(value | 0x80);
    bytes[n++] = (unsigned char)value;
    td_byte_buffer_add(buffer, bytes, n);
}

void td_byte_buffer_little(td_byte_buffer *buffer, uint64_t value, int n) {
    unsigned char bytes[8];
    for (int i = 0; i < n; i++) bytes[i] = (unsigned char)(value >> (8 * i));
    td_byte_buffer_add(buffer, bytes, (uint64_t)n);
}

td_status td_byte_buffer_status(const td_byte_buffer *buffer, td_error *err) {
    TD_CHECK(!buffer->is_out_of_mem, err, TD_ERR_NOMEM, "out of memory behind %llu bytes",
             (unsigned long long)buffer->n);
    return TD_OK;
}
