-- What PostgreSQL itself lets a role do with one table, by doing it and taking it back: which rows it sees, and may
-- delete, insert, update, and make by updating. A digit for each row, ordered by its key; ? where nobody got so far.
CREATE SCHEMA merged;
CREATE TABLE merged.permitted (tenant text, owner text);
INSERT INTO merged.permitted VALUES ('a', 'merge_user'), ('b', 'merge_child'), (NULL, 'merge_other');
ALTER TABLE merged.permitted ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON merged.permitted USING (owner = CURRENT_USER);

CREATE FUNCTION merged.who() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN current_user; END $$;

CREATE FUNCTION merged.attempt(statement text, role_name text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    answer text;
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role_name);
    IF statement LIKE 'SELECT%' THEN
        EXECUTE statement INTO answer;
    ELSE
        EXECUTE statement;
        GET DIAGNOSTICS answer = ROW_COUNT;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'TAKEN', MESSAGE = answer;
EXCEPTION
    WHEN SQLSTATE 'TAKEN' THEN RETURN SQLERRM;
    WHEN insufficient_privilege THEN RETURN '!';
END
$function$;

CREATE FUNCTION merged.permits(relation text, role_name text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    given text[];
    row_text text;
    one text;
    happened text;
    answer text;
    updatable text;
BEGIN
    EXECUTE format('SELECT coalesce(array_agg(t::text ORDER BY t.id), ''{}'') FROM %s t', relation) INTO given;
    answer := 'select ' || merged.attempt(
        format('SELECT coalesce(string_agg(id::text, '','' ORDER BY id), '''') FROM %s', relation), role_name
    ) || ' insert ';
    FOREACH row_text IN ARRAY given LOOP
        answer := answer || merged.attempt(format(
            'INSERT INTO %s SELECT * FROM unnest(ARRAY[%L::%s])', relation, row_text, relation
        ), role_name);
    END LOOP;
    -- one at a time: an update or a deletion that reads nothing is held against its own policies alone
    FOREACH one IN ARRAY ARRAY['delete', 'update', 'replace'] LOOP
        answer := answer || ' ' || one || ' ';
        FOREACH row_text IN ARRAY given LOOP
            IF one = 'replace' AND updatable IS NULL THEN
                answer := answer || '?';
                CONTINUE;
            END IF;
            EXECUTE format('DELETE FROM %s', relation);
            EXECUTE format(
                'INSERT INTO %s SELECT * FROM unnest(ARRAY[%L::%s])', relation,
                CASE WHEN one = 'replace' THEN updatable ELSE row_text END, relation
            );
            happened := merged.attempt(CASE one
                WHEN 'delete' THEN format('DELETE FROM %s', relation)
                WHEN 'update' THEN format('UPDATE %s SET touched = true', relation)
                ELSE format(
                    'UPDATE %s SET (id, tenant, owner, flag, touched) = (SELECT * FROM unnest(ARRAY[%L::%s]))',
                    relation, row_text, relation
                )
            END, role_name);
            IF one = 'update' AND happened <> '0' THEN
                -- one that was refused for what would have come of it had been let through itself
                updatable := row_text;
            END IF;
            answer := answer || happened;
        END LOOP;
    END LOOP;
    EXECUTE format('DELETE FROM %s', relation);
    FOREACH row_text IN ARRAY given LOOP
        EXECUTE format('INSERT INTO %s SELECT * FROM unnest(ARRAY[%L::%s])', relation, row_text, relation);
    END LOOP;
    RETURN answer;
END
$function$;
GRANT USAGE ON SCHEMA merged TO PUBLIC;
GRANT SELECT ON merged.permitted TO PUBLIC;
