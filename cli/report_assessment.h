/* cli/report_assessment.h: an assessment for people, and what its JSON holds beside the metrics. */
#ifndef TD_CLI_REPORT_ASSESSMENT_H
#define TD_CLI_REPORT_ASSESSMENT_H

#include "cli/evaluate_slices.h"
#include "cli/report_evaluation.h"

/* All that `evaluate` has to say. */
typedef struct td_evaluate_report {
    const td_assessment *assessment;
    const char *name[2];     /* of the score columns */
    const char *cluster;     /* column, NULL = none */
    const td_groups *groups; /* of the slices; n = 0: none */
    const td_slice *slice;   /* [groups->n] */
} td_evaluate_report;

/* What keeps rows from being ranked by the first score: one class, one score. NULL = nothing. */
const char *td_assessment_warning(const td_assessment *assessment);

/* Keys into the open object: those of td_json_assessed for the first score, uncertainty; warning
 * where there is one; where asked for second, comparison, slices. */
void td_json_report(td_json *json, const td_evaluate_report *report);

/* The same for people, on stdout. */
void td_print_report(const td_evaluate_report *report);

/* Key "slices": the group's value, is_small, all keys of td_json_assessed; the same as tables. */
void td_json_slices(td_json *json, const td_evaluate_report *report);
void td_print_slices(const td_evaluate_report *report);

/* Metrics that a comparison of two scores lists. */
typedef struct td_compared {
    const char *key, *title;
    uint32_t place; /* in the bootstrap */
    int is_better_low;
} td_compared;
enum { TD_N_COMPARED = 8 };
extern const td_compared td_compared_table[TD_N_COMPARED];

/* Two scores of an assessment, first < second. */
typedef struct td_score_pair {
    uint32_t first, second;
} td_score_pair;

/* How sure a difference of two scores is: of AUCs by DeLong's test unless rows come in clusters,
 * else by the bootstrap; of KS and least cost by folds. */
typedef struct td_difference {
    td_interval interval;
    td_metric p_value;
    int is_delong;
} td_difference;
td_difference td_difference_of(const td_assessment *assessment, td_score_pair pair, uint32_t place);

/* Keys of a paired comparison into the open object: NAME {first, second, difference,
 * difference_ci, p_value, method, delong} for every compared metric that both
 * scores have; at_k [{k, share, precision, recall}] likewise. */
void td_json_comparison(td_json *json, const td_assessment *assessment, td_score_pair pair);

#endif
