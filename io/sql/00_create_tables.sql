-- 00_create_tables.sql: the raw tables, as text, one row a row of the file, in the file's order.
--
-- The files of this folder say in SQL what the program counts in C, in the order of their numbers.
-- By hand, in a shop's folder with the sqlite3 shell (3.33 or newer; $SQL is this folder):
--
--     $ sqlite3 shop.db
--     sqlite> .read $SQL/00_create_tables.sql
--     sqlite> .mode csv
--     sqlite> .import --skip 1 events.csv raw_event
--     sqlite> .import --skip 1 item_properties_part1.csv raw_property
--     sqlite> .import --skip 1 item_properties_part2.csv raw_property
--     sqlite> .import --skip 1 category_tree.csv raw_category
--     sqlite> .read $SQL/01_clean_events.sql          ... up to 07
--     sqlite> .mode column
--     sqlite> SELECT * FROM kpi_view_to_cart WHERE grouping = 'weekday';
--
-- Rows with too few or too many fields do not get here: the loader counts them as field_count (the
-- shell reports them as it imports). A field of no characters is '', never NULL.

CREATE TABLE raw_event (timestamp TEXT, visitorid TEXT, event TEXT, itemid TEXT,
                        transactionid TEXT);

CREATE TABLE raw_property (timestamp TEXT, itemid TEXT, property TEXT, value TEXT);

CREATE TABLE raw_category (categoryid TEXT, parentid TEXT);

-- What a user may choose: the longest pause inside a session, the property that holds the price.
CREATE TABLE parameter (gap_ms INTEGER, price_property TEXT);
INSERT INTO parameter VALUES (1800000, '790');
