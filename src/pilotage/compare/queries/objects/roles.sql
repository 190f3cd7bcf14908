-- Roles that own something in this database, are granted something or are named by a policy, a user mapping or
-- a setting; and roles that have the privileges of one of these, or of a predefined role that has all tables.
-- What gives access is compared, no more.
WITH database (oid) AS (
    SELECT d.oid FROM pg_database d WHERE d.datname = current_database()
),
named (role) AS (
    SELECT s.refobjid
    FROM pg_shdepend s
    CROSS JOIN database
    WHERE
        s.refclassid = 'pg_authid'::regclass
        AND (s.dbid = database.oid OR (s.classid = 'pg_database'::regclass AND s.objid = database.oid))
    UNION
    SELECT s.setrole FROM pg_db_role_setting s CROSS JOIN database WHERE s.setdatabase = database.oid AND s.setrole <> 0
)
SELECT
    'pg_authid'::regclass AS classid,
    r.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'superuser', r.rolsuper::text,
        'bypasses row level security', r.rolbypassrls::text,
        'has the privileges of', CASE WHEN NOT r.rolsuper THEN memberships.names END
    ) AS facts
FROM pg_roles r
CROSS JOIN LATERAL (
    SELECT
        json_agg(quote_ident(g.rolname) ORDER BY g.rolname COLLATE "C")::text AS names
    FROM pg_roles g
    WHERE
        g.oid <> r.oid
        AND (
            g.oid IN (SELECT role FROM named)
            OR g.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_maintain')
        )
        -- not: that of the database's owner, which the owner says already
        AND g.rolname <> 'pg_database_owner'
        AND pg_has_role(r.oid, g.oid, 'USAGE')
) AS memberships
WHERE
    -- not: predefined roles
    r.rolname !~ '^pg_'
    -- not: superusers whom nothing names; they may do everything, whatever the database says
    AND (r.oid IN (SELECT role FROM named) OR (NOT r.rolsuper AND memberships.names IS NOT NULL))
