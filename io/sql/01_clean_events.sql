-- 01_clean_events.sql: text -> integers. Every row is kept, or excluded for the first reason that
-- applies; of equal rows the first copy is kept.
--
-- An id is a whole number from 0 to 2^63 - 1: digits and nothing else, no blank, no sign. CAST
-- turns a greater one into 2^63 - 1, so what became that number without being it is too great.

-- pandas writes a column of whole numbers with gaps as 8693.0: those two characters do not count.
CREATE VIEW read_event AS
SELECT timestamp, visitorid, event, itemid,
       transactionid <> '' AS has_transactionid,
       CASE WHEN transactionid GLOB '*?.0' THEN substr(transactionid, 1, length(transactionid) - 2)
            ELSE transactionid END AS transactionid
FROM raw_event;

-- kind: 0 = view, 1 = addtocart, 2 = transaction; the order of the funnel.
CREATE TABLE judged_event AS
SELECT CAST(visitorid AS INTEGER) AS visitor,
       CAST(timestamp AS INTEGER) AS timestamp,
       CASE event WHEN 'view' THEN 0 WHEN 'addtocart' THEN 1 WHEN 'transaction' THEN 2 END AS kind,
       CAST(itemid AS INTEGER) AS item,
       CASE event WHEN 'transaction' THEN CAST(transactionid AS INTEGER) END AS transactionid,
       CASE
         WHEN timestamp = '' OR timestamp GLOB '*[^0-9]*'
           OR CAST(timestamp AS INTEGER) > 253402300799999            -- the end of the year 9999
         THEN 'bad_timestamp'
         WHEN visitorid = '' OR visitorid GLOB '*[^0-9]*'
           OR (CAST(visitorid AS INTEGER) = 9223372036854775807
               AND ltrim(visitorid, '0') <> '9223372036854775807')
         THEN 'bad_visitor'
         WHEN event NOT IN ('view', 'addtocart', 'transaction')
         THEN 'unknown_event'
         WHEN itemid = '' OR itemid GLOB '*[^0-9]*'
           OR (CAST(itemid AS INTEGER) = 9223372036854775807
               AND ltrim(itemid, '0') <> '9223372036854775807')
         THEN 'bad_item'
         WHEN event = 'transaction'
           AND (transactionid = '' OR transactionid GLOB '*[^0-9]*'
                OR (CAST(transactionid AS INTEGER) = 9223372036854775807
                    AND ltrim(transactionid, '0') <> '9223372036854775807'))
         THEN 'missing_transactionid'
         WHEN event <> 'transaction' AND has_transactionid
         THEN 'unexpected_transactionid'
       END AS reason                                                      -- NULL: a good row
FROM read_event;

-- Rows equal in all five values are one event. The order (visitor, time, kind, item, transactionid)
-- leaves no ties, so the order of the file cannot matter; position = rank in it.
CREATE TABLE event (position INTEGER PRIMARY KEY, visitor INTEGER, timestamp INTEGER, kind INTEGER,
                    item INTEGER, transactionid INTEGER);
INSERT INTO event (visitor, timestamp, kind, item, transactionid)
SELECT visitor, timestamp, kind, item, transactionid
FROM judged_event
WHERE reason IS NULL
GROUP BY visitor, timestamp, kind, item, transactionid
ORDER BY visitor, timestamp, kind, item, transactionid;

-- How many rows each reason took.
CREATE TABLE excluded AS
SELECT reason, count(*) AS n FROM judged_event WHERE reason IS NOT NULL GROUP BY reason
UNION ALL
SELECT 'exact_duplicate', (SELECT count(*) FROM judged_event WHERE reason IS NULL)
                          - (SELECT count(*) FROM event);
DROP TABLE judged_event;
