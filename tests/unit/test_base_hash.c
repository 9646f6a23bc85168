/* core/base/hash against the vectors of FIPS 180-4 and NIST's SHA-256 examples. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

static void expect(const char *text, const char *want) {
    char hex[65];
    cr_assert_eq(td_sha256_of(text, strlen(text), hex, NULL), TD_OK);
    cr_assert_str_eq(hex, want);
}

Test(base_hash, nist_vectors) {
    expect("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

Test(base_hash, a_million_a_in_uneven_pieces) {
    char piece[997];
    memset(piece, 'a', sizeof piece);
    td_sha256 *hash;
    cr_assert_eq(td_sha256_open(&hash, NULL), TD_OK);
    for (uint64_t left = 1000000; left > 0;) {
        uint64_t n = left < sizeof piece ? left : sizeof piece;
        td_sha256_add(hash, piece, n);
        left -= n;
    }
    char hex[65];
    td_sha256_close(hash, hex);
    cr_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

Test(base_hash, no_bytes_may_be_null_and_nothing_stays) {
    uint64_t before = td_mem_live_bytes();
    char hex[65];
    cr_assert_eq(td_sha256_of(NULL, 0, hex, NULL), TD_OK);
    cr_assert_eq(strncmp(hex, "e3b0c442", 8), 0);
    td_sha256 *dropped;
    cr_assert_eq(td_sha256_open(&dropped, NULL), TD_OK);
    td_sha256_free(dropped);
    td_sha256_free(NULL);
    cr_assert_eq(td_mem_live_bytes(), before);
}

Test(base_hash, out_of_memory_is_reported) {
    char hex[65];
    td_error err = {0};
    td_mem_fail_after(1);
    td_status status = td_sha256_of("abc", 3, hex, &err);
    td_mem_fail_after(0);
    cr_assert_eq(status, TD_ERR_NOMEM);
    cr_assert_eq(err.code, TD_ERR_NOMEM);
}
