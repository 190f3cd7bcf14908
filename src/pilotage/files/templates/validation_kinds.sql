SELECT what, pg_catalog.count(*) AS expected, pg_catalog.count(*) FILTER (WHERE expected = found) AS equal,
    CASE WHEN pg_catalog.bool_and(expected = found) THEN 'equal' ELSE 'DIFFERENT' END AS verdict
FROM {{notes}}
GROUP BY what
ORDER BY what COLLATE pg_catalog."C"
