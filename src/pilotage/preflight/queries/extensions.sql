-- The extensions that the target has, or could have. schema and version are '' where it is only available;
-- default_version is what CREATE EXTENSION installs.
SELECT
    available.name::text AS name,
    coalesce(namespace.nspname::text, '') AS schema,
    coalesce(installed.extversion, '') AS version,
    available.default_version AS default_version,
    coalesce((
        SELECT array_agg(versions.version ORDER BY versions.version)
        FROM pg_catalog.pg_available_extension_versions AS versions
        WHERE versions.name = available.name
    ), '{}') AS versions
FROM pg_catalog.pg_available_extensions AS available
LEFT JOIN pg_catalog.pg_extension AS installed ON installed.extname = available.name
LEFT JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = installed.extnamespace
