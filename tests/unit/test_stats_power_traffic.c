/* stats/power_traffic: distinct visitors of every window, counted the slow way. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/rng.h"
#include "stats/power.h"

enum { DAYS = 23, VISITORS = 40 };

/* The visitor of the drawing: days 2, 6, 7 of 10. */
Test(stats_power_traffic, one_visitor_by_hand) {
    const uint32_t visitor[] = {5, 5, 5}, day[] = {2, 6, 7};
    double mean[10];
    td_visits visits = {visitor, day, 3, 10};
    cr_assert_eq(td_traffic_curve(mean, &visits, NULL), TD_OK);
    cr_assert_float_eq(mean[0], .3, 1e-15);
    cr_assert_float_eq(mean[1], 1 - 4. / 9, 1e-15); /* windows at 0, 3, 4, 8 */
    cr_assert_float_eq(mean[2], 1 - 1. / 8, 1e-15); /* the window at 3 */
    cr_assert_float_eq(mean[3], 1, 1e-15);
    cr_assert_float_eq(td_traffic_days(mean, 10, .15), .5, 1e-15);
    cr_assert(isnan(td_traffic_days(mean, 10, 2))); /* nobody else ever comes */
}

Test(stats_power_traffic, random_visits_agree_with_counting_every_window) {
    td_rng rng = td_rng_stream(77, "visits", 0, 0);
    uint32_t visitor[VISITORS * DAYS], day[VISITORS * DAYS];
    char is_there[VISITORS][DAYS] = {0};
    td_visits visits = {visitor, day, 0, DAYS};
    for (uint32_t v = 0; v < VISITORS; v++) {
        for (uint32_t d = 0; d < DAYS; d++) {
            if (td_rng_below(&rng, 9) != 0 && d != v % DAYS) continue;
            is_there[v][d] = 1;
            visitor[visits.n] = v;
            day[visits.n++] = d;
        }
    }
    double mean[DAYS];
    cr_assert_eq(td_traffic_curve(mean, &visits, NULL), TD_OK);
    for (int d = 1; d <= DAYS; d++) {
        int sum = 0;
        for (int s = 0; s + d <= DAYS; s++) {
            for (int v = 0; v < VISITORS; v++) {
                int seen = 0;
                for (int k = s; k < s + d; k++) seen |= is_there[v][k];
                sum += seen;
            }
        }
        cr_assert_float_eq(mean[d - 1], (double)sum / (DAYS - d + 1), 1e-12, "%d days", d);
    }
}

/* A log whose visitors never return has the straight line of visitors a day, also beyond its end.
 */
Test(stats_power_traffic, visitors_who_never_return_give_a_straight_line) {
    uint32_t visitor[DAYS * 3], day[DAYS * 3];
    for (uint32_t i = 0; i < DAYS * 3; i++) {
        visitor[i] = i;
        day[i] = i / 3;
    }
    double mean[DAYS];
    td_visits visits = {visitor, day, DAYS * 3, DAYS};
    cr_assert_eq(td_traffic_curve(mean, &visits, NULL), TD_OK);
    for (int d = 0; d < DAYS; d++) cr_assert_float_eq(mean[d], 3. * (d + 1), 1e-12);
    cr_assert_float_eq(td_traffic_days(mean, DAYS, 300), 100, 1e-10);
}

Test(stats_power_traffic, impossible_visits_are_named) {
    const uint32_t visitor[] = {1, 0}, day[] = {0, 9};
    double mean[4];
    td_visits order = {visitor, day, 2, 20}, late = {visitor, day + 1, 1, 4},
              none = {visitor, day, 0, 0};
    cr_assert_eq(td_traffic_curve(mean, &late, NULL), TD_ERR_RANGE);
    cr_assert_eq(td_traffic_curve(mean, &none, NULL), TD_ERR_RANGE);
    double more[20];
    cr_assert_eq(td_traffic_curve(more, &order, NULL), TD_ERR_RANGE);
}
