-- Constraints of tables.

-- check-definition: ["table constraint", "never_checked on zoo.lives_in", "definition"]
ALTER TABLE zoo.lives_in DROP CONSTRAINT never_checked, ADD CONSTRAINT never_checked CHECK (house < 4);

-- check-validated: ["table constraint", "wide_enough on zoo.cage", "validated"]
UPDATE pg_constraint SET convalidated = true WHERE conname = 'wide_enough';

-- check-enforced: ["table constraint", "positive on zoo.unenforced", "enforced"]
DELETE FROM zoo.unenforced;
ALTER TABLE zoo.unenforced DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (x > 0);

-- check-inheritance: ["table constraint", "\"odd \"\"check; \\! true\" on zoo.species", "definition"]
ALTER TABLE zoo.species DROP CONSTRAINT "odd ""check; \! true", ADD CONSTRAINT "odd ""check; \! true" CHECK (length(name) > 1);
COMMENT ON CONSTRAINT "odd ""check; \! true" ON zoo.species IS 'a check';

-- constraint-comment: ["table constraint", "apart on zoo.cage", "comment"]
COMMENT ON CONSTRAINT apart ON zoo.cage IS 'x';

-- foreign-key-validated: ["table constraint", "lives_in_house on zoo.lives_in", "validated"]
ALTER TABLE zoo.lives_in VALIDATE CONSTRAINT lives_in_house;

-- foreign-key-not-valid: ["table constraint", "keeper_house on zoo.keeper", "validated"]
UPDATE pg_constraint SET convalidated = false WHERE conname = 'keeper_house';

-- foreign-key-enforced: ["table constraint", "unenforced_house on zoo.unenforced", "enforced"]
DELETE FROM zoo.unenforced;
ALTER TABLE zoo.unenforced ALTER CONSTRAINT unenforced_house ENFORCED;

-- foreign-key-deferrable: ["table constraint", "keeper_house on zoo.keeper", "definition"]
ALTER TABLE zoo.keeper ALTER CONSTRAINT keeper_house DEFERRABLE;

-- foreign-key-action: ["table constraint", "chief_is_keeper on zoo.keeper", "definition"]
ALTER TABLE zoo.keeper DROP CONSTRAINT chief_is_keeper, ADD CONSTRAINT chief_is_keeper FOREIGN KEY (chief) REFERENCES zoo.keeper ON DELETE CASCADE ON UPDATE CASCADE;

-- foreign-key-match: ["table constraint", "purchase_visit_day_region_fkey on zoo.purchase", "definition"]
ALTER TABLE zoo.purchase DROP CONSTRAINT purchase_visit_day_region_fkey, ADD FOREIGN KEY (visit, day, region) REFERENCES zoo.visit (id, day, region);

-- foreign-key-gone: ["table constraint", "purchase_visit_day_region_fkey on zoo.purchase", "exists"]
ALTER TABLE zoo.purchase DROP CONSTRAINT purchase_visit_day_region_fkey;

-- foreign-key-of-one-partition: ["table constraint", "only_here on zoo.visit_rest", "exists"]
ALTER TABLE zoo.visit_rest ADD CONSTRAINT only_here FOREIGN KEY (id) REFERENCES zoo.house NOT VALID;

-- primary-key-gone: ["table constraint", "elsewhere_pkey on zoo.elsewhere", "exists"]
ALTER TABLE zoo.elsewhere DROP CONSTRAINT elsewhere_pkey;

-- unique-nulls: ["table constraint", "once_deferred on zoo.cage", "definition"]
ALTER TABLE zoo.cage DROP CONSTRAINT once_deferred, ADD CONSTRAINT once_deferred UNIQUE (wide, code) DEFERRABLE INITIALLY DEFERRED;

-- exclusion-operator: ["table constraint", "apart_deferred on zoo.cage", "definition"]
ALTER TABLE zoo.cage DROP CONSTRAINT apart_deferred, ADD CONSTRAINT apart_deferred EXCLUDE USING gist (during WITH -|-) DEFERRABLE INITIALLY DEFERRED;

-- not-null-name: ["table column", "zoo.computed.id", "not null constraint"]
ALTER TABLE zoo.computed RENAME CONSTRAINT id_is_there TO id_is_not_null;

-- not-null-validated: ["table column", "zoo.computed.maybe", "not null constraint"]
DELETE FROM zoo.computed;
ALTER TABLE zoo.computed VALIDATE CONSTRAINT maybe_is_there;
