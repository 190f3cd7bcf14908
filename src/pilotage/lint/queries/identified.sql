-- What gives the objects that a rule's query has found their names; that query stands where the line "found" is.
--
-- It gives: classid, objid, objsubid (the object, as pg_depend would say it), detail (a sentence), metadata (JSON), key
-- (what tells the finding from the rule's others), and fix (JSON: statements and their reverse; NULL for none) where
-- the rule has one.
WITH f AS MATERIALIZED (
    --found--
)
SELECT
    i.type AS kind,
    i.identity AS object,
    f.detail,
    f.metadata,
    to_json(f.key) AS key,
    to_json(f) -> 'fix' AS fix
FROM f
CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, f.objsubid) AS i
WHERE
    -- not: what was dropped after the snapshot was taken
    i.identity IS NOT NULL
    -- not: members of extensions; extensions themselves are members of nothing
    AND NOT EXISTS (
        SELECT FROM pg_depend m
        WHERE m.classid = f.classid AND m.objid = f.objid AND m.objsubid = 0 AND m.deptype = 'e'
    )
