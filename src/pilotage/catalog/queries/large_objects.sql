-- Large objects in batches by OID, each of at most $1 objects and, but for what one object has too much, $2 bytes.
--
-- How long an object is, only opening it tells those who may not read pg_largeobject itself. 262144 is INV_READ
-- (libpq-fs.h), 2 is SEEK_END. An object that the role may not read stays closed; what is strict is NULL for it.
SELECT
    min(o.oid)::int8 AS first,
    max(o.oid)::int8 AS last,
    count(*) AS number,
    coalesce(sum(o.bytes), 0)::int8 AS bytes,
    count(*) FILTER (WHERE o.bytes IS NULL) AS unreadable,
    (
        SELECT json_agg(r.rolname ORDER BY r.rolname COLLATE "C")
        FROM pg_roles r
        WHERE r.oid = ANY (array_agg(DISTINCT o.owner))
    ) AS owners,
    (
        SELECT coalesce(json_agg(r.rolname ORDER BY r.rolname COLLATE "C"), '[]')
        FROM pg_roles r
        WHERE r.oid IN (
            SELECT unnest(ARRAY[given.grantor, given.grantee])
            FROM pg_largeobject_metadata m
            CROSS JOIN LATERAL aclexplode(m.lomacl) AS given
            WHERE m.oid BETWEEN min(o.oid) AND max(o.oid)
        )
    ) AS granted
FROM (
    SELECT
        sized.oid,
        sized.owner,
        sized.bytes,
        (row_number() OVER by_oid - 1) / $1::int8 AS by_number,
        div(sum(coalesce(sized.bytes, 0)) OVER by_oid - coalesce(sized.bytes, 0), $2::int8) AS by_size
    FROM (
        SELECT opened.oid, opened.lomowner AS owner, length.bytes
        FROM (
            SELECT m.oid, m.lomowner, CASE WHEN readable.yes THEN lo_open(m.oid, 262144) END AS descriptor
            FROM pg_largeobject_metadata m
            CROSS JOIN LATERAL (
                SELECT
                    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                    OR current_setting('lo_compat_privileges')::bool
                    OR EXISTS (
                        SELECT FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) AS given
                        WHERE given.privilege_type = 'SELECT' AND (given.grantee = 0 OR pg_has_role(given.grantee, 'USAGE'))
                    ) AS yes
            ) AS readable
            OFFSET 0
        ) AS opened
        CROSS JOIN LATERAL (SELECT lo_lseek64(opened.descriptor, 0, 2) AS bytes OFFSET 0) AS length
        -- after the length was asked for, which is why it is named here
        CROSS JOIN LATERAL (SELECT lo_close(opened.descriptor), length.bytes OFFSET 0) AS closed
    ) AS sized
    WINDOW by_oid AS (ORDER BY sized.oid)
) AS o
GROUP BY o.by_number, o.by_size
ORDER BY first
