-- Settings of a target that decide how long a load takes, and what it is worth. Sizes in bytes.
SELECT
    pg_catalog.current_setting('fsync')::pg_catalog.bool AS fsync,
    pg_catalog.current_setting('full_page_writes')::pg_catalog.bool AS full_page_writes,
    pg_catalog.current_setting('wal_level') AS wal_level,
    pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')) AS max_wal_size,
    pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')) AS maintenance_work_mem,
    CASE pg_catalog.current_setting('temp_file_limit')
        WHEN '-1' THEN -1
        ELSE pg_catalog.pg_size_bytes(pg_catalog.current_setting('temp_file_limit'))
    END AS temp_file_limit
