-- The target's tablespaces.
SELECT spcname::text AS name, pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS may_use
FROM pg_catalog.pg_tablespace
