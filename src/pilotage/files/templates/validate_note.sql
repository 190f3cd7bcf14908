BEGIN
    PERFORM pg_catalog.set_config('pilotage.validation', ({{so_far}} || coalesce(
        (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(checked)) FROM (
{{checks}}
        ) AS checked),
        '[]'
    ))::pg_catalog.text, true);
END
