/* uplift/policy_tree.c: exact search for the best rule of one or two levels.
 *
 * W(rows, a) = sum of the scores of action a. A leaf takes its best action: V0(rows) = max_a W. One
 * question q: V1(rows) = max over q of V0(yes) + V0(no). Two levels: V2 = max over q of V1(yes) +
 * V1(no). To find V2 without looking at all pairs of questions row by row:
 *
 *   1. T[g][c][a] = W of the rows with code c of feature g, for all rows.
 *   2. For each root feature f (in parallel): L = 0. For each of its codes b in order, move the
 *      rows with code b into L (every feature's histogram gets them). L holds the yes side of "f <=
 *      b", T - L the no side.
 *   3. V1 of both sides from L and T - L alone, by running sums over the codes of every g.
 *
 *      rows by code of f:   |b=0 |b=1 |b=2 | ...          root "f <= 1": yes = L, no = T - L
 *                           |<-- in L -->|
 *
 *   4. The best root feature in order; then both sides are searched once more on their own rows, so
 *      that what is reported are sums of rows and not differences of sums.
 *
 * Codes of a category are ordered by mean of (best other action - action 0), the highest first;
 * that is exact for two actions within one question, a heuristic for more. Missing values stand
 * behind the last code: they say no. To replace an earlier candidate a value must be larger by more
 * than 1e-12 of the scores' absolute sum: rounding must not choose.
 *
 * Cost: step 2 moves n rows through p histograms, step 3 reads p B A cells for each of B codes: p^2
 * A (n + B^2) in all. What it does not do: depth 3 (exact search grows by another factor p B);
 * features with more than 255 values are cut into bins. Athey and Wager (2021),
 * doi:10.3982/ECTA15732; Zhou, Athey, Wager (2023), doi:10.1287/opre.2022.2271. */
#include "uplift/policy_tree.h"

#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/binning.h"

enum { MAX_CODES = 256 };

td_policy_params td_policy_params_default(void) { return (td_policy_params){2, 20}; }

/* Best question over some rows; value = a sum of scores, rows = [yes, no]. */
typedef struct choice {
    int is_asked;
    uint32_t feature, last; /* yes = rank of the code <= last */
    uint32_t action[2];
    double rows[2];
    double value;
} choice;

/* A cell is [n_actions + 1] doubles: the actions' sums of scores, then the number of rows. */
typedef struct search {
    const td_policy_rows *rows;
    const td_policy_params *params;
    uint32_t width;    /* n_actions + 1 */
    uint8_t *rank;     /* [n_features * MAX_CODES] place of a code in its feature's order */
    uint32_t *n_codes; /* [n_features] the missing code included */
    double *total;     /* [n_features * MAX_CODES * width] cells by (feature, rank) */
    choice *best;      /* [n_features] best root on each feature; is_asked = one was found */
    double margin;     /* a value must be larger by more than this */
} search;

/* Rows of one side of a root: cells, or the totals minus these cells. */
typedef struct side {
    const double *cell;
    int is_rest;
} side;

static void search_free(search *s) {
    td_mem_free(s->rank);
    td_mem_free(s->n_codes);
    td_mem_free(s->total);
    td_mem_free(s->best);
}

static uint64_t n_cells(const search *s) {
    return (uint64_t)s->rows->binned->n_features * MAX_CODES;
}

static td_status search_init(search *s, td_error *err) {
    s->width = s->rows->n_actions + 1;
    TD_NEW(s->rank, n_cells(s), err);
    TD_NEW(s->n_codes, s->rows->binned->n_features, err);
    TD_NEW_ZEROED(s->total, n_cells(s) * s->width, err);
    TD_NEW_ZEROED(s->best, s->rows->binned->n_features, err);
    return TD_OK;
}

/* ---- sums ------------------------------------------------------------------------------------ */

static void add_row(double *cell, const td_policy_rows *rows, uint64_t row) {
    for (uint32_t a = 0; a < rows->n_actions; a++) {
        cell[a] += rows->score[a * rows->binned->n_rows + row];
    }
    cell[rows->n_actions] += 1;
}

static uint32_t best_action(const double *cell, uint32_t n_actions) {
    uint32_t best = 0;
    for (uint32_t a = 1; a < n_actions; a++) {
        if (cell[a] > cell[best]) best = a;
    }
    return best;
}

