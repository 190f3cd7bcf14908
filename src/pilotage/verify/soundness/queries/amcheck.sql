-- The functions of the extension amcheck that check indexes; none where it is not installed. How many arguments
-- bt_index_check takes at most depends on the extension's version: the third is "checkunique", since 1.4.
SELECT
    json_build_object('schema', n.nspname, 'name', p.proname) AS name,
    p.pronargs AS arguments,
    has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE') AS usable
FROM pg_extension e
JOIN pg_depend d
    ON d.refclassid = 'pg_extension'::regclass
    AND d.refobjid = e.oid
    AND d.classid = 'pg_proc'::regclass
    AND d.deptype = 'e'
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE e.extname = 'amcheck' AND p.proname IN ('bt_index_check', 'gin_index_check')
ORDER BY p.proname, p.pronargs DESC
