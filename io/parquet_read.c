/* io/parquet_read.c: a Parquet file -> td_table.
 *
 *   1. Map the file, read and check its footer (io/parquet_meta).
 *   2. Choose columns by the options, as for a CSV file. A column that cannot be read is an error
 *      only when it is chosen, and then named with the reason.
 *   3. Decode the chosen columns side by side (io/parquet_column); pages of others are not touched.
 *
 * Kinds: BYTE_ARRAY is a category, everything else a number, unless an option says otherwise.
 * Cost: O(values of the chosen columns); memory of the columns and one unpacked page a thread. Not
 * done: choosing row groups by their statistics, columns in several files.
 * Reference: Apache Parquet, parquet-format 2.10. */
#include "io/parquet_read.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "io/parquet_column.h"
#include "io/parquet_format.h"
#include "io/parquet_meta.h"

typedef enum choice { LEFT_OUT = 0, AS_IT_IS, AS_NUMBER, AS_CATEGORY } choice;

typedef struct job {
    td_pq_meta meta;
    td_bytes file;
    const char *path;
    uint8_t *choice; /* [n_leaves] */
    uint32_t *leaf;  /* [n_columns] of the table */
    td_table *table;
} job;

int td_parquet_is(td_bytes bytes) {
    return bytes.n >= 4 && memcmp(bytes.data, TD_PARQUET_MAGIC, 4) == 0;
}

int td_parquet_is_path(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot != NULL && (strcmp(dot, ".parquet") == 0 || strcmp(dot, ".pq") == 0);
}

/* --- step 2 ----------------------------------------------------------------------------------- */

/* The first leaf of this name; the error names the nearest. */
static td_status find_leaf(uint32_t *leaf, const job *j, const char *name, td_error *err) {
    td_nearest nearest = td_nearest_to(name);
    for (uint32_t i = 0; i < j->meta.n_leaves; i++) {
        if (strcmp(j->meta.leaf[i].name, name) == 0) {
            *leaf = i;
            return TD_OK;
        }
        td_nearest_offer(&nearest, j->meta.leaf[i].name);
    }
    return td_fail_at(err, TD_ERR_ARG, j->path, 0, 0, "no column '%s'; the nearest is '%s'", name,
                      nearest.name);
}

static td_status choose(job *j, const char *const *names, uint32_t n, choice what, td_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t leaf = 0;
        TD_TRY(find_leaf(&leaf, j, names[i], err));
        j->choice[leaf] = (uint8_t)what;
    }
    return TD_OK;
}

/* In the order of io/csv_read: of two lists that name one column the later counts. */
static td_status choose_columns(job *j, const td_csv_options *o, td_error *err) {
    TD_NEW_ZEROED(j->choice, j->meta.n_leaves, err);
    if (o->n_only == 0) memset(j->choice, AS_IT_IS, j->meta.n_leaves);
    TD_TRY(choose(j, o->only, o->n_only, AS_IT_IS, err));
    TD_TRY(choose(j, o->categorical, o->n_categorical, AS_CATEGORY, err));
    TD_TRY(choose(j, o->numeric, o->n_numeric, AS_NUMBER, err));
    return choose(j, o->ignore, o->n_ignore, LEFT_OUT, err);
}

/* Two columns of one name could not be told apart later. */
static td_status check_leaf(const job *j, uint32_t leaf, td_error *err) {
    const td_pq_leaf *at = &j->meta.leaf[leaf];
    if (at->refused != NULL)
        return td_fail_at(err, TD_ERR_ARG, j->path, 0, 0,
                          "column '%s' %s: leave it out (--ignore '%s')", at->name, at->refused,
                          at->name);
    for (uint32_t i = 0; i < leaf; i++)
        if (strcmp(j->meta.leaf[i].name, at->name) == 0)
            return td_fail_at(err, TD_ERR_FORMAT, j->path, 0, 0, "two columns are called '%s'",
                              at->name);
    if (at->name[0] == '\0')
        return td_fail_at(err, TD_ERR_FORMAT, j->path, 0, 0, "column %u has no name", leaf);
    return TD_OK;
}

