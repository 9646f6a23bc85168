/* gbdt/binned.c: from columns to the coded matrix that training reads.
 *
 * 1. Check the labels and weights (labels.c); copy them.
 * 2. Choose the rows that bounds are learned from: all of them, or one drawn at random from each of
 *    bin_construct_sample_cnt equal slices of the table (counter stream "bins"), so the choice does
 *    not depend on threads.
 * 3. Per feature, in parallel: learn its bins (binning.c; categories below), then code the column.
 *
 * Categories: the most frequent levels, at most max_bin - 1 (lower code first among equals), get a
 * bin each, in byte order of their texts. All else (missing, rare, unseen) has the code n_values.
 *
 * Other rows are coded with the same bins; columns are matched by name, levels by text.
 * Cost: O(rows * features * log bins). Memory: one byte per cell, and per thread two copies of the
 * sampled values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/base/rng.h"
#include "core/base/sort.h"
#include "core/packed.h"
#include "gbdt/binning.h"

uint64_t td_binned_rows(const td_binned *binned) { return binned->n_rows; }

void td_binned_free(td_binned *binned) {
    if (binned == NULL) return;
    uint32_t first = binned->n_borrowed;
    for (uint32_t f = first; binned->owns_bins && binned->bin && f < binned->n_features; f++) {
        td_mem_free(binned->bin[f].name);
        td_mem_free(binned->bin[f].upper);
        td_textdict_free(&binned->bin[f].levels);
    }
    if (binned->owns_bins) td_mem_free(binned->bin);
    td_mem_free(binned->joined_upper);
    td_mem_free(binned->code);
    td_mem_free(binned->label);
    td_mem_free(binned->weight);
    td_mem_free(binned);
}

/* ---- columns --------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static td_status check_names(const td_matrix_view *view, td_error *err) {
    TD_CHECK(view->n_features > 0, err, TD_ERR_SHAPE, "the table has no feature columns");
    const char **name;
    TD_NEW(name, view->n_features, err);
    for (uint32_t f = 0; f < view->n_features; f++) name[f] = view->feature[f]->name;
    qsort(name, view->n_features, sizeof *name, by_name);
    uint32_t f = 1;
    while (f < view->n_features && strcmp(name[f - 1], name[f]) != 0) f++;
    td_status status = TD_OK;
    if (f < view->n_features) {
        status = td_fail(err, TD_ERR_SHAPE, "two feature columns are named '%s'", name[f]);
    }
    td_mem_free(name);
    return status;
}

/* Empty matrix with labels and weights of the view; bins are still to come. */
static td_status allocate(td_binned **out, const td_matrix_view *view, td_error *err) {
    td_binned *binned;
    TD_NEW_ZEROED(binned, 1, err);
    *out = binned;
    uint64_t n = view->n_rows;
    binned->n_rows = n;
    binned->n_features = view->n_features;
    binned->stride = ((n + 63) & ~(uint64_t)63) + 64;
    TD_NEW(binned->code, binned->stride * view->n_features, err);
    TD_NEW(binned->label, n, err);
    memcpy(binned->label, view->label, n * sizeof *view->label);
    if (view->weight == NULL) return TD_OK;
    TD_NEW(binned->weight, n, err);
    memcpy(binned->weight, view->weight, n * sizeof *view->weight);
    return TD_OK;
}

/* ---- learning bins --------------------------------------------------------------------------- */

typedef struct learning {
    td_binned *binned;
    const td_matrix_view *view;
    const td_train_params *params;
    const uint32_t *sample; /* [n_sample] ascending rows, NULL = all rows */
    uint64_t n_sample;
    double *scratch; /* [threads * 2 * n_sample] */
} learning;

/* One row out of each of n_sample equal slices of the table. */
static void draw_sample(uint32_t *sample, uint64_t n_sample, uint64_t n_rows, uint64_t seed) {
    td_rng rng = td_rng_stream(seed, "bins", 0, 0);
    for (uint64_t i = 0; i < n_sample; i++) {
        uint64_t begin = i * n_rows / n_sample, end = (i + 1) * n_rows / n_sample;
        sample[i] = (uint32_t)(begin + td_rng_below(&rng, end - begin));
    }
}

