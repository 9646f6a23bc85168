/* core/leak_split.c: what one part of the split shares with another.
 *
 * Problem: a test figure is honest only if the test part is news to the model. Three ways of not
 * being news can be counted:
 *
 *   1. labels: a train row whose session lasts to the first start of valid took its label from a
 *      time that belongs to valid. The purge takes such rows out; here it is checked from the
 *      sessions themselves, and the least distance is measured. A session is known to be over only
 *      when the gap has passed: rows for which that reaches the boundary are counted as unsettled;
 *   2. rows: a test row with the very features of a train row can be answered by memory. Rows are
 *      hashed (64 bits, splitmix64 over the bits of the values in column order), and hashes of both
 *      parts are compared;
 *   3. visitors: counted by the split itself, repeated here so that all stands in one place.
 *
 *          h = 0;  for each value: h = mix(h + golden + bits(value))
 *
 * Cost: O(rows * columns) for the hashes, in parallel, and one radix sort. It does not judge: two
 * sessions of one visitor or two bounces at the same time of day are no fault of the split. The
 * mixing function is that of Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195. */
#include "core/leak_split.h"

#include <string.h>

#include "core/base/dict.h"
#include "core/base/mem.h"

enum { GRAIN = 1 << 14 };

static uint64_t mix(uint64_t x) {
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

typedef struct hash_job {
    const td_table *table;
    int64_t *hash; /* [rows] */
} hash_job;

/* Column by column, so that memory is read in order. */
static td_status hash_rows(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const hash_job *job = ctx;
    uint64_t *hash = (uint64_t *)job->hash;
    for (uint64_t i = chunk.begin; i < chunk.end; i++) hash[i] = 0;
    for (uint32_t c = 0; c < job->table->n_columns; c++) {
        const double *number = job->table->column[c].number;
        for (uint64_t i = chunk.begin; i < chunk.end; i++) {
            uint64_t bits;
            memcpy(&bits, &number[i], sizeof bits);
            hash[i] = mix(hash[i] + UINT64_C(0x9e3779b97f4a7c15) + bits);
        }
    }
    return TD_OK;
}

/* code [rows] of the hash of each row, parts [codes] zeroed. */
static void count_duplicates(td_leak_split *out, const uint32_t *code, uint8_t *is_in_train,
                             const td_split *split) {
    for (uint64_t i = 0; i < split->n; i++) {
        if (split->part[i] == TD_TRAIN) is_in_train[code[i]] = 1;
    }
    for (uint64_t i = 0; i < split->n; i++) {
        uint8_t part = split->part[i];
        if (part == TD_VALID || part == TD_TEST) out->n_duplicates[part] += is_in_train[code[i]];
    }
}

static td_status find_duplicates(td_leak_split *out, const td_feature_set *set,
                                 const td_split *split, int64_t *hash, const td_exec *exec,
                                 td_error *err) {
    hash_job job = {.table = &set->features, .hash = hash};
    TD_TRY(td_par_for(exec, set->n, GRAIN, hash_rows, &job, err));
    uint32_t *code;
    TD_NEW(code, set->n, err);
    td_iddict dict = {0};
    td_status status = td_iddict_build(&dict, code, hash, set->n, exec, err);
    uint8_t *is_in_train = NULL;
    if (status == TD_OK) {
        is_in_train = td_mem_zeroed(dict.n, sizeof *is_in_train, err);
        if (is_in_train == NULL) status = TD_ERR_NOMEM;
    }
    if (status == TD_OK) count_duplicates(out, code, is_in_train, split);
    td_mem_free(is_in_train);
    td_iddict_free(&dict);
    td_mem_free(code);
    return status;
}

static void measure_margins(td_leak_split *out, const td_feature_inputs *inputs,
                            const td_split *split) {
    const td_sessions *sessions = inputs->sessions;
    out->least_margin_ms = INT64_MAX;
    for (uint64_t i = 0; i < split->n; i++) {
        uint8_t part = split->part[i];
        if (part != TD_TRAIN && part != TD_VALID) continue;
        int64_t boundary = split->boundary[part == TD_VALID];
        int64_t margin = boundary - sessions->end[inputs->population->session[i]];
        out->n_late_labels += margin <= 0;
        out->n_unsettled += margin <= sessions->gap_ms;
        if (margin < out->least_margin_ms) out->least_margin_ms = margin;
    }
}

td_status td_leak_split_build(td_leak_split *out, const td_feature_inputs *inputs,
                              const td_feature_set *set, const td_split *split, const td_exec *exec,
                              td_error *err) {
    *out = (td_leak_split){.n_visitors_train_test = split->n_visitors_train_test,
                           .n_visitors_valid_test = split->n_visitors_valid_test};
    measure_margins(out, inputs, split);
    int64_t *hash;
    TD_NEW(hash, set->n, err);
    td_status status = find_duplicates(out, set, split, hash, exec, err);
    td_mem_free(hash);
    return status;
}
