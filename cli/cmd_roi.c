/* cli/cmd_roi.c: `tundish roi`: what a treatment earns when it is rolled out.
 *
 *     $ tundish roi --successes 84,110 --trials 10000,10000 --units-per-day 4000 \
 *           --order-value 60+-15 --margin 0.3 --contact-cost 0.02 --horizon 90
 *
 *   1. The measured effect: counts of the experiment, an effect with its error, a lift, or the rows
 *      of an uplift policy (share treated, effect of them, its standard error).
 *   2. Quantities as "0.3" (known), "0.3+-0.05" (mean and standard deviation) or "0.2..0.4".
 *   3. Draws (stats/roi), the distribution of revenue and profit, what more data would be worth.
 *
 * JSON: draws, seed, `choices` [{share, effect {mean, sd, quantiles}, conversions, revenue, profit,
 * chance_of_loss, mean_loss, break_even_effect, break_even_contact_cost, evpi, evpi_effect,
 * histogram}], best, `more_data` [{units_per_arm, evsi}]. */
#include <math.h>
#include <string.h>

#include "cli/roi.h"
#include "core/base/arena.h"

#define AT(field) offsetof(td_roi_options, field)

static const td_option own_options[] = {
    {"successes", "A,B", NULL, "conversions of control and treatment in the experiment",
     AT(successes), TD_OPT_TEXT, 0, 0, 0},
    {"trials", "N,M", NULL, "units of control and treatment", AT(trials), TD_OPT_TEXT, 0, 0, 0},
    {"effect", "E+-S", NULL, "instead: conversions more per treated unit, and standard error",
     AT(effect), TD_OPT_TEXT, 0, 0, 0},
    {"lift", "L+-S", NULL, "instead: relative lift and its standard error, with --base-rate",
     AT(lift), TD_OPT_TEXT, 0, 0, 0},
    {"base-rate", "P", NULL, "conversion without treatment", AT(base_rate), TD_OPT_TEXT, 0, 0, 0},
    {"policy", "FILE", NULL, "instead: a CSV with a row per policy: share, effect, effect_se",
     AT(policy), TD_OPT_TEXT, 0, 0, 0},
    {"share-column", "COL", "share", "--policy: share of the units that is treated",
     AT(share_column), TD_OPT_TEXT, 0, 0, 0},
    {"effect-column", "COL", "effect", "--policy: conversions more per treated unit",
     AT(effect_column), TD_OPT_TEXT, 0, 0, 0},
    {"se-column", "COL", "effect_se", "--policy: standard error of that", AT(se_column),
     TD_OPT_TEXT, 0, 0, 0},
    {"units-per-day", "N", NULL, "visitors (or sessions) a day that could be treated",
     AT(units_per_day), TD_OPT_TEXT, 1, 0, 0},
    {"share", "S", "1", "share of them that is treated", AT(share), TD_OPT_TEXT, 0, 0, 0},
    {"order-value", "V", "1", "revenue of a conversion", AT(order_value), TD_OPT_TEXT, 0, 0, 0},
    {"margin", "M", "1", "part of the revenue that is profit", AT(margin), TD_OPT_TEXT, 0, 0, 0},
    {"contact-cost", "C", "0", "cost of treating one unit once", AT(contact_cost), TD_OPT_TEXT, 0,
     0, 0},
    {"fixed-cost", "F", "0", "cost of the whole thing", AT(fixed_cost), TD_OPT_REAL, 0, 0, 0},
    {"horizon", "DAYS", "365", "days that are counted", AT(horizon), TD_OPT_REAL, 0, 0, 0},
    {"half-life", "DAYS", "0", "days until the effect has halved; 0: it stays", AT(half_life),
     TD_OPT_TEXT, 0, 0, 0},
    {"draws", "N", "100000", "draws of the simulation", AT(draws), TD_OPT_WHOLE, 0, 100, 1e8},
    {"more", "N,M,...", NULL, "what would so many further units an arm be worth?", AT(more),
     TD_OPT_TEXT, 0, 0, 0},
    {"figure", "FILE", NULL, "draw the distribution of profit as FILE.svg", AT(figure), TD_OPT_TEXT,
     0, 0, 0},
};

const td_usage td_usage_roi = {
    TD_USAGE_OWN(own_options, td_roi_options),
    .notes =
        "A quantity is a number, MEAN+-SD or LOW..HIGH. Around a mean, effect and margin are\n"
        "normal, money and half-life log-normal, the share a Beta. Counts give the effect's\n"
        "distribution by themselves. One seed gives the same bytes with any number of threads.\n"
        "The effect is taken as measured: an experiment that was stopped because it looked good,\n"
        "or picked as the best of many, promises too much. Formulas: docs/experiments.md.",
    .examples = "  tundish roi --successes 84,110 --trials 10000,10000 --units-per-day 4000 \\\n"
                "      --order-value 60+-15 --margin 0.25..0.35 --contact-cost 0.02 --horizon 90\n"
                "  tundish roi --lift 0.1+-0.06 --base-rate 0.0084 --units-per-day 9000 \\\n"
                "      --order-value 40 --margin 0.3 --half-life 60+-20 --more 20000,100000\n"
                "  tundish roi --policy policy.csv --units-per-day 9000 --order-value 40 \\\n"
                "      --margin 0.3 --contact-cost 0.05",
};

static td_status run(td_roi_report *r, td_data *data, td_arena *arena, const td_cli *cli,
                     td_error *err) {
    r->choice = td_arena_array(arena, 1, sizeof *r->choice, err);
    if (r->choice == NULL) return TD_ERR_NOMEM;
    memset(r->choice, 0, sizeof *r->choice);
    r->n = 1;
    TD_TRY(td_roi_read_model(r, arena, err));
    TD_TRY(td_roi_read_measured(r, data, arena, cli, err));
    TD_CHECK(r->n_more == 0 || r->unit_variance == r->unit_variance, err, TD_ERR_ARG,
             "--more needs --base-rate: what a further unit tells depends on it");
    for (uint32_t i = 0; i < r->n; i++) {
        td_roi_choice *c = &r->choice[i];
        TD_TRY(td_roi_simulate(&c->roi, &c->model, (uint64_t)r->options->draws, r->seed, &cli->exec,
                               err));
        if (c->roi.profit.mean > r->choice[r->best].roi.profit.mean) r->best = i;
    }
    TD_TRY(td_cli_write_json(cli, td_roi_fill_json, r, err));
    TD_TRY(td_roi_write_figure(r, err));
    if (td_cli_has_text(cli, NULL)) td_roi_print(r);
    return TD_OK;
}

td_status td_cmd_roi(const td_cli *cli, const void *given, td_error *err) {
    td_roi_report report = {.options = given, .seed = cli->seed, .unit_variance = (double)NAN};
    td_arena arena = {0};
    td_data data = {0};
    td_status status = run(&report, &data, &arena, cli, err);
    td_data_free(&data);
    td_arena_free(&arena);
    if (status == TD_ERR_RANGE && report.options->policy == NULL) return TD_ERR_ARG;
    return status;
}
