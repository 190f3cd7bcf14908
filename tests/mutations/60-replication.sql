-- Publications and subscriptions.

-- publication-publish: ["publication", "zoo_some", "publish"]
ALTER PUBLICATION zoo_some SET (publish = 'insert, delete');

-- publication-root: ["publication", "zoo_some", "publish via partition root"]
ALTER PUBLICATION zoo_some SET (publish_via_partition_root = false);

-- publication-generated: ["publication", "zoo_generated", "generated columns"]
ALTER PUBLICATION zoo_generated SET (publish_generated_columns = none);

-- publication-owner: ["publication", "zoo_none", "owner"]
ALTER PUBLICATION zoo_none OWNER TO postgres;

-- publication-all-tables: ["publication", "zoo_all", "all tables"]
DROP PUBLICATION zoo_all;
CREATE PUBLICATION zoo_all WITH (publish = 'insert, truncate');
COMMENT ON PUBLICATION zoo_all IS 'a publication';

-- publication-table-more: ["publication relation", "zoo.house in publication zoo_none", "exists"]
ALTER PUBLICATION zoo_none ADD TABLE zoo.house;

-- publication-table-columns: ["publication relation", "zoo.house in publication zoo_some", "columns"]
ALTER PUBLICATION zoo_some DROP TABLE zoo.house;
ALTER PUBLICATION zoo_some ADD TABLE zoo.house (id) WHERE (id > 5);

-- publication-table-where: ["publication relation", "zoo.house in publication zoo_some", "where"]
ALTER PUBLICATION zoo_some DROP TABLE zoo.house;
ALTER PUBLICATION zoo_some ADD TABLE zoo.house (id, name) WHERE (id > 6);

-- publication-schema-less: ["publication namespace", "aviary in publication zoo_schemas", "exists"]
ALTER PUBLICATION zoo_schemas DROP TABLES IN SCHEMA aviary;

-- publication-comment: ["publication", "zoo_all", "comment"]
COMMENT ON PUBLICATION zoo_all IS 'x';

-- subscription-connection: ["subscription", "zoo_subscription", "connection"]
ALTER SUBSCRIPTION zoo_subscription CONNECTION 'host=127.0.0.1 port=2';

-- subscription-publications: ["subscription", "zoo_subscription", "publications"]
ALTER SUBSCRIPTION zoo_subscription SET PUBLICATION first WITH (refresh = false);

-- subscription-binary: ["subscription", "zoo_subscription", "binary"]
ALTER SUBSCRIPTION zoo_subscription SET (binary = false);

-- subscription-streaming: ["subscription", "zoo_subscription", "streaming"]
ALTER SUBSCRIPTION zoo_subscription SET (streaming = off);

-- subscription-synchronous: ["subscription", "zoo_subscription", "synchronous commit"]
ALTER SUBSCRIPTION zoo_subscription SET (synchronous_commit = 'off');

-- subscription-on-error: ["subscription", "zoo_subscription", "disable on error"]
ALTER SUBSCRIPTION zoo_subscription SET (disable_on_error = false);

-- subscription-enabled: ["subscription", "zoo_with_slot", "enabled"]
ALTER SUBSCRIPTION zoo_with_slot ENABLE;

-- subscription-slot: ["subscription", "zoo_with_slot", "slot"]
ALTER SUBSCRIPTION zoo_with_slot SET (slot_name = 'other');

-- subscription-owner: ["subscription", "zoo_subscription", "owner"]
ALTER SUBSCRIPTION zoo_subscription OWNER TO zoo_super;

-- subscription-origin: ["subscription", "zoo_newer", "origin"]
ALTER SUBSCRIPTION zoo_newer SET (origin = any);

-- subscription-run-as-owner: ["subscription", "zoo_newer", "run as owner"]
ALTER SUBSCRIPTION zoo_newer SET (run_as_owner = false);

-- subscription-password-required: ["subscription", "zoo_newer", "password required"]
ALTER SUBSCRIPTION zoo_newer SET (password_required = true);

-- subscription-failover: ["subscription", "zoo_newer", "failover"]
UPDATE pg_subscription SET subfailover = false WHERE subname = 'zoo_newer';

-- subscription-two-phase: ["subscription", "zoo_with_slot", "two-phase commit"]
UPDATE pg_subscription SET subtwophasestate = 'd' WHERE subname = 'zoo_with_slot';

-- publication-new: ["publication", "zoo_more", "exists"]
CREATE PUBLICATION zoo_more;

-- subscription-comment: ["subscription", "zoo_subscription", "comment"]
COMMENT ON SUBSCRIPTION zoo_subscription IS 'x';

-- subscription-gone: ["subscription", "zoo_newer", "exists"]
DROP SUBSCRIPTION zoo_newer;
