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