static int has_missing(const td_column *column, uint64_t n) {
    const double *x = column->number;
    const uint32_t *cell = column->packed;
    int any = 0;
    for (uint64_t i = 0; cell == NULL && i < n; i++) any |= x[i] != x[i];
    for (uint64_t i = 0; cell != NULL && i < n; i++) any |= cell[i] == TD_PACKED_MISSING;
    return any;
}

static double number_at(const td_column *column, uint64_t row) {
    if (column->packed != NULL) return td_packed_value(column->packed[row], column->other);
    return column->number[row];
}

static td_status learn_number(td_bins *bins, const td_column *column, const learning *job,
                              double *scratch, td_error *err) {
    uint64_t n = 0;
    for (uint64_t i = 0; i < job->n_sample; i++) {
        double x = number_at(column, job->sample != NULL ? job->sample[i] : i);
        scratch[n] = x;
        n += x == x;
    }
    uint32_t any_missing = has_missing(column, job->binned->n_rows) != 0;
    td_sort_doubles(scratch, scratch + job->n_sample, n);
    td_bin_rule rule = {(uint32_t)job->params->max_bin - any_missing,
                        (uint32_t)job->params->min_data_in_bin};
    double upper[256];
    bins->is_ranges = td_bins_bound(upper, &bins->n_values, scratch, n, rule);
    bins->n_bins = bins->n_values + any_missing;
    TD_NEW(bins->upper, bins->n_values, err);
    memcpy(bins->upper, upper, bins->n_values * sizeof *upper);
    return TD_OK;
}

typedef struct level {
    uint32_t code;
    uint64_t rows;
} level;

static int by_rows(const void *a, const void *b) {
    const level *x = a, *y = b;
    if (x->rows != y->rows) return x->rows > y->rows ? -1 : 1;
    return (x->code > y->code) - (x->code < y->code);
}

static int by_code(const void *a, const void *b) {
    const level *x = a, *y = b;
    return (x->code > y->code) - (x->code < y->code);
}

/* Dictionary of the texts of the kept levels, which are sorted by code and so by text. */
static td_status copy_levels(td_textdict *out, const td_textdict *dict, const level *kept,
                             uint32_t n, td_error *err) {
    uint64_t n_bytes = 0;
    for (uint32_t k = 0; k < n; k++)
        n_bytes += dict->begin[kept[k].code + 1] - dict->begin[kept[k].code];
    TD_NEW(out->begin, (uint64_t)n + 1, err);
    TD_NEW(out->bytes, n_bytes, err);
    out->n = n;
    out->begin[0] = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint64_t from = dict->begin[kept[k].code], length = dict->begin[kept[k].code + 1] - from;
        memcpy(out->bytes + out->begin[k], dict->bytes + from, length);
        out->begin[k + 1] = out->begin[k] + length;
    }
    return TD_OK;
}

static td_status learn_category(td_bins *bins, const td_column *column, const learning *job,
                                td_error *err) {
    uint32_t n_levels = column->dict.n, n_kept = 0;
    uint64_t n_rows = job->binned->n_rows, rows_kept = 0;
    level *levels;
    TD_NEW(levels, n_levels, err);
    for (uint32_t k = 0; k < n_levels; k++) levels[k] = (level){k, 0};
    for (uint64_t i = 0; i < n_rows; i++) {
        if (column->code[i] < n_levels) levels[column->code[i]].rows++;
    }
    qsort(levels, n_levels, sizeof *levels, by_rows);
    while (n_kept < n_levels && (int32_t)n_kept + 1 < job->params->max_bin &&
           levels[n_kept].rows > 0) {
        rows_kept += levels[n_kept++].rows;
    }
    qsort(levels, n_kept, sizeof *levels, by_code);
    bins->n_values = n_kept;
    bins->n_bins = n_kept + (rows_kept < n_rows);
    td_status status = copy_levels(&bins->levels, &column->dict, levels, n_kept, err);
    td_mem_free(levels);
    return status;
}

/* ---- coding ---------------------------------------------------------------------------------- */

