/* tests/oracle/test_datasets_truth.c: the truth of the synthetic shop against the ordinary engine.
 *
 * The shop is written to files and read back through io and core, which know nothing of the law.
 * Sessions, population and labels must be the truth's; and the probabilities of the truth must come
 * out of a second implementation of the law that sees the engine's tables alone, cut at the
 * decision. The popularity of an item is the one thing that no file states; it is taken from the
 * generator. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/catalog.h"
#include "core/funnel.h"
#include "core/population.h"
#include "datasets/synth_shop.h"
#include "io/csv_catalog.h"
#include "io/csv_events.h"
#include "io/file.h"
#include "tests/support/synth.h"

/* One shop as the generator knows it and as a reader of its files sees it. */
typedef struct two_sides {
    td_synth_shop *shop;
    const td_synth_session *truth; /* [n] */
    uint64_t n;
    td_event_log log;
    td_sessions sessions;
    td_funnel funnel;
    td_catalog catalog;
    td_population population;
} two_sides;

static void read_shop(two_sides *s, const char *folder) {
    char path[512];
    td_file *file = NULL;
    td_error err = {0};
    const td_exec exec = {.n_threads = 2};
    const td_population_rule rule = td_population_rule_default();
    td_catalog_report report;
    const td_catalog_source source = td_catalog_source_default(folder);
    cr_assert_eq(td_path_join(path, sizeof path, folder, "events.csv", &err), TD_OK);
    cr_assert_eq(td_file_open(&file, path, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_event_log_read(&s->log, file, &exec, &err), TD_OK, "%s", err.text);
    td_file_close(file);
    const td_events *events = &s->log.events;
    cr_assert_eq(td_sessions_build(&s->sessions, events, TD_DEFAULT_GAP_MS, &exec, &err), TD_OK);
    cr_assert_eq(td_funnel_build(&s->funnel, events, &s->sessions, &exec, &err), TD_OK);
    cr_assert_eq(td_population_build(&s->population, &s->sessions, &s->funnel, &rule, &err), TD_OK);
    cr_assert_eq(td_catalog_read(&s->catalog, &report, &source, events, &exec, &err), TD_OK, "%s",
                 err.text);
}

static two_sides open_sides(const td_synth_params *params) {
    two_sides s = {.shop = td_test_synth_build(params, 2)};
    s.truth = td_synth_sessions(s.shop, &s.n);
    td_test_folder folder = td_test_folder_make();
    td_error err = {0};
    const td_exec exec = {.n_threads = 2};
    cr_assert_eq(td_synth_write(NULL, s.shop, folder.path, &exec, &err), TD_OK, "%s", err.text);
    read_shop(&s, folder.path);
    td_test_folder_remove(&folder);
    return s;
}

static void close_sides(two_sides *s) {
    td_catalog_free(&s->catalog);
    td_population_free(&s->population);
    td_funnel_free(&s->funnel);
    td_sessions_free(&s->sessions);
    td_event_log_free(&s->log);
    td_synth_free(s->shop);
}

static td_synth_params demo(uint64_t seed) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.seed = seed;
    return params;
}

/* Log from 2015-05-03 03:00 UTC for 138 days; a last session may run over. */
Test(datasets_truth, sessions_of_the_log_are_the_truths) {
    const int64_t begin = INT64_C(1430622000000);
    const int64_t day = INT64_C(86400000);
    for (uint64_t seed = 11; seed < 15; seed++) {
        td_synth_params params = demo(seed);
        two_sides s = open_sides(&params);
        cr_expect(s.log.events.first_timestamp >= begin);
        cr_expect(s.log.events.first_timestamp < begin + day);
        cr_expect(s.log.events.last_timestamp >= begin + 137 * day);
        cr_expect(s.log.events.last_timestamp < begin + 139 * day);
        cr_assert_eq(s.sessions.n, s.n);
        for (uint64_t i = 0; i < s.n; i++) {
            int64_t visitor = s.log.events.visitors.id[s.sessions.visitor[i]];
            cr_assert_eq(visitor, s.truth[i].visitor);
            cr_assert_eq(s.sessions.start[i], s.truth[i].start);
            cr_assert_eq(s.sessions.end[i], s.truth[i].end);
            cr_assert_eq(s.sessions.is_censored[i], s.truth[i].is_censored);
        }
        close_sides(&s);
    }
}

