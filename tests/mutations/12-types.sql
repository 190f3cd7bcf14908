-- Types of every kind, and constraints of domains.

-- enum-label: ["type", "zoo.mood", "labels"]
ALTER TYPE zoo.mood RENAME VALUE 'sad' TO 'blue';

-- enum-order: ["type", "zoo.mood", "labels"]
ALTER TYPE zoo.mood ADD VALUE 'new' AFTER 'sad';

-- type-owner: ["type", "zoo.nothing", "owner"]
ALTER TYPE zoo.nothing OWNER TO zoo_keeper;

-- type-comment: ["type", "zoo.mood", "comment"]
COMMENT ON TYPE zoo.mood IS NULL;

-- type-grant: ["type", "zoo.mood", "privileges of PUBLIC"]
GRANT USAGE ON TYPE zoo.mood TO PUBLIC;

-- composite-attribute: ["type", "zoo.hollow", "attributes"]
ALTER TYPE zoo.hollow ADD ATTRIBUTE a int;

-- composite-attribute-comment: ["type", "zoo.place", "comment on attribute x"]
COMMENT ON COLUMN zoo.place.x IS 'y';

-- domain-not-null: ["type", "zoo.weight", "not null"]
ALTER DOMAIN zoo.weight DROP NOT NULL;

-- domain-default: ["type", "zoo.weight", "default"]
ALTER DOMAIN zoo.weight SET DEFAULT 2;

-- domain-check-gone: ["domain constraint", "below_elephant on zoo.weight", "exists"]
ALTER DOMAIN zoo.weight DROP CONSTRAINT below_elephant;

-- domain-check-validated: ["domain constraint", "no_semicolon on zoo.checked_late", "validated"]
ALTER DOMAIN zoo.checked_late VALIDATE CONSTRAINT no_semicolon;

-- domain-check-comment: ["domain constraint", "above_zero on zoo.weight", "comment"]
COMMENT ON CONSTRAINT above_zero ON DOMAIN zoo.weight IS 'x';

-- domain-revoke: ["type", "zoo.weight", "privileges of zoo_keeper"]
REVOKE USAGE ON DOMAIN zoo.weight FROM zoo_keeper;

-- range-collation: ["type", "zoo.text_range", "range"]
DROP TYPE zoo.text_range;
CREATE TYPE zoo.text_range AS RANGE (subtype = text, collation = "POSIX");
REVOKE USAGE ON TYPE zoo.text_range FROM zoo_visitor;
ALTER TYPE zoo.text_range OWNER TO zoo_keeper;

-- base-type-send: ["type", "zoo.label", "definition"]
ALTER TYPE zoo.label SET (SEND = NONE);

-- base-type-default: ["type", "zoo.label", "default"]
UPDATE pg_type SET typdefault = 'other' WHERE oid = 'zoo.label'::regtype;

-- shell-type-gone: ["type", "zoo.shell", "exists"]
DROP TYPE zoo.shell;

-- domain-base-type: ["type", "zoo.weight", "base type"]
UPDATE pg_type SET typtypmod = ((9 << 16) | 2) + 4 WHERE oid = 'zoo.weight'::regtype;

-- domain-check-definition: ["domain constraint", "domain_of_domain_check on zoo.domain_of_domain", "definition"]
ALTER DOMAIN zoo.domain_of_domain DROP CONSTRAINT domain_of_domain_check;
ALTER DOMAIN zoo.domain_of_domain ADD CHECK (length(VALUE) < 101);
