-- A table's policies, each with what it says, for whom, and whether policies hold there at all; and whether it is for all.
SELECT
    p.polname AS name,
    md5(
        concat_ws(
            E'\n',
            c.relrowsecurity,
            c.relforcerowsecurity,
            p.polcmd,
            p.polpermissive,
            (
                SELECT string_agg(
                    CASE WHEN u.role = 0 THEN '' ELSE pg_get_userbyid(u.role)::text END,
                    E'\n' ORDER BY u.role = 0, pg_get_userbyid(u.role) COLLATE "C"
                )
                FROM unnest(p.polroles) AS u (role)
            ),
            coalesce('USING ' || pg_get_expr(p.polqual, p.polrelid), ''),
            coalesce('WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid), ''),
            coalesce('COMMENT ' || obj_description(p.oid, 'pg_policy'), '')
        )
    ) AS hash,
    0 = ANY (p.polroles) AS for_all
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
WHERE p.polrelid = $1::regclass
