/* tests/oracle/shop_oracle.h: cleaning, order, sessions, funnel and key figures once more, written
 * from the definitions as plain quadratic loops. It shares no code with core/ and io/: times of day
 * come from the C library, quantiles from their defining property, distinct counts from comparing
 * every pair. Slow on purpose. */
#ifndef TD_TESTS_ORACLE_SHOP_ORACLE_H
#define TD_TESTS_ORACLE_SHOP_ORACLE_H

#include <stdint.h>

enum {
    ORACLE_MAX_ROWS = 160,
    ORACLE_N_FLAGS = 12,
    ORACLE_N_KPIS = 18, /* all but revenue */
    ORACLE_N_QUANTILES = 5
};

/* One row of the file as its five texts; n_fields other than 5 is a malformed row. */
typedef struct oracle_row {
    char timestamp[32];
    char visitor[32];
    char event[32];
    char item[32];
    char transaction[32];
    int n_fields;
    int64_t line; /* of the file, from 1 */
} oracle_row;

typedef struct oracle_event {
    int64_t time;
    int64_t visitor;
    int64_t item;
    int64_t transaction; /* -1 = none */
    int kind;
    int row;     /* index of the file row */
    int session; /* set by oracle_cut */
} oracle_event;

typedef struct oracle_session {
    int first; /* first event, in canonical order */
    int n_events;
    int censored;
    int left_truncated;
    int count[3];
    int64_t first_time[3]; /* -1 = none */
    int stage;
    int flag[ORACLE_N_FLAGS]; /* order of core/funnel.h */
} oracle_session;

typedef struct oracle_log {
    int n_rows;
    const char *reason[ORACLE_MAX_ROWS]; /* per file row: NULL = kept */
    int n_events;
    oracle_event event[ORACLE_MAX_ROWS];
    int n_sessions;
    oracle_session session[ORACLE_MAX_ROWS];
} oracle_log;

typedef struct oracle_kpis {
    int64_t numerator[ORACLE_N_KPIS];
    int64_t denominator[ORACLE_N_KPIS];
    int64_t n_durations[2];
    int64_t quantile[2][ORACLE_N_QUANTILES]; /* -1 = undefined */
} oracle_kpis;

/* Judge the rows, order the kept ones, cut sessions, set every flag. */
void oracle_read(oracle_log *log, const oracle_row *rows, int n_rows, int64_t gap);

/* Key figures of the sessions s with group[s] == wanted. */
void oracle_count(oracle_kpis *out, const oracle_log *log, const int64_t *group, int64_t wanted);

/* Calendar of a session's start. */
int64_t oracle_hour(const oracle_log *log, int session);
int64_t oracle_weekday(const oracle_log *log, int session);         /* 0 = Monday */
void oracle_date(char out[16], const oracle_log *log, int session); /* 2015-05-03 */

#endif
