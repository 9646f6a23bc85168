/* tests/support/shop_text.h: made-up event logs as rows of texts and as the bytes of a file, with
 * many ties, copies, malformed rows and every freedom the CSV dialect gives (column order, quotes,
 * CRLF, byte order mark, further columns, line breaks in quotes, no final newline). */
#ifndef TD_TESTS_SUPPORT_SHOP_TEXT_H
#define TD_TESTS_SUPPORT_SHOP_TEXT_H

#include <stdint.h>

#include "tests/oracle/shop_oracle.h"

typedef struct shop_text {
    int n_rows;
    oracle_row row[ORACLE_MAX_ROWS];
    uint64_t begin[ORACLE_MAX_ROWS]; /* bytes of row i, without the line end, in `bytes` */
    uint64_t end[ORACLE_MAX_ROWS];
    uint64_t n_bytes;
    char bytes[ORACLE_MAX_ROWS * 256];
} shop_text;

/* Rows of a log; max_rows <= ORACLE_MAX_ROWS; malformed ones only when asked. */
void shop_text_make_rows(shop_text *text, int max_rows, int with_malformed, uint64_t *random);

/* Write the rows in their order as a file in a random dialect. Fills begin, end and the lines. */
void shop_text_write(shop_text *text, uint64_t *random);

/* Exchange rows at random. */
void shop_text_shuffle(shop_text *text, uint64_t *random);

#endif
