-- Values do not leave the server, but for the user's name: their hash does, and the comparison shows not even
-- that. The view pg_user_mappings would hide options from some roles as if there were none.
SELECT
    'pg_user_mapping'::regclass AS classid,
    m.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_object_agg(
        'option ' || o.option_name,
        CASE
            WHEN o.option_name = 'user' THEN o.option_value
            ELSE 'secret:' || encode(sha256(convert_to(o.option_value, 'UTF8')), 'hex')
        END
    ) AS facts
FROM pg_user_mapping m
CROSS JOIN LATERAL pg_options_to_table(m.umoptions) AS o
GROUP BY m.oid
