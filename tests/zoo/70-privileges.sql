-- Privileges on everything that has them: given, given on, given by another, taken from PUBLIC and from owners.
GRANT USAGE ON SCHEMA zoo TO zoo_visitor, PUBLIC;
GRANT CREATE ON SCHEMA zoo TO zoo_keeper WITH GRANT OPTION;
GRANT USAGE ON SCHEMA aviary TO "zoo_""odd'; \! role
-- x";
GRANT SELECT, INSERT ON zoo.animal TO zoo_keeper WITH GRANT OPTION;
SET ROLE zoo_keeper;
GRANT SELECT ON zoo.animal TO zoo_visitor;
RESET ROLE;
GRANT UPDATE (name, born), REFERENCES (id) ON zoo.animal TO PUBLIC;
GRANT SELECT (name) ON zoo.animal TO "zoo_""odd'; \! role
-- x" WITH GRANT OPTION;
GRANT ALL ON zoo.house TO zoo_visitor;
GRANT TRUNCATE, TRIGGER, DELETE ON zoo.visit TO zoo_visitor;
GRANT SELECT ON zoo.visit_rest TO PUBLIC;
REVOKE ALL ON zoo.species FROM zoo_owner;
GRANT SELECT ON zoo.species TO zoo_visitor;
REVOKE INSERT, UPDATE ON zoo.keeper FROM postgres;
GRANT SELECT ON zoo.plain_view, zoo.z_first, zoo.far TO zoo_visitor;
GRANT SELECT (n) ON zoo.circle_a TO zoo_visitor;
GRANT USAGE, SELECT ON SEQUENCE zoo.ticket TO zoo_visitor;
GRANT UPDATE ON SEQUENCE zoo.animal_id_seq TO PUBLIC;
REVOKE EXECUTE ON FUNCTION zoo.plain(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zoo.plain(int, text) TO zoo_visitor;
REVOKE ALL ON PROCEDURE zoo.act(int, int) FROM PUBLIC, zoo_owner;
GRANT EXECUTE ON FUNCTION zoo.total(int) TO zoo_visitor WITH GRANT OPTION;
REVOKE USAGE ON TYPE zoo.mood FROM PUBLIC;
GRANT USAGE ON TYPE zoo.mood, zoo.weight_range TO zoo_visitor;
REVOKE USAGE ON DOMAIN zoo.weight FROM PUBLIC;
GRANT USAGE ON DOMAIN zoo.weight TO zoo_keeper;
REVOKE USAGE ON LANGUAGE zoo_plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE zoo_plpgsql TO zoo_visitor;
GRANT USAGE ON FOREIGN DATA WRAPPER zoo_wrapper TO zoo_owner WITH GRANT OPTION;
GRANT USAGE ON FOREIGN SERVER "far away" TO zoo_visitor;
-- What initdb gave, and this database takes.
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO zoo_keeper;
GRANT SELECT ON pg_catalog.pg_authid TO zoo_super;
REVOKE SELECT ON pg_catalog.pg_stat_activity FROM PUBLIC;
