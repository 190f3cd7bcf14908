-- Operators, their families and classes; access methods, casts, transforms and languages.
CREATE FUNCTION zoo.same(zoo.place, zoo.place) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x = ($2).x';
CREATE FUNCTION zoo.differs(zoo.place, zoo.place) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x <> ($2).x';
CREATE OPERATOR zoo.=== (LEFTARG = zoo.place, RIGHTARG = zoo.place, FUNCTION = zoo.same,
    COMMUTATOR = OPERATOR(zoo.===), NEGATOR = OPERATOR(zoo.!==), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR zoo.!== (LEFTARG = zoo.place, RIGHTARG = zoo.place, FUNCTION = zoo.differs,
    COMMUTATOR = OPERATOR(zoo.!==), NEGATOR = OPERATOR(zoo.===), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR zoo.## (RIGHTARG = int, FUNCTION = int4abs);
ALTER OPERATOR zoo.=== (zoo.place, zoo.place) OWNER TO zoo_owner;
COMMENT ON OPERATOR zoo.=== (zoo.place, zoo.place) IS 'on the same meridian';
COMMENT ON OPERATOR zoo.## (NONE, int) IS 'prefix';
CREATE OPERATOR FAMILY zoo.alone USING btree;
ALTER OPERATOR FAMILY zoo.alone USING btree ADD
    OPERATOR 1 < (int, bigint), OPERATOR 3 = (int, bigint), FUNCTION 1 (int, bigint) btint48cmp(int, bigint);
ALTER OPERATOR FAMILY zoo.alone USING btree OWNER TO zoo_owner;
COMMENT ON OPERATOR FAMILY zoo.alone USING btree IS 'an operator family';
CREATE OPERATOR CLASS zoo.reversed FOR TYPE int USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
CREATE OPERATOR CLASS zoo.in_family FOR TYPE int USING btree FAMILY zoo.alone AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
ALTER OPERATOR CLASS zoo.reversed USING btree OWNER TO zoo_owner;
COMMENT ON OPERATOR CLASS zoo.reversed USING btree IS 'an operator class';
CREATE ACCESS METHOD zoo_heap TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD zoo_heap IS 'a heap under another name';
CREATE ACCESS METHOD zoo_hash TYPE INDEX HANDLER hashhandler;
CREATE OPERATOR CLASS zoo.zoo_int_ops DEFAULT FOR TYPE int USING zoo_hash AS
    OPERATOR 1 =, FUNCTION 1 hashint4(int);
CREATE FUNCTION zoo.weighed(zoo.place) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x::text';
CREATE CAST (zoo.place AS text) WITH FUNCTION zoo.weighed(zoo.place) AS ASSIGNMENT;
CREATE CAST (zoo.label AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (zoo.named_place AS zoo.label) WITH INOUT;
COMMENT ON CAST (zoo.place AS text) IS 'a cast';
-- A language of our own: plpgsql's functions under names that the dump holds too.
CREATE FUNCTION zoo.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION zoo.inline_handler(internal) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION zoo.validator(oid) RETURNS void LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE TRUSTED LANGUAGE zoo_plpgsql HANDLER zoo.call_handler INLINE zoo.inline_handler VALIDATOR zoo.validator;
ALTER LANGUAGE zoo_plpgsql OWNER TO zoo_owner;
COMMENT ON LANGUAGE zoo_plpgsql IS 'plpgsql under another name';
CREATE FUNCTION zoo.in_our_language() RETURNS int LANGUAGE zoo_plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION zoo.from_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'prsd_start';
CREATE TRANSFORM FOR zoo.label LANGUAGE plpgsql (FROM SQL WITH FUNCTION zoo.from_sql(internal));
COMMENT ON TRANSFORM FOR zoo.label LANGUAGE plpgsql IS 'a transform';
CREATE FUNCTION zoo.transformed(a zoo.label) RETURNS int TRANSFORM FOR TYPE zoo.label LANGUAGE plpgsql
    AS 'BEGIN RETURN 1; END';
