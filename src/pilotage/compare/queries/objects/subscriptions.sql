-- Subscriptions of this database; how each connects is in subscription_connections.sql. Columns that not every
-- version has are read through JSON; where one is missing, what pg_dump takes for it stands in.
SELECT
    'pg_subscription'::regclass AS classid,
    s.oid AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_build_object(
        'owner', pg_get_userbyid(s.subowner),
        'enabled', s.subenabled::text,
        'slot', s.subslotname::text,
        'publications', (
            SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE "C") FROM unnest(s.subpublications) AS p
        ),
        'synchronous commit', s.subsynccommit,
        'binary', s.subbinary::text,
        'streaming', CASE s.substream::text
            WHEN 'p' THEN 'parallel' WHEN 't' THEN 'on' WHEN 'true' THEN 'on' ELSE 'off'
        END,
        'two-phase commit', (s.subtwophasestate <> 'd')::text,
        'disable on error', s.subdisableonerr::text
    ) AS facts
FROM pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
