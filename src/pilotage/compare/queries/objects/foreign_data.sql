-- Foreign-data wrappers and servers. Values that may be secrets do not leave the server: their
-- hash does, and the comparison shows not even that.
SELECT
    f.classid,
    f.objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    (
        SELECT json_object_agg(facts.fact, facts.value)
        FROM (
            SELECT * FROM json_each_text(f.facts)
            UNION ALL
            SELECT
                'option ' || o.option_name,
                CASE
                    WHEN o.option_name ~* 'pass|secret|token|key|cred|auth'
                    THEN 'secret:' || encode(sha256(convert_to(o.option_value, 'UTF8')), 'hex')
                    ELSE o.option_value
                END
            FROM pg_options_to_table(f.options) AS o
        ) AS facts (fact, value)
    ) AS facts
FROM (
    SELECT
        'pg_foreign_data_wrapper'::regclass AS classid,
        w.oid AS objid,
        w.fdwoptions AS options,
        json_build_object(
            'owner', pg_get_userbyid(w.fdwowner),
            'handler', nullif(w.fdwhandler, 0)::regproc::text,
            'validator', nullif(w.fdwvalidator, 0)::regproc::text
        ) AS facts
    FROM pg_foreign_data_wrapper w
    UNION ALL
    SELECT
        'pg_foreign_server'::regclass,
        s.oid,
        s.srvoptions,
        json_build_object(
            'owner', pg_get_userbyid(s.srvowner),
            'foreign-data wrapper', quote_ident(w.fdwname),
            'type', s.srvtype,
            'version', s.srvversion
        )
    FROM pg_foreign_server s
    JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
) AS f
