/* io/svm_read.c: LibSVM text -> columns.
 *
 *   1. Cut the text into pieces at line ends (io/csv_split), whatever the number of threads.
 *   2. First pass, all pieces side by side: rows, least and greatest feature. A row with an error
 *      ends it; the piece of the lowest line is the one reported.
 *   3. Columns: label and features, chosen and named by the options, filled with zeros.
 *   4. Second pass: values go to the row that the rows of earlier pieces give.
 *   5. Columns that are to be categories: numbers become texts.
 *
 *     row     1   3:0.5   7:2          column of feature k: place[k - first], TD_CODE_NONE = not
 *             |   |                    wanted
 *             label, feature 3
 *
 * Cost: two passes over the text, 8 bytes a cell. Not done: ranking queries (qid), sparse columns.
 * Reference: Chang, Lin, "LIBSVM", ACM TIST 2 (2011), doi:10.1145/1961189.1961199. */
#include "io/svm_read.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "io/csv_split.h"
#include "io/num_format.h"
#include "io/num_parse.h"
#include "io/text_set.h"

int td_svm_is_path(const char *path) {
    static const char *const ends[] = {".svm",     ".libsvm",    ".svm.gz",
                                       ".svm.zst", ".libsvm.gz", ".libsvm.zst"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(path), k = strlen(ends[i]);
        if (n > k && strcmp(path + n - k, ends[i]) == 0) return 1;
    }
    return 0;
}

/* What the first pass found in one piece. */
typedef struct count {
    uint64_t n_rows;
    int64_t least, greatest; /* features; greatest < least when there is none */
} count;

typedef struct job {
    const char *path;
    td_bytes text;
    td_csv_split split;
    count *count;        /* [n_pieces] */
    uint64_t *first_row; /* [n_pieces] */
    int64_t first, last; /* features that have a column */
    uint32_t *place;     /* [last - first + 2] column of the label, then of each feature */
    td_table *table;
} job;

/* --- one line --------------------------------------------------------------------------------- */

/* A line being read. */
typedef struct cursor {
    const job *job;
    const char *at, *end, *begin; /* end = the line end or a remark */
    uint64_t line;
} cursor;

static td_status fail_here(const cursor *c, td_error *err, const char *what) {
    int shown = 0;
    while (shown < 40 && c->at + shown < c->end && c->at[shown] != ' ') shown++;
    return td_fail_at(err, TD_ERR_FORMAT, c->job->path, c->line, (uint64_t)(c->at - c->begin) + 1,
                      "%s: '%.*s'", what, shown, c->at);
}

static void skip_blanks(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r')) c->at++;
}

/* A number that ends at a blank or the end of the line. */
static td_status take_number(cursor *c, double *value, td_error *err) {
    const char *stop = td_scan_f64(c->at, c->end, value);
    int is_whole =
        stop != NULL && (stop == c->end || *stop == ' ' || *stop == '\t' || *stop == '\r');
    if (!is_whole) return fail_here(c, err, "not a number");
    c->at = stop;
    return TD_OK;
}

/* feature:value; features ascend, which also keeps one from standing twice. */
static td_status take_feature(cursor *c, int64_t *feature, double *value, td_error *err) {
    int64_t before = *feature, index = 0;
    const char *at = c->at;
    for (; at < c->end && *at >= '0' && *at <= '9' && index <= TD_SVM_MOST_FEATURES; at++)
        index = index * 10 + (*at - '0');
    if (index > TD_SVM_MOST_FEATURES)
        return td_fail_at(err, TD_ERR_RANGE, c->job->path, c->line,
                          (uint64_t)(c->at - c->begin) + 1, "a feature above %d",
                          TD_SVM_MOST_FEATURES);
    if (at == c->at || at == c->end || *at != ':')
        return fail_here(c, err,
                         c->end - c->at > 4 && memcmp(c->at, "qid:", 4) == 0
                             ? "queries for ranking are not read"
                             : "not feature:value");
    if (index <= before) return fail_here(c, err, "features do not ascend");
    *feature = index;
    c->at = at + 1;
    return take_number(c, value, err);
}

/* --- passes ----------------------------------------------------------------------------------- */

/* Called for each row; `row` counts from 0 in the piece. */
typedef struct visitor {
    count *count;      /* first pass */
    td_column *column; /* second pass, else NULL */
    const job *job;
    uint64_t row;
} visitor;

