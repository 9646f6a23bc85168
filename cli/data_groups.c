/* cli/data_groups.c: distinct values of a column as dense codes.
 *
 * Texts have codes already, in byte order. Numbers become 64-bit integers of the same order (the
 * bits of a double, those of a negative one turned round) and td_iddict ranks them; -0 and 0 are
 * one value. Grouping is by the exact value: meant for days, countries, visitors, not for
 * measurements.
 */
#include "cli/data_groups.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_place.h"

/* Ascending with x, and its own inverse on the bits. */
static int64_t turn_bits(int64_t bits) { return bits < 0 ? bits ^ INT64_MAX : bits; }

static int64_t key_of(double x) {
    double positive_zero = x + 0.0;
    int64_t bits;
    memcpy(&bits, &positive_zero, sizeof bits);
    return turn_bits(bits);
}

static double value_of(int64_t key) {
    int64_t bits = turn_bits(key);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static td_status check_present(const td_data *data, const td_column *column, td_error *err) {
    td_csv_place place = {data->path, &data->csv, column->name, 0};
    for (; place.row < data->table.n_rows; place.row++) {
        int is_missing = column->kind == TD_COLUMN_NUMBER
                             ? column->number[place.row] != column->number[place.row]
                             : column->code[place.row] == TD_CODE_NONE;
        if (is_missing) return td_csv_fail_place(&place, "the group of a row is missing", err);
    }
    return TD_OK;
}

static td_status group_numbers(td_groups *out, const double *value, uint64_t n, const td_exec *exec,
                               td_error *err) {
    int64_t *key = NULL;
    TD_NEW(key, n, err);
    for (uint64_t i = 0; i < n; i++) key[i] = key_of(value[i]);
    td_status status = td_iddict_build(&out->number, out->code, key, n, exec, err);
    out->n = out->number.n;
    td_mem_free(key);
    return status;
}

td_status td_data_group(td_groups *out, const td_data *data, const char *name, const td_exec *exec,
                        td_error *err) {
    uint32_t c = 0;
    TD_TRY(td_data_find(&c, data, name, err));
    const td_column *column = &data->table.column[c];
    uint64_t n = data->table.n_rows;
    TD_TRY(check_present(data, column, err));
    *out = (td_groups){.column = column->name};
    TD_NEW(out->code, n, err);
    td_status status = TD_OK;
    if (column->kind == TD_COLUMN_NUMBER) {
        status = group_numbers(out, column->number, n, exec, err);
    } else {
        memcpy(out->code, column->code, n * sizeof *out->code);
        out->text = &column->dict;
        out->n = column->dict.n;
    }
    if (status != TD_OK) td_groups_free(out);
    return status;
}

void td_groups_free(td_groups *groups) {
    td_mem_free(groups->code);
    td_iddict_free(&groups->number);
    *groups = (td_groups){0};
}

const char *td_group_name(char out[64], const td_groups *groups, uint32_t group) {
    if (groups->text != NULL) {
        uint64_t begin = groups->text->begin[group];
        uint64_t length = groups->text->begin[group + 1] - begin;
        snprintf(out, 64, "%.*s", (int)(length < 63 ? length : 63), groups->text->bytes + begin);
        return out;
    }
    double value = value_of(groups->number.id[group]);
    if (value >= -1e15 && value <= 1e15 && value == (double)(int64_t)value) {
        snprintf(out, 64, "%" PRId64, (int64_t)value);
    } else {
        snprintf(out, 64, "%.17g", value);
    }
    return out;
}
