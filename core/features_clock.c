/* core/features_clock.c: the decision time itself.
 *
 * Problem: people buy at other hours and weekdays than they browse. All in UTC, as the log has no
 * time zone.
 *
 *     day = floor(ms / 86400000),  time of day = ms - 86400000 day
 *     weekday = (day + 3) mod 7, 0 = Monday, since 1970-01-01 (day 0) was a Thursday
 *     angle = 2 pi * time of day / 24 h: 23:59 and 00:01 are neighbours on the circle
 *
 * Day of the month by Hinnant's civil_from_days: years begin in March, so that the leap day is
 * the last of its year; an era has 400 years = 146097 days; day of the year d has month m = (5 d
 * + 2) / 153 and day of the month d - (153 m + 2) / 5 + 1.
 * (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2014, howardhinnant.github.io.)
 *
 * Times lie in 0 .. 9999-12-31 plus the decision delay, so nothing is negative. Cost: O(1). */
#include "core/base/numeric.h"
#include "core/features_views.h"

static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);
static const double TWO_PI = 6.283185307179586477;

static int64_t month_day(int64_t day) {
    int64_t shifted = day + 719468; /* days since 0000-03-01 */
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 = March */
    return day_of_year - (153 * month + 2) / 5 + 1;
}

void td_features_clock(double *out, const td_clock_view *clock) {
    int64_t day = clock->decision / DAY_MS;
    int64_t time_of_day = clock->decision % DAY_MS;
    double angle = TWO_PI * ((double)time_of_day / (double)DAY_MS);
    int64_t hour = time_of_day / HOUR_MS;
    int64_t weekday = (day + 3) % 7; /* 0 = Monday */
    out[TD_F_clock_hour] = (double)hour;
    out[TD_F_clock_weekday] = (double)weekday;
    out[TD_F_clock_month_day] = (double)month_day(day);
    out[TD_F_clock_day_sin] = td_sin(angle);
    out[TD_F_clock_day_cos] = td_cos(angle);
}
