BEGIN
    IF pg_catalog.obj_description(
        (SELECT oid FROM pg_catalog.pg_extension WHERE extname = {{name}}), 'pg_extension'
    ) IS DISTINCT FROM {{comment}} THEN
        IF (SELECT pg_catalog.pg_has_role(current_user, extowner, 'USAGE')
            FROM pg_catalog.pg_extension WHERE extname = {{name}}) IS NOT FALSE
        THEN
            EXECUTE {{statement}};
        ELSE
            RAISE WARNING USING MESSAGE = 'the comment on extension ' || pg_catalog.quote_ident({{name}})
                || ' stays as it is here, for the extension belongs to another role';
        END IF;
    END IF;
END
