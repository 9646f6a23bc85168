-- 05_compute_kpis.sql: counts -> key figures, each a view kpi_NAME with one row a group (total,
-- day, hour, weekday, and category after 07): numerator and denominator, both whole numbers. Plain
-- counts have the denominator 1.

CREATE VIEW kpi_sessions AS
SELECT grouping, label, n_sessions AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_visitors AS
SELECT grouping, label, n_visitors AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_events_view AS
SELECT grouping, label, n_view AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_events_addtocart AS
SELECT grouping, label, n_addtocart AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_events_transaction AS
SELECT grouping, label, n_transaction AS numerator, 1 AS denominator FROM tally;

-- Distinct transaction ids.
CREATE VIEW kpi_orders AS
SELECT grouping, label, n_orders AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_items_per_order AS
SELECT grouping, label, n_transaction AS numerator, n_orders AS denominator FROM tally;

CREATE VIEW kpi_events_per_session AS
SELECT grouping, label, n_view + n_addtocart + n_transaction AS numerator,
       n_sessions AS denominator
FROM tally;

-- Sessions of exactly one event.
CREATE VIEW kpi_bounce_rate AS
SELECT grouping, label, n_bounces AS numerator, n_sessions AS denominator FROM tally;

-- A view at or before the first cart, of the sessions with a view.
CREATE VIEW kpi_view_to_cart AS
SELECT grouping, label, n_valid_cart AS numerator, n_has_view AS denominator FROM tally;

-- A cart at or before the first purchase, of the sessions with a cart.
CREATE VIEW kpi_cart_to_purchase AS
SELECT grouping, label, n_valid_purchase AS numerator, n_has_cart AS denominator FROM tally;

CREATE VIEW kpi_session_conversion AS
SELECT grouping, label, n_has_purchase AS numerator, n_sessions AS denominator FROM tally;

CREATE VIEW kpi_cart_rate AS
SELECT grouping, label, n_has_cart AS numerator, n_sessions AS denominator FROM tally;

-- A cart and no purchase, of the sessions with a cart.
CREATE VIEW kpi_cart_abandonment AS
SELECT grouping, label, n_abandoned AS numerator, n_has_cart AS denominator FROM tally;

CREATE VIEW kpi_visitor_conversion AS
SELECT grouping, label, n_buyers AS numerator, n_visitors AS denominator FROM tally;

-- Anomalies: sessions, counted and never repaired.
CREATE VIEW kpi_cart_without_view AS
SELECT grouping, label, n_cart_without_view AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_purchase_without_cart AS
SELECT grouping, label, n_purchase_without_cart AS numerator, 1 AS denominator FROM tally;

CREATE VIEW kpi_purchase_without_view AS
SELECT grouping, label, n_purchase_without_view AS numerator, 1 AS denominator FROM tally;

-- Thousandths, over 1000.
CREATE VIEW kpi_revenue AS
SELECT grouping, label, revenue AS numerator, 1000 AS denominator FROM tally;

-- Waiting times: of n values in order, quantile p percent is the one of rank ceil(n p / 100).
CREATE VIEW waiting_rank AS
SELECT grouping, label, name, ms,
       row_number() OVER (PARTITION BY name, grouping, label ORDER BY ms) AS place,
       count(*) OVER (PARTITION BY name, grouping, label) AS n
FROM waiting_of_group;

CREATE VIEW waiting_quantile AS
SELECT grouping, label, name, n,
       max(CASE place WHEN (n * 10 + 99) / 100 THEN ms END) AS p10,
       max(CASE place WHEN (n * 25 + 99) / 100 THEN ms END) AS p25,
       max(CASE place WHEN (n * 50 + 99) / 100 THEN ms END) AS p50,
       max(CASE place WHEN (n * 75 + 99) / 100 THEN ms END) AS p75,
       max(CASE place WHEN (n * 90 + 99) / 100 THEN ms END) AS p90
FROM waiting_rank
GROUP BY name, grouping, label;

-- First cart - first view, in sessions with a view at or before the first cart.
CREATE VIEW kpi_time_to_cart AS
SELECT grouping, label, n, p10, p25, p50, p75, p90
FROM waiting_quantile WHERE name = 'time_to_cart';

-- First purchase - first cart, in sessions with a cart at or before the first purchase.
CREATE VIEW kpi_time_to_purchase AS
SELECT grouping, label, n, p10, p25, p50, p75, p90
FROM waiting_quantile WHERE name = 'time_to_purchase';
