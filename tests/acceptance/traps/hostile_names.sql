-- Names with quotes, semicolons, backslashes and line breaks, in schemas and all that they hold.
CREATE SCHEMA "a'b""c;d\e
f -- g";
SET search_path = "a'b""c;d\e
f -- g";
CREATE TABLE "t';
DROP TABLE x; --" ("c""';
" int PRIMARY KEY, "$$" text DEFAULT '$$;' CHECK ("$$" <> ';'));
INSERT INTO "t';
DROP TABLE x; --" VALUES (1), (2);
CREATE SEQUENCE "s
\.";
SELECT setval('"s
\."', 7);
CREATE TYPE "e'
;" AS ENUM ('a', E'b\n\\.', ';');
CREATE DOMAIN "d*/" AS int CONSTRAINT "c/*" CHECK (value > 0);
CREATE FUNCTION "f(;'""
)"("p""" "e'
;", OUT "o;" int) LANGUAGE sql AS 'SELECT 1 -- ''';
CREATE VIEW "v/*" AS SELECT * FROM "t';
DROP TABLE x; --";
COMMENT ON VIEW "v/*" IS E'*/ \\! true \n-- ''; $$';
CREATE INDEX "i
\! true" ON "t';
DROP TABLE x; --" ("$$");
CREATE TABLE "child
;" ("r" int CONSTRAINT "fk'
;" REFERENCES "t';
DROP TABLE x; --", "d" "d*/", "e" "e'
;"[]);
INSERT INTO "child
;" VALUES (1, 3, ARRAY[E'b\n\\.', ';']::"e'
;"[]);
CREATE FUNCTION "tr
;"() RETURNS trigger LANGUAGE plpgsql AS $body$BEGIN RAISE EXCEPTION '$$'; END$body$;
CREATE TRIGGER "tg';
" BEFORE INSERT ON "child
;" FOR EACH ROW EXECUTE FUNCTION "tr
;"();
CREATE POLICY "p';
" ON "child
;" USING (true);
CREATE STATISTICS "st;
'" ON r, d FROM "child
;";
CREATE PUBLICATION "pub';
" FOR TABLE "child
;";
CREATE MATERIALIZED VIEW "m';
" AS SELECT 1 AS ";
";
