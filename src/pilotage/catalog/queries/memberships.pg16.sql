-- Memberships; one that several roles have granted has what any of them gave.
SELECT
    member.rolname AS member,
    above.rolname AS role,
    bool_or(m.admin_option) AS admin,
    bool_or(m.inherit_option) AS inherit,
    bool_or(m.set_option) AS set
FROM pg_auth_members m
JOIN pg_roles member ON member.oid = m.member
JOIN pg_roles above ON above.oid = m.roleid
GROUP BY member.rolname, above.rolname
