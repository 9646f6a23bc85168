/* stats/bootstrap_plan.c: units, items and segments of a bootstrap, made once for all replicates.
 *
 *   1. Number the units. Rows: positives first, each class by rank under the first score; one
 *      stratum of all rows, or one per class. Clusters: their codes, one stratum.
 *   2. Sum over each unit's rows what a weighted mean needs: rows, positives, log-loss and squared
 *      error of each score (left at 0 where the score is no probability).
 *   3. For each score write its rows in order of rank as items (unit, flags) and cut the order into
 *      segments of whole blocks. A long block is a segment of its own: a cut inside it needs no
 *      second look at its rows.
 * KS flags: with p of P positives and t of T rows seen, p T - t P rises at a positive row and falls
 * at a negative one. Its extremes lie where a run of one class ends, and where a mixed block does.
 * Cost: O(n) time, (16 + 8 n_scores) n bytes of sums and 8 n_scores n of items. */
#include "stats/bootstrap_plan.h"

#include <math.h>

#include "core/base/mem.h"
#include "stats/probability.h"

enum { SEGMENT_ROWS = 1024 };

/* unit[row] = class first, then rank. */
static void number_rows(uint32_t *unit, const td_ranking *ranking, const double *label) {
    uint32_t next[2] = {ranking->n_positives, 0}; /* [label] */
    for (uint32_t i = 0; i < ranking->n; i++) {
        uint32_t row = ranking->order[i];
        unit[row] = next[label[row] == 1.0]++;
    }
}

static td_status number_units(uint32_t *unit, td_boot_plan *plan, const td_bootstrap_rows *rows,
                              const td_bootstrap_params *params, td_error *err) {
    plan->draw.n_strata = 1;
    plan->draw.n_units = plan->n;
    if (params->resample != TD_RESAMPLE_CLUSTERS) {
        number_rows(unit, rows->ranking[0], rows->label);
        if (params->resample == TD_RESAMPLE_CLASSES) {
            plan->draw.stratum_end[0] = rows->ranking[0]->n_positives;
            plan->draw.n_strata = 2;
        }
    } else {
        plan->draw.n_units = params->n_clusters;
        for (uint32_t i = 0; i < plan->n; i++) {
            TD_CHECK(params->cluster[i] < params->n_clusters, err, TD_ERR_RANGE,
                     "cluster of row %u is %u, there are %u", i + 1, params->cluster[i],
                     params->n_clusters);
            unit[i] = params->cluster[i];
        }
    }
    plan->draw.stratum_end[plan->draw.n_strata - 1] = plan->draw.n_units;
    return TD_OK;
}

static int is_probability(const double *score, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (!(score[i] >= 0.0 && score[i] <= 1.0)) return 0;
    }
    return 1;
}

/* Losses of score s, added up per unit. */
static td_status sum_losses(td_boot_plan *plan, const td_bootstrap_rows *rows, uint32_t s,
                            const uint32_t *unit, td_error *err) {
    double *log_loss = plan->sum + (uint64_t)(TD_BOOT_LOSSES + 2 * s) * plan->draw.n_units;
    double *brier = log_loss + plan->draw.n_units;
    plan->score[s].is_probability = is_probability(rows->score[s], plan->n);
    if (!plan->score[s].is_probability) return TD_OK;
    double *loss = NULL;
    TD_NEW(loss, plan->n, err);
    td_log_loss_rows(loss, rows->score[s], rows->label, plan->n);
    for (uint32_t i = 0; i < plan->n; i++) {
        double gap = rows->score[s][i] - rows->label[i];
        log_loss[unit[i]] += loss[i];
        brier[unit[i]] += gap * gap;
    }
    td_mem_free(loss);
    return TD_OK;
}

static td_status sum_units(td_boot_plan *plan, const td_bootstrap_rows *rows, const uint32_t *unit,
                           td_error *err) {
    plan->n_sums = TD_BOOT_LOSSES + 2 * rows->n_scores;
    TD_NEW_ZEROED(plan->sum, (uint64_t)plan->n_sums * plan->draw.n_units, err);
    for (uint32_t i = 0; i < plan->n; i++) {
        plan->sum[unit[i]] += 1.0;
        plan->sum[plan->draw.n_units + unit[i]] += rows->label[i];
    }
    for (uint32_t s = 0; s < rows->n_scores; s++) TD_TRY(sum_losses(plan, rows, s, unit, err));
    return TD_OK;
}

