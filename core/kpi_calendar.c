/* core/kpi_calendar.c: the key figures in total and by day, hour and weekday.
 *
 * Problem: give every session the group codes of the three calendars, count the four groupings side
 * by side, and name a group for people.
 *
 * Steps, for a session that starts at t ms since 1970 UTC:
 *   1. day = floor(t / 86400000), hour = floor(t / 3600000) mod 24, weekday = (day + 3) mod 7 with
 *      0 = Monday, because 1970-01-01 was a Thursday.
 *   2. Days with a session become groups in ascending order; hours and weekdays are all there.
 *   3. One task a grouping (core/kpi.c counts it), the total is the fourth.
 *
 * The civil date of a day number d (days since 1970-01-01) is worked out in eras of 400 years =
 * 146097 days, with years that begin on 1 March so that the leap day comes last:
 *     z = d + 719468 (days since 0000-03-01),  era = floor(z / 146097),  doe = z - 146097 era
 *     yoe = (doe - doe/1460 + doe/36524 - doe/146096) / 365      year of the era, 0 .. 399
 *     doy = doe - (365 yoe + yoe/4 - yoe/100)                    day of the March year
 *     mp  = (5 doy + 2) / 153                                    month, 0 = March
 * Reference: Hinnant, "chrono-compatible low-level date algorithms" (2013), civil_from_days.
 *
 * Cost: O(sessions + days from the first to the last event). Everything is UTC: there are no time
 * zones here. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/kpi_parts.h"

#define MS_A_HOUR INT64_C(3600000)
#define MS_A_DAY  INT64_C(86400000)

enum { GRAIN = 1 << 16 };

typedef struct build_ctx {
    td_kpis *out;
    const td_kpi_input *input;
    td_kpi_digest digest;
    uint32_t *group[TD_N_CALENDARS]; /* [n_sessions] */
    int64_t first_day;               /* days since 1970 of the log's first event */
    uint32_t n_days;                 /* from the first to the last one */
    uint32_t *day; /* [n_days] group of each day, TD_CODE_NONE without a session */
} build_ctx;

/* Step 1; the day counts from the first day of the log for now. */
static td_status calendar_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    for (uint64_t s = chunk.begin; s < chunk.end; s++) {
        int64_t start = b->input->sessions->start[s];
        b->group[TD_BY_DAY][s] = (uint32_t)(start / MS_A_DAY - b->first_day);
        b->group[TD_BY_HOUR][s] = (uint32_t)(start / MS_A_HOUR % 24);
        b->group[TD_BY_WEEKDAY][s] = (uint32_t)((start / MS_A_DAY + 3) % 7);
    }
    return TD_OK;
}

/* Groups of a breakdown whose labels are 0 .. n-1. */
static td_status number_labels(td_kpi_breakdown *breakdown, uint32_t n, td_error *err) {
    breakdown->n = n;
    TD_NEW(breakdown->label, n, err);
    for (uint32_t i = 0; i < n; i++) breakdown->label[i] = i;
    return TD_OK;
}

/* Day of the log -> group. */
static td_status day_chunk(void *ctx, td_chunk chunk, td_error *err) {
    (void)err;
    const build_ctx *b = ctx;
    uint32_t *group = b->group[TD_BY_DAY];
    for (uint64_t s = chunk.begin; s < chunk.end; s++) group[s] = b->day[group[s]];
    return TD_OK;
}

/* Days that have a session become groups 0, 1, ... in order. */
static td_status group_days(build_ctx *b, const td_exec *exec, td_error *err) {
    uint64_t n = b->input->sessions->n;
    td_kpi_breakdown *by = &b->out->by[TD_BY_DAY];
    for (uint32_t i = 0; i < b->n_days; i++) b->day[i] = TD_CODE_NONE;
    for (uint64_t s = 0; s < n; s++) b->day[b->group[TD_BY_DAY][s]] = 0;
    for (uint32_t i = 0; i < b->n_days; i++) by->n += b->day[i] == 0;
    TD_NEW(by->label, by->n, err);
    uint32_t next = 0;
    for (uint32_t i = 0; i < b->n_days; i++) {
        if (b->day[i] == TD_CODE_NONE) continue;
        by->label[next] = b->first_day + i;
        b->day[i] = next++;
    }
    return td_par_for(exec, n, GRAIN, day_chunk, b, err);
}