static void visit(const visitor *v, int64_t feature, double value) {
    if (v->column == NULL) {
        if (feature < 0) return;
        if (feature < v->count->least) v->count->least = feature;
        if (feature > v->count->greatest) v->count->greatest = feature;
        return;
    }
    if (feature > v->job->last || (feature >= 0 && feature < v->job->first)) return;
    uint32_t place = v->job->place[feature < 0 ? 0 : feature - v->job->first + 1];
    if (place != TD_CODE_NONE) v->column[place].number[v->row] = value;
}

static td_status read_row(cursor *c, const visitor *v, td_error *err) {
    double value;
    int64_t feature = -1;
    TD_TRY(take_number(c, &value, err));
    visit(v, -1, value);
    for (skip_blanks(c); c->at < c->end; skip_blanks(c)) {
        TD_TRY(take_feature(c, &feature, &value, err));
        visit(v, feature, value);
    }
    return TD_OK;
}

static td_status read_piece(const job *j, const td_csv_piece *piece, visitor *v, td_error *err) {
    cursor c = {.job = j, .line = piece->line};
    for (const char *at = piece->begin; at < piece->end; c.line++) {
        const char *stop = memchr(at, '\n', (uint64_t)(piece->end - at));
        if (stop == NULL) stop = piece->end;
        const char *remark = memchr(at, '#', (uint64_t)(stop - at));
        c.begin = c.at = at;
        c.end = remark != NULL ? remark : stop;
        at = stop + 1;
        skip_blanks(&c);
        if (c.at == c.end) continue;
        TD_TRY(read_row(&c, v, err));
        v->row++;
    }
    return TD_OK;
}

static td_status count_piece(void *ctx, td_chunk chunk, td_error *err) {
    job *j = ctx;
    count *found = &j->count[chunk.index];
    *found = (count){.least = INT64_MAX, .greatest = -1};
    visitor v = {.count = found, .job = j};
    TD_TRY(read_piece(j, &j->split.piece[chunk.index], &v, err));
    found->n_rows = v.row;
    return TD_OK;
}

static td_status fill_piece(void *ctx, td_chunk chunk, td_error *err) {
    job *j = ctx;
    visitor v = {.column = j->table->column, .job = j, .row = j->first_row[chunk.index]};
    return read_piece(j, &j->split.piece[chunk.index], &v, err);
}

/* --- columns ---------------------------------------------------------------------------------- */

/* Feature of a name "f12", -1 of "label"; -2 of anything else. */
static int64_t feature_of(const char *name) {
    if (strcmp(name, "label") == 0) return -1;
    int64_t index = 0;
    size_t n = strlen(name);
    if (name[0] != 'f' || n < 2 || n > 8 || (name[1] == '0' && n > 2)) return -2;
    for (size_t i = 1; i < n; i++) {
        if (name[i] < '0' || name[i] > '9') return -2;
        index = index * 10 + (name[i] - '0');
    }
    return index <= TD_SVM_MOST_FEATURES ? index : -2;
}

/* Widen the range of features by the names of an option. */
static td_status widen(job *j, const char *const *name, uint32_t n, td_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        int64_t feature = feature_of(name[i]);
        if (feature == -2)
            return td_fail_at(err, TD_ERR_ARG, j->path, 0, 0,
                              "no column '%s'; columns are label, f1, f2, ...", name[i]);
        if (feature > j->last) j->last = feature;
        if (feature == 0) j->first = 0;
    }
    return TD_OK;
}

static void mark(const job *j, const char *const *name, uint32_t n, uint32_t what) {
    for (uint32_t i = 0; i < n; i++) {
        int64_t feature = feature_of(name[i]);
        j->place[feature < 0 ? 0 : feature - j->first + 1] = what;
    }
}

/* Names and zeros for the columns that are wanted. */
static td_status make_columns(job *j, uint64_t n_rows, const td_csv_options *o, td_error *err) {
    TD_TRY(widen(j, o->only, o->n_only, err));
    TD_TRY(widen(j, o->categorical, o->n_categorical, err));
    TD_TRY(widen(j, o->numeric, o->n_numeric, err));
    TD_TRY(widen(j, o->ignore, o->n_ignore, err));
    uint64_t n = (uint64_t)(j->last - j->first + 2);
    TD_NEW(j->place, n, err);
    for (uint64_t i = 0; i < n; i++) j->place[i] = o->n_only > 0 ? TD_CODE_NONE : 0;
    mark(j, o->only, o->n_only, 0);
    mark(j, o->categorical, o->n_categorical, 0);
    mark(j, o->numeric, o->n_numeric, 0);
    mark(j, o->ignore, o->n_ignore, TD_CODE_NONE);
    uint32_t n_columns = 0;
    for (uint64_t i = 0; i < n; i++)
        if (j->place[i] != TD_CODE_NONE) j->place[i] = n_columns++;
    TD_TRY(td_table_init(j->table, n_rows, n_columns, err));
    for (uint64_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "f%lld", (long long)(j->first + (int64_t)i - 1));
        if (j->place[i] == TD_CODE_NONE) continue;
        TD_TRY(td_table_set_number(j->table, j->place[i], i == 0 ? "label" : name, err));
    }
    return TD_OK;
}

