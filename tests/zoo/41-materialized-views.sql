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
ALTER MATERIALIZED VIEW zoo.a_second OWNER TO zoo_owner;
GRANT SELECT ON zoo.z_first TO zoo_owner;
