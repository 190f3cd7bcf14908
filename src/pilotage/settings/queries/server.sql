-- What a server says of its own size. Settings are those that a new session of this role in this database has
-- (reset_val), whatever this session has set; sizes in bytes. How many cores there are, no server tells.
SELECT
    pg_catalog.pg_backend_pid() AS pid,
    (SELECT s.reset_val::pg_catalog.int8 * 1024 FROM pg_catalog.pg_settings AS s WHERE s.name = 'maintenance_work_mem')
        AS maintenance_work_mem,
    (SELECT s.reset_val::pg_catalog.int8 * 1024 FROM pg_catalog.pg_settings AS s WHERE s.name = 'work_mem') AS work_mem,
    pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) AS shared_buffers,
    least(
        pg_catalog.current_setting('max_worker_processes')::pg_catalog.int4,
        (SELECT s.reset_val::pg_catalog.int4 FROM pg_catalog.pg_settings AS s WHERE s.name = 'max_parallel_workers')
    ) AS workers,
    pg_catalog.current_setting('dynamic_shared_memory_type') AS dynamic_shared_memory_type
