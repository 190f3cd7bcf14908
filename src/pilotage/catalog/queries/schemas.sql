-- Every user schema, whether in scope or not.
SELECT
    n.nspname AS name,
    pg_get_userbyid(n.nspowner) AS owner
FROM pg_namespace n
WHERE
    -- not: the system's schemas; no user can make one whose name begins with pg_
    n.nspname !~ '^pg_'
    AND n.nspname <> 'information_schema'
    -- not: schemas that an extension made, which CREATE EXTENSION makes again
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
    )
