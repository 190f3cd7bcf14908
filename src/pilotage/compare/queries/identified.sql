-- What turns the rows of a query in objects/ or additions/ into named facts; that query stands where the line
-- of the facts is. An object is named as pg_identify_object() names it, which is unique and reads as SQL does.
--
-- A query gives: classid, objid, objsubid (the object, as pg_depend would say it); holder_class and holder (that
-- without which it cannot exist), original (that of which it is a partition's copy), both NULL where there is no
-- such thing; facts (JSON, every value a text or NULL).
WITH f AS MATERIALIZED (
    --facts--
),
holders AS MATERIALIZED (
    SELECT
        d.holder_class,
        d.holder,
        h.type || ' ' || h.identity AS name,
        EXISTS (
            SELECT FROM pg_depend m
            WHERE m.classid = d.holder_class AND m.objid = d.holder AND m.objsubid = 0 AND m.deptype = 'e'
        ) AS of_extension
    FROM (SELECT DISTINCT f.holder_class, f.holder FROM f WHERE f.holder IS NOT NULL) AS d
    CROSS JOIN LATERAL pg_identify_object(d.holder_class, d.holder, 0) AS h
)
SELECT
    i.type AS kind,
    CASE
        -- the two databases may have different names
        WHEN f.classid = 'pg_database'::regclass THEN 'current_database()'
        -- PostgreSQL 15 leaves out a word
        WHEN f.classid = 'pg_transform'::regclass THEN replace(i.identity, ' on language ', ' language ')
        ELSE i.identity
    END AS object,
    to_json(array_remove(ARRAY[h.name, o.type || ' ' || o.identity], NULL)) AS within,
    json_strip_nulls(f.facts) AS facts
FROM f
CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, f.objsubid) AS i
LEFT JOIN holders h ON h.holder_class = f.holder_class AND h.holder = f.holder
LEFT JOIN LATERAL pg_identify_object(f.classid, f.original, 0) AS o ON f.original IS NOT NULL
WHERE
    -- not: what was dropped after the snapshot was taken
    i.identity IS NOT NULL
    -- not: members of extensions, nor what belongs to one
    AND NOT EXISTS (
        SELECT FROM pg_depend m
        WHERE m.classid = f.classid AND m.objid = f.objid AND m.objsubid = 0 AND m.deptype = 'e'
    )
    AND h.of_extension IS NOT TRUE
