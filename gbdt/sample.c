/* gbdt/sample.c: rows and features drawn at random, the same for any number of threads.
 *
 * 1. Rows: row i is drawn when output i of the stream (seed, "bagging", round) is below
 *    bagging_fraction; at least one row is. The trees of all classes of a round see the same rows.
 * 2. Features: feature_fraction of them, rounded to nearest and at least one, for every tree. Slot
 *    after slot is kept with probability (still wanted) / (still to come), which makes every subset
 *    of that size equally likely (Fan, Muller, Rezucha 1962, doi:10.1080/01621459.1962.10480667).
 *
 * A draw is a pure function of seed, round and row: nothing is carried from round to round, so a
 * training that is cut and resumed, or rows that are spread over machines, see the same draws.
 * Cost: one step of the generator a row, or a feature. */
#include "gbdt/sample.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/base/rng.h"

void td_sample_free(td_sample *sample) {
    td_mem_free(sample->row);
    td_mem_free(sample->in_bag);
    td_mem_free(sample->use_slot);
    memset(sample, 0, sizeof *sample);
}

static td_status allocate(td_sample *sample, td_error *err) {
    const td_train_params *params = sample->params;
    if (params->bagging_freq > 0 && params->bagging_fraction < 1) {
        TD_NEW(sample->row, sample->n_rows, err);
        TD_NEW(sample->in_bag, sample->n_rows, err);
    }
    if (params->feature_fraction < 1) TD_NEW(sample->use_slot, sample->n_slots, err);
    return TD_OK;
}

td_status td_sample_init(td_sample *out, const td_train_params *params, uint64_t n_rows,
                         uint32_t n_slots, td_error *err) {
    *out = (td_sample){.params = params, .n_rows = n_rows, .n_slots = n_slots, .n = n_rows};
    td_status status = allocate(out, err);
    if (status != TD_OK) td_sample_free(out);
    return status;
}

/* in_bag tells of every row whether it was drawn (rows outside walk down the finished tree), row
 * lists the drawn ones, which the grower starts from. The list grows without a branch: each row is
 * written behind the last one kept, and kept or overwritten by the next. */
void td_sample_rows(td_sample *sample, uint32_t round) {
    if (sample->row == NULL || round % (uint32_t)sample->params->bagging_freq != 0) return;
    td_rng rng = td_rng_stream(sample->params->seed, "bagging", round, 0);
    sample->n = 0;
    for (uint64_t i = 0; i < sample->n_rows; i++) {
        sample->in_bag[i] = td_rng_uniform(&rng) < sample->params->bagging_fraction;
        sample->row[sample->n] = (uint32_t)i;
        sample->n += sample->in_bag[i];
    }
    if (sample->n > 0) return;
    sample->in_bag[0] = 1;
    sample->row[sample->n++] = 0;
}

void td_sample_features(td_sample *sample, uint32_t tree) {
    if (sample->use_slot == NULL) return;
    uint32_t n = sample->n_slots;
    td_rng rng = td_rng_stream(sample->params->seed, "features", tree, 0);
    uint64_t wanted = (uint64_t)(sample->params->feature_fraction * n + 0.5);
    if (wanted == 0) wanted = 1;
    for (uint32_t s = 0; s < n; s++) {
        sample->use_slot[s] = td_rng_below(&rng, n - s) < wanted;
        wanted -= sample->use_slot[s];
    }
}
