/* gbdt/split_monotone.c: splits under monotone constraints, LightGBM's basic method.
 *
 * A leaf may only take values in [low, high]; the root's are unbounded. With G, H the sums of a
 * side, t(G) = sign(G) max(|G| - l1, 0),
 *
 *     value  v = -t(G) / (H + l2), moved into [low, high]
 *     score  s = -(2 t(G) v + (H + l2) v v)           the loss that a side saves with value v
 *     gain     = s(left) + s(right) - t(G)^2 / (H + l2) of the leaf as if it were free
 *
 * Without bounds s is t(G)^2 / (H + l2): the gain of split.h. A feature with direction d forbids
 * v(left) > v(right) for d > 0 and v(left) < v(right) for d < 0. Its split parts the values at
 *
 *     m = (v(left) + v(right)) / 2      d > 0: left: high = min(high, m), right: low = max(low, m)
 *
 *     |-----------left-----------|m|----right----|    whatever is split below, a value of the left
 *     low                                     high    subtree never exceeds one of the right
 *
 * Every leaf value is moved into its bounds once more when it is made from real gradients
 * (leaves.c), so predictions are monotone exactly, not up to rounding; sums of monotone trees are
 * monotone. Splits by other features, categories too, hand the bounds down as they are.
 *
 * The basic method bounds more than needed: a leaf is kept apart from the whole other side and not
 * only from its neighbours (Auguste, Malory, Smirnov 2020, "A better method to enforce monotonic
 * constraints in regression and classification trees", arXiv:2011.00986, describe it and finer
 * ones, which are not done here). Scalar: about twice the time of a free scan. */
#include "gbdt/split.h"

static double signed_shrunk(double g, double l1) {
    double t = fmax(fabs(g) - l1, 0);
    return g < 0 ? -t : t;
}

double td_bounded_value(const td_bounded *how, const double side[3]) {
    double t = signed_shrunk(side[0] * how->rule->grad_scale, how->rule->l1);
    double h = side[1] * how->rule->hess_scale + how->l2;
    return fmin(fmax(-t / h, how->bounds->low), how->bounds->high);
}

static double saved(const td_bounded *how, const double side[3], double value) {
    double t = signed_shrunk(side[0] * how->rule->grad_scale, how->rule->l1);
    double h = side[1] * how->rule->hess_scale + how->l2;
    return -(2 * t * value + h * value * value);
}

double td_pair_score_bounded(const td_bounded *how, const double left[3], const double right[3]) {
    if (td_pair_score(how->rule, left, right, how->l2) < 0) return -1; /* a limit is broken */
    double vl = td_bounded_value(how, left), vr = td_bounded_value(how, right);
    if ((how->direction > 0 && vl > vr) || (how->direction < 0 && vl < vr)) return -1;
    return saved(how, left, vl) + saved(how, right, vr);
}

td_scan_best td_scan_bounded(const td_scan *scan) {
    td_scan_best best = {-1, 0, 1}; /* other bounds may let below what they do not here */
    td_bounded how = {scan->rule, scan->bounds, scan->direction, scan->rule->l2};
    for (uint32_t i = 0; i < scan->prefix->n; i++) {
        double left[3] = {scan->prefix->grad[i] + scan->add_grad,
                          scan->prefix->hess[i] + scan->add_hess,
                          (double)scan->prefix->rows[i] + scan->add_rows};
        double right[3] = {scan->total_grad - left[0], scan->total_hess - left[1],
                           scan->total_rows - left[2]};
        double score = td_pair_score_bounded(&how, left, right);
        if (score > best.score) best = (td_scan_best){score, i, 1};
    }
    return best;
}
