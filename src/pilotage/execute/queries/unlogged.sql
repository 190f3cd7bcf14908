-- Unlogged tables and sequences, with their triggers and the statements on them as pg_dump has them.
SELECT
    c.relkind = 'S' AS is_sequence,
    json_build_object('schema', n.nspname, 'name', c.relname) AS name,
    (
        SELECT coalesce(json_agg(json_build_object(
            'is_ours_to_drop', t.tgparentid = 0,
            'drop', format('DROP TRIGGER %I ON %I.%I;', t.tgname, n.nspname, c.relname),
            'comment', format('COMMENT ON TRIGGER %I ON %I.%I IS', t.tgname, n.nspname, c.relname)
        )), '[]')
        FROM pg_trigger t
        -- not: those that implement foreign keys
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
    ) AS triggers
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
-- not: partitioned tables, which store nothing, and indexes, which follow their tables
WHERE c.relkind IN ('r', 'S') AND c.relpersistence = 'u'
