-- Functions, procedures and aggregates.

-- function-body: ["function", "zoo.note()", "body"]
CREATE OR REPLACE FUNCTION zoo.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

-- function-sql-body: ["function", "zoo.returned(integer[],integer)", "definition"]
CREATE OR REPLACE FUNCTION zoo.returned(a int[], "ODD" int) RETURNS int[] LANGUAGE sql IMMUTABLE RETURN a[2:"ODD"];

-- function-owner: ["function", "zoo.supported(integer)", "owner"]
ALTER FUNCTION zoo.supported(int) OWNER TO zoo_keeper;

-- function-volatility: ["function", "zoo.in_rows()", "volatility"]
ALTER FUNCTION zoo.in_rows() VOLATILE;

-- function-parallel: ["function", "zoo.in_rows()", "parallel"]
ALTER FUNCTION zoo.in_rows() PARALLEL SAFE;

-- function-security: ["function", "zoo.\"both\"(integer,pg_catalog.text)", "security"]
ALTER FUNCTION zoo.both(int, text) SECURITY INVOKER;

-- function-strict: ["function", "zoo.plain(integer,pg_catalog.text)", "strict"]
ALTER FUNCTION zoo.plain(int, text) CALLED ON NULL INPUT;

-- function-leakproof: ["function", "zoo.\"both\"(integer,pg_catalog.text)", "leakproof"]
ALTER FUNCTION zoo.both(int, text) NOT LEAKPROOF;

-- function-cost: ["function", "zoo.many(pg_catalog.text[])", "cost"]
ALTER FUNCTION zoo.many(text[]) COST 11;

-- function-rows: ["function", "zoo.many(pg_catalog.text[])", "rows"]
ALTER FUNCTION zoo.many(text[]) ROWS 8;

-- function-support: ["function", "zoo.supported(integer)", "support"]
ALTER FUNCTION zoo.supported(int) SUPPORT pg_catalog.generate_series_int4_support;

-- function-search-path: ["function", "zoo.count_animals()", "settings"]
ALTER FUNCTION zoo.count_animals() SET search_path = public;

-- function-setting-gone: ["function", "zoo.count_animals()", "settings"]
ALTER FUNCTION zoo.count_animals() RESET search_path;

-- function-argument-default: ["function", "zoo.plain(integer,pg_catalog.text)", "arguments"]
CREATE OR REPLACE FUNCTION zoo.plain(a int, b text DEFAULT 'x') RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$SELECT b || a -- \! true ;$$;

-- function-transform: ["function", "zoo.transformed(zoo.label)", "transforms"]
CREATE OR REPLACE FUNCTION zoo.transformed(a zoo.label) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';

-- function-language: ["function", "zoo.in_our_language()", "language"]
CREATE OR REPLACE FUNCTION zoo.in_our_language() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';

-- function-comment: ["function", "zoo.plain(integer,pg_catalog.text)", "comment"]
COMMENT ON FUNCTION zoo.plain(int, text) IS 'x';

-- function-grant-to-public: ["function", "zoo.plain(integer,pg_catalog.text)", "privileges of PUBLIC"]
GRANT EXECUTE ON FUNCTION zoo.plain(int, text) TO PUBLIC;

-- function-new: ["function", "zoo.brand_new()", "exists"]
CREATE FUNCTION zoo.brand_new() RETURNS int LANGUAGE sql AS 'SELECT 1';

-- function-gone: ["function", "zoo.many(pg_catalog.text[])", "exists"]
DROP FUNCTION zoo.many(text[]);

-- procedure-security: ["procedure", "zoo.act(integer,integer)", "security"]
ALTER PROCEDURE zoo.act(int, int) SECURITY DEFINER;

-- procedure-owner: ["procedure", "zoo.standard_act()", "owner"]
ALTER PROCEDURE zoo.standard_act() OWNER TO zoo_keeper;

-- aggregate-initial: ["aggregate", "zoo.how_many()", "initial state"]
CREATE OR REPLACE AGGREGATE zoo.how_many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '1');

-- aggregate-final-modify: ["aggregate", "zoo.middle(double precision,integer)", "final function modifies"]
CREATE OR REPLACE AGGREGATE zoo.middle(double precision ORDER BY int) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, FINALFUNC_MODIFY = SHAREABLE);

-- aggregate-combine: ["aggregate", "zoo.total(integer)", "combine function"]
CREATE OR REPLACE AGGREGATE zoo.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', PARALLEL = SAFE);

