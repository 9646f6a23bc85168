/* gbdt/subset.c: rows that are already binned, asked another question (subset.h).
 *
 * td_binned_take:
 *   1. Check every chosen row's label and weight, in the order of the rows, so that the row that an
 *      error names does not depend on threads.
 *   2. Copy labels and weights together.
 *   3. Per feature, in parallel: copy the codes together; where wanted join bins (join.c).
 *
 *          code column f of `from`    3 0 2 2 1 0 ...      row = {1, 2, 5}
 *          code column f of the take  0 2 0 | 0 padding
 *
 * td_binned_append:
 *   1. Bin the new column alone, as a table of one feature.
 *   2. Put its codes behind a copy of the others, its bins behind the others' (borrowed) ones.
 *
 * A copy costs one byte a cell, which is little beside one tree: growing it reads each cell about
 * log2(leaves) / 2 times. In return the trainer keeps rows that stand close together and needs no
 * notion of a row that is there but not meant.
 * Not done here: leaving features out (feature_fraction does), and learning new bins for a part of
 * the rows. With bins of the whole table a fold shares bounds, never labels, with its neighbours.
 */
#include "gbdt/subset.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/join.h"

/* ---- labels ---------------------------------------------------------------------------------- */

static uint64_t row_of(const td_subset *subset, uint64_t i) {
    return subset->row != NULL ? subset->row[i] : i;
}

static td_status check_row(const td_subset *subset, uint64_t row, td_error *err) {
    unsigned long long number = row + 1;
    double y = subset->label[row], weight = subset->weight != NULL ? subset->weight[row] : 1;
    TD_CHECK(fabs(y) <= 1e300, err, TD_ERR_RANGE, "row %llu: label %g is not finite", number, y);
    TD_CHECK(subset->objective != TD_OBJECTIVE_BINARY || y == 0 || y == 1, err, TD_ERR_RANGE,
             "row %llu: label %.17g is neither 0 nor 1", number, y);
    TD_CHECK(weight > 0 && weight <= 1e300, err, TD_ERR_RANGE,
             "row %llu: weight %g is not positive and finite", number, weight);
    return TD_OK;
}

static td_status check_subset(const td_binned *from, const td_subset *subset, uint64_t n,
                              td_error *err) {
    TD_CHECK(n > 0, err, TD_ERR_SHAPE, "a subset without rows");
    for (uint64_t i = 0; i < n; i++) {
        uint64_t row = row_of(subset, i);
        TD_CHECK(row < from->n_rows, err, TD_ERR_RANGE, "row %llu of a table of %llu rows",
                 (unsigned long long)row + 1, (unsigned long long)from->n_rows);
        TD_TRY(check_row(subset, row, err));
    }
    return TD_OK;
}

/* ---- copying --------------------------------------------------------------------------------- */

/* Empty matrix of n rows; codes are still to come. */
static td_status allocate(td_binned *out, uint64_t n, uint32_t n_features, int has_weight,
                          td_error *err) {
    out->n_rows = n;
    out->n_features = n_features;
    out->stride = ((n + 63) & ~(uint64_t)63) + 64;
    TD_NEW(out->code, out->stride * n_features, err);
    TD_NEW(out->label, n, err);
    if (has_weight) TD_NEW(out->weight, n, err);
    return TD_OK;
}

typedef struct copying {
    td_binned *out;
    const td_binned *from;
    const td_subset *subset; /* NULL = all rows */
} copying;

static td_status copy_codes(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const copying *job = ctx;
    uint32_t f = (uint32_t)chunk.begin;
    uint64_t n = job->out->n_rows;
    const uint8_t *from = td_binned_codes(job->from, f);
    uint8_t *to = job->out->code + f * job->out->stride;
    if (job->subset == NULL || job->subset->row == NULL) {
        memcpy(to, from, n);
    } else {
        for (uint64_t i = 0; i < n; i++) to[i] = from[job->subset->row[i]];
    }
    memset(to + n, 0, job->out->stride - n);
    return TD_OK;
}

