            WITH relations AS (
                SELECT to_regclass(name)::oid AS oid FROM unnest({{relations}}) AS named (name)
            )
            SELECT 'in all' AS what, 'foreign keys on these tables' AS object, '{{keys}}' AS expected,
                count(*)::text AS found
            FROM pg_constraint JOIN relations ON relations.oid = conrelid
            WHERE contype = 'f' AND conparentid = 0
            UNION ALL
            SELECT 'in all', 'triggers on these tables', '{{triggers}}', count(*)::text
            FROM pg_trigger JOIN relations ON relations.oid = tgrelid
            WHERE NOT tgisinternal
            UNION ALL
            SELECT 'in all', 'policies on these tables', '{{policies}}', count(*)::text
            FROM pg_policy JOIN relations ON relations.oid = polrelid
