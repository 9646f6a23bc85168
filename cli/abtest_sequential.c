/* cli/abtest_sequential.c: `--sequential`: what one of several looks allows to say.
 *
 *     --sequential obrien-fleming --looks 5 --look 2      looks planned, equally far apart
 *     --sequential lan-demets-pocock --information .2,.45 looks whenever there was time
 *     --sequential msprt --tau .001                       look as often as you like
 *     --sequential confidence-sequence --planned 50000
 *
 *   1. z of the difference: pooled for counts, difference over standard error otherwise.
 *   2. Planned looks: the bound of this look; its p-value is the smallest alpha whose bounds would
 *      have stopped here; the interval is difference +- bound x standard error.
 *   3. Always valid: p-value and interval of the mixture; they hold at this look and all others.
 *
 * Two-sided throughout. Formulas in stats/sequential.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/abtest.h"
#include "cli/report_evaluation.h"
#include "core/base/nearest.h"

static const char msprt[] = "msprt", sequence[] = "confidence-sequence";

/* Index of a planned method; TD_N_BOUNDARIES for the always-valid ones. */
static td_status find_method(td_boundary *out, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    *out = TD_N_BOUNDARIES;
    if (strcmp(name, msprt) == 0 || strcmp(name, sequence) == 0) return TD_OK;
    td_nearest_offer(&nearest, msprt);
    td_nearest_offer(&nearest, sequence);
    for (int b = 0; b < TD_BOUNDARY_NONE; b++) {
        td_nearest_offer(&nearest, td_boundary_name((td_boundary)b));
        if (strcmp(td_boundary_name((td_boundary)b), name) == 0) *out = (td_boundary)b;
    }
    TD_CHECK(*out != TD_N_BOUNDARIES, err, TD_ERR_ARG,
             "--sequential: no method '%s', the nearest is '%s'", name, nearest.name);
    return TD_OK;
}

/* A number above 0 that the method cannot do without. */
static td_status need_positive(const char *text, const char *option, const char *why,
                               td_error *err) {
    double value = 0;
    TD_CHECK(text != NULL, err, TD_ERR_ARG, "--%s is missing: %s", option, why);
    TD_CHECK(td_text_is_real(text, &value) && value > 0, err, TD_ERR_ARG,
             "--%s: '%s' is not a number above 0", option, text);
    return TD_OK;
}

td_status td_abtest_check_sequential(const td_abtest_options *o, td_error *err) {
    td_boundary boundary;
    if (o->sequential == NULL) {
        TD_CHECK(o->looks == 0 && o->look == 0 && o->information == NULL && o->tau == NULL &&
                     o->planned == NULL,
                 err, TD_ERR_ARG,
                 "--looks, --look, --information, --planned and --tau belong to --sequential");
        return TD_OK;
    }
    TD_TRY(find_method(&boundary, o->sequential, err));
    TD_CHECK(strcmp(o->alternative, "two-sided") == 0, err, TD_ERR_ARG,
             "--sequential is two-sided: leave --alternative out");
    if (strcmp(o->sequential, msprt) == 0)
        return need_positive(o->tau, "tau",
                             "the usual size of effects here, fixed before the experiment", err);
    if (strcmp(o->sequential, sequence) == 0)
        return need_positive(o->planned, "planned",
                             "units at which the interval is to be narrowest, fixed before the "
                             "experiment",
                             err);
    int can_drift = boundary >= TD_BOUNDARY_SPEND_OBRIEN_FLEMING;
    TD_CHECK(o->information == NULL || can_drift, err, TD_ERR_ARG,
             "--information is for lan-demets-*: %s holds its level at equally spaced looks only",
             o->sequential);
    TD_CHECK((o->looks > 0) != (o->information != NULL), err, TD_ERR_ARG,
             "--sequential %s: give %s", o->sequential,
             can_drift ? "either --looks K [--look k] or --information T,U,..." : "--looks K");
    TD_CHECK(o->look <= o->looks, err, TD_ERR_ARG, "--look %lld is beyond --looks %lld",
             (long long)o->look, (long long)o->looks);
    return TD_OK;
}

/* Shares of the planned units at the looks; *at = this look, from 0. */
static td_status read_looks(td_looks *looks, uint32_t *at, const td_abtest *test, td_error *err) {
    const td_abtest_options *o = test->options;
    const char *const *piece = NULL;
    looks->alpha = o->alpha;
    looks->n = (uint32_t)o->looks;
    if (o->information != NULL)
        TD_TRY(td_list_split(&piece, &looks->n, o->information, "information", test->arena, err));
    double *share = td_arena_array(test->arena, looks->n, sizeof *share, err);
    if (share == NULL) return TD_ERR_NOMEM;
    for (uint32_t k = 0; k < looks->n; k++) {
        share[k] = (double)(k + 1) / looks->n;
        TD_CHECK(piece == NULL || td_text_is_real(piece[k], &share[k]), err, TD_ERR_ARG,
                 "--information: '%s' is not a number", piece[k]);
    }
    looks->information = share;
    *at = o->look > 0 ? (uint32_t)o->look - 1 : looks->n - 1;
    return td_looks_check(looks, err);
}

