/* cli/uplift_figures.h: charts of an uplift assessment, for a folder or inline in a report page. */
#ifndef TD_CLI_UPLIFT_FIGURES_H
#define TD_CLI_UPLIFT_FIGURES_H

#include "cli/uplift_report.h"
#include "io/file.h"
#include "io/json_write.h"
#include "stats/uplift_profit.h"

/* Qini curves of up to five scores with the interval of the first, the chord of a random score and,
 * around it, what random scores reach. */
void td_uplift_figure_qini(td_writer *writer, const td_uplift_report *report);

/* Effect of the treatment in each tenth of score s, with intervals and the overall effect. */
void td_uplift_figure_tenths(td_writer *writer, const td_uplift_report *report, uint32_t s);

/* Profit by share treated, with its interval. */
void td_uplift_figure_profit(td_writer *writer, const td_uplift_profit *profit);

/* What these charts draw, for somebody else's charts, as keys of the open object: qini {score:
 * {share, gain, tenth, low, high}}, qini_random {share, gain, low, high}, by_tenth {score: {uplift,
 * low, high}}, overall_uplift, profit {value, cost, share, profit, low, high}. Arrays of one object
 * belong together; what has no value is null. */
void td_json_uplift_figures(td_json *json, const td_uplift_report *report,
                            const td_uplift_profit *profit);

/* qini.svg and uplift_by_tenth.svg (of the first score) into a folder, which is made if need be.
 * TD_ERR_IO. */
td_status td_uplift_figures_write(const char *folder, const td_uplift_report *report,
                                  td_error *err) TD_MUST_USE;

#endif
