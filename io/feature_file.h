/* io/feature_file.h: a user's choice of features, in an INI file.
 *
 *     [market]                                 a scope: features of it and no others
 *     cart_rate = market_item_cart_rate 7d     column name = feature, window
 *     new_items = market_new_items             a feature without a window
 *     market_item_views_1d                     without a name of its own: its name in the list
 *
 * Lines end at 200 bytes; `;` and `#` begin a remark. Columns stand in the order of the file. */
#ifndef TD_IO_FEATURE_FILE_H
#define TD_IO_FEATURE_FILE_H

#include "core/base/err.h"
#include "core/features.h"

/* Read a choice. *out owned*, td_feature_choice_free. TD_ERR_ARG names file, line and what is
 * wrong: a feature that is not in the whitelist (with the nearest one), or in another scope, or has
 * no such window (with those it has); a name twice; a feature twice; an unknown section; no feature
 * at all. */
td_status td_feature_file_read(td_feature_choice *out, const char *path, td_error *err) TD_MUST_USE;

#endif
