/* stats/sequential.c: bounds of group sequential tests by recursive integration.
 *
 * Under information t_1 < ... < t_K the sums S_k = z_k sqrt(t_k) are a Brownian motion with drift
 * theta seen at t_k. Let g_k(s) be the density of S_k on the paths that have not stopped before:
 *
 *     g_1(s) = phi((s - theta t_1)/sqrt t_1)/sqrt t_1
 *     g_k(s) = integral over |x| < c_{k-1} sqrt t_{k-1} of
 *              g_{k-1}(x) phi((s - x - theta dt)/sqrt dt)/sqrt dt dx,       dt = t_k - t_{k-1}
 *     P(stop above at k) = integral of g_{k-1}(x) Phi((x + theta dt - c_k sqrt t_k)/sqrt dt) dx
 *
 *     s
 *     |  ******      stop          bounds of O'Brien and Fleming: constant in s
 *     |        ******
 *     |  paths that go on  ->  nodes of a quadrature, remade at every look
 *     |        ******
 *     |  ******      stop
 *     +---t1----t2----t3--> t
 *
 *   1. The continuation region, cut at 8.5 standard deviations, is divided into panels no wider
 *      than 1.5 standard deviations of the narrower of the two steps beside it; each panel has the
 *      8 nodes of Gauss and Legendre. The integrands are Gaussian on that scale: error below 1e-12.
 *   2. A new node sums over those old nodes that lie within 9 standard deviations of the step.
 *   3. Spending boundaries: c_k is the root of "stopped at k = alpha spent between t_{k-1} and
 *      t_k".
 *   4. Constant boundaries: the constant is the root of "stopped at all = alpha".
 *
 * Cost: nodes of a look times nodes within reach, a few thousand exponentials a look, O(K^1.5) for
 * K equal steps. Not here: futility bounds, binding or not; effects estimated without bias after
 * stopping.
 *
 * Armitage, McPherson, Rowe 1969, doi 10.2307/2343787; Pocock 1977, doi 10.1093/biomet/64.2.191;
 * O'Brien and Fleming 1979, doi 10.2307/2530245; Lan and DeMets 1983, doi 10.1093/biomet/70.3.659;
 * Jennison and Turnbull, "Group Sequential Methods" (2000), chapters 2, 7, 19. */
#include "stats/sequential.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "stats/power.h"
#include "stats/root.h"

/* Farthest point of a path kept, and of a step followed, in standard deviations. */
#define FAR_PATH 8.5
#define FAR_STEP 9.0
/* Widest panel, in standard deviations of a step. */
#define PANEL        1.5
#define INV_SQRT_2PI 0.3989422804014327
/* A bound that is never reached. */
#define NEVER 37.0
/* Least step of information. */
#define LEAST_STEP 1e-6

enum { NODES = 8 };

/* Gauss-Legendre on [-1, 1]: positive nodes and their weights; Abramowitz and Stegun 25.4.30. */
static const double gauss_x[NODES / 2] = {0.1834346424956498, 0.5255324099163290,
                                          0.7966664774136267, 0.9602898564975363};
static const double gauss_w[NODES / 2] = {0.3626837833783620, 0.3137066458778873,
                                          0.2223810344533745, 0.1012285362903763};

static const char *const boundary_name[TD_N_BOUNDARIES] = {
    "obrien-fleming", "pocock", "lan-demets-obrien-fleming", "lan-demets-pocock", "none"};

const char *td_boundary_name(td_boundary boundary) { return boundary_name[boundary]; }

td_status td_looks_check(const td_looks *looks, td_error *err) {
    double before = 0;
    TD_CHECK(looks->n >= 1, err, TD_ERR_RANGE, "a sequential plan has at least one look");
    TD_CHECK(looks->alpha > 0 && looks->alpha < 0.5, err, TD_ERR_RANGE,
             "alpha = %.10g is not between 0 and 0.5", looks->alpha);
    for (uint32_t k = 0; k < looks->n; k++) {
        double t = looks->information[k];
        TD_CHECK(t > 0 && t <= 1.0, err, TD_ERR_RANGE,
                 "look %u: information %.10g is not a share of the plan, above 0 and at most 1",
                 k + 1, t);
        TD_CHECK(t - before >= LEAST_STEP, err, TD_ERR_RANGE,
                 "look %u: information %.10g does not rise above %.10g", k + 1, t, before);
        before = t;
    }
    return TD_OK;
}

