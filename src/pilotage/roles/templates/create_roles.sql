DECLARE
    wanted record;
    created pg_catalog.text[] := '{}';
    refused pg_catalog.text[] := '{}';
    membership pg_catalog.text;
BEGIN
    -- Who creates a role without being a superuser needs to be a member of it to give it objects. PostgreSQL 16
    -- and later make it one where this is set.
    PERFORM pg_catalog.set_config(name, 'set, inherit', true)
        FROM pg_catalog.pg_settings WHERE name = 'createrole_self_grant';

    FOR wanted IN SELECT * FROM {{roles}} LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name);
        EXECUTE pg_catalog.format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
        created := created || wanted.name;
        IF pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
            AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
        THEN
            EXECUTE pg_catalog.format('GRANT %I TO %I', wanted.name, current_user);
        END IF;
    END LOOP;

    -- Each may be more than this session's role may give. A role then has less than on the source, never more.
    FOR wanted IN
        SELECT * FROM {{further}} WHERE name = ANY (created)
    LOOP
        BEGIN
            EXECUTE wanted.statement;
        EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value
            OR cant_change_runtime_param
        THEN
            refused := refused || (wanted.label || ' (' || SQLERRM || ')');
        END;
    END LOOP;

    -- A membership between two roles that were there before is not ours to change.
    FOR wanted IN
        SELECT * FROM {{memberships}} WHERE (member = ANY (created) OR role = ANY (created))
            AND EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = member)
            AND EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role)
    LOOP
        membership := pg_catalog.format('GRANT %I TO %I', wanted.role, wanted.member);
        IF pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN
            membership := membership || pg_catalog.format(
                ' WITH ADMIN %s, INHERIT %s, SET %s', wanted.admin::pg_catalog.text,
                wanted.inherit::pg_catalog.text, wanted.set::pg_catalog.text
            );
        ELSIF wanted.admin THEN
            membership := membership || ' WITH ADMIN OPTION';
        END IF;
        BEGIN
            EXECUTE membership;
        EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_grant_operation THEN
            refused := refused || (membership || ' (' || SQLERRM || ')');
        END;
    END LOOP;

    IF created <> '{}' THEN
        RAISE WARNING USING
            MESSAGE = pg_catalog.format('roles were created without passwords: %s',
                pg_catalog.array_to_string(created, ', ')),
            HINT = 'Those that log in with a password need one: ALTER ROLE ... PASSWORD, or \password in psql.';
    END IF;
    IF refused <> '{}' THEN
        RAISE WARNING USING
            MESSAGE = 'not given to the roles created, since this session may not: '
                || pg_catalog.array_to_string(refused, '; '),
            HINT = 'Have a superuser of the target do it, if it is needed.';
    END IF;
END
