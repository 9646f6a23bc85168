/* tests/support/shop_text.c: see shop_text.h. */
#include "tests/support/shop_text.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/shop.h"

static int below(uint64_t *random, int bound) {
    return (int)(td_test_random(random) % (uint64_t)bound);
}

static int one_in(uint64_t *random, int n) { return below(random, n) == 0; }

/* Times on a coarse grid, a millisecond beside it at times: many ties, gaps at the limit. */
static int64_t pick_time(uint64_t *random, int64_t step) {
    int64_t time = INT64_C(1430622120000) + step * below(random, 7);
    return one_in(random, 4) ? time + below(random, 3) - 1 : time;
}

static void pick_id(char out[32], uint64_t *random, int n_ids) {
    static const char *const large[] = {"9223372036854775807", "4294967296", "0",
                                        "9007199254740993"};
    if (one_in(random, 12)) {
        snprintf(out, 32, "%s", large[below(random, 4)]);
    } else {
        snprintf(out, 32, "%s%d", one_in(random, 20) ? "00" : "", 5 + below(random, n_ids));
    }
}

typedef struct shape {
    int64_t step; /* of the time grid */
    int n_visitors;
    int n_items;
} shape;

static oracle_row pick_row(const shape *s, uint64_t *random) {
    oracle_row row = {.n_fields = 5};
    static const char *const kinds[] = {"view", "view", "addtocart", "transaction"};
    snprintf(row.timestamp, 32, "%lld", (long long)pick_time(random, s->step));
    pick_id(row.visitor, random, s->n_visitors);
    pick_id(row.item, random, s->n_items);
    snprintf(row.event, 32, "%s", kinds[below(random, 4)]);
    if (strcmp(row.event, "transaction") != 0) return row;
    pick_id(row.transaction, random, 3);
    if (one_in(random, 4)) strcat(row.transaction, ".0");
    return row;
}

/* Damage one field, or the number of fields. */
static void spoil_row(oracle_row *row, uint64_t *random) {
    static const char *const numbers[] = {"",      "-1",
                                          " 5",    "5 ",
                                          "1e3",   "1.0",
                                          "x",     "0x10",
                                          "+7",    "9223372036854775808",
                                          "1.0.0", ".0",
                                          "1.00",  "99999999999999999999"};
    const int n_numbers = sizeof numbers / sizeof *numbers;
    static const char *const events[] = {"", "View", "views", "addtocar", "buy"};
    switch (below(random, 7)) {
    case 0:
        snprintf(row->timestamp, 32, "%s", numbers[below(random, n_numbers)]);
        break;
    case 1:
        snprintf(row->timestamp, 32, "25340230080000%d", below(random, 2));
        break;
    case 2:
        snprintf(row->visitor, 32, "%s", numbers[below(random, n_numbers)]);
        break;
    case 3:
        snprintf(row->event, 32, "%s", events[below(random, 5)]);
        break;
    case 4:
        snprintf(row->item, 32, "%s", numbers[below(random, n_numbers)]);
        break;
    case 5:
        snprintf(row->transaction, 32, "%s", numbers[below(random, n_numbers)]);
        break;
    default:
        row->n_fields = 1 + below(random, 7);
        break;
    }
}

void shop_text_make_rows(shop_text *text, int max_rows, int with_malformed, uint64_t *random) {
    static const int64_t steps[] = {0, 1, 600000, 1800000, 1800001, 3600000, 86400000};
    shape s = {steps[below(random, 7)], 1 + below(random, 4), 1 + below(random, 4)};
    text->n_rows = below(random, max_rows + 1);
    for (int i = 0; i < text->n_rows; i++) {
        text->row[i] = pick_row(&s, random);
        if (i > 0 && one_in(random, 6)) text->row[i] = text->row[below(random, i)];
        if (with_malformed && one_in(random, 8)) spoil_row(&text->row[i], random);
    }
}

void shop_text_shuffle(shop_text *text, uint64_t *random) {
    for (int i = text->n_rows - 1; i > 0; i--) {
        int j = below(random, i + 1);
        oracle_row swap = text->row[i];
        text->row[i] = text->row[j];
        text->row[j] = swap;
    }
}

/* The dialect of one file. */
typedef struct dialect {
    const char *newline;
    int quotes;   /* some fields stand in quotes */
    int has_note; /* a sixth column, with line breaks in quotes */
    int order[5]; /* field written at position i */
} dialect;

static dialect pick_dialect(uint64_t *random) {
    dialect d = {.newline = one_in(random, 3) ? "\r\n" : "\n",
                 .quotes = one_in(random, 2),
                 .has_note = one_in(random, 4),
                 .order = {0, 1, 2, 3, 4}};
    for (int i = 4; i > 0; i--) {
        int j = below(random, i + 1);
        int swap = d.order[i];
        d.order[i] = d.order[j];
        d.order[j] = swap;
    }
    return d;
}

static void put(shop_text *text, const char *bytes) {
    uint64_t n = strlen(bytes);
    memcpy(text->bytes + text->n_bytes, bytes, n);
    text->n_bytes += n;
}

static void put_field(shop_text *text, const dialect *d, const char *field, uint64_t *random) {
    int quoted = d->quotes && one_in(random, 4);
    if (quoted) put(text, "\"");
    put(text, field);
    if (quoted) put(text, "\"");
}

/* Fields the row writes when the header has n_columns: all of them for a sound row, otherwise the
 * first n_fields of them or further ones, and one more when that happens to be the right number. */
static int n_written(const oracle_row *row, int n_columns) {
    if (row->n_fields == 5) return n_columns;
    return row->n_fields == n_columns ? n_columns + 1 : row->n_fields;
}

/* Writes the row; the number of line breaks inside it is returned. */
static int put_row(shop_text *text, const dialect *d, const oracle_row *row, uint64_t *random) {
    const char *const field[5] = {row->timestamp, row->visitor, row->event, row->item,
                                  row->transaction};
    int n = n_written(row, 5 + d->has_note);
    int n_breaks = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0) put(text, ",");
        if (i < 5) {
            put_field(text, d, field[d->order[i]], random);
        } else if (d->quotes && one_in(random, 3)) {
            put(text, "\"a,\"\"b\"\"\nc\"");
            n_breaks++;
        } else {
            put(text, "note");
        }
    }
    return n_breaks;
}

static void put_header(shop_text *text, const dialect *d, uint64_t *random) {
    static const char *const names[] = {"timestamp", "visitorid", "event", "itemid",
                                        "transactionid"};
    if (one_in(random, 4)) put(text, "\xef\xbb\xbf");
    for (int i = 0; i < 5; i++) {
        if (i > 0) put(text, ",");
        put_field(text, d, names[d->order[i]], random);
    }
    if (d->has_note) put(text, ",note");
    put(text, d->newline);
}

void shop_text_write(shop_text *text, uint64_t *random) {
    dialect d = pick_dialect(random);
    text->n_bytes = 0;
    put_header(text, &d, random);
    int64_t line = 2;
    for (int i = 0; i < text->n_rows; i++) {
        text->row[i].line = line;
        text->begin[i] = text->n_bytes;
        line += 1 + put_row(text, &d, &text->row[i], random);
        text->end[i] = text->n_bytes;
        int ends_file = i == text->n_rows - 1 && text->end[i] > text->begin[i];
        if (!ends_file || !one_in(random, 3)) put(text, d.newline);
    }
}
