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
