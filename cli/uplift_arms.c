/* cli/uplift_arms.c: which columns of a table belong to which arm.
 *
 *     --arms none,men,women --score uplift,spend_score
 *
 *     columns:   segment  visit  uplift_men  uplift_women  spend_score
 *     men        against none:   uplift_men                spend_score
 *     women      against none:               uplift_women  spend_score
 *
 *   1. Read every column, the treatment as texts.
 *   2. Arms: those of --arms; where that is the control alone, every other value of the column, in
 *      byte order.
 *   3. For each arm the columns of its scores. `uplift predict` writes S_ARM; a score S asks for
 *      that. A column that is named in full (uplift_men) serves its own arm only: of the arms whose
 *      name ends it the longest, because "b" also ends "a_b".
 *   4. Each arm then is a question about two arms like any other (uplift_scores.c), and its answer
 *      is what a call with this arm alone would say.
 *
 * Names with a comma cannot stand in a list; such an arm is refused by name. Cost: one reading of
 * the file, O(arms * scores * columns) beside it. */
#include "cli/uplift_arms.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ARMS = 64 };

int td_uplift_arms_are_several(const char *arms) {
    if (arms == NULL) return 0;
    const char *comma = strchr(arms, ',');
    return comma == NULL || strchr(comma + 1, ',') != NULL;
}

void td_uplift_arms_free(td_uplift_arms *arms) {
    td_data_free(&arms->data);
    td_arena_free(&arms->arena);
    memset(arms, 0, sizeof *arms);
}

/* "first" + sep + "second" in the arena; NULL when memory is short. */
static const char *join(td_arena *arena, const char *first, char sep, const char *second,
                        td_error *err) {
    size_t size = strlen(first) + strlen(second) + 2;
    char *text = td_arena_array(arena, size, 1, err);
    if (text != NULL) snprintf(text, size, "%s%c%s", first, sep, second);
    return text;
}

static int has_column(const td_uplift_arms *arms, const char *name) {
    for (uint32_t c = 0; c < arms->data.table.n_columns; c++) {
        if (strcmp(arms->data.table.column[c].name, name) == 0) return 1;
    }
    return 0;
}

/* ---- steps 1 and 2 ---- */

static td_status read(td_uplift_arms *out, const char *const *treatment,
                      const td_data_format *format, const td_cli *cli, td_error *err) {
    td_csv_options lists = td_csv_options_default();
    lists.categorical = treatment;
    lists.n_categorical = 1;
    TD_TRY(td_data_read(&out->data, format->data, format, &lists, cli, err));
    out->data.csv.categorical = NULL; /* the list ends with this call */
    out->data.csv.n_categorical = 0;
    return TD_OK;
}

/* Every value of the column but the control's. */
static td_status take_others(td_uplift_arms *out, const td_column *column, td_error *err) {
    const td_textdict *dict = &column->dict;
    uint32_t control = td_textdict_find(dict, out->control, strlen(out->control));
    TD_CHECK(control != TD_CODE_NONE, err, TD_ERR_ARG, "--arms: %s has no value '%s'", column->name,
             out->control);
    TD_CHECK(dict->n >= 2 && dict->n <= MAX_ARMS, err, TD_ERR_ARG,
             "--arms: %s has %u values, 2 to %d arms can be compared", column->name, dict->n,
             MAX_ARMS);
    out->name = td_arena_array(&out->arena, dict->n, sizeof *out->name, err);
    if (out->name == NULL) return TD_ERR_NOMEM;
    for (uint32_t k = 0; k < dict->n; k++) {
        uint64_t length = dict->begin[k + 1] - dict->begin[k];
        if (k == control) continue;
        char *text = td_arena_array(&out->arena, length + 1, 1, err);
        if (text == NULL) return TD_ERR_NOMEM;
        memcpy(text, dict->bytes + dict->begin[k], length);
        text[length] = '\0';
        TD_CHECK(strchr(text, ',') == NULL, err, TD_ERR_ARG,
                 "--arms: the value '%s' of %s holds a comma and cannot be the name of an arm",
                 text, column->name);
        out->name[out->n++] = text;
    }
    return TD_OK;
}

