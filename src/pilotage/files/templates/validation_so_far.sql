coalesce(nullif(pg_catalog.current_setting('pilotage.validation', true), ''), '[]')::pg_catalog.jsonb
