/* cli/roi_read.c: `tundish roi` from options to models: beliefs, the measured effect, the rows of a
 * policy.
 *
 *     --successes/--trials | --effect | --lift | --policy    exactly one says what was measured
 *
 * Ranges are checked by stats/roi, by name. */
#include <string.h>

#include "cli/roi.h"

/* "0.3", "0.3+-0.05" (mean and standard deviation, of the kind `spread`), "0.2..0.4" (anything
 * between). */
static td_status read_belief(td_belief *out, const char *text, td_belief_kind spread,
                             const char *option, td_error *err) {
    char first[64] = "";
    const char *plus = strstr(text, "+-"), *dots = strstr(text, "..");
    const char *cut = plus != NULL ? plus : dots;
    *out = (td_belief){TD_BELIEF_FIXED, 0, 0};
    int is_read = cut == NULL && td_text_is_real(text, &out->a);
    if (cut != NULL && (size_t)(cut - text) < sizeof first) {
        memcpy(first, text, (size_t)(cut - text));
        is_read = td_text_is_real(first, &out->a) && td_text_is_real(cut + 2, &out->b);
        out->kind = plus != NULL ? spread : TD_BELIEF_UNIFORM;
    }
    TD_CHECK(is_read, err, TD_ERR_ARG, "--%s: '%s' is not a number, MEAN+-SD or LOW..HIGH", option,
             text);
    if (plus != NULL && out->b == 0) out->kind = TD_BELIEF_FIXED;
    return TD_OK;
}

/* --- the measured effect ---------------------------------------------------------------------- */

/* Two counts of "A,B". */
static td_status read_two(uint64_t out[2], const char *text, const char *option, td_arena *arena,
                          td_error *err) {
    const char *const *piece = NULL;
    uint32_t n = 0;
    TD_CHECK(text != NULL, err, TD_ERR_ARG, "--%s is missing", option);
    TD_TRY(td_list_split(&piece, &n, text, option, arena, err));
    TD_CHECK(n == 2, err, TD_ERR_ARG, "--%s: %u values, control and treatment are two", option, n);
    for (int i = 0; i < 2; i++) {
        int64_t value = 0;
        TD_CHECK(td_text_is_whole(piece[i], &value) && value >= 0 && value <= INT64_C(1) << 52, err,
                 TD_ERR_ARG, "--%s: '%s' is not a number of units", option, piece[i]);
        out[i] = (uint64_t)value;
    }
    return TD_OK;
}

/* Counts carry their own doubt: the effect is drawn from both arms' posteriors (stats/roi). The
 * variance of one unit is what further units are priced by. */
static td_status read_counts(td_roi_report *r, td_roi_model *model, td_arena *arena,
                             td_error *err) {
    uint64_t x[2] = {0}, n[2] = {0};
    TD_TRY(read_two(x, r->options->successes, "successes", arena, err));
    TD_TRY(read_two(n, r->options->trials, "trials", arena, err));
    model->has_counts = 1;
    model->counts = (td_two_counts){x[0], n[0], x[1], n[1]};
    TD_TRY(td_two_counts_check(&model->counts, err));
    double p1 = (double)x[0] / (double)n[0], p2 = (double)x[1] / (double)n[1];
    r->unit_variance = p1 * (1.0 - p1) + p2 * (1.0 - p2);
    return TD_OK;
}

/* --lift is relative to --base-rate. */
static td_status read_effect(td_roi_report *r, td_roi_model *model, td_error *err) {
    const td_roi_options *o = r->options;
    double base = 0;
    int has_base = o->base_rate != NULL;
    TD_CHECK(!has_base || (td_text_is_real(o->base_rate, &base) && base > 0 && base < 1), err,
             TD_ERR_ARG, "--base-rate: '%s' is not between 0 and 1", o->base_rate);
    if (has_base) r->unit_variance = 2.0 * base * (1.0 - base);
    if (o->effect != NULL)
        return read_belief(&model->effect, o->effect, TD_BELIEF_NORMAL, "effect", err);
    TD_CHECK(has_base, err, TD_ERR_ARG, "--lift needs --base-rate, what it is relative to");
    TD_TRY(read_belief(&model->effect, o->lift, TD_BELIEF_NORMAL, "lift", err));
    model->effect.a *= base;
    model->effect.b *= base;
    return TD_OK;
}

/* A column of --policy without holes; NULL when it may be missing and is. */
static td_status policy_column(const double **out, const td_data *data, const char *name,
                               td_error *err) {
    uint32_t c = 0;
    TD_TRY(td_data_find(&c, data, name, err));
    const td_column *column = &data->table.column[c];
    TD_CHECK(column->kind == TD_COLUMN_NUMBER, err, TD_ERR_FORMAT, "%s: column %s holds no numbers",
             data->path, name);
    for (uint64_t i = 0; i < data->table.n_rows; i++)
        TD_CHECK(column->number[i] == column->number[i], err, TD_ERR_FORMAT,
                 "%s: row %llu: column %s is empty", data->path, (unsigned long long)i + 1, name);
    *out = column->number;
    return TD_OK;
}

