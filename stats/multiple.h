/* stats/multiple.h: p-values of several comparisons, made comparable with one alpha. */
#ifndef TD_STATS_MULTIPLE_H
#define TD_STATS_MULTIPLE_H

#include <stdint.h>

#include "core/base/err.h"

typedef enum td_multiple {
    TD_MULTIPLE_BONFERRONI = 0, /* family-wise error, any dependence */
    TD_MULTIPLE_HOLM,           /* the same, never weaker; Holm 1979 */
    TD_MULTIPLE_HOCHBERG,       /* family-wise, independent or positively dependent tests; 1988,
                                   doi 10.1093/biomet/75.4.800 */
    TD_MULTIPLE_HOMMEL,         /* the same, never weaker; 1988, doi 10.1093/biomet/75.2.383 */
    TD_MULTIPLE_BH,             /* false discovery rate; Benjamini and Hochberg 1995 */
    TD_MULTIPLE_BY,             /* the same, any dependence; Benjamini and Yekutieli 2001 */
    TD_N_MULTIPLE
} td_multiple;

const char *td_multiple_name(td_multiple method); /* "bonferroni", ... */

/* adjusted[i] for p[i] in [0, 1], n >= 1, in the order given: reject where adjusted <= alpha. The
 * same values as R's p.adjust. TD_ERR_RANGE names a p that is no probability; TD_ERR_NOMEM.
 * O(n log n), Hommel O(n^2). */
td_status td_multiple_adjust(double *adjusted, td_multiple method, const double *p, uint64_t n,
                             td_error *err) TD_MUST_USE;

#endif
