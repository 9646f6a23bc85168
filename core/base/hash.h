/* core/base/hash.h: SHA-256 (through OpenSSL's libcrypto), for run ids, manifests and checksums. */
#ifndef TD_CORE_BASE_HASH_H
#define TD_CORE_BASE_HASH_H

#include <stdint.h>

#include "core/base/err.h"

typedef struct td_sha256 td_sha256; /* opaque state of a running hash */

/* Open a hash, feed it any number of pieces, close it: hex receives 64 lower-case digits and a 0
 * (an empty text if libcrypto itself failed). `bytes` are borrowed. td_sha256_close also frees the
 * state; td_sha256_free drops it without a result (NULL allowed). */
td_status td_sha256_open(td_sha256 **out, td_error *err) TD_MUST_USE;
void td_sha256_add(td_sha256 *hash, const void *bytes, uint64_t n);
void td_sha256_close(td_sha256 *hash, char hex[65]);
void td_sha256_free(td_sha256 *hash);

/* Hash of one block of n bytes. O(n). */
td_status td_sha256_of(const void *bytes, uint64_t n, char hex[65], td_error *err) TD_MUST_USE;

#endif
