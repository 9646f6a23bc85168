/* cli/assign_units.c: the visitors to be split, from a table with one row each or from a shop's
 * log.
 *
 *     visitor,country,orders_before        table: --id visitor --stratum country
 *     17,de,3                                     --balance orders_before
 *
 *     shop/events.csv                      shop: ids are visitorid; covariates events, sessions,
 *                                          purchases (sessions with one) of the log
 *
 *   1. Ids as text: the dictionary of the id column, or numbers written out.
 *   2. A visitor who stands there twice would get two places in a stratum: an error at the second.
 *
 * Cost O(rows). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/assign.h"
#include "core/base/mem.h"
#include "io/csv_place.h"

enum { ID_BYTES = 20 };

void td_assign_units_free(td_assign_units *units) {
    td_groups_free(&units->strata);
    td_data_free(&units->data);
    td_arena_free(&units->arena);
}

/* Room for n ids. */
static td_status open_ids(td_assign_units *u, uint64_t n, uint64_t **begin, uint32_t **length,
                          td_error *err) {
    *begin = td_arena_array(&u->arena, n, sizeof **begin, err);
    if (*begin == NULL) return TD_ERR_NOMEM;
    *length = td_arena_array(&u->arena, n, sizeof **length, err);
    if (*length == NULL) return TD_ERR_NOMEM;
    u->ids.n = n;
    u->ids.begin = *begin;
    u->ids.length = *length;
    return TD_OK;
}

/* --- a table ---------------------------------------------------------------------------------- */

static td_status table_ids(td_assign_units *u, const char *name, td_error *err) {
    uint32_t c = 0;
    uint64_t *begin, n = u->data.table.n_rows;
    uint32_t *length;
    TD_TRY(td_data_find(&c, &u->data, name, err));
    const td_column *column = &u->data.table.column[c];
    td_csv_place place = {u->data.path, &u->data.csv, column->name, 0};
    TD_TRY(open_ids(u, n, &begin, &length, err));
    char *is_seen = td_arena_array(&u->arena, column->dict.n, 1, err);
    if (is_seen == NULL) return TD_ERR_NOMEM;
    memset(is_seen, 0, column->dict.n);
    for (; place.row < n; place.row++) {
        uint32_t code = column->code[place.row];
        if (code == TD_CODE_NONE) return td_csv_fail_place(&place, "the id is missing", err);
        if (is_seen[code]++) return td_csv_fail_place(&place, "this id was there before", err);
        begin[place.row] = column->dict.begin[code];
        length[place.row] = (uint32_t)(column->dict.begin[code + 1] - column->dict.begin[code]);
    }
    u->ids.bytes = column->dict.bytes;
    return TD_OK;
}

/* Columns of --balance: numbers without holes. */
static td_status table_covariates(td_assign_units *u, const td_assign_options *o, td_error *err) {
    const char *const *list = NULL;
    uint32_t n = 0;
    TD_TRY(td_list_split(&list, &n, o->balance, "balance", &u->arena, err));
    TD_CHECK(n <= TD_ASSIGN_COVARIATES, err, TD_ERR_ARG, "--balance: at most %d columns",
             TD_ASSIGN_COVARIATES);
    for (uint32_t j = 0; j < n; j++) {
        uint32_t c = 0;
        TD_TRY(td_data_find(&c, &u->data, list[j], err));
        const td_column *column = &u->data.table.column[c];
        td_csv_place place = {u->data.path, &u->data.csv, column->name, 0};
        if (column->kind != TD_COLUMN_NUMBER) return td_csv_fail_place(&place, "not a number", err);
        for (; place.row < u->ids.n; place.row++)
            if (column->number[place.row] != column->number[place.row])
                return td_csv_fail_place(&place, "the number is missing", err);
        u->column[j] = column->number;
        u->name[j] = column->name;
    }
    u->covariates = (td_covariates){n, u->column};
    return TD_OK;
}

static td_status read_table(td_assign_units *u, const td_assign_options *o, const td_cli *cli,
                            td_error *err) {
    TD_CHECK(o->id != NULL, err, TD_ERR_ARG, "--id COL is missing: which column names a visitor?");
    const char *texts[] = {o->id, o->audit, o->earlier_column};
    const char *categorical[3];
    td_csv_options lists = td_csv_options_default();
    td_data_format format = {.delimiter = o->delimiter};
    for (int i = 0; i < 3; i++)
        if (texts[i] != NULL) categorical[lists.n_categorical++] = texts[i];
    lists.categorical = categorical;
    TD_TRY(td_data_read(&u->data, cli->path[0], &format, &lists, cli, err));
    u->data.csv.categorical = NULL;
    u->data.csv.n_categorical = 0;
    TD_TRY(table_ids(u, o->id, err));
    if (o->stratum != NULL)
        TD_TRY(td_data_group(&u->strata, &u->data, o->stratum, &cli->exec, err));
    return table_covariates(u, o, err);
}