/* Steps 1 and 2, and room for the results. */
static td_status assign_calendar(build_ctx *b, const td_exec *exec, td_error *err) {
    const td_events *events = b->input->events;
    uint64_t n = b->input->sessions->n;
    td_kpi_breakdown *by = b->out->by;
    b->first_day = events->first_timestamp / MS_A_DAY;
    b->n_days = (uint32_t)(events->last_timestamp / MS_A_DAY - b->first_day + 1);
    for (int i = 0; i < TD_N_CALENDARS; i++) TD_NEW(b->group[i], n, err);
    TD_NEW(b->day, b->n_days, err);
    TD_TRY(td_par_for(exec, n, GRAIN, calendar_chunk, b, err));
    TD_TRY(group_days(b, exec, err));
    TD_TRY(number_labels(&by[TD_BY_HOUR], 24, err));
    TD_TRY(number_labels(&by[TD_BY_WEEKDAY], 7, err));
    for (int i = 0; i < TD_N_CALENDARS; i++) TD_NEW(by[i].row, by[i].n, err);
    return TD_OK;
}

/* Task i < TD_N_CALENDARS is a calendar, the last one is the total. */
static td_status count_task(void *ctx, td_chunk chunk, td_error *err) {
    const build_ctx *b = ctx;
    uint64_t i = chunk.index;
    if (i == TD_N_CALENDARS) {
        return td_kpi_group_digested(&b->out->total, 1, NULL, b->input, &b->digest, err);
    }
    td_kpi_breakdown *by = &b->out->by[i];
    return td_kpi_group_digested(by->row, by->n, b->group[i], b->input, &b->digest, err);
}

void td_kpis_free(td_kpis *kpis) {
    for (int i = 0; i < TD_N_CALENDARS; i++) {
        td_mem_free(kpis->by[i].label);
        td_mem_free(kpis->by[i].row);
    }
    memset(kpis, 0, sizeof *kpis);
}

td_status td_kpis_build(td_kpis *out, const td_kpi_input *input, const td_exec *exec,
                        td_error *err) {
    memset(out, 0, sizeof *out);
    build_ctx b = {.out = out, .input = input};
    td_status status = td_kpi_digest_build(&b.digest, input->funnel, exec, err);
    if (status == TD_OK) status = assign_calendar(&b, exec, err);
    if (status == TD_OK) status = td_par_for(exec, TD_N_CALENDARS + 1, 1, count_task, &b, err);
    for (int i = 0; i < TD_N_CALENDARS; i++) td_mem_free(b.group[i]);
    td_mem_free(b.day);
    td_kpi_digest_free(&b.digest);
    if (status != TD_OK) td_kpis_free(out);
    return status;
}

const char *td_kpi_calendar_name(td_kpi_calendar calendar) {
    static const char *const names[TD_N_CALENDARS] = {"day", "hour", "weekday"};
    return (unsigned)calendar < TD_N_CALENDARS ? names[calendar] : "unknown";
}

/* The formula of the head, in its letters. */
static void write_date(char out[16], int64_t day) {
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t year = yoe + era * 400 + (month <= 2);
    int64_t day_of_month = doy - (153 * mp + 2) / 5 + 1;
    snprintf(out, 16, "%04d-%02d-%02d", (int)year, (int)month, (int)day_of_month);
}

void td_kpi_label_text(char out[16], td_kpi_calendar calendar, int64_t label) {
    static const char *const weekdays[7] = {"monday", "tuesday",  "wednesday", "thursday",
                                            "friday", "saturday", "sunday"};
    if (calendar == TD_BY_DAY) {
        write_date(out, label);
    } else if (calendar == TD_BY_WEEKDAY && label >= 0 && label < 7) {
        snprintf(out, 16, "%s", weekdays[label]);
    } else {
        snprintf(out, 16, "%02d", (int)label);
    }
}