/* --- paths ------------------------------------------------------------------------------------ */

/* Paths that go on after a look: node[n] ascending, mass = density times quadrature weight. */
typedef struct paths {
    uint64_t n, capacity;
    double *node, *mass;
    double t;
} paths;

static void free_paths(paths *p) {
    td_mem_free(p->node);
    td_mem_free(p->mass);
    *p = (paths){0};
}

/* All paths start at 0: one node of mass 1. */
static td_status start_paths(paths *p, td_error *err) {
    *p = (paths){.capacity = 1};
    TD_NEW(p->node, 1, err);
    TD_NEW(p->mass, 1, err);
    p->n = 1;
    p->node[0] = 0;
    p->mass[0] = 1.0;
    return TD_OK;
}

/* Chance that the next step, to time t, ends above `level` (side 1) or below it (side -1). */
static double tail_beyond(const paths *p, double t, double drift, double level, int side) {
    double sd = sqrt(t - p->t), shift = drift * (t - p->t);
    td_sum sum = {0};
    for (uint64_t i = 0; i < p->n; i++)
        td_sum_add(&sum, p->mass[i] * td_normal_cdf(side * (p->node[i] + shift - level) / sd));
    return td_sum_value(&sum);
}

/* Step 2: density of the next look at s. `*first` is the first old node that may reach s; it only
 * moves up as s does. */
static double density_at(const paths *p, double s, double sd, double shift, uint64_t *first) {
    double sum = 0, reach = FAR_STEP * sd;
    while (*first < p->n && p->node[*first] + shift < s - reach) (*first)++;
    for (uint64_t i = *first; i < p->n && p->node[i] + shift <= s + reach; i++) {
        double u = (s - p->node[i] - shift) / sd;
        sum += p->mass[i] * td_exp(-0.5 * u * u);
    }
    return sum * INV_SQRT_2PI / sd;
}

/* A step to time t: from where, to where, and how wide a panel may be. */
typedef struct step {
    double t, drift, low, high, panel;
} step;

/* Step 1: nodes within [low, high] at time t, which replace the old paths. */
static td_status move_paths(paths *p, const step *to, td_error *err) {
    double width = to->high - to->low;
    uint64_t n_panels = width > 0 ? (uint64_t)ceil(width / to->panel) : 0;
    paths next = {.capacity = n_panels * NODES, .t = to->t};
    TD_NEW(next.node, next.capacity, err);
    next.mass = td_mem_array(next.capacity, sizeof *next.mass, err);
    if (next.mass == NULL) {
        free_paths(&next);
        return TD_ERR_NOMEM;
    }
    double sd = sqrt(to->t - p->t), shift = to->drift * (to->t - p->t);
    double half = n_panels > 0 ? 0.5 * width / (double)n_panels : 0;
    uint64_t first = 0;
    for (uint64_t i = 0; i < n_panels; i++) {
        double middle = to->low + half * (double)(2 * i + 1);
        for (int j = 0; j < NODES; j++) {
            int place = j < NODES / 2 ? NODES / 2 - 1 - j : j - NODES / 2;
            double s = middle + (j < NODES / 2 ? -half : half) * gauss_x[place];
            next.node[next.n] = s;
            next.mass[next.n++] = half * gauss_w[place] * density_at(p, s, sd, shift, &first);
        }
    }
    free_paths(p);
    *p = next;
    return TD_OK;
}

/* The paths that have not stopped at look k with bound c. */
static td_status go_on(paths *p, const td_looks *looks, uint32_t k, double c, double drift,
                       td_error *err) {
    double t = looks->information[k], root = sqrt(t);
    double sd = sqrt(t - p->t), far = FAR_PATH * root, edge = c * root;
    if (k + 1 < looks->n) sd = fmin(sd, sqrt(looks->information[k + 1] - t));
    step to = {t, drift, drift * t - far, fmin(edge, drift * t + far), PANEL * sd};
    if (!looks->is_one_sided) to.low = fmax(to.low, -edge);
    return move_paths(p, &to, err);
}

/* --- alpha ------------------------------------------------------------------------------------ */

/* Alpha of one side. */
static double side_alpha(const td_looks *looks) {
    return looks->is_one_sided ? looks->alpha : 0.5 * looks->alpha;
}

/* Alpha of one side spent up to time t. */
static double spent_until(const td_looks *looks, double t) {
    double a = side_alpha(looks);
    if (looks->boundary == TD_BOUNDARY_SPEND_POCOCK) return a * td_log1p(td_expm1(1.0) * t);
    return 2.0 * td_normal_cdf(td_normal_quantile(0.5 * a) / sqrt(t));
}

