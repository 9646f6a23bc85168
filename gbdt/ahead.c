/* gbdt/ahead.c: branches are expanded before the loop of grow.c comes to them.
 *
 * A pass expands some branches, and below them those that are due, not behind a horizon in the
 * order of turns:
 *
 *     1. Branches with many rows one by one, by all threads together.
 *     2. The subtree below a branch with few rows by one thread, depth first, while it is in the
 *        cache: scattered rows are copied together first (shelf.h), those of deeper branches
 *        again. Large subtrees begin first, so that the threads end together.
 *
 * The first pass starts at the root, with a guess as its horizon. Leaf-wise: the gain that nine in
 * ten splits of the tree before this one reached; trees resemble their predecessors. Depth-wise:
 * as many levels as surely fit. Then the loop is played with the branches known so far:
 *
 *     turn  1  2  3  4  5  6  7  ...  num_leaves - 1
 *           x  x  x  x  o  x  o   o x o o o            x expanded, o not yet
 *           <- next pass ------>
 *
 * Children yet unknown may come in between and push others out, so the next pass takes the first
 * quarter of the branches to be expanded and nothing below them, and the loop is played again,
 * until there is not enough work for all threads. One thread makes the first pass only.
 *
 * What is expanded ahead in vain stays a leaf: work is lost, no result changes. */
#include "gbdt/ahead.h"

#include <math.h>
#include <stdlib.h>

#include "gbdt/branch.h"

/* A branch with at most 1 / SCATTERED of its shelf's rows, and at least WORTH_LEVELS splits above
 * the greatest depth, is copied. A pass is worth its while with ENOUGH branches a thread. */
enum { SCATTERED = 8, WORTH_LEVELS = 3, MAX_TASKS = 4096, ENOUGH = 2 };

typedef struct task {
    uint32_t branch, n_rows;
} task;

/* Branches that one thread each will expand with all that is due below them. */
typedef struct pass {
    td_grower *grower;
    const td_growth *growth;
    int goes_down; /* expand what is due below the branches as well */
    td_turn horizon;
    uint32_t most; /* branches that may exist after expanding ahead */
    uint32_t n;
    task task[MAX_TASKS];
} pass;

static int has_room(const pass *job) {
    uint32_t reserve = 2 * (uint32_t)td_exec_threads(job->grower->exec);
    return atomic_load(&job->grower->n_branches) + reserve < job->most;
}

static int is_due(const pass *job, uint32_t number) {
    td_turn turn = td_turn_of(job->grower, number);
    if (!job->goes_down || turn.gain == 0) return 0;
    return !td_turn_is_before(&job->horizon, &turn) && has_room(job);
}

/* A copy goes: a branch and all below it read their rows from the shelf below again. The rows stand
 * with those branches that have not been expanded. */
static void leave_copy(td_grower *grower, uint32_t number, const td_shelf *copy) {
    td_branch *branch = &grower->branch[number];
    branch->shelf = copy->below;
    if (branch->child == 0) {
        td_shelf_leave(copy, td_branch_rows(grower, branch), branch->n);
        return;
    }
    leave_copy(grower, branch->child, copy);
    leave_copy(grower, branch->child + 1, copy);
}

/* Copy a branch's rows together when they are scattered and will be read on several levels; NULL =
 * they stay where they are. */
static const td_shelf *copy_rows(const td_crew *crew, td_branch *branch) {
    td_grower *grower = crew->grower;
    int32_t max_depth = grower->params->max_depth;
    if (max_depth > 0 && branch->depth + WORTH_LEVELS > (uint32_t)max_depth) return NULL;
    if (crew->growth->q->is_wide || branch->n * SCATTERED > branch->shelf->n) return NULL;
    td_branch_list(grower, branch);
    return td_shelves_push(&grower->copies[crew->worker], branch->shelf,
                           td_branch_rows(grower, branch), branch->n);
}

/* Depth first; copies are made on the way down and given back on the way up. */
static td_status expand_below(const td_crew *crew, const pass *job, uint32_t number,
                              td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *branch = &grower->branch[number];
    const td_shelf *copy = job->goes_down ? copy_rows(crew, branch) : NULL;
    if (copy != NULL) branch->shelf = copy;
    TD_TRY(td_branch_expand(crew, number, 0, err));
    for (uint32_t child = branch->child; child < branch->child + 2; child++) {
        if (is_due(job, child)) TD_TRY(expand_below(crew, job, child, err));
    }
    if (copy == NULL) return TD_OK;
    leave_copy(grower, number, copy);
    td_shelves_pop(&grower->copies[crew->worker]);
    return TD_OK;
}

static td_status expand_alone(void *ctx, td_chunk chunk, td_error *err) {
    const pass *job = ctx;
    td_crew crew = {job->grower, job->growth, 1, chunk.worker};
    if (!has_room(job)) return TD_OK;
    return expand_below(&crew, job, job->task[chunk.begin].branch, err);
}

/* Expand branches with many rows; note the others. A pass of single branches has few of them, and
 * one of many rows would keep the other threads waiting. */
