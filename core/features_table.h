/* core/features_table.h: the whitelist. Every feature there is, by scope: X(name, needs,
 * definition).
 *
 * The order here is the column order. To add one: a line here, and its value in
 * core/features_SCOPE.c (an enumerator TD_F_<name> exists at once). Words used below:
 *     prefix         events of the session with time <= decision (carts not with hide_cart)
 *     items          distinct items of the prefix; "known" = some value is recorded as of the
 *     decision earlier        before the session's start, for visitor and market features
 *     smoothed a/b   (a + 20 p) / (b + 20), where p = a/b over the whole site in the same window
 *     window         [start - N days, start); without one: everything earlier
 * A value that does not exist (no item, no earlier session, division by nothing) is missing
 * (NaN). */
#ifndef TD_CORE_FEATURES_TABLE_H
#define TD_CORE_FEATURES_TABLE_H

#include "core/features.h" /* TD_NEEDS_... */

#define TD_PREFIX_FEATURES(X)                                                                      \
    X(prefix_events, TD_NEEDS_NOTHING, "Events in the prefix.")                                    \
    X(prefix_views, TD_NEEDS_NOTHING, "Views in the prefix.")                                      \
    X(prefix_carts, TD_NEEDS_NOTHING, "Add-to-cart events in the prefix.")                         \
    X(prefix_items, TD_NEEDS_NOTHING, "Distinct items in the prefix.")                             \
    X(prefix_repeat_views, TD_NEEDS_NOTHING, "Views beyond the first view of their item.")         \
    X(prefix_top_item_views, TD_NEEDS_NOTHING, "Views of the most viewed item.")                   \
    X(prefix_carted_items, TD_NEEDS_NOTHING, "Distinct items added to the cart.")                  \
    X(prefix_viewed_carted_items, TD_NEEDS_NOTHING, "Distinct items both viewed and carted.")      \
    X(prefix_duration_s, TD_NEEDS_NOTHING, "Seconds from the session's start to its last event.")  \
    X(prefix_since_last_s, TD_NEEDS_NOTHING, "Seconds from the last event to the decision.")       \
    X(prefix_mean_gap_s, TD_NEEDS_NOTHING, "Mean seconds between neighbouring events.")            \
    X(prefix_max_gap_s, TD_NEEDS_NOTHING,                                                          \
      "Greatest number of seconds between neighbouring events.")                                   \
    X(prefix_last_gap_s, TD_NEEDS_NOTHING, "Seconds between the last two events.")                 \
    X(prefix_to_cart_s, TD_NEEDS_NOTHING, "Seconds from the session's start to its first cart.")   \
    X(prefix_since_cart_s, TD_NEEDS_NOTHING, "Seconds from the last cart to the decision.")        \
    X(prefix_after_cart, TD_NEEDS_NOTHING, "Events later than the last cart.")                     \
    X(prefix_last_minute, TD_NEEDS_NOTHING, "Events less than 60 seconds before the decision.")    \
    X(prefix_is_cart_last, TD_NEEDS_NOTHING,                                                       \
      "1 when a cart has the time of the last event, else 0.")

#define TD_VISITOR_FEATURES(X)                                                                     \
    X(visitor_sessions, TD_NEEDS_NOTHING, "Earlier sessions of the visitor.")                      \
    X(visitor_views, TD_NEEDS_NOTHING, "Earlier views of the visitor.")                            \
    X(visitor_carts, TD_NEEDS_NOTHING, "Earlier add-to-cart events of the visitor.")               \
    X(visitor_purchases, TD_NEEDS_NOTHING, "Earlier transaction events of the visitor.")           \
    X(visitor_conversion, TD_NEEDS_NOTHING,                                                        \
      "Earlier sessions with a purchase + 1, divided by earlier sessions + 100.")                  \
    X(visitor_days_known, TD_NEEDS_NOTHING,                                                        \
      "Days from the visitor's first earlier event to the start.")                                 \
    X(visitor_days_since_session, TD_NEEDS_NOTHING,                                                \
      "Days from the end of the previous session to the start.")                                   \
    X(visitor_days_since_cart, TD_NEEDS_NOTHING, "Days from the last earlier cart to the start.")  \
    X(visitor_days_since_purchase, TD_NEEDS_NOTHING,                                               \
      "Days from the last earlier transaction to the start.")                                      \
    X(visitor_mean_session_s, TD_NEEDS_NOTHING, "Mean seconds of the visitor's earlier sessions.") \
    X(visitor_mean_events, TD_NEEDS_NOTHING, "Mean events of the visitor's earlier sessions.")     \
    X(visitor_last_stage, TD_NEEDS_NOTHING,                                                        \
      "Furthest kind in the previous session: 0 view, 1 cart, 2 transaction.")                     \
    X(visitor_open_items, TD_NEEDS_NOTHING,                                                        \
      "Distinct items that the visitor carted earlier and never bought.")                          \
    X(visitor_seen_items, TD_NEEDS_NOTHING,                                                        \
      "Items of the prefix with an earlier event of the visitor.")                                 \
    X(visitor_reopened_items, TD_NEEDS_NOTHING,                                                    \
      "Items of the prefix that the visitor carted earlier and never bought.")