static td_status take_arms(td_uplift_arms *out, const td_uplift_score_columns *columns,
                           td_error *err) {
    const char *const *value = NULL;
    uint32_t n = 0, c = 0;
    TD_TRY(td_data_find(&c, &out->data, columns->treatment, err));
    TD_TRY(td_list_split(&value, &n, columns->arms, "arms", &out->arena, err));
    TD_CHECK(n >= 1 && n <= MAX_ARMS, err, TD_ERR_ARG,
             "--arms: '%s' names %u arms, 2 to %d can be compared", columns->arms, n, MAX_ARMS);
    for (uint32_t a = 0; a < n; a++) TD_TRY(td_uplift_arm_is_new(value, a, err));
    out->control = value[0];
    if (n == 1) return take_others(out, &out->data.table.column[c], err);
    out->n = n - 1;
    out->name = td_arena_array(&out->arena, out->n, sizeof *out->name, err);
    if (out->name == NULL) return TD_ERR_NOMEM;
    for (uint32_t a = 0; a < out->n; a++) out->name[a] = value[a + 1];
    return TD_OK;
}

/* ---- step 3 ---- */

/* The arm whose name ends "..._ARM", the longest of them; n = none. */
static uint32_t owner_of(const td_uplift_arms *arms, const char *score) {
    uint32_t owner = arms->n;
    size_t length = strlen(score), longest = 0;
    for (uint32_t a = 0; a < arms->n; a++) {
        size_t end = strlen(arms->name[a]);
        if (end + 1 >= length || end <= longest || score[length - end - 1] != '_') continue;
        if (strcmp(score + length - end, arms->name[a]) != 0) continue;
        owner = a;
        longest = end;
    }
    return owner;
}

/* Column of the score for arm a; NULL where it is another arm's. */
static td_status find_score(const char **column, td_uplift_arms *arms, uint32_t a,
                            const char *score, td_error *err) {
    *column = join(&arms->arena, score, '_', arms->name[a], err);
    if (*column == NULL) return TD_ERR_NOMEM;
    if (has_column(arms, *column)) return TD_OK;
    TD_CHECK(has_column(arms, score), err, TD_ERR_ARG,
             "--score: there is neither a column '%s' nor a column '%s'", *column, score);
    uint32_t owner = owner_of(arms, score);
    *column = owner == a || owner == arms->n ? score : NULL;
    return TD_OK;
}

static td_status list_scores(const char **list, td_uplift_arms *arms, uint32_t a,
                             const td_uplift_score_columns *columns, td_error *err) {
    const char *const *score = NULL, *column;
    uint32_t n = 0;
    *list = NULL;
    TD_TRY(td_list_split(&score, &n, columns->score, "score", &arms->arena, err));
    for (uint32_t s = 0; s < n; s++) {
        TD_TRY(find_score(&column, arms, a, score[s], err));
        if (column == NULL) continue;
        *list = *list == NULL ? column : join(&arms->arena, *list, ',', column, err);
        if (*list == NULL) return TD_ERR_NOMEM;
    }
    TD_CHECK(*list != NULL, err, TD_ERR_ARG, "--score: '%s' has no score of arm '%s'",
             columns->score, arms->name[a]);
    return TD_OK;
}

static td_status fill_pairs(td_uplift_arms *out, const td_uplift_score_columns *columns,
                            td_error *err) {
    const char *const *propensity = NULL;
    uint32_t n = 0;
    TD_TRY(td_list_split(&propensity, &n, columns->propensity, "propensity", &out->arena, err));
    TD_CHECK(n == 0 || n == out->n, err, TD_ERR_ARG,
             "--propensity: '%s' has %u entries for %u treated arms", columns->propensity, n,
             out->n);
    out->pair = td_arena_array(&out->arena, out->n, sizeof *out->pair, err);
    if (out->pair == NULL) return TD_ERR_NOMEM;
    for (uint32_t a = 0; a < out->n; a++) {
        td_uplift_score_columns *pair = &out->pair[a];
        *pair = *columns;
        pair->arms = join(&out->arena, out->control, ',', out->name[a], err);
        if (pair->arms == NULL) return TD_ERR_NOMEM;
        pair->max_arms = 2;
        if (n > 0) pair->propensity = propensity[a];
        TD_TRY(list_scores(&pair->score, out, a, columns, err));
    }
    return TD_OK;
}

td_status td_uplift_arms_read(td_uplift_arms *out, const td_uplift_score_columns *columns,
                              const td_data_format *format, const td_cli *cli, td_error *err) {
    memset(out, 0, sizeof *out);
    td_status status = read(out, &columns->treatment, format, cli, err);
    if (status == TD_OK) status = take_arms(out, columns, err);
    if (status == TD_OK) status = fill_pairs(out, columns, err);
    if (status != TD_OK) td_uplift_arms_free(out);
    return status;
}
