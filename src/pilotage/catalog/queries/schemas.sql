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
    -- not: pilotage's own journal, which is there for as long as work on the database is not finished
    AND NOT (
        n.nspname = 'pilotage'
        AND coalesce(obj_description(n.oid, 'pg_namespace'), '')
            = 'what pilotage notes while it works; gone when it is done'
    )
