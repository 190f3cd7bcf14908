-- Every extension of the database, in scope or not: what is in scope may use it. plpgsql, which every
-- database has, is listed too, because it can be dropped.
SELECT
    e.extname AS name,
    e.extversion AS version,
    n.nspname AS schema,
    ARRAY(
        SELECT json_build_object('schema', cn.nspname, 'name', c.relname)
        FROM unnest(e.extconfig) AS config(oid)
        JOIN pg_class c ON c.oid = config.oid
        JOIN pg_namespace cn ON cn.oid = c.relnamespace
        WHERE c.relkind = 'r'
        ORDER BY cn.nspname COLLATE "C", c.relname COLLATE "C"
    ) AS configuration_tables,
    ARRAY(
        SELECT json_build_object('schema', cn.nspname, 'name', c.relname)
        FROM pg_depend d
        JOIN pg_class c ON c.oid = d.objid
        JOIN pg_namespace cn ON cn.oid = c.relnamespace
        WHERE
            d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
            AND d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.deptype = 'e'
            AND c.relkind IN ('r', 'p')
            -- not: configuration tables, whose rows are taken along
            AND c.oid <> ALL (coalesce(e.extconfig, '{}'))
        ORDER BY cn.nspname COLLATE "C", c.relname COLLATE "C"
    ) AS other_tables,
    ARRAY(
        -- older servers write the schema of PostgreSQL's own types in a cast, newer ones do not
        SELECT identified.type || ' ' || CASE identified.type
            WHEN 'cast' THEN replace(identified.identity, 'pg_catalog.', '')
            ELSE identified.identity
        END
        FROM pg_depend d
        CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) AS identified
        WHERE
            d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
            -- not: types that come with a table or with their elements'; only some versions list them
            AND NOT EXISTS (
                SELECT FROM pg_type t
                LEFT JOIN pg_class tc ON tc.oid = t.typrelid
                WHERE
                    d.classid = 'pg_type'::regclass AND t.oid = d.objid
                    AND (tc.relkind <> 'c' OR EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid))
            )
        ORDER BY identified.type COLLATE "C", identified.identity COLLATE "C"
    ) AS members,
    ARRAY(
        SELECT json_build_object('schema', tn.nspname, 'name', t.typname)
        FROM pg_depend d
        JOIN pg_type t ON t.oid = d.objid
        JOIN pg_namespace tn ON tn.oid = t.typnamespace
        WHERE
            d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
            AND d.classid = 'pg_type'::regclass AND d.deptype = 'e'
            -- not: array types, which come with their elements'
            AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid)
            -- not: row types, which come with their tables; only newer versions list them
            AND NOT EXISTS (SELECT FROM pg_class tc WHERE tc.oid = t.typrelid AND tc.relkind <> 'c')
        ORDER BY tn.nspname COLLATE "C", t.typname COLLATE "C"
    ) AS types
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
