-- Every change of rows that this database allows, one line a change: what is changed, by which statement, and which
-- object the verdict has to name. %1$s in an expression stands for the column. `:seed` chooses the row.
WITH mine AS (
    SELECT c.oid, c.oid::regclass::text AS name, c.relispartition
    FROM pg_class AS c
    WHERE c.relkind = 'r' AND c.relnamespace IN (
            SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        )
        -- not: what belongs to extensions
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
        -- not: tables with triggers that fire whatever we do
        AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgenabled IN ('A', 'R'))
),
keyed AS (
    SELECT mine.*, i.indkey AS key, (
        SELECT format('ARRAY[%s]::text[]', string_agg(format('coalesce(new.%1$I::text, old.%1$I::text)', attname), ', ' ORDER BY place))
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS of_key (number, place)
        JOIN pg_attribute ON attrelid = mine.oid AND attnum = number
    ) AS key_text
    FROM mine LEFT JOIN pg_index AS i ON i.indrelid = mine.oid AND i.indisprimary
),
columns AS (
    SELECT keyed.*, attname, quote_ident(attname) AS of_column, format_type(base.oid, NULL) AS type,
        CASE WHEN base.typcategory = 'A' THEN 'array' WHEN base.typtype = 'e' THEN 'enum' ELSE base.typname END AS sort,
        coalesce(nullif(atttypmod, -1), own.typtypmod) <> -1 AS is_limited
    FROM keyed
    JOIN pg_attribute AS a ON attrelid = keyed.oid AND attnum > 0 AND NOT attisdropped
    JOIN pg_type AS own ON own.oid = atttypid
    JOIN pg_type AS base ON base.oid = CASE own.typtype WHEN 'd' THEN own.typbasetype ELSE own.oid END
    WHERE attgenerated = '' AND attidentity = '' AND (key IS NULL OR attnum <> ALL (key::int2[]))
        -- not: columns that foreign keys use, whose change would be told as an orphan too, and what sequences count
        AND NOT EXISTS (
            SELECT FROM pg_constraint
            WHERE contype = 'f' AND (conrelid = keyed.oid AND attnum = ANY (conkey) OR confrelid = keyed.oid AND attnum = ANY (confkey))
        )
        AND NOT EXISTS (SELECT FROM pg_attrdef WHERE adrelid = keyed.oid AND adnum = attnum AND pg_get_expr(adbin, adrelid) ~ 'nextval')
),
changes (id, sorts, condition, expression) AS (
    VALUES
    ('float-last-bit', '{float8}', $$%1$s NOT IN (0, 'NaN', 'Infinity', '-Infinity')$$, $$%1$s * (1 + 2.220446049250313e-16::float8)$$),
    ('real-last-bit', '{float4}', $$%1$s NOT IN (0, 'NaN', 'Infinity', '-Infinity')$$, $$%1$s * (1 + 1.1920929e-7::real)$$),
    ('negative-zero', '{float4,float8}', $$%1$s::text = '0'$$, $$'-0'$$),
    ('not-a-number', '{float4,float8,numeric}', $$%1$s::text <> 'NaN'$$, $$'NaN'$$),
    ('trailing-zero', '{numeric}', $$%1$s NOT IN ('NaN', 'Infinity', '-Infinity')$$,
        $$CASE WHEN scale(%1$s) > 0 THEN %1$s::text || '0' ELSE %1$s::text || '.0' END::numeric$$),
    ('last-digit', '{numeric}', $$%1$s NOT IN ('NaN', 'Infinity', '-Infinity')$$, $$%1$s + power(10::numeric, -scale(%1$s))$$),
    ('one-more', '{int2,int4,int8}', 'true', '%1$s + 1'),
    ('oid', '{oid}', 'true', '(%1$s::bigint + 1)::oid'),
    ('money', '{money}', 'true', $$%1$s + 0.01::money$$),
    ('boolean', '{bool}', 'true', 'NOT %1$s'),
    ('case', '{text,varchar,bpchar,name,citext}', 'lower(%1$s::text) <> upper(%1$s::text)',
        $$CASE WHEN %1$s::text = upper(%1$s::text) COLLATE "C" THEN lower(%1$s::text) ELSE upper(%1$s::text) END$$),
    ('trailing-space', '{text,varchar,citext}', 'true', $$%1$s || ' '$$),
    ('empty-to-null', '{text,varchar,citext}', $$%1$s::text = ''$$, 'NULL'),
    ('null-to-empty', '{text,varchar,citext}', $$%1$s IS NULL$$, $$''$$),
    ('decomposed', '{text,varchar}', $$%1$s::text <> normalize(%1$s::text, NFD)$$, $$normalize(%1$s::text, NFD)$$),
    ('last-character', '{text}', $$length(%1$s) > 0$$, $$left(%1$s, -1) || chr(ascii(right(%1$s, 1)) # 1)$$),
    ('to-null', '{int4,text,numeric,float8,timestamptz,json,jsonb,place,_place,vector,point,box,path,polygon,regclass,tsquery,int4range}',
        '%1$s IS NOT NULL', 'NULL'),
    ('uuid', '{uuid}', 'true', 'md5(%1$s::text)::uuid'),
    ('bit-of-bytes', '{bytea}', 'length(%1$s) > 0',
        'set_bit(%1$s, abs(:seed %% (length(%1$s) * 8)), 1 - get_bit(%1$s, abs(:seed %% (length(%1$s) * 8))))'),
    ('next-day', '{date}', 'isfinite(%1$s)', '%1$s + 1'),
    ('microsecond', '{timestamp,timestamptz}', 'isfinite(%1$s)', $$%1$s + interval '1 microsecond'$$),
    ('time-of-day', '{time}', $$%1$s = '24:00'$$, $$'00:00'$$),
    ('other-zone', '{timetz}', 'true', $$timezone(interval '5 hours', %1$s)$$),
    ('month-to-30-days', '{interval}', $$isfinite(%1$s) AND extract(month FROM %1$s) > 0$$, $$%1$s - interval '1 month' + interval '30 days'$$),
    ('label', '{enum}', '%1$s IS NOT NULL', '(SELECT e FROM unnest(enum_range(%1$s)) AS e WHERE e <> %1$s ORDER BY random() LIMIT 1)'),
    ('bounds', '{array}', 'array_ndims(%1$s) = 1 AND array_lower(%1$s, 1) = 1',
        $$('[2:' || array_length(%1$s, 1) + 1 || ']=' || %1$s::text)::%2$s$$),
    ('null-element', '{array}', 'coalesce(array_ndims(%1$s), 1) = 1 AND %1$s IS NOT NULL', 'array_append(%1$s, NULL)'),
    ('null-as-text', '{array}', $$%1$s::text LIKE '%%,NULL,%%'$$, $$replace(%1$s::text, ',NULL,', ',"NULL",')::%2$s$$),
    ('json-spacing', '{json}', '%1$s IS NOT NULL', $$(' ' || %1$s::text)::json$$),
    ('json-number', '{jsonb}', $$%1$s::text LIKE '%%.50%%'$$, $$replace(%1$s::text, '.50', '.500')::jsonb$$),
    ('json-more', '{jsonb}', '%1$s IS NOT NULL', 'jsonb_build_array(%1$s)'),
    ('by-a-hair', '{point,box,path,circle}', 'true', '%1$s + point(1e-9, 0)'),
    ('mask', '{inet}', 'true', 'set_masklen(%1$s, masklen(%1$s) - 1)'),
    ('bits', '{bit,varbit}', 'true', '~ %1$s'),
    ('bound-of-range', '{numrange}', 'NOT isempty(%1$s)', $$replace(%1$s::text, '.50', '.5')::numrange$$),
    ('empty-range', '{int4range,tstzrange,numrange}', 'NOT isempty(%1$s)', $$'empty'$$),
    ('weight', '{tsvector}', $$%1$s <> setweight(%1$s, 'D')$$, $$setweight(%1$s, 'D')$$),
    ('position', '{tsvector}', $$%1$s <> strip(%1$s)$$, $$strip(%1$s)$$),
    ('location', '{pg_lsn}', 'true', '%1$s + 1'),
    ('name-of-object', '{regclass}', 'true', $$'pg_catalog.pg_class'::pg_catalog.regclass$$),
    ('name-of-type', '{regtype}', 'true', $$'pg_catalog.int4'::pg_catalog.regtype$$),
    ('embedding', '{vector}', '%1$s IS NOT NULL', '%1$s * array_fill(1.0000005::real, ARRAY[vector_dims(%1$s)])::vector'),
    ('pair', '{hstore}', 'true', $$%1$s || hstore('new', NULL)$$)
),
values_changed AS (
    SELECT id, name, attname, key_text, format(
        'UPDATE ONLY %1$s SET %2$s = %3$s WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r WHERE %4$s'
            ' ORDER BY hashtextextended(r::text, :seed) LIMIT 1)',
        name, of_column, format(expression, of_column, type), format(condition, of_column)
    ) AS change
    FROM columns JOIN changes ON sort = ANY (sorts::text[])
    WHERE id <> 'trailing-zero' OR NOT is_limited
    UNION ALL
    SELECT 'swapped', name, attname, key_text, format(
        'WITH one AS (SELECT r.ctid AS place, r.%2$s AS value FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1),'
            ' other AS (SELECT r.ctid AS place, r.%2$s AS value FROM ONLY %1$s AS r, one WHERE r.%2$s::text IS DISTINCT FROM one.value::text'
            ' ORDER BY hashtextextended(r::text, :seed) LIMIT 1)'
            ' UPDATE ONLY %1$s AS t SET %2$s = CASE WHEN t.ctid = one.place THEN other.value ELSE one.value END'
            ' FROM one, other WHERE t.ctid IN (one.place, other.place)',
        name, of_column
    )
    FROM columns
    UNION ALL
    SELECT 'deleted', name, NULL, key_text,
        format('DELETE FROM ONLY %1$s WHERE ctid = (SELECT ctid FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1)', name)
    FROM keyed
    -- Rows at which foreign keys of others may end, a partition's whole included, would leave orphans.
    WHERE NOT EXISTS (
        SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid IN (SELECT keyed.oid UNION SELECT relid FROM pg_partition_ancestors(keyed.oid))
    )
    UNION ALL
    SELECT 'duplicated', name, NULL, key_text, format(
        'INSERT INTO %1$s (%2$s) SELECT %2$s FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1', name, listed
    )
    FROM keyed, LATERAL (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS listed
        FROM pg_attribute WHERE attrelid = keyed.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
    ) AS its_columns
    WHERE listed IS NOT NULL AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = keyed.oid AND indisunique)
    UNION ALL
    SELECT 'added', name, NULL, key_text, format(
        'INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %3$s FROM ONLY %1$s AS r ORDER BY hashtextextended(r::text, :seed) LIMIT 1', name, listed, given
    )
    FROM keyed, LATERAL (
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS listed,
            bool_and(attnum <> ALL (key::int2[]) OR atttypid::regtype::text IN ('integer', 'bigint', 'uuid', 'text')) AS can_change,
            string_agg(
                CASE WHEN attnum <> ALL (key::int2[]) THEN quote_ident(attname)
                    WHEN atttypid = 'uuid'::regtype THEN format('md5(%I::text)::uuid', attname)
                    WHEN atttypid = 'text'::regtype THEN format('%I || ''+''', attname)
                    ELSE format('%I + 1000003', attname)
                END, ', ' ORDER BY attnum
            ) AS given
        FROM pg_attribute WHERE attrelid = keyed.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ) AS its_columns
    WHERE can_change AND key IS NOT NULL
        -- not: keys that sequences count, of which the highest would be above the sequence
        AND NOT EXISTS (
            SELECT FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attrelid = keyed.oid AND attnum = ANY (key::int2[])
                AND (attidentity <> '' OR pg_get_expr(adbin, adrelid) ~ 'nextval')
        )
)
SELECT id, ARRAY[name] AS touches, ARRAY['table ' || name] AS objects, '^rows that differ$' AS fact,
    CASE id WHEN 'deleted' THEN 'missing' WHEN 'added' THEN 'extra' WHEN 'duplicated' THEN 'extra' ELSE 'changed' END AS kind, attname AS column, format(
        'WITH changed AS (%s RETURNING %s AS key, %s AS is_another) SELECT json_agg(key) FILTER (WHERE is_another)::text FROM changed',
        change, key_text,
        CASE WHEN id IN ('deleted', 'added', 'duplicated') THEN 'true' ELSE 'old::text IS DISTINCT FROM new::text' END
    ) AS change
FROM values_changed
ORDER BY id, touches, change
