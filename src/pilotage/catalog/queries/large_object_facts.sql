-- The first $3 large objects of a range of OIDs, $1 to $2, without their contents. How length is read, and from
-- whom, is said in large_objects.sql.
SELECT
    opened.oid::int8 AS oid,
    pg_get_userbyid(opened.lomowner) AS owner,
    length.bytes,
    (
        SELECT
            coalesce(
                json_agg(
                    json_build_object(
                        'grantor', pg_get_userbyid(given.grantor),
                        -- 0 stands for PUBLIC
                        'grantee', CASE WHEN given.grantee = 0 THEN '' ELSE pg_get_userbyid(given.grantee) END,
                        'privilege', given.privilege_type,
                        'grantable', given.is_grantable
                    )
                    ORDER BY given.place
                ),
                '[]'
            )
        FROM
            aclexplode(coalesce(opened.lomacl, acldefault('L', opened.lomowner)))
            WITH ORDINALITY AS given (grantor, grantee, privilege_type, is_grantable, place)
    ) AS privileges,
    obj_description(opened.oid, 'pg_largeobject') AS comment,
    (
        SELECT coalesce(json_agg(json_build_object('provider', l.provider, 'label', l.label) ORDER BY l.provider), '[]')
        FROM pg_seclabel l
        WHERE l.classoid = 'pg_largeobject'::regclass AND l.objoid = opened.oid AND l.objsubid = 0
    ) AS labels
FROM (
    SELECT m.oid, m.lomowner, m.lomacl, CASE WHEN readable.yes THEN lo_open(m.oid, 262144) END AS descriptor
    FROM (
        SELECT oid, lomowner, lomacl
        FROM pg_largeobject_metadata
        WHERE oid BETWEEN $1::int8::oid AND $2::int8::oid
        ORDER BY oid
        LIMIT $3
    ) AS m
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
CROSS JOIN LATERAL (SELECT lo_close(opened.descriptor), length.bytes OFFSET 0) AS closed
ORDER BY opened.oid