static int is_spending(td_boundary boundary) {
    return boundary == TD_BOUNDARY_SPEND_OBRIEN_FLEMING || boundary == TD_BOUNDARY_SPEND_POCOCK;
}

typedef struct bound_target {
    const paths *p;
    double t, increment;
} bound_target;

/* Falls as c rises. */
static double spend_excess(const void *ctx, double c) {
    const bound_target *g = ctx;
    return tail_beyond(g->p, g->t, 0, c * sqrt(g->t), 1) - g->increment;
}

/* Step 3. */
static td_status spending_bounds(double *bound, const td_looks *looks, td_error *err) {
    paths p = {0};
    td_status status = start_paths(&p, err);
    double before = 0;
    for (uint32_t k = 0; status == TD_OK && k < looks->n; k++) {
        double t = looks->information[k], spent = spent_until(looks, t);
        bound_target g = {&p, t, spent - before};
        double c = g.increment > 0 ? td_root_find(spend_excess, &g, 0.0, NEVER) : NEVER;
        bound[k] = c == c ? c : NEVER;
        before = spent;
        if (k + 1 < looks->n) status = go_on(&p, looks, k, bound[k], 0, err);
    }
    free_paths(&p);
    return status;
}

/* The shapes with one constant c. */
static void fill_shape(double *bound, const td_looks *looks, double c) {
    for (uint32_t k = 0; k < looks->n; k++) {
        int is_flat = looks->boundary != TD_BOUNDARY_OBRIEN_FLEMING;
        bound[k] = is_flat ? c : c / sqrt(looks->information[k]);
    }
}

typedef struct constant_target {
    const td_looks *looks;
    const double *bound;
    double *fill; /* the same, where bounds are being sought */
    double *upper, *lower;
    td_status *status;
    td_error *err;
    double drift, want;
} constant_target;

/* Chance of stopping at all, either side. */
static double stopped(const constant_target *g) {
    td_sum sum = {0};
    if (*g->status != TD_OK) return __builtin_nan("");
    *g->status = td_looks_crossing(g->upper, g->lower, g->looks, g->bound, g->drift, g->err);
    for (uint32_t k = 0; *g->status == TD_OK && k < g->looks->n; k++) {
        td_sum_add(&sum, g->upper[k]);
        td_sum_add(&sum, g->lower[k]);
    }
    return td_sum_value(&sum) - g->want;
}

static double constant_excess(const void *ctx, double c) {
    const constant_target *g = ctx;
    fill_shape(g->fill, g->looks, c);
    return stopped(g);
}

/* Scratch for two rows of chances. */
static td_status open_target(constant_target *g, td_status *status, td_error *err) {
    TD_NEW_ZEROED(g->upper, 2 * (uint64_t)g->looks->n, err);
    g->lower = g->upper + g->looks->n;
    g->status = status;
    g->err = err;
    return TD_OK;
}

/* Step 4. */
static td_status constant_bounds(double *bound, const td_looks *looks, td_error *err) {
    td_status status = TD_OK;
    constant_target g = {.looks = looks, .bound = bound, .fill = bound, .want = looks->alpha};
    TD_TRY(open_target(&g, &status, err));
    double one = -td_normal_quantile(side_alpha(looks));
    double c = td_root_find(constant_excess, &g, one - 1e-6, one + 8.0);
    td_mem_free(g.upper);
    TD_TRY(status);
    TD_CHECK(c == c, err, TD_ERR_INTERNAL, "no constant holds alpha = %.10g", looks->alpha);
    fill_shape(bound, looks, c);
    return TD_OK;
}

td_status td_looks_bounds(double *bound, const td_looks *looks, td_error *err) {
    TD_TRY(td_looks_check(looks, err));
    if (is_spending(looks->boundary)) return spending_bounds(bound, looks, err);
    if (looks->boundary == TD_BOUNDARY_NONE || looks->n == 1) {
        for (uint32_t k = 0; k < looks->n; k++) bound[k] = -td_normal_quantile(side_alpha(looks));
        return TD_OK;
    }
    return constant_bounds(bound, looks, err);
}

/* --- chances and price ------------------------------------------------------------------------ */

