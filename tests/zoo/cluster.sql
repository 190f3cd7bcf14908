-- What the zoo needs of its server: roles whose names begin with zoo_, and a tablespace. Run again, it changes nothing.
SELECT format('CREATE ROLE %I', name)
FROM (VALUES ('zoo_owner'), ('zoo_keeper'), ('zoo_visitor'), (E'zoo_"odd''; \\! role\n-- x')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
SELECT 'CREATE ROLE zoo_super SUPERUSER' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'zoo_super')
\gexec
SET allow_in_place_tablespaces = on;
SELECT 'CREATE TABLESPACE zoo_space OWNER zoo_owner LOCATION '''''
WHERE NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'zoo_space')
\gexec
