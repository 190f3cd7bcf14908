-- Relations that hold rows, or whose partitions do. Columns and rows are read by queries of their own.
SELECT
    c.oid::int8 AS oid,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    CASE c.relkind
        WHEN 'r' THEN 'table'
        WHEN 'p' THEN 'partitioned table'
        WHEN 'f' THEN 'foreign table'
    END AS kind,
    pg_get_userbyid(c.relowner) AS owner,
    CASE c.relpersistence
        WHEN 'p' THEN 'permanent'
        WHEN 'u' THEN 'unlogged'
        WHEN 't' THEN 'temporary'
    END AS persistence,
    CASE WHEN c.relispartition THEN parents.names -> 0 END AS partition_of,
    CASE WHEN c.relispartition OR parents.names IS NULL THEN '[]' ELSE parents.names END AS inherits,
    c.relrowsecurity AS row_security,
    c.relforcerowsecurity AS force_row_security,
    -- NULL where the relation was dropped after the snapshot was taken
    coalesce(pg_table_size(c.oid), 0) AS bytes,
    coalesce(has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), true) AS readable,
    coalesce(row_security_active(c.oid), false) AS rows_hidden
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (
    SELECT
        i.inhrelid,
        json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY i.inhseqno) AS names
    FROM pg_inherits i
    JOIN pg_class p ON p.oid = i.inhparent
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    GROUP BY i.inhrelid
) AS parents ON parents.inhrelid = c.oid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: views, sequences, indexes, composite types
    AND c.relkind IN ('r', 'p', 'f')
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