/* Every population session, in order; the label of the engine is y0. */
Test(datasets_truth, population_and_label_of_the_log_are_the_truths) {
    for (uint64_t seed = 12; seed < 15; seed++) {
        td_synth_params params = demo(seed);
        two_sides s = open_sides(&params);
        uint64_t row = 0;
        for (uint64_t i = 0; i < s.n; i++) {
            if (s.truth[i].is_censored || s.truth[i].has_early_purchase) continue;
            cr_assert_lt(row, s.population.n);
            cr_assert_eq(s.population.session[row], i);
            cr_assert_eq(s.population.label[row], s.truth[i].y0, "session %d", (int)i);
            row++;
        }
        cr_expect_eq(row, s.population.n);
        close_sides(&s);
    }
}

Test(datasets_truth, arms_belong_to_visitors_and_outcomes_to_effects) {
    td_synth_params params = demo(15);
    td_synth_shop *shop = td_test_synth_build(&params, 2);
    uint64_t n;
    const td_synth_session *truth = td_synth_sessions(shop, &n);
    uint64_t n_treated = 0;
    for (uint64_t i = 0; i < n; i++) {
        n_treated += truth[i].arm;
        int is_next_of_same = i > 0 && truth[i - 1].visitor == truth[i].visitor;
        if (is_next_of_same) cr_assert_eq(truth[i].arm, truth[i - 1].arm);
        if (truth[i].has_early_purchase) continue;
        cr_assert(truth[i].p0 > 0 && truth[i].p0 < 1000000000);
        cr_assert(truth[i].p1 > 0 && truth[i].p1 < 1000000000);
        /* one draw decides both: the outcome never moves against the effect */
        cr_assert(truth[i].p1 >= truth[i].p0 ? truth[i].y1 >= truth[i].y0
                                             : truth[i].y1 <= truth[i].y0);
    }
    /* heavy visitors make the sessions' share vary more than a coin's */
    cr_expect(fabs((double)n_treated / (double)n - 0.5) < 0.02);
    td_synth_free(shop);
}

typedef struct calibration {
    double n, sum_p, sum_variance, sum_y;
} calibration;

static void add(calibration *c, uint32_t billionths, uint8_t y) {
    double p = billionths * 1e-9;
    c->n += 1;
    c->sum_p += p;
    c->sum_variance += p * (1 - p);
    c->sum_y += y;
}

/* |sum y - sum p| against the standard error of a sum of Bernoulli draws. */
static void assert_calibrated(const calibration *c, double limit, const char *what) {
    double z = (c->sum_y - c->sum_p) / sqrt(c->sum_variance);
    cr_expect(fabs(z) <= limit, "%s: %g positives, %g expected, z = %.2f", what, c->sum_y, c->sum_p,
              z);
}

/* Upper ends of the deciles of p0, from a histogram of its logarithm in steps of 1/64 octave. */
static int decile_of(uint32_t p0, const uint64_t *below, uint64_t n) {
    uint64_t bin = (uint64_t)(64 * log2((double)p0 + 1));
    return (int)(10 * below[bin] / n);
}

enum { N_BINS = 64 * 31 };

/* At a fifth of the original's size: 350,000 sessions, 2,800 purchases. Twenty-two z values of one
 * seed; each stays within 3 with probability 0.997. */
Test(datasets_truth, outcomes_have_their_probabilities_overall_and_by_decile) {
    td_synth_params params = td_synth_params_default(TD_SYNTH_RETAILROCKET);
    params.scale = 0.2;
    td_synth_shop *shop = td_test_synth_build(&params, 2);
    uint64_t n;
    const td_synth_session *truth = td_synth_sessions(shop, &n);
    static uint64_t below[N_BINS + 1];
    uint64_t n_scored = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (truth[i].has_early_purchase || truth[i].is_censored) continue;
        below[(uint64_t)(64 * log2((double)truth[i].p0 + 1)) + 1]++;
        n_scored++;
    }
    for (int b = 0; b < N_BINS; b++) below[b + 1] += below[b];
    calibration all[2] = {0};
    calibration decile[10][2] = {0};
    for (uint64_t i = 0; i < n; i++) {
        const td_synth_session *t = &truth[i];
        if (t->has_early_purchase || t->is_censored) continue;
        int d = decile_of(t->p0, below, n_scored);
        add(&all[0], t->p0, t->y0);
        add(&all[1], t->p1, t->y1);
        add(&decile[d][0], t->p0, t->y0);
        add(&decile[d][1], t->p1, t->y1);
    }
    for (int world = 0; world < 2; world++) {
        assert_calibrated(&all[world], 3, world == 0 ? "untreated" : "treated");
        for (int d = 0; d < 10; d++) {
            cr_expect_gt(decile[d][world].n, 0.05 * (double)n_scored);
            assert_calibrated(&decile[d][world], 3, world == 0 ? "decile" : "treated decile");
        }
    }
    td_synth_free(shop);
}

/* ---- a second implementation of the law, from the engine's tables ---- */

