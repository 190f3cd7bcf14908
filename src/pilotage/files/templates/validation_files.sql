SELECT coalesce(data_file, 'all') AS "data file", pg_catalog.count(*) AS tables,
    pg_catalog.sum(rows) AS expected, pg_catalog.sum(rows_found) AS found,
    CASE WHEN pg_catalog.bool_and(expected = found) THEN 'equal' ELSE 'DIFFERENT' END AS verdict
FROM {{notes}}
WHERE what = 'rows'
GROUP BY ROLLUP (data_file)
ORDER BY data_file COLLATE pg_catalog."C" NULLS LAST
