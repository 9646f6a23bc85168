/* cli/load_known.h: are these the RetailRocket files that everybody writes about? */
#ifndef TD_CLI_LOAD_KNOWN_H
#define TD_CLI_LOAD_KNOWN_H

#include "cli/report_text.h"
#include "cli/shop.h"

enum { TD_N_KNOWN_FILES = 4, TD_MAX_MARGINALS = 32 };

typedef enum td_marginal_style {
    TD_MARGINAL_COUNT,
    TD_MARGINAL_SHARE,
    TD_MARGINAL_PLAIN,
    TD_MARGINAL_SECONDS
} td_marginal_style;

/* A published figure beside the log's own. */
typedef struct td_marginal {
    const char *name;
    td_marginal_style style;
    double published;
    double own; /* NaN = cannot be told (no catalog) */
} td_marginal;

typedef struct td_known {
    int is_same[TD_N_KNOWN_FILES]; /* the file is here with the published bytes */
    int is_compared;               /* the marginals below were counted */
    uint32_t n;
    td_marginal marginal[TD_MAX_MARGINALS];
} td_known;

/* Compare the files of `folder` by size, then by SHA-256, with those published. */
td_status td_known_find(td_known *out, const char *folder, td_error *err) TD_MUST_USE;

/* Count the published figures on a shop with its catalog, in memory. O(events). */
td_status td_known_compare(td_known *out, const td_shop *shop, const td_exec *exec,
                           td_error *err) TD_MUST_USE;

/* JSON: "known": {file: true ...}, "marginals": [{name, published, own, relative_difference}]. */
void td_known_json(td_json *json, const td_known *known);
void td_known_print(const td_known *known);

#endif
