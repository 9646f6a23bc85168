/* datasets/synth.c: the synthetic shop from parameters to a folder of files.
 *
 * Problem: tests, demos and benchmarks need a shop's log that may be given away, of any size, with
 * the shape of a real one, and with the truth beside it.
 *
 *     params -> catalog -> visitors (in parallel, 4096 a chunk) -> join by time -> files, summary
 *               synth_catalog  synth_visitor, synth_session, synth_law   synth_join
 *
 * 1. Sizes: the preset's visitors and items times scale; the heavy visitors of the original (7,757,
 *    4,328 and 3,024 events, then a power tail) once per unit of scale, smaller below scale 1.
 * 2. Every visitor and every item has a random stream named by its number, so chunks can be drawn
 *    by any thread.
 * 3. events.csv stands in the order of time, visitors of one millisecond by number; the property
 *    files are shuffled; the truth is ordered by (visitor, start), as sessions are numbered.
 *
 * Cost: O(events + property rows). The law is explained in datasets/README.md. */
#include "datasets/synth.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "datasets/synth_shop.h"

enum {
    VISITOR_GRAIN = 4096,
    N_HEAVY = 64,         /* per unit of scale */
    N_PUBLISHED_HEAVY = 3 /* of them with published numbers of events */
};

/* What distinguishes the presets. */
typedef struct preset {
    const char *name;
    double n_visitors;
    double n_items;  /* for sale */
    double n_listed; /* in the full property files */
    double shift;    /* log-odds of a purchase */
} preset;

static const preset PRESETS[] = {
    [TD_SYNTH_DEMO] = {"demo", 30600, 5300, 9300, 0.8},
    [TD_SYNTH_RETAILROCKET] = {"retailrocket", 1407580, 243000, 417053, 0},
};
static const char *const PROPERTIES_NAMES[] = {"none", "light", "full"};

/* Events of the three heaviest visitors and of the longest session of the original. */
static const uint32_t PUBLISHED_HEAVY[N_PUBLISHED_HEAVY] = {7757, 4328, 3024};
#define LONGEST_SESSION 417

td_synth_params td_synth_params_default(td_synth_preset which) {
    return (td_synth_params){
        .preset = which, .properties = TD_SYNTH_PROPERTIES_LIGHT, .scale = 1, .seed = 1};
}

td_status td_synth_preset_find(td_synth_preset *out, const char *name, td_error *err) {
    for (int i = 0; i <= TD_SYNTH_RETAILROCKET; i++) {
        if (strcmp(PRESETS[i].name, name) != 0) continue;
        *out = (td_synth_preset)i;
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_ARG, "no preset '%s': demo, retailrocket", name);
}

td_status td_synth_properties_find(td_synth_properties *out, const char *name, td_error *err) {
    for (int i = 0; i <= TD_SYNTH_PROPERTIES_FULL; i++) {
        if (strcmp(PROPERTIES_NAMES[i], name) != 0) continue;
        *out = (td_synth_properties)i;
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_ARG, "no properties '%s': none, light, full", name);
}

/* Events of the i-th heaviest visitor; after the published three 2700 (3 / i)^0.8. */
static uint32_t heavy_events(uint32_t i, double size) {
    double n = i < N_PUBLISHED_HEAVY ? PUBLISHED_HEAVY[i] : 2700 * td_pow(3.0 / i, 0.8);
    return (uint32_t)fmax(1, floor(n * fmin(size, 1)));
}

/* Heavy visitors stand evenly over the numbers, the heaviest ones not together: the i-th, rank
 * i * 37 mod n_heavy of the list. `size` is relative to the retailrocket preset. */
static td_status build_heavy(td_synth_world *world, double size, td_error *err) {
    uint32_t per_rank = size < 1 ? 1 : (uint32_t)size;
    uint32_t n_ranks = size < 1 ? (uint32_t)(size * N_HEAVY) : N_HEAVY;
    if (n_ranks < N_PUBLISHED_HEAVY) n_ranks = N_PUBLISHED_HEAVY;
    uint32_t n = n_ranks * per_rank;
    TD_CHECK(n < world->n_visitors, err, TD_ERR_RANGE, "a shop needs more than %u visitors", n);
    TD_NEW(world->heavy, n, err);
    world->n_heavy = n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t rank = (uint32_t)((uint64_t)i * 37 % n_ranks);
        uint32_t longest = rank == 0 ? (uint32_t)(LONGEST_SESSION * fmin(size, 1)) : 0;
        world->heavy[i] = (td_synth_heavy){
            .visitor = (uint32_t)(((uint64_t)i * 2 + 1) * world->n_visitors / (2 * (uint64_t)n)),
            .n_events = heavy_events(rank, size),
            .longest = longest,
        };
    }
    return TD_OK;
}

