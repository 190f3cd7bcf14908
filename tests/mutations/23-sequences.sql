-- Sequences.

-- sequence-type: ["sequence", "zoo.ticket", "type"]
ALTER SEQUENCE zoo.ticket AS int MAXVALUE 99;

-- sequence-start: ["sequence", "zoo.ticket", "start"]
ALTER SEQUENCE zoo.ticket START 6;

-- sequence-increment: ["sequence", "zoo.ticket", "increment"]
ALTER SEQUENCE zoo.ticket INCREMENT 3;

-- sequence-minimum: ["sequence", "zoo.ticket", "minimum"]
ALTER SEQUENCE zoo.ticket MINVALUE 2;

-- sequence-maximum: ["sequence", "zoo.ticket", "maximum"]
ALTER SEQUENCE zoo.ticket MAXVALUE 98;

-- sequence-cache: ["sequence", "zoo.ticket", "cache"]
ALTER SEQUENCE zoo.ticket CACHE 5;

-- sequence-cycle: ["sequence", "zoo.ticket", "cycle"]
ALTER SEQUENCE zoo.ticket NO CYCLE;

-- sequence-of-identity: ["sequence", "zoo.species_id_seq", "increment"]
ALTER TABLE zoo.species ALTER COLUMN id SET INCREMENT BY 6;

-- sequence-owned-by: ["sequence", "zoo.of_another", "owned by"]
ALTER SEQUENCE zoo.of_another OWNED BY zoo.animal.name;

-- sequence-owned-by-none: ["sequence", "zoo.of_another", "owned by"]
ALTER SEQUENCE zoo.of_another OWNED BY NONE;

-- sequence-logged: ["sequence", "zoo.unlogged_sequence", "persistence"]
ALTER SEQUENCE zoo.unlogged_sequence SET LOGGED;

-- sequence-owner: ["sequence", "zoo.down", "owner"]
ALTER SEQUENCE zoo.down OWNER TO zoo_keeper;

-- sequence-grant: ["sequence", "zoo.ticket", "privileges of zoo_visitor"]
GRANT UPDATE ON SEQUENCE zoo.ticket TO zoo_visitor;

-- sequence-new: ["sequence", "zoo.brand_new", "exists"]
CREATE SEQUENCE zoo.brand_new;

-- sequence-comment: ["sequence", "zoo.ticket", "comment"]
COMMENT ON SEQUENCE zoo.ticket IS 'x';
