-- Of these settings ($1), which the server knows, and which the current role may set. A name with a dot in it is
-- a setting of whoever uses it, and every server takes it.
SELECT wanted.name,
       setting.name IS NOT NULL OR wanted.name LIKE '%.%' AS known,
       coalesce(setting.context, 'user') NOT IN ('superuser', 'superuser-backend')
           OR pg_catalog.has_parameter_privilege(current_user, wanted.name, 'SET') AS may_set
  FROM pg_catalog.unnest($1::text[]) AS wanted (name)
  LEFT JOIN pg_catalog.pg_settings AS setting ON lower(setting.name) = lower(wanted.name)
