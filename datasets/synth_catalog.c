/* datasets/synth_catalog.c: draws the items and the category tree of the synthetic shop.
 *
 * Problem: the events need, for any item and any time, what the shop's property files say as of
 * then; and the property files must say exactly that.
 *
 * 1. Demand. Item of rank r is wanted with weight (r + a)^-s, a = A_SHARE n, s = EXPONENT: a short
 *    head and a long tail. Its distribution function has the inverse
 *        r(u) = ((1 - u) a^(1-s) + u (n + a)^(1-s))^(1/(1-s)) - a,
 *    tabulated at 4096 steps of u and linear between them, so that a draw costs no power.
 * 2. Ids. Item ids are (r * ID_STEP + ID_SHIFT) mod m with gcd(ID_STEP, m) = 1: distinct, and in
 *    no order that tells the popularity. Category ids likewise, mod the prime 1699.
 * 3. Tree. Categories 0 .. 24 are roots; category c >= 25 hangs below a uniformly drawn earlier
 *    one (a random recursive tree: depth about log c, root families of very different size). Items
 *    live in leaves, slot by slot.
 * 4. Item. One random stream each: listed or not, price log-normal, a Markov chain over the weekly
 *    snapshots for stock and another one for discounts, in rare cases a new category once.
 *
 * Cost: O(items x weeks). The stream of an item depends on (seed, rank) alone, so a larger
 * catalogue repeats the properties of a smaller one rank by rank. Not done: restocking by demand,
 * seasons. */
#include "datasets/synth_catalog.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"

enum { N_DEMAND = 4096, GRAIN = 8192, N_DISCOUNTS = 4, MAX_SLOTS = 700 };

/* Demand of rank r: (r + A_SHARE n)^-EXPONENT. The most wanted item then draws 2 % of the demand
 * of a shop with 5,000 items and 0.05 % with 240,000. */
#define EXPONENT 0.9
#define A_SHARE  0.0008

/* A prime above any number of items, so that multiplication by it permutes the residues. */
#define ID_STEP  UINT64_C(2654435761)
#define ID_SHIFT UINT64_C(187946)

/* Who stands in the property files: chosen so that availability is known for 80.7 % of the events
 * and the category for 76.2 %, as published (5 % of the events precede the first snapshot). */
#define LISTED_SHARE         0.895 /* of the items for sale */
#define LISTED_LATE_SHARE    0.10  /* of the listed: first snapshot is not the first week's */
#define WITH_CATEGORY_SHARE  0.9437
#define CATEGORY_MOVES_SHARE 0.03
/* Stock and discounts from snapshot to snapshot; prices are log-normal. */
#define IN_STOCK_FIRST_SHARE 0.80
#define STOCK_OUT_RATE       0.06 /* a week */
#define STOCK_IN_RATE        0.20
#define DISCOUNT_BEGIN_RATE  0.05
#define DISCOUNT_END_RATE    0.30
#define PRICE_LOG_MEDIAN     11.002099841204238 /* log 60000: a price of 60.000 */
#define PRICE_LOG_SD         1.1

static const uint32_t DISCOUNT_PERCENT[N_DISCOUNTS] = {0, 5, 15, 30};

void td_synth_catalog_free(td_synth_catalog *catalog) {
    td_mem_free(catalog->item);
    td_mem_free(catalog->demand);
    *catalog = (td_synth_catalog){0};
}

/* Step 2: a permutation of 0 .. 1698, of which the first 1,669 places are used. */
uint32_t td_synth_category_id(uint32_t category) {
    return (category * 613 + 809) % TD_SYNTH_CATEGORY_MOD;
}

int64_t td_synth_week_time(int week) {
    return TD_SYNTH_LOG_BEGIN + 7 * TD_SYNTH_DAY_MS * (week + 1);
}

/* Number of the last snapshot at or before time (ms), -1 before the first. */
static int week_of(int64_t time) {
    int64_t since = time - td_synth_week_time(0);
    if (since < 0) return -1;
    int64_t week = since / (7 * TD_SYNTH_DAY_MS);
    return week < TD_SYNTH_N_WEEKS ? (int)week : TD_SYNTH_N_WEEKS - 1;
}

/* base price * (100 - discount) / 100, rounded down to a thousandth. */
uint32_t td_synth_price(const td_synth_item *item, int week) {
    uint32_t percent = DISCOUNT_PERCENT[item->discount >> (2 * week) & 3];
    return (uint32_t)((uint64_t)item->base_price * (100 - percent) / 100);
}

uint32_t td_synth_category(const td_synth_item *item, int week) {
    return item->category[week >= item->change_week];
}

