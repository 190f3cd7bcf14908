-- Whether an index of a table ($1, as SQL reads its name) that this transaction has made may not be used by it: rows
-- were found of which another version, on the same page, is not in the index (README.HOT in src/backend/access/heap).
SELECT coalesce(bool_or(i.indcheckxmin), false)
FROM pg_index i
WHERE
    -- not: those that are older than this transaction
    age(i.xmin) <= age(pg_current_xact_id()::xid)
    AND (
        i.indrelid = $1::text::regclass
        OR i.indrelid IN (SELECT part.relid FROM pg_partition_tree($1::text::regclass) AS part)
    )
