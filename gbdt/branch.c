/* gbdt/branch.c: a branch is split into two.
 *
 * 1. Its rows are divided by the best split (partition.c). There are two arrays of rows; a branch
 *    has one range in both and its rows stand in one of them, its side. All threads together write
 *    both children to the other side; one thread leaves the left child where the branch was:
 *
 *        side 0  | a a a a a a a a |      by one thread:   | l l l .       . |
 *        side 1  | . . . . . . . . |                       | .     r r r r r |
 * 2. The children's histograms and best splits (children.c), for which the branch gives up its own
 *    histogram.
 *
 * Nothing here knows why the branch is expanded or in which order branches are: any number of
 * workers may expand branches whose rows do not overlap. Cost: children.c. */
#include "gbdt/branch.h"

#include "gbdt/partition.h"
#include "gbdt/stock.h"

/* Where the codes of the split feature stand: in their column while the branch has no copy of its
 * own rows, else in the copy, perhaps with other features in one code. */
static td_division division_of(const td_grower *grower, const td_branch *branch, td_bin_set *left) {
    const td_blocks *blocks = &grower->blocks;
    const td_slot *slot = &blocks->slot[branch->split.slot];
    td_division how = {.row = td_branch_rows(grower, branch),
                       .n = branch->n,
                       .n_left = branch->split.left_rows,
                       .left = left};
    *left = branch->split.left;
    if (branch->shelf == &grower->table) {
        how.code = td_binned_codes(grower->binned, slot->feature);
        how.stride = 1;
        return how;
    }
    const td_block *block = &blocks->block[blocks->track[slot->track].block];
    how.code = branch->shelf->code[block->panel] + block->offset + (slot->track - block->first);
    how.stride = blocks->panel[block->panel].stride;
    *left = td_blocks_joint_set(blocks, branch->split.slot, left);
    return how;
}

/* Children with their rows' ranges and sides; the division is told where these are. */
static void part_rows(td_branch *left, td_branch *right, td_division *how, const td_crew *crew,
                      const td_branch *branch) {
    const td_grower *grower = crew->grower;
    *left = *right = (td_branch){.begin = branch->begin,
                                 .n = how->n_left,
                                 .shelf = branch->shelf,
                                 .depth = branch->depth + 1,
                                 .bounds = branch->bounds,
                                 .extra_l2 = branch->split.extra_l2};
    right->begin += how->n_left;
    right->n = branch->n - how->n_left;
    int is_alone = crew->is_alone || td_exec_threads(grower->exec) == 1;
    int is_whole = branch->side == TD_SIDE_NONE;
    right->side = is_whole ? 0 : 1 - branch->side;
    left->side = is_alone && !is_whole ? branch->side : right->side;
    how->to_left = grower->order[left->side] + left->begin;
    how->to_right = grower->order[right->side] + right->begin;
    how->mark = is_alone ? NULL : grower->mark;
}

td_status td_branch_expand(const td_crew *crew, uint32_t number, int is_last, td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *branch = &grower->branch[number];
    uint32_t child = td_branches_get(grower);
    TD_CHECK(child != 0, err, TD_ERR_INTERNAL, "no room for a branch");
    td_branch *left = &grower->branch[child], *right = left + 1;
    td_bin_set codes_left;
    td_division how = division_of(grower, branch, &codes_left);
    part_rows(left, right, &how, crew, branch);
    TD_TRY(td_rows_divide(&how, grower->exec, err));
    td_bounds_part(&left->bounds, &right->bounds, &branch->split);
    branch->child = child;
    td_hist parent = branch->hist;
    branch->hist = (td_hist){0};
    if (is_last) {
        td_hist_put(grower, &parent);
        return TD_OK;
    }
    return td_children_evaluate(crew, parent, left, right, err);
}
