/* io/parquet_hybrid.c: small integers as runs and packed groups, Parquet's RLE hybrid.
 *
 * Problem: codes of a dictionary and levels of a column are small, often equal to their neighbours.
 * They are written in `width` bits each, and as one value with a count where they repeat:
 *
 *     run      varint (length << 1)        value in ceil(width / 8) bytes
 *     groups   varint (groups << 1 | 1)    8 * width bits a group, low bits first
 *
 *   1. eight equal values or more from here on: a run as long as they are equal;
 *   2. otherwise groups of eight, up to the first multiple of eight behind which a run begins. A
 *      run inside a group is not taken: it would leave a group that is not full, which the format
 *      allows at the end alone.
 *
 * Bytes depend on the values alone. Cost: O(n); a value is looked at twice at most.
 * Reference: parquet-format 2.10, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid". */
#include "io/parquet_hybrid.h"

/* Values from i on that are equal, counted up to `most`. */
static uint64_t run_at(const uint32_t *value, uint64_t i, uint64_t n, uint64_t most) {
    uint64_t end = n - i < most ? n : i + most, at = i + 1;
    while (at < end && value[at] == value[i]) at++;
    return at - i;
}

/* Groups of eight, the last one filled up with zeros. */
static void put_groups(td_byte_buffer *to, const uint32_t *value, uint64_t n, int width) {
    uint64_t groups = (n + 7) / 8, pending = 0;
    int n_bits = 0;
    td_byte_buffer_varint(to, groups << 1 | 1);
    for (uint64_t i = 0; i < 8 * groups; i++) {
        pending |= (uint64_t)(i < n ? value[i] : 0) << n_bits;
        for (n_bits += width; n_bits >= 8; n_bits -= 8, pending >>= 8)
            td_byte_buffer_byte(to, (unsigned)(pending & 0xFF));
    }
}

void td_pq_put_hybrid(td_byte_buffer *to, const uint32_t *value, uint64_t n, int width) {
    for (uint64_t i = 0; i < n;) {
        uint64_t run = run_at(value, i, n, n);
        if (run >= 8) {
            td_byte_buffer_varint(to, run << 1);
            td_byte_buffer_little(to, value[i], (width + 7) / 8);
            i += run;
            continue;
        }
        uint64_t end = i;
        do end += 8;
        while (end < n && run_at(value, end, n, 8) < 8);
        if (end > n) end = n;
        put_groups(to, value + i, end - i, width);
        i = end;
    }
}
