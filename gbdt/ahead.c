/* gbdt/ahead.c: branches are expanded before the loop of grow.c comes to them.
 *
 * A pass expands every branch that is due, whose turn in the loop is not after the horizon:
 *
 *     1. Branches with many rows one by one, by all threads together.
 *     2. The subtree below a branch with few rows by one thread, depth first, while it is in the
 *        cache: scattered rows are copied together first (shelf.h), those of deeper branches
 *        again. Large subtrees begin first, so that the threads end together.
 *
 * The first horizon is a guess. Leaf-wise: the lowest gain that the tree before this one used;
 * trees resemble their predecessors. Depth-wise: as many levels as surely fit. Then, as long as
 * there is work for all threads, the turns of all branches known so far are ranked:
 *
 *     rank  1  2  3  4  5  6  7  ...  num_leaves - 1
 *           x  x  x  x  o  x  o   o x o o o | o o ...      x expanded, o not yet
 *                                ^ next horizon
 *
 * What ranks behind num_leaves - 1 will never be split; before it, children yet unknown may come in
 * between and push others out, so only two thirds of the branches to be expanded are taken, and
 * the rest is ranked again.
 *
 * What is expanded ahead in vain stays a leaf: work is lost, no result changes. One thread alone
 * makes the first pass only, for the sake of the cache. */
#include "gbdt/ahead.h"

#include <math.h>
#include <stdlib.h>

#include "gbdt/branch.h"

/* A branch with at most 1 / SCATTERED of its shelf's rows is copied. A pass is worth its while with
 * ENOUGH branches a thread. */
enum { SCATTERED = 8, MAX_WAITING = 4096, ENOUGH = 2 };

typedef struct task {
    uint32_t branch, n_rows;
} task;

/* Branches that one thread each will expand with all that is due below them. */
typedef struct waiting {
    td_grower *grower;
    const td_growth *growth;
    td_turn horizon;
    uint32_t most; /* branches that may exist after expanding ahead */
    uint32_t n;
    task task[MAX_WAITING];
} waiting;

static td_turn turn_of(const td_grower *grower, const td_branch *branch) {
    int is_depthwise = grower->params->grow_policy == TD_GROW_DEPTHWISE;
    return (td_turn){branch->split.gain, is_depthwise ? branch->depth : 0, branch->child};
}

static int is_due(const waiting *job, const td_branch *branch) {
    const td_grower *grower = job->grower;
    td_turn turn = turn_of(grower, branch);
    if (turn.gain == 0 || turn.depth > job->horizon.depth) return 0;
    if (turn.depth == job->horizon.depth && turn.gain < job->horizon.gain) return 0;
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
    if (!is_due(job, branch)) return TD_OK;
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
    if (!is_due(job, branch) || job->n == MAX_WAITING) return TD_OK;
    if (branch->child == 0 && branch->n <= grower->copy_rows) {
        job->task[job->n++] = (task){number, (uint32_t)branch->n};
        return TD_OK;
    }
    td_crew all = {grower, job->growth, 0, 0};
    if (branch->child == 0) TD_TRY(td_branch_expand(&all, number, 0, err));
    TD_TRY(expand_large(job, branch->child, err));
    return expand_large(job, branch->child + 1, err);
}

static int most_rows_first(const void *a, const void *b) {
    const task *x = a, *y = b;
    return (x->n_rows < y->n_rows) - (x->n_rows > y->n_rows);
}

static td_status make_pass(waiting *job, td_error *err) {
    job->n = 0;
    TD_TRY(expand_large(job, 0, err));
    qsort(job->task, job->n, sizeof *job->task, most_rows_first);
    return td_par_for(job->grower->exec, job->n, 1, expand_alone, job, err);
}

/* ---- horizons -------------------------------------------------------------------------------- */

/* Depth-wise: a tree whose levels 0 .. d are all split has at most 2^(d + 1) leaves. */
static td_turn first_horizon(const td_grower *grower) {
    const td_train_params *params = grower->params;
    if (params->grow_policy != TD_GROW_DEPTHWISE) return (td_turn){grower->likely_gain, 0, 0};
    td_turn horizon = {0, 0, 0};
    while ((int64_t)4 << horizon.depth <= params->num_leaves && horizon.depth < 30) horizon.depth++;
    return horizon;
}

/* Turns of a branch that may be split and of all below it; a child's turn is not before its
 * parent's. */
static uint32_t note_turns(td_turn *turn, uint32_t n, const td_grower *grower, uint32_t number,
                           double most) {
    const td_branch *branch = &grower->branch[number];
    if (branch->split.gain == 0) return n;
    turn[n] = turn_of(grower, branch);
    if (turn[n].gain > most && turn[n].depth == 0) turn[n].gain = most;
    most = turn[n++].gain;
    if (branch->child == 0) return n;
    n = note_turns(turn, n, grower, branch->child, most);
    return note_turns(turn, n, grower, branch->child + 1, most);
}

static int by_turn(const void *a, const void *b) {
    const td_turn *x = a, *y = b;
    if (x->depth != y->depth) return x->depth < y->depth ? -1 : 1;
    return (x->gain < y->gain) - (x->gain > y->gain);
}

/* Set the next horizon; 0 when too few branches are left to be expanded. */
static int look_further(waiting *job) {
    td_grower *grower = job->grower;
    td_turn *turn = grower->turn;
    uint32_t n = note_turns(turn, 0, grower, 0, HUGE_VAL), n_new = 0;
    qsort(turn, n, sizeof *turn, by_turn);
    if (n >= (uint32_t)grower->params->num_leaves) n = (uint32_t)grower->params->num_leaves - 1;
    for (uint32_t k = 0; k < n; k++) n_new += turn[k].child == 0;
    if (n_new < ENOUGH * (uint32_t)td_exec_threads(grower->exec)) return 0;
    uint32_t wanted = n_new - n_new / 3, k = 0;
    for (uint32_t found = 0; found < wanted; k++) found += turn[k].child == 0;
    job->horizon = turn[k - 1];
    return 1;
}

td_status td_expand_ahead(td_grower *grower, const td_growth *growth, td_error *err) {
    waiting job = {.grower = grower, .growth = growth, .most = grower->max_branches / 2};
    job.horizon = first_horizon(grower);
    TD_TRY(make_pass(&job, err));
    if (td_exec_threads(grower->exec) == 1) return TD_OK;
    for (uint32_t before = 0; atomic_load(&grower->n_branches) != before && look_further(&job);) {
        before = atomic_load(&grower->n_branches);
        TD_TRY(make_pass(&job, err));
    }
    return TD_OK;
}
