-- The transaction's snapshot, and what tells whether a later one belongs to the same history of the same database.
-- The functions of pg_current_wal_... do not exist on a standby.
SELECT
    pg_snapshot_xmin(pg_current_snapshot())::text::int8 AS xmin,
    CASE WHEN NOT pg_is_in_recovery() THEN
        (SELECT system_identifier FROM pg_control_system())
        -- the timeline that is written now; that of pg_control_checkpoint() lags behind a promotion
        || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
    ELSE '' END AS lineage,
    -- A server that crashed, or one of whose processes crashed, begins its statistics anew; after an orderly
    -- restart it goes on with the old ones. Somebody's pg_stat_reset_shared() looks like a crash.
    coalesce(
        (SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') FROM pg_stat_bgwriter), ''
    ) AS running_since,
    CASE WHEN NOT pg_is_in_recovery() THEN
        pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()
    ELSE false END AS flushed
