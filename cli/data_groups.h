/* cli/data_groups.h: rows of a table grouped by the values of one column. */
#ifndef TD_CLI_DATA_GROUPS_H
#define TD_CLI_DATA_GROUPS_H

#include "cli/data.h"

typedef struct td_groups {
    const char *column; /* borrowed name; NULL = no grouping */
    uint32_t n;
    uint32_t *code;          /* [n_rows] below n; groups are in ascending order of their value */
    const td_textdict *text; /* of a text column, borrowed; NULL for numbers */
    td_iddict number;        /* of a number column: ordered bits of the values */
} td_groups;

/* Group by column `name`. Fills a zeroed *out, freed with td_groups_free. An error names file, line
 * and column of a missing value, or the nearest column. O(n). */
td_status td_data_group(td_groups *out, const td_data *data, const char *name, const td_exec *exec,
                        td_error *err) TD_MUST_USE;
void td_groups_free(td_groups *groups);

/* Value of a group as text, cut to fit. */
const char *td_group_name(char out[64], const td_groups *groups, uint32_t group);

#endif
