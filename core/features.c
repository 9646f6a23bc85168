/* core/features.c: the registry and the engine that fills the feature table.
 *
 * Problem: for every population row, one value per feature, each computed from what its scope
 * allows.
 *
 * 1. registry: the five lists of features_table.h, concatenated, are the columns;
 * 2. features whose file is missing are left out and listed; whether a file is *there* decides,
 *    never what is in it, so a log cut off earlier has the same columns;
 * 3. four scopes walk visitor by visitor, in parallel over fixed chunks of visitors:
 *
 *        for each visitor with rows:  forget the past
 *            for each session, ascending, up to the last one with a row:
 *                if it is in the population: gather views, call prefix, visitor, catalog, clock
 *                absorb it into the past
 *
 * 4. the market scope needs the time line: the walk leaves the prefix's items of each row in slots,
 *    one sweep (features_sweep.c) answers them in the order of starts;
 * 5. its values are copied from that order to the rows' columns, in parallel.
 *
 * A chunk writes only its own rows, and no value depends on another chunk: the bits do not depend
 * on the thread count. Cost: O(events + rows); memory 8 bytes a value plus 28 bytes an item and
 * worker. It does not choose, scale or impute: missing stays NaN. */
#include "core/features.h"

#include "core/base/mem.h"
#include "core/features_gather.h"
#include "core/features_past.h"
#include "core/features_sweep.h"
#include "core/features_views.h"

enum { VISITOR_GRAIN = 4096, ROW_GRAIN = 1 << 16 };

/* First column of each scope in the registry. */
enum {
    FIRST_VISITOR = TD_N_PREFIX,
    FIRST_MARKET = FIRST_VISITOR + TD_N_VISITOR,
    FIRST_CATALOG = FIRST_MARKET + TD_N_MARKET,
    FIRST_CLOCK = FIRST_CATALOG + TD_N_CATALOG,
    N_FEATURES = FIRST_CLOCK + TD_N_CLOCK
};

#define PREFIX_INFO(name, needs, definition)  {#name, definition, TD_SCOPE_PREFIX, needs},
#define VISITOR_INFO(name, needs, definition) {#name, definition, TD_SCOPE_VISITOR, needs},
#define MARKET_INFO(name, needs, definition)  {#name, definition, TD_SCOPE_MARKET, needs},
#define CATALOG_INFO(name, needs, definition) {#name, definition, TD_SCOPE_CATALOG, needs},
#define CLOCK_INFO(name, needs, definition)   {#name, definition, TD_SCOPE_CLOCK, needs},

static const td_feature_info REGISTRY[N_FEATURES] = {TD_PREFIX_FEATURES(PREFIX_INFO)   /* */
                                                     TD_VISITOR_FEATURES(VISITOR_INFO) /* */
                                                     TD_MARKET_FEATURES(MARKET_INFO)   /* */
                                                     TD_CATALOG_FEATURES(CATALOG_INFO) /* */
                                                     TD_CLOCK_FEATURES(CLOCK_INFO)};

const char *td_scope_name(td_scope scope) {
    static const char *const name[TD_N_SCOPES] = {"prefix", "visitor", "market", "catalog",
                                                  "clock"};
    return name[scope];
}

uint32_t td_feature_count(void) { return N_FEATURES; }

const td_feature_info *td_feature_at(uint32_t i) { return &REGISTRY[i]; }

td_status td_feature_choice_init(td_feature_choice *out, td_error *err) {
    *out = (td_feature_choice){0};
    out->id = td_mem_array(N_FEATURES, sizeof *out->id, err);
    out->name = td_mem_array(N_FEATURES, sizeof *out->name, err);
    if (out->id != NULL && out->name != NULL) return TD_OK;
    td_feature_choice_free(out);
    return TD_ERR_NOMEM;
}

void td_feature_choice_free(td_feature_choice *choice) {
    td_mem_free(choice->id);
    td_mem_free(choice->name);
    *choice = (td_feature_choice){0};
}

