-- What each role ($2) may do with a column in scope ($1) beyond what it may do with the whole table; of columns on
-- which something is granted.
SELECT
    i.type || ' ' || i.identity AS object,
    json_object_agg(may.role, may.privileges) AS privileges
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT
        asked.role,
        string_agg(named.privilege, ', ' ORDER BY named.privilege) AS privileges
    FROM unnest($2::text[]) AS asked (role)
    CROSS JOIN (VALUES ('INSERT'), ('REFERENCES'), ('SELECT'), ('UPDATE')) AS named (privilege)
    WHERE
        has_column_privilege(asked.role, c.oid, a.attnum, named.privilege)
        AND NOT has_table_privilege(asked.role, c.oid, named.privilege)
    GROUP BY asked.role
) AS may
CROSS JOIN LATERAL pg_identify_object('pg_class'::regclass, c.oid, a.attnum) AS i
WHERE
    n.nspname = ANY ($1::text[])
    AND a.attacl IS NOT NULL
    AND NOT a.attisdropped
    -- not: members of extensions
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
    )
GROUP BY i.type, i.identity
