-- Memberships, as they are before PostgreSQL 16: a role inherits from all that it is a member of or from none, and
-- may always act as each.
SELECT
    member.rolname AS member,
    above.rolname AS role,
    bool_or(m.admin_option) AS admin,
    bool_or(member.rolinherit) AS inherit,
    true AS set
FROM pg_auth_members m
JOIN pg_roles member ON member.oid = m.member
JOIN pg_roles above ON above.oid = m.roleid
GROUP BY member.rolname, above.rolname