void td_feature_set_free(td_feature_set *set) {
    td_table_free(&set->features);
    td_mem_free(set->id);
    td_mem_free(set->removed);
    td_mem_free(set->session);
    td_mem_free(set->visitor);
    td_mem_free(set->start);
    td_mem_free(set->decision);
    td_mem_free(set->label);
    *set = (td_feature_set){0};
}

/* Step 2. */
static int files_present(const td_catalog *catalog) {
    if (catalog == NULL) return TD_NEEDS_NOTHING;
    return (catalog->has_properties ? TD_NEEDS_PROPERTIES : 0) |
           (catalog->has_tree ? TD_NEEDS_TREE : 0);
}

static td_status choose_columns(td_feature_set *out, uint32_t *n_columns,
                                const td_feature_inputs *inputs, td_error *err) {
    const td_feature_choice *choice = inputs->choice;
    int present = files_present(inputs->catalog);
    uint32_t n = choice == NULL ? N_FEATURES : choice->n;
    TD_NEW(out->id, N_FEATURES, err);
    TD_NEW(out->removed, N_FEATURES, err);
    *n_columns = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t f = choice == NULL ? i : choice->id[i];
        int is_possible = (REGISTRY[f].needs & ~present) == 0;
        if (is_possible) {
            out->id[(*n_columns)++] = f;
        } else {
            out->removed[out->n_removed++] = f;
        }
    }
    TD_CHECK(*n_columns > 0, err, TD_ERR_SHAPE,
             "every chosen feature needs item properties or a category tree, which are not there");
    return TD_OK;
}

/* What the column of feature f is called. */
static const char *column_name(const td_feature_choice *choice, uint32_t f) {
    for (uint32_t i = 0; choice != NULL && i < choice->n; i++)
        if (choice->id[i] == f) return choice->name[i];
    return REGISTRY[f].name;
}

/* Columns are not zeroed: every value of them is written, by the thread that computes it. */
static td_status make_columns(td_feature_set *out, double **column, const td_feature_choice *choice,
                              td_error *err) {
    for (uint32_t i = 0; i < out->features.n_columns; i++) {
        td_column *to = &out->features.column[i];
        to->kind = TD_COLUMN_NUMBER;
        to->name = td_mem_text(column_name(choice, out->id[i]), err);
        to->number = td_mem_array(out->n, sizeof *to->number, err);
        if (to->name == NULL || to->number == NULL) return TD_ERR_NOMEM;
        column[out->id[i]] = to->number;
    }
    return TD_OK;
}

/* What names a row and what is to be predicted: kept apart from the features. */
static td_status make_row_columns(td_feature_set *out, const td_feature_inputs *inputs,
                                  td_error *err) {
    const td_population *population = inputs->population;
    TD_NEW(out->session, out->n, err);
    TD_NEW(out->visitor, out->n, err);
    TD_NEW(out->start, out->n, err);
    TD_NEW(out->decision, out->n, err);
    TD_NEW(out->label, out->n, err);
    for (uint64_t i = 0; i < out->n; i++) {
        uint32_t s = population->session[i];
        out->session[i] = s;
        out->visitor[i] = inputs->events->visitors.id[inputs->sessions->visitor[s]];
        out->start[i] = inputs->sessions->start[s];
        out->decision[i] = population->decision[i];
        out->label[i] = population->label[i];
    }
    out->n_positives = population->n_positives;
    return TD_OK;
}

/* Step 3. */
typedef struct worker {
    td_gather gather;
    td_past past;
} worker;

typedef struct walk_job {
    const td_feature_inputs *inputs; /* catalog NULL when there is no property file */
    double *const *column;           /* [N_FEATURES], NULL = removed */
    worker *workers;                 /* one a thread */
    td_slots slots;                  /* step 4 */
    td_market_values market;         /* step 5 */
} walk_job;

