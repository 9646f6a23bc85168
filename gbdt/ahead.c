/* gbdt/ahead.c: branches are expanded before the loop of grow.c comes to them.
 *
 * Ahead of the loop: every branch whose gain reaches likely_gain, the lowest gain that the tree
 * before this one used; trees resemble their predecessors, so nearly all of it is used.
 *
 *     1. Branches with many rows one by one, by all threads together.
 *     2. The subtree below a branch with few rows by one thread, depth first, while it is in the
 *        cache: scattered rows are copied together first (shelf.h), those of deeper branches
 *        again. Large subtrees begin first, so that the threads end together.
 *
 * During the loop, when it comes to a leaf that is not expanded: of the leaves that are next in
 * line, as many as half of the splits still to be made, those not expanded either, a thread each.
 * Their children may gain more and so push back later ones, but rarely half of them.
 *
 * What is expanded ahead in vain stays a leaf: work is lost, no result changes. */
#include "gbdt/ahead.h"

#include <stdlib.h>

#include "gbdt/branch.h"

/* A branch with at most 1 / SCATTERED of its shelf's rows is copied. */
enum { SCATTERED = 8, MAX_WAITING = 4096 };

typedef struct task {
    uint32_t branch, n_rows;
} task;

/* Branches that one thread each will expand with all that is likely below them. */
typedef struct waiting {
    td_grower *grower;
    const td_growth *growth;
    uint32_t most; /* branches that may exist after expanding ahead */
    uint32_t n;
    task task[MAX_WAITING];
} waiting;

static void add_task(waiting *job, uint32_t number) {
    job->task[job->n++] = (task){number, (uint32_t)job->grower->branch[number].n};
}

static int is_likely(const waiting *job, const td_branch *branch) {
    const td_grower *grower = job->grower;
    if (branch->split.gain == 0 || branch->split.gain < grower->likely_gain) return 0;
    return atomic_load(&grower->n_branches) + 2 * (uint32_t)td_exec_threads(grower->exec) <
           job->most;
}

/* A branch and all below it read their rows from this shelf. */
static void set_shelf(td_grower *grower, uint32_t number, const td_shelf *shelf) {
    td_branch *branch = &grower->branch[number];
    branch->shelf = shelf;
    if (branch->child == 0) return;
    set_shelf(grower, branch->child, shelf);
    set_shelf(grower, branch->child + 1, shelf);
}

/* Copy a branch's rows together when they are scattered; NULL = they stay where they are. */
static const td_shelf *copy_rows(const td_crew *crew, td_branch *branch) {
    td_grower *grower = crew->grower;
    if (crew->growth->q->is_wide || branch->n * SCATTERED > branch->shelf->n) return NULL;
    uint32_t *place = grower->order + branch->begin;
    return td_shelves_push(&grower->copies[crew->worker], branch->shelf, place, branch->n);
}

/* Depth first; copies are made on the way down and given back on the way up. */
static td_status expand_below(const td_crew *crew, const waiting *job, uint32_t number,
                              td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *branch = &grower->branch[number];
    if (!is_likely(job, branch)) return TD_OK;
    const td_shelf *below = branch->shelf, *copy = copy_rows(crew, branch);
    if (copy != NULL) branch->shelf = copy;
    TD_TRY(td_branch_expand(crew, number, 0, err));
    TD_TRY(expand_below(crew, job, branch->child, err));
    TD_TRY(expand_below(crew, job, branch->child + 1, err));
    if (copy == NULL) return TD_OK;
    td_shelves_pop(&grower->copies[crew->worker], grower->order + branch->begin, branch->n);
    set_shelf(grower, number, below);
    return TD_OK;
}

static td_status expand_alone(void *ctx, td_chunk chunk, td_error *err) {
    const waiting *job = ctx;
    td_crew crew = {job->grower, job->growth, 1, chunk.worker};
    return expand_below(&crew, job, job->task[chunk.begin].branch, err);
}

/* Expand branches with many rows; note the others. */
static td_status expand_large(waiting *job, uint32_t number, td_error *err) {
    td_grower *grower = job->grower;
    const td_branch *branch = &grower->branch[number];
    if (!is_likely(job, branch) || job->n == MAX_WAITING) return TD_OK;
    if (branch->n <= grower->copy_rows) {
        add_task(job, number);
        return TD_OK;
    }
    td_crew all = {grower, job->growth, 0, 0};
    TD_TRY(td_branch_expand(&all, number, 0, err));
    TD_TRY(expand_large(job, branch->child, err));
    return expand_large(job, branch->child + 1, err);
}

static int most_rows_first(const void *a, const void *b) {
    const task *x = a, *y = b;
    return (x->n_rows < y->n_rows) - (x->n_rows > y->n_rows);
}

td_status td_expand_ahead(td_grower *grower, const td_growth *growth, td_error *err) {
    waiting job = {.grower = grower, .growth = growth, .most = grower->max_branches / 2};
    TD_TRY(expand_large(&job, 0, err));
    qsort(job.task, job.n, sizeof *job.task, most_rows_first);
    return td_par_for(grower->exec, job.n, 1, expand_alone, &job, err);
}

/* ---- next in line ---------------------------------------------------------------------------- */

static int by_turn(const void *a, const void *b) {
    const td_turn *x = a, *y = b;
    if (x->depth != y->depth) return x->depth < y->depth ? -1 : 1;
    if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
    return (x->leaf > y->leaf) - (x->leaf < y->leaf);
}

/* Leaves that may be split, in the order of their turns. */
static uint32_t line_up(td_turn *line, const td_grower *grower, uint32_t n_leaves) {
    int is_depthwise = grower->params->grow_policy == TD_GROW_DEPTHWISE;
    uint32_t n = 0;
    for (uint32_t j = 0; j < n_leaves; j++) {
        const td_branch *branch = td_leaf_branch(grower, j);
        if (branch->split.gain == 0) continue;
        line[n++] = (td_turn){branch->split.gain, is_depthwise ? branch->depth : 0, j};
    }
    qsort(line, n, sizeof *line, by_turn);
    return n;
}

static td_status expand_one(void *ctx, td_chunk chunk, td_error *err) {
    const waiting *job = ctx;
    td_crew crew = {job->grower, job->growth, 1, chunk.worker};
    return td_branch_expand(&crew, job->task[chunk.begin].branch, 0, err);
}

td_status td_expand_next(td_grower *grower, const td_growth *growth, uint32_t n_leaves,
                         td_error *err) {
    uint32_t to_come = (uint32_t)grower->params->num_leaves - n_leaves;
    if (td_exec_threads(grower->exec) == 1) return TD_OK;
    waiting job = {.grower = grower, .growth = growth};
    uint32_t n = line_up(grower->line, grower, n_leaves);
    if (n > to_come / 2) n = to_come / 2;
    for (uint32_t k = 0; k < n && job.n < MAX_WAITING; k++) {
        uint32_t number = grower->leaf[grower->line[k].leaf].branch;
        if (grower->branch[number].child == 0) add_task(&job, number);
    }
    uint32_t needs = atomic_load(&grower->n_branches) + 2 * (job.n + to_come);
    if (job.n < 2 || needs > grower->max_branches) return TD_OK;
    return td_par_for(grower->exec, job.n, 1, expand_one, &job, err);
}
