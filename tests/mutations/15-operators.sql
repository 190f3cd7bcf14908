-- Operators, their classes and families; access methods, casts, transforms and languages.

-- operator-owner: ["operator", "zoo.!==(zoo.place,zoo.place)", "owner"]
ALTER OPERATOR zoo.!== (zoo.place, zoo.place) OWNER TO zoo_owner;

-- operator-restrict: ["operator", "zoo.===(zoo.place,zoo.place)", "restrict"]
ALTER OPERATOR zoo.=== (zoo.place, zoo.place) SET (RESTRICT = NONE);

-- operator-join: ["operator", "zoo.===(zoo.place,zoo.place)", "join"]
ALTER OPERATOR zoo.=== (zoo.place, zoo.place) SET (JOIN = NONE);

-- operator-gone: ["operator", "zoo.##(NONE,integer)", "exists"]
DROP OPERATOR zoo.## (NONE, int);

-- operator-comment: ["operator", "zoo.##(NONE,integer)", "comment"]
COMMENT ON OPERATOR zoo.## (NONE, int) IS NULL;

-- operator-class-owner: ["operator class", "zoo.in_family USING btree", "owner"]
ALTER OPERATOR CLASS zoo.in_family USING btree OWNER TO zoo_owner;

-- operator-family-owner: ["operator family", "zoo.alone USING btree", "owner"]
ALTER OPERATOR FAMILY zoo.alone USING btree OWNER TO zoo_keeper;

-- operator-family-operator: ["operator family", "zoo.alone USING btree", "operator 3 (integer, bigint)"]
ALTER OPERATOR FAMILY zoo.alone USING btree DROP OPERATOR 3 (int, bigint);

-- operator-family-function: ["operator family", "zoo.alone USING btree", "function 1 (integer, bigint)"]
ALTER OPERATOR FAMILY zoo.alone USING btree DROP FUNCTION 1 (int, bigint);

-- access-method-new: ["access method", "zoo_more", "exists"]
CREATE ACCESS METHOD zoo_more TYPE INDEX HANDLER bthandler;

-- access-method-comment: ["access method", "zoo_heap", "comment"]
COMMENT ON ACCESS METHOD zoo_heap IS 'x';

-- access-method-handler: ["access method", "zoo_hash", "handler"]
UPDATE pg_am SET amhandler = 'bthandler'::regproc WHERE amname = 'zoo_hash';

-- cast-context: ["cast", "(zoo.label AS pg_catalog.text)", "context"]
DROP CAST (zoo.label AS text);
CREATE CAST (zoo.label AS text) WITHOUT FUNCTION AS ASSIGNMENT;

-- cast-method: ["cast", "(zoo.label AS pg_catalog.text)", "method"]
DROP CAST (zoo.label AS text);
CREATE CAST (zoo.label AS text) WITH INOUT AS IMPLICIT;

-- cast-gone: ["cast", "(zoo.named_place AS zoo.label)", "exists"]
DROP CAST (zoo.named_place AS zoo.label);

-- transform-function: ["transform", "for zoo.label language plpgsql", "from SQL"]
CREATE OR REPLACE TRANSFORM FOR zoo.label LANGUAGE plpgsql (FROM SQL WITH FUNCTION pg_catalog.dsimple_init(internal));

-- language-owner: ["language", "zoo_plpgsql", "owner"]
ALTER LANGUAGE zoo_plpgsql OWNER TO zoo_keeper;

-- language-trusted: ["language", "zoo_plpgsql", "trusted"]
UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'zoo_plpgsql';

-- language-grant: ["language", "zoo_plpgsql", "privileges of PUBLIC"]
GRANT USAGE ON LANGUAGE zoo_plpgsql TO PUBLIC;

-- operator-function: ["operator", "zoo.##(NONE,integer)", "function"]
UPDATE pg_operator SET oprcode = 'int4up'::regproc WHERE oprname = '##' AND oprnamespace = 'zoo'::regnamespace;

-- operator-commutator: ["operator", "zoo.===(zoo.place,zoo.place)", "commutator"]
UPDATE pg_operator SET oprcom = 0 WHERE oprname = '===' AND oprnamespace = 'zoo'::regnamespace;

-- operator-negator: ["operator", "zoo.===(zoo.place,zoo.place)", "negator"]
UPDATE pg_operator SET oprnegate = 0 WHERE oprname = '===' AND oprnamespace = 'zoo'::regnamespace;

-- operator-hashes: ["operator", "zoo.===(zoo.place,zoo.place)", "hashes"]
UPDATE pg_operator SET oprcanhash = false WHERE oprname = '===' AND oprnamespace = 'zoo'::regnamespace;

-- operator-merges: ["operator", "zoo.===(zoo.place,zoo.place)", "merges"]
UPDATE pg_operator SET oprcanmerge = false WHERE oprname = '===' AND oprnamespace = 'zoo'::regnamespace;

-- operator-class-family: ["operator class", "zoo.in_family USING btree", "family"]
UPDATE pg_opclass SET opcfamily = (SELECT oid FROM pg_opfamily WHERE opfname = 'reversed') WHERE opcname = 'in_family';

-- operator-class-type: ["operator class", "zoo.in_family USING btree", "for type"]
UPDATE pg_opclass SET opcintype = 'bigint'::regtype WHERE opcname = 'in_family';

-- operator-class-comment: ["operator class", "zoo.reversed USING btree", "comment"]
COMMENT ON OPERATOR CLASS zoo.reversed USING btree IS 'x';

-- operator-family-new: ["operator family", "zoo.brand_new USING btree", "exists"]
CREATE OPERATOR FAMILY zoo.brand_new USING btree;

-- operator-family-comment: ["operator family", "zoo.alone USING btree", "comment"]
COMMENT ON OPERATOR FAMILY zoo.alone USING btree IS NULL;

-- cast-comment: ["cast", "(zoo.place AS pg_catalog.text)", "comment"]
COMMENT ON CAST (zoo.place AS text) IS 'x';

-- transform-comment: ["transform", "for zoo.label language plpgsql", "comment"]
COMMENT ON TRANSFORM FOR zoo.label LANGUAGE plpgsql IS 'x';

-- language-handler: ["language", "zoo_plpgsql", "handler"]
UPDATE pg_language SET lanplcallfoid = 'plpgsql_call_handler'::regproc WHERE lanname = 'zoo_plpgsql';

-- language-inline: ["language", "zoo_plpgsql", "inline handler"]
UPDATE pg_language SET laninline = 0 WHERE lanname = 'zoo_plpgsql';

-- language-validator: ["language", "zoo_plpgsql", "validator"]
UPDATE pg_language SET lanvalidator = 0 WHERE lanname = 'zoo_plpgsql';

-- language-comment: ["language", "zoo_plpgsql", "comment"]
COMMENT ON LANGUAGE zoo_plpgsql IS 'x';
