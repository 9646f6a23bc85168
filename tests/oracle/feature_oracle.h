/* tests/oracle/feature_oracle.h: every feature straight from its definition, by scanning all rows
 * anew for each value. Shares no code with the engine. */
#ifndef TD_TESTS_ORACLE_FEATURE_ORACLE_H
#define TD_TESTS_ORACLE_FEATURE_ORACLE_H

#include <stdint.h>

#include "core/population.h"
#include "tests/oracle/feature_facts.h"

/* The session of `visitor` that starts at `start`, with what the oracle works out about it. */
typedef struct td_oracle {
    const td_tiny_rows *rows;
    int64_t visitor;
    int64_t start;
    int64_t end;
    int64_t decision;
    int64_t cut;
    int hide_cart;
    int n_times;
    int64_t time[TD_ORACLE_MAX]; /* of the prefix events, ascending */
    int n_items;
    int64_t item[TD_ORACLE_MAX]; /* distinct prefix items */
    int n_categories;
    int64_t category[TD_ORACLE_MAX]; /* their distinct categories as of the cut */
} td_oracle;

void td_oracle_open(td_oracle *oracle, const td_tiny_rows *rows, int64_t visitor, int64_t start,
                    const td_population_rule *rule);

/* What the session looks like up to its cut: the filter of its visible times, and how many visible
 * events of a kind and an item (TD_ORACLE_ANY = all) lie there. */
td_oracle_filter td_oracle_prefix(const td_oracle *oracle);
double td_oracle_in_prefix(const td_oracle *oracle, int64_t kind, int64_t item);

/* The oracles by name, NULL for features of the other file. */
typedef struct td_oracle_row {
    const char *name;
    double (*value)(const td_oracle *oracle);
} td_oracle_row;
const td_oracle_row *td_oracle_own(const char *name);
const td_oracle_row *td_oracle_shop(const char *name);

/* Value of the feature with this name. */
double td_oracle_feature(const td_oracle *oracle, const char *name);

/* 1 when the session has a transaction in (from, end]. */
int td_oracle_buys_after(const td_oracle *oracle, int64_t from);

#endif