/* Kinds of block, for the KS flags: all negative, all positive, mixed. */
static int kind_of_block(const td_ranking *ranking, uint32_t b) {
    td_rank_block block = ranking->blocks[b], last = {0};
    if (b > 0) last = ranking->blocks[b - 1];
    uint32_t positives = block.positives_end - last.positives_end;
    if (positives == 0) return 0;
    return positives == block.end - last.end ? 1 : 2;
}

static void write_items(td_boot_item *item, const td_ranking *ranking, const double *label,
                        const uint32_t *unit) {
    uint32_t i = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        uint32_t end = ranking->blocks[b].end;
        int kind = kind_of_block(ranking, b);
        int is_turn =
            kind == 2 || b + 1 == ranking->n_blocks || kind_of_block(ranking, b + 1) != kind;
        for (uint32_t j = i; j < end; j++) {
            uint32_t row = ranking->order[j];
            uint32_t begins = j == i ? TD_ITEM_BEGIN : 0;
            uint32_t positive = label[row] == 1.0 ? TD_ITEM_POSITIVE : 0;
            item[j] = (td_boot_item){.unit = unit[row], .flags = begins | positive};
        }
        i = end;
        item[end - 1].flags |= TD_ITEM_END | (is_turn ? TD_ITEM_KS : 0);
    }
}

/* Close a segment at this block: it is long enough, the next block is long, or none follows. */
static int closes_segment(const td_ranking *ranking, uint32_t b, uint32_t begin) {
    uint32_t end = ranking->blocks[b].end;
    if (b + 1 == ranking->n_blocks || end - begin >= SEGMENT_ROWS) return 1;
    return ranking->blocks[b + 1].end - end >= SEGMENT_ROWS;
}

static uint32_t cut_segments(td_boot_segment *segment, const td_ranking *ranking) {
    uint32_t n = 0, begin = 0, first_block = 0;
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        if (!closes_segment(ranking, b, begin)) continue;
        if (segment != NULL) {
            segment[n] =
                (td_boot_segment){.end = ranking->blocks[b].end, .is_one_block = first_block == b};
        }
        n++;
        begin = ranking->blocks[b].end;
        first_block = b + 1;
    }
    return n;
}

static td_status build_score(td_boot_score *out, const td_ranking *ranking, const double *label,
                             const uint32_t *unit, td_error *err) {
    TD_NEW(out->item, ranking->n, err);
    write_items(out->item, ranking, label, unit);
    out->n_segments = cut_segments(NULL, ranking);
    TD_NEW(out->segment, out->n_segments, err);
    cut_segments(out->segment, ranking);
    return TD_OK;
}

static td_status fill_plan(td_boot_plan *plan, const td_bootstrap_rows *rows,
                           const td_bootstrap_params *params, uint32_t *unit, td_error *err) {
    TD_TRY(number_units(unit, plan, rows, params, err));
    TD_TRY(sum_units(plan, rows, unit, err));
    for (uint32_t s = 0; s < rows->n_scores; s++)
        TD_TRY(build_score(&plan->score[s], rows->ranking[s], rows->label, unit, err));
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
                           .n_scores = rows->n_scores,
                           .cut = rows->cut,
                           .n_cuts = rows->n_cuts,
                           .n_metrics = TD_BOOT_AT_K + 3 * rows->n_cuts,
                           .draw.seed = params->seed};
    uint32_t *unit = NULL;
    TD_NEW(unit, rows->n, err);
    td_status status = fill_plan(plan, rows, params, unit, err);
    td_mem_free(unit);
    if (status != TD_OK) td_boot_plan_free(plan);
    return status;
}

void td_boot_plan_free(td_boot_plan *plan) {
    for (int s = 0; s < 2; s++) {
        td_mem_free(plan->score[s].item);
        td_mem_free(plan->score[s].segment);
    }
    td_mem_free(plan->sum);
    *plan = (td_boot_plan){0};
}
