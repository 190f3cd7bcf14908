-- What a server says of its own size. Settings are those that a new session of this role in this database has
-- (reset_val), whatever this session has set; sizes in bytes. How many cores there are, no server tells.
SELECT
    pg_catalog.pg_backend_pid() AS pid,
    max(s.reset_val::pg_catalog.int8) FILTER (WHERE s.name = 'maintenance_work_mem') * 1024 AS maintenance_work_mem,
    max(s.reset_val::pg_catalog.int8) FILTER (WHERE s.name = 'work_mem') * 1024 AS work_mem,
    max(s.reset_val::pg_catalog.int8) FILTER (WHERE s.name = 'shared_buffers')
        * pg_catalog.current_setting('block_size')::pg_catalog.int8 AS shared_buffers,
    least(
        max(s.reset_val::pg_catalog.int8) FILTER (WHERE s.name = 'max_worker_processes'),
        max(s.reset_val::pg_catalog.int8) FILTER (WHERE s.name = 'max_parallel_workers')
    ) AS workers,
    max(s.reset_val) FILTER (WHERE s.name = 'dynamic_shared_memory_type') AS dynamic_shared_memory_type,
    -- those of the settings of $1 that this server knows
    coalesce(json_agg(lower(s.name)) FILTER (WHERE lower(s.name) = ANY ($1::pg_catalog.text[])), '[]') AS known
FROM pg_catalog.pg_settings AS s
WHERE
    lower(s.name) = ANY ($1::pg_catalog.text[])
    OR s.name IN (
        'maintenance_work_mem', 'work_mem', 'shared_buffers', 'max_worker_processes', 'max_parallel_workers',
        'dynamic_shared_memory_type'
    )
