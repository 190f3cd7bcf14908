-- The role that connected, the role that it will act as ($1, or itself), and whether it may take that on.
SELECT me.rolname AS name, acting.rolname AS acting,
       acting.rolsuper AS superuser, acting.rolcreaterole AS create_role,
       pg_catalog.pg_has_role(me.oid, acting.oid,
           CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
               THEN 'MEMBER' ELSE 'SET' END
       ) AS may_take_on
  FROM pg_catalog.pg_roles AS me
  LEFT JOIN pg_catalog.pg_roles AS wanted ON wanted.rolname = $1::text
  JOIN pg_catalog.pg_roles AS acting ON acting.oid = coalesce(wanted.oid, me.oid)
 WHERE me.rolname = session_user