static td_status encode_category(uint8_t *code, const td_column *column, uint64_t n,
                                 const td_bins *bins, td_error *err) {
    uint8_t *level_of;
    TD_NEW(level_of, column->dict.n, err);
    for (uint32_t k = 0; k < column->dict.n; k++) {
        uint64_t from = column->dict.begin[k], length = column->dict.begin[k + 1] - from;
        uint32_t found = td_textdict_find(&bins->levels, column->dict.bytes + from, length);
        level_of[k] = (uint8_t)(found == TD_CODE_NONE ? bins->n_values : found);
    }
    for (uint64_t i = 0; i < n; i++) {
        uint32_t k = column->code[i];
        code[i] = k < column->dict.n ? level_of[k] : (uint8_t)bins->n_values;
    }
    td_mem_free(level_of);
    return TD_OK;
}

/* Packed cells become doubles a few at a time, in the cache. */
static void encode_packed(uint8_t *code, const td_column *column, uint64_t n, const td_bins *bins) {
    enum { AT_ONCE = 2048 };
    double value[AT_ONCE];
    for (uint64_t i = 0; i < n; i += AT_ONCE) {
        uint64_t some = n - i < AT_ONCE ? n - i : AT_ONCE;
        td_packed_decode(value, column->packed + i, some, column->other);
        td_bins_encode(code + i, value, some, bins);
    }
}

static td_status encode(td_binned *binned, uint32_t f, const td_column *column, td_error *err) {
    uint8_t *code = binned->code + f * binned->stride;
    const td_bins *bins = &binned->bin[f];
    memset(code + binned->n_rows, 0, binned->stride - binned->n_rows);
    if (bins->kind == TD_COLUMN_CATEGORY) {
        return encode_category(code, column, binned->n_rows, bins, err);
    }
    if (column->packed != NULL) {
        encode_packed(code, column, binned->n_rows, bins);
    } else {
        td_bins_encode(code, column->number, binned->n_rows, bins);
    }
    return TD_OK;
}

/* The owner of the columns may want the memory of this one now. */
static void finish_column(const td_matrix_view *view, uint32_t feature) {
    if (view->give_back != NULL) view->give_back(view->give_back_ctx, feature);
}

static td_status learn_feature(void *ctx, td_chunk chunk, td_error *err) {
    const learning *job = ctx;
    uint32_t f = (uint32_t)chunk.begin;
    const td_column *column = job->view->feature[f];
    td_bins *bins = &job->binned->bin[f];
    bins->kind = column->kind;
    bins->name = td_mem_text(column->name, err);
    if (bins->name == NULL) return TD_ERR_NOMEM;
    if (column->kind == TD_COLUMN_CATEGORY) {
        TD_TRY(learn_category(bins, column, job, err));
    } else {
        double *scratch = job->scratch + (uint64_t)chunk.worker * 2 * job->n_sample;
        TD_TRY(learn_number(bins, column, job, scratch, err));
    }
    TD_TRY(encode(job->binned, f, column, err));
    finish_column(job->view, f);
    return TD_OK;
}

/* Steps 2 and 3. */
static td_status learn(td_binned *binned, const td_matrix_view *view, const td_train_params *params,
                       const td_exec *exec, td_error *err) {
    uint64_t limit = (uint64_t)params->bin_construct_sample_cnt;
    learning job = {binned, view, params, NULL, view->n_rows, NULL};
    if (job.n_sample > limit) job.n_sample = limit;
    uint32_t *sample = td_mem_array(job.n_sample, sizeof *sample, err);
    uint64_t per_thread = 2 * job.n_sample;
    job.scratch = td_mem_array(per_thread * (uint64_t)td_exec_threads(exec), sizeof(double), err);
    td_status status = sample != NULL && job.scratch != NULL ? TD_OK : TD_ERR_NOMEM;
    if (status == TD_OK) {
        if (job.n_sample < view->n_rows) {
            draw_sample(sample, job.n_sample, view->n_rows, params->seed);
            job.sample = sample;
        }
        status = td_par_for(exec, view->n_features, 1, learn_feature, &job, err);
    }
    td_mem_free(sample);
    td_mem_free(job.scratch);
    return status;
}

