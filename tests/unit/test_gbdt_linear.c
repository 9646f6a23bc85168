/* tests/unit/test_gbdt_linear.c: the linear baseline on tables, its bytes, and what it refuses. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/numeric.h"
#include "gbdt/linear_model.h"
#include "gbdt/model_bytes.h"

/* Eight rows: label rates 1/4 where x is 0 and 3/4 where x is 1; city b buys more often than a. */
static double x[] = {0, 0, 0, 0, 1, 1, 1, 1};
static double y[] = {0, 0, 0, 1, 0, 1, 1, 1};
static uint32_t city[] = {0, 0, 1, 1, 0, 0, 1, TD_CODE_NONE};
static uint64_t begin[] = {0, 1, 2};
static td_column columns[] = {
    {.name = (char *)"x", .kind = TD_COLUMN_NUMBER, .number = x},
    {.name = (char *)"city",
     .kind = TD_COLUMN_CATEGORY,
     .code = city,
     .dict = {.n = 2, .begin = begin, .bytes = (char *)"ab"}},
};
static const td_column *feature[] = {&columns[0], &columns[1]};

static td_matrix_view view_of(uint32_t n_features) {
    return (td_matrix_view){.n_rows = 8, .n_features = n_features, .feature = feature, .label = y};
}

static td_linear_model *train(uint32_t n_features, double l2) {
    td_logistic_params params = td_logistic_params_default();
    params.l2 = l2;
    td_matrix_view view = view_of(n_features);
    td_linear_model *model = NULL;
    cr_assert_eq(td_linear_train(&model, &view, &params, NULL, NULL), TD_OK);
    return model;
}

Test(gbdt_linear, one_binary_input_gives_the_log_odds_ratio) {
    td_linear_model *model = train(1, 0);
    double odds_ratio = (3.0 / 1.0) / (1.0 / 3.0);
    cr_assert(fabs(model->logistic.columns[0].coef - td_log(odds_ratio)) < 1e-8);
    td_linear_model_free(model);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_linear, bytes_read_back_and_predict_the_same) {
    td_linear_model *model = train(2, 1);
    td_matrix_view view = view_of(2);
    double before[8];
    double after[8];
    cr_assert_eq(td_linear_predict(before, model, &view, NULL, NULL), TD_OK);
    char *bytes = NULL;
    char *again = NULL;
    uint64_t n = 0;
    uint64_t n_again = 0;
    cr_assert_eq(td_linear_to_bytes(&bytes, &n, model, NULL), TD_OK);
    td_linear_model *copy = NULL;
    cr_assert_eq(td_linear_from_bytes(&copy, bytes, n, NULL), TD_OK);
    cr_assert_eq(td_linear_predict(after, copy, &view, NULL, NULL), TD_OK);
    cr_assert_arr_eq(before, after, sizeof before);
    cr_assert_eq(td_linear_to_bytes(&again, &n_again, copy, NULL), TD_OK);
    cr_assert_eq(n, n_again);
    cr_assert_arr_eq(bytes, again, n);
    td_mem_free(bytes);
    td_mem_free(again);
    td_linear_model_free(model);
    td_linear_model_free(copy);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_linear, categories_are_found_by_text_and_not_by_code) {
    td_linear_model *model = train(2, 1);
    td_matrix_view view = view_of(2);
    double before[8];
    double after[8];
    cr_assert_eq(td_linear_predict(before, model, &view, NULL, NULL), TD_OK);
    /* the same cities under a dictionary with one more text in front: codes move by one */
    uint32_t moved[8];
    uint64_t moved_begin[] = {0, 1, 2, 3};
    for (int i = 0; i < 8; i++) moved[i] = city[i] == TD_CODE_NONE ? city[i] : city[i] + 1;
    td_column other = {.name = (char *)"city",
                       .kind = TD_COLUMN_CATEGORY,
                       .code = moved,
                       .dict = {.n = 3, .begin = moved_begin, .bytes = (char *)"Aab"}};
    const td_column *reversed[] = {&other, &columns[0]};
    view.feature = reversed;
    cr_assert_eq(td_linear_predict(after, model, &view, NULL, NULL), TD_OK);
    cr_assert_arr_eq(before, after, sizeof before);
    td_linear_model_free(model);
}

Test(gbdt_linear, a_missing_column_and_a_wrong_kind_are_named) {
    td_linear_model *model = train(2, 1);
    td_matrix_view view = view_of(1);
    double out[8];
    td_error err;
    cr_assert_eq(td_linear_predict(out, model, &view, NULL, &err), TD_ERR_SHAPE);
    cr_assert_not_null(strstr(err.text, "'city'"));
    td_column texts = columns[1];
    texts.name = (char *)"x";
    const td_column *wrong[] = {&texts, &columns[1]};
    view = (td_matrix_view){.n_rows = 8, .n_features = 2, .feature = wrong};
    cr_assert_eq(td_linear_predict(out, model, &view, NULL, &err), TD_ERR_ARG);
    cr_assert_not_null(strstr(err.text, "'x'"));
    td_linear_model_free(model);
    cr_assert_eq(td_mem_live_bytes(), 0);
}

