DECLARE
    relations pg_catalog.regclass[];
    keys record;
    back pg_catalog.text := '';
BEGIN
    SELECT pg_catalog.array_agg(DISTINCT relation) INTO relations FROM (
        SELECT coalesce(tree.relid, named.relation::pg_catalog.regclass) AS relation
        FROM pg_catalog.unnest({{tables}}) AS named (relation)
        LEFT JOIN pg_catalog.pg_partition_ancestors(named.relation::pg_catalog.regclass) AS tree (relid) ON true
    ) AS relations;
    FOR keys IN
        SELECT pg_catalog.format('ALTER TABLE %s ALTER CONSTRAINT %I', conrelid::pg_catalog.regclass, conname)
            AS altered
        FROM pg_catalog.pg_constraint AS con
        WHERE contype = 'f' AND NOT condeferrable
            AND (conrelid = ANY (relations) OR confrelid = ANY (relations))
            -- not: copies that partitions hold, which follow the key as it was declared
            AND conparentid = 0
            -- not: keys that are NOT ENFORCED, known since PostgreSQL 18
            AND coalesce((pg_catalog.to_jsonb(con) ->> 'conenforced')::pg_catalog.bool, true)
        ORDER BY altered
    LOOP
        EXECUTE keys.altered || ' DEFERRABLE';
        back := back || keys.altered || ' NOT DEFERRABLE;';
    END LOOP;
    PERFORM pg_catalog.set_config('pilotage.immediate_keys', back, true);
END
