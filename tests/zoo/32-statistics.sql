-- Extended statistics of every kind.
CREATE STATISTICS zoo.together (ndistinct, dependencies, mcv) ON species, weight FROM zoo.animal;
ALTER STATISTICS zoo.together SET STATISTICS 77;
ALTER STATISTICS zoo.together OWNER TO zoo_owner;
COMMENT ON STATISTICS zoo.together IS 'a statistics object';
CREATE STATISTICS zoo.expressions ON (lower(name)), (born + 1) FROM zoo.animal;
CREATE STATISTICS aviary.of_partitioned ON region, day FROM zoo.visit;
CREATE STATISTICS aviary.of_partition (mcv) ON region, (paid * 2) FROM zoo.visit_rest;
