/* core/base/checksum.h: a fast 64-bit checksum for blocks of memory: XXH64. Finds damage; it is no
 * protection against intent (SHA-256 of core/base/hash is). */
#ifndef TD_CORE_BASE_CHECKSUM_H
#define TD_CORE_BASE_CHECKSUM_H

#include <stdint.h>

/* XXH64 of n bytes (borrowed) with a seed. Same value on every machine. About 10 GB/s. Source: Y.
 * Collet, xxHash, doc/xxhash_spec.md. */
uint64_t td_checksum(const void *bytes, uint64_t n, uint64_t seed);

#endif
