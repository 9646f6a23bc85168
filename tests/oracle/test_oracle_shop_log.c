/* tests/oracle/test_oracle_shop_log.c: thousands of made-up logs, read by the engine and by the
 * quadratic oracle: every fate, event, session, flag and key figure must agree. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/mem.h"
#include "tests/oracle/shop_oracle.h"
#include "tests/support/shop.h"
#include "tests/support/shop_text.h"

static void compare_exclusions(const td_exclusions *got, const shop_text *text,
                               const oracle_log *want) {
    uint64_t n = 0;
    for (int r = 0; r < want->n_rows; r++) {
        if (want->reason[r] == NULL) continue;
        cr_assert(n < got->n);
        const td_excluded_row *row = &got->row[n++];
        cr_assert_str_eq(td_exclusion_reason_name(row->reason), want->reason[r]);
        cr_assert_eq(row->line, text->row[r].line);
        cr_assert_eq(row->offset, text->begin[r]);
        cr_assert_eq(row->length, text->end[r] - text->begin[r]);
    }
    cr_assert_eq(n, got->n);
    uint64_t n_counted = 0;
    for (int reason = 0; reason < TD_N_REASONS; reason++) n_counted += got->n_by_reason[reason];
    cr_assert_eq(n_counted, got->n);
}

static void compare_events(const td_events *got, const oracle_log *want) {
    cr_assert_eq(got->n, want->n_events);
    for (int e = 0; e < want->n_events; e++) {
        const oracle_event *event = &want->event[e];
        cr_assert_eq(got->timestamp[e], event->time);
        cr_assert_eq(got->visitors.id[got->visitor[e]], event->visitor);
        cr_assert_eq(got->items.id[got->item[e]], event->item);
        cr_assert_eq(got->kind[e], event->kind);
        cr_assert_eq(got->transaction[e], event->transaction);
    }
}

static void compare_session(const td_test_shop *got, const oracle_log *want, int s) {
    const oracle_session *session = &want->session[s];
    const td_sessions *sessions = &got->sessions;
    const td_funnel_row *row = &got->funnel.row[s];
    const oracle_event *last = &want->event[session->first + session->n_events - 1];
    cr_assert_eq(sessions->begin[s], session->first);
    cr_assert_eq(sessions->begin[s + 1] - sessions->begin[s], session->n_events);
    cr_assert_eq(sessions->start[s], want->event[session->first].time);
    cr_assert_eq(sessions->end[s], last->time);
    cr_assert_eq(got->log.events.visitors.id[sessions->visitor[s]], last->visitor);
    cr_assert_eq(sessions->is_censored[s], session->censored);
    cr_assert_eq(sessions->is_left_truncated[s], session->left_truncated);
    cr_assert_eq(row->stage, session->stage);
    for (int kind = 0; kind < 3; kind++) {
        cr_assert_eq(row->n_of_kind[kind], session->count[kind]);
        cr_assert_eq(row->first_of_kind[kind], session->first_time[kind]);
    }
    for (int flag = 0; flag < ORACLE_N_FLAGS; flag++) {
        cr_assert_eq(row->flags >> flag & 1, session->flag[flag], "%s of session %d",
                     td_funnel_flag_name(flag), s);
    }
}

static void compare_kpis(const td_kpi_row *got, const oracle_log *want, const int64_t *group,
                         int64_t wanted) {
    oracle_kpis k;
    oracle_count(&k, want, group, wanted);
    int n_wrong = 0;
    for (int i = 0; i < ORACLE_N_KPIS; i++) {
        int is_equal = got->kpi[i].numerator == (uint64_t)k.numerator[i] &&
                       got->kpi[i].denominator == (uint64_t)k.denominator[i];
        if (!is_equal) cr_log_error("%s differs", td_kpi_name(i));
        n_wrong += !is_equal;
    }
    for (int d = 0; d < TD_N_DURATIONS; d++) {
        int is_equal = got->duration[d].n == (uint64_t)k.n_durations[d] &&
                       memcmp(got->duration[d].quantile, k.quantile[d], sizeof k.quantile[d]) == 0;
        if (!is_equal) cr_log_error("%s differs", td_kpi_duration_name(d));
        n_wrong += !is_equal;
    }
    cr_assert_eq(n_wrong, 0);
}

static void compare_days(const td_kpi_breakdown *got, const oracle_log *want) {
    uint64_t n_sessions = 0;
    for (uint32_t i = 0; i < got->n; i++) {
        char name[16];
        int64_t is_of_day[ORACLE_MAX_ROWS];
        td_kpi_label_text(name, TD_BY_DAY, got->label[i]);
        for (int s = 0; s < want->n_sessions; s++) {
            char date[16];
            oracle_date(date, want, s);
            is_of_day[s] = strcmp(date, name) == 0;
        }
        compare_kpis(&got->row[i], want, is_of_day, 1);
        cr_assert(got->row[i].kpi[TD_KPI_SESSIONS].numerator > 0, "only days with sessions");
        n_sessions += got->row[i].kpi[TD_KPI_SESSIONS].numerator;
    }
    cr_assert_eq(n_sessions, (uint64_t)want->n_sessions);
}

static void compare_calendar(const td_kpis *got, const oracle_log *want) {
    int64_t zero[ORACLE_MAX_ROWS] = {0};
    int64_t hour[ORACLE_MAX_ROWS];
    int64_t weekday[ORACLE_MAX_ROWS];
    for (int s = 0; s < want->n_sessions; s++) {
        hour[s] = oracle_hour(want, s);
        weekday[s] = oracle_weekday(want, s);
    }
    compare_kpis(&got->total, want, zero, 0);
    for (int i = 0; i < 24; i++) compare_kpis(&got->by[TD_BY_HOUR].row[i], want, hour, i);
    for (int i = 0; i < 7; i++) compare_kpis(&got->by[TD_BY_WEEKDAY].row[i], want, weekday, i);
    compare_days(&got->by[TD_BY_DAY], want);
}

/* Groups at random, some sessions in none. */
static void compare_groups(const td_test_shop *got, const oracle_log *want, uint64_t *random) {
    uint32_t group[ORACLE_MAX_ROWS];
    int64_t wanted[ORACLE_MAX_ROWS];
    for (int s = 0; s < want->n_sessions; s++) {
        uint64_t pick = td_test_random(random) % 4;
        group[s] = pick == 3 ? TD_CODE_NONE : (uint32_t)pick;
        wanted[s] = (int64_t)pick;
    }
    td_kpi_row rows[3];
    td_kpi_input input = td_test_shop_input(got);
    cr_assert_eq(td_kpi_group(rows, 3, group, &input, NULL), TD_OK);
    for (int g = 0; g < 3; g++) compare_kpis(&rows[g], want, wanted, g);
}

