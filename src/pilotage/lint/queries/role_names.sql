-- Every role of the server.
SELECT r.rolname AS name
FROM pg_roles r
