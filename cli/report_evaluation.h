/* cli/report_evaluation.h: an evaluation as JSON keys and as text, the same from every command. */
#ifndef TD_CLI_REPORT_EVALUATION_H
#define TD_CLI_REPORT_EVALUATION_H

#include "cli/report_text.h"
#include "stats/assessment.h"

/* A metric: its value, or null and the key NAME_reason. */
void td_json_metric(td_json *json, const char *name, td_metric metric);

/* An interval: NAME_ci [low, high], or null and the key NAME_ci_reason. */
void td_json_interval(td_json *json, const char *name, td_interval interval);

/* Keys of one evaluation into the open object: rows, positives, base_rate, roc_auc,
 * average_precision, ks, ks_threshold, log_loss, brier, ece, mean_score, at_k [{k, share, hits,
 * precision, recall, lift}], gains [{...}], reliability [{...}]. */
void td_json_evaluation(td_json *json, const td_evaluation *evaluation);

/* The same of score s with intervals: roc_auc_ci, average_precision_ci, ...; scores_by_class, and
 * where asked for partial_auc and cheapest_cut. */
void td_json_assessed(td_json *json, const td_assessment *assessment, uint32_t s);

/* "100" rows or "1 %": how a cut is named. */
const char *td_text_cut(char out[32], td_cut cut);

/* A metric with 4 decimals, or "n/a"; an interval as "0.6301 to 0.8326". */
const char *td_text_metric(char out[32], td_metric metric);
const char *td_text_interval(char out[48], td_interval interval);

#endif
