/* cli/roi.h: what the parts of `tundish roi` share: options, the answer, its report. */
#ifndef TD_CLI_ROI_H
#define TD_CLI_ROI_H

#include "cli/cmd.h"
#include "cli/data.h"
#include "cli/report_text.h"
#include "stats/roi.h"

typedef struct td_roi_options {
    td_data_format format;
    const char *successes, *trials, *effect, *lift, *base_rate, *policy;
    const char *units_per_day, *share, *order_value, *margin, *contact_cost, *half_life;
    const char *more, *figure;
    const char *share_column, *effect_column, *se_column;
    double horizon, fixed_cost;
    int64_t draws;
} td_roi_options;

enum { TD_ROI_MORE = 8, TD_ROI_POLICIES = 1000 };

/* One choice: how many are treated, with what effect. */
typedef struct td_roi_choice {
    td_roi_model model;
    td_roi roi;
} td_roi_choice;

typedef struct td_roi_report {
    const td_roi_options *options;
    uint64_t seed;
    td_roi_choice *choice; /* [n] one, or a row of --policy each */
    uint32_t n, best;      /* best: greatest mean profit */
    double unit_variance;  /* of one unit in each arm added up: se^2 = it / n; NaN = unknown */
    double more[TD_ROI_MORE];
    uint32_t n_more;
} td_roi_report;

/* Everything but the effect into choice[0].model; then what was measured: choice [n] in the arena,
 * a row of --policy each (roi_read.c). `data` holds the policy's table. */
td_status td_roi_read_model(td_roi_report *report, td_arena *arena, td_error *err) TD_MUST_USE;
td_status td_roi_read_measured(td_roi_report *report, td_data *data, td_arena *arena,
                               const td_cli *cli, td_error *err) TD_MUST_USE;

void td_roi_print(const td_roi_report *report);
void td_roi_fill_json(td_json *json, const void *report);
td_status td_roi_write_figure(const td_roi_report *report, td_error *err) TD_MUST_USE;

#endif
