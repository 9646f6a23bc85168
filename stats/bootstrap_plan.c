/* stats/bootstrap_plan.c: units, columns, steps and segments of a bootstrap, made once for all
 * replicates.
 *
 *   1. Number the units. Rows: positives first, each class by rank under the first score; one
 *      stratum of all rows, or one per class. Clusters: their codes, one stratum, with the rows and
 *      positives of each.
 *   2. For each score write its rows in order of rank, positives first within a block: the unit,
 *      and what its weight multiplies (score, log-loss, squared error, amount).
 *   3. Cut the order into steps. Along a stretch of negatives without amounts no curve bends, so a
 *      step takes all of it at once; then comes a run of positives with a score of their own each,
 *      or one block of ties that holds positives (or an amount).
 *   4. Gather steps into segments of about SEGMENT_ROWS rows, at whose ends the walk leaves its
 *      sums. A segment keeps to one bin of equal width; a long block is a segment of its own.
 * A stretch may be cut anywhere, inside a block of ties as well: its rows add nothing to positives
 * or amounts, and to the scores the same each.
 *
 *     rare events   n n n n n n n n n p n n n n n n n n n n n n p n n n n      few, long steps
 *     balanced      n p p n p n n p n p p n p n n p p n p n n p n p n p p      a step per run
 *
 * Cost: O(n) time, (28 or 36) n bytes a probability, 4 n another score, 16 bytes a step.
 * References: Efron (1979), doi:10.1214/aos/1176344552. */
#include "stats/bootstrap_plan.h"

#include "core/base/mem.h"
#include "stats/probability.h"

enum { SEGMENT_ROWS = 1024 };

#define NO_RUN UINT32_MAX

/* ---- units ---- */

/* unit[row] = class first, then rank. */
static void number_rows(uint32_t *unit, const td_ranking *ranking, const double *label) {
    uint32_t next[2] = {ranking->n_positives, 0}; /* [label] */
    for (uint32_t i = 0; i < ranking->n; i++) {
        uint32_t row = ranking->order[i];
        unit[row] = next[label[row] == 1.0]++;
    }
}

static td_status number_clusters(uint32_t *unit, td_boot_plan *plan,
                                 const td_bootstrap_params *params, td_error *err) {
    plan->draw.n_units = params->n_clusters;
    TD_NEW_ZEROED(plan->unit_rows, params->n_clusters, err);
    TD_NEW_ZEROED(plan->unit_positives, params->n_clusters, err);
    for (uint32_t i = 0; i < plan->n; i++) {
        uint32_t cluster = params->cluster[i];
        TD_CHECK(cluster < params->n_clusters, err, TD_ERR_RANGE,
                 "cluster of row %u is %u, there are %u", i + 1, cluster, params->n_clusters);
        unit[i] = cluster;
        plan->unit_rows[cluster]++;
        plan->unit_positives[cluster] += plan->rows->label[i] == 1.0;
    }
    return TD_OK;
}

static td_status number_units(uint32_t *unit, td_boot_plan *plan, const td_bootstrap_params *params,
                              td_error *err) {
    plan->draw.n_strata = 1;
    plan->draw.n_units = plan->n;
    if (params->resample == TD_RESAMPLE_CLUSTERS) {
        TD_TRY(number_clusters(unit, plan, params, err));
    } else {
        number_rows(unit, plan->rows->ranking[0], plan->rows->label);
    }
    if (params->resample == TD_RESAMPLE_CLASSES) {
        plan->draw.stratum_end[0] = plan->n_positives;
        plan->draw.n_strata = 2;
    }
    plan->draw.stratum_end[plan->draw.n_strata - 1] = plan->draw.n_units;
    return TD_OK;
}

/* ---- columns ---- */

/* Ranks of a block's positives begin at its first rank, those of its negatives behind them. */
typedef struct place {
    uint32_t next[2]; /* [label] */
} place;

static void write_row(td_boot_score *out, const td_bootstrap_rows *rows, uint32_t rank,
                      uint32_t row, double score) {
    double *column = out->column + (uint64_t)rank * out->n_columns;
    double gap = score - rows->label[row];
    column[TD_BOOT_SCORE] = out->is_probability ? score : 0.0;
    column[TD_BOOT_SQUARE] = out->is_probability ? gap * gap : 0.0;
    if (out->n_columns > TD_BOOT_MONEY) column[TD_BOOT_MONEY] = (double)rows->amount[row];
}