td_status td_binned_build(td_binned **out, const td_matrix_view *train,
                          const td_train_params *params, const td_exec *exec, td_error *err) {
    *out = NULL;
    td_labels labels = td_labels_of(params);
    TD_TRY(td_params_check(params, err));
    TD_TRY(td_labels_check(train, labels, err));
    TD_TRY(td_labels_check_classes(train, labels, err));
    TD_TRY(check_names(train, err));
    td_binned *binned = NULL;
    td_status status = allocate(&binned, train, err);
    if (status == TD_OK) {
        binned->owns_bins = 1;
        binned->labels = labels;
        binned->bin = td_mem_zeroed(train->n_features, sizeof *binned->bin, err);
        status = binned->bin != NULL ? TD_OK : TD_ERR_NOMEM;
    }
    if (status == TD_OK) status = learn(binned, train, params, exec, err);
    if (status == TD_OK) {
        *out = binned;
    } else {
        td_binned_free(binned);
    }
    return status;
}

/* ---- other rows ------------------------------------------------------------------------------ */

typedef struct coding {
    td_binned *binned;
    const td_column **column; /* [n_features] in the order of the bins */
} coding;

static td_status code_feature(void *ctx, td_chunk chunk, td_error *err) {
    const coding *job = ctx;
    return encode(job->binned, (uint32_t)chunk.begin, job->column[chunk.begin], err);
}

/* Who misspelt a name is told the nearest one; only then are names compared letter by letter. */
static td_status fail_unmatched(const td_matrix_view *view, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (uint32_t f = 0; f < view->n_features; f++) {
        td_nearest_offer(&nearest, view->feature[f]->name);
    }
    return td_fail(err, TD_ERR_SHAPE, "no column is named '%s'%s%s%s", name,
                   nearest.name != NULL ? "; the nearest is '" : "",
                   nearest.name != NULL ? nearest.name : "", nearest.name != NULL ? "'" : "");
}

td_status td_columns_match(const td_column **out, uint32_t *place, const td_matrix_view *view,
                           const char *name, td_column_kind kind, td_error *err) {
    uint32_t n = view->n_features, at = *place < n ? *place : 0;
    for (uint32_t tried = 0; tried < n; tried++, at = at + 1 < n ? at + 1 : 0) {
        const td_column *column = view->feature[at];
        if (strcmp(column->name, name) != 0) continue;
        TD_CHECK(column->kind == kind, err, TD_ERR_ARG,
                 "column '%s' holds %s, the model expects %s", name,
                 column->kind == TD_COLUMN_NUMBER ? "numbers" : "categories",
                 kind == TD_COLUMN_NUMBER ? "numbers" : "categories");
        *out = column;
        *place = at + 1;
        return TD_OK;
    }
    return fail_unmatched(view, name, err);
}

static td_status code_others(td_binned *binned, const td_matrix_view *other, const td_exec *exec,
                             td_error *err) {
    coding job = {binned, NULL};
    TD_NEW(job.column, binned->n_features, err);
    td_status status = TD_OK;
    uint32_t place = 0;
    for (uint32_t f = 0; status == TD_OK && f < binned->n_features; f++) {
        const td_bins *bins = &binned->bin[f];
        status = td_columns_match(&job.column[f], &place, other, bins->name, bins->kind, err);
    }
    if (status == TD_OK) status = td_par_for(exec, binned->n_features, 1, code_feature, &job, err);
    td_mem_free(job.column);
    return status;
}

td_status td_binned_code(td_binned **out, const td_binned *train, const td_matrix_view *other,
                         const td_exec *exec, td_error *err) {
    *out = NULL;
    TD_TRY(td_labels_check(other, train->labels, err));
    td_binned *binned = NULL;
    td_matrix_view sized = *other;
    sized.n_features = train->n_features;
    td_status status = allocate(&binned, &sized, err);
    if (status == TD_OK) {
        binned->bin = train->bin;
        binned->labels = train->labels;
        status = code_others(binned, other, exec, err);
    }
    if (status == TD_OK) {
        *out = binned;
    } else {
        td_binned_free(binned);
    }
    return status;
}
