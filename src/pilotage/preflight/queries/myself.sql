-- The role that connected, whichever it has taken on since, and whether it may take on $1.
SELECT me.rolname AS name, me.rolsuper AS superuser, me.rolcreaterole AS create_role,
       coalesce(
           (SELECT pg_catalog.pg_has_role(me.oid, wanted.oid,
                       CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
                           THEN 'MEMBER' ELSE 'SET' END)
              FROM pg_catalog.pg_roles AS wanted WHERE wanted.rolname = $1::text),
           true
       ) AS may_take_on
  FROM pg_catalog.pg_roles AS me
 WHERE me.rolname = session_user
