-- For how many locks the server has room, and how many relations in the schemas of $1 pg_dump locks at once.
SELECT
    pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8 AS per_transaction,
    pg_catalog.current_setting('max_connections')::pg_catalog.int8
    + pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8 AS transactions,
    (
        SELECT count(*)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        -- not: sequences and indexes, which it reads about and does not lock
        WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ) AS relations
