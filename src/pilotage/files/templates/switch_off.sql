DECLARE
    relations pg_catalog.regclass[];
    switches record;
    back pg_catalog.text := '';
BEGIN
    -- The tables of this file, and where one is partitioned, its partitions: their triggers are their own.
    SELECT pg_catalog.array_agg(DISTINCT relation) INTO relations FROM (
        SELECT coalesce(tree.relid, named.relation::pg_catalog.regclass) AS relation
        FROM pg_catalog.unnest({{tables}}) AS named (relation)
        LEFT JOIN pg_catalog.pg_partition_tree(named.relation::pg_catalog.regclass) AS tree ON true
    ) AS relations;
    FOR switches IN
        SELECT 1 AS kind, tgrelid::pg_catalog.regclass AS relation, tgname AS name,
            pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I;', tgrelid::pg_catalog.regclass, tgname)
                AS off,
            pg_catalog.format('ALTER TABLE ONLY %s ENABLE%s TRIGGER %I;', tgrelid::pg_catalog.regclass,
                CASE tgenabled WHEN 'A' THEN ' ALWAYS' WHEN 'R' THEN ' REPLICA' ELSE '' END, tgname) AS back
        FROM pg_catalog.pg_trigger
        WHERE tgrelid = ANY (relations) AND NOT tgisinternal AND tgenabled <> 'D'
        UNION ALL
        SELECT 2, ev_class::pg_catalog.regclass, rulename,
            pg_catalog.format('ALTER TABLE %s DISABLE RULE %I;', ev_class::pg_catalog.regclass, rulename),
            pg_catalog.format('ALTER TABLE %s ENABLE%s RULE %I;', ev_class::pg_catalog.regclass,
                CASE ev_enabled WHEN 'A' THEN ' ALWAYS' WHEN 'R' THEN ' REPLICA' ELSE '' END, rulename)
        FROM pg_catalog.pg_rewrite
        WHERE ev_class = ANY (relations) AND rulename <> '_RETURN' AND ev_enabled <> 'D'
        UNION ALL
        SELECT 3, oid::pg_catalog.regclass, '',
            pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;', oid::pg_catalog.regclass),
            pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', oid::pg_catalog.regclass)
        FROM pg_catalog.pg_class
        WHERE oid = ANY (relations) AND relforcerowsecurity
        ORDER BY kind, relation, name
    LOOP
        EXECUTE switches.off;
        back := back || switches.back;
    END LOOP;
    PERFORM pg_catalog.set_config('pilotage.bystanders', back, true);
END
