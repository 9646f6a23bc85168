/* io/thrift.h: the compact protocol of Apache Thrift, as far as Parquet uses it. Private to
 * io/parquet_*.
 *
 *     struct   field, field, ..., 0          field = (id - last id) << 4 | type, then the value
 *     list     n << 4 | type, items          n >= 15: 0xF0 | type, varint n, items
 *     binary   varint length, bytes          int = varint of the zigzag number
 *
 * Source: Thrift, doc/specs/thrift-compact-protocol.md. */
#ifndef TD_IO_THRIFT_H
#define TD_IO_THRIFT_H

#include <stdint.h>

#include "core/base/err.h"
#include "io/byte_buffer.h"
#include "io/file.h"

enum { /* types of fields and items */
       TD_THRIFT_TRUE = 1,
       TD_THRIFT_FALSE = 2,
       TD_THRIFT_BYTE = 3,
       TD_THRIFT_I16 = 4,
       TD_THRIFT_I32 = 5,
       TD_THRIFT_I64 = 6,
       TD_THRIFT_DOUBLE = 7,
       TD_THRIFT_BINARY = 8,
       TD_THRIFT_LIST = 9,
       TD_THRIFT_SET = 10,
       TD_THRIFT_MAP = 11,
       TD_THRIFT_STRUCT = 12
};

enum { TD_THRIFT_MAX_DEPTH = 16 };

/* Writing: fields of one struct in ascending order of their ids, structs closed inside out. Opens
 * as the outermost struct with {.to = &buffer}. */
typedef struct td_thrift_out {
    td_byte_buffer *to; /* borrowed */
    int depth;
    int last[TD_THRIFT_MAX_DEPTH]; /* id of the last field of each open struct */
} td_thrift_out;

void td_thrift_i16(td_thrift_out *out, int id, int64_t value);
void td_thrift_i32(td_thrift_out *out, int id, int64_t value);
void td_thrift_i64(td_thrift_out *out, int id, int64_t value);
void td_thrift_bool(td_thrift_out *out, int id, int value);
void td_thrift_binary(td_thrift_out *out, int id, const void *bytes, uint64_t n);
void td_thrift_open(td_thrift_out *out, int id); /* a struct as a field */
void td_thrift_list(td_thrift_out *out, int id, int type, uint64_t n);
void td_thrift_item_i32(td_thrift_out *out, int64_t value);
void td_thrift_item_binary(td_thrift_out *out, const void *bytes, uint64_t n);
void td_thrift_item_open(td_thrift_out *out);
void td_thrift_close(td_thrift_out *out); /* of the innermost struct, the outermost last */

/* Reading: never beyond `end`; what cannot be read sets is_bad and gives zeros from then on. */
typedef struct td_thrift_in {
    const unsigned char *at; /* borrowed */
    const unsigned char *end;
    int is_bad;
} td_thrift_in;

typedef struct td_thrift_field {
    int id; /* set to 0 before the first field of a struct */
    int type;
} td_thrift_field;

td_thrift_in td_thrift_open_bytes(td_bytes bytes);

/* Step to the next field: 1, or 0 at the end of the struct or of what can be read. Its value is
 * then taken by one of the functions below, or skipped. */
int td_thrift_next(td_thrift_in *in, td_thrift_field *field);

/* The value of a field of integer or boolean type; another type sets is_bad. */
int64_t td_thrift_take_int(td_thrift_in *in, const td_thrift_field *field);
td_bytes td_thrift_take_binary(td_thrift_in *in, const td_thrift_field *field);

/* Items of a list field of this type: their number, checked against the bytes that are left (an
 * item has at least one). */
uint64_t td_thrift_take_list(td_thrift_in *in, const td_thrift_field *field, int type);
int64_t td_thrift_next_int(td_thrift_in *in);     /* item of a list of integers */
td_bytes td_thrift_next_binary(td_thrift_in *in); /* item of a list of binaries */

void td_thrift_skip(td_thrift_in *in, const td_thrift_field *field);

#endif
