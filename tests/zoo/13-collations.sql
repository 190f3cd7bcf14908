-- Collations and conversions.
CREATE COLLATION zoo.bytes FROM "C";
CREATE COLLATION zoo.posix (LOCALE = 'POSIX');
CREATE COLLATION zoo.utf (PROVIDER = libc, LC_COLLATE = 'C.UTF-8', LC_CTYPE = 'C.UTF-8');
ALTER COLLATION zoo.bytes OWNER TO zoo_owner;
COMMENT ON COLLATION zoo.bytes IS 'byte by byte';
CREATE CONVERSION zoo.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE DEFAULT CONVERSION aviary.latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
ALTER CONVERSION zoo.latin OWNER TO zoo_keeper;
COMMENT ON CONVERSION zoo.latin IS 'from Latin 1';