static double effect_of_root(int64_t category_id) {
    /* root categories 0 .. 24 have the ids (613 c + 809) mod 1699 */
    static const double EFFECT[25] = {0.35,  -0.60, 0.10,  0.70,  -0.25, -0.80, 0.45,  0.00,  -0.40,
                                      0.60,  -0.10, 0.25,  -0.70, 0.15,  0.80,  -0.30, -0.05, 0.50,
                                      -0.50, 0.30,  -0.90, 0.20,  0.40,  -0.20, 0.05};
    for (int c = 0; c < 25; c++) {
        if ((613 * c + 809) % 1699 == category_id) return EFFECT[c];
    }
    cr_assert_fail("category %d is no root", (int)category_id);
    return 0;
}

static double effect_of_hour(int hour) {
    static const double EFFECT[24] = {-0.2, -0.4, -0.6, -0.8, -0.9, -1.0, -0.9, -0.7,
                                      -0.5, -0.3, -0.1, 0.1,  0.2,  0.3,  0.4,  0.5,
                                      0.6,  0.8,  0.9,  1.0,  1.0,  0.8,  0.5,  0.1};
    return EFFECT[hour];
}

/* Popularity band of an item of the log by its original id. */
static double band_of(const two_sides *s, int64_t id) {
    const td_synth_catalog *c = &s->shop->world.catalog;
    for (uint32_t rank = 0; rank < c->n_items; rank++) {
        if (c->item[rank].id == id) return c->item[rank].popularity_band;
    }
    cr_assert_fail("item %d is not for sale", (int)id);
    return 0;
}

typedef struct items_seen {
    uint32_t n, n_priced, n_stocked, n_categorised;
    double price, stock, depth, root, band;
} items_seen;

static void see_item(items_seen *seen, const two_sides *s, uint32_t item, int64_t decision) {
    int64_t value;
    seen->n++;
    seen->band += band_of(s, s->log.events.items.id[item]);
    if (td_catalog_value(&s->catalog, TD_PRICE, item, decision, &value)) {
        seen->n_priced++;
        seen->price += (double)value;
    }
    if (td_catalog_value(&s->catalog, TD_AVAILABLE, item, decision, &value)) {
        seen->n_stocked++;
        seen->stock += (double)value;
    }
    uint32_t category = td_catalog_category(&s->catalog, item, decision);
    if (category == TD_CODE_NONE) return;
    seen->n_categorised++;
    seen->depth += s->catalog.depth[category];
    seen->root += effect_of_root(s->catalog.categories.id[s->catalog.root[category]]);
}

/* The visitor's events [begin, end) before the session. */
typedef struct past {
    double sessions, carts, purchases;
} past;

static past visitor_past(const two_sides *s, uint32_t session) {
    uint32_t first = s->sessions.visitor_begin[s->sessions.visitor[session]];
    past p = {.sessions = session - first};
    for (uint32_t e = s->sessions.begin[first]; e < s->sessions.begin[session]; e++) {
        p.carts += s->log.events.kind[e] == TD_ADDTOCART;
        p.purchases += s->log.events.kind[e] == TD_TRANSACTION;
    }
    return p;
}

typedef struct prefix {
    double views, carts, repeats, seconds;
    items_seen items;
} prefix;

static prefix visible_prefix(const two_sides *s, uint32_t session, int64_t decision) {
    const td_events *e = &s->log.events;
    prefix p = {0};
    uint32_t begin = s->sessions.begin[session];
    for (uint32_t i = begin; i < s->sessions.begin[session + 1]; i++) {
        if (e->timestamp[i] > decision) break;
        int is_viewed = 0;
        int is_met = 0;
        for (uint32_t j = begin; j < i; j++) {
            is_met |= e->item[j] == e->item[i];
            is_viewed |= e->item[j] == e->item[i] && e->kind[j] == TD_VIEW;
        }
        p.views += e->kind[i] == TD_VIEW;
        p.carts += e->kind[i] == TD_ADDTOCART;
        p.repeats += e->kind[i] == TD_VIEW && is_viewed;
        p.seconds = floor((double)(e->timestamp[i] - e->timestamp[begin]) / 1000);
        if (!is_met) see_item(&p.items, s, e->item[i], decision);
    }
    return p;
}