static td_status take(td_binned *out, const td_binned *from, const td_subset *subset,
                      const td_exec *exec, td_error *err) {
    uint64_t n = subset->row != NULL ? subset->n_rows : from->n_rows;
    TD_TRY(check_subset(from, subset, n, err));
    TD_TRY(allocate(out, n, from->n_features, subset->weight != NULL, err));
    out->labels.n_classes = subset->objective == TD_OBJECTIVE_BINARY ? 2 : 0;
    out->bin = from->bin;
    for (uint64_t i = 0; i < n; i++) out->label[i] = subset->label[row_of(subset, i)];
    for (uint64_t i = 0; out->weight != NULL && i < n; i++) {
        out->weight[i] = subset->weight[row_of(subset, i)];
    }
    copying job = {out, from, subset};
    TD_TRY(td_par_for(exec, from->n_features, 1, copy_codes, &job, err));
    return subset->joins_bins ? td_bins_join(out, exec, err) : TD_OK;
}

td_status td_binned_take(td_binned **out, const td_binned *from, const td_subset *subset,
                         const td_exec *exec, td_error *err) {
    *out = NULL;
    td_binned *binned;
    TD_NEW_ZEROED(binned, 1, err);
    td_status status = take(binned, from, subset, exec, err);
    if (status == TD_OK) {
        *out = binned;
    } else {
        td_binned_free(binned);
    }
    return status;
}

/* ---- one feature more ------------------------------------------------------------------------ */

/* Bins and codes of the column alone. A table needs labels; those of `from` will do. */
static td_status bin_column(td_binned **one, const td_binned *from, const td_column *extra,
                            const td_train_params *params, const td_exec *exec, td_error *err) {
    td_matrix_view view = {
        .n_rows = from->n_rows, .n_features = 1, .feature = &extra, .label = from->label};
    td_train_params any_label = *params;
    any_label.objective = TD_OBJECTIVE_REGRESSION;
    any_label.metric = TD_METRIC_DEFAULT;
    any_label.scale_pos_weight = 1;
    any_label.num_class = 1;
    return td_binned_build(one, &view, &any_label, exec, err);
}

static td_status append(td_binned *out, const td_binned *from, td_binned *one, const td_exec *exec,
                        td_error *err) {
    uint64_t n = from->n_rows;
    uint32_t last = from->n_features;
    TD_TRY(allocate(out, n, last + 1, from->weight != NULL, err));
    TD_NEW_ZEROED(out->bin, (uint64_t)last + 1, err);
    memcpy(out->bin, from->bin, last * sizeof *out->bin);
    out->owns_bins = 1;
    out->n_borrowed = last;
    out->labels = from->labels;
    out->bin[last] = one->bin[0]; /* moved: `one` has none any more */
    memset(&one->bin[0], 0, sizeof one->bin[0]);
    memcpy(out->label, from->label, n * sizeof *out->label);
    if (out->weight != NULL) memcpy(out->weight, from->weight, n * sizeof *out->weight);
    memcpy(out->code + last * out->stride, one->code, out->stride);
    copying job = {out, from, NULL};
    return td_par_for(exec, last, 1, copy_codes, &job, err);
}

td_status td_binned_append(td_binned **out, const td_binned *from, const td_column *extra,
                           const td_train_params *params, const td_exec *exec, td_error *err) {
    *out = NULL;
    for (uint32_t f = 0; f < from->n_features; f++) {
        TD_CHECK(strcmp(from->bin[f].name, extra->name) != 0, err, TD_ERR_SHAPE,
                 "two feature columns are named '%s'", extra->name);
    }
    td_binned *one = NULL, *binned;
    TD_NEW_ZEROED(binned, 1, err);
    td_status status = bin_column(&one, from, extra, params, exec, err);
    if (status == TD_OK) status = append(binned, from, one, exec, err);
    if (status == TD_OK) {
        *out = binned;
    } else {
        td_binned_free(binned);
    }
    td_binned_free(one);
    return status;
}