td_synth_offer td_synth_offer_at(const td_synth_catalog *catalog, uint32_t rank, int64_t time) {
    const td_synth_item *item = &catalog->item[rank];
    int week = week_of(time);
    if (week < item->first_week) return (td_synth_offer){0};
    return (td_synth_offer){
        .price = td_synth_price(item, week),
        .category = item->has_category ? (uint16_t)td_synth_category(item, week) : 0,
        .is_listed = 1,
        .has_category = item->has_category,
        .is_available = item->is_available >> week & 1,
    };
}

/* Step 1: u in [0, 1) picks one of 4096 equal shares of the demand, then a rank evenly inside it.
 */
uint32_t td_synth_draw_item(const td_synth_catalog *catalog, td_rng *rng) {
    double at = td_rng_uniform(rng) * N_DEMAND;
    uint32_t step = (uint32_t)at;
    double begin = catalog->demand[step];
    double end = catalog->demand[step + 1];
    uint32_t rank = (uint32_t)(begin + (end - begin) * (at - step));
    return rank < catalog->n_items ? rank : catalog->n_items - 1;
}

/* Ranks are dealt to slots like cards: rank r lies in slot r mod n_slots. A draw by demand is moved
 * to the wanted slot within its round, which hardly changes its popularity:
 *
 *     round   |0 1 2 .. n_slots-1|0 1 2 .. n_slots-1|0 1 2 ..
 *     drawn                             ^ -> moved to the slot of `rank` in the same round */
uint32_t td_synth_draw_related(const td_synth_catalog *catalog, uint32_t rank, td_rng *rng) {
    uint32_t drawn = td_synth_draw_item(catalog, rng);
    uint32_t related = drawn - drawn % catalog->n_slots + rank % catalog->n_slots;
    return related < catalog->n_items ? related : related - catalog->n_slots;
}

/* r(u) of the file head at N_DEMAND + 1 points, from 0 to n. */
static void build_demand(td_synth_catalog *catalog) {
    double n = catalog->n_items;
    double a = A_SHARE * n;
    double low = td_pow(a, 1 - EXPONENT);
    double high = td_pow(n + a, 1 - EXPONENT);
    for (int i = 0; i <= N_DEMAND; i++) {
        double u = (double)i / N_DEMAND;
        double rank = td_pow((1 - u) * low + u * high, 1 / (1 - EXPONENT)) - a;
        catalog->demand[i] = fmin(fmax(rank, 0), n);
    }
}

/* Step 3; leaf[] receives the categories without children, ascending; returns how many. The tree
 * has a stream without the seed: it is the same in every shop, as the effects of its roots are. */
static uint32_t build_tree(td_synth_catalog *catalog, uint16_t leaf[TD_SYNTH_N_CATEGORIES]) {
    td_rng rng = td_rng_stream(0, "synth tree", 0, 0);
    uint8_t has_child[TD_SYNTH_N_CATEGORIES] = {0};
    for (uint32_t c = 0; c < TD_SYNTH_N_CATEGORIES; c++) {
        int is_root = c < TD_SYNTH_N_ROOTS;
        uint32_t parent = is_root ? c : (uint32_t)td_rng_below(&rng, c);
        catalog->parent[c] = (uint16_t)parent;
        catalog->root[c] = is_root ? (uint16_t)c : catalog->root[parent];
        catalog->depth[c] = is_root ? 0 : (uint8_t)(catalog->depth[parent] + 1);
        has_child[parent] = 1;
    }
    uint32_t n_leaves = 0;
    for (uint32_t c = 0; c < TD_SYNTH_N_CATEGORIES; c++) {
        if (!has_child[c]) leaf[n_leaves++] = (uint16_t)c;
    }
    return n_leaves;
}

typedef struct item_build {
    td_synth_catalog *catalog;
    const uint16_t *leaf; /* [n_leaves] */
    uint32_t n_leaves;
    uint32_t band_end[2]; /* ranks where the first and second third of the demand end */
    uint64_t id_mod;
    uint64_t seed;
} item_build;

/* Step 4: stock (in, out) and discount (none, one of three) as Markov chains over the snapshots.
 * Both draws are made in every week, so that a change in one chain leaves the other as it is. */
static void draw_weeks(td_synth_item *item, td_rng *rng) {
    int in_stock = td_rng_uniform(rng) < IN_STOCK_FIRST_SHARE;
    uint64_t discount = 0;
    for (int week = 0; week < TD_SYNTH_N_WEEKS; week++) {
        double u = td_rng_uniform(rng);
        if (u < (in_stock ? STOCK_OUT_RATE : STOCK_IN_RATE)) in_stock = !in_stock;
        double v = td_rng_uniform(rng);
        if (discount == 0 && v < DISCOUNT_BEGIN_RATE) {
            discount = 1 + td_rng_below(rng, N_DISCOUNTS - 1);
        } else if (discount != 0 && v < DISCOUNT_END_RATE) {
            discount = 0;
        }
        item->is_available |= (uint32_t)in_stock << week;
        item->discount |= discount << (2 * week);
    }
}

