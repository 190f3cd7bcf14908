-- Extended statistics.

-- statistics-target: ["statistics object", "zoo.together", "statistics target"]
ALTER STATISTICS zoo.together SET STATISTICS 78;

-- statistics-owner: ["statistics object", "zoo.expressions", "owner"]
ALTER STATISTICS zoo.expressions OWNER TO zoo_owner;

-- statistics-kinds: ["statistics object", "aviary.of_partition", "definition"]
DROP STATISTICS aviary.of_partition;
CREATE STATISTICS aviary.of_partition (ndistinct) ON region, (paid * 2) FROM zoo.visit_rest;

-- statistics-gone: ["statistics object", "aviary.of_partitioned", "exists"]
DROP STATISTICS aviary.of_partitioned;

-- statistics-comment: ["statistics object", "zoo.together", "comment"]
COMMENT ON STATISTICS zoo.together IS 'x';
