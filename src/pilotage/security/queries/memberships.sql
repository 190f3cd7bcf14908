-- Which other roles each role ($2) acts as: by inheriting what they may, or by SET ROLE ($3 is that kind of
-- membership). $1 is not asked: roles belong to no schema.
SELECT
    other.rolname AS role,
    json_object_agg(
        r.rolname,
        concat_ws(
            ', ',
            CASE WHEN pg_has_role(r.oid, other.oid, 'USAGE') THEN 'inherits what it may' END,
            CASE WHEN pg_has_role(r.oid, other.oid, $3) THEN 'may SET ROLE to it' END
        )
    ) AS privileges
FROM pg_roles r
JOIN pg_roles other ON other.oid <> r.oid
WHERE
    r.rolname = ANY ($2::text[])
    AND other.rolname = ANY ($2::text[])
    AND (pg_has_role(r.oid, other.oid, 'USAGE') OR pg_has_role(r.oid, other.oid, $3))
GROUP BY other.rolname
