/* io/snappy.c: Snappy blocks -> bytes.
 *
 *     varint length of the result, then elements; the two low bits of the first byte tell which:
 *
 *     00  literal   length - 1 in the high six bits, or in 1 to 4 bytes behind for 60 .. 63
 *     01  copy      length 4 .. 11 in bits 2-4, offset 11 bits: bits 5-7, next byte
 *     10  copy      length 1 .. 64 in the high six bits, offset in two bytes
 *     11  copy      the same, offset in four bytes
 *
 * A copy may overlap what it writes (offset < length repeats a pattern), so it goes byte by byte.
 * Every length and offset is checked against what is there. Cost: O(n_out). Not done: encoding, the
 * framing format of .sz files.
 * Reference: google/snappy, format_description.txt. */
#include "io/snappy.h"

#include <string.h>

typedef struct input {
    const unsigned char *at, *end;
} input;

/* Little-endian number of n bytes; 0 when they are not there. */
static int take_number(input *in, int n, uint64_t *value) {
    if (in->end - in->at < n) return 0;
    *value = 0;
    for (int i = 0; i < n; i++) *value |= (uint64_t)*in->at++ << (8 * i);
    return 1;
}

static int take_varint(input *in, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        if (in->at == in->end) return 0;
        unsigned byte = *in->at++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return 1;
    }
    return 0;
}

/* Length of a literal behind its tag. */
static int take_literal_length(input *in, unsigned tag, uint64_t *length) {
    *length = tag >> 2;
    if (*length >= 60 && !take_number(in, (int)*length - 59, length)) return 0;
    *length += 1;
    return *length <= (uint64_t)(in->end - in->at);
}

/* Length and offset of a copy behind its tag. */
static int take_copy(input *in, unsigned tag, uint64_t *length, uint64_t *offset) {
    *length = (tag >> 2) + 1;
    if ((tag & 3) == 1) {
        *length = (tag >> 2 & 7) + 4;
        if (!take_number(in, 1, offset)) return 0;
        *offset |= (uint64_t)(tag >> 5) << 8;
        return 1;
    }
    return take_number(in, (tag & 3) == 2 ? 2 : 4, offset);
}

int td_snappy_decode(unsigned char *out, uint64_t n_out, const unsigned char *bytes, uint64_t n) {
    input in = {bytes, bytes + n};
    uint64_t promised = 0, done = 0;
    if (!take_varint(&in, &promised) || promised != n_out) return 0;
    while (in.at < in.end) {
        unsigned tag = *in.at++;
        uint64_t length = 0, offset = 0;
        if ((tag & 3) == 0) {
            if (!take_literal_length(&in, tag, &length) || length > n_out - done) return 0;
            memcpy(out + done, in.at, length);
            in.at += length;
            done += length;
            continue;
        }
        if (!take_copy(&in, tag, &length, &offset)) return 0;
        if (offset == 0 || offset > done || length > n_out - done) return 0;
        for (uint64_t end = done + length; done < end; done++) out[done] = out[done - offset];
    }
    return done == n_out;
}
