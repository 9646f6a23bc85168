/* stats/ranking.c: one sort, then AUC, average precision, KS and top K from blocks of equal score.
 *
 * Problem: metrics of a ranking that are exact under ties and cost one pass each.
 *   1. Check every row and sort (rank_sort.c): equal scores keep the order of their rows.
 *   2. Cut the sorted rows into blocks of one score; a block knows the rows and the positives down
 *      to its end:  t_b, p_b  (t_-1 = p_-1 = 0), and so  n_b = t_b - p_b  negatives.
 *   3. Read the blocks from the top. With P positives, N negatives, d = step of the block:
 *        AUC  = sum_b dn_b (2 p_{b-1} + dp_b) / (2 P N)        pairs won, ties one half: integers
 *        AP   = sum_b (dp_b / P) (p_b / t_b)                   recall step x precision
 *        KS   = max_b |p_b N - n_b P| / (P N)                  integers until the last division
 *        hits(k) = p_{b-1} + (k - t_{b-1}) dp_b / dt_b         k inside block b: its mean
 *
 *      score    9     7  7  7     4  4     2
 *      label    1     0  1  0     1  0     0
 *      block   |0 |  |   1   |  | 2  |  |3 |
 *      t_b      1          4        6     7       hits(2) = 1 + 1/3, whatever order the 7s have
 *      p_b      1          2        3     3
 *
 * Range: n < 2^32, so 2 P N <= 2^63 and every count product fits 64 bits without a sign.
 * Cost: sort O(n), blocks O(n), each metric O(blocks). Memory 20 n bytes kept at most.
 * It does not weigh rows and gives no intervals. Both will walk the same order: a resample gives
 * each row a weight and needs no second sort; DeLong's variance needs the rank of each row among
 * the other class, which is a difference of two block ends.
 *
 * References: Mann, Whitney (1947), doi:10.1214/aoms/1177730491; Fawcett, "An introduction to ROC
 * analysis" (2006), doi:10.1016/j.patrec.2005.10.010. */
#include "stats/ranking.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/rank_sort.h"

enum { GRAIN = 1 << 15 };

static const char *const NO_POSITIVES = "no positive rows";
static const char *const ONE_CLASS = "only one class is present";

/* ---- build ---- */

/* What one chunk of the sorted rows holds; later, what all chunks before it hold. */
typedef struct chunk_part {
    uint32_t positives;
    uint32_t n_blocks; /* blocks that end in this chunk */
} chunk_part;

/* Scratch of one build, freed whether it succeeds or not; `out` is freed on failure only. */
typedef struct builder {
    uint64_t n;
    const double *score;   /* [n] */
    td_rank_sorted sorted; /* keys and rows with their labels: nobody gathers labels later */
    chunk_part *part;      /* [n_chunks] */
    td_ranking *out;
} builder;

/* Equal keys are equal scores: blocks are found on integers. */
static int is_block_end(const builder *work, uint64_t i) {
    return i + 1 == work->n || work->sorted.key[i] != work->sorted.key[i + 1];
}

/* First walk over the sorted rows: how much room each chunk's blocks need. */
static td_status count_blocks(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    builder *work = ctx;
    chunk_part part = {0};
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        part.positives += td_rank_label(work->sorted.word[i]);
        part.n_blocks += (uint32_t)is_block_end(work, i);
    }
    work->part[chunk.index] = part;
    return TD_OK;
}

/* After counts became running sums, a chunk knows its first block and the positives before it. */
static td_status write_blocks(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    builder *work = ctx;
    uint32_t block = work->part[chunk.index].n_blocks;
    uint32_t positives = work->part[chunk.index].positives;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) {
        uint64_t word = work->sorted.word[i];
        work->out->order[i] = td_rank_row(word);
        positives += td_rank_label(word);
        if (!is_block_end(work, i)) continue;
        double score = work->score[td_rank_row(word)] + 0.0; /* -0 is 0 */
        work->out->blocks[block++] = (td_rank_block){score, (uint32_t)i + 1, positives};
    }
    return TD_OK;
}

/* Counts per chunk become counts before the chunk; the last sums are the ranking's totals. */
static void sum_parts(builder *work) {
    uint64_t n_chunks = td_par_n_chunks(work->n, GRAIN);
    chunk_part before = {0};
    for (uint64_t c = 0; c < n_chunks; c++) {
        chunk_part own = work->part[c];
        work->part[c] = before;
        before.positives += own.positives;
        before.n_blocks += own.n_blocks;
    }
    work->out->n_positives = before.positives;
    work->out->n_blocks = before.n_blocks;
}

/* Two walks, because the number of blocks is known after the first only. A block that spans chunks
 * belongs to the chunk in which it ends. */
static td_status cut_blocks(builder *work, const td_exec *exec, td_error *err) {
    TD_NEW(work->part, td_par_n_chunks(work->n, GRAIN), err);
    TD_TRY(td_par_for(exec, work->n, GRAIN, count_blocks, work, err));
    sum_parts(work);
    TD_NEW(work->out->blocks, work->out->n_blocks, err);
    TD_NEW(work->out->order, work->n, err);
    return td_par_for(exec, work->n, GRAIN, write_blocks, work, err);
}

