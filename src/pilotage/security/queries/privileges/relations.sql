-- What each role ($2) may do with each table, view and sequence in scope ($1), by whatever way it has come to it.
SELECT
    i.type || ' ' || i.identity AS object,
    coalesce(json_object_agg(may.role, may.privileges) FILTER (WHERE may.privileges <> ''), '{}') AS privileges
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        asked.role,
        CASE
            WHEN c.relkind = 'S'
                THEN concat_ws(
                    ', ',
                    CASE WHEN has_sequence_privilege(asked.role, c.oid, 'SELECT') THEN 'SELECT' END,
                    CASE WHEN has_sequence_privilege(asked.role, c.oid, 'UPDATE') THEN 'UPDATE' END,
                    CASE WHEN has_sequence_privilege(asked.role, c.oid, 'USAGE') THEN 'USAGE' END
                )
            ELSE concat_ws(
                ', ',
                CASE WHEN has_table_privilege(asked.role, c.oid, 'DELETE') THEN 'DELETE' END,
                CASE WHEN has_table_privilege(asked.role, c.oid, 'INSERT') THEN 'INSERT' END,
                CASE WHEN has_table_privilege(asked.role, c.oid, 'REFERENCES') THEN 'REFERENCES' END,
                CASE WHEN has_table_privilege(asked.role, c.oid, 'SELECT') THEN 'SELECT' END,
                CASE WHEN has_table_privilege(asked.role, c.oid, 'TRIGGER') THEN 'TRIGGER' END,
                CASE WHEN has_table_privilege(asked.role, c.oid, 'TRUNCATE') THEN 'TRUNCATE' END,
                CASE WHEN has_table_privilege(asked.role, c.oid, 'UPDATE') THEN 'UPDATE' END,
                -- an owner changes definitions and lifts row level security
                CASE WHEN pg_has_role(roles.oid, c.relowner, 'USAGE') THEN 'as its owner' END
            )
        END AS privileges
    -- PUBLIC has no entry in pg_roles
    FROM unnest($2::text[]) AS asked (role)
    LEFT JOIN pg_roles roles ON roles.rolname = asked.role
) AS may
CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, c.oid, 0) AS i
WHERE
    n.nspname = ANY ($1::text[])
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND c.relpersistence <> 't'
    -- not: members of extensions, whose privileges the facts of the extension hold
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
GROUP BY i.type, i.identity
