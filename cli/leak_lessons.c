/* cli/leak_lessons.c: four features that know too much. ON PURPOSE: nothing but the lesson and the
 * tests of the leak audit may include this.
 *
 * Each engine below makes all honest features and then one more column, the way people make it by
 * hand: from the full tables, without the views that cut a scope at its bound.
 *
 *     leak_one_ms    <= decision + 1 instead of <= decision, an off-by-one in a loop
 *     leak_market    conversion of the item over the whole log, computed once and joined
 *     leak_catalog   the price that the item has in the latest snapshot, not as of the decision
 *     leak_bins      mean label by first item, fitted on all rows and not on train alone
 *
 *                      decision
 *     own       e   e     |e              leak_one_ms looks 1 ms too far
 *     others    x  x  x   |  x   x  x     leak_market counts them all
 *     catalog   p1        |     p2        leak_catalog takes p2
 *     labels    rows of train | rows of test    leak_bins averages over both
 *
 * The engines see what td_feature_inputs holds and nothing else, so the audit can hand them a log
 * that ends earlier. Cost: O(events + rows) beside the honest features. */
#include "cli/leak_lessons.h"

#include <math.h>

#include "core/base/mem.h"

/* One more number column at the right end; *value is its block. */
static td_status add_column(td_feature_set *set, const char *name, double **value, td_error *err) {
    td_table *table = &set->features;
    uint32_t n = table->n_columns;
    td_column *column = td_mem_resize(table->column, n + 1, sizeof *column, err);
    if (column == NULL) return TD_ERR_NOMEM;
    table->column = column;
    uint32_t *id = td_mem_resize(set->id, n + 1, sizeof *id, err);
    if (id == NULL) return TD_ERR_NOMEM;
    set->id = id;
    column[n] = (td_column){.kind = TD_COLUMN_NUMBER};
    table->n_columns = n + 1;
    id[n] = td_feature_count(); /* none of the whitelist */
    TD_TRY(td_table_set_number(table, n, name, err));
    *value = table->column[n].number;
    return TD_OK;
}

typedef td_status (*fill_fn)(double *value, const td_feature_inputs *inputs, td_error *err);

static td_status build(td_feature_set *out, const td_feature_inputs *inputs, const char *name,
                       fill_fn fill, td_error *err) {
    TD_TRY(td_features_build(out, inputs, NULL, err));
    double *value = NULL;
    td_status status = add_column(out, name, &value, err);
    if (status == TD_OK) status = fill(value, inputs, err);
    if (status != TD_OK) td_feature_set_free(out);
    return status;
}

/* First event of row i's session, and one past its last. */
static uint32_t first_event(const td_feature_inputs *inputs, uint64_t i) {
    return inputs->sessions->begin[inputs->population->session[i]];
}

static uint32_t end_event(const td_feature_inputs *inputs, uint64_t i) {
    return inputs->sessions->begin[inputs->population->session[i] + 1];
}

static td_status fill_one_ms(double *value, const td_feature_inputs *inputs, td_error *err) {
    (void)err;
    for (uint64_t i = 0; i < inputs->population->n; i++) {
        uint32_t n = 0;
        for (uint32_t e = first_event(inputs, i); e < end_event(inputs, i); e++) {
            n += inputs->events->timestamp[e] <= inputs->population->cut[i] + 1;
        }
        value[i] = n;
    }
    return TD_OK;
}

/* Greatest purchases per view of an item that the session shows by its decision. */
static td_status fill_market(double *value, const td_feature_inputs *inputs, td_error *err) {
    const td_events *events = inputs->events;
    uint32_t(*count)[TD_N_KINDS] = td_mem_zeroed(events->items.n, sizeof *count, err);
    if (count == NULL) return TD_ERR_NOMEM;
    for (uint64_t e = 0; e < events->n; e++) count[events->item[e]][events->kind[e]]++;
    for (uint64_t i = 0; i < inputs->population->n; i++) {
        value[i] = 0;
        for (uint32_t e = first_event(inputs, i); e < end_event(inputs, i); e++) {
            if (events->timestamp[e] > inputs->population->cut[i]) break;
            const uint32_t *n = count[events->item[e]];
            double rate = (double)n[TD_TRANSACTION] / (double)(n[TD_VIEW] + 1);
            value[i] = fmax(value[i], rate);
        }
    }
    td_mem_free(count);
    return TD_OK;
}

static td_status fill_catalog(double *value, const td_feature_inputs *inputs, td_error *err) {
    (void)err;
    for (uint64_t i = 0; i < inputs->population->n; i++) {
        uint32_t item = inputs->events->item[first_event(inputs, i)];
        int64_t price;
        int is_known = inputs->catalog != NULL && inputs->catalog->has_properties &&
                       td_catalog_value(inputs->catalog, TD_PRICE, item, INT64_MAX, &price);
        value[i] = is_known ? (double)price : NAN;
    }
    return TD_OK;
}

static td_status fill_bins(double *value, const td_feature_inputs *inputs, td_error *err) {
    const td_population *population = inputs->population;
    uint32_t(*count)[2] = td_mem_zeroed(inputs->events->items.n, sizeof *count, err);
    if (count == NULL) return TD_ERR_NOMEM;
    for (uint64_t i = 0; i < population->n; i++) {
        uint32_t *bin = count[inputs->events->item[first_event(inputs, i)]];
        bin[0]++;
        bin[1] += population->label[i];
    }
    for (uint64_t i = 0; i < population->n; i++) {
        const uint32_t *bin = count[inputs->events->item[first_event(inputs, i)]];
        value[i] = (double)bin[1] / (double)bin[0];
    }
    td_mem_free(count);
    return TD_OK;
}

#define ENGINE(lesson)                                                                             \
    static td_status engine_##lesson(td_feature_set *out, const td_feature_inputs *inputs,         \
                                     const td_exec *exec, td_error *err) {                         \
        (void)exec;                                                                                \
        return build(out, inputs, "leak_" #lesson, fill_##lesson, err);                            \
    }
ENGINE(one_ms)
ENGINE(market)
ENGINE(catalog)
ENGINE(bins)

const td_leak_lesson td_leak_lessons[TD_N_LEAK_LESSONS] = {
    {"leak_one_ms", "events of the session counted up to the decision + 1 ms", engine_one_ms},
    {"leak_market", "purchases per view of the items counted over the whole log", engine_market},
    {"leak_catalog", "price of the first item taken from the latest snapshot", engine_catalog},
    {"leak_bins", "mean label by first item, fitted on all rows, test rows among them",
     engine_bins},
};
