-- A small database with one of everything that a target's catalogs promise. All of it holds.
CREATE FUNCTION twice(integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2.0';
CREATE DOMAIN positive AS integer CONSTRAINT above CHECK (VALUE > 0);
CREATE DOMAIN small AS positive NOT NULL CONSTRAINT below CHECK (VALUE < 100);
CREATE DOMAIN early AS text COLLATE "C" CONSTRAINT upper_first CHECK (VALUE < 'a');
CREATE TYPE pair AS (one positive, other integer);
CREATE TABLE kept (
    id integer PRIMARY KEY,
    amount integer CONSTRAINT amount_positive CHECK (amount > 0),
    -- an error, and no answer, where a share is 0
    share integer CONSTRAINT share_divides CHECK (100 / share > 0),
    code text NOT NULL,
    "value" small DEFAULT 1,
    list positive[],
    word early,
    pair pair NOT NULL,
    reading float8,
    made_of_reading float8 GENERATED ALWAYS AS (reading / 3) STORED,
    made_of_word varchar(40) GENERATED ALWAYS AS (word || '-' || word) STORED,
    made numeric GENERATED ALWAYS AS (twice(id)) STORED,
    CONSTRAINT whole_row CHECK ((kept.*) IS NOT NULL OR list IS NULL OR reading IS NULL OR (pair).one IS NULL),
    CONSTRAINT lately CHECK (id < extract(year FROM now()))
);
-- ROW(NULL, NULL) is a value, though IS NOT NULL is not true of it
INSERT INTO kept (id, amount, share, code, value, list, word, pair, reading)
SELECT n, n, n, 'c', n, ARRAY[n, NULL, n], 'Z', ROW(NULL, NULL)::pair, reading
FROM unnest(ARRAY['NaN', '-0', '0.1', NULL, '-Infinity']::float8[]) WITH ORDINALITY AS given (reading, n);

CREATE TABLE parted (id integer, region integer) PARTITION BY RANGE (region);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (1) TO (10) PARTITION BY HASH (id);
CREATE TABLE parted_low_even PARTITION OF parted_low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_low_odd PARTITION OF parted_low FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT n, n FROM generate_series(1, 20) AS n;
INSERT INTO parted VALUES (NULL, NULL), (NULL, 5);

CREATE TABLE numbered (id bigserial PRIMARY KEY, also bigint GENERATED ALWAYS AS IDENTITY (INCREMENT -1));
CREATE SEQUENCE shared INCREMENT 10;
CREATE TABLE drawing (one bigint DEFAULT nextval('shared'));
CREATE TABLE drawing_too (two integer DEFAULT nextval('shared'), label text DEFAULT 'no. ' || nextval('shared'));
CREATE SEQUENCE overtaken;
CREATE TABLE overtaking (id integer DEFAULT nextval('overtaken'));
INSERT INTO numbered SELECT FROM generate_series(1, 5);
INSERT INTO drawing VALUES (1), (18);
-- written by hand, as people do
INSERT INTO overtaking VALUES (7);
SELECT setval('shared', 11), setval('overtaken', 3);

CREATE TABLE tree (id integer PRIMARY KEY, up integer REFERENCES tree);
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2);
CREATE TABLE anyhow (id integer PRIMARY KEY, up integer REFERENCES anyhow);
INSERT INTO anyhow VALUES (1, NULL), (2, 3), (3, 1);
CREATE TABLE looped (id integer PRIMARY KEY, up integer REFERENCES looped);
INSERT INTO looped VALUES (1, 2), (2, 1), (3, 3);

CREATE TABLE found (id integer, name text);
CREATE INDEX found_id ON found (id);
CREATE UNIQUE INDEX found_name ON found (name);
CREATE INDEX found_both ON found USING gin (string_to_array(name, ' '));
INSERT INTO found SELECT n, 'name ' || n FROM generate_series(1, 1000) AS n;
