/* io/csv_catalog_rows.c: the fate of one row of item_properties or category_tree.
 *
 * Problem: decide about a row from its fields alone, twenty million times.
 *
 * A property row meets its fate in this order, the first one wins:
 *     field_count       fields != columns of the header (the caller sees that)
 *     bad_timestamp     not an integer in 0 .. TD_MAX_TIMESTAMP
 *     bad_item          not an integer in 0 .. 2^63-1
 *     empty_property    no property name
 *     unused            not categoryid, available or the price property
 *     bad_value         categoryid: not an integer >= 0; available: not 0 or 1; price: not
 *                       [n] digits [. 1 to 3 digits] below 10^12
 *     not in the log    the item has no event
 *     kept
 * and a tree row: field_count, bad_category, bad_parent (neither empty nor an integer), kept.
 *
 * Unused rows are checked too, as far as every row must be right; the value of an unused property
 * may be anything. Prices become integer thousandths: n277.2 and 277.200 are 277200, and no
 * floating point is involved, so sums of prices are exact.
 *
 * Item ids are looked up in a table by id where ids are dense (at most 16 times as many numbers as
 * items, or a million), else by binary search. Cost: a few ns a row, most of it for the two
 * integers. */
#include "io/csv_catalog_rows.h"

#include <string.h>

#include "core/base/mem.h"
#include "io/num_parse.h"

static const int64_t MAX_PRICE = INT64_C(1000000000000); /* whole units */

/* Items. --------------------------------------------------------------------------------------- */

td_status td_judge_open(td_judge_context *out, const td_iddict *items, const char *price_property,
                        td_error *err) {
    *out = (td_judge_context){.items = items, .price_property = price_property};
    uint64_t n = items->n > 0 ? (uint64_t)items->id[items->n - 1] + 1 : 0;
    if (n > 16 * (uint64_t)items->n + (1 << 20)) return TD_OK;
    TD_NEW(out->code, n, err);
    out->n = n;
    memset(out->code, 0xff, n * sizeof *out->code); /* TD_CODE_NONE */
    for (uint32_t c = 0; c < items->n; c++) out->code[items->id[c]] = c;
    return TD_OK;
}

void td_judge_close(td_judge_context *context) {
    td_mem_free(context->code);
    *context = (td_judge_context){0};
}

static uint32_t find_item(const td_judge_context *context, int64_t id) {
    if (context->code == NULL) return td_iddict_find(context->items, id);
    return (uint64_t)id < context->n ? context->code[id] : TD_CODE_NONE;
}

/* Judging. ------------------------------------------------------------------------------------- */

/* Quotes do not belong to a field; doubled ones inside make it unequal to any name. */
static int is_text(const td_csv_field *field, const char *text) {
    return field->n == strlen(text) && memcmp(field->text, text, field->n) == 0;
}

/* 1 and the thousandths, 0 when it is no price: a sign, a blank, an exponent and "Infinity" are
 * none.
 */
static int parse_price(const td_csv_field *field, int64_t *thousandths) {
    const char *text = field->text;
    uint64_t n = field->n;
    if (n > 0 && text[0] == 'n') {
        text++;
        n--;
    }
    const char *point = memchr(text, '.', n);
    uint64_t n_whole = point != NULL ? (uint64_t)(point - text) : n;
    int64_t whole;
    if (td_parse_id(text, n_whole, &whole) != TD_NUM_OK || whole >= MAX_PRICE) return 0;
    int64_t fraction = 0;
    if (point != NULL) {
        uint64_t n_fraction = n - n_whole - 1;
        if (n_fraction > 3 || td_parse_id(point + 1, n_fraction, &fraction) != TD_NUM_OK) return 0;
        for (; n_fraction < 3; n_fraction++) fraction *= 10;
    }
    *thousandths = 1000 * whole + fraction;
    return 1;
}

/* Value of a kept property, 0 when it is not one. */
static int parse_value(td_property property, const td_csv_field *field, int64_t *value) {
    switch (property) {
    case TD_CATEGORY:
        return td_parse_id(field->text, field->n, value) == TD_NUM_OK;
    case TD_AVAILABLE:
        *value = is_text(field, "1");
        return *value || is_text(field, "0");
    default:
        return parse_price(field, value);
    }
}

static td_property find_property(const td_judge_context *context, const td_csv_field *field) {
    if (is_text(field, "categoryid")) return TD_CATEGORY;
    if (is_text(field, "available")) return TD_AVAILABLE;
    if (is_text(field, context->price_property)) return TD_PRICE;
    return TD_N_PROPERTIES;
}

/* The order of the checks is the order of the reasons. */
int td_judge_property(const td_judge_context *context, const td_csv_field *field, void *row) {
    td_raw_property *out = row;
    const td_csv_field *f = &field[TD_COLUMN_TIMESTAMP];
    if (td_parse_id(f->text, f->n, &out->timestamp) != TD_NUM_OK) return TD_CATALOG_BAD_TIMESTAMP;
    if (out->timestamp > TD_MAX_TIMESTAMP) return TD_CATALOG_BAD_TIMESTAMP;
    int64_t item;
    f = &field[TD_COLUMN_ITEM];
    if (td_parse_id(f->text, f->n, &item) != TD_NUM_OK) return TD_CATALOG_BAD_ITEM;
    if (field[TD_COLUMN_PROPERTY].n == 0) return TD_CATALOG_EMPTY_PROPERTY;
    td_property property = find_property(context, &field[TD_COLUMN_PROPERTY]);
    if (property == TD_N_PROPERTIES) return TD_FATE_UNUSED;
    f = &field[TD_COLUMN_VALUE];
    if (!parse_value(property, f, &out->value)) return TD_CATALOG_BAD_VALUE;
    out->item = find_item(context, item);
    out->property = (uint8_t)property;
    out->text = f->text;
    out->length = (uint32_t)f->n; /* an integer or a price: far below 2^32 bytes */
    return out->item == TD_CODE_NONE ? TD_FATE_NOT_IN_LOG : TD_FATE_KEPT;
}

int td_judge_category(const td_judge_context *context, const td_csv_field *field, void *row) {
    (void)context;
    td_raw_category *out = row;
    const td_csv_field *f = &field[TD_COLUMN_CATEGORY];
    if (td_parse_id(f->text, f->n, &out->id) != TD_NUM_OK) return TD_CATALOG_BAD_CATEGORY;
    f = &field[TD_COLUMN_PARENT];
    out->parent = TD_NO_PARENT;
    if (f->n == 0) return TD_FATE_KEPT;
    return td_parse_id(f->text, f->n, &out->parent) == TD_NUM_OK ? TD_FATE_KEPT
                                                                 : TD_CATALOG_BAD_PARENT;
}