static void compare_log(const shop_text *text, int64_t gap, uint64_t *random) {
    oracle_log want;
    oracle_read(&want, text->row, text->n_rows, gap);
    td_test_shop got = {.file = td_test_file(text->bytes, text->n_bytes)};
    td_exec exec = {.n_threads = 1};
    td_error err = {0};
    cr_assert_eq(td_event_log_read(&got.log, got.file, &exec, &err), TD_OK, "%s", err.text);
    cr_assert_eq(got.log.n_rows_read, (uint64_t)text->n_rows);
    compare_exclusions(&got.log.exclusions, text, &want);
    compare_events(&got.log.events, &want);
    td_test_shop_finish(&got, gap, 1);
    cr_assert_eq(got.sessions.n, want.n_sessions);
    for (int s = 0; s < want.n_sessions; s++) compare_session(&got, &want, s);
    compare_calendar(&got.kpis, &want);
    compare_groups(&got, &want, random);
    td_test_shop_free(&got);
}

static void compare_logs(int n_logs, int max_rows, int with_malformed) {
    uint64_t random = (uint64_t)max_rows;
    for (int i = 0; i < n_logs; i++) {
        shop_text text;
        shop_text_make_rows(&text, max_rows, with_malformed, &random);
        shop_text_write(&text, &random);
        int64_t gap = i % 5 == 0 ? (int64_t)(td_test_random(&random) % 3) : TD_DEFAULT_GAP_MS;
        compare_log(&text, gap, &random);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(oracle_shop_log, short_logs_agree) { compare_logs(10000, 12, 1); }

Test(oracle_shop_log, longer_logs_agree) { compare_logs(2000, 60, 1); }

Test(oracle_shop_log, logs_without_malformed_rows_agree) { compare_logs(3000, 30, 0); }