-- aggregate-moving: ["aggregate", "zoo.moving(numeric)", "moving initial state"]
CREATE OR REPLACE AGGREGATE zoo.moving(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0', SSPACE = 16, FINALFUNC_MODIFY = SHAREABLE, MSFUNC = numeric_add, MINVFUNC = numeric_sub, MSTYPE = numeric, MINITCOND = '1');

-- aggregate-sort-operator: ["aggregate", "zoo.least_of(integer)", "sort operator"]
CREATE OR REPLACE AGGREGATE zoo.least_of(int) (SFUNC = int4smaller, STYPE = int);

-- aggregate-owner: ["aggregate", "zoo.how_many()", "owner"]
ALTER AGGREGATE zoo.how_many(*) OWNER TO zoo_keeper;

-- aggregate-grant-option: ["aggregate", "zoo.total(integer)", "privileges of zoo_visitor"]
REVOKE GRANT OPTION FOR EXECUTE ON FUNCTION zoo.total(int) FROM zoo_visitor;

-- function-returns: ["function", "zoo.supported(integer)", "returns"]
UPDATE pg_proc SET prorettype = 'bigint'::regtype WHERE oid = 'zoo.supported'::regproc;

-- function-library: ["function", "zoo.validator(pg_catalog.oid)", "library"]
UPDATE pg_proc SET probin = '$libdir/other' WHERE oid = 'zoo.validator'::regproc;

-- procedure-body: ["procedure", "zoo.act(integer,integer)", "body"]
CREATE OR REPLACE PROCEDURE zoo.act(IN a int, INOUT n int, OUT m int) LANGUAGE plpgsql
    AS 'BEGIN n := a; m := n; END';

-- procedure-grant: ["procedure", "zoo.act(integer,integer)", "privileges of PUBLIC"]
GRANT EXECUTE ON PROCEDURE zoo.act(int, int) TO PUBLIC;

-- procedure-comment: ["procedure", "zoo.act(integer,integer)", "comment"]
COMMENT ON PROCEDURE zoo.act(int, int) IS 'x';

-- procedure-gone: ["procedure", "zoo.standard_act()", "exists"]
DROP PROCEDURE zoo.standard_act();

-- aggregate-state-function: ["aggregate", "zoo.how_many()", "state function"]
CREATE OR REPLACE AGGREGATE zoo.how_many(*) (SFUNC = int8dec, STYPE = bigint, INITCOND = '0');

-- aggregate-state-type: ["aggregate", "zoo.ranked(pg_catalog.\"any\")", "state type"]
UPDATE pg_aggregate SET aggtranstype = 'bytea'::regtype WHERE aggfnoid = 'zoo.ranked'::regproc;

-- aggregate-state-size: ["aggregate", "zoo.moving(numeric)", "state size"]
UPDATE pg_aggregate SET aggtransspace = 17 WHERE aggfnoid = 'zoo.moving'::regproc;

-- aggregate-moving-function: ["aggregate", "zoo.moving(numeric)", "moving state function"]
UPDATE pg_aggregate SET aggmtransfn = 'numeric_larger'::regproc WHERE aggfnoid = 'zoo.moving'::regproc;

-- aggregate-moving-inverse: ["aggregate", "zoo.moving(numeric)", "moving inverse function"]
UPDATE pg_aggregate SET aggminvtransfn = 'numeric_larger'::regproc WHERE aggfnoid = 'zoo.moving'::regproc;

-- aggregate-moving-size: ["aggregate", "zoo.moving(numeric)", "moving state size"]
UPDATE pg_aggregate SET aggmtransspace = 18 WHERE aggfnoid = 'zoo.moving'::regproc;

-- aggregate-moving-type: ["aggregate", "zoo.moving(numeric)", "moving state type"]
UPDATE pg_aggregate SET aggmtranstype = 'bigint'::regtype WHERE aggfnoid = 'zoo.moving'::regproc;

-- aggregate-final: ["aggregate", "zoo.total(integer)", "final function"]
CREATE OR REPLACE AGGREGATE zoo.total(int)
    (SFUNC = int4pl, STYPE = int, INITCOND = '0', PARALLEL = SAFE, COMBINEFUNC = int4pl, FINALFUNC = int4abs);

-- aggregate-final-extra: ["aggregate", "zoo.middle(double precision,integer)", "final function takes extra arguments"]
UPDATE pg_aggregate SET aggfinalextra = false WHERE aggfnoid = 'zoo.middle'::regproc;

-- aggregate-gone: ["aggregate", "zoo.how_many()", "exists"]
DROP AGGREGATE zoo.how_many(*);

-- aggregate-comment: ["aggregate", "zoo.total(integer)", "comment"]
COMMENT ON AGGREGATE zoo.total(int) IS 'x';