static td_status make_columns(job *j, td_error *err) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->meta.n_leaves; i++) n += j->choice[i] != LEFT_OUT;
    TD_TRY(td_table_init(j->table, j->meta.n_rows, n, err));
    TD_NEW(j->leaf, n, err);
    td_column *column = j->table->column;
    for (uint32_t i = 0; i < j->meta.n_leaves; i++) {
        if (j->choice[i] == LEFT_OUT) continue;
        TD_TRY(check_leaf(j, i, err));
        int is_text = j->choice[i] == AS_CATEGORY ||
                      (j->choice[i] == AS_IT_IS && j->meta.leaf[i].type == TD_PQ_BYTE_ARRAY);
        j->leaf[column - j->table->column] = i;
        column->kind = is_text ? TD_COLUMN_CATEGORY : TD_COLUMN_NUMBER;
        column->name = td_mem_text(j->meta.leaf[i].name, err);
        if (column->name == NULL) return TD_ERR_NOMEM;
        if (is_text)
            TD_NEW(column->code, j->meta.n_rows, err);
        else
            TD_NEW(column->number, j->meta.n_rows, err);
        column++;
    }
    return TD_OK;
}

/* --- step 3 ----------------------------------------------------------------------------------- */

static td_status read_column(void *ctx, td_chunk chunk, td_error *err) {
    const job *j = ctx;
    for (uint64_t c = chunk.begin; c < chunk.end; c++) {
        td_pq_request request = {&j->meta, j->file, j->path, j->leaf[c]};
        TD_TRY(td_pq_column_read(&j->table->column[c], &request, err));
    }
    return TD_OK;
}

static td_status read_all(job *j, const td_csv_options *options, const td_exec *exec,
                          td_error *err) {
    TD_TRY(td_pq_meta_read(&j->meta, j->file, j->path, err));
    if (j->meta.n_rows == 0) return td_fail_at(err, TD_ERR_FORMAT, j->path, 0, 0, "holds no rows");
    TD_TRY(choose_columns(j, options, err));
    TD_TRY(make_columns(j, err));
    return td_par_for(exec, j->table->n_columns, 1, read_column, j, err);
}

td_status td_parquet_read(td_table *out, const char *path, const td_csv_options *options,
                          const td_exec *exec, td_error *err) {
    *out = (td_table){0};
    td_file *file;
    TD_TRY(td_file_open(&file, path, err));
    job j = {.file = td_file_bytes(file), .path = path, .table = out};
    td_status status = read_all(&j, options, exec, err);
    td_pq_meta_free(&j.meta);
    td_mem_free(j.choice);
    td_mem_free(j.leaf);
    td_file_close(file);
    if (status != TD_OK) td_table_free(out);
    return status;
}

td_status td_parquet_note_read(uint64_t *rows, char *value, uint64_t size, const char *path,
                               const char *key, td_error *err) {
    td_file *file;
    td_pq_meta meta;
    TD_TRY(td_file_open(&file, path, err));
    td_status status = td_pq_meta_read(&meta, td_file_bytes(file), path, err);
    if (status == TD_OK) *rows = meta.n_rows;
    if (status == TD_OK && key != NULL) {
        value[0] = '\0';
        for (uint32_t i = 0; i < meta.n_notes; i++) {
            const td_bytes *note = &meta.note[2 * (uint64_t)i];
            if (note[0].n == strlen(key) && memcmp(note[0].data, key, note[0].n) == 0)
                snprintf(value, size, "%.*s", (int)note[1].n, note[1].n > 0 ? note[1].data : "");
        }
    }
    td_pq_meta_free(&meta);
    td_file_close(file);
    return status;
}
