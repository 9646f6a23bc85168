/* tests/oracle/feature_facts.h: questions to the plain rows of a tiny shop, answered by scanning
 * them. */
#ifndef TD_TESTS_ORACLE_FEATURE_FACTS_H
#define TD_TESTS_ORACLE_FEATURE_FACTS_H

#include <stdint.h>

#include "tests/support/tiny_shop.h"

enum { TD_ORACLE_MAX = 512 }; /* most events or distinct ids the oracle can hold */

#define TD_ORACLE_ANY   INT64_C(-1) /* no condition; no category */
#define TD_ORACLE_NEVER INT64_MIN

/* Value with the greatest time <= t, ties by text: 1 when there is one. */
int td_oracle_value(const td_tiny_rows *rows, td_property property, int64_t item, int64_t t,
                    int64_t *value);
int64_t td_oracle_category(const td_tiny_rows *rows, int64_t item, int64_t t);
double td_oracle_price(const td_tiny_rows *rows, int64_t item, int64_t t); /* NaN unknown */

/* Top of the category walk after cycles are cut, and its length. */
int64_t td_oracle_root(const td_tiny_rows *rows, int64_t id, int *depth);

/* Events of anybody with from <= time < to; TD_ORACLE_ANY = no condition. */
typedef struct td_oracle_filter {
    int64_t visitor, item, category, kind, from, to;
} td_oracle_filter;

#define TD_ORACLE_EVERYTHING ((td_oracle_filter){-1, -1, -1, -1, INT64_MIN, INT64_MAX})

int td_oracle_matches(const td_tiny_rows *rows, const td_tiny_event *e, const td_oracle_filter *f);
double td_oracle_count(const td_tiny_rows *rows, td_oracle_filter f);

/* Greatest (sign 1) or least (sign -1) time of the matching events, TD_ORACLE_NEVER for none. */
int64_t td_oracle_time(const td_tiny_rows *rows, td_oracle_filter f, int sign);

/* Last event of the session of `visitor` that starts at `start`. */
int64_t td_oracle_session_end(const td_tiny_rows *rows, int64_t visitor, int64_t start);

/* Append value to list [n] unless it is there; the new n. */
int td_oracle_add(int64_t *list, int n, int64_t value);

#endif
