-- Views: as the reader, behind a barrier, with check options, in a circle, over a key.
CREATE VIEW zoo.plain_view AS SELECT id, name, weight FROM zoo.animal WHERE weight > 0;
COMMENT ON VIEW zoo.plain_view IS 'a view';
COMMENT ON COLUMN zoo.plain_view.name IS 'a column of a view';
CREATE VIEW zoo.as_reader WITH (security_invoker = true) AS SELECT id, name FROM zoo.keeper;
CREATE VIEW zoo.behind_barrier WITH (security_barrier = true) AS SELECT * FROM zoo.keeper WHERE name <> 'Ada';
CREATE VIEW zoo.locally_checked AS SELECT id, name FROM zoo.house WHERE id < 10 WITH LOCAL CHECK OPTION;
CREATE VIEW zoo.checked AS SELECT id, name FROM zoo.locally_checked WHERE id > 0 WITH CASCADED CHECK OPTION;
CREATE VIEW zoo.all_options WITH (security_barrier, security_invoker = true) AS SELECT id, name AS "the ""name;"
    FROM zoo.house WHERE id < 10 WITH CASCADED CHECK OPTION;
ALTER VIEW zoo.all_options ALTER COLUMN "the ""name;" SET DEFAULT 'unnamed';
ALTER VIEW zoo.plain_view OWNER TO zoo_owner;
CREATE VIEW zoo.by_key AS SELECT id, name, latin, max(length(name)) AS longest FROM zoo.species GROUP BY id;
CREATE VIEW zoo.by_key_alone AS SELECT id, name, label FROM zoo.species GROUP BY id;
COMMENT ON VIEW zoo.by_key_alone IS 'a view that waits for a key';
CREATE RECURSIVE VIEW zoo.counting (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE VIEW zoo.no_columns_view AS SELECT;
CREATE VIEW aviary.over_views AS SELECT a.id, b.name FROM zoo.plain_view a JOIN zoo.as_reader b ON true;
-- Two views that read each other: nobody can read them, but they are there.
CREATE VIEW zoo.circle_a AS SELECT 1 AS n;
CREATE VIEW zoo.circle_b AS SELECT n FROM zoo.circle_a;
CREATE OR REPLACE VIEW zoo.circle_a AS SELECT n FROM zoo.circle_b;
COMMENT ON VIEW zoo.circle_a IS 'half of a circle';
