/* gbdt/join.c: bins that are too fine for the rows at hand are joined with their neighbours.
 *
 * Problem: bins are quantiles of the whole table, the same number of rows in each. A model of a
 * part of the rows (one arm of an experiment, one side of a design that depends on x) finds some of
 * them nearly empty: there it may cut almost anywhere, and the more candidates a region of few rows
 * has, the likelier the best of them only follows noise. Had the part been binned by itself, its
 * bins would hold n / B rows everywhere.
 *
 *     rows of the table   | 4 | 4 | 4 | 4 | 4 | 4 |     B = 6 bins
 *     rows of the part    | 3 | 3 | 3 | 1 | 1 | 1 |     n = 12, n / B = 2
 *     joined              | 3 | 3 | 3 |   2   | 1 |
 *
 * For each number whose bins hold ranges of values, B of them, n rows without missing ones:
 *   1. Count the rows c_b of each bin.
 *   2. From the left: a joined bin holding h rows ends before bin b where that leaves it nearer to
 *      the wanted size than taking b in would,
 *
 *          |h - n/B| <= |h + c_b - n/B|     which is     h + c_b / 2 >= n / B
 *
 *      so that joined bins hold between 1/2 and 3/2 of n / B where the old ones hold no more than
 *      that. A last one of less than half is not begun.
 *   3. Codes are looked up in a table of 256; a joined bin has the bound of its last one.
 *
 * Bounds stay bounds of the whole table, so its codes still answer any question of a tree grown
 * here: rows with the finer codes may be scored and may stop the training (train.c).
 * A bin that holds a single value is left alone: a rare value, such as the flag of a small arm, is
 * information, a rare range is not. Cost: two passes over the codes, one byte a cell each.
 * Not done here: a finer cut than the table's, where the part has most of its rows. */
#include "gbdt/join.h"

#include <string.h>

#include "core/base/mem.h"

/* Steps 1 and 2: map[b] = the joined bin of bin b, upper[] its bounds; how many there are. */
static uint32_t join(uint8_t map[256], double upper[256], const td_bins *bins,
                     const uint64_t count[256]) {
    uint64_t left = 0, held = 0; /* rows from bin b on, and rows in joined bin k */
    uint32_t k = 0;
    for (uint32_t b = 0; b < bins->n_values; b++) left += count[b];
    double wanted = (double)left / bins->n_values;
    for (uint32_t b = 0; b < bins->n_values; b++) {
        int is_full = (double)held + (double)count[b] / 2 >= wanted;
        if (b > 0 && is_full && (double)left >= wanted / 2) {
            k++;
            held = 0;
        }
        held += count[b];
        left -= count[b];
        map[b] = (uint8_t)k;
        upper[k] = bins->upper[b];
    }
    return k + 1;
}

typedef struct joining {
    td_binned *rows;
    const td_bins *finer;
} joining;

static td_status join_feature(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const joining *job = ctx;
    uint64_t f = chunk.begin, n = job->rows->n_rows, count[256] = {0};
    const td_bins *finer = &job->finer[f];
    td_bins *bins = &job->rows->bin[f];
    uint8_t *code = job->rows->code + f * job->rows->stride, map[256];
    *bins = *finer;
    if (!finer->is_ranges) return TD_OK;
    bins->upper = job->rows->joined_upper + 256 * f;
    for (uint64_t i = 0; i < n; i++) count[code[i]]++;
    bins->n_values = join(map, bins->upper, finer, count);
    bins->n_bins = bins->n_values + (finer->n_bins - finer->n_values);
    map[finer->n_values] = (uint8_t)bins->n_values; /* missing */
    for (uint64_t i = 0; i < n; i++) code[i] = map[code[i]];
    return TD_OK;
}

/* n_borrowed = all: td_binned_free frees the array of bins and nothing that they point to. */
td_status td_bins_join(td_binned *rows, const td_exec *exec, td_error *err) {
    joining job = {rows, rows->bin};
    td_bins *bin;
    TD_NEW_ZEROED(bin, rows->n_features, err);
    rows->bin = bin;
    rows->owns_bins = 1;
    rows->n_borrowed = rows->n_features;
    rows->finer = job.finer;
    TD_NEW(rows->joined_upper, 256 * (uint64_t)rows->n_features, err);
    return td_par_for(exec, rows->n_features, 1, join_feature, &job, err);
}