static td_status expand_large(pass *job, uint32_t number, td_error *err) {
    td_grower *grower = job->grower;
    const td_branch *branch = &grower->branch[number];
    if (branch->n <= (job->goes_down ? grower->copy_rows : grower->copy_rows / 2)) {
        if (job->n < MAX_TASKS) job->task[job->n++] = (task){number, (uint32_t)branch->n};
        return TD_OK;
    }
    td_crew all = {grower, job->growth, 0, 0};
    TD_TRY(td_branch_expand(&all, number, 0, err));
    for (uint32_t child = branch->child; child < branch->child + 2; child++) {
        if (is_due(job, child)) TD_TRY(expand_large(job, child, err));
    }
    return TD_OK;
}

static int most_rows_first(const void *a, const void *b) {
    const task *x = a, *y = b;
    return (x->n_rows < y->n_rows) - (x->n_rows > y->n_rows);
}

/* Expand n branches and what is due below them. */
static td_status make_pass(pass *job, const td_turn *turn, uint32_t n, td_error *err) {
    job->n = 0;
    for (uint32_t k = 0; k < n && has_room(job); k++)
        TD_TRY(expand_large(job, turn[k].branch, err));
    qsort(job->task, job->n, sizeof *job->task, most_rows_first);
    return td_par_for(job->grower->exec, job->n, 1, expand_alone, job, err);
}

/* ---- which branches -------------------------------------------------------------------------- */

/* Depth-wise: a tree whose levels 0 .. d are all split has at most 2^(d + 1) leaves. */
static td_turn first_horizon(const td_grower *grower) {
    const td_train_params *params = grower->params;
    if (params->grow_policy != TD_GROW_DEPTHWISE) return (td_turn){grower->likely_gain, 0, 0};
    td_turn horizon = {0, 0, 0};
    while ((int64_t)4 << horizon.depth <= params->num_leaves && horizon.depth < 30) horizon.depth++;
    return horizon;
}

/* A heap of branches that may be split; the next in turn is heap[0]. */
static uint32_t push(td_turn *heap, uint32_t n, const td_grower *grower, uint32_t number) {
    td_turn turn = td_turn_of(grower, number);
    if (turn.gain == 0) return n;
    uint32_t at = n;
    for (; at > 0 && td_turn_is_before(&turn, &heap[(at - 1) / 2]); at = (at - 1) / 2) {
        heap[at] = heap[(at - 1) / 2];
    }
    heap[at] = turn;
    return n + 1;
}

/* Remove heap[0]; returns the number of those left. */
static uint32_t pop(td_turn *heap, uint32_t n) {
    td_turn last = heap[--n];
    uint32_t at = 0;
    for (uint32_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && td_turn_is_before(&heap[child + 1], &heap[child])) child++;
        if (!td_turn_is_before(&heap[child], &last)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return n;
}

/* Play the loop with the branches known so far: their turns. */
static uint32_t play(td_turn *turn, const td_grower *grower) {
    td_turn *heap = grower->turn;
    uint32_t most = (uint32_t)grower->params->num_leaves - 1, n = 0;
    uint32_t n_heap = push(heap, 0, grower, 0);
    while (n_heap > 0 && n < most) {
        turn[n] = heap[0];
        n_heap = pop(heap, n_heap);
        uint32_t child = grower->branch[turn[n++].branch].child;
        if (child == 0) continue;
        n_heap = push(heap, n_heap, grower, child);
        n_heap = push(heap, n_heap, grower, child + 1);
    }
    return n;
}

/* Branches of the next pass, in place of all turns: the first quarter, of large ones the first
 * eighth, because they would cost the most in vain. */
static uint32_t choose(td_turn *turn, uint32_t n, const td_grower *grower) {
    uint32_t n_new = 0, n_taken = 0;
    for (uint32_t k = 0; k < n; k++) {
        if (grower->branch[turn[k].branch].child == 0) turn[n_new++] = turn[k];
    }
    int is_early = n < (uint32_t)grower->params->num_leaves / 2;
    if (!is_early && n_new < ENOUGH * (uint32_t)td_exec_threads(grower->exec)) return 0;
    for (uint32_t k = 0; 4 * k < n_new; k++) {
        int is_large = grower->branch[turn[k].branch].n > grower->copy_rows;
        if (!is_large || 8 * k < n_new) turn[n_taken++] = turn[k];
    }
    return n_taken;
}

td_status td_expand_ahead(td_grower *grower, const td_growth *growth, td_error *err) {
    pass job = {.grower = grower, .growth = growth};
    if (grower->params->num_leaves == 2) return TD_OK; /* the only split is the last */
    job.most = grower->max_branches / 3 * 2;           /* the rest is enough for the loop */
    td_turn *turn = grower->turn + grower->max_branches;
    *turn = td_turn_of(grower, 0);
    job.goes_down = 1;
    job.horizon = first_horizon(grower);
    uint32_t n = turn->gain > 0;
    while (n > 0 && has_room(&job)) {
        TD_TRY(make_pass(&job, turn, n, err));
        int is_single = td_exec_threads(grower->exec) == 1;
        n = is_single ? 0 : choose(turn, play(turn, grower), grower);
        job.goes_down = 0;
    }
    return TD_OK;
}

static int higher_first(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

void td_ahead_learn(td_grower *grower, const td_tree *tree) {
    double *gain = (double *)(void *)grower->turn;
    uint32_t n = tree->n_leaves - 1, rank = (uint32_t)grower->params->num_leaves * 9 / 10;
    for (uint32_t k = 0; k < n; k++) gain[k] = tree->node[k].gain;
    qsort(gain, n, sizeof *gain, higher_first);
    grower->likely_gain = rank < n ? gain[rank] : 0;
}
