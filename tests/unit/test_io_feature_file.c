/* tests/unit/test_io_feature_file.c: a choice of features; the refusals stand in
 * tests/cli/features_file.sh. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "io/feature_file.h"
#include "tests/support/scratch.h"

static td_status read_text(td_feature_choice *out, const char *text, td_error *err) {
    char path[TD_SCRATCH_PATH];
    td_test_scratch_file(path, text, strlen(text));
    td_status status = td_feature_file_read(out, path, err);
    unlink(path);
    return status;
}

Test(io_feature_file, features_windows_and_names_in_the_order_of_the_file) {
    td_feature_choice choice;
    td_error err = {0};
    cr_assert_eq(read_text(&choice,
                           "[market]\nrate = market_item_cart_rate 7d ; remark\n"
                           "market_new_items =\n[clock]\nhour=clock_hour\n[market]\n"
                           "all = market_item_conversion",
                           &err),
                 TD_OK, "%s", err.text);
    static const char *const want[][2] = {{"rate", "market_item_cart_rate_7d"},
                                          {"market_new_items", "market_new_items"},
                                          {"hour", "clock_hour"},
                                          {"all", "market_item_conversion"}};
    cr_assert_eq(choice.n, 4);
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_str_eq(choice.name[i], want[i][0]);
        cr_assert_str_eq(td_feature_at(choice.id[i])->name, want[i][1]);
    }
    td_feature_choice_free(&choice);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(io_feature_file, the_first_fault_is_named_and_nothing_stays) {
    td_feature_choice choice;
    td_error err = {0};
    cr_assert_eq(read_text(&choice, "[prefix]\na = prefix_events\nb = secret\nc = ]\n", &err),
                 TD_ERR_ARG);
    cr_assert_eq(err.line, 3);
    cr_assert(strstr(err.text, "not in the whitelist: 'secret'") != NULL, "%s", err.text);
    cr_assert_eq(read_text(&choice, "[prefix\na = nothing\n", &err), TD_ERR_ARG);
    cr_assert_eq(err.line, 1);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