/* Values of one scope into their columns. Rows of a chunk follow each other, so that each of the
 * many columns is written in order. */
static void store(const walk_job *job, int first, int n, uint64_t row, const double *value) {
    for (int f = 0; f < n; f++) {
        double *column = job->column[first + f];
        if (column != NULL) column[row] = value[f];
    }
}

/* What the sweep needs of this row, so that it need not look at events or catalog again. A row owns
 * as many places as its session has events: there are no more items than events. */
static void leave_slots(const walk_job *job, const td_gather *gather, uint64_t row,
                        uint32_t n_items) {
    td_slot *slot = job->slots.slot + job->slots.begin[row];
    job->slots.n_slots[row] = n_items;
    for (uint32_t i = 0; i < n_items; i++) {
        slot[i] = (td_slot){.price = gather->fact[i].price,
                            .item = gather->item_code[i],
                            .category = gather->category_code[i],
                            .is_carted = gather->item[i].n_of_kind[TD_ADDTOCART] > 0};
    }
}

/* All scopes but the market. Each function gets its own view and writes its own values. */
static void serve_row(const walk_job *job, worker *w, uint64_t row) {
    double value[N_FEATURES];
    td_prefix_view prefix = td_gather_prefix(&w->gather, job->inputs, row);
    td_features_prefix(value, &prefix);
    store(job, 0, TD_N_PREFIX, row, value);
    td_visitor_view visitor =
        td_past_view(&w->past, prefix.start, w->gather.item_code, prefix.n_items);
    td_features_visitor(value, &visitor);
    store(job, FIRST_VISITOR, TD_N_VISITOR, row, value);
    td_catalog_view catalog = td_gather_catalog(&w->gather, job->inputs, row, prefix.n_items);
    td_features_catalog(value, &prefix, &catalog);
    store(job, FIRST_CATALOG, TD_N_CATALOG, row, value);
    td_clock_view clock = {prefix.decision};
    td_features_clock(value, &clock);
    store(job, FIRST_CLOCK, TD_N_CLOCK, row, value);
    leave_slots(job, &w->gather, row, prefix.n_items);
}

