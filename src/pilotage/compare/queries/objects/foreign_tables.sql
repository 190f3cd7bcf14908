-- What only foreign tables have.
SELECT
    'pg_class'::regclass AS classid,
    t.ftrelid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    (
        SELECT json_object_agg(facts.fact, facts.value)
        FROM (
            SELECT 'server', quote_ident(s.srvname)
            UNION ALL
            SELECT
                'option ' || o.option_name,
                CASE
                    WHEN o.option_name ~* 'pass|secret|token|key|cred|auth'
                    THEN 'secret:' || encode(sha256(convert_to(o.option_value, 'UTF8')), 'hex')
                    ELSE o.option_value
                END
            FROM pg_options_to_table(t.ftoptions) AS o
        ) AS facts (fact, value)
    ) AS facts
FROM pg_foreign_table t
JOIN pg_foreign_server s ON s.oid = t.ftserver
JOIN pg_class c ON c.oid = t.ftrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::text[])
