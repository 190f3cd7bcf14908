-- Materialized views: filled in order, left empty, with indexes, over functions that set their search_path.
CREATE FUNCTION zoo.count_animals() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = zoo, pg_temp
    AS 'BEGIN RETURN (SELECT count(*) FROM animal); END';
CREATE FUNCTION zoo.heaviest() RETURNS numeric LANGUAGE sql STABLE SET search_path FROM CURRENT
    AS 'SELECT max(weight) FROM zoo.animal';
CREATE MATERIALIZED VIEW zoo.z_first AS
    SELECT species, count(*) AS animals, zoo.count_animals() AS of_all, zoo.heaviest() AS heaviest FROM zoo.animal GROUP BY species;
CREATE UNIQUE INDEX z_first_species ON zoo.z_first (species);
ALTER MATERIALIZED VIEW zoo.z_first CLUSTER ON z_first_species;
ALTER MATERIALIZED VIEW zoo.z_first ALTER COLUMN animals SET STATISTICS 250;
COMMENT ON MATERIALIZED VIEW zoo.z_first IS 'a materialized view';
CREATE MATERIALIZED VIEW zoo.a_second USING zoo_heap WITH (fillfactor = 90) TABLESPACE zoo_space AS
    SELECT species, animals * 2 AS twice FROM zoo.z_first WHERE animals > 1;
CREATE MATERIALIZED VIEW zoo.never AS SELECT 1 AS one WITH NO DATA;
CREATE VIEW zoo.over_materialized AS SELECT twice FROM zoo.a_second;
CREATE MATERIALIZED VIEW aviary.third AS SELECT twice + 1 AS more FROM zoo.over_materialized;
-- A key makes their GROUP BY complete, so a dump brings them after it.
CREATE MATERIALIZED VIEW zoo.by_key_stored AS SELECT s.id, s.name, count(a.id) AS animals
    FROM zoo.species s LEFT JOIN zoo.animal a ON a.species = s.id GROUP BY s.id;
COMMENT ON MATERIALIZED VIEW zoo.by_key_stored IS 'a materialized view that waits for a key';
CREATE FUNCTION zoo.by_key_function() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC
    SELECT s.name || count(a.id) FROM zoo.species s LEFT JOIN zoo.animal a ON a.species = s.id GROUP BY s.id;
END;
COMMENT ON FUNCTION zoo.by_key_function() IS 'a function that waits for a key';
CREATE VIEW zoo.over_late AS SELECT f.f, s.animals FROM zoo.by_key_function() AS f, zoo.by_key_stored s;
ALTER MATERIALIZED VIEW zoo.a_second OWNER TO zoo_owner;
GRANT SELECT ON zoo.z_first TO zoo_owner;
