/* gbdt/ahead.c: branches are expanded before the loop of grow.c comes to them, by all threads.
 *
 * Of two branches the loop splits that one first whose way from their common branch is better:
 *
 *            4            depth-wise   the turn of the branch itself: a depth, then a gain
 *        7       5        leaf-wise    the lowest gain on the way: 9 stands behind 7 and before 5,
 *      2   9   6   8                   8 stands behind 5 and before 6 and 2
 *
 * This order is known as soon as two branches are. So threads can find them in any order:
 *
 *     open       known and not expanded: a thread takes one, expands it alone, offers the children,
 *                and goes on without waiting for anybody
 *     needed     the first num_leaves - 1 known: what falls out of them will not be split
 *
 * until no open branch is needed and no thread is at work. The open one taken is the first of them,
 * but on levels that will be split whole the deepest: its parent's histogram is still in the cache.
 * A branch with many rows, or one that comes when there are fewer than threads, is expanded by all
 * threads together.
 *
 * A branch may be taken while a better one is about to be found, and be expanded in vain: it stays
 * a leaf. Work is lost, no result changes, because the loop decides.
 * Cost: four operations on heaps a branch, under one lock. */
#include "gbdt/ahead.h"

#include <math.h>
#include <sched.h>

#include "gbdt/branch.h"
#include "gbdt/stock.h"

/* A branch of more than SHARED_ROWS rows is shared when there are fewer branches than threads. */
enum { SHARED_ROWS = 4096 };

typedef struct queue {
    td_grower *grower;
    const td_growth *growth;
    uint32_t most; /* splits of a full tree */
    atomic_flag lock;
    uint32_t whole_levels; /* depth-wise: levels of the tree that will be split whole */
    td_turns open, needed; /* the best open one and the last needed one stand first */
    uint32_t n_busy;       /* threads that are expanding */
    int is_stopped;        /* all threads shall come back: for a large branch, or after an error */
} queue;

/* A branch's turn; leaf-wise with the lowest gain on the way from the root, `above` being its
 * parent's, which decides most comparisons. */
static td_turn turn_below(const td_grower *grower, uint32_t number, const td_turn *above) {
    td_turn turn = td_turn_of(grower, number);
    int is_depthwise = grower->params->grow_policy == TD_GROW_DEPTHWISE;
    if (!is_depthwise && above->gain < turn.gain) turn.gain = above->gain;
    return turn;
}

/* Lowest gain on the way from below branch `above` to branch `number`. */
static double gain_between(const td_grower *grower, uint32_t above, uint32_t number) {
    double gain = HUGE_VAL;
    for (; number != above; number = grower->branch[number].parent) {
        gain = fmin(gain, grower->branch[number].split.gain);
    }
    return gain;
}

static uint32_t common_branch(const td_grower *grower, uint32_t a, uint32_t b) {
    while (a != b) {
        uint32_t *lower = grower->branch[a].depth > grower->branch[b].depth ? &a : &b;
        *lower = grower->branch[*lower].parent;
    }
    return a;
}

/* Would the loop split a before b? Gains that tie exactly go by the branches' numbers: there the
 * loop may choose otherwise, and expands what is missing. */
static int is_before(const void *ctx, const td_turn *a, const td_turn *b) {
    const queue *q = ctx;
    if (a->depth != b->depth || a->gain != b->gain) return td_turn_is_before(a, b);
    uint32_t above = common_branch(q->grower, a->number, b->number);
    double x = gain_between(q->grower, above, a->number);
    double y = gain_between(q->grower, above, b->number);
    return x != y ? x > y : a->number < b->number;
}

/* Is a to be expanded before b? */
static int is_next(const void *ctx, const td_turn *a, const td_turn *b) {
    const queue *q = ctx;
    uint64_t most = q->grower->alone_rows;
    int is_large = q->grower->branch[a->number].n > most;
    if (a->depth >= q->whole_levels || b->depth >= q->whole_levels) return is_before(ctx, a, b);
    if (is_large != (q->grower->branch[b->number].n > most)) return is_large;
    return a->depth != b->depth ? a->depth > b->depth : a->number > b->number;
}

/* The last one needed is left to the loop, which need not evaluate its children. */
static int is_needed(const queue *q, const td_turn *turn) {
    return q->needed.n < q->most || is_before(q, turn, &q->needed.turn[0]);
}

/* A branch that has become known. */
static void offer(queue *q, uint32_t number, const td_turn *above) {
    td_turn turn = turn_below(q->grower, number, above);
    if (turn.gain == 0 || !is_needed(q, &turn)) return;
    if (q->needed.n == q->most) (void)td_turns_pop(&q->needed);
    td_turns_push(&q->needed, turn);
    td_turns_push(&q->open, turn);
}

