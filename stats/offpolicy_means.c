/* stats/offpolicy_means.c: expected outcomes by group, each row's made without it.
 *
 * A doubly robust value needs mu_a of every row from a model that has not seen the row's outcome.
 * The simplest: the mean outcome of arm a among rows of the same group (a tenth of a score), less
 * the row itself; with clusters less its whole cluster, because a visitor's other sessions know
 * what this one did, and the correction m / e (y - mu) would come out too small.
 *
 *   1. Sums of outcomes and rows by (group, arm), and by arm over all groups.
 *   2. For each unit (cluster, or row) its own sums; mu_a = (sum - own) / (rows - own rows) of its
 *      group, of all groups where nobody else is left there, 0 where nobody is left at all.
 * Cost: O(n n_arms), clusters are sorted by counting first.
 *
 * Reference: Chernozhukov et al. (2018), doi:10.1111/ectj.12097 (why mu must not know y). */
#include <string.h>

#include "core/base/mem.h"
#include "stats/offpolicy.h"

/* Outcomes and rows. */
typedef struct cell {
    double y, n;
} cell;

typedef struct grouping {
    const td_offpolicy_rows *rows;
    const uint32_t *group; /* [n] */
    uint32_t n_groups;
    cell *all, *own; /* [n_groups + 1][n_arms] of all rows, of one unit; last: of every group */
    uint64_t *begin; /* [n_clusters + 1] into order; NULL without clusters */
    uint32_t *order; /* [n] rows by cluster */
} grouping;

static uint64_t n_cells(const grouping *g) { return ((uint64_t)g->n_groups + 1) * g->rows->n_arms; }

/* The two cells that row i counts in. */
static void find_cells(cell *found[2], const grouping *g, cell *table, uint64_t i) {
    uint32_t n_arms = g->rows->n_arms, arm = g->rows->arm[i];
    found[0] = &table[(uint64_t)g->group[i] * n_arms + arm];
    found[1] = &table[(uint64_t)g->n_groups * n_arms + arm];
}

static void count_row(const grouping *g, cell *table, uint64_t i) {
    cell *found[2];
    find_cells(found, g, table, i);
    for (int k = 0; k < 2; k++) {
        found[k]->y += g->rows->outcome[i];
        found[k]->n += 1.0;
    }
}

static void clear_row(const grouping *g, uint64_t i) {
    cell *found[2];
    find_cells(found, g, g->own, i);
    *found[0] = *found[1] = (cell){0.0, 0.0};
}

/* Step 2 of one row: the mean outcome under an arm among the others. */
static double mean_without(const grouping *g, uint32_t group, uint32_t arm) {
    uint64_t place = (uint64_t)group * g->rows->n_arms + arm;
    if (!(g->all[place].n > g->own[place].n)) {
        place = (uint64_t)g->n_groups * g->rows->n_arms + arm;
    }
    double left = g->all[place].n - g->own[place].n;
    return left > 0.0 ? (g->all[place].y - g->own[place].y) / left : 0.0;
}

static void mean_of_unit(double *mean, const grouping *g, uint64_t begin, uint64_t end) {
    const td_offpolicy_rows *rows = g->rows;
    for (uint64_t at = begin; at < end; at++)
        count_row(g, g->own, g->order != NULL ? g->order[at] : at);
    for (uint64_t at = begin; at < end; at++) {
        uint64_t i = g->order != NULL ? g->order[at] : at;
        for (uint32_t a = 0; a < rows->n_arms; a++)
            mean[a * rows->n + i] = mean_without(g, g->group[i], a);
    }
    for (uint64_t at = begin; at < end; at++) clear_row(g, g->order != NULL ? g->order[at] : at);
}

/* begin[c + 2] counts, then begin[c + 1] is the next place of cluster c, and in the end its end. */
static td_status sort_clusters(grouping *g, td_error *err) {
    const td_offpolicy_rows *rows = g->rows;
    TD_NEW_ZEROED(g->begin, (uint64_t)rows->n_clusters + 2, err);
    TD_NEW(g->order, rows->n, err);
    for (uint64_t i = 0; i < rows->n; i++) g->begin[rows->cluster[i] + 2ull]++;
    for (uint64_t c = 2; c < rows->n_clusters + 2ull; c++) g->begin[c] += g->begin[c - 1];
    for (uint64_t i = 0; i < rows->n; i++) {
        g->order[g->begin[rows->cluster[i] + 1ull]++] = (uint32_t)i;
    }
    return TD_OK;
}

static td_status build(double *mean, grouping *g, td_error *err) {
    const td_offpolicy_rows *rows = g->rows;
    TD_NEW_ZEROED(g->all, n_cells(g), err);
    TD_NEW_ZEROED(g->own, n_cells(g), err);
    if (rows->cluster != NULL) TD_TRY(sort_clusters(g, err));
    for (uint64_t i = 0; i < rows->n; i++) count_row(g, g->all, i);
    uint64_t n_units = g->begin != NULL ? rows->n_clusters : rows->n;
    for (uint64_t u = 0; u < n_units; u++) {
        uint64_t begin = g->begin != NULL ? g->begin[u] : u;
        mean_of_unit(mean, g, begin, g->begin != NULL ? g->begin[u + 1] : u + 1);
    }
    return TD_OK;
}

td_status td_offpolicy_group_means(double *mean, const td_offpolicy_rows *rows,
                                   const uint32_t *group, uint32_t n_groups, td_error *err) {
    grouping g = {.rows = rows, .group = group, .n_groups = n_groups};
    td_status status = build(mean, &g, err);
    td_mem_free(g.all);
    td_mem_free(g.own);
    td_mem_free(g.begin);
    td_mem_free(g.order);
    return status;
}
