/* io/parquet_hybrid.h: codes and levels of a Parquet page. */
#ifndef TD_IO_PARQUET_HYBRID_H
#define TD_IO_PARQUET_HYBRID_H

#include <stdint.h>

#include "io/byte_buffer.h"

/* Append value [n], each below 2^width with 1 <= width <= 32; eight equal ones or more become a
 * run. Out of memory shows in the buffer. O(n). */
void td_pq_put_hybrid(td_byte_buffer *to, const uint32_t *value, uint64_t n, int width);

#endif