td_status td_assign_read_arms(td_assignment *plan, const char *name, uint32_t *arm, td_error *err) {
    td_assign_units *u = &plan->units;
    uint32_t c = 0;
    TD_TRY(td_data_find(&c, &u->data, name, err));
    const td_column *column = &u->data.table.column[c];
    td_csv_place place = {u->data.path, &u->data.csv, column->name, 0};
    if (column->kind != TD_COLUMN_CATEGORY || column->dict.n > TD_ASSIGN_ARMS)
        return td_csv_fail_place(&place, "not the names of at most 64 arms", err);
    for (uint64_t i = 0; i < u->ids.n; i++)
        arm[i] = column->code[i] == TD_CODE_NONE ? TD_ARM_NONE : column->code[i];
    if (arm != plan->arm) return TD_OK;
    plan->arms.n = column->dict.n;
    for (uint32_t a = 0; a < column->dict.n; a++) {
        uint64_t begin = column->dict.begin[a], n = column->dict.begin[a + 1] - begin;
        char *text = td_arena_array(&u->arena, n + 1, 1, err);
        if (text == NULL) return TD_ERR_NOMEM;
        memcpy(text, column->dict.bytes + begin, n);
        text[n] = '\0';
        plan->name[a] = text;
    }
    return TD_OK;
}

/* --- a shop ----------------------------------------------------------------------------------- */

/* Ids written out, covariates counted. */
static td_status take_shop(td_assign_units *u, const td_shop *shop, td_error *err) {
    static const char *const names[] = {"events", "sessions", "purchases"};
    const td_iddict *visitors = &shop->log.events.visitors;
    uint64_t *begin, n = visitors->n;
    uint32_t *length;
    TD_TRY(open_ids(u, n, &begin, &length, err));
    char *text = td_arena_array(&u->arena, n * ID_BYTES, 1, err);
    double *count = td_arena_array(&u->arena, 3 * n, sizeof *count, err);
    if (text == NULL || count == NULL) return TD_ERR_NOMEM;
    memset(count, 0, 3 * n * sizeof *count);
    for (uint64_t i = 0; i < n; i++) {
        begin[i] = i * ID_BYTES;
        length[i] = (uint32_t)snprintf(text + begin[i], ID_BYTES, "%" PRId64, visitors->id[i]);
    }
    for (uint64_t s = 0; s < shop->sessions.n; s++) {
        uint32_t v = shop->sessions.visitor[s];
        count[v] += (double)(shop->sessions.begin[s + 1] - shop->sessions.begin[s]);
        count[n + v] += 1.0;
        count[2 * n + v] += (shop->funnel.row[s].flags & TD_HAS_PURCHASE) != 0;
    }
    u->ids.bytes = text;
    for (int j = 0; j < 3; j++) {
        u->column[j] = count + (uint64_t)j * n;
        u->name[j] = names[j];
    }
    u->covariates = (td_covariates){3, u->column};
    return TD_OK;
}

static td_status read_shop(td_assign_units *u, const td_assign_options *o, const td_cli *cli,
                           td_error *err) {
    td_shop shop = {0};
    TD_CHECK(
        o->stratum == NULL && o->audit == NULL && o->earlier_column == NULL && o->balance == NULL &&
            o->id == NULL,
        err, TD_ERR_ARG,
        "%s is a shop folder: --id, --stratum, --balance, --audit and --earlier-column are for "
        "tables (a shop is balanced by events, sessions and purchases)",
        cli->path[0]);
    td_status status = td_shop_open(&shop, cli->path[0], &o->cleaning, &cli->exec, err);
    if (status == TD_OK) status = td_shop_cut_sessions(&shop, o->gap_s, &cli->exec, err);
    if (status == TD_OK) status = take_shop(u, &shop, err);
    td_shop_free(&shop);
    return status;
}

td_status td_assign_read(td_assign_units *out, const td_assign_options *options, const td_cli *cli,
                         td_error *err) {
    if (td_path_is_folder(cli->path[0])) return read_shop(out, options, cli, err);
    return read_table(out, options, cli, err);
}