/* datasets/README.md, "The law", written out once more. */
static void law(double logit[2], const two_sides *s, uint64_t row) {
    uint32_t session = s->population.session[row];
    int64_t decision = s->population.decision[row];
    prefix p = visible_prefix(s, session, decision);
    past h = visitor_past(s, session);
    int64_t pause = h.sessions > 0 ? s->sessions.start[session] - s->sessions.end[session - 1] : -1;
    int hour = (int)(decision / 3600000 % 24);
    int is_weekend = (decision / 86400000 + 3) % 7 >= 5;
    double v = sqrt(fmax(0, fmin(p.views, 9) - 1));
    double r = fmin(p.repeats, 3);
    double c = p.carts >= 1;
    double bought = h.purchases >= 1;
    double carted = !(h.purchases >= 1) && h.carts >= 1;
    double recent = pause >= 0 && pause < 86400000;
    const items_seen *i = &p.items;
    double x = i->n_priced > 0 ? (log(i->price / i->n_priced) - log(60000)) / 1.1 : 0;
    x = fmin(2, fmax(-2, x));
    double stock = i->n_stocked > 0 ? i->stock / i->n_stocked : 0;
    double root = i->n_categorised > 0 ? i->root / i->n_categorised : 0;
    double deep = i->n_categorised > 0 ? (i->depth / i->n_categorised - 5) / 2 : 0;
    deep = fmin(2, fmax(-2, deep));
    double popular = i->band / i->n - 1;
    double clock = effect_of_hour(hour);
    logit[0] = -6.67 + 0.80 * v + 0.30 * r + 0.60 * p.seconds / 300 + 4.15 * c +
               0.40 * (p.carts >= 2) + 1.20 * bought + 0.90 * carted + 0.25 * fmin(h.sessions, 4) +
               0.35 * recent - 0.55 * x + 0.40 * root + 0.35 * deep + 0.15 * popular +
               1.10 * stock - 0.60 * (i->n_priced > 0) + 0.40 * clock - 0.15 * is_weekend +
               0.30 * c * x - 0.80 * c * bought;
    logit[1] = 0.107 + 0.20 * x - 0.20 * bought + 0.10 * carted + 0.05 * v - 0.10 * c +
               0.10 * clock + 0.06 * is_weekend + 0.08 * stock - 0.05 * popular + 0.12 * c * x;
}

Test(datasets_truth, probabilities_follow_from_what_the_files_say_at_the_decision) {
    td_synth_params params = demo(16);
    params.scale = 0.25;
    two_sides s = open_sides(&params);
    cr_assert_gt(s.population.n, 9000);
    const double shift = 0.8; /* of the demo preset */
    for (uint64_t row = 0; row < s.population.n; row++) {
        double logit[2];
        law(logit, &s, row);
        const td_synth_session *t = &s.truth[s.population.session[row]];
        double p0 = 1 / (1 + exp(-(logit[0] + shift)));
        double p1 = 1 / (1 + exp(-(logit[0] + shift + logit[1])));
        cr_assert(fabs(p0 - t->p0 * 1e-9) < 2e-9, "row %d: %.10f, truth %.10f", (int)row, p0,
                  t->p0 * 1e-9);
        cr_assert(fabs(p1 - t->p1 * 1e-9) < 2e-9);
    }
    close_sides(&s);
}

/* The property files against what the law saw, at the time of every event. */
Test(datasets_truth, property_files_say_what_the_law_saw) {
    for (int mode = TD_SYNTH_PROPERTIES_LIGHT; mode <= TD_SYNTH_PROPERTIES_FULL; mode++) {
        td_synth_params params = demo(17);
        params.scale = 0.25;
        params.properties = (td_synth_properties)mode;
        two_sides s = open_sides(&params);
        cr_expect_eq(s.catalog.n_conflicts, 0);
        cr_expect_eq(s.catalog.n_cycles, 0);
        cr_expect_eq(s.catalog.n_missing_parents, 0);
        const td_synth_catalog *catalog = &s.shop->world.catalog;
        for (uint64_t i = 0; i < s.shop->n_events; i++) {
            const td_synth_event *event = &s.shop->event[i];
            td_synth_offer offer = td_synth_offer_at(catalog, event->rank, event->timestamp);
            uint32_t item = td_iddict_find(&s.log.events.items, catalog->item[event->rank].id);
            int64_t value = -1;
            int is_known = td_catalog_value(&s.catalog, TD_PRICE, item, event->timestamp, &value);
            cr_assert_eq(is_known, offer.is_listed);
            if (is_known) cr_assert_eq(value, offer.price);
            is_known = td_catalog_value(&s.catalog, TD_AVAILABLE, item, event->timestamp, &value);
            cr_assert_eq(is_known, offer.is_listed);
            if (is_known) cr_assert_eq(value, offer.is_available);
            uint32_t code = td_catalog_category(&s.catalog, item, event->timestamp);
            cr_assert_eq(code != TD_CODE_NONE, offer.has_category);
            if (code == TD_CODE_NONE) continue;
            cr_assert_eq(s.catalog.categories.id[code], td_synth_category_id(offer.category));
            cr_assert_eq(s.catalog.depth[code], catalog->depth[offer.category]);
        }
        close_sides(&s);
    }
}
