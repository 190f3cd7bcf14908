-- Types that users made: enums, domains, ranges, composite, base and shell types.
SELECT
    'pg_type'::regclass AS classid,
    t.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'kind', CASE
            WHEN NOT t.typisdefined THEN 'shell'
            ELSE CASE t.typtype
                WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' WHEN 'c' THEN 'composite'
                ELSE 'base'
            END
        END,
        'owner', pg_get_userbyid(t.typowner),
        'labels', CASE WHEN t.typtype = 'e' THEN (
            SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
            FROM pg_enum e
            WHERE e.enumtypid = t.oid
        ) END,
        'attributes', CASE WHEN t.typtype = 'c' THEN (
            SELECT string_agg(
                quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || CASE
                    WHEN a.attcollation NOT IN (0, at.typcollation)
                    THEN ' COLLATE ' || a.attcollation::regcollation::text
                    ELSE ''
                END,
                ', ' ORDER BY a.attnum
            )
            FROM pg_attribute a
            JOIN pg_type at ON at.oid = a.atttypid
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ) END,
        'base type', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'collation', CASE
            WHEN t.typtype = 'd' AND t.typcollation NOT IN (0, domain_base.typcollation)
            THEN t.typcollation::regcollation::text
        END,
        'not null', CASE WHEN t.typtype = 'd' AND t.typnotnull THEN 'true' END,
        'default', CASE WHEN t.typdefaultbin IS NOT NULL THEN pg_get_expr(t.typdefaultbin, 0) ELSE t.typdefault END,
        'range', (
            SELECT concat_ws(
                ', ',
                'subtype = ' || format_type(r.rngsubtype, NULL),
                'subtype_opclass = ' || oc.opcnamespace::regnamespace::text || '.' || quote_ident(oc.opcname),
                'collation = ' || nullif(r.rngcollation, 0)::regcollation::text,
                'canonical = ' || nullif(r.rngcanonical::oid, 0)::regproc::text,
                'subtype_diff = ' || nullif(r.rngsubdiff::oid, 0)::regproc::text,
                'multirange_type_name = ' || format_type(r.rngmultitypid, NULL)
            )
            FROM pg_range r
            JOIN pg_opclass oc ON oc.oid = r.rngsubopc
            WHERE r.rngtypid = t.oid
        ),
        'definition', CASE WHEN t.typtype = 'b' THEN concat_ws(
            ', ',
            'input = ' || t.typinput::regproc::text,
            'output = ' || t.typoutput::regproc::text,
            'receive = ' || t.typreceive::regproc::text,
            'send = ' || t.typsend::regproc::text,
            'typmod_in = ' || t.typmodin::regproc::text,
            'typmod_out = ' || t.typmodout::regproc::text,
            'analyze = ' || t.typanalyze::regproc::text,
            'subscript = ' || t.typsubscript::regproc::text,
            'internallength = ' || t.typlen,
            'passedbyvalue = ' || t.typbyval,
            'alignment = ' || t.typalign::text,
            'storage = ' || t.typstorage::text,
            'category = ' || t.typcategory::text,
            'preferred = ' || t.typispreferred,
            'delimiter = ' || t.typdelim::text,
            'element = ' || format_type(nullif(t.typelem, 0), NULL),
            'collatable = ' || (t.typcollation <> 0)
        ) END
    ) AS facts
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
LEFT JOIN pg_type domain_base ON domain_base.oid = t.typbasetype
LEFT JOIN pg_type element ON element.typarray = t.oid
WHERE
    n.nspname = ANY ($1::text[])
    -- not: array types, which come with their elements
    AND element.oid IS NULL
    -- not: multirange types, which come with their ranges; not: the row types of tables and views
    AND t.typtype <> 'm'
    AND (t.typtype <> 'c' OR c.relkind = 'c')
