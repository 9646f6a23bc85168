/* gbdt/branch.c: a branch is split into two.
 *
 * 1. Its rows are divided by the best split (partition.c): in place, so that a branch's rows are
 *    always one piece of `order`, the left child's before the right child's.
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
    td_division how = {.left = left, .scratch = grower->scratch + 2 * branch->begin};
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

static td_branch child_of(const td_branch *branch, uint64_t begin, uint64_t n) {
    return (td_branch){.begin = begin,
                       .n = n,
                       .shelf = branch->shelf,
                       .depth = branch->depth + 1,
                       .bounds = branch->bounds,
                       .extra_l2 = branch->split.extra_l2};
}

td_status td_branch_expand(const td_crew *crew, uint32_t number, int is_last, td_error *err) {
    td_grower *grower = crew->grower;
    td_branch *branch = &grower->branch[number];
    uint32_t child = td_branches_get(grower);
    TD_CHECK(child != 0, err, TD_ERR_INTERNAL, "no room for a branch");
    td_bin_set codes_left;
    td_division how = division_of(grower, branch, &codes_left);
    const td_exec *exec = crew->is_alone ? NULL : grower->exec;
    uint64_t n_left = 0;
    TD_TRY(td_rows_divide(grower->order + branch->begin, branch->n, &how, &n_left, exec, err));
    TD_CHECK(n_left == branch->split.left_rows, err, TD_ERR_INTERNAL,
             "a split sends %llu rows left, its histogram says %llu", (unsigned long long)n_left,
             (unsigned long long)branch->split.left_rows);
    td_branch *left = &grower->branch[child], *right = left + 1;
    *left = child_of(branch, branch->begin, n_left);
    *right = child_of(branch, branch->begin + n_left, branch->n - n_left);
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
