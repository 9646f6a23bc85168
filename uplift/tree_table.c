/* uplift/tree_table.c: a forest's rows, laid out and quantised for histograms. See tree_hist.h.
 *
 *   1. Unit of an arm: its rows' weight where they all have the same one (a trial with known
 *      chances), else the largest power of two that is not above the largest weight. So rows of the
 *      first kind weigh exactly 1, the heaviest row of the second from 1 to 2: one step serves all
 *      arms, whatever the weights are multiplied with.
 *   2. hess = weight / unit, grad = outcome * hess; both become integers (gbdt/quantise.c), whose
 *      step is a power of two. The largest value is announced 1/2048 larger than it is: then the
 *      integers of 0 and 1 are 0 and 2048 and none is cut off at the end of its range.
 *   3. Narrow integers (12 bits) where they are exact, or where no few rows hold nearly all of the
 *      sum and no row weighs less than one step, so that each has an integer of 1 or more. Else
 *      wide ones: of orders of 5 to 500 from one customer in a hundred, 12 bits of 500 would leave
 *      little; of weights over four decades, many rows would weigh nothing.
 *   4. Narrow integers are written behind their rows' codes, once for all trees.
 *
 * Cost: a few passes over the rows, and one over the codes. What it does not do: draw rows
 * (forest.c) or sum them (tree_hist.c). */
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/binning.h"
#include "uplift/tree_hist.h"

static const double headroom = 1 + 0x1p-11;

void td_effect_table_free(td_effect_table *table) {
    td_blocks_free(&table->blocks);
    td_quantised_free(&table->q);
    td_mem_free(table->slot);
    memset(table, 0, sizeof *table);
}

static double weight_of(const td_forest_rows *rows, uint64_t i) {
    return rows->weight != NULL ? rows->weight[i] : 1;
}

/* Largest power of two <= x; of numbers next to 0, 2^-900, whose inverse is finite. */
static double power_below(double x) {
    uint64_t bits;
    x = fmax(x, 0x1p-900);
    memcpy(&bits, &x, sizeof bits);
    bits &= ~(((uint64_t)1 << 52) - 1); /* the fraction goes */
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Step 1. */
static void find_units(double *unit, const td_forest_rows *rows) {
    double least[TD_UPLIFT_MAX_ARMS], most[TD_UPLIFT_MAX_ARMS];
    for (uint32_t a = 0; a < rows->n_arms; a++) {
        least[a] = HUGE_VAL;
        most[a] = 0;
    }
    for (uint64_t i = 0; i < rows->binned->n_rows; i++) {
        uint32_t a = rows->arm[i];
        double weight = weight_of(rows, i);
        least[a] = fmin(least[a], weight);
        most[a] = fmax(most[a], weight);
    }
    for (uint32_t a = 0; a < rows->n_arms; a++) {
        unit[a] = least[a] == most[a] ? most[a] : power_below(most[a]);
    }
}

/* Step 2: real values in units, and how large they are. */
static td_gradient_range fill_reals(double *grad, double *hess, const td_forest_rows *rows,
                                    const double *unit) {
    td_gradient_range range = {0, 0, 0, 0};
    for (uint64_t i = 0; i < rows->binned->n_rows; i++) {
        hess[i] = weight_of(rows, i) / unit[rows->arm[i]];
        grad[i] = rows->binned->label[i] * hess[i];
        range.max_grad = fmax(range.max_grad, fabs(grad[i]));
        range.max_hess = fmax(range.max_hess, hess[i]);
        range.sum_grad += fabs(grad[i]);
        range.sum_hess += hess[i];
    }
    range.max_grad *= headroom;
    range.max_hess *= headroom;
    return range;
}

static int is_exact(const td_quantised *q, const double *grad, const double *hess) {
    for (uint64_t i = 0; i < q->n_rows; i++) {
        if ((double)td_quantised_grad(q, i) * q->grad_scale != grad[i]) return 0;
        if ((double)td_quantised_hess(q, i) * q->hess_scale != hess[i]) return 0;
    }
    return 1;
}

/* Is none of the weights below one step? Then floor(hess / step + dither) is 1 or more. */
static int keeps_all(const td_quantised *q, const double *hess) {
    for (uint64_t i = 0; i < q->n_rows; i++) {
        if (hess[i] < q->hess_scale) return 0;
    }
    return 1;
}

/* Step 3; q->is_wide tells which form was taken. */
static td_status quantise(td_quantised *q, const double *grad, const double *hess, uint64_t n,
                          td_quantise_how how, td_error *err) {
    TD_TRY(td_quantise(q, grad, hess, n, &how, err));
    int is_even = !td_has_heavy_tail(how.range, n) && keeps_all(q, hess);
    if (is_even || is_exact(q, grad, hess)) return TD_OK;
    how.must_be_wide = 1;
    return td_quantise(q, grad, hess, n, &how, err);
}

static td_status number_rows(td_effect_table *table, const td_forest_rows *rows,
                             const td_exec *exec, td_error *err) {
    uint64_t n = rows->binned->n_rows;
    double unit[TD_UPLIFT_MAX_ARMS], *grad, *hess;
    find_units(unit, rows);
    TD_NEW(grad, 2 * n, err);
    hess = grad + n;
    td_quantise_how how = {.range = fill_reals(grad, hess, rows, unit), .exec = exec};
    td_status status = quantise(&table->q, grad, hess, n, how, err);
    td_mem_free(grad);
    for (uint32_t a = 0; a < rows->n_arms; a++) {
        table->outcome_scale[a] = table->q.grad_scale * unit[a];
        table->weight_scale[a] = table->q.hess_scale * unit[a];
    }
    return status;
}

static td_status place_features(td_effect_table *table, uint32_t n_features, td_error *err) {
    const td_blocks *blocks = &table->blocks;
    TD_NEW(table->slot, n_features, err);
    for (uint32_t f = 0; f < n_features; f++) table->slot[f] = blocks->n_slots;
    for (uint32_t s = 0; s < blocks->n_slots; s++) table->slot[blocks->slot[s].feature] = s;
    return TD_OK;
}

static td_status build(td_effect_table *table, const td_forest_rows *rows, const td_exec *exec,
                       td_error *err) {
    uint64_t n = rows->binned->n_rows;
    table->n_arms = rows->n_arms;
    TD_TRY(number_rows(table, rows, exec, err));
    TD_TRY(td_blocks_build(&table->blocks, rows->binned, exec, err));
    TD_TRY(place_features(table, rows->binned->n_features, err));
    for (uint32_t k = 0; !table->q.is_wide && k < table->blocks.n_panels; k++) {
        td_blocks_put_words(&table->blocks, k, table->q.word, NULL, 0, n);
    }
    return TD_OK;
}

td_status td_effect_table_build(td_effect_table *out, const td_forest_rows *rows,
                                const td_exec *exec, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = build(out, rows, exec, err);
    if (status != TD_OK) td_effect_table_free(out);
    return status;
}