/* Text with one byte changed, cut at every length, or sealed with nonsense is refused. */
Test(gbdt_linear, damaged_bytes_are_refused_without_a_leak) {
    td_linear_model *model = train(2, 1);
    char *bytes = NULL;
    uint64_t n = 0;
    cr_assert_eq(td_linear_to_bytes(&bytes, &n, model, NULL), TD_OK);
    td_linear_model_free(model);
    uint64_t live = td_mem_live_bytes();
    for (uint64_t i = 0; i < n; i++) {
        td_linear_model *copy = NULL;
        bytes[i] ^= 1;
        cr_assert_neq(td_linear_from_bytes(&copy, bytes, n, NULL), TD_OK, "byte %d", (int)i);
        bytes[i] ^= 1;
        cr_assert_neq(td_linear_from_bytes(&copy, bytes, i, NULL), TD_OK, "cut at %d", (int)i);
    }
    cr_assert_eq(td_mem_live_bytes(), live);
    td_mem_free(bytes);
}

/* A file sealed by hand with a wrong inside: each line in turn is replaced, then sealed anew. */
Test(gbdt_linear, well_sealed_nonsense_is_refused) {
    static const char *const wrong[] = {
        "rows -1\n",
        "rows 8\nfit 1 2 0x0p+0 0x0p+0 0x0p+0\n",
        "rows 8\nfit 1 1 0x0p+0 0x0p+0 0x0p+0\nintercept 0x0p+0 0x0p+0 0x0p+0\nfeatures 99999 1\n",
        "rows 8\nfit 1 1 0x0p+0 0x0p+0 0x0p+0\nintercept 0x0p+0 0x0p+0 0x0p+0\nfeatures 1 1\n"
        "feature tensor 1 x\n",
        "rows 8\nfit 1 1 0x0p+0 0x0p+0 0x0p+0\nintercept 0x0p+0 0x0p+0 0x0p+0\nfeatures 1 1\n"
        "feature number 1 x%ZZ\ninput 0x0p+0\n",
        "rows 8\nfit 1 1 0x0p+0 0x0p+0 0x0p+0\nintercept 0x0p+0 0x0p+0 0x0p+0\nfeatures 1 1\n"
        "feature category 2 x\ninput a 0x0p+0 0x0p+0 0x0p+0 0x0p+0 0x0p+0 0x0p+0 0x0p+0\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        td_model_text text;
        td_model_text_open(&text, "linear");
        td_model_text_printf(&text, "%s", wrong[i]);
        char *bytes = NULL;
        uint64_t n = 0;
        cr_assert_eq(td_model_text_seal(&text, &bytes, &n, NULL), TD_OK);
        td_linear_model *copy = NULL;
        td_error err = {0};
        cr_assert_eq(td_linear_from_bytes(&copy, bytes, n, &err), TD_ERR_FORMAT, "case %d", (int)i);
        cr_assert(err.line > 1, "case %d has no line", (int)i);
        td_mem_free(bytes);
    }
    cr_assert_eq(td_mem_live_bytes(), 0);
}

Test(gbdt_model_bytes, words_of_any_bytes_read_back) {
    static const char word[] = "a b%\n\x7f\xc3\xa9";
    td_model_text text;
    td_model_text_open(&text, "test");
    td_model_text_printf(&text, "word");
    td_model_text_word(&text, word, sizeof word - 1);
    td_model_text_word(&text, "", 0);
    td_model_text_f64(&text, 0.1);
    td_model_text_end_line(&text);
    char *bytes = NULL;
    uint64_t n = 0;
    cr_assert_eq(td_model_text_seal(&text, &bytes, &n, NULL), TD_OK);
    td_model_reader reader;
    cr_assert_eq(td_model_reader_open(&reader, bytes, n, "test", NULL), TD_OK);
    cr_assert_eq(td_model_reader_line(&reader, "word", NULL), TD_OK);
    char *back = NULL;
    uint64_t length = 0;
    cr_assert_eq(td_model_reader_word(&reader, &back, &length, NULL), TD_OK);
    cr_assert_eq(length, sizeof word - 1);
    cr_assert_str_eq(back, word);
    td_mem_free(back);
    cr_assert_eq(td_model_reader_word(&reader, &back, &length, NULL), TD_OK);
    cr_assert_eq(length, 0);
    td_mem_free(back);
    double number = 0;
    cr_assert_eq(td_model_reader_f64(&reader, &number, NULL), TD_OK);
    cr_assert_eq(number, 0.1);
    cr_assert(td_model_reader_is_done(&reader));
    td_mem_free(bytes);
}

Test(gbdt_model_bytes, a_foreign_file_and_another_kind_are_named) {
    td_model_reader reader;
    td_error err;
    cr_assert_eq(td_model_reader_open(&reader, "tree\n", 5, "gbdt", &err), TD_ERR_FORMAT);
    cr_assert_not_null(strstr(err.text, "not a tundish model"));
    static const char other[] = "tundish model 9 gbdt\n";
    cr_assert_eq(td_model_reader_open(&reader, other, sizeof other - 1, "gbdt", &err),
                 TD_ERR_FORMAT);
    cr_assert_not_null(strstr(err.text, "tundish model 9 gbdt"));
}
