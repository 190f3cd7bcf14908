            SELECT 'objects' AS what, label AS object, 'there' AS expected,
                CASE WHEN oid IS NULL THEN 'missing' ELSE 'there' END AS found
            FROM {{objects}}
