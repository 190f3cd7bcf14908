-- Large objects of every sort: empty, of a byte, on the edges of pages and pieces, with a hole, with owners,
-- privileges of all forms, comments; OIDs up to the last.
DO $roles$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['lo_owner', 'lo "reader', 'lo_middle'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
    END LOOP;
END
$roles$;
CREATE TABLE letter (id int PRIMARY KEY, scan oid NOT NULL);
INSERT INTO letter VALUES (1, 5001), (2, 5004);
SELECT lo_create(5000);
SELECT lo_from_bytea(5001, '\x00');
SELECT lo_from_bytea(5002, decode(repeat('5c78275c6e0a', 1000), 'hex'));
SELECT lo_from_bytea(5003, decode(repeat('ab', 2048), 'hex'));
SELECT lo_from_bytea(5004, decode(repeat('cd', 1048576), 'hex'));
SELECT lo_from_bytea(5005, decode(repeat('00ff', 1048577), 'hex'));
-- a hole of 3 MB between two ends
SELECT lo_from_bytea(5006, 'begin'), lo_put(5006, 3000000, 'end');
SELECT lo_from_bytea(4294967295, 'the last');
SELECT lo_from_bytea(5000000 + n, convert_to('object ' || n, 'UTF8')) FROM generate_series(1, 1203) AS n;
ALTER LARGE OBJECT 5001 OWNER TO lo_owner;
GRANT SELECT ON LARGE OBJECT 5001 TO PUBLIC;
GRANT SELECT ON LARGE OBJECT 5002 TO lo_middle WITH GRANT OPTION;
SET ROLE lo_middle;
GRANT SELECT ON LARGE OBJECT 5002 TO "lo ""reader";
RESET ROLE;
REVOKE UPDATE ON LARGE OBJECT 5003 FROM CURRENT_USER;
COMMENT ON LARGE OBJECT 5003 IS 'a comment with ''quotes'', a \ and
a line break';