td_status td_looks_crossing(double *upper, double *lower, const td_looks *looks,
                            const double *bound, double drift, td_error *err) {
    TD_TRY(td_looks_check(looks, err));
    paths p = {0};
    td_status status = start_paths(&p, err);
    for (uint32_t k = 0; status == TD_OK && k < looks->n; k++) {
        double t = looks->information[k], level = bound[k] * sqrt(t);
        upper[k] = tail_beyond(&p, t, drift, level, 1);
        lower[k] = looks->is_one_sided ? 0 : tail_beyond(&p, t, drift, -level, -1);
        if (k + 1 < looks->n) status = go_on(&p, looks, k, bound[k], drift, err);
    }
    free_paths(&p);
    return status;
}

/* Power counts stops in the right direction, as far as the plan of one look does (both). */
static double drift_excess(const void *ctx, double drift) {
    const constant_target *g = ctx;
    constant_target at = *g;
    at.drift = drift;
    return stopped(&at);
}

/* Mean share of the largest n that is used. */
static td_status mean_share(double *share, constant_target *g, double drift, td_error *err) {
    const td_looks *looks = g->looks;
    TD_TRY(td_looks_crossing(g->upper, g->lower, looks, g->bound, drift, err));
    td_sum used = {0}, stop = {0};
    for (uint32_t k = 0; k + 1 < looks->n; k++) {
        double chance = g->upper[k] + g->lower[k];
        td_sum_add(&used, chance * looks->information[k]);
        td_sum_add(&stop, chance);
    }
    double last = looks->information[looks->n - 1];
    *share = (td_sum_value(&used) + (1.0 - td_sum_value(&stop)) * last) / last;
    return TD_OK;
}

/* The drift for the power, then what is used with and without it. */
static td_status price(td_looks_cost *out, constant_target *g, double power, td_error *err) {
    const td_looks *looks = g->looks;
    double one = td_power_normal_effect(power, looks->alpha, looks->is_one_sided);
    g->want = power;
    out->drift = td_root_find(drift_excess, g, 0.0, 3.0 * one + 3.0);
    TD_TRY(*g->status);
    TD_CHECK(out->drift == out->drift, err, TD_ERR_NUMERIC, "no drift has power %.10g", power);
    out->inflation = out->drift * out->drift / (one * one);
    TD_TRY(mean_share(&out->expected_null, g, 0, err));
    return mean_share(&out->expected_effect, g, out->drift, err);
}

td_status td_looks_price(td_looks_cost *out, const td_looks *looks, const double *bound,
                         double power, td_error *err) {
    TD_CHECK(power > looks->alpha && power < 1, err, TD_ERR_RANGE,
             "power = %.10g is not between alpha = %.10g and 1", power, looks->alpha);
    td_status status = TD_OK;
    constant_target g = {.looks = looks, .bound = bound};
    TD_TRY(open_target(&g, &status, err));
    td_status result = price(out, &g, power, err);
    td_mem_free(g.upper);
    return result;
}

/* --- p-value ---------------------------------------------------------------------------------- */

typedef struct p_target {
    td_looks looks;
    double *bound;
    uint32_t at;
    double z;
    td_status *status;
    td_error *err;
} p_target;

/* Bounds fall as alpha rises; positive when z is beyond them. */
static double alpha_excess(const void *ctx, double log_alpha) {
    const p_target *g = ctx;
    td_looks looks = g->looks;
    looks.alpha = td_exp(log_alpha);
    if (*g->status == TD_OK) *g->status = td_looks_bounds(g->bound, &looks, g->err);
    return *g->status == TD_OK ? g->z - g->bound[g->at] : __builtin_nan("");
}

td_status td_looks_p_value(double *p, const td_looks *looks, uint32_t at, double z, td_error *err) {
    static const double most = 0.4999, least = 1e-12;
    TD_TRY(td_looks_check(looks, err));
    TD_CHECK(at < looks->n, err, TD_ERR_RANGE, "look %u of %u", at + 1, looks->n);
    td_status status = TD_OK;
    p_target g = {.looks = *looks, .at = at, .status = &status, .err = err};
    g.z = looks->is_one_sided ? z : fabs(z);
    TD_NEW(g.bound, looks->n, err);
    double low = td_log(least), high = td_log(most);
    if (alpha_excess(&g, high) < 0) {
        *p = 0.5;
    } else if (alpha_excess(&g, low) > 0) {
        *p = least;
    } else {
        *p = td_exp(td_root_find(alpha_excess, &g, low, high));
    }
    td_mem_free(g.bound);
    return status;
}
