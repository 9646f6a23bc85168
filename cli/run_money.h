/* cli/run_money.h: what the purchases of the best-scored test sessions were worth. */
#ifndef TD_CLI_RUN_MONEY_H
#define TD_CLI_RUN_MONEY_H

#include "cli/run.h"

/* Revenue of the test sessions, in thousandths of the currency: the prices of the items bought, as
 * of the purchase. A purchase whose item has no known price then is worth 0 and counted. */
typedef struct td_run_money {
    int64_t total;                              /* of all test sessions */
    uint64_t n_purchases;                       /* transaction rows that the label speaks of */
    uint64_t n_unpriced;                        /* of them without a price */
    td_metric at[TD_N_RUN_MODELS][TD_MAX_CUTS]; /* found at each cut of the evaluation */
} td_run_money;

/* Fill run->money from run->price, which is freed; nothing without prices. Two sorts of the test
 * rows. TD_ERR_RANGE when the revenue leaves 64 bits, TD_ERR_NOMEM. */
td_status td_run_money_count(td_run *run, td_error *err) TD_MUST_USE;

/* Share of the total at cut i of a model, undefined where nothing was earned. */
td_metric td_run_money_share(const td_run_money *money, td_run_model model, uint32_t i);

#endif
