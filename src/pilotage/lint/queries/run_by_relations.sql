-- What else runs where a relation is read or written: functions of its defaults, policies and the like, and other relations.
--
-- $1: the OIDs of relations. Edges go from what is reached to what that reaches.
WITH RECURSIVE objects AS MATERIALIZED (
    -- "written": only where rows are written, not where they are read
    SELECT t.tgrelid AS relation, 'pg_trigger'::regclass::oid AS class, t.oid, true AS written FROM pg_trigger t
    UNION ALL
    SELECT d.adrelid, 'pg_attrdef'::regclass, d.oid, false FROM pg_attrdef d
    UNION ALL
    SELECT c.conrelid, 'pg_constraint'::regclass, c.oid, true FROM pg_constraint c WHERE c.conrelid <> 0
    UNION ALL
    SELECT p.polrelid, 'pg_policy'::regclass, p.oid, false FROM pg_policy p
    UNION ALL
    SELECT r.ev_class, 'pg_rewrite'::regclass, r.oid, false FROM pg_rewrite r
    UNION ALL
    SELECT i.indrelid, 'pg_class'::regclass, i.indexrelid, true FROM pg_index i
),
edges AS MATERIALIZED (
    SELECT o.relation, d.refclassid AS class, d.refobjid AS target, o.written
    FROM objects o
    JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid
    WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_class'::regclass)
    UNION
    -- what a deletion or another key passes on
    SELECT c.confrelid, 'pg_class'::regclass, c.conrelid, true
    FROM pg_constraint c
    WHERE c.contype = 'f' AND (c.confdeltype IN ('c', 'n', 'd') OR c.confupdtype IN ('c', 'n', 'd'))
    UNION
    SELECT i.inhparent, 'pg_class'::regclass, i.inhrelid, false FROM pg_inherits i
),
reached (relation) AS (
    SELECT u.oid::oid FROM unnest($1::bigint[]) AS u (oid)
    UNION
    SELECT e.target
    FROM reached r
    JOIN edges e ON e.relation = r.relation
    WHERE e.class = 'pg_class'::regclass
)
SELECT
    e.relation::bigint AS relation,
    e.target::bigint AS target,
    e.class = 'pg_proc'::regclass AS is_function,
    e.written
FROM reached r
JOIN edges e ON e.relation = r.relation
WHERE e.target <> e.relation
