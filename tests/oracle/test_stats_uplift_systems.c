/* Hillstrom's women's e-mail against none, 42,693 rows ranked by `history`, ties broken by the row:
 * every dialect against the system that it is named after.
 *
 * Expected values: the systems' own code run on these rows, not the formulas of ours. scikit-uplift
 * metrics.py (commit 0038e65), causalml metrics/visualize.py, pylift eval.py with p = share of the
 * treated, grf's estimate_rate (R) on scores y w/p - y (1 - w)/(1 - p). Sums of 40,000 terms in
 * another order: 1e-11 of the value, of the outcomes moved for raw values. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_read.h"
#include "stats/uplift_assessment.h"
#include "tests/support/data.h"

enum { MOST = 64000, ROWS = 42693 };

typedef struct mail {
    uint64_t n;
    double w[ROWS], visit[ROWS], spend[ROWS], score[ROWS];
} mail;

static const td_column *column_of(const td_table *table, const char *name) {
    for (uint32_t c = 0; c < table->n_columns; c++) {
        if (strcmp(table->column[c].name, name) == 0) return &table->column[c];
    }
    cr_assert_fail("no column %s", name);
    return NULL;
}

/* 0 where the file is not there. */
static int read_mail(mail *m) {
    const char *path = td_test_data("uplift/hillstrom.csv");
    if (path == NULL) return 0;
    td_csv_options options = td_csv_options_default();
    td_table table = {0};
    td_error err = {0};
    cr_assert_eq(td_csv_read(&table, path, &options, NULL, &err), TD_OK, "%s", err.text);
    cr_assert_eq(table.n_rows, MOST);
    const td_column *segment = column_of(&table, "segment"), *visit = column_of(&table, "visit");
    const td_column *spend = column_of(&table, "spend"), *history = column_of(&table, "history");
    m->n = 0;
    for (uint32_t i = 0; i < MOST; i++) {
        char arm = segment->dict.bytes[segment->dict.begin[segment->code[i]]];
        if (arm == 'M') continue; /* Mens E-Mail */
        cr_assert_lt(m->n, ROWS);
        m->w[m->n] = arm == 'W';
        m->visit[m->n] = visit->number[i];
        m->spend[m->n] = spend->number[i];
        m->score[m->n] = history->number[i] + (double)m->n / 1e7;
        m->n++;
    }
    td_table_free(&table);
    cr_assert_eq(m->n, ROWS);
    return 1;
}

static td_uplift_assessment assess(const mail *m, const double *outcome) {
    const double *score[1] = {m->score};
    td_uplift_request request = {
        .rows = {.n = m->n, .treatment = m->w, .outcome = outcome, .n_scores = 1, .score = score},
        .cuts = {3, {.05, .1, .3}},
        .level = .95};
    td_uplift_assessment out = {0};
    td_error err = {0};
    cr_assert_eq(td_uplift_assessment_build(&out, &request, NULL, &err), TD_OK, "%s", err.text);
    return out;
}

typedef struct expected {
    uint32_t metric;
    double value;
} expected;

static void compare(const td_uplift_assessment *a, const expected *want, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double got = td_uplift_value(a, 0, want[i].metric).value;
        cr_expect_float_eq(got, want[i].value, 1e-11 * (1 + fabs(want[i].value)), "%s %u: %.16g",
                           td_uplift_metric_name((td_uplift_metric)want[i].metric), want[i].metric,
                           got);
    }
}

static const expected of_visits[] = {
    {TD_QINI_SKLIFT, 0.0030298608716954663},     {TD_QINI_SKLIFT_NO_NEGATIVE, 0.01648021543072037},
    {TD_AUUC_SKLIFT, 0.0012402816830991},        {TD_WEIGHTED_UPLIFT, 0.044993238277232235},
    {TD_UPLIFT_AT, 0.05575714136391466},         {TD_UPLIFT_AT + 1, 0.055533450155250186},
    {TD_UPLIFT_AT + 2, 0.05972628825860388},     {TD_UPLIFT_AT + 3, 0.06029679793761006},
    {TD_UPLIFT_AT + 4, 0.04794238908948567},     {TD_UPLIFT_AT + 5, 0.04840667362262471},
    {TD_QINI_CAUSALML, 0.008053202669583984},    {TD_QINI_CAUSALML_RAW, 7.7906718911459905},
    {TD_AUUC_CAUSALML, 0.5071285762547834},      {TD_AUUC_CAUSALML_RAW, 979.3347672626174},
    {TD_QINI_PYLIFT, 0.0006034804962968751},     {TD_QINI_PYLIFT_Q1, 0.005019156616372265},
    {TD_QINI_PYLIFT_Q2, 0.005403316802990946},   {TD_AQINI_PYLIFT, 0.0003642799070806106},
    {TD_AQINI_PYLIFT_Q1, 0.0030297216182702813}, {TD_AQINI_PYLIFT_Q2, 0.0032616128524431257},
    {TD_QINI_GRF_AUTOC, 0.003384675404030822},   {TD_QINI_GRF, 0.0006034804962925174},
};

static const expected of_spend[] = {
    {TD_QINI_CAUSALML, -0.027051849922648658}, {TD_QINI_CAUSALML_RAW, -245.54704645388733},
    {TD_AUUC_CAUSALML, 0.4720335393569075},    {TD_AUUC_CAUSALML_RAW, 8552.979020965491},
    {TD_QINI_GRF_AUTOC, 0.1725162199466312},   {TD_QINI_GRF, -0.009957732566765838},
};

Test(stats_uplift_systems, every_dialect_is_the_number_of_its_system) {
    static mail m;
    if (!read_mail(&m)) return;
    td_uplift_assessment a = assess(&m, m.visit);
    compare(&a, of_visits, sizeof of_visits / sizeof *of_visits);
    td_uplift_assessment_free(&a);
    a = assess(&m, m.spend);
    compare(&a, of_spend, sizeof of_spend / sizeof *of_spend);
    td_uplift_assessment_free(&a);
}
