-- Types that users made, with what they consist of.
SELECT
    json_build_object('schema', n.nspname, 'name', t.typname) AS name,
    CASE t.typtype
        WHEN 'e' THEN 'enum'
        WHEN 'd' THEN 'domain'
        WHEN 'r' THEN 'range'
        WHEN 'm' THEN 'multirange'
        WHEN 'c' THEN 'composite'
        ELSE 'base'
    END AS kind,
    -- a multirange is owned with its range, which only servers before 16 hold apart: no statement gives it away
    pg_get_userbyid(coalesce(made_with.typowner, t.typowner)) AS owner,
    CASE t.typtype
        WHEN 'e' THEN (
            -- nothing to aggregate: an enum without values
            SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
            FROM pg_enum e
            WHERE e.enumtypid = t.oid
        )
        WHEN 'd' THEN to_json(array_remove(ARRAY[
            format_type(t.typbasetype, t.typtypmod),
            CASE
                WHEN t.typcollation <> base.typcollation
                THEN (
                    SELECT 'COLLATE ' || quote_ident(cn.nspname) || '.' || quote_ident(co.collname)
                    FROM pg_collation co
                    JOIN pg_namespace cn ON cn.oid = co.collnamespace
                    WHERE co.oid = t.typcollation
                )
            END,
            CASE WHEN t.typnotnull THEN 'NOT NULL' END,
            'DEFAULT ' || t.typdefault
        ], NULL))
        WHEN 'r' THEN (
            SELECT json_build_array(format_type(r.rngsubtype, NULL)) FROM pg_range r WHERE r.rngtypid = t.oid
        )
        WHEN 'm' THEN (
            SELECT json_build_array(format_type(r.rngtypid, NULL)) FROM pg_range r WHERE r.rngmultitypid = t.oid
        )
        WHEN 'c' THEN (
            -- nothing to aggregate: a composite type without attributes
            SELECT coalesce(json_agg(
                quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum
            ), '[]')
            FROM pg_attribute a
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        )
        ELSE json_build_array('INPUT ' || t.typinput, 'OUTPUT ' || t.typoutput)
    END AS detail
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type base ON base.oid = t.typbasetype
-- an array type is the one that its element names; pg_type has no index for that, so it is joined
LEFT JOIN pg_type element ON element.typarray = t.oid
LEFT JOIN pg_range of_range ON of_range.rngmultitypid = t.oid AND t.typtype = 'm'
LEFT JOIN pg_type made_with ON made_with.oid = of_range.rngtypid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: shell types, which are promises of a type
    AND t.typisdefined
    -- not: array types, which come with their elements
    AND element.oid IS NULL
    -- not: pseudo-types; not: the row types of tables and views, which come with their relations
    AND (t.typtype IN ('e', 'd', 'r', 'm', 'b') OR c.relkind = 'c')
    -- not: members of extensions; a composite type's membership is its own, not its relation's
    AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )
    -- not: the multiranges of ranges that are members of extensions
    AND NOT EXISTS (
        SELECT
        FROM pg_range r
        JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = r.rngtypid AND d.deptype = 'e'
        WHERE r.rngmultitypid = t.oid
    )
