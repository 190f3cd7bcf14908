-- The roles that something in this database refers to, and all that they are members of, directly or not.
-- Memberships and privileges on parameters are queries of their own.
WITH RECURSIVE referred (role) AS (
    -- Owners, grantees and those named by policies, of every kind of object, are noted by the server itself,
    SELECT d.refobjid
    FROM pg_shdepend d
    WHERE
        d.refclassid = 'pg_authid'::regclass
        AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION
    -- but not for the role that made the cluster, which cannot be dropped,
    SELECT oid FROM pg_roles WHERE oid = 10
    UNION
    -- nor in the database's name for what is shared: the database itself, and settings in it.
    SELECT entry.grantee
    FROM pg_database d, aclexplode(d.datacl) AS entry
    WHERE d.datname = current_database()
    UNION
    SELECT s.setrole
    FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database()
    UNION
    SELECT r.oid FROM pg_roles r WHERE r.rolname = ANY ($1::text[])
),
reached (role) AS (
    SELECT role FROM referred
    UNION
    SELECT m.roleid FROM pg_auth_members m JOIN reached ON reached.role = m.member
)
SELECT
    r.rolname AS name,
    r.rolsuper AS superuser,
    r.rolinherit AS inherit,
    r.rolcreaterole AS create_role,
    r.rolcreatedb AS create_database,
    r.rolcanlogin AS login,
    r.rolreplication AS replication,
    r.rolbypassrls AS bypass_row_security,
    r.rolconnlimit AS connection_limit,
    -- not: infinity, which is no end
    CASE WHEN isfinite(r.rolvaliduntil) THEN (r.rolvaliduntil AT TIME ZONE 'UTC')::text || '+00' ELSE '' END
        AS valid_until,
    coalesce(shobj_description(r.oid, 'pg_authid'), '') AS comment,
    coalesce(
        (SELECT to_json(s.setconfig) FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0),
        '[]'
    ) AS settings
FROM pg_roles r
-- not: 0, which stands for PUBLIC
JOIN reached ON reached.role = r.oid