static void write_rows(td_boot_score *out, const td_bootstrap_rows *rows, const td_ranking *ranking,
                       const uint32_t *unit, const double *loss) {
    td_rank_block last = {0};
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b];
        place at = {{last.end + (block.positives_end - last.positives_end), last.end}};
        for (uint32_t i = last.end; i < block.end; i++) {
            uint32_t row = ranking->order[i], rank = at.next[rows->label[row] == 1.0]++;
            out->unit[rank] = unit[row];
            if (out->n_columns == 0) continue;
            write_row(out, rows, rank, row, block.score);
            out->column[(uint64_t)rank * out->n_columns + TD_BOOT_LOSS] =
                out->is_probability ? loss[row] : 0.0;
        }
        last = block;
    }
}

static int is_probability(const td_ranking *ranking) {
    return ranking->blocks[0].score <= 1.0 && ranking->blocks[ranking->n_blocks - 1].score >= 0.0;
}

static td_status fill_columns(td_boot_score *out, const td_bootstrap_rows *rows, uint32_t s,
                              const uint32_t *unit, td_error *err) {
    const td_ranking *ranking = rows->ranking[s];
    double *loss = NULL;
    out->ranking = ranking;
    out->is_probability = is_probability(ranking);
    out->n_columns = out->is_probability ? TD_BOOT_MONEY : 0;
    if (rows->amount != NULL) out->n_columns = TD_BOOT_COLUMNS;
    TD_NEW_ZEROED(out->unit, (uint64_t)ranking->n + TD_BOOT_AHEAD, err);
    TD_NEW(out->column, (uint64_t)ranking->n * out->n_columns, err);
    if (out->is_probability) {
        TD_NEW(loss, ranking->n, err);
        td_log_loss_rows(loss, rows->score[s], rows->label, ranking->n);
    }
    write_rows(out, rows, ranking, unit, loss);
    td_mem_free(loss);
    return TD_OK;
}

/* ---- steps and segments ---- */

/* Counts steps and segments, and writes them where there is room already. */
typedef struct cutter {
    td_boot_score *out;
    uint32_t n_steps, n_segments, n_blocks;
    uint32_t at;           /* rank behind the last step */
    uint32_t segment_rank; /* rank and step behind the last segment */
    uint32_t segment_step;
    uint32_t bin;
    uint32_t run; /* rank where the open run began, NO_RUN = none is open */
} cutter;

static void add_step(cutter *c, td_boot_step step) {
    if (c->out->step != NULL) c->out->step[c->n_steps] = step;
    c->n_steps++;
    c->n_blocks += step.end > step.negatives_end;
    c->at = step.end;
}

/* Close what is open: a run, or negatives, up to this rank. */
static void close_step(cutter *c, uint32_t end) {
    if (c->run != NO_RUN) {
        add_step(c, (td_boot_step){c->run, end, end, 1});
    } else if (end > c->at) {
        add_step(c, (td_boot_step){end, end, end, 0});
    }
    c->run = NO_RUN;
}

static void close_segment(cutter *c, int is_one_block) {
    if (c->n_steps == c->segment_step) return;
    if (c->out->segment != NULL)
        c->out->segment[c->n_segments] = (td_boot_segment){c->n_steps, c->bin, is_one_block};
    c->n_segments++;
    c->segment_step = c->n_steps;
    c->segment_rank = c->at;
}

/* Money in ranks [begin, end). */
static int has_amount(const td_boot_score *score, uint32_t begin, uint32_t end) {
    if (score->n_columns < TD_BOOT_COLUMNS) return 0;
    for (uint64_t i = begin; i < end; i++) {
        if (score->column[i * TD_BOOT_COLUMNS + TD_BOOT_MONEY] > 0.0) return 1;
    }
    return 0;
}

/* Negatives that no curve bends along; long stretches are cut. */
static void cut_negatives(cutter *c, uint32_t begin, uint32_t end) {
    if (c->run != NO_RUN) close_step(c, begin);
    while (end - c->at >= SEGMENT_ROWS) {
        close_step(c, c->at + SEGMENT_ROWS);
        close_segment(c, 0);
    }
}

