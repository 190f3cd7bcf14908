-- Functions that users wrote, with their text: what policies and views may call; procedures, for what these may CALL.
SELECT
    json_build_object('schema', n.nspname, 'name', p.proname) AS name,
    l.lanname AS language,
    l.lanpltrusted OR l.lanname IN ('internal', 'c') AS trusted,
    NOT o.rolsuper AND (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = session_user) AS distrusted,
    -- called by no name in a text: by an operator, a cast, a domain, a range, an aggregate or a default of an argument
    EXISTS (
        SELECT FROM pg_depend h
        LEFT JOIN pg_proc f ON h.classid = 'pg_proc'::regclass AND f.oid = h.objid
        LEFT JOIN pg_constraint x ON h.classid = 'pg_constraint'::regclass AND x.oid = h.objid
        WHERE
            h.refclassid = 'pg_proc'::regclass
            AND h.refobjid = p.oid
            AND (
                h.classid IN ('pg_operator'::regclass, 'pg_cast'::regclass, 'pg_type'::regclass)
                OR f.prokind = 'a'
                OR f.pronargdefaults > 0
                OR x.contypid <> 0
            )
    ) AS hidden,
    coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body,
    e.extname AS extension
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
JOIN pg_roles o ON o.oid = p.proowner
LEFT JOIN pg_depend d
    ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_extension e ON e.oid = d.refobjid
WHERE
    -- not: the server's own, which are known by name
    n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND p.prokind IN ('f', 'w', 'p')
    -- not: functions of extensions that only compute
    AND (e.extname IS NULL OR e.extname ~* '^(dblink|http|pg_net|plpython3u|plperlu|pltclu|postgres_fdw|pg_cron|aws_.*|wrappers|pgmq)$')