/* sum += the cell of (feature, rank) of a side. */
static void add_cell(double *sum, const search *s, side from, uint64_t at) {
    const double *cell = from.cell + at * s->width, *total = s->total + at * s->width;
    for (uint32_t k = 0; k < s->width; k++) sum[k] += from.is_rest ? total[k] - cell[k] : cell[k];
}

/* ---- order of codes -------------------------------------------------------------------------- */

/* What a level has to say for treatment: mean of the best other action minus action 0. */
static double leaning(const double *cell, uint32_t n_actions) {
    if (cell[n_actions] == 0) return 0;
    double best = cell[1];
    for (uint32_t a = 2; a < n_actions; a++) best = fmax(best, cell[a]);
    return (best - cell[0]) / cell[n_actions];
}

/* rank[code] of a category, the level that leans most to treatment first; the missing code stays
 * last. cell [n_values] by code. */
static void rank_levels(uint8_t *rank, const double *cell, uint32_t n_values, uint32_t n_actions) {
    uint32_t width = n_actions + 1;
    for (uint32_t c = 0; c < n_values; c++) {
        double own = leaning(cell + c * width, n_actions);
        uint32_t before = 0;
        for (uint32_t d = 0; d < n_values; d++) {
            double other = leaning(cell + d * width, n_actions);
            before += other > own || (other == own && d < c);
        }
        rank[c] = (uint8_t)before;
    }
}

/* Step 1 for one feature: cells by code, which become cells by rank. */
static void total_feature(search *s, uint32_t f, double *scratch) {
    const td_binned *binned = s->rows->binned;
    const td_bins *bins = &binned->bin[f];
    const uint8_t *code = td_binned_codes(binned, f);
    uint8_t *rank = s->rank + (uint64_t)f * MAX_CODES;
    double *total = s->total + (uint64_t)f * MAX_CODES * s->width;
    memset(scratch, 0, (uint64_t)MAX_CODES * s->width * sizeof *scratch);
    for (uint64_t i = 0; i < binned->n_rows; i++) add_row(scratch + code[i] * s->width, s->rows, i);
    for (uint32_t c = 0; c < MAX_CODES; c++) rank[c] = (uint8_t)c;
    if (bins->kind == TD_COLUMN_CATEGORY) {
        rank_levels(rank, scratch, bins->n_values, s->rows->n_actions);
    }
    for (uint32_t c = 0; c < MAX_CODES; c++) {
        memcpy(total + rank[c] * s->width, scratch + c * s->width, s->width * sizeof *total);
    }
    s->n_codes[f] = bins->n_values + 1;
}

static td_status fill_totals(search *s, td_error *err) {
    double *scratch;
    TD_NEW(scratch, (uint64_t)MAX_CODES * s->width, err);
    for (uint32_t f = 0; f < s->rows->binned->n_features; f++) total_feature(s, f, scratch);
    td_mem_free(scratch);
    return TD_OK;
}

/* ---- one question ---------------------------------------------------------------------------- */

/* Improve *best by the questions of one feature; all = sums of the side's rows. */
static void ask_feature(choice *best, const search *s, side from, uint32_t f, const double *all) {
    uint32_t n_actions = s->rows->n_actions;
    double yes[TD_POLICY_MAX_ACTIONS + 1] = {0}, no[TD_POLICY_MAX_ACTIONS + 1];
    for (uint32_t c = 0; c + 1 < s->n_codes[f]; c++) {
        double before = yes[n_actions];
        add_cell(yes, s, from, (uint64_t)f * MAX_CODES + c);
        if (yes[n_actions] == before) continue; /* no rows: parts as the code before */
        for (uint32_t k = 0; k < s->width; k++) no[k] = all[k] - yes[k];
        if (yes[n_actions] < s->params->min_rows || no[n_actions] < s->params->min_rows) continue;
        uint32_t first = best_action(yes, n_actions), second = best_action(no, n_actions);
        double value = yes[first] + no[second];
        if (!(value > best->value + s->margin)) continue;
        *best = (choice){1, f, c, {first, second}, {yes[n_actions], no[n_actions]}, value};
    }
}

/* Best of "one action for all" and every question. */
static choice ask(const search *s, side from) {
    uint32_t n_actions = s->rows->n_actions;
    double all[TD_POLICY_MAX_ACTIONS + 1] = {0};
    for (uint32_t c = 0; c < s->n_codes[0]; c++) add_cell(all, s, from, c);
    uint32_t action = best_action(all, n_actions);
    choice best = {.action = {action, action}, .rows = {all[n_actions], 0}, .value = all[action]};
    for (uint32_t f = 0; f < s->rows->binned->n_features; f++) ask_feature(&best, s, from, f, all);
    return best;
}

