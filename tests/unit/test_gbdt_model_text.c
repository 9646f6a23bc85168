/* tests/unit/test_gbdt_model_text.c: models as text: back again exactly, damaged ones refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "gbdt/model_bytes.h"
#include "tests/support/rows.h"

static char *make_model(uint64_t *n) {
    td_test_rows rows = td_test_rows_random(2000, 5, 1, 4);
    td_test_rows_make_category(&rows, 1);
    td_train_params params = td_test_params("num_iterations=5 num_leaves=12 min_data_per_group=5");
    char *bytes = td_test_model_bytes(n, &rows, &params, 1);
    td_test_rows_free(&rows);
    return bytes;
}

Test(gbdt_model_text, bytes_read_back_and_write_the_same_bytes) {
    uint64_t n, n_again;
    char *bytes = make_model(&n), *again;
    td_model *model;
    td_error err = {0};
    cr_assert_eq(td_model_from_bytes(&model, bytes, n, &err), TD_OK, "%s", err.text);
    cr_assert_eq(td_model_to_bytes(&again, &n_again, model, &err), TD_OK);
    cr_assert_eq(n, n_again);
    cr_assert_eq(memcmp(bytes, again, n), 0);
    cr_assert_not_null(strstr(bytes, "\ncategory f1 "));
    cr_assert_not_null(strstr(bytes, " in "), "no category split: the test is too weak");
    cr_assert_eq(td_model_n_features(model), 5);
    cr_assert_str_eq(td_model_feature_name(model, 1), "f1");
    cr_assert_eq(td_model_feature_kind(model, 1), TD_COLUMN_CATEGORY);
    cr_assert_eq(td_model_best_iteration(model), 5);
    td_model_free(model);
    td_mem_free(bytes);
    td_mem_free(again);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_model_text, every_cut_and_every_changed_byte_is_refused) {
    uint64_t n;
    char *bytes = make_model(&n);
    td_model *model;
    td_error err;
    for (uint64_t i = 0; i < n; i += n / 500 + 1) {
        cr_assert_eq(td_model_from_bytes(&model, bytes, i, &err), TD_ERR_FORMAT, "cut at %lu", i);
        bytes[i] ^= 1;
        cr_assert_eq(td_model_from_bytes(&model, bytes, n, &err), TD_ERR_FORMAT, "byte %lu", i);
        cr_assert_null(model);
        bytes[i] ^= 1;
    }
    cr_assert_eq(td_model_from_bytes(&model, "hello", 5, &err), TD_ERR_FORMAT);
    td_mem_free(bytes);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* A well-sealed text with these lines between the first line and the seal. */
static td_status read_lines(const char *lines, td_error *err) {
    td_model_text text;
    char *bytes;
    uint64_t n;
    td_model *model = NULL;
    td_model_text_open(&text, "gbdt");
    td_model_text_printf(&text, "%s", lines);
    cr_assert_eq(td_model_text_seal(&text, &bytes, &n, err), TD_OK);
    td_status status = td_model_from_bytes(&model, bytes, n, err);
    td_model_free(model);
    td_mem_free(bytes);
    return status;
}

#define HEAD "objective binary\nbase_score 0x0p+0\nfeatures 2\nnumber a\ncategory b 2 x y\n"
#define LEAF "leaf 0x1p+0 0x1p+0 3\n"

Test(gbdt_model_text, a_small_model_by_hand_is_read) {
    td_error err = {0};
    cr_assert_eq(read_lines(HEAD "trees 1 1\ntree 3\nnode 0 below 0x1p+0 left 0x1p+1 -1 1\n"
                                 "node 1 in 1 1 0x1p+1 -2 -3\n" LEAF LEAF LEAF,
                            &err),
                 TD_OK, "%s", err.text);
}

Test(gbdt_model_text, well_sealed_nonsense_is_refused_with_its_line) {
    static const char *const bad[] = {
        "",
        "objective cox\n",
        "objective binary\nbase_score 0x0p+0\nfeatures 4000000000\n",
        HEAD "trees 4000000000 1\n",
        HEAD "trees 1 2\n",
        HEAD "trees 1 1\ntree 0\n",
        HEAD "trees 1 1\ntree 100000\n",
        HEAD "trees 1 1\ntree 2\nnode 2 below 0x1p+0 left 0x1p+1 -1 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 1 below 0x1p+0 left 0x1p+1 -1 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 0 below 0x1p+0 up 0x1p+1 -1 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 0 below 0x1p+0 left 0x1p+1 0 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 0 below 0x1p+0 left 0x1p+1 -1 -1\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 0 below 0x1p+0 left 0x1p+1 -1 -3\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 1 in 1 2 0x1p+1 -1 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 1 in 3 0 1 1 0x1p+1 -1 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 2\nnode 0 below nan left 0x1p+1 -1 -2\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 1\nleaf inf 0x1p+0 3\n",
        HEAD "trees 1 1\ntree 1\n" LEAF LEAF,
        HEAD "trees 1 1\ntree 1\nleaf 0x1p+0\n",
        "objective binary\nbase_score 0x0p+0\nfeatures 1\ncategory b 2 y x\ntrees 0 0\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        td_error err = {0};
        cr_assert_eq(read_lines(bad[i], &err), TD_ERR_FORMAT, "case %zu was read", i);
        cr_assert_gt(err.line, 1, "case %zu: %s", i, err.text);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_model_text, a_number_is_written_as_printf_writes_it) {
    td_rng rng = td_rng_stream(5, "model text", 0, 0);
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = td_rng_next(&rng);
        if (i % 3 == 0) bits &= ~UINT64_C(0) << td_rng_below(&rng, 64); /* few digits */
        if (i % 7 == 0) bits &= UINT64_C(0x800fffffffffffff);           /* below the normal ones */
        double value;
        memcpy(&value, &bits, sizeof value);
        char expected[64];
        int n = snprintf(expected, sizeof expected, " %a", value);
        td_model_text text = {0};
        td_model_text_f64(&text, value);
        cr_assert(text.n == (uint64_t)n && memcmp(text.bytes, expected, text.n) == 0, "%s",
                  expected);
        td_mem_free(text.bytes);
    }
    char name[3000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    td_model_text text = {0};
    td_model_text_printf(&text, "%s %d", name, 7);
    cr_assert(text.n == 3001 && memcmp(text.bytes, name, 2999) == 0 && text.bytes[3000] == '7');
    td_mem_free(text.bytes);
    cr_assert_eq(td_mem_live_bytes(), 0);
}
