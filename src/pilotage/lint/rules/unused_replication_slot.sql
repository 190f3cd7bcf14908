-- Replication slots of the server, of all databases, that nobody reads and whose log is past its limit, or gone. Why a
-- slot was invalidated is told since PostgreSQL 17.
SELECT
    'replication slot' AS kind,
    s.slot_name AS object,
    format(
        'Replication slot %I, %s, is not in use, and %s',
        s.slot_name,
        CASE WHEN s.database IS NULL THEN 'physical' ELSE format('logical, of database %I', s.database) END,
        CASE s.wal_status
            WHEN 'lost' THEN format('cannot be used any more%s', ' (' || (to_jsonb(s) ->> 'invalidation_reason') || ')')
            ELSE format(
                'holds back %s of the write-ahead log, more than max_slot_wal_keep_size',
                pg_size_pretty(pg_wal_lsn_diff(w.now, s.restart_lsn))
            )
        END
    ) AS detail,
    json_build_object(
        'name', s.slot_name,
        'type', 'replication_slot',
        'entity', s.slot_name,
        'slot_type', s.slot_type,
        'wal_status', s.wal_status,
        'plugin', s.plugin,
        'database', s.database
    ) AS metadata,
    json_build_array(s.slot_name, s.wal_status) AS key,
    CASE s.wal_status WHEN 'lost' THEN 'ERROR' END AS level
FROM pg_replication_slots s
CROSS JOIN (
    SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS now
) AS w
WHERE
    NOT s.active
    -- not: what is within the limits (reserved, extended)
    AND s.wal_status IN ('unreserved', 'lost')
