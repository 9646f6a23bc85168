/* datasets/synth_properties.c: item_properties_part1.csv and _part2.csv of the synthetic shop.
 *
 * Problem: a reader must find, as of any time, exactly what the law saw in td_synth_offer_at; and
 * the full files must be as large and as mixed as the original (20.3 million rows, 0.9 GB).
 *
 * 1. An item's first snapshot writes categoryid (if it has one), available and 790, the price. Each
 *    later snapshot writes those of the three that changed. Full files also repeat unchanged values
 *    here and there, as the original does.
 * 2. Full files add hashed properties: COMMON_PROPERTIES that every item has, some rare ones, with
 *    numbers (n277.200), hashed words (1096904) or both, now and then a new value.
 * 3. The rows of ITEMS_PER_PIECE items are shuffled, so no file is sorted by anything; items come
 * in the order of popularity with scattered ids. The first 54.25 % of the items fill part 1, the
 *    share of the original.
 *
 * Cost: O(rows). Not done: rows between the weekly snapshots. */
#include "core/base/mem.h"
#include "core/base/rng.h"
#include "datasets/synth_shop.h"
#include "datasets/synth_text.h"

enum {
    ITEMS_PER_PIECE = 2048,
    N_PROPERTY_NAMES = 1104,
    COMMON_PROPERTIES = 14,
    MAX_RARE = 20,
    PRICE_PROPERTY = 790,
    MAX_ROW_BYTES = 112
};

/* Chosen so that the full files have the original's 20.3 million rows and its 45 bytes a row. */
#define PART1_SHARE    0.5425
#define REPEAT_RATE    0.06  /* full: an unchanged value is written again, a snapshot */
#define NEW_VALUE_RATE 0.047 /* full: a hashed property changes, a snapshot */

/* What stands in the value column. */
typedef enum value_kind { VALUE_INTEGER, VALUE_NUMBER, VALUE_WORDS } value_kind;
enum { NAME_CATEGORY = -1, NAME_AVAILABLE = -2 }; /* properties with a name in clear */

typedef struct row {
    uint64_t value; /* integer, thousandths, or the random bits that make words */
    uint32_t item;  /* id */
    int16_t name;   /* number, or NAME_ above */
    uint8_t week;
    uint8_t kind; /* value_kind */
} row;

typedef struct rows {
    row *row; /* [capacity] */
    uint64_t n;
    uint64_t capacity;
} rows;

typedef struct property_files {
    const td_synth_shop *shop;
    uint64_t *n_rows; /* [pieces] */
} property_files;

/* Room for `more` rows. */
static td_status reserve(rows *list, uint64_t more, td_error *err) {
    if (list->capacity - list->n >= more) return TD_OK;
    uint64_t capacity = 2 * list->capacity + more;
    row *grown = td_mem_resize(list->row, capacity, sizeof *grown, err);
    if (grown == NULL) return TD_ERR_NOMEM;
    list->row = grown;
    list->capacity = capacity;
    return TD_OK;
}

/* Step 1 for one item: three rows at its first snapshot, then one for each value that differs from
 * the snapshot before. A reader who takes the last row at or before a time finds the value of that
 * week. */
static void add_known(rows *list, const td_synth_item *item, int is_full, td_rng *rng) {
    for (int week = item->first_week; week < TD_SYNTH_N_WEEKS; week++) {
        int is_first = week == item->first_week;
        row base = {.item = item->id, .week = (uint8_t)week, .kind = VALUE_INTEGER};
        double repeat = is_full ? REPEAT_RATE : 0;
        row category = base;
        category.name = NAME_CATEGORY;
        category.value = td_synth_category_id(td_synth_category(item, week));
        int is_new = is_first || week == item->change_week || td_rng_uniform(rng) < repeat;
        if (is_new && item->has_category) list->row[list->n++] = category;
        row available = base;
        available.name = NAME_AVAILABLE;
        available.value = item->is_available >> week & 1;
        is_new = is_first || (item->is_available >> (week - 1) & 1) != available.value;
        if (is_new || td_rng_uniform(rng) < repeat) list->row[list->n++] = available;
        row price = base;
        price.name = PRICE_PROPERTY;
        price.kind = VALUE_NUMBER;
        price.value = td_synth_price(item, week);
        is_new = is_first || price.value != td_synth_price(item, week - 1);
        if (is_new || td_rng_uniform(rng) < repeat) list->row[list->n++] = price;
    }
}

/* Name of the i-th hashed property: a permutation without the price's name. */
static int16_t property_name(uint32_t i) {
    uint32_t name = (i * 37 + 5) % N_PROPERTY_NAMES;
    return (int16_t)(name == PRICE_PROPERTY ? N_PROPERTY_NAMES : name);
}

/* One hashed property over the weeks: a value at first, a new one now and then. */
static void add_hashed_property(rows *list, const td_synth_item *item, uint32_t i, td_rng *rng) {
    row property = {.item = item->id, .name = property_name(i)};
    property.kind = (uint8_t)(td_rng_uniform(rng) < 0.45 ? VALUE_NUMBER : VALUE_WORDS);
    for (int week = item->first_week; week < TD_SYNTH_N_WEEKS; week++) {
        int is_new = week == item->first_week || td_rng_uniform(rng) < NEW_VALUE_RATE;
        if (!is_new) continue;
        property.week = (uint8_t)week;
        property.value = td_rng_next(rng);
        list->row[list->n++] = property;
    }
}

