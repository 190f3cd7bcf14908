-- Schemas and their owners; public is another role's, with a comment and privileges that are not its own.
CREATE SCHEMA zoo AUTHORIZATION zoo_owner;
COMMENT ON SCHEMA zoo IS E'it''s\n\\the zoo; -- \\! true';
CREATE SCHEMA aviary;
CREATE SCHEMA empty AUTHORIZATION zoo_keeper;
ALTER SCHEMA public OWNER TO zoo_keeper;
COMMENT ON SCHEMA public IS 'where visitors come in';
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO zoo_visitor WITH GRANT OPTION;
