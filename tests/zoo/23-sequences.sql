-- Sequences of each origin: free, of serial and identity columns, owned by a table elsewhere, unlogged.
CREATE SEQUENCE zoo.ticket AS smallint START 5 INCREMENT 2 MINVALUE 1 MAXVALUE 99 CACHE 4 CYCLE;
CREATE SEQUENCE zoo.down AS int INCREMENT -1 MINVALUE -100 MAXVALUE -1 START -1;
CREATE SEQUENCE zoo.untouched OWNED BY NONE;
CREATE SEQUENCE zoo.of_another OWNED BY zoo.animal.weight;
CREATE UNLOGGED SEQUENCE zoo.unlogged_sequence;
CREATE SEQUENCE zoo."odd ""sequence;
\! true" START 9223372036854775807;
ALTER SEQUENCE zoo.ticket OWNER TO zoo_owner;
COMMENT ON SEQUENCE zoo.ticket IS 'a sequence';
SELECT nextval('zoo.ticket'), nextval('zoo.ticket'), setval('zoo.down', -7), setval('zoo.of_another', 9, false);
CREATE TABLE zoo.numbered (
    a int DEFAULT nextval('zoo.ticket'), b smallserial, c serial, d bigserial NOT NULL,
    e int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME zoo.named_identity START 3)
);
ALTER SEQUENCE zoo.numbered_c_seq RENAME TO renamed_serial;
ALTER TABLE zoo.numbered ALTER COLUMN b DROP DEFAULT, ALTER COLUMN b DROP NOT NULL;
INSERT INTO zoo.numbered DEFAULT VALUES;
INSERT INTO zoo.numbered DEFAULT VALUES;
