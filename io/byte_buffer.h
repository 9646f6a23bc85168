/* io/byte_buffer.h: bytes that grow at their end, for formats whose parts are built in memory
 * before their place in the file is known.
 *
 *     td_byte_buffer b = {0};
 *     td_byte_buffer_add(&b, bytes, n);  ...            any number of times, nothing to check
 *     TD_TRY(td_byte_buffer_status(&b, err));           once, at the end
 *     td_byte_buffer_free(&b); */
#ifndef TD_IO_BYTE_BUFFER_H
#define TD_IO_BYTE_BUFFER_H

#include <stdint.h>

#include "core/base/err.h"

typedef struct td_byte_buffer {
    unsigned char *data; /* [n] owned */
    uint64_t n;
    uint64_t room;     /* bytes allocated */
    int is_out_of_mem; /* an addition failed; everything after it was dropped */
} td_byte_buffer;

/* Give the memory back and leave an empty buffer. */
void td_byte_buffer_free(td_byte_buffer *buffer);

/* Append n bytes (borrowed). A failure is kept: see td_byte_buffer_status. O(n) amortised. */
void td_byte_buffer_add(td_byte_buffer *buffer, const void *bytes, uint64_t n);

/* Append one byte; an integer as LEB128 (7 bits a byte, low bits first); n bytes of a little-endian
 * integer. */
void td_byte_buffer_byte(td_byte_buffer *buffer, unsigned value);
void td_byte_buffer_varint(td_byte_buffer *buffer, uint64_t value);
void td_byte_buffer_little(td_byte_buffer *buffer, uint64_t value, int n);

/* Room for n more bytes behind the end, to be written by the caller, who then raises buffer->n.
 * NULL when memory is out (kept as above). */
unsigned char *td_byte_buffer_reserve(td_byte_buffer *buffer, uint64_t n);

/* TD_ERR_NOMEM when any addition failed. */
td_status td_byte_buffer_status(const td_byte_buffer *buffer, td_error *err) TD_MUST_USE;

#endif
