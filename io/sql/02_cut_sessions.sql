-- 02_cut_sessions.sql: events -> sessions.
--
-- A session begins at a visitor's first event, and at each event that comes more than gap_ms after
-- the one before it. Events stand in the order of (visitor, time), so counting the beginnings in
-- that order numbers the sessions by (visitor, start).
CREATE TABLE beginning (session_id INTEGER PRIMARY KEY, first_position INTEGER);
INSERT INTO beginning (first_position)
SELECT this.position
FROM event AS this LEFT JOIN event AS before ON before.position = this.position - 1
WHERE before.visitor IS NOT this.visitor
   OR this.timestamp - before.timestamp > (SELECT gap_ms FROM parameter)
ORDER BY this.position;

-- A session's events: all positions from its first to the one before the next session's first.
CREATE VIEW session_range AS
SELECT this.session_id, this.first_position,
       coalesce(next.first_position - 1, (SELECT max(position) FROM event)) AS last_position
FROM beginning AS this LEFT JOIN beginning AS next ON next.session_id = this.session_id + 1;
