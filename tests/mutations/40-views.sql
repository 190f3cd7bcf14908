-- Views and materialized views.

-- view-query: ["view", "zoo.plain_view", "query"]
CREATE OR REPLACE VIEW zoo.plain_view AS SELECT id, name, weight FROM zoo.animal WHERE weight > 1;

-- view-security-invoker: ["view", "zoo.as_reader", "options"]
ALTER VIEW zoo.as_reader RESET (security_invoker);

-- view-security-barrier: ["view", "zoo.behind_barrier", "options"]
ALTER VIEW zoo.behind_barrier SET (security_barrier = false);

-- view-check-option: ["view", "zoo.checked", "options"]
ALTER VIEW zoo.checked SET (check_option = local);

-- view-column-default: ["view column", "zoo.all_options.\"the \"\"name;\"", "default"]
ALTER VIEW zoo.all_options ALTER COLUMN "the ""name;" DROP DEFAULT;

-- view-owner: ["view", "zoo.by_key", "owner"]
ALTER VIEW zoo.by_key OWNER TO zoo_keeper;

-- view-grant: ["view", "zoo.plain_view", "privileges of zoo_visitor"]
REVOKE SELECT ON zoo.plain_view FROM zoo_visitor;

-- view-gone: ["view", "aviary.over_views", "exists"]
DROP VIEW aviary.over_views;

-- materialized-view-populated: ["materialized view", "zoo.never", "populated"]
REFRESH MATERIALIZED VIEW zoo.never;

-- materialized-view-option: ["materialized view", "zoo.a_second", "options"]
ALTER MATERIALIZED VIEW zoo.a_second SET (fillfactor = 91);

-- materialized-view-owner: ["materialized view", "zoo.never", "owner"]
ALTER MATERIALIZED VIEW zoo.never OWNER TO zoo_keeper;

-- view-reads-more: ["view", "zoo.plain_view", "query"]
CREATE OR REPLACE VIEW zoo.plain_view AS
    SELECT id, name, weight FROM zoo.animal WHERE weight > 0 AND EXISTS (SELECT FROM zoo.house);

-- materialized-view-query: ["materialized view", "zoo.never", "query"]
DROP MATERIALIZED VIEW zoo.never;
CREATE MATERIALIZED VIEW zoo.never AS SELECT 2 AS one WITH NO DATA;
REVOKE ALL ON zoo.never FROM zoo_visitor;

-- materialized-view-tablespace: ["materialized view", "zoo.a_second", "tablespace"]
ALTER MATERIALIZED VIEW zoo.a_second SET TABLESPACE pg_default;

-- materialized-view-access-method: ["materialized view", "zoo.a_second", "access method"]
ALTER MATERIALIZED VIEW zoo.a_second SET ACCESS METHOD heap;

-- materialized-view-column: ["materialized view column", "zoo.z_first.animals", "statistics target"]
ALTER MATERIALIZED VIEW zoo.z_first ALTER COLUMN animals SET STATISTICS 251;

-- materialized-view-grant: ["materialized view", "zoo.z_first", "privileges of zoo_visitor"]
GRANT UPDATE ON zoo.z_first TO zoo_visitor;

-- materialized-view-comment: ["materialized view", "zoo.z_first", "comment"]
COMMENT ON MATERIALIZED VIEW zoo.z_first IS 'x';

-- materialized-view-gone: ["materialized view", "aviary.third", "exists"]
DROP MATERIALIZED VIEW aviary.third;
