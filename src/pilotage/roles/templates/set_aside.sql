DECLARE
    entry record;
    item record;
    prefix pg_catalog.text;
    restoring pg_catalog.text := '';
BEGIN
{{lock}}
    FOR entry IN
        SELECT owner.rolname AS role, namespace.nspname AS schema, defaults.defaclacl AS acl,
            CASE defaults.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS'
                ELSE 'LARGE OBJECTS' END AS objects
          FROM pg_catalog.pg_default_acl AS defaults
          JOIN pg_catalog.pg_roles AS owner ON owner.oid = defaults.defaclrole
          LEFT JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = defaults.defaclnamespace
         WHERE {{which}}
         ORDER BY defaults.oid
    LOOP
        prefix := pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I', entry.role)
            || CASE WHEN entry.schema IS NULL THEN '' ELSE pg_catalog.format(' IN SCHEMA %I', entry.schema) END;
        -- What holds in a schema is added to what holds everywhere, and what holds everywhere stands in the
        -- place of what PostgreSQL gives by itself.
        FOR item IN
            SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END AS grantee
              FROM pg_catalog.aclexplode(entry.acl)
        LOOP
            EXECUTE pg_catalog.format('%s REVOKE ALL ON %s FROM %s', prefix, entry.objects, item.grantee);
        END LOOP;
        IF entry.schema IS NULL THEN
            restoring := restoring || pg_catalog.format(
                E'%s REVOKE ALL ON %s FROM %I;\n%s REVOKE ALL ON %s FROM PUBLIC;\n',
                prefix, entry.objects, entry.role, prefix, entry.objects
            );
            EXECUTE pg_catalog.format('%s GRANT ALL ON %s TO %I', prefix, entry.objects, entry.role);
            IF entry.objects IN ('FUNCTIONS', 'TYPES') THEN
                EXECUTE pg_catalog.format('%s GRANT ALL ON %s TO PUBLIC', prefix, entry.objects);
            END IF;
        END IF;
        FOR item IN
            SELECT privilege_type AS privilege, is_grantable, CASE grantee WHEN 0 THEN 'PUBLIC'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) END AS grantee
              FROM pg_catalog.aclexplode(entry.acl) WITH ORDINALITY AS exploded
                  (grantor, grantee, privilege_type, is_grantable, place)
             ORDER BY place
        LOOP
            restoring := restoring || pg_catalog.format(
                E'%s GRANT %s ON %s TO %s%s;\n', prefix, item.privilege, entry.objects, item.grantee,
                CASE WHEN item.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
            );
        END LOOP;
    END LOOP;
{{note}}
END
