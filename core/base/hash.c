/* core/base/hash.c: SHA-256 through libcrypto's EVP interface.
 *
 * Problem: one digest for run ids, manifests and checksums, fed piece by piece.
 *   1. open: a context of libcrypto inside a block of our own
 *   2. add:  any number of pieces of any length; the cut between pieces does not matter
 *   3. close: 32 bytes, written as 64 lower-case hexadecimal digits
 * Cost: O(bytes), about 2 GB/s with the CPU's SHA instructions, 0.5 GB/s without.
 *
 * libcrypto keeps its context on a heap of its own; td_mem counts only the block around it. Adding
 * to a digest of libcrypto can fail in theory (a provider unloaded under us): the state remembers
 * it and close then gives an empty text, so that a wrong digest can never pass for a good one.
 *
 * Reference: NIST FIPS 180-4, Secure Hash Standard, doi:10.6028/NIST.FIPS.180-4. */
#include "core/base/hash.h"

#include <openssl/evp.h>

#include "core/base/mem.h"

enum { DIGEST_BYTES = 32 };

struct td_sha256 {
    EVP_MD_CTX *ctx;
    int is_broken; /* libcrypto refused a step: there is no digest */
};

td_status td_sha256_open(td_sha256 **out, td_error *err) {
    td_sha256 *hash;
    *out = NULL;
    TD_NEW_ZEROED(hash, 1, err);
    hash->ctx = EVP_MD_CTX_new();
    if (hash->ctx == NULL || EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) != 1) {
        td_sha256_free(hash);
        TD_FAIL(err, TD_ERR_NOMEM, "libcrypto cannot start a SHA-256 digest");
    }
    *out = hash;
    return TD_OK;
}

void td_sha256_add(td_sha256 *hash, const void *bytes, uint64_t n) {
    if (n == 0) return; /* bytes may then be NULL */
    if (EVP_DigestUpdate(hash->ctx, bytes, n) != 1) hash->is_broken = 1;
}

static void write_hex(char hex[65], const unsigned char *digest) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_BYTES; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[2 * DIGEST_BYTES] = '\0';
}

void td_sha256_close(td_sha256 *hash, char hex[65]) {
    unsigned char digest[DIGEST_BYTES];
    hex[0] = '\0';
    if (!hash->is_broken && EVP_DigestFinal_ex(hash->ctx, digest, NULL) == 1) {
        write_hex(hex, digest);
    }
    td_sha256_free(hash);
}

void td_sha256_free(td_sha256 *hash) {
    if (hash == NULL) return;
    EVP_MD_CTX_free(hash->ctx);
    td_mem_free(hash);
}

td_status td_sha256_of(const void *bytes, uint64_t n, char hex[65], td_error *err) {
    td_sha256 *hash;
    td_status status = td_sha256_open(&hash, err);
    if (hash == NULL) return status;
    td_sha256_add(hash, bytes, n);
    td_sha256_close(hash, hex);
    TD_CHECK(hex[0] != '\0', err, TD_ERR_INTERNAL, "libcrypto failed to finish a SHA-256 digest");
    return TD_OK;
}