/* One positive, alone with its score, goes on with the run. */
static void cut_single(cutter *c, uint32_t begin) {
    if (c->run == NO_RUN) c->run = begin;
    if (begin + 1 - c->segment_rank < SEGMENT_ROWS) return;
    close_step(c, begin + 1);
    close_segment(c, 0);
}

static void cut_block(cutter *c, td_rank_block block, td_rank_block last) {
    uint32_t positives = block.positives_end - last.positives_end, rows = block.end - last.end;
    uint32_t bin = c->out->is_probability ? td_reliability_bin_of(block.score) : 0;
    int is_plain = positives == 0 && !has_amount(c->out, last.end, block.end);
    int is_single = positives == 1 && rows == 1;
    int is_long = !is_plain && rows >= SEGMENT_ROWS;
    if (bin != c->bin || is_long) {
        close_step(c, last.end);
        close_segment(c, 0);
    }
    c->bin = bin;
    if (is_plain) {
        cut_negatives(c, last.end, block.end);
    } else if (is_single) {
        cut_single(c, last.end);
    } else {
        if (c->run != NO_RUN) close_step(c, last.end);
        add_step(c, (td_boot_step){last.end, last.end + positives, block.end, 0});
        if (is_long || block.end - c->segment_rank >= SEGMENT_ROWS) close_segment(c, is_long);
    }
}

static cutter cut_steps(td_boot_score *out, const td_ranking *ranking) {
    cutter c = {.out = out, .run = NO_RUN};
    td_rank_block last = {0};
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        cut_block(&c, ranking->blocks[b], last);
        last = ranking->blocks[b];
    }
    close_step(&c, ranking->n);
    close_segment(&c, 0);
    return c;
}

static td_status fill_steps(td_boot_score *out, const td_ranking *ranking, td_error *err) {
    cutter size = cut_steps(out, ranking);
    out->n_steps = size.n_steps;
    out->n_blocks = size.n_blocks;
    out->n_segments = size.n_segments;
    TD_NEW(out->step, out->n_steps, err);
    TD_NEW(out->segment, out->n_segments, err);
    cut_steps(out, ranking);
    return TD_OK;
}

/* ---- public ---- */

static td_status fill_plan(td_boot_plan *plan, const td_bootstrap_params *params, uint32_t *unit,
                           td_error *err) {
    TD_TRY(number_units(unit, plan, params, err));
    for (uint32_t s = 0; s < plan->n_scores; s++) {
        TD_TRY(fill_columns(&plan->score[s], plan->rows, s, unit, err));
        TD_TRY(fill_steps(&plan->score[s], plan->rows->ranking[s], err));
    }
    return TD_OK;
}

td_status td_boot_plan_build(td_boot_plan *plan, const td_bootstrap_rows *rows,
                             const td_bootstrap_params *params, td_error *err) {
    for (uint32_t s = 0; s < rows->n_scores; s++) {
        TD_CHECK(rows->ranking[s]->n == rows->n, err, TD_ERR_SHAPE,
                 "a ranking of %u rows for %llu rows", rows->ranking[s]->n,
                 (unsigned long long)rows->n);
    }
    *plan = (td_boot_plan){.n = (uint32_t)rows->n,
                           .n_positives = rows->ranking[0]->n_positives,
                           .n_scores = rows->n_scores,
                           .rows = rows,
                           .n_metrics = td_boot_at_cut(rows->n_cuts, 0),
                           .draw.seed = params->seed};
    uint32_t *unit = NULL;
    TD_NEW(unit, rows->n, err);
    td_status status = fill_plan(plan, params, unit, err);
    td_mem_free(unit);
    if (status != TD_OK) td_boot_plan_free(plan);
    return status;
}

void td_boot_plan_free(td_boot_plan *plan) {
    for (int s = 0; s < TD_MAX_SCORES; s++) {
        td_mem_free(plan->score[s].unit);
        td_mem_free(plan->score[s].column);
        td_mem_free(plan->score[s].step);
        td_mem_free(plan->score[s].segment);
    }
    td_mem_free(plan->unit_rows);
    td_mem_free(plan->unit_positives);
    *plan = (td_boot_plan){0};
}
