/* gbdt/branch.c: a branch is split into two.
 *
 * 1. Its rows are divided by the best split. While it has a good part of the table's rows they are
 *    bits (bitmap.c), later a list (partition.c). There are two arrays for lists; a branch has one
 *    range in both and its rows stand in one of them, its side. All threads together write both
 *    children to the other side; one thread leaves the left child where the branch was:
 *
 *        side 0  | a a a a a a a a |      by one thread:   | l l l .       . |
 *        side 1  | . . . . . . . . |                       | .     r r r r r |
 * 2. The children's histograms and best splits (children.c), for which the branch gives up its own
 *    histogram.
 *
 * Nothing here knows why the branch is expanded or in which order branches are: any number of
 * workers may expand branches whose rows do not overlap. Cost: children.c. */
#include "gbdt/branch.h"

#include "gbdt/bitmap.h"
#include "gbdt/partition.h"
#include "gbdt/stock.h"

/* Two children with their ranges of the order; neither has rows yet. */
static void open_children(td_branch *left, td_branch *right, const td_branch *branch) {
    *left = *right = (td_branch){.begin = branch->begin,
                                 .n = branch->split.left_rows,
                                 .side = TD_SIDE_NONE,
                                 .depth = branch->depth + 1,
                                 .bounds = branch->bounds,
                                 .extra_l2 = branch->split.extra_l2};
    right->begin += left->n;
    right->n = branch->n - left->n;
    td_bounds_part(&left->bounds, &right->bounds, &branch->split);
}

/* ---- bits ------------------------------------------------------------------------------------ */

static int is_dense(const td_grower *grower, const td_branch *branch) {
    return branch->n * TD_DENSE_SHARE >= grower->blocks.n_rows;
}

/* A child's rows are listed when they will be counted, or are too few for a bitmap. */
static uint32_t *list_of(td_grower *grower, td_branch *child, int is_counted) {
    if (!is_counted && is_dense(grower, child)) return NULL;
    child->side = 0;
    return td_branch_rows(grower, child);
}

/* The smaller child takes a new bitmap, the larger one its parent's. */
static td_status share_bits(const td_crew *crew, td_branch *branch, td_branch *small,
                            td_branch *large, td_error *err) {
    TD_TRY(td_bits_get(&small->bits, crew->grower, err));
    large->bits = branch->bits;
    branch->bits = NULL;
    return large->bits != NULL ? TD_OK : td_bits_get(&large->bits, crew->grower, err);
}

static td_status divide_bits(const td_crew *crew, td_branch *branch, td_branch *left,
                             td_branch *right, td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *small = left->n > right->n ? right : left, *large = small == left ? right : left;
    const uint64_t *from = branch->bits;
    TD_TRY(share_bits(crew, branch, small, large, err));
    int is_counted = td_leaf_may_split(grower->params, large->n, large->depth);
    td_bitmap_division how = {.n_rows = grower->blocks.n_rows,
                              .left = &branch->split.left,
                              .branch = from,
                              .to_left = left->bits,
                              .to_right = right->bits,
                              .n_left = left->n,
                              .n_right = right->n};
    how.code = td_binned_codes(grower->binned, grower->blocks.slot[branch->split.slot].feature);
    how.list_left = list_of(grower, left, is_counted && left == small);
    how.list_right = list_of(grower, right, is_counted && right == small);
    TD_TRY(td_bitmap_divide(&how, crew->is_alone ? NULL : grower->exec, err));
    if (!is_dense(grower, left)) td_bits_put(grower, &left->bits);
    if (!is_dense(grower, right)) td_bits_put(grower, &right->bits);
    return TD_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static td_status divide_list(const td_crew *crew, const td_branch *branch, td_branch *left,
                             td_branch *right, td_error *err) {
    const td_grower *grower = crew->grower;
    int is_alone = crew->is_alone || td_exec_threads(grower->exec) == 1;
    td_division how = {.row = td_branch_rows(grower, branch),
                       .n = branch->n,
                       .n_left = branch->split.left_rows,
                       .left = &branch->split.left};
    how.code = td_binned_codes(grower->binned, grower->blocks.slot[branch->split.slot].feature);
    right->side = 1 - branch->side;
    left->side = is_alone ? branch->side : right->side;
    how.to_left = td_branch_rows(grower, left);
    how.to_right = td_branch_rows(grower, right);
    how.mark = is_alone ? NULL : grower->mark;
    return td_rows_divide(&how, grower->exec, err);
}

/* ---- both ------------------------------------------------------------------------------------ */

td_status td_branch_expand(const td_crew *crew, uint32_t number, int is_last, td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *branch = &grower->branch[number];
    uint32_t child = td_branches_get(grower);
    TD_CHECK(child != 0, err, TD_ERR_INTERNAL, "no room for a branch");
    td_branch *left = &grower->branch[child], *right = left + 1;
    open_children(left, right, branch);
    left->parent = right->parent = number;
    int is_listed = branch->bits == NULL && branch->side != TD_SIDE_NONE;
    TD_TRY(is_listed ? divide_list(crew, branch, left, right, err)
                     : divide_bits(crew, branch, left, right, err));
    branch->child = child;
    td_hist parent = branch->hist;
    branch->hist = (td_hist){0};
    if (is_last) {
        td_hist_put(grower, &parent);
        return TD_OK;
    }
    return td_children_evaluate(crew, parent, left, right, err);
}
