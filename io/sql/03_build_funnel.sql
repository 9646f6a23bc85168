-- 03_build_funnel.sql: one row a session: counts, first times, flags.
--
-- Equal times are simultaneous: "at or before" is <=. A comparison with a time that is not there is
-- NULL, which coalesce makes 0. CROSS JOIN is a JOIN that SQLite runs in the order as written.

CREATE TABLE counted_session AS
SELECT session_id, first_position, last_position, visitor,
       min(timestamp) AS start,
       max(timestamp) AS finish,
       max(kind) AS stage,                                  -- the furthest kind reached
       sum(kind = 0) AS n_view,
       sum(kind = 1) AS n_addtocart,
       sum(kind = 2) AS n_transaction,
       min(CASE kind WHEN 0 THEN timestamp END) AS first_view,
       min(CASE kind WHEN 1 THEN timestamp END) AS first_addtocart,
       min(CASE kind WHEN 2 THEN timestamp END) AS first_transaction
FROM session_range CROSS JOIN event ON position BETWEEN first_position AND last_position
GROUP BY session_id;

-- Events of the sessions that got further than views, by session and item.
CREATE TABLE deep_event AS
SELECT session_id, item, kind, timestamp, transactionid
FROM counted_session CROSS JOIN event ON position BETWEEN first_position AND last_position
WHERE stage > 0;
CREATE INDEX deep_event_item ON deep_event (session_id, item, kind, timestamp);

-- One and the same item: a view at or before a cart, a cart at or before a purchase, all three.
CREATE TABLE item_step AS
SELECT session_id, 'view_cart' AS step
FROM deep_event AS cart
WHERE kind = 1
  AND EXISTS (SELECT 1 FROM deep_event AS view
              WHERE view.session_id = cart.session_id AND view.item = cart.item AND view.kind = 0
                AND view.timestamp <= cart.timestamp)
UNION
SELECT session_id, 'cart_purchase'
FROM deep_event AS cart
WHERE kind = 1
  AND EXISTS (SELECT 1 FROM deep_event AS purchase
              WHERE purchase.session_id = cart.session_id AND purchase.item = cart.item
                AND purchase.kind = 2 AND purchase.timestamp >= cart.timestamp)
UNION
SELECT session_id, 'path'
FROM deep_event AS cart
WHERE kind = 1
  AND EXISTS (SELECT 1 FROM deep_event AS view
              WHERE view.session_id = cart.session_id AND view.item = cart.item AND view.kind = 0
                AND view.timestamp <= cart.timestamp)
  AND EXISTS (SELECT 1 FROM deep_event AS purchase
              WHERE purchase.session_id = cart.session_id AND purchase.item = cart.item
                AND purchase.kind = 2 AND purchase.timestamp >= cart.timestamp);
CREATE UNIQUE INDEX item_step_of ON item_step (session_id, step);

-- The funnel row. day, hour and weekday (0 = Monday) are UTC of the start; 1970-01-01 was a
-- Thursday.
CREATE VIEW session AS
SELECT session_id, first_position, last_position, visitor, start, finish, stage,
       start / 86400000 AS day,
       start / 3600000 % 24 AS hour,
       (start / 86400000 + 3) % 7 AS weekday,
       n_view, n_addtocart, n_transaction, first_view, first_addtocart, first_transaction,
       finish + (SELECT gap_ms FROM parameter) > (SELECT max(timestamp) FROM event) AS is_censored,
       start - (SELECT min(timestamp) FROM event) < (SELECT gap_ms FROM parameter)
           AS is_left_truncated,
       n_view > 0 AS has_view,
       n_addtocart > 0 AS has_cart,
       n_transaction > 0 AS has_purchase,
       coalesce(first_view <= first_addtocart, 0) AS valid_cart,
       coalesce(first_addtocart <= first_transaction, 0) AS valid_purchase,
       coalesce(first_view <= first_addtocart AND first_addtocart <= first_transaction, 0)
           AS valid_path,
       stage > 0 AND EXISTS (SELECT 1 FROM item_step AS i
                             WHERE i.session_id = s.session_id AND step = 'view_cart')
           AS item_valid_cart,
       stage > 0 AND EXISTS (SELECT 1 FROM item_step AS i
                             WHERE i.session_id = s.session_id AND step = 'cart_purchase')
           AS item_valid_purchase,
       stage > 0 AND EXISTS (SELECT 1 FROM item_step AS i
                             WHERE i.session_id = s.session_id AND step = 'path')
           AS item_valid_path,
       n_addtocart > 0 AND n_view = 0 AS cart_without_view,
       n_transaction > 0 AND n_addtocart = 0 AS purchase_without_cart,
       n_transaction > 0 AND n_view = 0 AS purchase_without_view
FROM counted_session AS s;
