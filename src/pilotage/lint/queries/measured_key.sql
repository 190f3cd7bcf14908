-- The foreign key $3 of the table $1.$2, and what the server asks about it when a row that it references is deleted:
-- see RI_FKey_noaction_del() and ri_GenerateQual() in src/backend/utils/adt/ri_triggers.c.
SELECT
    json_build_object('schema', rn.nspname, 'name', rc.relname) AS referenced,
    -- the owner, or who has the owner's rights, may create an index; on a table that others read and write
    pg_has_role(c.relowner, 'USAGE') AS owned,
    -- a partition may be another server's
    EXISTS (
        SELECT FROM pg_partition_tree(c.oid) AS part JOIN pg_class pc ON pc.oid = part.relid WHERE pc.relkind = 'f'
    ) AS foreign,
    -- parts hold the rows, otherwise children that inherit are not asked
    c.relkind = 'p' AS partitioned,
    (
        SELECT
            json_agg(
                json_build_object(
                    'name', a.attname,
                    'referenced', ra.attname,
                    -- not: of anyarray and the like; a domain's checks are nobody's business here
                    'type', CASE WHEN lt.typtype <> 'p' THEN format_type(lt.oid, NULL) END,
                    'operator', format('OPERATOR(%I.%s)', opn.nspname, o.oprname)
                )
                ORDER BY k.position
            )
        FROM unnest(con.conkey, con.confkey, con.conpfeqop)
            WITH ORDINALITY AS k (attnum, referenced_attnum, operator, position)
        JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum
        JOIN pg_attribute ra ON ra.attrelid = con.confrelid AND ra.attnum = k.referenced_attnum
        JOIN pg_operator o ON o.oid = k.operator
        JOIN pg_type lt ON lt.oid = o.oprleft
        JOIN pg_namespace opn ON opn.oid = o.oprnamespace
    ) AS columns
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class rc ON rc.oid = con.confrelid
JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE con.contype = 'f' AND n.nspname = $1 AND c.relname = $2 AND con.conname = $3
