/* io/thrift.c: compact protocol, writing and reading.
 *
 * Writing appends to a buffer that keeps its own errors. Reading trusts nothing:
 *
 *   1. Every step checks the bytes that are left; a step that does not fit sets is_bad, moves to
 *      the end and yields zeros, so callers check once per struct.
 *   2. The length of a list is checked against the bytes behind it before anybody allocates.
 *   3. What a reader does not know is skipped by its type, to a depth of TD_THRIFT_MAX_DEPTH.
 *
 *     zigzag(v) = (v << 1) ^ (v >> 63):   0, -1, 1, -2, ... -> 0, 1, 2, 3, ...
 *
 * Cost: O(bytes). Not done: maps with values (Parquet has none), doubles, sets: skipped only. */
#include "io/thrift.h"

#include <string.h>

/* --- writing ---------------------------------------------------------------------------------- */

/* Small numbers of either sign become small numbers without one, and so few bytes. */
static uint64_t zigzag(int64_t v) { return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0); }

/* Ids differ by 1 to 15 in all of Parquet's structs, so the short form always fits. */
static void field_header(td_thrift_out *out, int id, int type) {
    int *last = &out->last[out->depth];
    td_byte_buffer_byte(out->to, (unsigned)((id - *last) << 4 | type));
    *last = id;
}

void td_thrift_i16(td_thrift_out *out, int id, int64_t value) {
    field_header(out, id, TD_THRIFT_I16);
    td_byte_buffer_varint(out->to, zigzag(value));
}

void td_thrift_i32(td_thrift_out *out, int id, int64_t value) {
    field_header(out, id, TD_THRIFT_I32);
    td_byte_buffer_varint(out->to, zigzag(value));
}

void td_thrift_i64(td_thrift_out *out, int id, int64_t value) {
    field_header(out, id, TD_THRIFT_I64);
    td_byte_buffer_varint(out->to, zigzag(value));
}

/* The value of a boolean stands in the type. */
void td_thrift_bool(td_thrift_out *out, int id, int value) {
    field_header(out, id, value ? TD_THRIFT_TRUE : TD_THRIFT_FALSE);
}

void td_thrift_binary(td_thrift_out *out, int id, const void *bytes, uint64_t n) {
    field_header(out, id, TD_THRIFT_BINARY);
    td_thrift_item_binary(out, bytes, n);
}

void td_thrift_open(td_thrift_out *out, int id) {
    field_header(out, id, TD_THRIFT_STRUCT);
    td_thrift_item_open(out);
}

/* The number of items in four bits, or 15 there and then as a varint. */
void td_thrift_list(td_thrift_out *out, int id, int type, uint64_t n) {
    field_header(out, id, TD_THRIFT_LIST);
    td_byte_buffer_byte(out->to, (unsigned)((n < 15 ? n : 15) << 4 | (unsigned)type));
    if (n >= 15) td_byte_buffer_varint(out->to, n);
}

void td_thrift_item_i32(td_thrift_out *out, int64_t value) {
    td_byte_buffer_varint(out->to, zigzag(value));
}

void td_thrift_item_binary(td_thrift_out *out, const void *bytes, uint64_t n) {
    td_byte_buffer_varint(out->to, n);
    td_byte_buffer_add(out->to, bytes, n);
}

/* A struct inside a list has no header of its own; its ids count from 0 again. */
void td_thrift_item_open(td_thrift_out *out) { out->last[++out->depth] = 0; }

/* A struct ends in a 0 byte, which no field header can be. */
void td_thrift_close(td_thrift_out *out) {
    td_byte_buffer_byte(out->to, 0);
    out->depth--;
}

/* --- reading ---------------------------------------------------------------------------------- */

td_thrift_in td_thrift_open_bytes(td_bytes bytes) {
    const unsigned char *data = (const unsigned char *)bytes.data;
    return (td_thrift_in){.at = data, .end = data + bytes.n};
}

/* From here on every step finds no bytes, so that loops over fields end by themselves. */
static void give_up(td_thrift_in *in) {
    in->is_bad = 1;
    in->at = in->end;
}

static unsigned take_byte(td_thrift_in *in) {
    if (in->at < in->end) return *in->at++;
    give_up(in);
    return 0;
}

/* 7 bits a byte, lowest first. Ten bytes hold 64 bits: a longer one is damaged. */
static uint64_t take_varint(td_thrift_in *in) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned byte = take_byte(in);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
    give_up(in);
    return 0;
}

