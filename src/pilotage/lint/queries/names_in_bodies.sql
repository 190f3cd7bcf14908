-- What words of bodies may name, wherever it is; and the server's own functions among them that look up names themselves.
--
-- $1: words, $2: operators.
WITH schemas AS (
    SELECT n.oid, n.nspname
    FROM pg_namespace n
    -- not: the server's own; temporary tables, which any search_path finds
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
)
SELECT
    'schema' AS kind, n.nspname AS schema, n.nspname AS name, n.oid::bigint AS oid, '[]'::json AS types,
    false AS shadowed
FROM pg_namespace n
WHERE n.nspname = ANY ($1::text[])
UNION ALL
SELECT 'relation', n.nspname, c.relname, c.oid::bigint, '[]'::json, false
FROM pg_class c
JOIN schemas n ON n.oid = c.relnamespace
WHERE c.relname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
UNION ALL
SELECT 'other', n.nspname, t.typname, t.oid::bigint, '[]'::json, false
FROM pg_type t
JOIN schemas n ON n.oid = t.typnamespace
-- not: the types of rows, which are named as their relations
WHERE t.typname = ANY ($1::text[]) AND t.typrelid = 0
UNION ALL
SELECT 'other', n.nspname, l.collname, l.oid::bigint, '[]'::json, false
FROM pg_collation l
JOIN schemas n ON n.oid = l.collnamespace
WHERE l.collname = ANY ($1::text[])
UNION ALL
SELECT 'configuration', n.nspname, f.cfgname, f.oid::bigint, '[]'::json, false
FROM pg_ts_config f
JOIN schemas n ON n.oid = f.cfgnamespace
WHERE f.cfgname = ANY ($1::text[])
UNION ALL
SELECT
    'function', n.nspname, p.proname, p.oid::bigint,
    (SELECT coalesce(json_agg(u.type::bigint), '[]') FROM unnest(p.proargtypes::oid[]) AS u (type)),
    -- pg_catalog comes first, and of two with the same arguments, its own is called
    EXISTS (
        SELECT FROM pg_proc b
        WHERE
            b.pronamespace = 'pg_catalog'::regnamespace
            AND b.proname = p.proname
            AND b.proargtypes = p.proargtypes
    )
FROM pg_proc p
JOIN schemas n ON n.oid = p.pronamespace
WHERE p.proname = ANY ($1::text[])
UNION ALL
SELECT
    'operator', n.nspname, o.oprname, o.oid::bigint, json_build_array(o.oprleft::bigint, o.oprright::bigint),
    EXISTS (
        SELECT FROM pg_operator b
        WHERE
            b.oprnamespace = 'pg_catalog'::regnamespace
            AND b.oprname = o.oprname
            AND b.oprleft = o.oprleft
            AND b.oprright = o.oprright
    )
FROM pg_operator o
JOIN schemas n ON n.oid = o.oprnamespace
WHERE o.oprname = ANY ($2::text[])
UNION ALL
SELECT
    CASE
        WHEN p.proname IN ('nextval', 'currval', 'setval', 'current_setting', 'set_config') THEN 'looks up constant'
        -- some take a name only as that of a configuration for text search
        WHEN NOT bool_or(p.by_name) AND bool_and(p.only_configuration OR NOT p.looks_up) THEN 'looks up configuration'
        ELSE 'looks up'
    END, 'pg_catalog', p.proname, min(p.oid)::bigint, '[]'::json, false
FROM (
    SELECT
        b.oid,
        b.proname,
        -- by name, or as a text that is a query
        b.proname ~ '^(pg_get_|pg_describe_|pg_identify_|to_reg|has_.*_privilege$|current_schema|current_setting$|set_config$)'
        OR b.proname ~ '^(ts_stat|ts_rewrite|ts_parse|ts_token_type|pg_input_is_valid|pg_input_error_info)$'
        OR b.proname ~ '^(format_type|oidvectortypes|row_security_active|obj_description|col_description)$'
        OR b.proname ~ '(_to_xml|_is_visible)' AS by_name,
        -- takes or gives what is looked up
        b.types && r.types AS looks_up,
        NOT b.types && array_remove(r.types, 'regconfig'::regtype::oid) AS only_configuration
    FROM (
        SELECT f.oid, f.proname, f.proargtypes::oid[] || f.prorettype AS types
        FROM pg_proc f
        WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.proname = ANY ($1::text[])
    ) AS b
    CROSS JOIN (
        SELECT
            ARRAY[
                'regclass', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator', 'regconfig',
                'regdictionary', 'regcollation'
            ]::regtype[]::oid[] AS types
    ) AS r
) AS p
GROUP BY p.proname
HAVING bool_or(p.by_name OR p.looks_up)
UNION ALL
-- what needs no schema
SELECT 'known', 'pg_catalog', w.word, 0, '[]'::json, false
FROM unnest($1::text[]) AS w (word)
WHERE
    w.word IN (SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace)
    OR w.word IN (SELECT t.typname::text FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace)
    OR w.word IN (SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace)
    -- the rows before and after, where a trigger's function has them as tables
    OR w.word IN (SELECT g.tgoldtable::text FROM pg_trigger g WHERE g.tgoldtable IS NOT NULL)
    OR w.word IN (SELECT g.tgnewtable::text FROM pg_trigger g WHERE g.tgnewtable IS NOT NULL)
UNION ALL
-- the server's catalogs with columns that are printed by the path
SELECT 'prints', 'pg_catalog', c.relname, c.oid::bigint, '[]'::json, false
FROM pg_class c
WHERE
    c.relnamespace = 'pg_catalog'::regnamespace
    AND c.relname = ANY ($1::text[])
    AND EXISTS (
        SELECT FROM pg_attribute a
        WHERE
            a.attrelid = c.oid
            AND a.atttypid = ANY (
                ARRAY['regclass', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator']::regtype[]::oid[]
            )
    )
