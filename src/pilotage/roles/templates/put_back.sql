BEGIN
    IF pg_catalog.current_setting({{setting}}) <> '' THEN
        EXECUTE pg_catalog.current_setting({{setting}});
    END IF;
END