/* ---- two levels ------------------------------------------------------------------------------ */

/* Rows by rank of their code of feature f (counting sort): row[begin[b] .. begin[b + 1]). */
static void sort_rows(uint32_t *row, uint64_t begin[MAX_CODES + 1], const search *s, uint32_t f) {
    const td_binned *binned = s->rows->binned;
    const uint8_t *code = td_binned_codes(binned, f), *rank = s->rank + (uint64_t)f * MAX_CODES;
    uint64_t next[MAX_CODES + 1] = {0};
    for (uint64_t i = 0; i < binned->n_rows; i++) next[rank[code[i]] + 1]++;
    for (uint32_t b = 0; b < MAX_CODES; b++) next[b + 1] += next[b];
    memcpy(begin, next, sizeof next);
    for (uint64_t i = 0; i < binned->n_rows; i++) row[next[rank[code[i]]]++] = (uint32_t)i;
}

/* A row goes into the cells of its codes of all features. */
static void move_row(double *yes, const search *s, uint32_t row) {
    const td_binned *binned = s->rows->binned;
    for (uint32_t g = 0; g < binned->n_features; g++) {
        uint64_t at = (uint64_t)g * MAX_CODES;
        at += s->rank[at + td_binned_codes(binned, g)[row]];
        add_row(yes + at * s->width, s->rows, row);
    }
}

/* Steps 2 and 3 for root feature f; yes and row are scratch. */
static void search_root(const search *s, uint32_t f, double *yes, uint32_t *row) {
    choice *best = &s->best[f];
    uint64_t begin[MAX_CODES + 1];
    sort_rows(row, begin, s, f);
    memset(yes, 0, n_cells(s) * s->width * sizeof *yes);
    for (uint32_t b = 0; b + 1 < s->n_codes[f]; b++) {
        if (begin[b] == begin[b + 1]) continue;
        for (uint64_t i = begin[b]; i < begin[b + 1]; i++) move_row(yes, s, row[i]);
        choice left = ask(s, (side){yes, 0}), right = ask(s, (side){yes, 1});
        double n_left = left.rows[0] + left.rows[1], n_right = right.rows[0] + right.rows[1];
        if (n_left < s->params->min_rows || n_right < s->params->min_rows) continue;
        double value = left.value + right.value;
        if (best->is_asked && !(value > best->value + s->margin)) continue;
        *best = (choice){.is_asked = 1, .feature = f, .last = b, .value = value};
    }
}

static td_status search_chunk(void *ctx, td_chunk chunk, td_error *err) {
    const search *s = ctx;
    double *yes;
    TD_NEW(yes, n_cells(s) * s->width, err);
    uint32_t *row = td_mem_array(s->rows->binned->n_rows, sizeof *row, err);
    if (row != NULL) {
        for (uint64_t f = chunk.begin; f < chunk.end; f++) search_root(s, (uint32_t)f, yes, row);
    }
    td_mem_free(row);
    td_mem_free(yes);
    return row != NULL ? TD_OK : TD_ERR_NOMEM;
}

/* ---- result ---------------------------------------------------------------------------------- */

static td_policy_question question_of(const search *s, const choice *chosen) {
    td_policy_question q = {.is_asked = chosen->is_asked,
                            .action = {chosen->action[0], chosen->action[1]}};
    if (!chosen->is_asked) return q;
    const td_bins *bins = &s->rows->binned->bin[chosen->feature];
    const uint8_t *rank = s->rank + (uint64_t)chosen->feature * MAX_CODES;
    q.feature = chosen->feature;
    q.is_category = bins->kind == TD_COLUMN_CATEGORY;
    if (!q.is_category) q.threshold = bins->upper[chosen->last];
    for (uint32_t c = 0; c < bins->n_values; c++) {
        if (rank[c] <= chosen->last) td_bin_set_add(&q.levels, c);
    }
    return q;
}

/* Is the answer yes? `levels` holds the codes that say yes, for numbers too. */
static int says_yes(const td_policy_question *q, const td_binned *binned, uint64_t row) {
    return q->is_asked && td_bin_set_has(&q->levels, td_binned_codes(binned, q->feature)[row]);
}