/* First population row whose session is s or later. */
static uint64_t first_row(const td_population *population, uint32_t s) {
    uint64_t low = 0;
    uint64_t high = population->n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (population->session[middle] < s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Rows of one visitor, from `row` on; returns the row behind them. */
static uint64_t walk_visitor(const walk_job *job, worker *w, uint64_t row) {
    const td_population *population = job->inputs->population;
    const td_sessions *sessions = job->inputs->sessions;
    uint32_t v = sessions->visitor[population->session[row]];
    uint32_t s = sessions->visitor_begin[v];
    td_past_begin(&w->past, v);
    while (row < population->n && population->session[row] < sessions->visitor_begin[v + 1]) {
        for (; s < population->session[row]; s++) td_past_absorb(&w->past, job->inputs, s);
        serve_row(job, w, row++);
    }
    return row;
}

/* A chunk is a range of visitors, so no visitor's past is cut in two. */
static td_status walk_visitors(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const walk_job *job = ctx;
    const td_population *population = job->inputs->population;
    const uint32_t *visitor_begin = job->inputs->sessions->visitor_begin;
    uint64_t row = first_row(population, visitor_begin[chunk.begin]);
    while (row < population->n && population->session[row] < visitor_begin[chunk.end]) {
        row = walk_visitor(job, &job->workers[chunk.worker], row);
    }
    return TD_OK;
}

/* Scratch of each thread; it holds nothing that outlives a row or a visitor. */
static td_status init_workers(walk_job *job, int n_workers, td_arena *arena, td_error *err) {
    uint64_t longest = td_gather_longest(job->inputs->sessions);
    job->workers = td_arena_array(arena, (uint64_t)n_workers, sizeof *job->workers, err);
    if (job->workers == NULL) return TD_ERR_NOMEM;
    for (int i = 0; i < n_workers; i++) {
        worker *w = &job->workers[i];
        TD_TRY(td_gather_init(&w->gather, job->inputs, longest, arena, err));
        TD_TRY(td_past_init(&w->past, job->inputs, longest, arena, err));
    }
    return TD_OK;
}

/* Step 5. */
static td_status copy_market(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const walk_job *job = ctx;
    for (uint64_t row = chunk.begin; row < chunk.end; row++) {
        const double *value = job->market.value + (uint64_t)job->market.rank[row] * TD_N_MARKET;
        store(job, FIRST_MARKET, TD_N_MARKET, row, value);
    }
    return TD_OK;
}

/* Places of each row, one behind the other. */
static td_status make_slots(td_slots *slots, const td_feature_inputs *inputs, td_error *err) {
    const td_population *population = inputs->population;
    const uint32_t *event_begin = inputs->sessions->begin;
    TD_NEW(slots->begin, population->n, err);
    TD_NEW(slots->n_slots, population->n, err);
    uint32_t n = 0;
    for (uint64_t row = 0; row < population->n; row++) {
        uint32_t s = population->session[row];
        slots->begin[row] = n;
        n += event_begin[s + 1] - event_begin[s];
    }
    TD_NEW(slots->slot, n, err);
    return TD_OK;
}

/* Step 4. */
static td_status sweep_market(walk_job *job, const td_exec *exec, td_error *err) {
    const td_feature_inputs *inputs = job->inputs;
    const td_item_log *given = inputs->item_log;
    if (given != NULL) return td_market_sweep(&job->market, inputs, given, &job->slots, exec, err);
    td_item_log own;
    TD_TRY(td_item_log_build(&own, inputs->events, exec, err));
    td_status status = td_market_sweep(&job->market, inputs, &own, &job->slots, exec, err);
    td_item_log_free(&own);
    return status;
}

static td_status run_steps(walk_job *job, td_arena *arena, const td_exec *exec, td_error *err) {
    const td_feature_inputs *inputs = job->inputs;
    TD_TRY(make_slots(&job->slots, inputs, err));
    TD_TRY(init_workers(job, td_exec_threads(exec), arena, err));
    TD_TRY(td_par_for(exec, inputs->events->visitors.n, VISITOR_GRAIN, walk_visitors, job, err));
    TD_TRY(sweep_market(job, exec, err));
    return td_par_for(exec, inputs->population->n, ROW_GRAIN, copy_market, job, err);
}

static td_status fill_columns(double *const *column, const td_feature_inputs *inputs,
                              const td_exec *exec, td_error *err) {
    td_feature_inputs bounded = *inputs;
    /* a tree alone says nothing about items */
    if (bounded.catalog != NULL && !bounded.catalog->has_properties) bounded.catalog = NULL;
    td_arena arena = {0};
    walk_job job = {.inputs = &bounded, .column = column};
    td_status status = run_steps(&job, &arena, exec, err);
    td_market_values_free(&job.market);
    td_mem_free(job.slots.slot);
    td_mem_free(job.slots.begin);
    td_mem_free(job.slots.n_slots);
    td_arena_free(&arena);
    return status;
}

td_status td_features_build(td_feature_set *out, const td_feature_inputs *inputs,
                            const td_exec *exec, td_error *err) {
    *out = (td_feature_set){.n = inputs->population->n};
    double *column[N_FEATURES] = {NULL};
    uint32_t n_columns = 0;
    td_status status = choose_columns(out, &n_columns, inputs, err);
    if (status == TD_OK) status = td_table_init(&out->features, out->n, n_columns, err);
    if (status == TD_OK) status = make_columns(out, column, inputs->choice, err);
    if (status == TD_OK) status = make_row_columns(out, inputs, err);
    if (status == TD_OK) status = fill_columns(column, inputs, exec, err);
    if (status != TD_OK) td_feature_set_free(out);
    return status;
}