/* Numbers -> the texts of their shortest form. */
static td_status make_category(td_column *column, uint64_t n_rows, td_error *err) {
    td_text_set set = {0};
    uint32_t *code;
    TD_NEW(code, n_rows, err);
    td_status status = TD_OK;
    for (uint64_t row = 0; row < n_rows && status == TD_OK; row++) {
        char text[TD_NUM_TEXT];
        uint32_t n = td_format_f64(text, column->number[row]);
        status = td_text_set_add(&set, text, n, &code[row], err);
    }
    if (status == TD_OK) status = td_text_set_rank(&column->dict, code, n_rows, &set, err);
    td_text_set_free(&set);
    if (status != TD_OK) {
        td_mem_free(code);
        return status;
    }
    td_mem_free(column->number);
    column->number = NULL;
    column->code = code;
    column->kind = TD_COLUMN_CATEGORY;
    return TD_OK;
}

static int is_named(const char *name, const char *const *list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0) return 1;
    return 0;
}

/* Step 5; a column that is also listed as a number stays one, as in io/csv_read. */
static td_status make_categories(td_table *table, const td_csv_options *o, td_error *err) {
    for (uint32_t c = 0; c < table->n_columns && o->n_categorical > 0; c++) {
        td_column *column = &table->column[c];
        if (!is_named(column->name, o->categorical, o->n_categorical) ||
            is_named(column->name, o->numeric, o->n_numeric))
            continue;
        TD_TRY(make_category(column, table->n_rows, err));
    }
    return TD_OK;
}

/* --- the file --------------------------------------------------------------------------------- */

/* Rows of all pieces, and the range of features. */
static uint64_t add_up(job *j) {
    uint64_t n_rows = 0;
    j->first = 1, j->last = 0;
    for (uint64_t p = 0; p < j->split.n_pieces; p++) {
        j->first_row[p] = n_rows;
        n_rows += j->count[p].n_rows;
        if (j->count[p].greatest > j->last) j->last = j->count[p].greatest;
        if (j->count[p].least == 0) j->first = 0;
    }
    return n_rows;
}

static td_status read_text(job *j, const td_csv_options *options, const td_exec *exec,
                           td_error *err) {
    uint64_t piece_bytes = options->piece_bytes != 0 ? options->piece_bytes : TD_CSV_PIECE_BYTES;
    TD_TRY(td_csv_split_text(&j->split, j->text, ' ', piece_bytes, exec, err));
    uint64_t n_pieces = j->split.n_pieces;
    if (j->split.has_quotes)
        return td_fail_at(err, TD_ERR_FORMAT, j->path, 0, 0, "quotes have no place in LibSVM text");
    TD_NEW(j->count, n_pieces, err);
    TD_NEW(j->first_row, n_pieces, err);
    TD_TRY(td_par_for(exec, n_pieces, 1, count_piece, j, err));
    uint64_t n_rows = add_up(j);
    if (n_rows == 0) return td_fail_at(err, TD_ERR_FORMAT, j->path, 0, 0, "holds no rows");
    TD_TRY(make_columns(j, n_rows, options, err));
    TD_TRY(td_par_for(exec, n_pieces, 1, fill_piece, j, err));
    return make_categories(j->table, options, err);
}

td_status td_svm_read(td_table *out, const char *path, const td_csv_options *options,
                      const td_exec *exec, td_error *err) {
    *out = (td_table){0};
    td_file *file;
    TD_TRY(td_file_open(&file, path, err));
    job j = {.path = path, .text = td_csv_skip_bom(td_file_bytes(file)), .table = out};
    td_status status = read_text(&j, options, exec, err);
    td_csv_split_free(&j.split);
    td_mem_free(j.count);
    td_mem_free(j.first_row);
    td_mem_free(j.place);
    td_file_close(file);
    if (status != TD_OK) td_table_free(out);
    return status;
}