#define TD_MARKET_FEATURES(X)                                                                      \
    X(market_item_views_1d, TD_NEEDS_NOTHING, "Mean over items of their views in the last day.")   \
    X(market_item_views_28d, TD_NEEDS_NOTHING, "Mean over items of their views in 28 days.")       \
    X(market_item_trend_1d, TD_NEEDS_NOTHING,                                                      \
      "Mean over items of (views in 1 day + 1) / (views in 28 days / 28 + 1).")                    \
    X(market_item_trend_7d, TD_NEEDS_NOTHING,                                                      \
      "Mean over items of (views in 7 days + 1) / (views in 28 days / 4 + 1).")                    \
    X(market_item_cart_rate_1d, TD_NEEDS_NOTHING,                                                  \
      "Greatest over items of smoothed carts per view in 1 day.")                                  \
    X(market_item_cart_rate_7d, TD_NEEDS_NOTHING,                                                  \
      "Greatest over items of smoothed carts per view in 7 days.")                                 \
    X(market_item_cart_rate_28d, TD_NEEDS_NOTHING,                                                 \
      "Greatest over items of smoothed carts per view in 28 days.")                                \
    X(market_item_conversion_7d, TD_NEEDS_NOTHING,                                                 \
      "Greatest over items of smoothed purchases per view in 7 days.")                             \
    X(market_item_conversion_28d, TD_NEEDS_NOTHING,                                                \
      "Greatest over items of smoothed purchases per view in 28 days.")                            \
    X(market_item_conversion, TD_NEEDS_NOTHING,                                                    \
      "Greatest over items of smoothed purchases per view.")                                       \
    X(market_cart_conversion, TD_NEEDS_NOTHING,                                                    \
      "Greatest over carted items of smoothed purchases per cart.")                                \
    X(market_new_items, TD_NEEDS_NOTHING, "Share of items without any earlier event.")             \
    X(market_category_trend_1d, TD_NEEDS_PROPERTIES,                                               \
      "Mean over the items' categories of (views in 1 day + 1) / (views in 28 days / 28 + 1).")    \
    X(market_category_trend_7d, TD_NEEDS_PROPERTIES,                                               \
      "Mean over the items' categories of (views in 7 days + 1) / (views in 28 days / 4 + 1).")    \
    X(market_category_cart_rate_7d, TD_NEEDS_PROPERTIES,                                           \
      "Greatest over the items' categories of smoothed carts per view in 7 days.")                 \
    X(market_category_conversion_28d, TD_NEEDS_PROPERTIES,                                         \
      "Greatest over the items' categories of smoothed purchases per view in 28 days.")            \
    X(market_category_conversion, TD_NEEDS_PROPERTIES,                                             \
      "Greatest over the items' categories of smoothed purchases per view.")                       \
    X(market_price_ratio, TD_NEEDS_PROPERTIES,                                                     \
      "Mean over items of price / mean price of all earlier views in the item's category.")        \
    X(market_site_load, TD_NEEDS_NOTHING,                                                          \
      "(24 * events of the site in the last hour + 1) / (events in the last day + 1).")            \
    X(market_site_trend, TD_NEEDS_NOTHING,                                                         \
      "(7 * events of the site in the last day + 1) / (events in 7 days + 1).")                    \
    X(market_site_conversion_7d, TD_NEEDS_NOTHING, "Purchases per view of the site in 7 days.")

#define TD_CATALOG_FEATURES(X)                                                                     \
    X(catalog_known_share, TD_NEEDS_PROPERTIES, "Share of items whose category is known.")         \
    X(catalog_categories, TD_NEEDS_PROPERTIES, "Distinct categories of the items.")                \
    X(catalog_tops, TD_NEEDS_PROPERTIES | TD_NEEDS_TREE,                                           \
      "Distinct top-level categories of the items.")                                               \
    X(catalog_max_depth, TD_NEEDS_PROPERTIES | TD_NEEDS_TREE,                                      \
      "Greatest depth of an item's category (edges up to the root).")                              \
    X(catalog_mean_depth, TD_NEEDS_PROPERTIES | TD_NEEDS_TREE,                                     \
      "Mean depth of the items' categories, over items of known category.")                        \
    X(catalog_mean_price, TD_NEEDS_PROPERTIES, "Mean price of the items of known price.")          \
    X(catalog_max_price, TD_NEEDS_PROPERTIES, "Greatest price of an item.")                        \
    X(catalog_cart_value, TD_NEEDS_PROPERTIES,                                                     \
      "Sum of the prices of the carted items of known price.")                                     \
    X(catalog_price_change, TD_NEEDS_PROPERTIES,                                                   \
      "Mean over items of price / price 7 days before the decision - 1.")                          \
    X(catalog_available_share, TD_NEEDS_PROPERTIES,                                                \
      "Share of items that are available, over items of known availability.")

#define TD_CLOCK_FEATURES(X)                                                                       \
    X(clock_hour, TD_NEEDS_NOTHING, "Hour of the decision, UTC, 0 to 23.")                         \
    X(clock_weekday, TD_NEEDS_NOTHING, "Weekday of the decision, UTC, 0 Monday to 6 Sunday.")      \
    X(clock_month_day, TD_NEEDS_NOTHING, "Day of the month of the decision, UTC, 1 to 31.")        \
    X(clock_day_sin, TD_NEEDS_NOTHING,                                                             \
      "Sine of the time of day of the decision, 24 hours = 2 pi.")                                 \
    X(clock_day_cos, TD_NEEDS_NOTHING,                                                             \
      "Cosine of the time of day of the decision, 24 hours = 2 pi.")

#endif
