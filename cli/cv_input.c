/* cli/cv_input.c: rows with a time, the time at which their label is known, and a visitor.
 *
 *     shop:   time = start of the session; label known at the later of start + purge and its end;
 *             group = visitor
 *     table:  --time COL; label known at --end COL, or --horizon later; --group COL
 *
 * Times of a table are whole numbers in any unit (seconds, days); horizon and embargo are in the
 * same unit. Whatever else the table holds is a feature. */
#include <math.h>
#include <string.h>

#include "cli/cv.h"
#include "core/base/mem.h"
#include "io/csv_place.h"

/* --- shop ------------------------------------------------------------------------------------- */

static td_status fill_shop(td_cv_input *out, const td_cv_options *o, td_error *err) {
    const td_feature_set *set = &out->scored.set;
    const int64_t purge = o->scoring.purge_s * 1000;
    TD_NEW(out->time, set->n, err);
    TD_NEW(out->end, set->n, err);
    TD_NEW(out->visitor, set->n, err);
    uint32_t visitor = 0;
    for (uint64_t i = 0; i < set->n; i++) {
        int64_t end = out->shop.sessions.end[set->session[i]];
        if (i > 0 && set->visitor[i] != set->visitor[i - 1]) visitor++; /* ordered by visitor */
        out->visitor[i] = visitor;
        out->time[i] = set->start[i];
        out->end[i] = end > set->start[i] + purge ? end : set->start[i] + purge;
    }
    out->label = set->label;
    out->table = &set->features;
    out->rows = (td_cv_rows){.n = set->n,
                             .time = out->time,
                             .end = out->end,
                             .group = out->visitor,
                             .n_groups = visitor + 1};
    return TD_OK;
}

td_status td_cv_input_shop(td_cv_input *out, const char *folder, const td_cv_options *options,
                           const td_cli *cli, td_error *err) {
    TD_TRY(td_scoring_open(&out->shop, folder, &options->scoring, &cli->exec, err));
    TD_TRY(td_scoring_build(&out->scored, &out->shop, &options->scoring, &cli->exec, err));
    return fill_shop(out, options, err);
}

/* --- table ------------------------------------------------------------------------------------ */

/* A column of whole numbers; it leaves the features. */
static td_status take_times(int64_t **out, td_cv_input *input, const char *name, td_error *err) {
    uint32_t c = 0;
    const td_data *data = &input->data;
    TD_TRY(td_data_find(&c, data, name, err));
    const td_column *column = &data->table.column[c];
    td_csv_place place = {data->path, &data->csv, column->name, 0};
    if (column->kind != TD_COLUMN_NUMBER)
        return td_csv_fail_place(&place, "a time must be a number", err);
    TD_NEW(*out, data->table.n_rows, err);
    for (; place.row < data->table.n_rows; place.row++) {
        double t = column->number[place.row];
        if (!(fabs(t) < 9e15 && floor(t) == t))
            return td_csv_fail_place(&place, "a time must be a whole number", err);
        (*out)[place.row] = (int64_t)t;
    }
    input->left_out[input->n_left_out++] = c;
    return TD_OK;
}

static td_status take_end(td_cv_input *out, const td_cv_options *o, td_error *err) {
    if (o->end != NULL) return take_times(&out->end, out, o->end, err);
    TD_NEW(out->end, out->data.table.n_rows, err);
    for (uint64_t i = 0; i < out->data.table.n_rows; i++) out->end[i] = out->time[i] + o->horizon;
    return TD_OK;
}

static td_status take_group(td_cv_input *out, const td_cv_options *o, const td_cli *cli,
                            td_error *err) {
    if (o->group == NULL) return TD_OK;
    TD_TRY(td_data_group(&out->group, &out->data, o->group, &cli->exec, err));
    TD_TRY(td_data_find(&out->left_out[out->n_left_out], &out->data, o->group, err));
    out->n_left_out++;
    out->rows.group = out->group.code;
    out->rows.n_groups = out->group.n;
    return TD_OK;
}

td_status td_cv_input_table(td_cv_input *out, const td_cv_options *options, const td_cli *cli,
                            td_error *err) {
    td_csv_options lists = td_csv_options_default();
    td_label_rule rule = {options->label, -1, options->positive, 2};
    TD_CHECK(options->time != NULL, err, TD_ERR_ARG,
             "--time COL is missing: rows are split by their time");
    TD_TRY(
        td_list_split(&lists.ignore, &lists.n_ignore, options->ignore, "ignore", &out->arena, err));
    TD_TRY(td_data_read(&out->data, options->format.data, &options->format, &lists, cli, err));
    out->table = &out->data.table;
    TD_TRY(td_data_find_label(&out->left_out[0], &out->data, &rule, err));
    out->n_left_out = 1;
    TD_TRY(td_data_take_label(&out->own_label, &out->data, out->left_out[0], &rule, err));
    TD_TRY(take_times(&out->time, out, options->time, err));
    TD_TRY(take_end(out, options, err));
    TD_TRY(take_group(out, options, cli, err));
    out->label = out->own_label;
    out->rows.n = out->table->n_rows;
    out->rows.time = out->time;
    out->rows.end = out->end;
    return TD_OK;
}

void td_cv_input_free(td_cv_input *input) {
    td_groups_free(&input->group);
    td_mem_free(input->own_label);
    td_mem_free(input->time);
    td_mem_free(input->end);
    td_mem_free(input->visitor);
    td_data_free(&input->data);
    td_scored_free(&input->scored);
    td_shop_free(&input->shop);
    td_arena_free(&input->arena);
    memset(input, 0, sizeof *input);
}
