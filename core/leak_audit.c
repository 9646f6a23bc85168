/* core/leak_audit.c: truncation and poison, cut by cut.
 *
 * Problem: show on the user's own data that no feature of a session depends on a row later than its
 * decision. For a cut C, engine E and log L:
 *
 *     truncation   E(rows of L with time <= C)                        = E(L)
 *     poison       E(rows of L with time <= C, then random rows > C)  = E(L)
 *
 * for every session decided at C or before, bit by bit, feature by feature, sessions matched by
 * (visitor, start).
 *
 *   1. cuts: decision times, one drawn from each of n equal strata of them (leak_cuts.c);
 *   2. at each cut the shop is cut (leak_shop.c) and, for the second test, poisoned
 *      (leak_poison.c);
 *   3. the population is built by the rule of the table, censored sessions kept, since a shorter
 *      log censors others; of it the engine serves the sessions decided after the previous cut;
 *   4. their values are compared with the table's.
 *
 *          cut 1           cut 2                 cut 3
 *     -------|---------------|---------------------|-----> decision time
 *      at 1       at 2              at 3              not compared
 *
 *    Each session is thus compared once per test, where the cut is closest. A later cut takes away
 *    only rows that this one has taken away as well: it would show something new only where two
 *    changes cancel here. Serving all sessions at all cuts would cost n / 2 times as much.
 *
 * Bound: the n sessions decided exactly at their cut lose every later row, down to the next
 * millisecond. Drawn at random, a leak that touches a share q of the sessions misses all of them
 * with probability prod (1 - q_i) <= (1 - q)^n (q_i: share within stratum i, q their mean). All
 * others are compared with the rows between decision and cut still there.
 *
 * Cost: two engine runs a cut over the events up to it; one cut a thread, at most MAX_WORKERS at a
 * time because each holds a shop. Findings of a batch of cuts are joined in the order of the cuts,
 * so the thread count changes nothing. The audit cannot see leaks within the bound (an event of the
 * session before its start, say): those are the business of tests/oracle. */
#include "core/leak_audit.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/radix.h"
#include "core/leak_poison.h"
#include "core/leak_shop.h"
#include "core/order.h"

enum { BATCH = 16, MAX_WORKERS = 8, LOOK_AHEAD = 24 };

const char *td_leak_test_name(td_leak_test test) {
    return test == TD_LEAK_TRUNCATION ? "truncation" : "poison";
}

void td_leak_audit_free(td_leak_audit *audit) {
    td_mem_free(audit->column);
    *audit = (td_leak_audit){0};
}

double td_leak_share_bound(uint64_t n, double miss) {
    return n == 0 ? 1 : -td_expm1(td_log(miss) / (double)n);
}

/* Steps 2 to 4: one cut, one test. */

/* What one job found; jobs of a batch write side by side. */
typedef struct result {
    uint64_t n_compared;
    uint64_t n_exact;
    uint64_t n_poison_rows;
    td_leak_finding lost;
    td_leak_finding *column; /* [n_columns] */
} result;

typedef struct batch {
    const td_leak_source *source;
    const int64_t *cut; /* [n_cuts] of the whole audit */
    uint32_t *order;    /* [population] its rows by decision */
    uint64_t *end;      /* [n_cuts] rows of `order` decided at the cut or before */
    uint64_t first;     /* cut of the first job; job j is test j % 2 at cut first + j / 2 */
    result *result;     /* [TD_N_LEAK_TESTS * BATCH] */
    td_leak_shop shop[MAX_WORKERS]; /* one a worker, used again */
} batch;

typedef struct trial {
    const td_leak_source *source;
    td_leak_test test;
    uint64_t i_cut;
    int64_t after; /* decisions in (after, cut] */
    int64_t cut;
    uint32_t *row; /* [n] rows of the table with such a decision, ascending */
    uint64_t n;
    uint32_t *twin;     /* [n] the same session's row in `set`, UINT32_MAX = lost */
    uint32_t *aim;      /* [n] the rows, those decided at the cut first */
    uint64_t n_here;    /* rows decided at the cut */
    td_leak_shop *shop; /* of the worker */
    td_leak_poison poison;
    td_population population;
    td_feature_set set; /* the engine's answer */
} trial;

static void free_trial(trial *t) {
    td_mem_free(t->row);
    td_mem_free(t->twin);
    td_mem_free(t->aim);
    td_leak_poison_free(&t->poison);
    td_population_free(&t->population);
    td_feature_set_free(&t->set);
}

