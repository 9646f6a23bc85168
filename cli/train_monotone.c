/* cli/train_monotone.c: two ways to say which features the prediction follows up or down.
 *
 *     1,0,-1              LightGBM's: a direction for each feature, in the order of the columns
 *                         without label, weight and ignored ones
 *     price:-1,stars:1    by name; what stands before the last ':' is the name
 *
 * A list is by name as soon as one item has a ':'. Whether a feature is a number is checked by the
 * trainer, which knows. */
#include "cli/train_monotone.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "core/base/nearest.h"

/* "1", "+1", "0" or "-1". */
static td_status read_direction(int8_t *out, const char *text, td_error *err) {
    int is_up = strcmp(text, "1") == 0 || strcmp(text, "+1") == 0;
    int is_down = strcmp(text, "-1") == 0;
    TD_CHECK(is_up || is_down || strcmp(text, "0") == 0, err, TD_ERR_ARG,
             "--monotone-constraints: '%s' is not 1, 0 or -1", text);
    *out = (int8_t)(is_up - is_down);
    return TD_OK;
}

/* Find the feature of NAME in "NAME:1". */
static td_status find_feature(uint32_t *out, const char *item, const char *colon,
                              const td_matrix_view *view, td_error *err) {
    uint64_t length = (uint64_t)(colon - item);
    td_nearest nearest = td_nearest_to(item);
    for (uint32_t f = 0; f < view->n_features; f++) {
        const char *name = view->feature[f]->name;
        td_nearest_offer(&nearest, name);
        if (strlen(name) != length || memcmp(name, item, length) != 0) continue;
        *out = f;
        return TD_OK;
    }
    TD_FAIL(err, TD_ERR_ARG, "--monotone-constraints: no feature '%.*s'; the nearest is '%s'",
            (int)length, item, nearest.name != NULL ? nearest.name : "");
}

static td_status read_named(int8_t *direction, const char *const *item, uint32_t n,
                            const td_matrix_view *view, td_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        const char *colon = strrchr(item[i], ':');
        uint32_t f = 0;
        TD_CHECK(colon != NULL, err, TD_ERR_ARG,
                 "--monotone-constraints: '%s' is not NAME:1, NAME:0 or NAME:-1", item[i]);
        TD_TRY(find_feature(&f, item[i], colon, view, err));
        TD_CHECK(direction[f] == 0, err, TD_ERR_ARG,
                 "--monotone-constraints: feature '%s' is named twice", view->feature[f]->name);
        TD_TRY(read_direction(&direction[f], colon + 1, err));
    }
    return TD_OK;
}

td_status td_train_monotone(const int8_t **direction, const char *text, const td_matrix_view *view,
                            td_arena *arena, td_error *err) {
    const char *const *item = NULL;
    uint32_t n = 0;
    *direction = NULL;
    if (text == NULL) return TD_OK;
    TD_TRY(td_list_split(&item, &n, text, "monotone-constraints", arena, err));
    int8_t *out = td_arena_array(arena, view->n_features, 1, err);
    if (out == NULL) return TD_ERR_NOMEM;
    memset(out, 0, view->n_features);
    *direction = out;
    if (strchr(text, ':') != NULL) return read_named(out, item, n, view, err);
    TD_CHECK(n == view->n_features, err, TD_ERR_ARG,
             "--monotone-constraints has %u values, there are %u features; or say NAME:1,...", n,
             view->n_features);
    for (uint32_t f = 0; f < n; f++) TD_TRY(read_direction(&out[f], item[f], err));
    return TD_OK;
}
