/* core/base/numeric_sum.c: compensated summation.
 *
 * high is the plain running sum; low collects what each addition rounded away. That is
 *
 *     low += (big - (big + small)) + small,
 *
 * big being the larger of the two in size: unlike Kahan's variant this stays right when the new
 * term exceeds the sum, as in 1 + 1e100 + 1 - 1e100 = 2. The error of n terms is at most
 * eps |sum| + n^2 eps^2 sum |x_i|. About 6 additions a term; no branch on the data's sign.
 * A sum that is infinite or NaN stays so: the compensation is dropped then.
 *
 * Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen" (1974),
 * doi 10.1002/zamm.19740540106. */
#include <math.h>

#include "core/base/numeric.h"

void td_sum_add(td_sum *sum, double x) {
    double total = sum->high + x;
    if (fabs(sum->high) >= fabs(x)) {
        sum->low += (sum->high - total) + x;
    } else {
        sum->low += (x - total) + sum->high;
    }
    sum->high = total;
}

void td_sum_merge(td_sum *sum, const td_sum *other) {
    td_sum_add(sum, other->high);
    sum->low += other->low;
}

double td_sum_value(const td_sum *sum) {
    if (!(fabs(sum->high) <= 0x1.fffffffffffffp+1023)) return sum->high;
    return sum->high + sum->low;
}
