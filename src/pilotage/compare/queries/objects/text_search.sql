-- Text search parsers, templates, dictionaries and configurations.
SELECT
    'pg_ts_parser'::regclass AS classid,
    p.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'start', p.prsstart::regproc::text,
        'gettoken', p.prstoken::regproc::text,
        'end', p.prsend::regproc::text,
        'headline', nullif(p.prsheadline::oid, 0)::regproc::text,
        'lextypes', p.prslextype::regproc::text
    ) AS facts
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE n.nspname = ANY ($1::text[])
UNION ALL
SELECT
    'pg_ts_template'::regclass,
    t.oid,
    0,
    NULL,
    NULL,
    NULL,
    json_build_object(
        'init', nullif(t.tmplinit::oid, 0)::regproc::text,
        'lexize', t.tmpllexize::regproc::text
    )
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE n.nspname = ANY ($1::text[])
UNION ALL
SELECT
    'pg_ts_dict'::regclass,
    d.oid,
    0,
    NULL,
    NULL,
    NULL,
    json_build_object(
        'owner', pg_get_userbyid(d.dictowner),
        'template', t.tmplnamespace::regnamespace::text || '.' || quote_ident(t.tmplname),
        'options', d.dictinitoption
    )
FROM pg_ts_dict d
JOIN pg_ts_template t ON t.oid = d.dicttemplate
JOIN pg_namespace n ON n.oid = d.dictnamespace
WHERE n.nspname = ANY ($1::text[])
UNION ALL
SELECT
    'pg_ts_config'::regclass,
    c.oid,
    0,
    NULL,
    NULL,
    NULL,
    (
        SELECT json_object_agg(facts.fact, facts.value)
        FROM (
            SELECT 'owner' AS fact, pg_get_userbyid(c.cfgowner)::text AS value
            UNION ALL
            SELECT 'parser', p.prsnamespace::regnamespace::text || '.' || quote_ident(p.prsname)
            FROM pg_ts_parser p
            WHERE p.oid = c.cfgparser
            UNION ALL
            SELECT
                'mapping for ' || token.alias,
                string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)
            FROM pg_ts_config_map m
            JOIN LATERAL ts_token_type(c.cfgparser) AS token ON token.tokid = m.maptokentype
            WHERE m.mapcfg = c.oid
            GROUP BY token.alias
        ) AS facts
    )
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
WHERE n.nspname = ANY ($1::text[])
