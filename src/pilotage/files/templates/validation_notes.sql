pg_catalog.jsonb_to_recordset(pg_catalog.current_setting('pilotage.validation')::pg_catalog.jsonb) AS checked (
    what pg_catalog.text, data_file pg_catalog.text, object pg_catalog.text, expected pg_catalog.text,
    found pg_catalog.text, rows pg_catalog.int8, rows_found pg_catalog.int8
)
