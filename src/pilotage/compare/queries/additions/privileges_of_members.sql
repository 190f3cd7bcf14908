-- Privileges that were changed on what came with an extension or with the server, as facts of the extension or
-- the database. How they were at first is in pg_init_privs, or PostgreSQL's default.
WITH granted AS MATERIALIZED (
    SELECT
        'pg_class'::regclass AS classid,
        c.oid AS objid,
        0 AS objsubid,
        CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char" AS kind,
        c.relowner AS owner,
        c.relacl AS acl
    FROM pg_class c
    -- not: where a list was never changed, here and below
    WHERE c.relacl IS NOT NULL
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, a.attnum, 'c', c.relowner, a.attacl
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, 'f', p.proowner, p.proacl FROM pg_proc p WHERE p.proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, 'T', t.typowner, t.typacl FROM pg_type t WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, 'n', n.nspowner, n.nspacl
    FROM pg_namespace n
    WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'pg_language'::regclass, l.oid, 0, 'l', l.lanowner, l.lanacl
    FROM pg_language l
    WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, w.oid, 0, 'F', w.fdwowner, w.fdwacl
    FROM pg_foreign_data_wrapper w
    WHERE w.fdwacl IS NOT NULL
),
foreign_made AS (
    SELECT
        g.*,
        member.refobjid AS extension,
        coalesce(init.initprivs, acldefault(g.kind, g.owner)) AS at_first
    FROM granted g
    LEFT JOIN pg_depend member
        ON member.classid = g.classid AND member.objid = g.objid AND member.objsubid = 0 AND member.deptype = 'e'
    LEFT JOIN pg_init_privs init
        ON init.classoid = g.classid AND init.objoid = g.objid AND init.objsubid = g.objsubid
    WHERE
        member.refobjid IS NOT NULL
        -- what initdb made (FirstNormalObjectId in src/include/access/transam.h); not: the schema public, which is
        -- compared like any other
        OR (
            g.objid < 16384
            AND NOT (g.classid = 'pg_namespace'::regclass AND g.objid = coalesce(to_regnamespace('public'), 0))
        )
),
entries AS (
    SELECT
        f.classid,
        f.objid,
        f.objsubid,
        f.extension,
        lists.state,
        CASE
            WHEN e.grantee = 0 THEN 'PUBLIC'
            WHEN e.grantee = f.owner THEN 'the owner'
            ELSE quote_ident(pg_get_userbyid(e.grantee))
        END AS grantee,
        string_agg(
            e.privilege_type || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END,
            ', ' ORDER BY e.privilege_type COLLATE "C", e.is_grantable
        ) AS privileges
    FROM foreign_made f
    CROSS JOIN LATERAL (VALUES ('first', f.at_first), ('now', f.acl)) AS lists (state, acl)
    CROSS JOIN LATERAL aclexplode(lists.acl) AS e
    -- not: the privilege that only some versions have
    WHERE e.privilege_type <> 'MAINTAIN'
    GROUP BY f.classid, f.objid, f.objsubid, f.extension, lists.state, 6
),
changed AS (
    SELECT
        coalesce(a.classid, b.classid) AS classid,
        coalesce(a.objid, b.objid) AS objid,
        coalesce(a.objsubid, b.objsubid) AS objsubid,
        coalesce(a.extension, b.extension) AS extension,
        coalesce(a.grantee, b.grantee) AS grantee,
        coalesce(b.privileges, 'nothing') || ' instead of ' || coalesce(a.privileges, 'nothing') AS privileges
    FROM (SELECT * FROM entries WHERE state = 'first') AS a
    FULL JOIN (SELECT * FROM entries WHERE state = 'now') AS b
        ON
            b.classid = a.classid
            AND b.objid = a.objid
            AND b.objsubid = a.objsubid
            AND b.grantee = a.grantee
    WHERE a.privileges IS DISTINCT FROM b.privileges
)
SELECT
    CASE WHEN c.extension IS NULL THEN 'pg_database'::regclass ELSE 'pg_extension'::regclass END AS classid,
    coalesce(c.extension, this.oid) AS objid,
    0 AS objsubid,
    NULL::oid AS holder_class,
    NULL::oid AS holder,
    NULL::oid AS original,
    json_object_agg(
        format('changed privileges of %s on %s %s', c.grantee, named.type, named.identity), c.privileges
    ) AS facts
FROM changed c
CROSS JOIN LATERAL pg_identify_object(c.classid, c.objid, c.objsubid::int4) AS named
CROSS JOIN (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AS this
GROUP BY 1, 2
