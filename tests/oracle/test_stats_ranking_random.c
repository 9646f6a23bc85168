/* Metrics of one score against scikit-learn, scipy and numpy on 1,000 random cases with ties; see
 * make_stats_ranking.py. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "stats/evaluation.h"
#include "stats/operating.h"

/* The expected values are printed with 14 digits; other orders of summation lose no more. */
#define SAME 2e-13

enum { N_VALUES = 10 };

typedef struct sklearn_case {
    const char *label, *digit; /* one a row */
    double expected[N_VALUES];
} sklearn_case;

static const sklearn_case cases[] = {
#include "tests/oracle/stats_ranking.inc"
};

static const char *const names[N_VALUES] = {
    "AUC",         "average precision", "KS",     "log-loss", "Brier score",
    "partial AUC", "PR area",           "Murphy", "CORP",     "ECE"};

static void measure(double got[N_VALUES], const sklearn_case *c) {
    double label[64], score[64];
    uint64_t n = strlen(c->label);
    for (uint64_t i = 0; i < n; i++) {
        label[i] = c->label[i] - '0';
        score[i] = (c->digit[i] - '0') / 10.0;
    }
    td_ranking ranking = {0};
    td_evaluation e = {0};
    td_scored_rows rows = {.n = n, .score = score, .label = label};
    cr_assert_eq(td_ranking_build(&ranking, score, label, n, NULL, NULL), TD_OK);
    cr_assert_eq(td_evaluation_measure(&e, &ranking, &rows, NULL, NULL), TD_OK);
    const double all[N_VALUES] = {e.roc_auc.value,
                                  e.average_precision.value,
                                  e.ks.value.value,
                                  e.probability.log_loss.value,
                                  e.probability.brier.value,
                                  td_partial_auc_of(&ranking, 0.2).corrected.value,
                                  e.pr_area.value,
                                  e.reliability.murphy.miscalibration.value,
                                  e.reliability.corp.miscalibration.value,
                                  e.probability.ece.value};
    memcpy(got, all, sizeof all);
    td_evaluation_free(&e);
    td_ranking_free(&ranking);
}

Test(stats_ranking_random, all_metrics_are_those_of_scikit_learn) {
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double got[N_VALUES];
        measure(got, &cases[c]);
        for (int v = 0; v < N_VALUES; v++)
            cr_assert_float_eq(got[v], cases[c].expected[v], SAME, "case %zu, %s: %.17g, %.17g", c,
                               names[v], got[v], cases[c].expected[v]);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}
