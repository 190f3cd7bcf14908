-- How many large objects this role may not read, and one of them.
SELECT count(*) AS number, coalesce(min(m.oid::pg_catalog.int8), 0) AS example
FROM pg_catalog.pg_largeobject_metadata AS m
WHERE
    NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
    AND NOT pg_catalog.current_setting('lo_compat_privileges')::pg_catalog.bool
    AND NOT EXISTS (
        SELECT FROM pg_catalog.aclexplode(
            coalesce(m.lomacl, pg_catalog.acldefault('L', m.lomowner))
        ) AS given
        WHERE
            given.privilege_type = 'SELECT'
            AND (given.grantee = 0 OR pg_catalog.pg_has_role(given.grantee, 'USAGE'))
    )