/* Difference and standard error of a comparison. */
static void effect_of(double *difference, double *se, double *z, const td_abtest *test,
                      const td_comparison *c) {
    if (!td_abtest_is_rates(test)) {
        *difference = c->mean.difference;
        *se = c->mean.se;
        *z = c->mean.statistic;
        return;
    }
    double n1 = (double)c->counts.n1, n2 = (double)c->counts.n2;
    double p1 = (double)c->counts.x1 / n1, p2 = (double)c->counts.x2 / n2;
    double pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
    *difference = p1 - p2;
    *se = sqrt(p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2);
    *z = *difference / sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2));
}

/* Step 2. */
static td_status planned_look(td_look *out, const td_looks *looks, uint32_t at, double difference,
                              double se, td_error *err) {
    double p = 0;
    td_arena arena = {0};
    double *bound = td_arena_array(&arena, looks->n, sizeof *bound, err);
    td_status status = bound == NULL ? TD_ERR_NOMEM : td_looks_bounds(bound, looks, err);
    if (status == TD_OK) status = td_looks_p_value(&p, looks, at, out->z, err);
    if (status == TD_OK) {
        out->bound = bound[at];
        out->p = td_metric_of(p);
        out->ci = td_interval_of(difference - bound[at] * se, difference + bound[at] * se);
        out->is_stop = fabs(out->z) >= bound[at];
    }
    td_arena_free(&arena);
    return status;
}

/* Step 3. */
static void always_look(td_look *out, const td_abtest *test, const td_comparison *c,
                        double difference, double se) {
    const td_abtest_options *o = test->options;
    double given = 0, half, p;
    out->bound = __builtin_nan("");
    if (strcmp(o->sequential, msprt) == 0) {
        (void)td_text_is_real(o->tau, &given);
        half = td_msprt_half_width(se, given, o->alpha);
        p = td_msprt_p_value(difference, se, given);
    } else {
        (void)td_text_is_real(o->planned, &given);
        uint32_t arm = (uint32_t)(c - test->comparison) + 1;
        double n = (double)(test->arms.units[0] + test->arms.units[arm]);
        double rho = td_sequence_rho(o->alpha, given);
        half = td_sequence_half_width(se, n, rho, o->alpha);
        p = td_sequence_p_value(difference, se, n, rho);
    }
    out->p = td_metric_of(p);
    out->ci = td_interval_of(difference - half, difference + half);
    out->is_stop = p <= o->alpha;
}

/* A comparison without variance has no look, the others go on. */
td_status td_abtest_look(td_abtest *test, td_error *err) {
    td_looks looks = {0};
    uint32_t at = 0;
    TD_TRY(find_method(&looks.boundary, test->options->sequential, err));
    int is_planned = looks.boundary != TD_N_BOUNDARIES;
    if (is_planned) TD_TRY(read_looks(&looks, &at, test, err));
    for (uint32_t i = 0; i + 1 < test->arms.n; i++) {
        td_comparison *c = &test->comparison[i];
        double difference, se;
        effect_of(&difference, &se, &c->look.z, test, c);
        if (!(se > 0)) {
            static const char none[] = "no variance: nobody or everybody converted";
            c->look = (td_look){.z = 0, .bound = __builtin_nan("")};
            c->look.p = td_metric_undefined(none);
            c->look.ci = td_interval_undefined(none);
            continue;
        }
        if (is_planned) TD_TRY(planned_look(&c->look, &looks, at, difference, se, err));
        if (!is_planned) always_look(&c->look, test, c, difference, se);
    }
    return TD_OK;
}

/* bound is null for the always-valid methods: they have none. */
void td_abtest_json_look(td_json *json, const td_abtest *test, const td_comparison *c) {
    td_json_object(json, "sequential");
    td_json_text(json, "method", test->options->sequential);
    td_json_f64(json, "z", c->look.z);
    td_json_f64(json, "bound", c->look.bound);
    td_json_metric(json, "p_value", c->look.p);
    if (td_interval_is_defined(c->look.ci)) {
        td_json_array(json, "ci");
        td_json_f64(json, NULL, c->look.ci.low);
        td_json_f64(json, NULL, c->look.ci.high);
        td_json_end(json);
    }
    td_json_bool(json, "stop", c->look.is_stop);
    td_json_end(json);
}

/* Shares are shown in points. */
void td_abtest_print_look(const td_abtest *test, const td_comparison *c, const char *other) {
    const td_look *look = &c->look;
    const char *control = test->arms.name[0];
    int is_share = strcmp(test->kind, "proportions") == 0;
    double unit = is_share ? 100.0 : 1.0;
    if (!td_metric_is_defined(look->p)) {
        printf("\n%s: %s\n", test->options->sequential, look->p.undefined_reason);
        return;
    }
    printf("\n%s: ", test->options->sequential);
    if (look->bound == look->bound) printf("|z| %.3f, bound %.3f; ", fabs(look->z), look->bound);
    printf("p %.4g, interval %+.4g to %+.4g%s\n", look->p.value, unit * look->ci.low,
           unit * look->ci.high, is_share ? " points" : "");
    if (look->is_stop) {
        printf("In words: stop here, %s is ahead; looking early is paid for in this p-value and\n"
               "interval, those above hold for one look only.\n",
               look->z > 0 ? control : other);
    } else {
        puts("In words: go on; this look does not decide. The p-values above hold for one look "
             "only.");
    }
}
