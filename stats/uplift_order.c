/* stats/uplift_order.c: one sort a score, then items, blocks and segments.
 *
 * Problem: all metrics of uplift, and all replicates of a bootstrap, walk the same rows in the same
 * order. What a step of the walk needs is put side by side once, so that walks read memory in one
 * direction.
 *   1. Check every row; count the arms and note whether outcomes are 0 and 1. Arm and response of
 *      a row go into one byte: rows are met in the order of a score, which is no order in memory,
 *      and a byte a row stays in the cache. Outcomes of 0 and 1 need nothing else.
 *   2. Sort by descending score (stats/rank_sort.h; its label is the treatment here).
 *   3. Number the units: a row's rank under the first score, or its cluster. Under the first score
 *      the weights of a bootstrap are then read forward.
 *   4. Write items: unit, arm, block borders (where the sort's keys differ), outcome; with row
 *      propensities also what an outcome counts in an inverse-propensity sum, 1 / e(x) for a
 *      treated and 1 / (1 - e(x)) for a control row.
 *   5. Cut the order into segments of whole blocks, so that "how many treated rows lie above rank
 *      k" can be answered by a search and a short second look. A long block is a segment of its
 *      own: inside it everything is linear. Only the block at rank begin + 1024 has to be looked
 *      at: a long one that starts before it reaches it.
 *
 *     score    .9  .9   .7   .6  .6  .6   .2
 *     item     [B   E] [BE] [B       E]  [BE]      B = BEGIN, E = END of a block
 *
 * Cost: O(n) time per score, dominated by the sort. Several scores are sorted one after the other;
 * each sort is parallel. Weighted rows are not offered: a weight is a row written twice. */
#include "stats/uplift_order.h"

#include <string.h>

#include "core/base/mem.h"
#include "stats/rank_sort.h"

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
    uint8_t *flags;     /* [n] TREATED, RESPONSE of each row */
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
        int is_treated = rows->treatment[i] == 1.0;
        work->flags[i] =
            (uint8_t)((is_treated ? TD_UPLIFT_TREATED : 0) | (y != 0.0 ? TD_UPLIFT_RESPONSE : 0));
        facts.n_treated += (uint32_t)is_treated;
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

static td_status check_rows(td_uplift_orders *out, uint8_t *flags, const td_uplift_rows *rows,
                            const td_uplift_clusters *clusters, const td_exec *exec,
                            td_error *err) {
    checker work = {.rows = rows, .clusters = clusters, .flags = flags};
    TD_NEW(work.facts, td_par_n_chunks(rows->n, GRAIN), err);
    td_status status = td_par_for(exec, rows->n, GRAIN, check_chunk, &work, err);
    if (status == TD_OK) status = join_facts(out, &work, err);
    td_mem_free(work.facts);
    return status;
}

/* ---- steps 3 and 4 ---- */

/* Under the first score independent rows get their numbers while its items are written. */
static td_status number_units(td_uplift_orders *out, const td_uplift_clusters *clusters,
                              td_error *err) {
    out->has_clusters = clusters->code != NULL;
    out->n_units = out->has_clusters ? clusters->n : out->n;
    if (!out->has_clusters && out->n_scores == 1) return TD_OK;
    TD_NEW(out->unit, out->n, err);
    if (out->has_clusters) memcpy(out->unit, clusters->code, out->n * sizeof *out->unit);
    return TD_OK;
}

typedef struct item_writer {
    td_uplift_order *order;
    const td_uplift_orders *orders;
    const td_uplift_rows *rows;
    const uint8_t *flags;  /* [n] of the rows */
    td_rank_sorted sorted; /* rows by descending score */
    uint32_t *n_ends;      /* [n_chunks] blocks that end in a chunk */
    uint32_t *number;      /* [n] units that get their numbers here, a row's rank; else NULL */
} item_writer;

/* BEGIN and END of the row at rank i. */
static uint32_t borders_at(const item_writer *work, uint64_t i) {
    const uint64_t *key = work->sorted.key;
    int is_begin = i == 0 || key[i - 1] != key[i];
    int is_end = i + 1 == work->orders->n || key[i] != key[i + 1];
    return (is_begin ? TD_UPLIFT_BEGIN : 0u) | (is_end ? TD_UPLIFT_END : 0u);
}

static td_uplift_item item_at(const item_writer *work, uint64_t i) {
    const td_uplift_orders *orders = work->orders;
    uint32_t row = td_rank_row(work->sorted.word[i]), own = work->flags[row];
    double response = (own & TD_UPLIFT_RESPONSE) != 0 ? 1.0 : 0.0;
    int is_rank = orders->unit == NULL || work->number != NULL;
    return (td_uplift_item){.unit = is_rank ? (uint32_t)i : orders->unit[row],
                            .flags = own | borders_at(work, i),
                            .y = orders->is_binary ? response : work->rows->outcome[row]};
}