/* Ascending. */
static td_status sort_rows(uint32_t *row, uint64_t n, td_error *err) {
    td_keyed *keyed = td_mem_array(2 * n, sizeof *keyed, err);
    if (keyed == NULL) return TD_ERR_NOMEM;
    for (uint64_t i = 0; i < n; i++) keyed[i].key = row[i];
    td_status status = td_radix_sort(keyed, keyed + n, n, NULL, err);
    for (uint64_t i = 0; i < n; i++) row[i] = (uint32_t)keyed[i].key;
    td_mem_free(keyed);
    return status;
}

/* Rows of the window stand together in the order of decisions, those decided at the cut last. */
static td_status list_rows(trial *t, const uint32_t *by_decision, uint64_t n, td_error *err) {
    const td_population *population = t->source->inputs.population;
    TD_NEW(t->row, n, err);
    TD_NEW(t->twin, n, err);
    TD_NEW(t->aim, n, err);
    t->n = n;
    while (t->n_here < n && population->decision[by_decision[n - 1 - t->n_here]] == t->cut)
        t->n_here++;
    uint64_t n_before = n - t->n_here;
    memcpy(t->aim, by_decision + n_before, t->n_here * sizeof *t->aim);
    memcpy(t->row, by_decision, n * sizeof *t->row);
    td_status status = sort_rows(t->row, n, err);
    uint64_t n_aims = t->n_here;
    for (uint64_t i = 0; status == TD_OK && i < n; i++) {
        if (population->decision[t->row[i]] != t->cut) t->aim[n_aims++] = t->row[i];
    }
    return status;
}

/* Of the others any may be aimed at: draw which ones come first. */
static void shuffle_aims(trial *t, td_rng *rng) {
    for (uint64_t i = t->n_here; i < t->n; i++) {
        uint64_t j = i + td_rng_below(rng, t->n - i);
        uint32_t swap = t->aim[i];
        t->aim[i] = t->aim[j];
        t->aim[j] = swap;
    }
}

/* Step 2. */
static td_status cut_shop(trial *t, td_error *err) {
    const td_feature_inputs *inputs = &t->source->inputs;
    if (t->test == TD_LEAK_TRUNCATION)
        return td_leak_shop_build(t->shop, inputs, t->cut, NULL, err);
    td_rng rng = td_rng_stream(t->source->seed, "leak poison", t->i_cut, 0);
    shuffle_aims(t, &rng);
    td_leak_targets targets = {.row = t->aim, .n = t->n, .cut = t->cut};
    TD_TRY(td_leak_poison_make(&t->poison, inputs, &targets, &rng, err));
    return td_leak_shop_build(t->shop, inputs, t->cut, &t->poison, err);
}

/* Step 3. */
static td_status serve(trial *t, td_error *err) {
    td_population_rule rule = t->source->inputs.population->rule;
    rule.keep_censored = 1;
    TD_TRY(td_population_build_between(&t->population, &t->shop->sessions, &t->shop->funnel, &rule,
                                       (td_decision_window){t->after, t->cut}, err));
    td_feature_inputs inputs = {.events = &t->shop->events,
                                .sessions = &t->shop->sessions,
                                .catalog =
                                    t->source->inputs.catalog != NULL ? &t->shop->catalog : NULL,
                                .population = &t->population,
                                .item_log = &t->shop->item_log,
                                .choice = t->source->inputs.choice};
    return t->source->engine(&t->set, &inputs, NULL, err);
}

static td_status check_columns(const trial *t, td_error *err) {
    const td_table *was = &t->source->set->features;
    const td_table *is = &t->set.features;
    TD_CHECK(was->n_columns == is->n_columns, err, TD_ERR_SHAPE,
             "the engine gives %u features for a log cut at %lld, the table has %u", is->n_columns,
             (long long)t->cut, was->n_columns);
    for (uint32_t c = 0; c < was->n_columns; c++) {
        TD_CHECK(strcmp(was->column[c].name, is->column[c].name) == 0, err, TD_ERR_SHAPE,
                 "feature %u is %s for a log cut at %lld, %s in the table", c, is->column[c].name,
                 (long long)t->cut, was->column[c].name);
    }
    return TD_OK;
}