int64_t td_thrift_next_int(td_thrift_in *in) {
    uint64_t v = take_varint(in);
    return (int64_t)(v >> 1 ^ ((v & 1) != 0 ? UINT64_MAX : 0));
}

/* Points into the input; nothing is copied. */
td_bytes td_thrift_next_binary(td_thrift_in *in) {
    uint64_t n = take_varint(in);
    if (n > (uint64_t)(in->end - in->at)) {
        give_up(in);
        n = 0;
    }
    td_bytes bytes = {(const char *)in->at, n};
    in->at += n;
    return bytes;
}

/* head >> 4 is the step from the last id; 0 there says that the whole id follows. */
int td_thrift_next(td_thrift_in *in, td_thrift_field *field) {
    unsigned head = take_byte(in);
    if (in->is_bad || head == 0) return 0;
    int64_t id = head >> 4 != 0 ? field->id + (int64_t)(head >> 4) : td_thrift_next_int(in);
    if (id < 1 || id > INT16_MAX) give_up(in);
    field->id = (int)id;
    field->type = (int)(head & 15);
    return !in->is_bad;
}

int64_t td_thrift_take_int(td_thrift_in *in, const td_thrift_field *field) {
    switch (field->type) {
    case TD_THRIFT_TRUE:
    case TD_THRIFT_FALSE:
        return field->type == TD_THRIFT_TRUE;
    case TD_THRIFT_BYTE:
        return (int8_t)take_byte(in);
    case TD_THRIFT_I16:
    case TD_THRIFT_I32:
    case TD_THRIFT_I64:
        return td_thrift_next_int(in);
    default:
        give_up(in);
        return 0;
    }
}

td_bytes td_thrift_take_binary(td_thrift_in *in, const td_thrift_field *field) {
    if (field->type != TD_THRIFT_BINARY) give_up(in);
    return td_thrift_next_binary(in);
}

/* n items have at least n bytes: a list that claims more is damaged, whoever wrote it. */
static uint64_t take_list(td_thrift_in *in, int *type) {
    unsigned head = take_byte(in);
    *type = (int)(head & 15);
    uint64_t n = head >> 4 != 15 ? head >> 4 : take_varint(in);
    if (n > (uint64_t)(in->end - in->at)) give_up(in);
    return in->is_bad ? 0 : n;
}

uint64_t td_thrift_take_list(td_thrift_in *in, const td_thrift_field *field, int type) {
    int found = 0;
    if (field->type != TD_THRIFT_LIST) give_up(in);
    uint64_t n = take_list(in, &found);
    if (n > 0 && found != type) give_up(in);
    return in->is_bad ? 0 : n;
}

static void skip_value(td_thrift_in *in, int type, int depth);

static void skip_items(td_thrift_in *in, int depth) {
    int type = 0;
    uint64_t n = take_list(in, &type);
    for (uint64_t i = 0; i < n && !in->is_bad; i++) {
        /* a boolean has its own byte in a list, and none as a field */
        skip_value(in, type == TD_THRIFT_TRUE || type == TD_THRIFT_FALSE ? TD_THRIFT_BYTE : type,
                   depth);
    }
}

static void skip_struct(td_thrift_in *in, int depth) {
    td_thrift_field field = {0};
    while (td_thrift_next(in, &field)) skip_value(in, field.type, depth);
}

/* One value of any type, unread. Lists and structs go one deeper; the limit ends a file that nests
 * without end before the stack does. */
static void skip_value(td_thrift_in *in, int type, int depth) {
    if (depth > TD_THRIFT_MAX_DEPTH) give_up(in);
    if (in->is_bad) return;
    switch (type) {
    case TD_THRIFT_TRUE:
    case TD_THRIFT_FALSE:
        return;
    case TD_THRIFT_BYTE:
        take_byte(in);
        return;
    case TD_THRIFT_I16:
    case TD_THRIFT_I32:
    case TD_THRIFT_I64:
        take_varint(in);
        return;
    case TD_THRIFT_DOUBLE:
        if (in->end - in->at < 8)
            give_up(in);
        else
            in->at += 8;
        return;
    case TD_THRIFT_BINARY:
        td_thrift_next_binary(in);
        return;
    case TD_THRIFT_LIST:
    case TD_THRIFT_SET:
        skip_items(in, depth + 1);
        return;
    case TD_THRIFT_STRUCT:
        skip_struct(in, depth + 1);
        return;
    default:
        give_up(in);
    }
}

void td_thrift_skip(td_thrift_in *in, const td_thrift_field *field) {
    skip_value(in, field->type, 0);
}
