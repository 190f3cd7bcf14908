            SELECT {{what}} AS what, label AS object, expected, coalesce(listed.found, 'missing') AS found
            FROM {{states}}
