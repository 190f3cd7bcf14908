-- How this database sorts and classifies text by default. Columns are looked up by name, since PostgreSQL 15
-- and 17 added and renamed them.
SELECT
    coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider,
    coalesce(
        pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale', ''
    ) AS locale,
    d.datcollate::text AS lc_collate,
    d.datctype::text AS lc_ctype,
    coalesce(pg_catalog.to_jsonb(d) ->> 'datcollversion', '') AS version
FROM pg_catalog.pg_database AS d
WHERE d.datname = current_database()
