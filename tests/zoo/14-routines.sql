-- Functions, procedures and aggregates of every form.
CREATE FUNCTION zoo.plain(a int, b text DEFAULT E'it''s\\') RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$SELECT b || a -- \! true ;$$;
COMMENT ON FUNCTION zoo.plain(int, text) IS 'a function';
CREATE FUNCTION zoo.plain(a bigint) RETURNS text LANGUAGE sql AS 'SELECT a::text';
CREATE FUNCTION zoo.many(VARIADIC parts text[] DEFAULT '{}') RETURNS SETOF text LANGUAGE sql ROWS 7 COST 10
    AS 'SELECT unnest(parts)';
CREATE FUNCTION zoo.both(a int, OUT b int, INOUT c text) LANGUAGE plpgsql SECURITY DEFINER LEAKPROOF
    SET search_path = zoo, pg_temp SET "DateStyle" = 'ISO, DMY' SET work_mem = '8MB'
    AS $body$ BEGIN b := a; c := c || E'$$\\'; END $body$;
CREATE FUNCTION zoo.in_rows() RETURNS TABLE (id int, name text) LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    AS 'BEGIN RETURN QUERY SELECT 1, ''one''; END';
CREATE FUNCTION zoo.standard(a int DEFAULT 1, VARIADIC b text[] DEFAULT '{}') RETURNS int LANGUAGE sql
    BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a > 1 THEN a ELSE cardinality(b) END; END;
CREATE FUNCTION zoo.returned(a int[], "ODD" int) RETURNS int[] LANGUAGE sql IMMUTABLE RETURN a[1:"ODD"];
CREATE FUNCTION zoo.anything(anyelement, anycompatiblearray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION zoo.supported(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION zoo."odd ""function;
name"("argument ""x" int) RETURNS int LANGUAGE sql AS $$SELECT 1 -- ;$$;
ALTER FUNCTION zoo."odd ""function;
name"(int) OWNER TO "zoo_""odd'; \! role
-- x";
CREATE PROCEDURE zoo.act(IN a int, INOUT n int, OUT m int) LANGUAGE plpgsql
    AS 'BEGIN n := n + a; m := n; END';
ALTER PROCEDURE zoo.act(int, int) OWNER TO zoo_owner;
COMMENT ON PROCEDURE zoo.act(int, int) IS 'a procedure';
CREATE PROCEDURE zoo.standard_act() LANGUAGE sql BEGIN ATOMIC END;
CREATE AGGREGATE zoo.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', PARALLEL = SAFE, COMBINEFUNC = int4pl);
ALTER AGGREGATE zoo.total(int) OWNER TO zoo_owner;
COMMENT ON AGGREGATE zoo.total(int) IS 'an aggregate';
CREATE AGGREGATE zoo.how_many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE zoo.moving(numeric) (
    SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', SSPACE = 16, FINALFUNC_MODIFY = SHAREABLE,
    MSFUNC = numeric_add, MINVFUNC = numeric_sub, MSTYPE = numeric, MINITCOND = '0');
CREATE AGGREGATE zoo.middle(double precision ORDER BY int)
    (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE zoo.ranked(VARIADIC "any" ORDER BY VARIADIC "any")
    (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE AGGREGATE zoo.least_of(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE FUNCTION zoo.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
