/* cli/run_money.h: what the purchases of the best-scored test sessions were worth. */
#ifndef TD_CLI_RUN_MONEY_H
#define TD_CLI_RUN_MONEY_H

#include "cli/run.h"

/* Revenue of the test sessions, in thousandths of the currency: the prices of the items bought, as
 * of the purchase. A purchase whose item has no known price then is worth 0 and counted. What the
 * cuts of the ranking hold of it stands in run->test. */
typedef struct td_run_money {
    int64_t total;        /* of all test sessions */
    uint64_t n_purchases; /* transaction rows that the label speaks of */
    uint64_t n_unpriced;  /* of them without a price */
    int64_t *amount;      /* [test rows] in the order of the population */
} td_run_money;

/* Fill run->money from run->price, which is freed; nothing without prices. O(events of the test
 * sessions). TD_ERR_RANGE when the revenue leaves 64 bits, TD_ERR_NOMEM. */
td_status td_run_money_count(td_run *run, td_error *err) TD_MUST_USE;
void td_run_money_free(td_run *run);

#endif
