/* stats/uplift_order.c: one sort a score, then items, blocks and segments.
 *
 * Problem: all metrics of uplift, and all replicates of a bootstrap, walk the same rows in the same
 * order. What a step of the walk needs is put side by side once, so that walks read memory in one
 * direction.
 *   1. Check every row; count the arms and note whether outcomes are 0 and 1.
 *   2. Sort by descending score (stats/ranking: its label is the treatment here).
 *   3. Number the units: a row's rank under the first score, or its cluster. Under the first score
 *      the weights of a bootstrap are then read forward.
 *   4. Write items: unit, arm, block borders, outcome; with row propensities also what an outcome
 *      counts in an inverse-propensity sum, 1 / e(x) for a treated and 1 / (1 - e(x)) for a control
 *      row.
 *   5. Cut the order into segments of whole blocks, so that "how many treated rows lie above rank
 *      k" can be answered by a search and a short second look. A long block is a segment of its
 *      own: inside it everything is linear.
 *
 *     score    .9  .9   .7   .6  .6  .6   .2
 *     item     [B   E] [BE] [B       E]  [BE]      B = BEGIN, E = END of a block
 *
 * Cost: O(n) time per score, dominated by the sort. Several scores are sorted one after the other;
 * each sort is parallel. Weighted rows are not offered: a weight is a row written twice. */
#include "stats/uplift_order.h"

#include "core/base/mem.h"
#include "stats/ranking.h"

enum { SEGMENT_ROWS = 1024, GRAIN = 1 << 15, AHEAD = 16 /* rows fetched early */ };

/* ---- step 1 ---- */

/* What one chunk of rows holds. */
typedef struct chunk_facts {
    uint32_t n_treated;
    int is_binary;
    double low, high; /* of the outcome */
} chunk_facts;

typedef struct checker {
    const td_uplift_rows *rows;
    const td_uplift_clusters *clusters;
    chunk_facts *facts; /* [n_chunks] */
} checker;

/* A row that cannot be used is an error, never left out: a filtered experiment is another one. */
static td_status check_row(const td_uplift_rows *rows, uint64_t i, td_error *err) {
    unsigned long long row = i + 1;
    double w = rows->treatment[i], y = rows->outcome[i];
    TD_CHECK(w == 0.0 || w == 1.0, err, TD_ERR_RANGE, "treatment of row %llu is %g, must be 0 or 1",
             row, w);
    TD_CHECK(y - y == 0.0, err, TD_ERR_RANGE, "outcome of row %llu is %g, must be a finite number",
             row, y);
    if (rows->propensity == NULL) return TD_OK;
    double e = rows->propensity[i];
    TD_CHECK(e > 0.0 && e < 1.0, err, TD_ERR_RANGE,
             "propensity of row %llu is %g, must lie between 0 and 1 (neither of them)", row, e);
    return TD_OK;
}

static td_status check_chunk(void *ctx, td_chunk chunk, td_error *err) {
    checker *work = ctx;
    const td_uplift_rows *rows = work->rows;
    const td_uplift_clusters *clusters = work->clusters;
    double first = rows->outcome[chunk.begin];
    chunk_facts facts = {.is_binary = 1, .low = first, .high = first};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        TD_TRY(check_row(rows, i, err));
        if (clusters->code != NULL)
            TD_CHECK(clusters->code[i] < clusters->n, err, TD_ERR_RANGE,
                     "cluster of row %llu is %u, there are %u", (unsigned long long)i + 1,
                     clusters->code[i], clusters->n);
        double y = rows->outcome[i];
        facts.n_treated += rows->treatment[i] == 1.0;
        facts.is_binary &= y == 0.0 || y == 1.0;
        if (y < facts.low) facts.low = y;
        if (y > facts.high) facts.high = y;
    }
    work->facts[chunk.index] = facts;
    return TD_OK;
}

/* What no metric can be measured on is refused here, before anything is sorted: with one arm there
 * is nothing to compare, with one outcome nothing to gain. Chunks are joined in their order. */