/* Best question of the rows that answer the root alike (root NULL: of all rows). */
static td_status ask_rows(choice *out, const search *s, const td_policy_question *root, int answer,
                          td_error *err) {
    double *cells;
    TD_NEW_ZEROED(cells, n_cells(s) * s->width, err);
    for (uint64_t i = 0; i < s->rows->binned->n_rows; i++) {
        if (root == NULL || says_yes(root, s->rows->binned, i) == answer) {
            move_row(cells, s, (uint32_t)i);
        }
    }
    *out = ask(s, (side){cells, 0});
    td_mem_free(cells);
    return TD_OK;
}

static void write_one(td_policy_tree *out, const search *s, const choice *one) {
    out->depth = one->is_asked ? 1 : 0;
    out->question[0] = question_of(s, one);
    out->value = one->value;
    for (int k = 0; k < 2; k++) out->leaf_rows[k] = (uint64_t)one->rows[k];
}

/* Step 4. */
static td_status write_two(td_policy_tree *out, const search *s, const choice *root,
                           td_error *err) {
    out->depth = 2;
    out->question[0] = question_of(s, root);
    out->value = 0;
    for (int k = 0; k < 2; k++) {
        choice child;
        TD_TRY(ask_rows(&child, s, &out->question[0], !k, err));
        out->question[1 + k] = question_of(s, &child);
        out->value += child.value;
        for (int l = 0; l < 2; l++) out->leaf_rows[2 * k + l] = (uint64_t)child.rows[l];
    }
    return TD_OK;
}

static td_status fit(td_policy_tree *out, search *s, const td_exec *exec, td_error *err) {
    double n = (double)s->rows->binned->n_rows, all[TD_POLICY_MAX_ACTIONS + 1] = {0};
    choice one;
    TD_TRY(search_init(s, err));
    TD_TRY(fill_totals(s, err));
    for (uint32_t c = 0; c < s->n_codes[0]; c++) add_cell(all, s, (side){s->total, 0}, c);
    out->best_action = best_action(all, s->rows->n_actions);
    out->best_one = all[out->best_action] / n;
    TD_TRY(ask_rows(&one, s, NULL, 0, err));
    write_one(out, s, &one);
    if (s->params->depth == 2) {
        TD_TRY(td_par_for(exec, s->rows->binned->n_features, 1, search_chunk, s, err));
        choice best = one;
        for (uint32_t f = 0; f < s->rows->binned->n_features; f++) {
            if (s->best[f].is_asked && s->best[f].value > best.value + s->margin) best = s->best[f];
        }
        if (best.value > one.value + s->margin) TD_TRY(write_two(out, s, &best, err));
    }
    out->value /= n;
    return TD_OK;
}

static td_status check(double *margin, const td_policy_rows *rows, const td_policy_params *params,
                       td_error *err) {
    TD_CHECK(rows->n_actions >= 2 && rows->n_actions <= TD_POLICY_MAX_ACTIONS, err, TD_ERR_ARG,
             "%u actions are not in 2 .. %d", rows->n_actions, TD_POLICY_MAX_ACTIONS);
    TD_CHECK(params->depth == 1 || params->depth == 2, err, TD_ERR_ARG,
             "a policy tree of depth %u: only 1 and 2 are searched", params->depth);
    TD_CHECK(params->min_rows >= 1, err, TD_ERR_ARG, "leaves of 0 rows");
    double sum = 0;
    for (uint64_t i = 0; i < rows->n_actions * rows->binned->n_rows; i++) {
        double size = fabs(rows->score[i]);
        TD_CHECK(size <= 1e300, err, TD_ERR_RANGE, "row %llu: a score is not finite",
                 (unsigned long long)(i % rows->binned->n_rows + 1));
        sum += size;
    }
    *margin = 1e-12 * sum;
    return TD_OK;
}

td_status td_policy_tree_fit(td_policy_tree *out, const td_policy_rows *rows,
                             const td_policy_params *params, const td_exec *exec, td_error *err) {
    search s = {.rows = rows, .params = params};
    memset(out, 0, sizeof *out);
    TD_TRY(check(&s.margin, rows, params, err));
    td_status status = fit(out, &s, exec, err);
    search_free(&s);
    return status;
}

void td_policy_tree_apply(uint32_t *action, const td_policy_tree *tree, const td_binned *binned) {
    for (uint64_t i = 0; i < binned->n_rows; i++) {
        const td_policy_question *q = &tree->question[0];
        int yes = says_yes(q, binned, i);
        if (tree->depth == 2) {
            q = &tree->question[yes ? 1 : 2];
            yes = says_yes(q, binned, i);
        }
        action[i] = q->action[yes ? 0 : 1];
    }
}
