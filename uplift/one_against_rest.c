/* uplift/one_against_rest.c: one arm against every other one.
 *
 *     arm of the row     0  0  1  2  1  ...        the pair of arm 1:   w = 0  0  1  0  1  ...
 *
 * Learners of effects know pairs of an arm and the control (pair.c). Where all arms are needed on
 * one scale, P(A = a | x) or E[y | x, A = a] of every row, each arm in turn is the treated side of
 * a pair whose other side is every other arm. Rows without an arm stay without one.
 * Cost: O(rows) an arm. */
#include "uplift/one_against_rest.h"

#include "core/base/mem.h"

td_status td_rest_init(td_rest *out, uint64_t n_rows, td_error *err) {
    TD_NEW(out->side, n_rows, err);
    TD_NEW(out->chance, 2 * n_rows, err);
    return TD_OK;
}

void td_rest_free(td_rest *rest) {
    td_mem_free(rest->side);
    td_mem_free(rest->chance);
}

td_uplift_data td_rest_pair(td_rest *rest, const td_uplift_data *data, uint32_t arm) {
    uint64_t n = data->rows.n_rows;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t own = data->arm[i];
        rest->side[i] = own == TD_UPLIFT_NO_ARM ? own : own == arm;
        if (data->propensity == NULL) continue;
        rest->chance[n + i] = data->propensity[arm * n + i];
        rest->chance[i] = 1 - rest->chance[n + i];
    }
    rest->name[0] = "any other";
    rest->name[1] = data->arm_name[arm];
    td_uplift_data pair = *data;
    pair.arm = rest->side;
    pair.n_arms = 2;
    pair.arm_name = rest->name;
    pair.propensity = data->propensity != NULL ? rest->chance : NULL;
    return pair;
}