static td_status write_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const item_writer *work = ctx;
    const td_uplift_rows *rows = work->rows;
    uint32_t n_ends = 0;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint32_t row = td_rank_row(work->sorted.word[i]);
        uint32_t ahead = td_rank_row(work->sorted.word[i + AHEAD < chunk.end ? i + AHEAD : i]);
        if (!work->orders->is_binary) __builtin_prefetch(&rows->outcome[ahead]);
        if (work->orders->unit != NULL) __builtin_prefetch(&work->orders->unit[ahead]);
        td_uplift_item item = item_at(work, i);
        work->order->item[i] = item;
        n_ends += (item.flags & TD_UPLIFT_END) != 0;
        if (work->number != NULL) work->number[row] = (uint32_t)i;
        if (rows->propensity == NULL) continue;
        double e = rows->propensity[row];
        work->order->inverse[i] = 1.0 / ((item.flags & TD_UPLIFT_TREATED) != 0 ? e : 1.0 - e);
    }
    work->n_ends[chunk.index] = n_ends;
    return TD_OK;
}

static td_status write_items(item_writer *work, const td_exec *exec, td_error *err) {
    td_uplift_order *out = work->order;
    out->n = work->orders->n;
    TD_NEW(out->item, out->n, err);
    if (work->rows->propensity != NULL) TD_NEW(out->inverse, out->n, err);
    TD_NEW(work->n_ends, td_par_n_chunks(out->n, GRAIN), err);
    TD_TRY(td_par_for(exec, out->n, GRAIN, write_chunk, work, err));
    for (uint64_t c = 0; c < td_par_n_chunks(out->n, GRAIN); c++) out->n_blocks += work->n_ends[c];
    return TD_OK;
}

/* ---- step 5 ---- */

/* Begin and end of the block that holds the row at this rank. */
static void find_block(uint32_t *begin, uint32_t *end, const td_uplift_order *order,
                       uint32_t rank) {
    uint32_t first = rank, last = rank;
    while ((order->item[first].flags & TD_UPLIFT_BEGIN) == 0) first--;
    while ((order->item[last].flags & TD_UPLIFT_END) == 0) last++;
    *begin = first;
    *end = last + 1;
}

/* End of the segment that starts at `begin`: before a long block, or after it where it comes first;
 * else where the block ends that makes the segment long enough, or with the last row. */
static td_uplift_segment segment_from(const td_uplift_order *order, uint32_t begin) {
    uint32_t block_begin, block_end;
    uint32_t rest = order->n - begin, rank = begin + (rest < SEGMENT_ROWS ? rest : SEGMENT_ROWS);
    find_block(&block_begin, &block_end, order, rank - 1);
    int is_long = block_end - block_begin >= SEGMENT_ROWS, is_first = block_begin == begin;
    return (td_uplift_segment){.end = is_long && !is_first ? block_begin : block_end,
                               .is_one_block = (uint32_t)is_first};
}

/* segment NULL: only counts them. */
static uint32_t cut_segments(td_uplift_segment *segment, const td_uplift_order *order) {
    uint32_t n = 0;
    for (uint32_t begin = 0; begin < order->n; n++) {
        td_uplift_segment next = segment_from(order, begin);
        if (segment != NULL) segment[n] = next;
        begin = next.end;
    }
    return n;
}

/* ---- public ---- */

static td_status fill_order(item_writer *work, const td_exec *exec, td_error *err) {
    td_uplift_order *out = work->order;
    TD_TRY(write_items(work, exec, err));
    out->n_segments = cut_segments(NULL, out);
    TD_NEW(out->segment, out->n_segments, err);
    cut_segments(out->segment, out);
    return TD_OK;
}

static td_status build_order(td_uplift_orders *out, uint32_t s, const uint8_t *flags,
                             const td_uplift_rows *rows, const td_exec *exec, td_error *err) {
    item_writer work = {.order = &out->order[s],
                        .orders = out,
                        .rows = rows,
                        .flags = flags,
                        .number = s == 0 && !out->has_clusters ? out->unit : NULL};
    TD_TRY(td_rank_sort(&work.sorted, rows->score[s], rows->treatment, rows->n, exec, err));
    td_status status = fill_order(&work, exec, err);
    td_mem_free(work.n_ends);
    td_rank_sorted_free(&work.sorted);
    return status;
}

static td_status build(td_uplift_orders *out, uint8_t *flags, const td_uplift_rows *rows,
                       const td_uplift_clusters *clusters, const td_exec *exec, td_error *err) {
    TD_TRY(check_rows(out, flags, rows, clusters, exec, err));
    TD_TRY(number_units(out, clusters, err));
    for (uint32_t s = 0; s < rows->n_scores; s++)
        TD_TRY(build_order(out, s, flags, rows, exec, err));
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
    uint8_t *flags;
    TD_NEW(flags, rows->n, err);
    td_status status = build(out, flags, rows, clusters != NULL ? clusters : &none, exec, err);
    td_mem_free(flags);
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
