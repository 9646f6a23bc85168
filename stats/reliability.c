/* stats/reliability.c: the Brier score taken apart, and rates of groups of equal size.
 *
 * Problem: one number says that probabilities are off; this says where, and whether it is the level
 * (repaired by a calibration) or the ranking (repaired by nothing).
 *   1. Rows in groups k of n_k rows, rate o_k, score f_k; o the base rate. Murphy:
 *        Brier = (1/n) sum n_k (f_k - o_k)^2 - (1/n) sum n_k (o_k - o)^2 + o (1 - o)
 *                  miscalibration                discrimination           uncertainty
 *      exact when all scores of a group are equal, so the groups are the distinct scores. When
 *      nearly every row has a score of its own, both parts run towards their largest values.
 *   2. CORP takes the rates o_k from isotonic regression instead: with S the mean squared error,
 *        miscalibration = S(scores) - S(isotonic),  discrimination = S(base rate) - S(isotonic)
 *      which is stable for any number of distinct scores, and never negative.
 *   3. Ten groups of neighbouring ranks, n/10 rows each. A block that straddles a border gives each
 *      side its share of rows, positives and score:
 *        mean score s_g = (1/m) sum share * score,   rate r_g = hits / m
 *        ECE = sum (m_g / n) |s_g - r_g|
 *      Groups of equal width leave 99 % of a shop's sessions in their first bin; these do not.
 *
 * Sums over blocks run in the order of the ranking, compensated. Cost: O(blocks), and one isotonic
 * regression.
 *
 * References: Murphy (1973), doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2; Dimitriadis,
 * Gneiting, Jordan (2021), doi:10.1073/pnas.2016191118; Naeini, Cooper, Hauskrecht (AAAI 2015);
 * Wilson (1927), doi:10.1080/01621459.1927.10502953. */
#include "stats/reliability.h"

#include <math.h>

#include "core/base/numeric.h"
#include "stats/calibrate.h"
#include "stats/isotonic.h"

static td_rank_block block_above(const td_ranking *ranking, uint32_t b) {
    return b > 0 ? ranking->blocks[b - 1] : (td_rank_block){0};
}

/* ---- the Brier score ---- */

/* Sums over the blocks, not yet divided by n. */
static void measure_brier(td_reliability *out, const td_ranking *ranking, double isotonic_sum) {
    double n = ranking->n, base = ranking->n_positives / n;
    td_sum brier = {0}, gap = {0}, spread = {0};
    for (uint32_t b = 0; b < ranking->n_blocks; b++) {
        td_rank_block block = ranking->blocks[b], last = block_above(ranking, b);
        double rows = block.end - last.end, positives = block.positives_end - last.positives_end;
        double rate = positives / rows, f = block.score;
        td_sum_add(&gap, rows * (f - rate) * (f - rate));
        td_sum_add(&spread, rows * (rate - base) * (rate - base));
        td_sum_add(&brier, positives * (f - 1.0) * (f - 1.0) + (rows - positives) * f * f);
    }
    double score = td_sum_value(&brier) / n, best = isotonic_sum / n;
    out->uncertainty = td_metric_of(base * (1.0 - base));
    out->murphy.miscalibration = td_metric_of(td_sum_value(&gap) / n);
    out->murphy.discrimination = td_metric_of(td_sum_value(&spread) / n);
    /* differences of near equals: rounding must not make them negative */
    out->corp.miscalibration = td_metric_of(fmax(0.0, score - best));
    out->corp.discrimination = td_metric_of(fmax(0.0, out->uncertainty.value - best));
}

/* ---- groups of equal size ---- */

/* Ranks [begin, end) of the ranking, from the top; *b is the block that holds rank `begin` and is
 * moved to the one that holds `end`. */
static void fill_bin(td_mass_bin *bin, const td_ranking *ranking, uint64_t begin, uint64_t end,
                     uint32_t *b) {
    td_sum score = {0}, hits = {0};
    bin->rows = end - begin;
    bin->score_high = ranking->blocks[*b].score;
    for (uint64_t at = begin; at < end;) {
        td_rank_block block = ranking->blocks[*b], last = block_above(ranking, *b);
        uint64_t stop = block.end < end ? block.end : end;
        double rows = (double)(stop - at), rate = block.positives_end - last.positives_end;
        rate /= block.end - last.end;
        td_sum_add(&score, rows * block.score);
        td_sum_add(&hits, rows * rate);
        bin->score_low = block.score;
        at = stop;
        if (at == block.end) *b += 1;
    }
    bin->hits = td_sum_value(&hits);
    bin->mean_score = td_metric_of(td_sum_value(&score) / (double)bin->rows);
    bin->rate = td_metric_of(bin->hits / (double)bin->rows);
}

static void measure_bins(td_reliability *out, const td_ranking *ranking, double level) {
    uint64_t n = ranking->n;
    uint32_t b = 0;
    td_sum gaps = {0};
    double worst = 0.0;
    for (uint64_t g = 0; g < TD_MASS_BINS; g++) { /* g-th from the top, stored from below */
        td_mass_bin *bin = &out->bin[TD_MASS_BINS - 1 - g];
        uint64_t begin = g * n / TD_MASS_BINS, end = (g + 1) * n / TD_MASS_BINS;
        if (begin == end) continue;
        fill_bin(bin, ranking, begin, end, &b);
        bin->rate_ci = td_wilson_share(bin->hits, (double)bin->rows, level);
        double gap = fabs(bin->mean_score.value - bin->rate.value);
        td_sum_add(&gaps, (double)bin->rows * gap);
        worst = fmax(worst, gap);
    }
    out->ece_mass = td_metric_of(td_sum_value(&gaps) / (double)n);
    out->worst_gap = td_metric_of(worst);
}

/* ---- public ---- */

static void set_undefined(td_reliability *out, const char *reason) {
    td_metric none = td_metric_undefined(reason);
    td_mass_bin empty = {.mean_score = none, .rate = none};
    empty.rate_ci = td_interval_undefined(reason);
    *out = (td_reliability){.uncertainty = none,
                            .murphy = {none, none},
                            .corp = {none, none},
                            .ece_mass = none,
                            .worst_gap = none};
    for (int g = 0; g < TD_MASS_BINS; g++) out->bin[g] = empty;
}

td_status td_reliability_measure(td_reliability *out, const td_ranking *ranking, double level,
                                 td_error *err) {
    TD_CHECK(level > 0.0 && level < 1.0, err, TD_ERR_RANGE,
             "a confidence level of %g lies outside (0, 1)", level);
    set_undefined(out, "no rows");
    if (ranking->n == 0) return TD_OK;
    int is_probability =
        ranking->blocks[0].score <= 1.0 && ranking->blocks[ranking->n_blocks - 1].score >= 0.0;
    if (!is_probability) {
        set_undefined(out, "a score lies outside [0, 1]");
        return TD_OK;
    }
    double isotonic_sum = 0.0;
    TD_TRY(td_isotonic_brier_sum(&isotonic_sum, ranking, err));
    set_undefined(out, "no rows in this group");
    measure_brier(out, ranking, isotonic_sum);
    measure_bins(out, ranking, level);
    return TD_OK;
}