static td_status join_facts(td_uplift_orders *out, const checker *work, td_error *err) {
    uint64_t n_chunks = td_par_n_chunks(work->rows->n, GRAIN);
    chunk_facts all = work->facts[0];
    for (uint64_t c = 1; c < n_chunks; c++) {
        chunk_facts facts = work->facts[c];
        all.n_treated += facts.n_treated;
        all.is_binary &= facts.is_binary;
        if (facts.low < all.low) all.low = facts.low;
        if (facts.high > all.high) all.high = facts.high;
    }
    out->n_treated = all.n_treated;
    out->is_binary = all.is_binary;
    TD_CHECK(all.n_treated > 0, err, TD_ERR_NUMERIC, "no treated rows: treatment is 0 everywhere");
    TD_CHECK(all.n_treated < out->n, err, TD_ERR_NUMERIC,
             "no control rows: treatment is 1 everywhere");
    TD_CHECK(all.low < all.high, err, TD_ERR_NUMERIC,
             "the outcome is %g in every row: no effect can be measured", all.low);
    return TD_OK;
}

static td_status check_rows(td_uplift_orders *out, const td_uplift_rows *rows,
                            const td_uplift_clusters *clusters, const td_exec *exec,
                            td_error *err) {
    checker work = {.rows = rows, .clusters = clusters};
    TD_NEW(work.facts, td_par_n_chunks(rows->n, GRAIN), err);
    td_status status = td_par_for(exec, rows->n, GRAIN, check_chunk, &work, err);
    if (status == TD_OK) status = join_facts(out, &work, err);
    td_mem_free(work.facts);
    return status;
}

/* ---- steps 3 and 4 ---- */

static td_status number_units(td_uplift_orders *out, const td_uplift_clusters *clusters,
                              const td_ranking *first, td_error *err) {
    out->has_clusters = clusters->code != NULL;
    out->n_units = out->has_clusters ? clusters->n : out->n;
    if (!out->has_clusters && out->n_scores == 1) return TD_OK;
    TD_NEW(out->unit, out->n, err);
    for (uint32_t i = 0; i < out->n; i++) {
        uint32_t row = first->order[i];
        out->unit[row] = out->has_clusters ? clusters->code[row] : i;
    }
    return TD_OK;
}

typedef struct item_writer {
    td_uplift_order *order;
    const td_uplift_orders *orders;
    const td_uplift_rows *rows;
    const uint32_t *row_at; /* [n] rows by descending score */
} item_writer;

static td_status write_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const item_writer *work = ctx;
    const td_uplift_rows *rows = work->rows;
    const uint32_t *unit = work->orders->unit;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t row = work->row_at[i];
        uint32_t ahead = work->row_at[i + AHEAD < chunk.end ? i + AHEAD : i];
        __builtin_prefetch(&rows->outcome[ahead]);
        __builtin_prefetch(&rows->treatment[ahead]);
        double y = rows->outcome[row];
        int is_treated = rows->treatment[row] == 1.0;
        work->order->item[i] = (td_uplift_item){.unit = unit != NULL ? unit[row] : (uint32_t)i,
                                                .flags = (is_treated ? TD_UPLIFT_TREATED : 0u) |
                                                         (y != 0.0 ? TD_UPLIFT_RESPONSE : 0u),
                                                .y = y};
        if (rows->propensity == NULL) continue;
        double e = rows->propensity[row];
        work->order->inverse[i] = 1.0 / (is_treated ? e : 1.0 - e);
    }
    return TD_OK;
}

/* Borders go into the flags, so that a walk needs the items alone. */
static void mark_blocks(td_uplift_order *order, const td_ranking *ranking) {
    uint32_t begin = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        uint32_t end = ranking->blocks[b].end;
        order->item[begin].flags |= TD_UPLIFT_BEGIN;
        order->item[end - 1].flags |= TD_UPLIFT_END;
        begin = end;
    }
}

/* ---- step 5 ---- */

/* Close a segment at this block: it is long enough, the next block is long, or none follows. */
static int closes_segment(const td_ranking *ranking, uint32_t b, uint32_t begin) {
    uint32_t end = ranking->blocks[b].end;
    if (b + 1 == ranking->n_blocks || end - begin >= SEGMENT_ROWS) return 1;
    return ranking->blocks[b + 1].end - end >= SEGMENT_ROWS;
}

