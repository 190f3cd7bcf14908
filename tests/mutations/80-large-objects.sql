-- Large objects.

-- large-object-owner: ["large object", "4713", "owner"]
ALTER LARGE OBJECT 4713 OWNER TO zoo_keeper;

-- large-object-grant: ["large object", "4711", "privileges of zoo_visitor"]
REVOKE SELECT ON LARGE OBJECT 4711 FROM zoo_visitor;

-- large-object-comment: ["large object", "4711", "comment"]
COMMENT ON LARGE OBJECT 4711 IS 'x';

-- large-object-gone: ["large object", "4712", "exists"]
SELECT lo_unlink(4712);
