        SELECT pg_catalog.format('column %I of table %s', a.attname, known.label) AS what
        FROM {{tables}}
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = pg_catalog.to_regclass(known.relation)
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname::pg_catalog.text <> ALL (known.columns)
