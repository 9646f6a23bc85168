/* core/base/numeric_array.c: the array forms. */
#include "core/base/numeric.h"

void td_exp_array(double *out, const double *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_exp(x[i]);
}

void td_sigmoid_array(double *out, const double *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_sigmoid(x[i]);
}

void td_log_array(double *out, const double *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) out[i] = td_log(x[i]);
}
