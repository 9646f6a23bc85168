/* cli/report_evaluation.h: an evaluation as JSON keys and as text, the same from every command. */
#ifndef TD_CLI_REPORT_EVALUATION_H
#define TD_CLI_REPORT_EVALUATION_H

#include "cli/report_text.h"
#include "stats/evaluation.h"

/* A metric: its value, or null and the key NAME_reason. */
void td_json_metric(td_json *json, const char *name, td_metric metric);

/* Keys of one evaluation into the open object: rows, positives, base_rate, roc_auc,
 * average_precision, ks, ks_threshold, log_loss, brier, ece, mean_score, at_k [{k, share, hits,
 * precision, recall, lift}], gains [{...}], reliability [{...}]. */
void td_json_evaluation(td_json *json, const td_evaluation *evaluation);

/* Metrics, top-K table and gains table for people, on stdout. */
void td_print_evaluation(const td_evaluation *evaluation);

/* "100 rows" or "1 %": how a cut is named. */
const char *td_text_cut(char out[32], td_cut cut);

/* A metric with 4 decimals, or "n/a". */
const char *td_text_metric(char out[32], td_metric metric);

#endif
