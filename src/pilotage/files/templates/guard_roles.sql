DECLARE
    missing pg_catalog.text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(role), ', ') INTO missing
        FROM pg_catalog.unnest({{roles}}) AS needed (role)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING
            MESSAGE = 'roles that these files give objects or privileges to do not exist here: ' || missing,
            HINT = {{hint}};
    END IF;
END
