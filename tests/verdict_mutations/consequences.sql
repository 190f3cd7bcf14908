-- What may be seen through what, directly: a change to the first may change what roles see of the second.
WITH mine AS (
    SELECT c.oid, c.relname, c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r', 'p', 'v', 'm')
),
routines AS (
    SELECT p.oid, proname, prosrc, format('%I.%I', nspname, proname) AS name FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
named AS (
    SELECT 'pg_class'::regclass AS class, oid, name FROM mine UNION ALL SELECT 'pg_proc'::regclass, oid, name FROM routines
)
SELECT named.name AS changed, mine.name AS seen
FROM pg_depend JOIN named ON refclassid = named.class AND refobjid = named.oid
JOIN pg_rewrite ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid
JOIN mine ON mine.oid = ev_class
WHERE named.oid <> mine.oid
UNION
SELECT named.name, mine.name
FROM pg_depend JOIN named ON refclassid = named.class AND refobjid = named.oid
JOIN pg_policy ON classid = 'pg_policy'::regclass AND objid = pg_policy.oid
JOIN mine ON mine.oid = polrelid
WHERE named.oid <> mine.oid
UNION
-- A function's source is text.
SELECT mine.name, routines.name FROM mine JOIN routines ON prosrc ~ ('\m' || relname || '\M')
UNION
SELECT caller.name, routines.name FROM routines AS caller JOIN routines ON routines.prosrc ~ ('\m' || caller.proname || '\M') AND caller.oid <> routines.oid
UNION
SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits JOIN mine ON mine.oid = inhrelid
