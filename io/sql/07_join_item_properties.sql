-- 07_join_item_properties.sql: item properties as of a time -> figures by category, and revenue.
--
--     item 7, price      |--- 1200 ---|-------- 990 --------|---- 1100 ----->
--                       t0            t1        ^ t         t2
--
-- The value at t is the one with the greatest time at or before t; of two at the same time the
-- greatest in byte order.

-- n277.2 -> whole 277, fraction 2.
CREATE VIEW read_property AS
SELECT timestamp, itemid, property, value, number,
       CASE instr(number, '.') WHEN 0 THEN number
            ELSE substr(number, 1, instr(number, '.') - 1) END AS whole,
       CASE instr(number, '.') WHEN 0 THEN '0'
            ELSE substr(number, instr(number, '.') + 1) END AS fraction
FROM (SELECT *, CASE WHEN value GLOB 'n*' THEN substr(value, 2) ELSE value END AS number
      FROM raw_property)
WHERE NOT (timestamp = '' OR timestamp GLOB '*[^0-9]*'
           OR CAST(timestamp AS INTEGER) > 253402300799999)
  AND NOT (itemid = '' OR itemid GLOB '*[^0-9]*'
           OR (CAST(itemid AS INTEGER) = 9223372036854775807
               AND ltrim(itemid, '0') <> '9223372036854775807'));

CREATE TABLE item_category AS
SELECT CAST(itemid AS INTEGER) AS item, CAST(timestamp AS INTEGER) AS timestamp, value,
       CAST(value AS INTEGER) AS category
FROM read_property
WHERE property = 'categoryid'
  AND NOT (value = '' OR value GLOB '*[^0-9]*'
           OR (CAST(value AS INTEGER) = 9223372036854775807
               AND ltrim(value, '0') <> '9223372036854775807'));
CREATE INDEX item_category_at ON item_category (item, timestamp, value);

-- Whole thousandths, no floating point: 277.2 -> 277200. One to three decimals, below 10^12.
CREATE TABLE item_price AS
SELECT CAST(itemid AS INTEGER) AS item, CAST(timestamp AS INTEGER) AS timestamp, value,
       CAST(whole AS INTEGER) * 1000 + CAST(substr(fraction || '00', 1, 3) AS INTEGER) AS price
FROM read_property
WHERE property = (SELECT price_property FROM parameter)
  AND property NOT IN ('categoryid', 'available')
  AND NOT (whole = '' OR whole GLOB '*[^0-9]*' OR CAST(whole AS INTEGER) >= 1000000000000)
  AND NOT (fraction = '' OR fraction GLOB '*[^0-9]*' OR length(fraction) > 3);
CREATE INDEX item_price_at ON item_price (item, timestamp, value);

-- The session's category: root of the first event's item as of that event; -1 = unknown.
CREATE TABLE session_category AS
SELECT session_id, coalesce(root, own, -1) AS category
FROM (SELECT session_id,
             (SELECT category FROM item_category AS c
              WHERE c.item = event.item AND c.timestamp <= event.timestamp
              ORDER BY c.timestamp DESC, c.value DESC LIMIT 1) AS own
      FROM beginning JOIN event ON position = first_position)
     LEFT JOIN category_root ON category_root.category = own;
CREATE UNIQUE INDEX session_category_of ON session_category (session_id);

-- The counts of 04, by category.
INSERT INTO cell_of_group
SELECT 'category', category, NULL, NULL, NULL,
       count(*), sum(n_view), sum(n_addtocart), sum(n_transaction),
       sum(n_view + n_addtocart + n_transaction = 1),
       sum(has_view), sum(has_cart), sum(has_purchase), sum(valid_cart), sum(valid_purchase),
       sum(has_cart AND NOT has_purchase),
       sum(cart_without_view), sum(purchase_without_cart), sum(purchase_without_view)
FROM session JOIN session_category USING (session_id)
GROUP BY category;
INSERT INTO distinct_people
SELECT 'category', category, count(DISTINCT visitor)
FROM session JOIN session_category USING (session_id) GROUP BY category;
INSERT INTO distinct_buyer
SELECT 'category', category, count(DISTINCT visitor)
FROM buying_session JOIN session_category USING (session_id) GROUP BY category;
INSERT INTO distinct_order
SELECT 'category', category, count(DISTINCT transactionid)
FROM order_line JOIN session_category USING (session_id) GROUP BY category;
INSERT INTO waiting_of_group
SELECT 'category', category, name, ms FROM waiting JOIN session_category USING (session_id);

-- Revenue: the price of each purchase as of the purchase, where one is known.
CREATE TABLE priced_line AS
SELECT order_line.*, category,
       (SELECT price FROM item_price AS p
        WHERE p.item = order_line.item AND p.timestamp <= order_line.timestamp
        ORDER BY p.timestamp DESC, p.value DESC LIMIT 1) AS price
FROM order_line JOIN session_category USING (session_id);
INSERT INTO revenue_of_group
SELECT 'total', 0, sum(price) FROM priced_line
UNION ALL SELECT 'day', day, sum(price) FROM priced_line GROUP BY day
UNION ALL SELECT 'hour', hour, sum(price) FROM priced_line GROUP BY hour
UNION ALL SELECT 'weekday', weekday, sum(price) FROM priced_line GROUP BY weekday
UNION ALL SELECT 'category', category, sum(price) FROM priced_line GROUP BY category;