/* Step 2: chunk i of the visitors fills trace i. */
typedef struct live_all {
    const td_synth_world *world;
    td_synth_trace *trace; /* [chunks] */
} live_all;

static td_status live_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const live_all *all = ctx;
    for (uint64_t visitor = chunk.begin; visitor < chunk.end; visitor++) {
        TD_TRY(td_synth_visitor_live(&all->trace[chunk.index], all->world, (uint32_t)visitor, err));
    }
    return TD_OK;
}

/* All visitors, then one log. The traces are freed piece by piece while they are joined. */
static td_status build_events(td_synth_shop *shop, const td_exec *exec, td_error *err) {
    uint64_t n_traces = td_par_n_chunks(shop->world.n_visitors, VISITOR_GRAIN);
    live_all all = {.world = &shop->world};
    TD_NEW_ZEROED(all.trace, n_traces, err);
    td_status status =
        td_par_for(exec, shop->world.n_visitors, VISITOR_GRAIN, live_chunk, &all, err);
    if (status == TD_OK) status = td_synth_join(shop, all.trace, n_traces, exec, err);
    for (uint64_t t = 0; t < n_traces; t++) td_synth_trace_free(&all.trace[t]);
    td_mem_free(all.trace);
    return status;
}

/* Sizes, catalogue, events; what was made before a failure is freed by the caller. */
static td_status build_shop(td_synth_shop *shop, const td_exec *exec, td_error *err) {
    const preset *p = &PRESETS[shop->params.preset];
    double scale = shop->params.scale;
    TD_CHECK(scale >= 0.001 && scale <= 100, err, TD_ERR_RANGE, "scale %g is not in 0.001 .. 100",
             scale);
    td_synth_world *world = &shop->world;
    world->n_visitors = (uint32_t)(p->n_visitors * scale);
    world->shift = p->shift;
    world->seed = shop->params.seed;
    td_synth_calendar_init(&world->calendar);
    double size = p->n_visitors * scale / PRESETS[TD_SYNTH_RETAILROCKET].n_visitors;
    TD_TRY(build_heavy(world, size, err));
    uint32_t n_items = (uint32_t)fmax(TD_SYNTH_N_ROOTS, p->n_items * scale);
    int is_full = shop->params.properties == TD_SYNTH_PROPERTIES_FULL;
    uint32_t n_listed = is_full ? (uint32_t)fmax(n_items, p->n_listed * scale) : n_items;
    TD_TRY(td_synth_catalog_build(&world->catalog, n_items, n_listed, world->seed, exec, err));
    return build_events(shop, exec, err);
}

td_status td_synth_build(td_synth_shop **out, const td_synth_params *params, const td_exec *exec,
                         td_error *err) {
    td_synth_shop *shop;
    TD_NEW_ZEROED(shop, 1, err);
    shop->params = *params;
    td_status status = build_shop(shop, exec, err);
    if (status != TD_OK) {
        td_synth_free(shop);
        return status;
    }
    *out = shop;
    return TD_OK;
}

void td_synth_free(td_synth_shop *shop) {
    if (shop == NULL) return;
    td_synth_catalog_free(&shop->world.catalog);
    td_mem_free(shop->world.heavy);
    td_mem_free(shop->event);
    td_mem_free(shop->session);
    td_mem_free(shop);
}

const td_synth_session *td_synth_sessions(const td_synth_shop *shop, uint64_t *n) {
    *n = shop->n_sessions;
    return shop->session;
}

td_status td_synth_raw_events(td_raw_events *out, const td_synth_shop *shop, td_error *err) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < shop->n_events; i++) n += shop->event[i].n_rows;
    TD_TRY(td_raw_events_init(out, n, err));
    uint64_t row = 0;
    for (uint64_t i = 0; i < shop->n_events; i++) {
        const td_synth_event *event = &shop->event[i];
        for (int copy = 0; copy < event->n_rows; copy++, row++) {
            int is_transaction = event->kind == TD_TRANSACTION;
            out->timestamp[row] = event->timestamp;
            out->visitor[row] = event->visitor;
            out->item[row] = shop->world.catalog.item[event->rank].id;
            out->transaction[row] = is_transaction ? (int64_t)event->order : TD_NO_TRANSACTION;
            out->kind[row] = event->kind;
        }
    }
    return TD_OK;
}

td_status td_synth_generate(td_synth_summary *summary, const td_synth_params *params,
                            const char *folder, const td_exec *exec, td_error *err) {
    td_synth_shop *shop;
    TD_TRY(td_synth_build(&shop, params, exec, err));
    td_status status = td_synth_write(summary, shop, folder, exec, err);
    td_synth_free(shop);
    return status;
}
