-- Publications, the tables of each with their columns and conditions, and the schemas of each.
SELECT
    'pg_publication'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(p.pubowner),
        'all tables', p.puballtables::text,
        'publish', concat_ws(
            ', ',
            CASE WHEN p.pubinsert THEN 'insert' END,
            CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END,
            CASE WHEN p.pubtruncate THEN 'truncate' END
        ),
        'publish via partition root', p.pubviaroot::text,
        -- since PostgreSQL 18; before, none were published
        'generated columns', CASE coalesce(to_jsonb(p) ->> 'pubgencols', 'n')
            WHEN 'n' THEN 'none' WHEN 's' THEN 'stored'
        END
    ) AS facts
FROM pg_publication p
UNION ALL
SELECT
    'pg_publication_rel'::regclass,
    r.oid,
    0,
    'pg_publication'::regclass,
    r.prpubid,
    NULL,
    json_build_object(
        'columns', (
            SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C")
            FROM pg_attribute a
            WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)
        ),
        'where', pg_get_expr(r.prqual, r.prrelid)
    )
FROM pg_publication_rel r
UNION ALL
SELECT
    'pg_publication_namespace'::regclass,
    s.oid,
    0,
    'pg_publication'::regclass,
    s.pnpubid,
    NULL,
    '{}'::json
FROM pg_publication_namespace s
