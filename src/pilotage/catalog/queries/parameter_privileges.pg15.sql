-- Who may SET, or ALTER SYSTEM SET, which server parameter. They came with PostgreSQL 15.
SELECT r.rolname AS role, p.parname AS parameter, entry.privilege_type AS privilege,
    bool_or(entry.is_grantable) AS grantable
FROM pg_parameter_acl p
CROSS JOIN LATERAL aclexplode(p.paracl) AS entry
-- not: PUBLIC, which is no role
JOIN pg_roles r ON r.oid = entry.grantee
-- not: the role that made the cluster, whose privileges stand there by themselves
WHERE r.oid <> 10
GROUP BY r.rolname, p.parname, entry.privilege_type
