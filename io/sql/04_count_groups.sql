-- 04_count_groups.sql: sessions -> counts, in total and by day, hour and weekday.
--
-- What adds up is counted once for each (day, hour) and then added up. Visitors, buyers and orders
-- are distinct within a group: they do not add up and are counted group by group.

CREATE TABLE cell AS
SELECT day, hour, weekday,
       count(*) AS n_sessions,
       sum(n_view) AS n_view,
       sum(n_addtocart) AS n_addtocart,
       sum(n_transaction) AS n_transaction,
       sum(n_view + n_addtocart + n_transaction = 1) AS n_bounces,
       sum(has_view) AS n_has_view,
       sum(has_cart) AS n_has_cart,
       sum(has_purchase) AS n_has_purchase,
       sum(valid_cart) AS n_valid_cart,
       sum(valid_purchase) AS n_valid_purchase,
       sum(has_cart AND NOT has_purchase) AS n_abandoned,
       sum(cart_without_view) AS n_cart_without_view,
       sum(purchase_without_cart) AS n_purchase_without_cart,
       sum(purchase_without_view) AS n_purchase_without_view
FROM session
GROUP BY day, hour;

CREATE TABLE cell_of_group AS
SELECT 'total' AS grouping, 0 AS label, cell.* FROM cell
UNION ALL SELECT 'day', day, cell.* FROM cell
UNION ALL SELECT 'hour', hour, cell.* FROM cell
UNION ALL SELECT 'weekday', weekday, cell.* FROM cell;

CREATE TABLE buying_session AS
SELECT session_id, visitor, day, hour, weekday FROM session WHERE has_purchase;

CREATE TABLE distinct_people AS
SELECT 'total' AS grouping, 0 AS label, count(DISTINCT visitor) AS n_visitors FROM session
UNION ALL SELECT 'day', day, count(DISTINCT visitor) FROM session GROUP BY day
UNION ALL SELECT 'hour', hour, count(DISTINCT visitor) FROM session GROUP BY hour
UNION ALL SELECT 'weekday', weekday, count(DISTINCT visitor) FROM session GROUP BY weekday;

CREATE TABLE distinct_buyer AS
SELECT 'total' AS grouping, 0 AS label, count(DISTINCT visitor) AS n_buyers FROM buying_session
UNION ALL SELECT 'day', day, count(DISTINCT visitor) FROM buying_session GROUP BY day
UNION ALL SELECT 'hour', hour, count(DISTINCT visitor) FROM buying_session GROUP BY hour
UNION ALL SELECT 'weekday', weekday, count(DISTINCT visitor) FROM buying_session GROUP BY weekday;

-- Purchases with their session: an order is a distinct transactionid.
CREATE TABLE order_line AS
SELECT session_id, timestamp, item, transactionid, day, hour, weekday
FROM buying_session JOIN deep_event USING (session_id)
WHERE kind = 2;

CREATE TABLE distinct_order AS
SELECT 'total' AS grouping, 0 AS label, count(DISTINCT transactionid) AS n_orders FROM order_line
UNION ALL SELECT 'day', day, count(DISTINCT transactionid) FROM order_line GROUP BY day
UNION ALL SELECT 'hour', hour, count(DISTINCT transactionid) FROM order_line GROUP BY hour
UNION ALL SELECT 'weekday', weekday, count(DISTINCT transactionid) FROM order_line GROUP BY weekday;

-- Waiting times in milliseconds, in each group of their session.
CREATE TABLE waiting AS
SELECT 'time_to_cart' AS name, session_id, first_addtocart - first_view AS ms, day, hour, weekday
FROM session WHERE valid_cart
UNION ALL
SELECT 'time_to_purchase', session_id, first_transaction - first_addtocart, day, hour, weekday
FROM session WHERE valid_purchase;

CREATE TABLE waiting_of_group AS
SELECT 'total' AS grouping, 0 AS label, name, ms FROM waiting
UNION ALL SELECT 'day', day, name, ms FROM waiting
UNION ALL SELECT 'hour', hour, name, ms FROM waiting
UNION ALL SELECT 'weekday', weekday, name, ms FROM waiting;

-- Revenue of a group, thousandths; filled by 07, where prices are.
CREATE TABLE revenue_of_group (grouping TEXT, label INTEGER, thousandths INTEGER);

CREATE INDEX distinct_people_of ON distinct_people (grouping, label);
CREATE INDEX distinct_buyer_of ON distinct_buyer (grouping, label);
CREATE INDEX distinct_order_of ON distinct_order (grouping, label);
CREATE INDEX revenue_of ON revenue_of_group (grouping, label);

-- One row a group with a session: all the numbers that a key figure is made of.
CREATE VIEW tally AS
SELECT grouping, label,
       sum(n_sessions) AS n_sessions,
       coalesce((SELECT n_visitors FROM distinct_people AS d
                 WHERE d.grouping = c.grouping AND d.label = c.label), 0) AS n_visitors,
       coalesce((SELECT n_buyers FROM distinct_buyer AS d
                 WHERE d.grouping = c.grouping AND d.label = c.label), 0) AS n_buyers,
       coalesce((SELECT n_orders FROM distinct_order AS d
                 WHERE d.grouping = c.grouping AND d.label = c.label), 0) AS n_orders,
       coalesce((SELECT thousandths FROM revenue_of_group AS d
                 WHERE d.grouping = c.grouping AND d.label = c.label), 0) AS revenue,
       sum(n_view) AS n_view,
       sum(n_addtocart) AS n_addtocart,
       sum(n_transaction) AS n_transaction,
       sum(n_bounces) AS n_bounces,
       sum(n_has_view) AS n_has_view,
       sum(n_has_cart) AS n_has_cart,
       sum(n_has_purchase) AS n_has_purchase,
       sum(n_valid_cart) AS n_valid_cart,
       sum(n_valid_purchase) AS n_valid_purchase,
       sum(n_abandoned) AS n_abandoned,
       sum(n_cart_without_view) AS n_cart_without_view,
       sum(n_purchase_without_cart) AS n_purchase_without_cart,
       sum(n_purchase_without_view) AS n_purchase_without_view
FROM cell_of_group AS c
GROUP BY grouping, label;
