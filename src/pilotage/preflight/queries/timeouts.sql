-- Time-outs that end statements, waits or sessions of this role in this database, unless a session sets them
-- otherwise, and where they were set. boot_val of each is 0, which is: never.
SELECT
    s.name,
    s.reset_val || coalesce(s.unit, '') AS value,
    coalesce((
        SELECT CASE
            WHEN d.setrole = 0 THEN 'database'
            WHEN d.setdatabase = 0 THEN 'role'
            ELSE 'role in database'
        END
        FROM pg_catalog.pg_db_role_setting AS d
        CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS entry (setting)
        WHERE
            d.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user))
            AND d.setdatabase IN (
                0, (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = current_database())
            )
            AND pg_catalog.split_part(entry.setting, '=', 1) = s.name
        -- what is more specific wins
        ORDER BY d.setrole <> 0 AND d.setdatabase <> 0 DESC, d.setrole <> 0 DESC
        LIMIT 1
    ), '') AS set_for
FROM pg_catalog.pg_settings AS s
WHERE
    s.name IN (
        'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
        'transaction_timeout'
    )
    AND s.reset_val <> '0'
ORDER BY s.name