static void offer_children(queue *q, const td_turn *turn) {
    uint32_t child = q->grower->branch[turn->number].child;
    offer(q, child, turn);
    offer(q, child + 1, turn);
}

/* The loop of grow.c can do with the rest. */
static int has_room(const td_grower *grower) {
    uint32_t in_flight = 2 * (uint32_t)td_exec_threads(grower->exec);
    return atomic_load(&grower->n_branches) + in_flight < grower->max_branches / 3 * 2;
}

/* Rows of the next branch to expand; 0 = none is needed. */
static uint64_t next_rows(queue *q) {
    while (q->open.n > 0 && !is_needed(q, &q->open.turn[0])) (void)td_turns_pop(&q->open);
    if (q->open.n == 0 || !has_room(q->grower)) return 0;
    return q->grower->branch[q->open.turn[0].number].n;
}

/* ---- one thread each ------------------------------------------------------------------------- */

typedef enum answer { TAKEN, WAIT, END } answer;

static answer take(td_turn *out, queue *q) {
    uint64_t n = next_rows(q);
    if (n > q->grower->alone_rows) q->is_stopped = 1;
    if (q->is_stopped) return END;
    if (n == 0) return q->n_busy > 0 ? WAIT : END;
    *out = td_turns_pop(&q->open);
    q->n_busy++;
    return TAKEN;
}

static td_status work_alone(void *ctx, td_chunk chunk, td_error *err) {
    queue *q = ctx;
    td_crew alone = {q->grower, q->growth, 1, chunk.worker};
    for (;;) {
        td_turn turn = {0};
        td_lock(&q->lock);
        answer next = take(&turn, q);
        td_unlock(&q->lock);
        if (next == END) return TD_OK;
        if (next == WAIT) {
            (void)sched_yield();
            continue;
        }
        td_status status = td_branch_expand(&alone, turn.number, 0, err);
        td_lock(&q->lock);
        q->n_busy--;
        if (status == TD_OK) offer_children(q, &turn);
        q->is_stopped |= status != TD_OK;
        td_unlock(&q->lock);
        TD_TRY(status);
    }
}

/* ---- all threads ----------------------------------------------------------------------------- */

/* Expand branches by all threads together, until one comes that is not worth it. */
static td_status expand_together(queue *q, td_error *err) {
    td_crew all = {q->grower, q->growth, 0, 0};
    uint32_t threads = (uint32_t)td_exec_threads(q->grower->exec);
    for (uint64_t n = next_rows(q); n > 0; n = next_rows(q)) {
        int has_idle = q->open.n < threads && n > SHARED_ROWS;
        if (n <= q->grower->alone_rows && !has_idle) return TD_OK;
        td_turn turn = td_turns_pop(&q->open);
        TD_TRY(td_branch_expand(&all, turn.number, 0, err));
        offer_children(q, &turn);
    }
    return TD_OK;
}

/* A tree whose levels 0 .. d are all split has at most 2^(d + 1) leaves. */
static uint32_t whole_levels(const td_train_params *params) {
    uint32_t n = 0;
    if (params->grow_policy != TD_GROW_DEPTHWISE) return 0;
    while ((int64_t)2 << n <= params->num_leaves && n < 30) n++;
    return n;
}

td_status td_expand_ahead(td_grower *grower, const td_growth *growth, td_error *err) {
    uint64_t threads = (uint64_t)td_exec_threads(grower->exec);
    int is_depthwise = grower->params->grow_policy == TD_GROW_DEPTHWISE;
    if (threads == 1 && !is_depthwise) return TD_OK; /* nothing to gain over the loop */
    queue q = {.grower = grower,
               .growth = growth,
               .most = (uint32_t)grower->params->num_leaves - 1,
               .whole_levels = whole_levels(grower->params)};
    q.open = (td_turns){.turn = grower->turn, .order = is_next, .ctx = &q};
    q.needed = (td_turns){.turn = grower->turn + grower->max_branches,
                          .is_reversed = 1,
                          .order = is_before,
                          .ctx = &q};
    atomic_flag_clear(&q.lock);
    offer(&q, 0, &(td_turn){.gain = HUGE_VAL});
    do {
        q.is_stopped = 0;
        TD_TRY(expand_together(&q, err));
        TD_TRY(td_par_for(grower->exec, threads, 1, work_alone, &q, err));
    } while (q.is_stopped);
    return TD_OK;
}