td_status td_ranking_build(td_ranking *out, const double *score, const double *label, uint64_t n,
                           const td_exec *exec, td_error *err) {
    TD_CHECK(n <= UINT32_MAX, err, TD_ERR_RANGE, "%llu rows to rank, the limit is 4294967295",
             (unsigned long long)n);
    *out = (td_ranking){.n = (uint32_t)n};
    builder work = {.n = n, .score = score, .out = out};
    td_status status = td_rank_sort(&work.sorted, score, label, n, exec, err);
    if (status == TD_OK) status = cut_blocks(&work, exec, err);
    td_rank_sorted_free(&work.sorted);
    td_mem_free(work.part);
    if (status != TD_OK) td_ranking_free(out);
    return status;
}

void td_ranking_free(td_ranking *ranking) {
    td_mem_free(ranking->order);
    td_mem_free(ranking->blocks);
    *ranking = (td_ranking){0};
}

/* ---- metrics ---- */

static const td_rank_block TOP = {.end = 0, .positives_end = 0}; /* stands before block 0 */

/* A negative of block b loses to the positives above it and halves with those beside it; doubled,
 * the half is an integer. The one rounding is that of the last division. */
td_metric td_ranking_auc(const td_ranking *ranking) {
    uint64_t positives = ranking->n_positives, negatives = ranking->n - positives;
    if (positives == 0 || negatives == 0) return td_metric_undefined(ONE_CLASS);
    uint64_t twice_won = 0;
    td_rank_block last = TOP;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        uint64_t block_positives = block.positives_end - last.positives_end;
        uint64_t block_negatives = block.end - last.end - block_positives;
        twice_won += block_negatives * (2 * (uint64_t)last.positives_end + block_positives);
        last = block;
    }
    return td_metric_of((double)twice_won / (double)(2 * positives * negatives));
}

/* Blocks without positives add nothing, since recall stands still there. */
td_metric td_ranking_average_precision(const td_ranking *ranking) {
    if (ranking->n_positives == 0) return td_metric_undefined(NO_POSITIVES);
    td_sum sum = {0};
    uint32_t positives_before = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        uint32_t step = block.positives_end - positives_before;
        positives_before = block.positives_end;
        if (step == 0) continue;
        td_sum_add(&sum, (double)step * ((double)block.positives_end / (double)block.end));
    }
    return td_metric_of(td_sum_value(&sum) / (double)ranking->n_positives);
}

/* p_b / P - n_b / N compared as p_b N - n_b P: exact, so the first largest distance is the same on
 * every machine. */
td_ks td_ranking_ks(const td_ranking *ranking) {
    uint64_t positives = ranking->n_positives, negatives = ranking->n - positives;
    td_ks ks = {.value = td_metric_undefined(ONE_CLASS)};
    if (positives == 0 || negatives == 0) return ks;
    uint64_t largest = 0;
    td_rank_block best = ranking->blocks[0];
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        uint64_t from_positives = block.positives_end * negatives;
        uint64_t from_negatives = (uint64_t)(block.end - block.positives_end) * positives;
        uint64_t distance = from_positives > from_negatives ? from_positives - from_negatives
                                                            : from_negatives - from_positives;
        if (distance > largest) {
            largest = distance;
            best = block;
        }
    }
    ks.value = td_metric_of((double)largest / (double)(positives * negatives));
    ks.threshold = best.score;
    ks.rows = best.end;
    ks.tpr = (double)best.positives_end / (double)positives;
    ks.fpr = (double)(best.end - best.positives_end) / (double)negatives;
    return ks;
}

/* First block whose end is at least k: block ends ascend. */
uint32_t td_ranking_block_of(const td_ranking *ranking, uint64_t k) {
    uint32_t low = 0, high = ranking->n_blocks - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ranking->blocks[middle].end >= k) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* At a block's end the count is whole and returned as it is; a product could round there. */
double td_ranking_hits(const td_ranking *ranking, uint64_t k) {
    if (k == 0) return 0.0;
    uint32_t b = td_ranking_block_of(ranking, k);
    td_rank_block block = ranking->blocks[b];
    if (block.end == k) return (double)block.positives_end;
    td_rank_block last = b > 0 ? ranking->blocks[b - 1] : TOP;
    double share = (double)(k - last.end) / (double)(block.end - last.end);
    return (double)last.positives_end + share * (double)(block.positives_end - last.positives_end);
}

/* Undefined parts carry their reason; what is defined beside them stays usable: a top K without any
 * positive row in the data has precision 0, but neither recall nor lift. */
td_top_k td_ranking_top_k(const td_ranking *ranking, uint64_t k) {
    td_top_k top = {.k = k};
    if (k == 0 || k > ranking->n) {
        const char *reason = k == 0 ? "k is 0" : "k exceeds the number of rows";
        top.hits = top.precision = top.recall = top.lift = td_metric_undefined(reason);
        return top;
    }
    double hits = td_ranking_hits(ranking, k);
    double precision = hits / (double)k;
    top.hits = td_metric_of(hits);
    top.precision = td_metric_of(precision);
    if (ranking->n_positives == 0) {
        top.recall = top.lift = td_metric_undefined(NO_POSITIVES);
        return top;
    }
    double positives = (double)ranking->n_positives;
    top.recall = td_metric_of(hits / positives);
    top.lift = td_metric_of(precision / (positives / (double)ranking->n));
    return top;
}

/* 0.07 * 100 is 7.000000000000001 in doubles and must give 7 rows, not 8. */
uint64_t td_ranking_k_of_share(const td_ranking *ranking, double share) {
    double k = ceil(share * (double)ranking->n - 1e-9);
    return k > 0.0 ? (uint64_t)k : 0;
}