/* Each row becomes a choice with the common model. */
static td_status read_policy(td_roi_report *r, const td_data *data, td_arena *arena,
                             td_error *err) {
    const td_roi_options *o = r->options;
    const double *share = NULL, *effect = NULL, *se = NULL;
    td_roi_model common = r->choice[0].model;
    TD_TRY(policy_column(&share, data, o->share_column, err));
    TD_TRY(policy_column(&effect, data, o->effect_column, err));
    TD_TRY(policy_column(&se, data, o->se_column, err));
    TD_CHECK(share != NULL && effect != NULL && se != NULL, err, TD_ERR_INTERNAL,
             "a column of numbers without numbers");
    TD_CHECK(data->table.n_rows <= TD_ROI_POLICIES, err, TD_ERR_ARG, "%s: more than %d policies",
             data->path, TD_ROI_POLICIES);
    r->n = (uint32_t)data->table.n_rows;
    r->choice = td_arena_array(arena, r->n, sizeof *r->choice, err);
    if (r->choice == NULL) return TD_ERR_NOMEM;
    for (uint32_t i = 0; i < r->n; i++) {
        TD_CHECK(share[i] >= 0 && share[i] <= 1, err, TD_ERR_RANGE,
                 "%s: row %u: column %s: %.10g is not between 0 and 1", data->path, i + 1,
                 o->share_column, share[i]);
        TD_CHECK(se[i] >= 0, err, TD_ERR_RANGE, "%s: row %u: column %s: %.10g is below 0",
                 data->path, i + 1, o->se_column, se[i]);
        r->choice[i] = (td_roi_choice){.model = common};
        r->choice[i].model.share = (td_belief){TD_BELIEF_FIXED, share[i], 0};
        r->choice[i].model.effect =
            (td_belief){se[i] == 0 ? TD_BELIEF_FIXED : TD_BELIEF_NORMAL, effect[i], se[i]};
    }
    return TD_OK;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* All but the effect; ranges are the library's business. */
td_status td_roi_read_model(td_roi_report *r, td_arena *arena, td_error *err) {
    const td_roi_options *o = r->options;
    td_roi_model *m = &r->choice[0].model;
    const char *const *more = NULL;
    m->horizon = o->horizon;
    m->fixed_cost = o->fixed_cost;
    TD_CHECK(td_text_is_real(o->units_per_day, &m->units_per_day), err, TD_ERR_ARG,
             "--units-per-day: '%s' is not a number", o->units_per_day);
    TD_TRY(read_belief(&m->share, o->share, TD_BELIEF_BETA, "share", err));
    TD_TRY(read_belief(&m->order_value, o->order_value, TD_BELIEF_LOGNORMAL, "order-value", err));
    TD_TRY(read_belief(&m->margin, o->margin, TD_BELIEF_NORMAL, "margin", err));
    TD_TRY(
        read_belief(&m->contact_cost, o->contact_cost, TD_BELIEF_LOGNORMAL, "contact-cost", err));
    TD_TRY(read_belief(&m->half_life, o->half_life, TD_BELIEF_LOGNORMAL, "half-life", err));
    TD_TRY(td_list_split(&more, &r->n_more, o->more, "more", arena, err));
    TD_CHECK(r->n_more <= TD_ROI_MORE, err, TD_ERR_ARG, "--more: at most %d sizes", TD_ROI_MORE);
    for (uint32_t i = 0; i < r->n_more; i++)
        TD_CHECK(td_text_is_real(more[i], &r->more[i]) && r->more[i] > 0, err, TD_ERR_ARG,
                 "--more: '%s' is not a number of units", more[i]);
    return TD_OK;
}

/* Exactly one way to say what was measured. */
td_status td_roi_read_measured(td_roi_report *r, td_data *data, td_arena *arena, const td_cli *cli,
                               td_error *err) {
    const td_roi_options *o = r->options;
    td_csv_options lists = td_csv_options_default();
    int has_counts = o->successes != NULL || o->trials != NULL;
    int n = has_counts + (o->effect != NULL) + (o->lift != NULL) + (o->policy != NULL);
    TD_CHECK(n == 1, err, TD_ERR_ARG,
             "%s: give --successes with --trials, --effect, --lift or --policy",
             n == 0 ? "what was measured is missing" : "the effect is given more than once");
    if (has_counts) return read_counts(r, &r->choice[0].model, arena, err);
    if (o->policy == NULL) return read_effect(r, &r->choice[0].model, err);
    TD_TRY(td_data_read(data, o->policy, &o->format, &lists, cli, err));
    return read_policy(r, data, arena, err);
}
