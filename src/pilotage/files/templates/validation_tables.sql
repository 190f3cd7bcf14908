SELECT data_file AS "data file", object AS "table", rows AS expected, rows_found AS found,
    CASE WHEN expected = found THEN 'equal' ELSE 'DIFFERENT' END AS verdict
FROM {{notes}}
WHERE what = 'rows'
ORDER BY data_file COLLATE pg_catalog."C", object COLLATE pg_catalog."C"
