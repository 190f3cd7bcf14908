BEGIN
    IF pg_catalog.obj_description(
        (SELECT oid FROM pg_catalog.{{catalog}} WHERE {{name_column}} = {{name}}), {{catalog_name}}
    ) IS DISTINCT FROM {{comment}} THEN
        IF (SELECT pg_catalog.pg_has_role(current_user, {{owner_column}}, 'USAGE')
            FROM pg_catalog.{{catalog}} WHERE {{name_column}} = {{name}}) IS NOT FALSE
        THEN
            EXECUTE {{statement}};
        ELSE
            RAISE WARNING USING MESSAGE = {{kind}} || ' ' || pg_catalog.quote_ident({{name}})
                || ' keeps the comment that it has here, for it belongs to another role';
        END IF;
    END IF;
END
