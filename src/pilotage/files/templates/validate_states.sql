INSERT INTO pg_temp.pilotage_validation (what, object, expected, found)
    SELECT {{what}}, label, expected, coalesce(found, 'missing') FROM {{states}}
