-- Which schemas an HTTP interface in front of the database shows, and to which roles.
--
-- PostgREST and Supabase take the schemas from the setting pgrst.db_schemas, of the database, of the role that
-- connects, or of the server. Where nothing sets it, it is the schema public.
SELECT
    (
        SELECT coalesce(json_agg(DISTINCT btrim(s.name, E' \t\r\n')), '["public"]')
        FROM (
            SELECT o.option_value AS value
            FROM pg_db_role_setting d
            CROSS JOIN LATERAL pg_options_to_table(d.setconfig) AS o
            WHERE
                o.option_name = 'pgrst.db_schemas'
                AND d.setdatabase IN (0, (SELECT b.oid FROM pg_database b WHERE b.datname = current_database()))
            UNION ALL
            SELECT current_setting('pgrst.db_schemas', true)
        ) AS settings
        CROSS JOIN LATERAL string_to_table(settings.value, ',') AS s (name)
        WHERE btrim(s.name, E' \t\r\n') <> ''
    ) AS schemas,
    (
        SELECT coalesce(json_agg(r.rolname ORDER BY r.rolname COLLATE "C"), '[]')
        FROM pg_roles r
        WHERE r.rolname IN ('anon', 'authenticated')
    ) AS roles
