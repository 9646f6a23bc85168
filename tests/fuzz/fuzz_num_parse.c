/* tests/fuzz/fuzz_num_parse.c: any bytes as a number. strtod on a 0-terminated copy is the oracle
 * where the text is a plain decimal; what is read is written and read back; td_scan_f64 agrees with
 * td_parse_f64; integers agree with strtoll. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/num_format.h"
#include "io/num_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int is_true, const char *what) {
    if (is_true) return;
    fprintf(stderr, "fuzz_num_parse: %s\n", what);
    abort();
}

/* 1 when strtod reads the whole text and it is no inf, nan or hexadecimal and has no blanks. */
static int is_decimal(const char *text, size_t n) {
    char *end;
    if (n == 0 || strlen(text) != n || strpbrk(text, "xXnNiI \t\n\v\f\r") != NULL) return 0;
    strtod(text, &end);
    return end == text + n;
}

static void check_double(const char *text, size_t n) {
    double value = 0;
    td_num status = td_parse_f64(text, n, &value);
    demand((status != TD_NUM_BAD) == is_decimal(text, n), "strtod disagrees on the notation");
    const char *stop = td_scan_f64(text, text + n, &value);
    if (status == TD_NUM_OK) demand(stop == text + n, "scan stops elsewhere");
    if (status == TD_NUM_BAD) {
        demand(stop == NULL || stop < text + n, "scan reads what parse refuses");
        return;
    }
    double expected = strtod(text, NULL);
    if (status == TD_NUM_RANGE) {
        demand(expected - expected != 0, "strtod finds it in range");
        return;
    }
    demand(memcmp(&value, &expected, sizeof value) == 0, "strtod rounds otherwise");
    char out[TD_NUM_TEXT];
    double back = 0;
    uint32_t length = td_format_f64(out, value);
    demand(length <= TD_NUM_TEXT, "text longer than its room");
    demand(td_parse_f64(out, length, &back) == TD_NUM_OK, "own text is not read");
    demand(memcmp(&value, &back, sizeof value) == 0, "own text reads back otherwise");
}

static void check_integer(const char *text, const char *exact, size_t n) {
    int64_t value = 0;
    int64_t id = 0;
    td_num status = td_parse_i64(exact, n, &value);
    demand(td_parse_id_any(exact, n, &id) == td_parse_id(text, n, &id), "two ways to an id differ");
    if (status == TD_NUM_BAD) return;
    errno = 0;
    long long expected = strtoll(text, NULL, 10);
    demand((errno == ERANGE) == (status == TD_NUM_RANGE), "strtoll disagrees on the range");
    if (status == TD_NUM_OK) demand(value == expected, "strtoll disagrees on the value");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *exact = malloc(size); /* no byte to spare: reading outside is found */
    char *text = calloc(size + 9, 1);
    demand((exact != NULL || size == 0) && text != NULL, "out of memory");
    if (size > 0) {
        memcpy(exact, data, size);
        memcpy(text, data, size);
    }
    double value;
    if (td_parse_f64(exact, size, &value) == TD_NUM_OK) {
        demand(td_scan_f64(exact, exact + size, &value) != NULL, "scan differs on the exact block");
    }
    check_double(text, size);
    check_integer(text, exact, size);
    free(exact);
    free(text);
    return 0;
}
