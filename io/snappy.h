/* io/snappy.h: decoder of raw Snappy blocks, the default compression of Parquet writers elsewhere.
 * Private to io/parquet_*. */
#ifndef TD_IO_SNAPPY_H
#define TD_IO_SNAPPY_H

#include <stdint.h>

/* Decode n bytes into out [n_out]: 1 when the block is whole and gives exactly n_out bytes, else 0.
 * Never reads or writes outside. About 1 GB/s. */
int td_snappy_decode(unsigned char *out, uint64_t n_out, const unsigned char *bytes, uint64_t n);

#endif
