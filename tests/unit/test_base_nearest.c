/* tests/unit/test_base_nearest.c: edit distance and the nearest known name. */
#include <criterion/criterion.h>
#include <string.h>

#include "core/base/nearest.h"

/* kitten -> sitting and saturday -> sunday are the textbook pairs (3 and 3). */
Test(base_nearest, distance_of_textbook_pairs) {
    cr_assert_eq(td_edit_distance("kitten", "sitting"), 3);
    cr_assert_eq(td_edit_distance("saturday", "sunday"), 3);
    cr_assert_eq(td_edit_distance("", "abc"), 3);
    cr_assert_eq(td_edit_distance("abc", ""), 3);
    cr_assert_eq(td_edit_distance("", ""), 0);
}

Test(base_nearest, swapped_neighbours_are_one_edit) {
    cr_assert_eq(td_edit_distance("funnle", "funnel"), 1);
    cr_assert_eq(td_edit_distance("ab", "ba"), 1);
}

Test(base_nearest, dash_underscore_and_case_are_equal) {
    cr_assert_eq(td_edit_distance("num_leaves", "Num-Leaves"), 0);
}

Test(base_nearest, distance_is_symmetric_and_zero_for_equal_names_only) {
    const char *const words[] = {"kpi", "funnel", "features", "train", "tarin", "rain", "load", ""};
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < 8; b++) {
            cr_assert_eq(td_edit_distance(words[a], words[b]),
                         td_edit_distance(words[b], words[a]));
            cr_assert_eq(td_edit_distance(words[a], words[b]) == 0, a == b);
        }
    }
}

Test(base_nearest, long_texts_are_compared_by_their_first_63_bytes) {
    char a[101], b[101];
    memset(a, 'x', sizeof a - 1), memset(b, 'x', sizeof b - 1);
    a[100] = b[100] = '\0';
    b[80] = 'y';
    cr_assert_eq(td_edit_distance(a, b), 0);
    b[10] = 'y';
    cr_assert_eq(td_edit_distance(a, b), 1);
}

Test(base_nearest, the_first_of_equally_close_names_is_chosen) {
    const char *const names[] = {"load", "train", "brain", "rain"};
    cr_assert_str_eq(td_nearest_name("trian", names, 4), "train");
    cr_assert_str_eq(td_nearest_name("grain", names, 4), "train");
    cr_assert_null(td_nearest_name("grain", names, 0));
}
