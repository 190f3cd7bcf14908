-- Extensions, and privileges on their members.

-- extension-gone: ["extension", "unaccent", "exists"]
DROP EXTENSION unaccent;

-- extension-schema: ["extension", "unaccent", "schema"]
ALTER EXTENSION unaccent SET SCHEMA zoo;

-- extension-comment: ["extension", "hstore", "comment"]
COMMENT ON EXTENSION hstore IS 'other';

-- extension-member-revoke: ["extension", "unaccent", "changed privileges of PUBLIC on function extensions.unaccent(pg_catalog.text)"]
REVOKE EXECUTE ON FUNCTION extensions.unaccent(text) FROM PUBLIC;

-- extension-version: ["extension", "unaccent", "version"]
UPDATE pg_extension SET extversion = '0.1' WHERE extname = 'unaccent';

-- extension-configuration: ["extension", "unaccent", "configuration tables"]
UPDATE pg_extension SET extconfig = ARRAY['zoo.house'::regclass::oid], extcondition = ARRAY[''] WHERE extname = 'unaccent';
