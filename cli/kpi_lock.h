/* cli/kpi_lock.h: key figures written down with what they mean, and compared later.
 *
 * A lock holds, for the total: every figure's integers, the hash of its SQL definition, the hash of
 * the input and the parameters. A check names everything that is no longer so. */
#ifndef TD_CLI_KPI_LOCK_H
#define TD_CLI_KPI_LOCK_H

#include "cli/shop.h"
#include "core/kpi.h"

/* What was counted; all borrowed. */
typedef struct td_kpi_locked {
    const td_shop *shop;
    const td_kpi_row *total;
    int64_t gap_s;
    const int64_t *price;       /* [events] thousandths, negative = unknown; NULL = no revenue */
    const char *price_property; /* of the revenue */
} td_kpi_locked;

enum { TD_MAX_DRIFTS = 64 };

/* What changed, in words: what, locked value, value now. */
typedef struct td_kpi_drift {
    uint32_t n;                    /* all of them */
    char line[TD_MAX_DRIFTS][192]; /* the first ones */
} td_kpi_drift;

/* Write the lock. TD_ERR_RANGE for a value beyond 2^53, which JSON readers would round. */
td_status td_kpi_lock_write(const char *path, const td_kpi_locked *locked,
                            td_error *err) TD_MUST_USE;

/* Compare with the lock at `path`. TD_OK also when something drifted. TD_ERR_FORMAT when the file
 * is no lock, TD_ERR_IO. */
td_status td_kpi_lock_check(td_kpi_drift *out, const char *path, const td_kpi_locked *locked,
                            td_error *err) TD_MUST_USE;

/* JSON "drift": [line, ...]; text: a line each; TD_ERR_FORMAT that names the first, TD_OK without
 * any. */
void td_kpi_drift_json(td_json *json, const td_kpi_drift *drift);
void td_kpi_drift_print(const td_kpi_drift *drift);
td_status td_kpi_drift_verdict(const td_kpi_drift *drift, const char *path,
                               td_error *err) TD_MUST_USE;

#endif