/* segment NULL: only counts them. */
static uint32_t cut_segments(td_uplift_segment *segment, const td_ranking *ranking) {
    uint32_t n = 0, begin = 0, first_block = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        if (!closes_segment(ranking, b, begin)) continue;
        begin = ranking->blocks[b].end;
        if (segment != NULL)
            segment[n] = (td_uplift_segment){.end = begin, .is_one_block = b == first_block};
        n++;
        first_block = b + 1;
    }
    return n;
}

static td_status fill_order(td_uplift_order *out, const td_uplift_orders *orders,
                            const td_uplift_rows *rows, const td_ranking *ranking,
                            const td_exec *exec, td_error *err) {
    item_writer work = {.order = out, .orders = orders, .rows = rows, .row_at = ranking->order};
    out->n = ranking->n;
    out->n_blocks = ranking->n_blocks;
    TD_NEW(out->item, out->n, err);
    if (rows->propensity != NULL) TD_NEW(out->inverse, out->n, err);
    TD_TRY(td_par_for(exec, out->n, GRAIN, write_chunk, &work, err));
    mark_blocks(out, ranking);
    out->n_segments = cut_segments(NULL, ranking);
    TD_NEW(out->segment, out->n_segments, err);
    cut_segments(out->segment, ranking);
    return TD_OK;
}

/* ---- public ---- */

static td_status build_order(td_uplift_orders *out, uint32_t s, const td_uplift_rows *rows,
                             const td_uplift_clusters *clusters, const td_exec *exec,
                             td_error *err) {
    td_ranking ranking = {0};
    TD_TRY(td_ranking_build(&ranking, rows->score[s], rows->treatment, rows->n, exec, err));
    td_status status = s > 0 ? TD_OK : number_units(out, clusters, &ranking, err);
    if (status == TD_OK) status = fill_order(&out->order[s], out, rows, &ranking, exec, err);
    td_ranking_free(&ranking);
    return status;
}

static td_status build(td_uplift_orders *out, const td_uplift_rows *rows,
                       const td_uplift_clusters *clusters, const td_exec *exec, td_error *err) {
    TD_TRY(check_rows(out, rows, clusters, exec, err));
    for (uint32_t s = 0; s < rows->n_scores; s++)
        TD_TRY(build_order(out, s, rows, clusters, exec, err));
    return TD_OK;
}

td_status td_uplift_orders_build(td_uplift_orders *out, const td_uplift_rows *rows,
                                 const td_uplift_clusters *clusters, const td_exec *exec,
                                 td_error *err) {
    static const td_uplift_clusters none = {0};
    TD_CHECK(rows->n_scores >= 1 && rows->n_scores <= TD_MAX_UPLIFT_SCORES, err, TD_ERR_ARG,
             "%u scores, 1 to %d are possible", rows->n_scores, TD_MAX_UPLIFT_SCORES);
    TD_CHECK(rows->n <= UINT32_MAX, err, TD_ERR_RANGE, "%llu rows, the limit is 4294967295",
             (unsigned long long)rows->n);
    TD_CHECK(rows->n > 0, err, TD_ERR_NUMERIC, "no rows to measure uplift on");
    TD_CHECK(rows->share >= 0.0 && rows->share < 1.0, err, TD_ERR_ARG,
             "a propensity of %g is not between 0 and 1 (neither of them)", rows->share);
    *out = (td_uplift_orders){.n = (uint32_t)rows->n,
                              .n_scores = rows->n_scores,
                              .share = rows->share,
                              .has_inverse = rows->propensity != NULL};
    td_status status = build(out, rows, clusters != NULL ? clusters : &none, exec, err);
    if (status != TD_OK) td_uplift_orders_free(out);
    return status;
}

void td_uplift_orders_free(td_uplift_orders *orders) {
    for (uint32_t s = 0; s < TD_MAX_UPLIFT_SCORES; s++) {
        td_mem_free(orders->order[s].item);
        td_mem_free(orders->order[s].inverse);
        td_mem_free(orders->order[s].segment);
    }
    td_mem_free(orders->unit);
    *orders = (td_uplift_orders){0};
}
