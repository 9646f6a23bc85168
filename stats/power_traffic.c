/* stats/power_traffic.c: how many days an experiment runs, by the log's own visitors.
 *
 * Visitors per day times days counts a visitor who comes back twice; visitors of the log over its
 * length forgets that most come in the first days. What an experiment of d days enrols is the
 * number of distinct visitors in a window of d days, on average over all D - d + 1 windows of the
 * log:
 *
 *     day      0 1 2 3 4 5 6 7 8 9            a window of d days misses this visitor when it lies
 *     visitor  . . x . . . x x . .            inside a gap; a gap of g days holds max(0, g - d + 1)
 *              gap 2   gap 3   gap 2          windows
 *
 *     mean(d) = V - sum over all gaps of all visitors max(0, g - d + 1) / (D - d + 1)
 *
 *   1. Gaps before the first visit, between visits and after the last, counted by length.
 *   2. The sum for each d from the counts.
 *   3. Days for a number of units: the curve read backwards.
 *
 * Windows near each end of the log count their visitors as new although they may have been there
 * before it: as an experiment does. Cost O(visits + D^2). Not here: seasons, growth.  */
#include <math.h>

#include "core/base/mem.h"
#include "stats/power.h"

/* Step 1: n_gap[g] for g in 1 .. n_days; returns the number of visitors. */
static td_status count_gaps(uint64_t *n_gap, uint64_t *n_visitors, const td_visits *visits,
                            td_error *err) {
    int64_t last = -1, n_days = visits->n_days;
    for (uint64_t i = 0; i < visits->n; i++) {
        int64_t day = visits->day[i];
        int is_new = i == 0 || visits->visitor[i] != visits->visitor[i - 1];
        TD_CHECK(day < n_days, err, TD_ERR_RANGE, "visit %llu: day %lld of a log of %lld days",
                 (unsigned long long)i, (long long)day, (long long)n_days);
        TD_CHECK(i == 0 || visits->visitor[i] > visits->visitor[i - 1] || (!is_new && day >= last),
                 err, TD_ERR_RANGE, "visit %llu: visits are not sorted by visitor and day",
                 (unsigned long long)i);
        if (is_new) {
            if (i > 0 && last < n_days - 1) n_gap[n_days - 1 - last]++;
            (*n_visitors)++;
            last = -1;
        }
        if (day > last + 1) n_gap[day - last - 1]++;
        last = day;
    }
    if (visits->n > 0 && last < n_days - 1) n_gap[n_days - 1 - last]++;
    return TD_OK;
}

td_status td_traffic_curve(double *mean, const td_visits *visits, td_error *err) {
    uint64_t *n_gap = NULL, n_visitors = 0, n_days = visits->n_days;
    TD_CHECK(n_days >= 1, err, TD_ERR_RANGE, "a log of no whole day has no traffic a day");
    TD_NEW_ZEROED(n_gap, n_days + 1, err);
    td_status status = count_gaps(n_gap, &n_visitors, visits, err);
    for (uint64_t d = 1; status == TD_OK && d <= n_days; d++) {
        uint64_t missed = 0;
        for (uint64_t g = d; g <= n_days; g++) missed += n_gap[g] * (g - d + 1);
        mean[d - 1] = (double)n_visitors - (double)missed / (double)(n_days - d + 1);
    }
    td_mem_free(n_gap);
    return status;
}

double td_traffic_days(const double *mean, uint32_t n_days, double units) {
    double before = 0, slope;
    for (uint32_t d = 0; d < n_days; d++) {
        if (mean[d] >= units) return d + (units - before) / (mean[d] - before);
        before = mean[d];
    }
    uint32_t start = n_days - (n_days + 3) / 4;
    slope = (mean[n_days - 1] - (start > 0 ? mean[start - 1] : 0)) / (n_days - start);
    return slope > 0 ? n_days + (units - before) / slope : __builtin_nan("");
}
