/* stats/survival.c: Kaplan-Meier with Greenwood's variance and log-log intervals.
 *
 * Problem: n units, each watched for a time; some converted at its end, the others were still
 * without conversion when the watch ended (the log was over, or the window).
 *
 *   1. Sort by time, conversions before ends of watches of the same time.
 *   2. At each distinct time t_j of conversions, with r_j units at risk and d_j conversions:
 *
 *          S(t) = prod_{t_j <= t} (1 - d_j / r_j)                              Kaplan-Meier
 *          Var S(t) = S(t)^2 G(t),  G(t) = sum_{t_j <= t} d_j / (r_j (r_j - d_j))   Greenwood
 *
 *   3. Interval: log(-log S) is closer to normal than S, and its limits stay inside (0, 1). With
 *      u = z sqrt(G) / |log S|:
 *
 *          S^exp(u) <= S <= S^exp(-u)
 *
 *      No event yet (S = 1) or nobody left (S = 0): no variance, no interval.
 *
 * The watch must not end because of what the unit would have done next: true for the end of the log
 * and for a fixed window. Products and sums run in time order on one thread: the same bits always.
 *
 * Cost: one radix sort. It does not compare groups.
 * References: Kaplan, Meier 1958, doi:10.1080/01621459.1958.10501452; Greenwood 1926, Reports on
 * Public Health 33; Kalbfleisch, Prentice 2002, doi:10.1002/9781118032985 (section 1.4). */
#include "stats/survival.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "core/base/radix.h"

void td_survival_free(td_survival *survival) {
    td_mem_free(survival->step);
    *survival = (td_survival){0};
}

/* Step 1: key = 2 time + (0 converted, 1 not). */
static td_status sort_units(td_keyed **out, const int64_t *time, const uint8_t *is_event,
                            uint64_t n, const td_exec *exec, td_error *err) {
    td_keyed *row;
    td_keyed *scratch;
    TD_NEW(row, n, err);
    *out = row;
    for (uint64_t i = 0; i < n; i++) {
        TD_CHECK(time[i] >= 0 && time[i] < INT64_MAX / 2, err, TD_ERR_RANGE,
                 "unit %llu was watched for a time of %lld", (unsigned long long)i + 1,
                 (long long)time[i]);
        row[i] = (td_keyed){.key = 2 * (uint64_t)time[i] + (is_event[i] ? 0 : 1)};
    }
    TD_NEW(scratch, n, err);
    td_status status = td_radix_sort(row, scratch, n, exec, err);
    td_mem_free(scratch);
    return status;
}

static uint64_t count_steps(const td_keyed *row, uint64_t n) {
    uint64_t n_steps = 0;
    for (uint64_t i = 0; i < n; i++) {
        int is_event = !(row[i].key & 1);
        n_steps += is_event && (i == 0 || row[i].key != row[i - 1].key);
    }
    return n_steps;
}

/* Step 2. */
static void walk(td_survival *out, const td_keyed *row) {
    double survival = 1;
    double greenwood = 0;
    uint64_t end;
    for (uint64_t i = 0; i < out->n; i = end) {
        for (end = i + 1; end < out->n && row[end].key == row[i].key;) end++;
        if (row[i].key & 1) continue;
        double at_risk = (double)(out->n - i);
        double events = (double)(end - i);
        survival *= 1 - events / at_risk;
        greenwood += events / (at_risk * (at_risk - events));
        if (end == out->n) survival = 0;
        out->step[out->n_steps++] = (td_survival_step){.time = (int64_t)(row[i].key / 2),
                                                       .at_risk = out->n - i,
                                                       .events = end - i,
                                                       .survival = survival,
                                                       .greenwood = greenwood};
        out->n_events += end - i;
    }
}

static td_status fit(td_survival *out, const td_keyed *row, td_error *err) {
    TD_NEW(out->step, count_steps(row, out->n), err);
    walk(out, row);
    if (out->n > 0) out->longest = (int64_t)(row[out->n - 1].key / 2);
    return TD_OK;
}

td_status td_survival_fit(td_survival *out, const int64_t *time, const uint8_t *is_event,
                          uint64_t n, const td_exec *exec, td_error *err) {
    *out = (td_survival){.n = n, .longest = -1};
    td_keyed *row = NULL;
    td_status status = sort_units(&row, time, is_event, n, exec, err);
    if (status == TD_OK) status = fit(out, row, err);
    td_mem_free(row);
    if (status != TD_OK) td_survival_free(out);
    return status;
}

/* Step 3: limits of 1 - S. */
static td_interval share_interval(const td_survival_step *step, double level) {
    if (step->survival <= 0) return td_interval_undefined("everybody has converted");
    double log_s = td_log(step->survival);
    double z = td_normal_quantile(0.5 + 0.5 * level);
    double u = z * sqrt(step->greenwood) / -log_s;
    return td_interval_of(-td_expm1(log_s * td_exp(-u)), -td_expm1(log_s * td_exp(u)));
}

/* Steps with time <= t. */
static uint64_t steps_until(const td_survival *survival, int64_t time) {
    uint64_t low = 0;
    uint64_t high = survival->n_steps;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (survival->step[middle].time <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

td_survival_value td_survival_at(const td_survival *survival, int64_t time, double level) {
    uint64_t n = steps_until(survival, time);
    const td_survival_step *step = n > 0 ? &survival->step[n - 1] : NULL;
    td_survival_value out = {.at_risk = step != NULL ? step->at_risk : survival->n};
    int is_over = step != NULL && step->survival <= 0;
    if (time > survival->longest && !is_over) {
        const char *reason = survival->n == 0 ? "no units" : "nobody was watched that long";
        out.share = out.std_error = td_metric_undefined(reason);
        out.interval = td_interval_undefined(reason);
        return out;
    }
    out.share = td_metric_of(step != NULL ? 1 - step->survival : 0);
    if (step == NULL) {
        out.std_error = td_metric_undefined("no conversion yet");
        out.interval = td_interval_undefined("no conversion yet");
        return out;
    }
    out.interval = share_interval(step, level);
    out.std_error = is_over ? td_metric_undefined("everybody has converted")
                            : td_metric_of(step->survival * sqrt(step->greenwood));
    return out;
}

int64_t td_survival_quantile(const td_survival *survival, double p) {
    uint64_t low = 0;
    uint64_t high = survival->n_steps;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (1 - survival->step[middle].survival >= p) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low < survival->n_steps ? survival->step[low].time : -1;
}
