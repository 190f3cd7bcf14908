-- Large objects: with owners, privileges, comments; empty, and sparse.
SELECT lo_from_bytea(4711, '\x00ff6162'), lo_from_bytea(4712, ''), lo_create(4713);
ALTER LARGE OBJECT 4712 OWNER TO zoo_owner;
GRANT SELECT ON LARGE OBJECT 4711 TO zoo_visitor WITH GRANT OPTION;
GRANT UPDATE ON LARGE OBJECT 4712 TO PUBLIC;
COMMENT ON LARGE OBJECT 4711 IS 'a large object';
SELECT lo_put(4713, 1000000, 'far behind');
