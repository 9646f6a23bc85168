/* tests/support/synth.c: see synth.h. */
#include "tests/support/synth.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"

td_test_folder td_test_folder_make(void) {
    const char *parent = getenv("TMPDIR");
    td_test_folder folder;
    snprintf(folder.path, sizeof folder.path, "%s/tundish_test_XXXXXX",
             parent != NULL ? parent : "/tmp");
    cr_assert_not_null(mkdtemp(folder.path));
    return folder;
}

void td_test_folder_remove(const td_test_folder *folder) {
    td_error err = {0};
    cr_assert_eq(td_path_remove(folder->path, &err), TD_OK, "%s", err.text);
}

td_test_folder td_test_synth_folder(uint64_t seed, double scale) {
    td_test_folder folder = td_test_folder_make();
    td_synth_params params = td_synth_params_default(TD_SYNTH_DEMO);
    params.seed = seed;
    params.scale = scale;
    td_error err = {0};
    const td_exec exec = {.n_threads = 2};
    cr_assert_eq(td_synth_generate(NULL, &params, folder.path, &exec, &err), TD_OK, "%s", err.text);
    return folder;
}

td_synth_shop *td_test_synth_build(const td_synth_params *params, int n_threads) {
    td_synth_shop *shop = NULL;
    td_error err = {0};
    const td_exec exec = {.n_threads = n_threads};
    cr_assert_eq(td_synth_build(&shop, params, &exec, &err), TD_OK, "%s", err.text);
    return shop;
}
