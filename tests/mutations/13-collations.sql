-- Collations and conversions.

-- collation-owner: ["collation", "zoo.posix", "owner"]
ALTER COLLATION zoo.posix OWNER TO zoo_keeper;

-- collation-locale: ["collation", "zoo.posix", "LC_COLLATE"]
DROP COLLATION zoo.posix;
CREATE COLLATION zoo.posix (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');

-- collation-comment: ["collation", "zoo.bytes", "comment"]
COMMENT ON COLLATION zoo.bytes IS 'x';

-- conversion-owner: ["conversion", "zoo.latin", "owner"]
ALTER CONVERSION zoo.latin OWNER TO zoo_visitor;

-- conversion-default: ["conversion", "aviary.latin", "default"]
DROP CONVERSION aviary.latin;
CREATE CONVERSION aviary.latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;

-- collation-deterministic: ["collation", "zoo.utf", "deterministic"]
UPDATE pg_collation SET collisdeterministic = false WHERE oid = 'zoo.utf'::regcollation;

-- collation-provider: ["collation", "zoo.own_c", "provider"]
UPDATE pg_collation SET collprovider = 'i' WHERE oid = 'zoo.own_c'::regcollation;

-- collation-builtin-locale: ["collation", "zoo.own_c", "locale"]
UPDATE pg_collation SET colllocale = 'C.UTF-8' WHERE oid = 'zoo.own_c'::regcollation;

-- collation-ctype: ["collation", "zoo.posix", "LC_CTYPE"]
UPDATE pg_collation SET collctype = 'C' WHERE oid = 'zoo.posix'::regcollation;

-- collation-new: ["collation", "zoo.brand_new", "exists"]
CREATE COLLATION zoo.brand_new FROM "C";

-- conversion-from: ["conversion", "zoo.latin", "from"]
UPDATE pg_conversion SET conforencoding = pg_char_to_encoding('LATIN2') WHERE conname = 'latin' AND connamespace = 'zoo'::regnamespace;

-- conversion-to: ["conversion", "aviary.latin", "to"]
UPDATE pg_conversion SET contoencoding = pg_char_to_encoding('LATIN2') WHERE conname = 'latin' AND connamespace = 'aviary'::regnamespace;

-- conversion-function: ["conversion", "zoo.latin", "function"]
UPDATE pg_conversion SET conproc = 'iso8859_to_utf8'::regproc WHERE conname = 'latin' AND connamespace = 'zoo'::regnamespace;

-- conversion-gone: ["conversion", "aviary.latin", "exists"]
DROP CONVERSION aviary.latin;

-- conversion-comment: ["conversion", "zoo.latin", "comment"]
COMMENT ON CONVERSION zoo.latin IS NULL;
