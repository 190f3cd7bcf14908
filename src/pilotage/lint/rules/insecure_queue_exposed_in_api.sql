-- Tables of pgmq's queues without row level security on which a role of the HTTP interface holds a privilege, where the
-- interface shows the functions of pgmq_public. Members of the extension count: older versions of pgmq make them so.
SELECT
    i.type AS kind,
    i.identity AS object,
    format(
        'Queue %I.%I has no row level security, and %s may access it', n.nspname, c.relname, a.roles
    ) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') AS metadata,
    json_build_array(n.nspname, c.relname) AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) AS i
CROSS JOIN LATERAL (
    SELECT string_agg(r.role, ', ' ORDER BY r.role) AS roles
    FROM unnest($3::text[]) AS r (role)
    WHERE
        has_schema_privilege(r.role::name, n.oid, 'USAGE')
        AND (
            has_any_column_privilege(r.role::name, c.oid, 'SELECT, INSERT, UPDATE')
            OR has_table_privilege(r.role::name, c.oid, 'DELETE, TRUNCATE')
        )
) AS a
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = 'pgmq'
    AND 'pgmq_public' = ANY ($2::text[])
    AND c.relkind IN ('r', 'p')
    -- not: archives, which the interface's functions do not touch, and what pgmq keeps of itself
    AND starts_with(c.relname, 'q_')
    AND NOT c.relrowsecurity
    AND a.roles IS NOT NULL
    -- not: what was dropped after the snapshot was taken
    AND i.identity IS NOT NULL
