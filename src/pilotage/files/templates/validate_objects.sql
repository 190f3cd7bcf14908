INSERT INTO pg_temp.pilotage_validation (what, object, expected, found)
    SELECT 'objects', label, 'there', CASE WHEN oid IS NULL THEN 'missing' ELSE 'there' END
    FROM {{objects}}