/* Step 4: everything else. All draws are made for every item, wanted or not: the stream's positions
 * have fixed meanings. */
static void draw_item_properties(td_synth_item *item, const item_build *build, uint32_t rank) {
    td_rng rng = td_rng_stream(build->seed, "synth item", rank, 0);
    int is_extra = rank >= build->catalog->n_items; /* there for the property files alone */
    int is_listed = td_rng_uniform(&rng) < LISTED_SHARE || is_extra;
    int is_late = td_rng_uniform(&rng) < LISTED_LATE_SHARE;
    int late_week = 1 + (int)td_rng_below(&rng, TD_SYNTH_N_WEEKS - 1);
    item->first_week = (uint8_t)(!is_listed ? TD_SYNTH_N_WEEKS : is_late ? late_week : 0);
    item->has_category = td_rng_uniform(&rng) < WITH_CATEGORY_SHARE;
    uint32_t slot = rank % build->catalog->n_slots;
    uint64_t leaf = (uint64_t)slot * build->n_leaves / build->catalog->n_slots;
    item->category[0] = build->leaf[leaf];
    int moves = td_rng_uniform(&rng) < CATEGORY_MOVES_SHARE;
    int move_week = 1 + (int)td_rng_below(&rng, TD_SYNTH_N_WEEKS - 1);
    item->change_week = (uint8_t)(moves ? move_week : TD_SYNTH_N_WEEKS);
    item->category[1] = build->leaf[td_rng_below(&rng, build->n_leaves)];
    double log_price = PRICE_LOG_MEDIAN + PRICE_LOG_SD * td_rng_normal(&rng);
    item->base_price = (uint32_t)fmin(fmax(td_exp(log_price), 1000), 4e9);
    draw_weeks(item, &rng);
}

/* One chunk of ranks; popularity bands are thirds of the demand. */
static td_status draw_items(void *ctx, td_chunk chunk, td_error *err) {
    const item_build *build = ctx;
    (void)err;
    for (uint32_t rank = (uint32_t)chunk.begin; rank < chunk.end; rank++) {
        td_synth_item *item = &build->catalog->item[rank];
        *item = (td_synth_item){.id = (uint32_t)((rank * ID_STEP + ID_SHIFT) % build->id_mod)};
        item->popularity_band =
            (uint8_t)((rank < build->band_end[0]) + (rank < build->band_end[1]));
        draw_item_properties(item, build, rank);
    }
    return TD_OK;
}

static td_status build_items(td_synth_catalog *catalog, uint64_t seed, const td_exec *exec,
                             td_error *err) {
    uint16_t leaf[TD_SYNTH_N_CATEGORIES];
    item_build build = {.catalog = catalog, .leaf = leaf, .seed = seed};
    build.n_leaves = build_tree(catalog, leaf);
    /* ids as sparse as the original's: 417,053 listed items below 466,867 */
    build.id_mod = (uint64_t)catalog->n_items * 2;
    if (build.id_mod < catalog->n_listed) build.id_mod = catalog->n_listed;
    while (build.id_mod % ID_STEP == 0) build.id_mod++;
    build_demand(catalog);
    build.band_end[0] = (uint32_t)catalog->demand[N_DEMAND / 3];
    build.band_end[1] = (uint32_t)catalog->demand[2 * N_DEMAND / 3];
    return td_par_for(exec, catalog->n_listed, GRAIN, draw_items, &build, err);
}

td_status td_synth_catalog_build(td_synth_catalog *out, uint32_t n_items, uint32_t n_listed,
                                 uint64_t seed, const td_exec *exec, td_error *err) {
    TD_CHECK(n_items >= TD_SYNTH_N_ROOTS && n_listed >= n_items, err, TD_ERR_RANGE,
             "a shop needs at least %d items, got %u", TD_SYNTH_N_ROOTS, n_items);
    *out = (td_synth_catalog){.n_items = n_items, .n_listed = n_listed};
    out->n_slots = n_items / 20 < MAX_SLOTS ? n_items / 20 : MAX_SLOTS;
    if (out->n_slots < TD_SYNTH_N_ROOTS) out->n_slots = TD_SYNTH_N_ROOTS;
    out->item = td_mem_array(n_listed, sizeof *out->item, err);
    out->demand = td_mem_array(N_DEMAND + 1, sizeof *out->demand, err);
    td_status status = TD_ERR_NOMEM;
    if (out->item != NULL && out->demand != NULL) status = build_items(out, seed, exec, err);
    if (status != TD_OK) td_synth_catalog_free(out);
    return status;
}
