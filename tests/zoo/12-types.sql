-- Types of every kind: enum, composite, range with its multirange, domain, shell, base, and arrays of them.
CREATE TYPE zoo.mood AS ENUM ('sad', 'o''k', E'a\\b\nc', 'happy');
ALTER TYPE zoo.mood ADD VALUE 'so-so' BEFORE 'happy';
COMMENT ON TYPE zoo.mood IS 'how an animal feels';
CREATE TYPE zoo.nothing AS ENUM ();
CREATE TYPE zoo.hollow AS ();
CREATE DOMAIN zoo.weight AS numeric(8, 2) DEFAULT 1 NOT NULL
    CONSTRAINT above_zero CHECK (VALUE > 0) CONSTRAINT below_elephant CHECK (VALUE < 10000);
COMMENT ON DOMAIN zoo.weight IS 'kilograms';
COMMENT ON CONSTRAINT above_zero ON DOMAIN zoo.weight IS 'everything weighs something';
CREATE DOMAIN zoo.checked_late AS text COLLATE "C";
ALTER DOMAIN zoo.checked_late ADD CONSTRAINT no_semicolon CHECK (VALUE !~ ';') NOT VALID;
CREATE DOMAIN zoo.domain_of_domain AS zoo.checked_late CHECK (length(VALUE) < 100);
CREATE TYPE zoo.place AS (x double precision, y double precision, "Z ""x" zoo.weight);
COMMENT ON COLUMN zoo.place.x IS 'metres from the gate';
CREATE TYPE zoo.named_place AS (name text COLLATE "C", place zoo.place, moods zoo.mood[]);
ALTER TYPE zoo.named_place OWNER TO zoo_owner;
CREATE FUNCTION zoo.span(a numeric, b numeric) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS 'SELECT (a - b)::double precision';
CREATE TYPE zoo.weight_range AS RANGE (
    subtype = numeric, subtype_diff = zoo.span, multirange_type_name = zoo.weight_ranges);
CREATE TYPE zoo.text_range AS RANGE (subtype = text, collation = "C");
ALTER TYPE zoo.text_range OWNER TO zoo_keeper;
CREATE TYPE zoo.shell;
ALTER TYPE zoo.shell OWNER TO zoo_owner;
CREATE TYPE zoo.label;
CREATE FUNCTION zoo.label_in(cstring) RETURNS zoo.label LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION zoo.label_out(zoo.label) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION zoo.label_recv(internal) RETURNS zoo.label LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION zoo.label_send(zoo.label) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE zoo.label (
    INPUT = zoo.label_in, OUTPUT = zoo.label_out, RECEIVE = zoo.label_recv, SEND = zoo.label_send,
    INTERNALLENGTH = variable, STORAGE = extended, COLLATABLE = true, CATEGORY = 'S', DEFAULT = 'none');
COMMENT ON TYPE zoo.label IS 'a base type; text under another name';
