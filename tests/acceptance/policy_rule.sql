-- What PostgreSQL itself lets a role do, by doing it and taking it back. Rows are given as text; the answer has, for
-- each action, a digit for each row: 1 where it went through, 0 where a policy stopped it, ? where nobody got so far.
CREATE SCHEMA rule;
CREATE TABLE rule.permitted (tenant text, owner text);
INSERT INTO rule.permitted VALUES ('a', 'rule_user'), ('b', 'rule_child'), ('b', 'rule_user'), (NULL, 'rule_owner');
ALTER TABLE rule.permitted ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON rule.permitted USING (owner = CURRENT_USER);

CREATE FUNCTION rule.attempt(statement text, role_name text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    touched int8;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role_name);
    EXECUTE statement;
    GET DIAGNOSTICS touched = ROW_COUNT;
    RAISE EXCEPTION USING ERRCODE = 'TAKEN', MESSAGE = touched::text;
EXCEPTION
    WHEN SQLSTATE 'TAKEN' THEN RETURN SQLERRM;
    WHEN insufficient_privilege THEN RETURN 'refused';
END
$function$;

CREATE FUNCTION rule.really(relation text, role_name text, given text[]) RETURNS json LANGUAGE plpgsql AS $function$
DECLARE
    old text;
    new text;
    place int;
    other int;
    happened text;
    condition text;
    suffix text;
    inserted text;
    deleted text;
    updated text;
    replaced text[];
    answers jsonb := '{}';
BEGIN
    -- alone, and with a WHERE or RETURNING, for which what may be seen counts too
    FOREACH suffix IN ARRAY ARRAY['', ' seen'] LOOP
        condition := CASE WHEN suffix = '' THEN '' ELSE ' WHERE tenant IS NULL OR tenant IS NOT NULL' END;
        inserted := '';
        deleted := '';
        updated := '';
        replaced := array_fill('?'::text, ARRAY[cardinality(given)]);
        FOREACH old IN ARRAY given LOOP
            happened := rule.attempt(
                format('INSERT INTO %s SELECT * FROM unnest(ARRAY[%L::%s])', relation, old, relation)
                || CASE WHEN suffix = '' THEN '' ELSE ' RETURNING tenant' END,
                role_name
            );
            inserted := inserted || CASE happened WHEN 'refused' THEN '0' ELSE happened END;
            EXECUTE format('TRUNCATE %s', relation);
            EXECUTE format('INSERT INTO %s SELECT * FROM unnest(ARRAY[%L::%s])', relation, old, relation);
            deleted := deleted || rule.attempt(format('DELETE FROM %s', relation) || condition, role_name);
            place := 0;
            FOREACH new IN ARRAY given LOOP
                place := place + 1;
                happened := rule.attempt(
                    format(
                        'UPDATE %s SET (tenant, owner, flag) = (SELECT * FROM unnest(ARRAY[%L::%s]))',
                        relation, new, relation
                    ) || condition,
                    role_name
                );
                IF happened <> '0' THEN
                    replaced[place] := CASE happened WHEN 'refused' THEN '0' ELSE '1' END;
                END IF;
            END LOOP;
            -- one that was refused for what would have come of it had been let through itself
            updated := updated || CASE happened WHEN '0' THEN '0' ELSE '1' END;
        END LOOP;
        answers := answers || jsonb_build_object(
            'insert' || suffix, inserted, 'delete' || suffix, deleted,
            'update' || suffix, updated, 'replace' || suffix, array_to_string(replaced, '')
        );
    END LOOP;
    RETURN answers;
END
$function$;
GRANT USAGE ON SCHEMA rule TO PUBLIC;
GRANT SELECT ON rule.permitted TO PUBLIC;
