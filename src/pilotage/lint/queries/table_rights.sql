-- Who but its owner was given which rights to a table's rows, as a hash.
SELECT md5(coalesce(string_agg(DISTINCT given.what, E'\n' ORDER BY given.what), '')) AS hash
FROM (
    SELECT
        concat_ws(
            ' ', a.privilege_type, CASE WHEN a.grantee <> 0 THEN quote_ident(pg_get_userbyid(a.grantee)) END
        ) COLLATE "C" AS what
    FROM pg_class c
    LEFT JOIN pg_attribute t ON t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped
    CROSS JOIN LATERAL (SELECT * FROM aclexplode(c.relacl) UNION ALL SELECT * FROM aclexplode(t.attacl)) AS a
    WHERE
        c.oid = $1::regclass
        AND a.grantee <> c.relowner
        AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
) AS given
