-- Schemas, and public, which every database has.

-- schema-owner: ["schema", "aviary", "owner"]
ALTER SCHEMA aviary OWNER TO zoo_keeper;

-- schema-comment: ["schema", "zoo", "comment"]
COMMENT ON SCHEMA zoo IS 'another';

-- schema-gone: ["schema", "empty", "exists"]
DROP SCHEMA empty;

-- schema-grant: ["schema", "aviary", "privileges of zoo_keeper"]
GRANT USAGE ON SCHEMA aviary TO zoo_keeper;

-- schema-revoke-from-public: ["schema", "zoo", "privileges of PUBLIC"]
REVOKE USAGE ON SCHEMA zoo FROM PUBLIC;

-- schema-public-opened: ["schema", "public", "privileges of PUBLIC"]
GRANT USAGE ON SCHEMA public TO PUBLIC;

-- schema-public-owner: ["schema", "public", "owner"]
ALTER SCHEMA public OWNER TO zoo_owner;

-- schema-public-comment: ["schema", "public", "comment"]
COMMENT ON SCHEMA public IS NULL;
