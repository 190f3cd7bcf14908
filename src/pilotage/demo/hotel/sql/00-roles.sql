-- The roles that a Supabase project speaks of. Roles belong to the whole cluster, so each is made only where
-- it is missing; two databases may be created side by side, so losing that race is no error. Always in the
-- same order, since what is granted to several roles is listed in that of their OIDs.

DO $roles$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('anon', 'NOLOGIN NOINHERIT'),
            ('authenticated', 'NOLOGIN NOINHERIT'),
            ('service_role', 'NOLOGIN NOINHERIT BYPASSRLS')
        ) AS role (name, options)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role.name)
        ORDER BY name
    LOOP
        BEGIN
            EXECUTE pg_catalog.format('CREATE ROLE %I %s', wanted.name, wanted.options);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$roles$;