/* Step 2 for one item. Rare names are 7 apart in a circle of 1,090, so no item has one twice. */
static void add_hashed(rows *list, const td_synth_item *item, td_rng *rng) {
    for (uint32_t i = 0; i < COMMON_PROPERTIES; i++) add_hashed_property(list, item, i, rng);
    uint32_t n_rare = (uint32_t)td_rng_below(rng, MAX_RARE + 1);
    uint32_t first = (uint32_t)td_rng_below(rng, N_PROPERTY_NAMES);
    enum { N_RARE_NAMES = N_PROPERTY_NAMES - COMMON_PROPERTIES };
    for (uint32_t i = 0; i < n_rare; i++) {
        uint32_t rare = COMMON_PROPERTIES + (first + 7 * i) % N_RARE_NAMES;
        add_hashed_property(list, item, rare, rng);
    }
}

/* One to eight words of 20 random bits each (overlapping), the first sometimes a number. */
static void put_words(td_synth_text *text, uint64_t bits) {
    uint32_t n = 1 + (uint32_t)(bits >> 61);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t word = bits >> (6 * i) & 0xFFFFF;
        if (i > 0) td_synth_put_char(text, ' ');
        if (i == 0 && (bits >> 59 & 3) == 0) {
            td_synth_put_char(text, 'n');
            td_synth_put_fixed(text, (word & 0x3FF) * 1000, 3);
        } else {
            td_synth_put_u64(text, word);
        }
    }
}

/* timestamp,itemid,property,value in at most MAX_ROW_BYTES. */
static void put_row(td_synth_text *text, const row *r) {
    td_synth_put_u64(text, (uint64_t)td_synth_week_time(r->week));
    td_synth_put_char(text, ',');
    td_synth_put_u64(text, r->item);
    if (r->name == NAME_CATEGORY) {
        td_synth_put(text, ",categoryid,", 12);
    } else if (r->name == NAME_AVAILABLE) {
        td_synth_put(text, ",available,", 11);
    } else {
        td_synth_put_char(text, ',');
        td_synth_put_u64(text, (uint64_t)r->name);
        td_synth_put_char(text, ',');
    }
    if (r->kind == VALUE_INTEGER) {
        td_synth_put_u64(text, r->value);
    } else if (r->kind == VALUE_WORDS) {
        put_words(text, r->value);
    } else {
        td_synth_put_char(text, 'n');
        uint64_t thousandths = r->name == PRICE_PROPERTY ? r->value : (r->value & 0xFFF) * 120;
        td_synth_put_fixed(text, thousandths, 3);
    }
    td_synth_put_char(text, '\n');
}

/* Every order equally likely (Fisher and Yates; Durstenfeld, doi:10.1145/364520.364540). */
static void shuffle(rows *list, td_rng *rng) {
    for (uint64_t i = list->n; i > 1; i--) {
        uint64_t j = td_rng_below(rng, i);
        row moved = list->row[j];
        list->row[j] = list->row[i - 1];
        list->row[i - 1] = moved;
    }
}

/* Rows of one piece of items, shuffled; one stream a piece, so pieces can be made by any thread. */
static td_status collect(rows *list, const td_synth_shop *shop, uint64_t piece, td_error *err) {
    const td_synth_catalog *catalog = &shop->world.catalog;
    int is_full = shop->params.properties == TD_SYNTH_PROPERTIES_FULL;
    uint64_t end = (piece + 1) * ITEMS_PER_PIECE;
    if (end > catalog->n_listed) end = catalog->n_listed;
    td_rng rng = td_rng_stream(shop->params.seed, "synth properties", piece, 0);
    for (uint64_t rank = piece * ITEMS_PER_PIECE; rank < end; rank++) {
        enum { MOST_ROWS = TD_SYNTH_N_WEEKS * (3 + COMMON_PROPERTIES + MAX_RARE) };
        TD_TRY(reserve(list, MOST_ROWS, err));
        add_known(list, &catalog->item[rank], is_full, &rng);
        if (is_full) add_hashed(list, &catalog->item[rank], &rng);
    }
    shuffle(list, &rng);
    return TD_OK;
}

/* Piece `index` of the two files together: part 2 goes on where part 1 ends. */
static td_status put_piece(void *ctx, uint64_t index, td_synth_text *text, td_error *err) {
    const property_files *files = ctx;
    rows list = {0};
    td_status status = collect(&list, files->shop, index, err);
    if (status == TD_OK) status = td_synth_text_reserve(text, MAX_ROW_BYTES * list.n, err);
    if (status == TD_OK) {
        for (uint64_t i = 0; i < list.n; i++) put_row(text, &list.row[i]);
        files->n_rows[index] = list.n;
    }
    td_mem_free(list.row);
    return status;
}

static td_status write_parts(const property_files *files, uint64_t n_pieces, const char *folder,
                             const td_exec *exec, td_error *err) {
    td_synth_pieces part = {.header = "timestamp,itemid,property,value",
                            .stage = "writing item properties",
                            .end = (uint64_t)((double)n_pieces * PART1_SHARE),
                            .fn = put_piece,
                            .ctx = (void *)(uintptr_t)files};
    TD_TRY(td_synth_write_pieces(folder, "item_properties_part1.csv", &part, exec, err));
    part.begin = part.end;
    part.end = n_pieces;
    return td_synth_write_pieces(folder, "item_properties_part2.csv", &part, exec, err);
}

td_status td_synth_write_properties(uint64_t *n_rows, const td_synth_shop *shop, const char *folder,
                                    const td_exec *exec, td_error *err) {
    uint64_t n_pieces = td_par_n_chunks(shop->world.catalog.n_listed, ITEMS_PER_PIECE);
    property_files files = {.shop = shop};
    TD_NEW_ZEROED(files.n_rows, n_pieces, err);
    td_status status = write_parts(&files, n_pieces, folder, exec, err);
    *n_rows = 0;
    for (uint64_t i = 0; i < n_pieces; i++) *n_rows += files.n_rows[i];
    td_mem_free(files.n_rows);
    return status;
}
