-- ALTER DATABASE ... SET, ALTER ROLE ... SET and ALTER ROLE ... IN DATABASE ... SET.
SELECT
    CASE WHEN s.setrole = 0 THEN 'pg_database'::regclass ELSE 'pg_authid'::regclass END AS classid,
    CASE WHEN s.setrole = 0 THEN s.setdatabase ELSE s.setrole END AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_object_agg(
        format(
            'setting %s%s',
            split_part(u.setting, '=', 1),
            CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN ' in this database' ELSE '' END
        ),
        substr(u.setting, strpos(u.setting, '=') + 1)
    ) AS facts
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) AS u (setting)
WHERE
    s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
    -- not: for all roles in all databases, which is the server's
    AND NOT (s.setrole = 0 AND s.setdatabase = 0)
GROUP BY s.setrole, s.setdatabase
