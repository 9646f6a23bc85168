-- 06_clean_category_tree.sql: for every category the one at the top of its branch.
--
-- A category that is named as a parent and has no row of its own is a root. A cycle is cut at its
-- smallest id, which becomes a root:
--
--     3 -> 8 -> 5 -> 3        8 -> 5 -> 3
--
-- Ids are judged as in 01. A category with two different parents is an error; the program refuses
-- such a tree before it comes here.

CREATE TABLE category_row AS
SELECT DISTINCT CAST(categoryid AS INTEGER) AS category,
                CASE WHEN parentid <> '' THEN CAST(parentid AS INTEGER) END AS parent
FROM raw_category
WHERE NOT (categoryid = '' OR categoryid GLOB '*[^0-9]*'
           OR (CAST(categoryid AS INTEGER) = 9223372036854775807
               AND ltrim(categoryid, '0') <> '9223372036854775807'))
  AND NOT (parentid GLOB '*[^0-9]*'
           OR (CAST(parentid AS INTEGER) = 9223372036854775807
               AND ltrim(parentid, '0') <> '9223372036854775807'));
CREATE UNIQUE INDEX category_row_of ON category_row (category);
CREATE INDEX category_row_parent ON category_row (parent);

-- All that stands above a category. UNION keeps each pair once, so the walk ends in a cycle too.
CREATE TABLE above AS
WITH RECURSIVE walk (category, ancestor) AS (
    SELECT category, parent FROM category_row WHERE parent IS NOT NULL
    UNION
    SELECT walk.category, category_row.parent
    FROM walk JOIN category_row ON category_row.category = walk.ancestor
    WHERE category_row.parent IS NOT NULL
)
SELECT category, ancestor FROM walk;
CREATE INDEX above_of ON above (category, ancestor);

-- Who stands above itself is in a cycle, together with those above it that have it above them.
CREATE TABLE cut AS
SELECT category
FROM above AS own
WHERE category = ancestor
  AND category = (SELECT min(up.ancestor)
                  FROM above AS up JOIN above AS back
                       ON back.category = up.ancestor AND back.ancestor = up.category
                  WHERE up.category = own.category);

-- From the roots down.
CREATE TABLE category_root AS
WITH RECURSIVE tree (category, root) AS (
    SELECT category, category FROM category_row WHERE parent IS NULL
    UNION
    SELECT category, category FROM cut
    UNION
    SELECT parent, parent FROM category_row
    WHERE parent IS NOT NULL AND parent NOT IN (SELECT category FROM category_row)
    UNION
    SELECT category_row.category, tree.root
    FROM tree JOIN category_row ON category_row.parent = tree.category
    WHERE category_row.category NOT IN (SELECT category FROM cut)
)
SELECT category, root FROM tree;
CREATE UNIQUE INDEX category_root_of ON category_root (category);