/* Step 4. */
static void note(td_leak_finding *finding, const trial *t, uint64_t row, double was, double is) {
    const td_feature_set *set = t->source->set;
    if (finding->n++ > 0) return;
    finding->cut = t->cut;
    finding->visitor = set->visitor[row];
    finding->start = set->start[row];
    finding->decision = set->decision[row];
    finding->was = was;
    finding->is = is;
}

/* Both tables stand by (visitor, start). */
static void match_rows(trial *t, result *out) {
    const td_feature_set *was = t->source->set;
    const td_feature_set *is = &t->set;
    uint64_t j = 0;
    for (uint64_t i = 0; i < t->n; i++) {
        uint32_t row = t->row[i];
        while (j < is->n &&
               (is->visitor[j] < was->visitor[row] ||
                (is->visitor[j] == was->visitor[row] && is->start[j] < was->start[row])))
            j++;
        int is_there =
            j < is->n && is->visitor[j] == was->visitor[row] && is->start[j] == was->start[row];
        t->twin[i] = is_there ? (uint32_t)j : UINT32_MAX;
        if (!is_there) note(&out->lost, t, row, 0, 0);
    }
}

/* The same bits: two NaN are equal, +0 and -0 are not. */
static int is_same_bits(double a, double b) {
    uint64_t x;
    uint64_t y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static void compare_column(const trial *t, uint32_t c, td_leak_finding *finding) {
    const double *was = t->source->set->features.column[c].number;
    const double *is = t->set.features.column[c].number;
    for (uint64_t i = 0; i < t->n; i++) {
        /* rows of one window lie far apart in the table */
        if (i + LOOK_AHEAD < t->n) __builtin_prefetch(&was[t->row[i + LOOK_AHEAD]]);
        if (t->twin[i] == UINT32_MAX) continue;
        double a = was[t->row[i]];
        double b = is[t->twin[i]];
        if (!is_same_bits(a, b)) note(finding, t, t->row[i], a, b);
    }
}

static td_status run_trial(trial *t, result *out, td_error *err) {
    TD_TRY(cut_shop(t, err));
    TD_TRY(serve(t, err));
    TD_TRY(check_columns(t, err));
    match_rows(t, out);
    for (uint32_t c = 0; c < t->source->set->features.n_columns; c++) {
        compare_column(t, c, &out->column[c]);
    }
    out->n_compared = t->n;
    out->n_exact = t->n_here;
    out->n_poison_rows = t->poison.n_events + t->poison.n_properties;
    return TD_OK;
}

/* A job of a batch. */
static td_status run_job(void *ctx, td_chunk chunk, td_error *err) {
    batch *b = ctx;
    uint64_t i_cut = b->first + chunk.index / TD_N_LEAK_TESTS;
    trial t = {.source = b->source,
               .test = (td_leak_test)(chunk.index % TD_N_LEAK_TESTS),
               .i_cut = i_cut,
               .shop = &b->shop[chunk.worker],
               .after = i_cut > 0 ? b->cut[i_cut - 1] : INT64_MIN,
               .cut = b->cut[i_cut]};
    uint64_t first = i_cut > 0 ? b->end[i_cut - 1] : 0;
    td_status status = list_rows(&t, b->order + first, b->end[i_cut] - first, err);
    if (status == TD_OK) status = run_trial(&t, &b->result[chunk.index], err);
    free_trial(&t);
    return status;
}

/* Jobs in order, so that `first` stays the one of the earliest cut. */
static void join_finding(td_leak_finding *into, const td_leak_finding *from) {
    uint64_t n = into->n + from->n;
    if (into->n == 0) *into = *from;
    into->n = n;
}

static void join_result(td_leak_audit *out, const result *from, td_leak_test test) {
    if (test == TD_LEAK_TRUNCATION) { /* the other test has the same sessions */
        out->n_compared += from->n_compared;
        out->n_exact += from->n_exact;
    }
    out->n_poison_rows += from->n_poison_rows;
    join_finding(&out->lost[test], &from->lost);
    for (uint32_t c = 0; c < out->n_columns; c++) {
        join_finding(&out->column[c].found[test], &from->column[c]);
    }
}

static void clear_results(batch *b, uint32_t n_columns) {
    td_leak_finding *column = b->result[0].column;
    memset(column, 0, (size_t)TD_N_LEAK_TESTS * BATCH * n_columns * sizeof *column);
    for (uint32_t j = 0; j < TD_N_LEAK_TESTS * BATCH; j++) {
        b->result[j] = (result){.column = column + (size_t)j * n_columns};
    }
}

static td_status run_batches(td_leak_audit *out, batch *b, const td_exec *exec, td_error *err) {
    td_exec workers = {.n_threads = td_exec_threads(exec)};
    if (workers.n_threads > MAX_WORKERS) workers.n_threads = MAX_WORKERS;
    for (b->first = 0; b->first < out->n_cuts; b->first += BATCH) {
        TD_TRY(td_exec_progress(exec, "leak audit", b->first, out->n_cuts, err));
        uint64_t left = out->n_cuts - b->first;
        uint64_t n_jobs = TD_N_LEAK_TESTS * (left < BATCH ? left : BATCH);
        clear_results(b, out->n_columns);
        TD_TRY(td_par_for(&workers, n_jobs, 1, run_job, b, err));
        for (uint64_t j = 0; j < n_jobs; j++) {
            join_result(out, &b->result[j], (td_leak_test)(j % TD_N_LEAK_TESTS));
        }
    }
    return td_exec_progress(exec, "leak audit", out->n_cuts, out->n_cuts, err);
}

static td_status name_columns(td_leak_audit *out, const td_feature_set *set, td_error *err) {
    out->n_columns = set->features.n_columns;
    TD_NEW_ZEROED(out->column, out->n_columns, err);
    for (uint32_t c = 0; c < out->n_columns; c++) {
        int is_listed = set->id[c] < td_feature_count();
        out->column[c].name = set->features.column[c].name;
        out->column[c].scope =
            is_listed ? td_scope_name(td_feature_at(set->id[c])->scope) : "extra";
    }
    return TD_OK;
}

static td_status order_rows(batch *b, uint64_t n_cuts, const td_exec *exec, td_error *err) {
    const td_population *population = b->source->inputs.population;
    TD_NEW(b->end, n_cuts, err);
    TD_TRY(td_order_by_time(&b->order, population->decision, population->n, exec, err));
    uint64_t i = 0;
    for (uint64_t c = 0; c < n_cuts; c++) {
        while (i < population->n && population->decision[b->order[i]] <= b->cut[c]) i++;
        b->end[c] = i;
    }
    return TD_OK;
}

static td_status audit(td_leak_audit *out, batch *b, const td_exec *exec, td_error *err) {
    TD_TRY(name_columns(out, b->source->set, err));
    TD_TRY(order_rows(b, out->n_cuts, exec, err));
    uint64_t n_jobs = TD_N_LEAK_TESTS * BATCH;
    TD_NEW(b->result, n_jobs, err);
    b->result[0].column = td_mem_array(n_jobs * out->n_columns, sizeof(td_leak_finding), err);
    if (b->result[0].column == NULL) return TD_ERR_NOMEM;
    TD_TRY(run_batches(out, b, exec, err));
    for (uint32_t c = 0; c < out->n_columns; c++) {
        const td_leak_finding *found = out->column[c].found;
        out->n_leaking += found[TD_LEAK_TRUNCATION].n + found[TD_LEAK_POISON].n > 0;
    }
    return TD_OK;
}

/* The source with an item log, so that each cut shop gets one without a sort; *own* holds one that
 * had to be made. */
static td_status add_log(td_leak_source *source, td_item_log *own, const td_exec *exec,
                         td_error *err) {
    if (source->inputs.item_log != NULL) return TD_OK;
    TD_TRY(td_item_log_build(own, source->inputs.events, exec, err));
    source->inputs.item_log = own;
    return TD_OK;
}

td_status td_leak_audit_build(td_leak_audit *out, const td_leak_source *source, const int64_t *cut,
                              uint64_t n_cuts, const td_exec *exec, td_error *err) {
    *out = (td_leak_audit){.n_cuts = n_cuts};
    td_leak_source with_log = *source;
    td_item_log own = {0};
    batch b = {.source = &with_log, .cut = cut};
    td_status status = add_log(&with_log, &own, exec, err);
    if (status == TD_OK) status = audit(out, &b, exec, err);
    td_item_log_free(&own);
    if (b.result != NULL) td_mem_free(b.result[0].column);
    td_mem_free(b.result);
    for (int w = 0; w < MAX_WORKERS; w++) td_leak_shop_free(&b.shop[w]);
    td_mem_free(b.order);
    td_mem_free(b.end);
    if (status != TD_OK) td_leak_audit_free(out);
    return status;
}
