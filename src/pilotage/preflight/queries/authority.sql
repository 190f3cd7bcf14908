-- What the current role may do in the name of each of these roles ($1), of those that exist: give them objects,
-- which takes SET ROLE, and go on working with those, which takes their privileges.
SELECT role.rolname AS role,
       -- Since PostgreSQL 16 a member may be one who must not SET ROLE.
       pg_catalog.pg_has_role(current_user, role.oid,
           CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
               THEN 'MEMBER' ELSE 'SET' END
       ) AS member,
       pg_catalog.pg_has_role(current_user, role.oid, 'USAGE') AS inherits
  FROM pg_catalog.pg_roles AS role
 WHERE role.rolname = ANY ($1::text[])
