-- What each role may do with each object, whatever it is by: its own grants, its memberships, PUBLIC or ownership.
-- One line each; $1 are the roles. Owners and superusers may do everything with or without a grant.
WITH roles AS (SELECT oid, rolname FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[])),
schemas AS (
    SELECT oid FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
),
held AS (
    SELECT rolname, 'schema ' || n.oid::regnamespace AS object, privilege
    FROM roles, pg_catalog.pg_namespace n, unnest(ARRAY['USAGE', 'CREATE']) AS privilege
    WHERE n.oid IN (TABLE schemas) AND has_schema_privilege(roles.oid, n.oid, privilege)
    UNION ALL
    SELECT rolname, 'relation ' || c.oid::regclass, privilege
    FROM roles, pg_catalog.pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE',
        'REFERENCES', 'TRIGGER']) AS privilege
    WHERE c.relnamespace IN (TABLE schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_table_privilege(roles.oid, c.oid, privilege)
    UNION ALL
    SELECT rolname, 'column ' || c.oid::regclass || '.' || a.attname, privilege
    FROM roles, pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0,
        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS privilege
    WHERE c.relnamespace IN (TABLE schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND NOT a.attisdropped AND has_column_privilege(roles.oid, c.oid, a.attnum, privilege)
    UNION ALL
    SELECT rolname, 'sequence ' || c.oid::regclass, privilege
    FROM roles, pg_catalog.pg_class c, unnest(ARRAY['SELECT', 'USAGE', 'UPDATE']) AS privilege
    WHERE c.relnamespace IN (TABLE schemas) AND c.relkind = 'S'
        AND has_sequence_privilege(roles.oid, c.oid, privilege)
    UNION ALL
    SELECT rolname, 'function ' || p.oid::regprocedure, 'EXECUTE'
    FROM roles, pg_catalog.pg_proc p
    WHERE p.pronamespace IN (TABLE schemas) AND has_function_privilege(roles.oid, p.oid, 'EXECUTE')
    UNION ALL
    SELECT rolname, 'type ' || t.oid::regtype, 'USAGE'
    FROM roles, pg_catalog.pg_type t
    WHERE t.typnamespace IN (TABLE schemas) AND t.typrelid = 0 AND t.typelem = 0
        AND has_type_privilege(roles.oid, t.oid, 'USAGE')
    UNION ALL
    SELECT rolname, 'database', privilege
    FROM roles, unnest(ARRAY['CONNECT', 'TEMPORARY', 'CREATE']) AS privilege
    WHERE has_database_privilege(roles.oid, current_database(), privilege)
)
SELECT coalesce(array_agg(concat_ws(' | ', rolname, object, privilege) ORDER BY 1), '{}') FROM held
